//! Contacts that are created: known by their phone numbers, given new ids, and never created twice.

use std::fs;

use korebulk::sandbox::{Config, Thread};
use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, Request};
use crate::support::{Place, SECRET, counts, report, signal, table};

const HEADER: &str = "firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode";

/// People without ids, numbered from `first`.
fn people(first: usize, count: usize) -> String {
    let lines = (first..first + count)
        .map(|number| format!("Aster{number},Testwell{number},Mrs,98{number:08},+91\n"));
    format!("{HEADER}\n{}", lines.collect::<String>())
}

fn new_id(contact: &Value) -> String {
    format!("66{:0>22}", contact["cellPhone"]["phoneNumber"].as_str().unwrap())
}

/// What the server makes of a contact.
fn created(contact: &Value) -> Value {
    let mut echo = contact.clone();
    let phone = &contact["cellPhone"];
    let [code, number] = ["countryCode", "phoneNumber"].map(|key| phone[key].as_str().unwrap());
    echo["cellPhone"]["phoneNumber"] = json!(format!("{code}{number}"));
    echo["id"] = json!(new_id(contact));
    echo["status"] = json!("ACTIVE");
    echo
}

fn contacts(request: &Request) -> Vec<Value> {
    request.json().as_array().unwrap().clone()
}

fn all_created(request: &Request) -> Answer {
    if request.method != "POST" {
        return crate::hostile::good(request);
    }
    Answer::json(200, &json!(contacts(request).iter().map(created).collect::<Vec<_>>()))
}

fn place(server: &Hostile, records: usize) -> Place {
    let place = Place::at(server.addr());
    place.write("people.csv", people(0, records));
    place
}

fn posts(server: &Hostile) -> Vec<Request> {
    server.requests().into_iter().filter(|request| request.method == "POST").collect()
}

fn sandbox(faults: &[&str]) -> Thread {
    let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
    Thread::start(Config { client_secret: SECRET.into(), faults, ..Config::default() }).unwrap()
}

#[test]
fn contacts_are_created_as_the_page_has_it_without_an_id() {
    let server = Hostile::start(all_created);
    let place = Place::at(server.addr());
    place.write("people.csv", format!("id,{HEADER}\n,john,doe,mr,2445600000,+91\n"));
    place.quick(&["create-contacts", "people.csv"]).exits(0).says("the one contact was created");
    let request = &posts(&server)[0];
    assert_eq!(
        request.path,
        "/agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a94262500000/contacts"
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        String::from_utf8_lossy(&request.body),
        r#"[{"firstName":"john","lastName":"doe","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600000","countryCode":"+91"}}]"#
    );
}

#[test]
fn answers_are_joined_by_phone_number_and_every_row_gets_its_new_id() {
    let server = Hostile::start(|request| {
        let mut entries: Vec<Value> = contacts(request).iter().map(created).collect();
        entries.reverse();
        // As one that leaves the country code out, and one that writes it without a plus.
        entries[0]["cellPhone"]["phoneNumber"] = json!("9800000002");
        entries[1]["cellPhone"]["phoneNumber"] = json!("919800000001");
        Answer::json(200, &json!(entries))
    });
    let place = place(&server, 3);
    place.quick(&["create-contacts", "people.csv", "--xlsx"]).exits(0);
    let run = place.the_run();
    let report = report(&run);
    assert_eq!(counts(&report), [3, 3, 0, 0, 0, 0, 0]);
    assert_eq!(report["diverged"], 0);
    assert_eq!(report["successfulRecords"][0]["cellPhone"]["phoneNumber"], "+919800000000");
    let (header, rows) = table(&run.join("created.csv"));
    assert_eq!(header.last().unwrap(), "korebulk_id");
    let ids: Vec<&str> = rows.iter().map(|row| row.last().unwrap().as_str()).collect();
    let id = |n: usize| format!("66{:0>22}", format!("98{n:08}"));
    assert_eq!(ids, [id(0), id(1), id(2)]);
    assert_eq!(rows[2][0], "Aster2");
    assert!(run.join("outcome.xlsx").is_file());
}

#[test]
fn of_what_was_created_only_ids_stay_where_that_is_asked_for() {
    let server = Hostile::start(all_created);
    let place = place(&server, 2);
    place.quick(&["create-contacts", "people.csv", "--contacts", "ids"]).exits(0);
    let run = place.the_run();
    assert_eq!(
        report(&run)["successfulRecords"],
        json!([{"id": "660000000000009800000000"}, {"id": "660000000000009800000001"}])
    );
    let file = fs::read_to_string(run.join("created.csv")).unwrap();
    assert!(file.contains("660000000000009800000001") && !file.contains("Aster"), "{file}");
}

