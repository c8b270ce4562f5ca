//! A mailed sheet with names and numbers, and no ids: whom its rows mean, and why others mean nobody.

use korebulk::sandbox::{Config, Thread};
use serde_json::{Value, json};

use crate::account_server::{AccountServer, World};
use crate::support::{Place, QUICK, Ran, counts_add_up, look, sandbox_with, table};

fn sample() -> (Thread, Place) {
    let server = sandbox_with(0, Config { sample: true, ..Config::default() });
    let place = Place::at(server.addr());
    (server, place)
}

/// The rows of docs/sandbox.md, and some more.
const ROWS: [(&str, &str, &str); 12] = [
    ("Jain, Uwe", "+91 98765 00000", "matched"),
    ("jurgen keller", "+919876500001", "matched"),
    ("Divya Joshi", "+49 1512 0000017", "matched"),
    ("Nikhil Desai", "+1 201 555 0039", "matched"),
    ("T. Nair", "+1 (201) 555-0039", "matched"),
    ("Greta Desai", "+12015550039", "otherName"),
    ("Carlos Patel", "+4915120000096", "ambiguous"),
    ("Farid Menon", "+919876500011", "possible"),
    ("Uwe Jain", "+919876599999", "possible"),
    ("Nobody Atall", "+919876599998", "unmatched"),
    ("", "+919876500004", "unconfirmed"),
    ("Ingrid Rao", "none", "has letters"),
];

fn sheet(place: &Place, rows: &[(&str, &str, &str)]) {
    let rows = rows.iter().map(|(name, phone, _)| format!("\"{name}\",{phone},Dr"));
    let rows: Vec<String> = rows.collect();
    place.write("a.csv", format!("Name,Mobile,Title\n{}\n", rows.join("\n")));
}

fn job(place: &Place, operation: &str, more: &str) {
    let columns = "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\n";
    let title = if operation == "bulk-update" { "salutation = \"Title\"\n" } else { "" };
    place.write("job.toml", place.job(operation, "a.csv") + columns + title + more);
}

fn run(place: &Place) -> Ran {
    place.run(&[&["run", "job.toml"], &QUICK[..], &["--read-rate", "none"]].concat())
}

fn contact(server: &Thread, id: &str) -> Value {
    let mut after = String::new();
    loop {
        let page = look(server, &format!("contacts?limit=1000&after={after}"));
        let all = page.as_array().cloned().unwrap_or_else(|| {
            page["contacts"].as_array().or(page["results"].as_array()).unwrap().clone()
        });
        let own = |contact: &&Value| contact["id"] == id || contact["_id"] == id;
        if let Some(found) = all.iter().find(own) {
            return found.clone();
        }
        let last = all.last().unwrap();
        last["id"].as_str().or(last["_id"].as_str()).unwrap().clone_into(&mut after);
    }
}

#[test]
fn rows_with_number_and_name_reach_their_contact_and_all_others_say_why_not() {
    let (server, place) = sample();
    sheet(&place, &ROWS);
    job(&place, "bulk-update", "[match]\n");
    let plan = place.run(&["plan", "job.toml", "--read-rate", "none"]).exits(0).out;
    let plan = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    let classes = "5 of 11 rows matched: not 1 ambiguous, 1 otherName, 2 possible, 1 unconfirmed, 1 unmatched";
    for words in [classes, "Names: none.", "Phone: none.", "Salutation: 5 change"] {
        assert!(plan.contains(words), "{words}\n{plan}");
    }
    let before = contact(&server, "5e129d7f7b3f9a52c1000001");
    let ran = run(&place).exits(1);
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(classes), "{}", ran.err);
    let report = place.report();
    counts_add_up(&report);
    assert_eq!(report["successful"], 5);
    assert_eq!(report["rejected"], 7);
    assert_eq!(report["match"]["matched"], 5);
    let (header, rejected) = table(&place.the_run().join("rejected.csv"));
    let reason = header.iter().position(|name| name == "korebulk_reason").unwrap();
    let expected = ROWS.iter().filter(|row| row.2 != "matched");
    for (row, (name, _, class)) in rejected.iter().zip(expected) {
        assert!(row[0] == *name && row[reason].contains(class), "{row:?}");
    }
    let after = contact(&server, "5e129d7f7b3f9a52c1000001");
    assert_eq!(after["salutation"], "Dr");
    for key in ["firstName", "lastName", "cellPhone"] {
        assert_eq!(after[key], before[key], "what a row is matched by is no change");
    }
}

