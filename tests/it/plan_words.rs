//! What a plan says: each row once, each request, and where each value comes from.

use crate::account_server::{AccountServer, World};
use crate::support::{Place, Ran, id_table, ids, table};

fn plan(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&["plan", "job.toml"], more].concat())
}

/// A job for whole contacts.
fn whole(place: &Place, rows: &str) {
    let header = "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode";
    place.write("a.csv", format!("{header}\n{rows}"));
    place.write("job.toml", place.job("bulk-update", "a.csv") + "[limits]\nrate = \"none\"\n");
}

#[test]
fn a_row_that_is_wrong_twice_is_rejected_once() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    let ids = ids(3);
    let rows = [
        format!("{},,,Mr,9812345678,+91\n", ids[0]),
        format!("{},,,Mr,9812345678,+91\n", ids[1]),
        format!("{},Ada,Roe,Mr,x,+91\n", ids[2]),
    ];
    whole(&place, &rows.concat());
    let planned = plan(&place, &["--backup", "false", "--format", "json"]).exits(0).out;
    let planned: serde_json::Value = serde_json::from_str(&planned).unwrap();
    let rejected = planned["reasons"].as_array().unwrap().iter();
    let rows: u64 = rejected.map(|reason| reason["rows"].as_u64().unwrap()).sum();
    assert_eq!((planned["rejected"].as_u64(), rows), (Some(3), 3), "{planned}");
}

#[test]
fn a_canary_is_among_the_requests_and_the_first_of_those_shown() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    place.write("a.csv", id_table(&ids(105)));
    place.write("job.toml", place.job("bulk-delete", "a.csv") + "[backup]\ncontacts = false\n");
    let planned = plan(&place, &["--canary", "10"]).exits(0).out;
    assert!(
        planned.contains("105 records in 2 requests, the canary of 10 records first"),
        "{planned}"
    );
    assert!(planned.contains("… and 7 records more, "), "{planned}");
    let planned = plan(&place, &["--canary", "200"]).exits(0).out;
    assert!(planned.contains("105 records in 2 requests, the canary of 105 records"), "{planned}");
}

#[test]
fn one_row_more_is_one_row() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    let defects = ["x1", "", "é", "1 2", "-", "+", "0", "9.5", "12"];
    let rows = defects.iter().zip(ids(defects.len()));
    let rows: Vec<String> = rows
        .enumerate()
        .map(|(n, (number, id))| {
            let first = if n % 2 == 0 { "Ada" } else { "#N/A" };
            let last = if n % 3 == 0 { "Roe" } else { "" };
            format!("{id},{first},{last},Mr,{number},+91\n")
        })
        .collect();
    whole(&place, &rows.concat());
    let planned = plan(&place, &["--backup", "false"]).exits(0).out;
    for wrong in [" 1 more rows", " 1 rows", " 1 records", " 1 changes", " 1 requests"] {
        assert!(!planned.contains(wrong), "{wrong}: {planned}");
    }
}

#[test]
fn a_reading_says_what_it_takes_and_what_is_left_of_it() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(300) });
    let place = Place::at(server.addr);
    let ran = place.run(&["export", "--to", "-", "--rate", "none", "--read-rate", "none"]).exits(0);
    let (_, said) = ran.err.split_once("reads 300 contacts: ").unwrap();
    let (all, left) = said.split_once(" requests, ").unwrap();
    let left = left.split_once(" of them left").unwrap().0;
    assert_eq!(all.parse::<usize>().unwrap(), server.asked().len(), "{}", ran.err);
    assert!(left.parse::<usize>().unwrap() < server.asked().len(), "{}", ran.err);
}

/// Two contacts by name and number: a salutation of the row, one of the job, all else of the contact.
fn mailed(place: &Place) {
    let rows = "Name,Mobile,Title\nAster1 Testwell1,+919800000001,Dr\nAster2 Testwell2,+919800000002,\nNobody Atall,+919899999999,Dr\n";
    place.write("a.csv", rows);
    let columns = "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\nsalutation = \"Title\"\n";
    let more = "[input.defaults]\nsalutation = \"Mx\"\n[match]\n[limits]\nrate = \"none\"\n";
    place.write("job.toml", place.job("bulk-update", "a.csv") + columns + more);
}