#[test]
fn two_rows_of_one_number_are_one_contact_or_none() {
    let server = Hostile::start(all_created);
    let place = Place::at(server.addr());
    let lines = "a,b,Mr,9800000001,+91\na,b,Mr,9800000001,+91\nc,d,Mr,9800000002,+91\nc,e,Mr,+919800000002,+91\n";
    place.write("people.csv", format!("{HEADER}\n{lines}"));
    place
        .quick(&["create-contacts", "people.csv"])
        .exits(1)
        .says("same phone number as another row");
    assert_eq!(counts(&place.report()), [4, 1, 0, 2, 1, 0, 0]);
}

#[test]
fn one_number_with_and_without_what_is_dialled_in_front_of_it_is_one_contact() {
    let server = Hostile::start(all_created);
    let place = Place::at(server.addr());
    let spelt = ["15120000017", "015120000017", "0151 20000017", "+49 151 20000017"];
    let lines = spelt.map(|number| format!("a,b,Mr,{number},+49")).join("\n");
    place.write("people.csv", format!("{HEADER}\n{lines}\n"));
    place.quick(&["create-contacts", "people.csv"]).exits(0);
    let sent: Vec<Value> = posts(&server).iter().flat_map(contacts).collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["cellPhone"]["phoneNumber"], "15120000017");
}

#[test]
fn a_number_in_use_is_failed_and_everybody_else_is_created_whatever_the_refusal_looks_like() {
    for fault in [
        "number-in-use:as=refuse",
        "number-in-use:as=refuse,names=yes,status=409",
        "number-in-use:as=entry",
        "number-in-use:as=existing",
    ] {
        let sandbox = sandbox(&[fault]);
        let place = Place::at(sandbox.addr());
        place.write("first.csv", people(3, 1));
        place.quick(&["create-contacts", "first.csv"]).exits(0);
        place.write("people.csv", people(0, 8));
        let ran = place.quick(&["create-contacts", "people.csv"]);
        let report = report(place.runs().last().unwrap());
        let found = counts(&report);
        if fault.ends_with("existing") {
            // Created a moment ago: nothing tells the holder's contact from a new one but its name.
            assert_eq!(found, [8, 8, 0, 0, 0, 0, 0], "{fault}");
            continue;
        }
        ran.exits(1);
        assert_eq!(found, [8, 7, 1, 0, 0, 0, 0], "{fault}: {report:#}");
        assert_eq!(report["failedRecords"][0]["source"]["row"], 5, "{fault}");
        assert_eq!(report["failedRecords"][0]["id"], Value::Null, "a number is no id");
    }
}

#[test]
fn a_holder_that_is_answered_as_if_it_were_new_is_known_by_its_age() {
    let server = Hostile::start(|request| {
        let mut entries: Vec<Value> = contacts(request).iter().map(created).collect();
        entries[0]["createdAt"] = json!("2026-10-01T00:00:00.000Z");
        entries[1]["createdAt"] = json!("2026-11-01T11:59:59.000Z");
        Answer::json(200, &json!(entries)).header("Date", "Sun, 01 Nov 2026 12:00:00 GMT")
    });
    let place = place(&server, 2);
    place.quick(&["create-contacts", "people.csv"]).exits(1).says("already in use");
    assert_eq!(counts(&place.report()), [2, 1, 1, 0, 0, 0, 0]);
}

#[test]
fn a_lost_answer_is_unknown_at_once_and_nobody_sends_it_again() {
    let server = Hostile::start(|request| match request.number {
        1 => Answer::closed(),
        _ => all_created(request),
    });
    let place = place(&server, 4);
    let create = ["create-contacts", "people.csv", "--batch-size", "2"];
    place.quick(&create).exits(5);
    let run = place.the_run();
    assert_eq!(counts(&report(&run)), [4, 2, 0, 0, 0, 2, 0]);
    assert_eq!(report(&run)["unknownRecords"][0]["mayHaveBeenApplied"], true);
    assert_eq!(posts(&server).len(), 2);
    let run = run.to_str().unwrap();
    place.run(&["resume", run, "--timeout", "1s"]).exits(5);
    place.run(&["retry", run, "--yes"]).exits(2);
    // Nor where its file comes back, which still says so.
    let unknown = format!("{run}/unknown.csv");
    place.quick(&["create-contacts", &unknown]).exits(5);
    assert_eq!(counts(&report(place.runs().last().unwrap())), [2, 0, 0, 0, 0, 2, 0]);
    assert_eq!(posts(&server).len(), 2);
}

