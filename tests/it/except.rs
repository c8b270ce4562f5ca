//! Lists of `input.except`: whoever is on one is touched by no operation, and a list that cannot be relied on stops the run.

use std::fs::{self, File};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::hostile::{Answer, Hostile, good};
use crate::support::{Place, Ran, contact_table, counts, id, id_table, ids, list_id, listed};

/// A delete of six contacts by a table that has their numbers, too.
fn people() -> String {
    (0..6).fold("id,Phone Number\n".to_owned(), |table, number| {
        format!("{table}{},+91 98123 4567{number}\n", id(number))
    })
}

/// The ids that a delete of `input` sends beside these lists.
fn deleted(input: &str, lists: &[(&str, Vec<u8>)]) -> Vec<String> {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", input);
    let mut args = vec!["bulk-delete", "stale.csv"];
    for (name, bytes) in lists {
        place.write(name, bytes);
        args.extend(["--except", name]);
    }
    place.quick(&args).exits(0);
    let report = place.report();
    assert_eq!(counts(&report)[0], counts(&report)[1] + counts(&report)[4]);
    listed(&report, "successfulRecords")
}

/// A run that these lists stop before anything is sent.
fn stopped(input: &str, list: &str, bytes: impl AsRef<[u8]>, more: &[&str]) -> Ran {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", input);
    place.write(list, bytes);
    let args = [&["bulk-delete", "stale.csv", "--except", list][..], more].concat();
    let ran = place.quick(&args).exits(3);
    assert_eq!(server.requests().len(), 0, "nothing is sent");
    assert!(place.runs().is_empty(), "no copy of a contact stays");
    ran
}

#[test]
fn nobody_on_a_list_is_deleted_however_the_list_is_written() {
    let (one, two) = (id(1), id(2).to_uppercase());
    let rest = [id(0), id(3), id(4), id(5)];
    for (name, text) in [
        ("hold.csv", format!("Contact ID,Reason\n{one},court\n{two},court\n{two},twice\n")),
        ("hold.txt", format!("{one}\n{two}\n")),
        ("hold.txt", format!("{one}\r\n\r\n {two} \r\n{one}\r\n")),
        ("hold.csv", format!("Name,Kore\nAnn,{one}\nBob,{two}\n")),
        ("hold.csv", format!("\u{feff}id;note\n{one};\"a\nb\"\n{two};\n")),
        ("hold.jsonl", format!("{{\"_id\":\"{one}\"}}\n{{\"contact\":{{\"id\":\"{two}\"}}}}\n")),
        ("hold.json", format!("[{{\"id\":\"{one}\"}},{{\"key\":\"{two}\"}}]")),
        ("hold.csv", "Mobile\n+91 98123 45671\n098123-45672\n".to_owned()),
        ("hold.csv", "Phone,Country Code\n9812345671,+91\n(98123) 45672,91\n".to_owned()),
        ("hold.txt", "9812345671\n00919812345672\n9812345672\n".to_owned()),
        ("hold.txt", format!("+919812345671\n{two}\n")),
    ] {
        assert_eq!(deleted(&people(), &[(name, text.clone().into_bytes())]), rest, "{text}");
    }
    let lists = [("a.txt", one.into_bytes()), ("b.csv", format!("id\n{two}\n").into_bytes())];
    assert_eq!(deleted(&people(), &lists), rest);
    assert_eq!(deleted(&id_table(&ids(6)), &lists), rest, "ids need no phone numbers");
}

#[test]
fn a_workbook_is_a_list_with_all_its_sheets_and_hidden_rows() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "Kore ID").unwrap();
    sheet.write_string(1, 0, id(1)).unwrap();
    sheet.write_string(2, 0, id(2)).unwrap();
    sheet.set_row_hidden(2).unwrap();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, id(3)).unwrap();
    let sheet = book.add_worksheet();
    sheet.write_string(2, 0, "On hold since May").unwrap();
    sheet.write_string(4, 1, "Mobile").unwrap();
    sheet.write_number(5, 1, 9_812_345_674_f64).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(deleted(&people(), &[("hold.xlsx", bytes)]), [id(0), id(5)]);
}