#[test]
fn every_value_that_is_sent_says_where_it_comes_from() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    mailed(&place);
    let shown = plan(&place, &["--show-values", "--diff", "changes.csv"]).exits(0).out;
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let own = "from the contact itself: firstName Aster1, lastName Testwell1";
    assert!(flat.contains(&format!("row 2: from the row: salutation Dr; {own}")), "{shown}");
    assert!(
        flat.contains("row 3: from a default: salutation Mx; from the contact itself: "),
        "{shown}"
    );
    for own in ["cellPhone.phoneNumber 9800000001", "cellPhone.countryCode +91"] {
        assert!(flat.contains(own), "{own}: {shown}");
    }
    let (header, rows) = table(&place.path().join("changes.csv"));
    assert_eq!(header.last().unwrap(), "from");
    let from: Vec<[&str; 3]> =
        rows.iter().map(|row| [&*row[0], &*row[2], row.last().unwrap().as_str()]).collect();
    assert_eq!(from, [["2", "salutation", "the row"], ["3", "salutation", "a default"]]);
    let masked = plan(&place, &[]).exits(0).out;
    assert!(!masked.contains("where values come from") && !masked.contains("Aster1"), "{masked}");
    let typed = plan(&place, &["--show-values", "--set", "salutation=Prof"]).exits(0).out;
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(typed.contains("row 3: from a default: salutation Prof; "), "{typed}");
}

#[test]
fn a_whole_row_says_of_each_value_where_it_comes_from() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    whole(&place, &format!("{},Ada,Roe,,9812345678,\n", ids(1)[0]));
    let set = ["--set", "salutation=Dr", "--set", "cellPhone.countryCode=+91"];
    let more = [&["--show-values", "--backup", "false"], &set[..]].concat();
    let shown = plan(&place, &more).exits(0).out;
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = "from the row: firstName Ada, lastName Roe, cellPhone.phoneNumber 9812345678;";
    let default =
        "from a default: salutation Dr, cellPhone.extension +, cellPhone.countryCode +91;";
    for part in [row, default, "from other fields of the record: fullName Ada Roe"] {
        assert!(flat.contains(part), "{part}: {shown}");
    }
}

#[test]
fn values_that_are_shown_are_shown_as_they_change_too() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    whole(&place, &format!("{},Ada,Roe,Mr,+91 98123 45678,\n", ids(1)[0]));
    let planned =
        |more: &[&str]| plan(&place, &[&["--backup", "false"], more].concat()).exits(0).out;
    let shown = planned(&["--show-values"]);
    assert!(shown.contains("normalised, e.g. +91 98123 45678 → 9812345678"), "{shown}");
    let masked = planned(&[]);
    assert!(masked.contains("normalised, e.g. +xx xxxxx xxxxx → xxxxxxxxxx"), "{masked}");
    assert!(!masked.contains("98123"), "{masked}");
}

#[test]
fn the_file_of_unmatched_rows_says_of_them_what_the_report_says() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    mailed(&place);
    place.run(&["run", "job.toml", "--yes"]).exits(1);
    let (header, rows) = table(&place.the_run().join("unmatched.csv"));
    let at = header.iter().position(|name| name == "korebulk_outcome").unwrap();
    assert_eq!(rows[0][at], "rejected", "{rows:?}");
    let unmatched = place.the_run().join("unmatched.csv");
    let planned = place.run(&[
        "create-contacts",
        unmatched.to_str().unwrap(),
        "--dry-run",
        "--set",
        "cellPhone.countryCode=+91",
    ]);
    assert!(
        planned.exits(0).out.contains("1 record in 1 request"),
        "it is input of create-contacts"
    );
}

#[test]
fn nobody_is_asked_to_confirm_more_than_may_be_sent() {
    let server = AccountServer::quiet(World::with(30));
    let place = Place::at(server.addr);
    let rows = server.world().ids().iter().map(|id| format!("{id},Roe\n")).collect::<Vec<_>>();
    let table = format!("id,lastName\n{}", rows.concat());
    place.write("a.csv", table);
    let more = "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n";
    place.write("job.toml", place.job("bulk-update", "a.csv") + more);
    let ran = place.run(&["run", "job.toml"]).exits(3);
    ran.says("nobody is there to confirm up to 30 records");
    assert_eq!(server.asked().len(), 0);
}