#[test]
fn a_new_run_of_a_file_sends_nothing_while_an_earlier_one_left_its_answers_lost() {
    let server = Hostile::start(|request| match request.number {
        1 => Answer::closed(),
        _ => all_created(request),
    });
    let place = place(&server, 3);
    let job = place.job("create-contacts", "people.csv");
    place.write("new.toml", format!("{job}[guard]\nmax_records = 9\n"));
    let first = place.run(&["run", "new.toml"]).exits(5);
    assert!(!first.err.contains("can be sent again"), "{}", first.err);
    place.write("copy.csv", people(0, 3));
    let commands: [&[&str]; 3] = [
        &["run", "new.toml"],
        &["run", "new.toml", "--or-resume"],
        &["create-contacts", "copy.csv", "--yes"],
    ];
    for args in commands {
        place.run(args).exits(3).says("left 3 of its records unknown").says("reconcile");
    }
    assert_eq!(posts(&server).len(), 1);
    place.write("people.csv", people(3, 1));
    place.run(&["run", "new.toml"]).exits(0);
}

#[test]
fn what_an_answer_leaves_out_is_unknown_and_what_denies_itself_too() {
    let server = Hostile::start(|request| {
        let mut entries: Vec<Value> = contacts(request).iter().map(created).collect();
        entries.remove(4);
        entries[0]["id"] = Value::Null;
        entries[1]["success"] = json!(false);
        entries[2]["status"] = json!("INACTIVE");
        Answer::json(200, &json!(entries))
    });
    let place = place(&server, 5);
    place.quick(&["create-contacts", "people.csv"]).exits(5);
    assert_eq!(counts(&place.report()), [5, 1, 0, 0, 0, 4, 0]);
    assert_eq!(posts(&server).len(), 1);
}

#[test]
fn killed_with_a_request_under_way_it_never_sends_it_again() {
    let server = Hostile::start(|request| match request.number {
        2 => all_created(request).held(),
        _ => all_created(request),
    });
    let place = place(&server, 9);
    let options = [
        "create-contacts",
        "people.csv",
        "--batch-size",
        "3",
        "--yes",
        "--rate",
        "none",
        "--concurrency",
        "1",
    ];
    let mut child = place.spawn(&options);
    server.wait_for(2);
    signal(&child, "KILL");
    child.wait().unwrap();
    server.release();
    let run = place.the_run();
    place.run(&["resume", run.to_str().unwrap(), "--timeout", "1s"]).exits(5);
    assert_eq!(counts(&report(&run)), [9, 6, 0, 0, 0, 3, 0]);
    let sent: Vec<Value> = posts(&server).iter().flat_map(contacts).collect();
    let mut numbers: Vec<String> =
        sent.iter().map(|contact| contact["cellPhone"]["phoneNumber"].to_string()).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!((sent.len(), numbers.len()), (9, 9), "each once");
    assert_eq!(table(&run.join("created.csv")).1.len(), 6);
}

#[test]
fn the_unmatched_rows_of_another_job_are_its_input() {
    let server = Hostile::start(all_created);
    let place = Place::at(server.addr());
    let rows = "a,b,Mr,9800000001,+91,2,rejected,unmatched: no contact has this number\n\
                c,d,Mr,9800000002,+91,7,rejected,unmatched: no contact has this number\n";
    let own = "korebulk_row,korebulk_outcome,korebulk_reason";
    place.write("unmatched.csv", format!("{HEADER},{own}\n{rows}"));
    place.quick(&["create-contacts", "unmatched.csv"]).exits(0);
    assert_eq!(counts(&place.report()), [2, 2, 0, 0, 0, 0, 0]);
    // What it wrote of them is known as settled.
    let created = place.the_run().join("created.csv");
    place.quick(&["create-contacts", created.to_str().unwrap()]).exits(0);
    assert_eq!(posts(&server).len(), 1);
}

#[test]
fn a_job_against_the_sandbox_of_its_own_creates_what_it_names() {
    let place = Place::new();
    place.write("people.csv", people(0, 30));
    place.quick(&["create-contacts", "people.csv", "--host", "sandbox"]).exits(0);
    assert_eq!(counts(&place.report()), [30, 30, 0, 0, 0, 0, 0]);
    place.run(&["init", "people.csv", "--operation", "create-contacts"]).exits(0);
    let job = fs::read_to_string(place.path().join("people.toml")).unwrap();
    assert!(!job.contains("Missing"), "{job}");
    place.run(&["plan", "people.toml"]).exits(0);
}