#[test]
fn who_is_on_a_list_is_skipped_and_the_plan_counts_them() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("lists/hold.csv", format!("id,phoneNumber\n{},\n,+919800000002\n", id(1)));
    place.write("contacts.csv", contact_table(4));
    let job = place.job("bulk-update", "contacts.csv") + "except = \"lists/*.csv\"\n";
    place.write("job.toml", job);
    let planned = place.run(&["plan", "job.toml"]).exits(0).out;
    assert!(planned.contains("except: on `lists/hold.csv`: held for 2 of 4 rows"), "{planned}");
    place.quick(&["run", "job.toml"]).exits(0);
    assert_eq!(counts(&place.report()), [4, 2, 0, 0, 2, 0, 0]);
    assert_eq!(listed(&place.report(), "successfulRecords"), [id(0), id(3)]);
}

#[test]
fn the_id_of_a_plan_follows_its_lists() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(3)));
    place.write("hold.txt", id(1));
    place.write("job.toml", place.job("bulk-delete", "stale.csv") + "except = [\"hold.txt\"]\n");
    let plan = || {
        let planned = place.run(&["plan", "job.toml", "--format", "json"]).exits(0).out;
        let plan: serde_json::Value = serde_json::from_str(&planned).unwrap();
        plan["plan"].as_str().unwrap().to_owned()
    };
    let seen = plan();
    assert_eq!(seen, plan());
    place.write("hold.txt", id(2));
    place.quick(&["run", "job.toml", "--plan", &seen]).exits(3).says("no longer holds");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_contact_list_can_be_on_a_list() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("lists.csv", id_table(&[list_id(1), list_id(2)]));
    place.write("used.csv", format!("Contact List ID\n{}\n", list_id(2)));
    place.quick(&["delete-contact-list", "lists.csv", "--except", "used.csv"]).exits(0);
    assert_eq!(listed(&place.report(), "successfulRecords"), [list_id(1)]);
}

#[test]
fn a_list_that_cannot_be_relied_on_stops_the_run() {
    let good = id_table(&ids(6));
    let missing = ["--except", "none.csv"];
    stopped(&good, "hold.txt", id(1), &missing).says("none.csv").says("nothing was sent");
    for (name, text, words) in [
        ("hold.csv", String::new(), "hold.csv"),
        ("hold.csv", "id\n".to_owned(), "names nobody"),
        ("hold.csv", "id,name\n,Ann\n".to_owned(), "row 2 holds neither"),
        ("hold.csv", format!("id\n{}\n6.96E+23\n", id(1)), "row 3 holds neither"),
        ("hold.txt", format!("6.96E+23\n{}\n", id(1)), "row 1 holds neither"),
        ("hold.csv", format!("id\n{}x\n", id(1)), "row 2 holds neither"),
        ("hold.csv", "Customer number\n10000001\n10000002\n".to_owned(), "holds neither"),
        ("hold.csv", format!("id,name\n{},Ann,Bob\n", id(1)), "row 2"),
        ("hold.json", "[{\"id\":".to_owned(), "hold.json"),
        ("hold.xlsx", "no workbook".to_owned(), "hold.xlsx"),
        ("hold.csv", "<html><body>Sign in</body></html>".to_owned(), "HTML"),
    ] {
        stopped(&good, name, &text, &[]).says(words).says("nothing was sent");
    }
}

#[test]
fn the_first_row_of_a_list_without_a_header_is_no_header_because_it_is_damaged() {
    let two = id(2);
    let one = id(1);
    let (start, end) = one.split_at(20);
    for first in [
        format!("'{one}"),
        format!("=\"{one}\""),
        format!("{one}  # legal"),
        format!("# hold\n{one}  # legal"),
        format!("Legal hold {one}"),
        format!("Contact ID {one}"),
        format!("{start} {end}"),
        format!("{start}…"),
        "tel:+919812345671".to_owned(),
        "+91 98123 45671 (mobile)".to_owned(),
        "Mobile: 098123-45671".to_owned(),
        "ann@example.com".to_owned(),
    ] {
        let list = format!("{first}\n{two}\n");
        let refused = stopped(&people(), "hold.txt", &list, &[]);
        refused.says("holds neither").says("nothing was sent");
    }
    for first in
        [format!("Anna,'{one}"), format!("Anna {one},x"), "Anna ID,+91 98123 45671 m".to_owned()]
    {
        let list = format!("{first}\nBob,{two}\n");
        stopped(&people(), "hold.csv", &list, &[]).says("row 1 holds neither");
    }
    let title = format!("Legal hold, as of 2026-11-28 10:30\nContact ID\n{one}\n");
    assert_eq!(deleted(&people(), &[("hold.txt", title.into_bytes())]).len(), 5);
}