#[test]
fn a_delete_finds_its_contacts_by_number_and_leaves_all_others() {
    let (server, place) = sample();
    sheet(&place, &ROWS[..10]);
    job(&place, "bulk-delete", "[match]\nby = [\"name\", \"phone\"]\nunmatched = \"skip\"\n");
    let ran = run(&place).exits(1);
    let report = place.report();
    counts_add_up(&report);
    assert_eq!((&report["successful"], &report["skipped"]), (&json!(5), &json!(1)), "{}", ran.err);
    assert_eq!(contact(&server, "5e129d7f7b3f9a52c1000001")["status"], "INACTIVE");
    assert_eq!(contact(&server, "5e129d7f7b3f9a52c1000001")["firstName"], "Uwe");
}

#[test]
fn several_rows_for_one_contact_are_decided_by_on_duplicate() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    let rows = |titles: [&str; 3]| {
        let names = ["Aster1 Testwell1", "Testwell1 Aster1", "Aster2 Testwell2"];
        let numbers = ["98 0000 0001", "9800000001", "9800000002"];
        let rows = (0..3).map(|n| format!("{},{},+91,{}", names[n], numbers[n], titles[n]));
        let rows: Vec<String> = rows.collect();
        place.write(
            "a.csv",
            format!("fullName,phoneNumber,countryCode,salutation\n{}\n", rows.join("\n")),
        );
    };
    let run = |more: &[&str]| {
        place.run(
            &[
                &["bulk-update", "a.csv", "--match", "phone,name", "--read-rate", "none"],
                &QUICK[..],
                more,
            ]
            .concat(),
        )
    };
    let salutation = |at: usize| server.world().contacts[at].fields["salutation"].clone();
    rows(["Dr", "Prof", "Dr"]);
    let ran = run(&[]).exits(1);
    assert!(ran.err.contains("with different content"), "{}", ran.err);
    assert_eq!((salutation(0), salutation(1)), (json!("Mrs"), json!("Dr")));
    run(&["--on-duplicate", "last"]).exits(0);
    assert_eq!(salutation(0), "Prof");
    rows(["Mr", "Mr", "Dr"]);
    let ran = run(&[]).exits(0);
    assert!(ran.err.contains("duplicate of row 2"), "{}", ran.err);
}

#[test]
fn the_number_alone_is_enough_where_that_is_said_and_then_a_name_is_a_change() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    place.write("a.csv", "lastName,phoneNumber\nRoe,+91 98 0000 0001\nRao,98 0000 0009\n");
    let by = |by: &str| {
        place.run(
            &[
                &["bulk-update", "a.csv", "--match", by, "--read-rate", "none", "--region", "IN"],
                &QUICK[..],
            ]
            .concat(),
        )
    };
    let ran = by("phone,name").exits(2);
    assert!(ran.err.contains("no column that could change anything"), "{}", ran.err);
    assert_eq!(server.world().contacts[0].fields["lastName"], "Testwell1");
    by("phone").exits(1);
    assert_eq!(server.world().contacts[0].fields["lastName"], "Roe");
    let ran = by("name").exits(2);
    assert!(ran.err.contains("a name alone is shared by many"), "{}", ran.err);
}

#[test]
fn what_rows_are_matched_by_has_to_be_there() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    place.write("a.csv", "Name,salutation\nAnn Rao,Dr\n");
    let run = |more: &[&str]| {
        place.run(&[&["bulk-update", "a.csv", "--yes"], more].concat()).exits(2).err
    };
    assert!(
        run(&["--match", "phone,name"])
            .contains("no column for `cellPhone.phoneNumber`, and `match.by` has `phone`")
    );
    place.write("a.csv", "phoneNumber,salutation\n+919800000001,Dr\n");
    let said = run(&["--match", "phone,name"]);
    assert!(
        said.contains("no column for `fullName`, and `match.by` has `name`")
            && said.contains("--match phone"),
        "{said}"
    );
    let said = run(&["--match", "phone", "--map", "salutation=Salute"]);
    assert!(said.contains("has no column `Salute`"), "{said}");
    place.write("a.csv", "id\ncl-718e0001-3aca-4008-973e-6d7994000000\n");
    let said =
        place.run(&["delete-contact-list", "a.csv", "--match", "phone", "--yes"]).exits(2).err;
    assert!(said.contains("nothing in this job has to be matched"), "{said}");
}