#[test]
fn a_list_of_numbers_needs_numbers_to_compare_with() {
    let numbers = "Mobile\n+91 98123 45671\n";
    stopped(&id_table(&ids(2)), "hold.csv", numbers, &[])
        .says("`stale.csv` has no column of phone numbers")
        .says("--map cellPhone.phoneNumber=HEADER");
    let server = Hostile::good();
    let place = Place::at(server.addr());
    let input = people() + &format!("{},\n{},call me\n", id(6), id(7));
    place.write("stale.csv", input);
    place.write("hold.csv", numbers);
    place.quick(&["bulk-delete", "stale.csv", "--except", "hold.csv"]).exits(1);
    // Whose number is not known may be on the list.
    assert_eq!(counts(&place.report()), [8, 5, 0, 2, 1, 0, 0]);
}

#[test]
fn a_list_is_as_young_as_the_input_has_to_be() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(3)));
    let list = place.write("hold.txt", id(1));
    let args = ["bulk-delete", "stale.csv", "--except", "hold.txt", "--max-input-age", "26h"];
    for (time, code, words) in [
        (SystemTime::now() - Duration::from_hours(48), 3, "is 2 d old"),
        (SystemTime::now() + Duration::from_hours(48), 3, "in the future"),
        (SystemTime::now() - Duration::from_hours(24), 0, ""),
    ] {
        File::options().write(true).open(&list).unwrap().set_modified(time).unwrap();
        place.quick(&args).exits(code).says(words);
    }
}

#[test]
fn whoever_came_onto_a_list_meanwhile_is_not_sent_by_resume_nor_retry() {
    let corrected = Arc::new(AtomicBool::new(false));
    let known = Arc::clone(&corrected);
    let server = Hostile::start(move |request| match known.load(Ordering::SeqCst) {
        false => Answer::error(401, "Invalid SDK credentials", 4002),
        true => good(request),
    });
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(4)));
    let list = place.write("hold.txt", id(1));
    place.quick(&["bulk-delete", "stale.csv", "--except", "hold.txt"]).exits(6);
    assert_eq!(counts(&place.report()), [4, 0, 0, 0, 1, 0, 3]);
    let before = server.requests().len();
    corrected.store(true, Ordering::SeqCst);
    fs::remove_file(&list).unwrap();
    let held = place.run(&["resume", "latest"]).exits(3).says("hold.txt");
    held.says("nothing more was sent");
    place.run(&["retry", "latest", "--yes"]).exits(3).says("hold.txt");
    assert_eq!(server.requests().len(), before, "nothing is sent");
    place.write("hold.txt", format!("{}\n{}\n", id(1), id(2)));
    place.run(&["resume", "latest"]).exits(0);
    assert_eq!(counts(&place.report()), [4, 2, 0, 0, 2, 0, 0]);
    assert_eq!(listed(&place.report(), "successfulRecords"), [id(0), id(3)]);
}

#[test]
fn a_list_protects_whoever_it_names_in_another_letter_case() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("lists.csv", id_table(&[list_id(1), list_id(0xabc)]));
    place.write("hold.csv", id_table(&[list_id(0xabc).to_uppercase().replace("CL-", "cl-")]));
    place.quick(&["delete-contact-list", "lists.csv", "--except", "hold.csv"]).exits(0);
    assert_eq!(counts(&place.report()), [2, 1, 0, 0, 1, 0, 0]);
    let place = Place::at(server.addr());
    place.write("stale.csv", "id\nCust-A1\nCust-B2\n");
    place.write("hold.csv", "id\ncust-a1\n");
    place
        .quick(&["bulk-delete", "stale.csv", "--except", "hold.csv", "--id-format", "any"])
        .exits(0);
    assert_eq!(listed(&place.report(), "successfulRecords"), ["Cust-B2"]);
}
