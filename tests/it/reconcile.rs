//! What a run left unknown is settled by reading the account: what is not done may be sent, what others changed is left alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use korebulk::inside::{Journal, Phase};
use korebulk::sandbox::{Config, SeedContact, Thread};
use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, good};
use crate::support::{
    Place, Ran, SECRET, all_at_once, contact_table, counts, id, id_table, ids, listed, look,
    report, table,
};
use crate::tracer::cut;
use crate::undo::contacts;
use crate::undone::edit;

/// Scripts played by default.
const SCRIPTS: u64 = 6;

/// A contact of last year.
fn old(number: usize) -> SeedContact {
    let contact = json!({
        "firstName": format!("Old{number}"), "lastName": "Name", "salutation": "Mr",
        "cellPhone": {"extension": "+", "phoneNumber": format!("98{number:08}"), "countryCode": "+91"},
        "status": "ACTIVE", "createdAt": "2025-01-05T00:00:00.000Z", "updatedAt": "2025-02-05T00:00:00.000Z",
    });
    SeedContact { id: id(number), contact: Some(contact.to_string()) }
}

fn sandbox(contacts: usize, faults: &[&str]) -> Thread {
    let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
    let config = Config { client_secret: SECRET.into(), faults, ..Config::default() };
    let sandbox = Thread::start(config).unwrap();
    sandbox.seed_contacts((0..contacts).map(old)).unwrap();
    sandbox
}

fn place(sandbox: &Thread, contacts: usize) -> Place {
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(contacts));
    place.write("stale.csv", id_table(&ids(contacts)));
    place
}

/// In batches of two; a lost answer ends its records.
fn run(place: &Place, args: &[&str]) -> (Ran, PathBuf) {
    let ran = place
        .quick(&[args, &["--batch-size", "2", "--timeout", "1s", "--max-attempts", "1"]].concat());
    (ran, place.runs().last().unwrap().clone())
}

fn again(place: &Place, command: &str, run: &Path) -> Ran {
    let limits = ["--rate", "none", "--timeout", "1s", "--reconcile", "auto"];
    place.run(&[&[command, run.to_str().unwrap()][..], &limits].concat())
}

#[test]
fn updates_are_done_where_the_values_are_there_and_sent_again_where_nothing_moved() {
    let sandbox = sandbox(6, &["lost-answer:requests=1", "drop:requests=3"]);
    let place = place(&sandbox, 6);
    let (ran, dir) = run(&place, &["bulk-update", "contacts.csv"]);
    ran.exits(5);
    assert_eq!(counts(&report(&dir)), [6, 2, 0, 0, 0, 4, 0]);
    again(&place, "reconcile", &dir)
        .exits(4)
        .says("read back 4 unknown records: 2 done, 2 not done");
    let found = report(&dir);
    assert_eq!(counts(&found), [6, 4, 0, 0, 0, 0, 2]);
    let entry = &found["successfulRecords"][2];
    assert_eq!((&entry["id"], &entry["reconciled"]), (&json!(id(0)), &json!(true)));
    assert_eq!(entry["contact"]["firstName"], "Aster0");
    assert_eq!(table(&dir.join("unsent.csv")).1.len(), 2);
    assert_eq!(look(&sandbox, "applied").as_array().unwrap().len(), 4, "nothing was sent");
    // Its reports are what the audit says they are.
    place.run(&["runs", "--verify"]).exits(0);
    again(&place, "resume", &dir).exits(0);
    assert_eq!(counts(&report(&dir)), [6, 6, 0, 0, 0, 0, 0]);
    again(&place, "reconcile", &dir).exits(0).says("nothing of this run is unknown");
}

#[test]
fn what_somebody_else_changed_since_stays_unknown_and_is_never_overwritten() {
    let edit = format!("edit:requests=1,do=update,ids={}", id(0));
    let sandbox = sandbox(2, &["drop:requests=1", &edit]);
    let place = place(&sandbox, 2);
    let (ran, dir) = run(&place, &["bulk-update", "contacts.csv"]);
    ran.exits(5);
    again(&place, "reconcile", &dir).exits(4).says("1 not done, 1 still unknown");
    let found = report(&dir);
    assert_eq!(counts(&found), [2, 0, 0, 0, 0, 1, 1]);
    assert!(found["unknownRecords"][0]["reason"].as_str().unwrap().starts_with("changedSince"));
    // Said once: a second look changes nothing.
    let before = std::fs::read(dir.join("report.json")).unwrap();
    again(&place, "reconcile", &dir).exits(4);
    assert_eq!(std::fs::read(dir.join("report.json")).unwrap(), before);
    again(&place, "resume", &dir).exits(5);
    assert_eq!(counts(&report(&dir)), [2, 1, 0, 0, 0, 1, 0]);
    let applied = look(&sandbox, "applied");
    let ours = applied.as_array().unwrap().iter().filter(|one| one["what"] == "updated");
    assert_eq!(ours.map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), [id(1)]);
}

#[test]
fn deletes_are_done_where_the_contact_is_gone() {
    let sandbox = sandbox(6, &["lost-answer:requests=1", "drop:requests=3"]);
    let place = place(&sandbox, 6);
    let (ran, dir) = run(&place, &["bulk-delete", "stale.csv"]);
    ran.exits(5);
    again(&place, "reconcile", &dir).exits(4);
    let report = report(&dir);
    assert_eq!(counts(&report), [6, 4, 0, 0, 0, 0, 2]);
    assert_eq!(report["alreadyGone"], 2);
    assert_eq!(listed(&report, "successfulRecords").len(), 4);
}

#[test]
fn what_was_not_done_twice_stays_unknown() {
    let sandbox = sandbox(2, &["drop:requests=1"]);
    let place = place(&sandbox, 2);
    let (ran, dir) = run(&place, &["bulk-update", "contacts.csv"]);
    ran.exits(5);
    again(&place, "reconcile", &dir).exits(4);
    // Another server at its place would be another account: the journal gets what a second loss writes into it.
    let journal = rusqlite::Connection::open(dir.join("journal.db")).unwrap();
    journal.execute("UPDATE records SET outcome = 'unknown', mark = 'lost-answer'", []).unwrap();
    drop(journal);
    again(&place, "reconcile", &dir).exits(5);
    let report = report(&dir);
    assert_eq!(counts(&report), [2, 0, 0, 0, 0, 2, 0]);
    let reason = report["unknownRecords"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("notApplied: it was sent twice"), "{reason}");
}

fn people(place: &Place, numbers: std::ops::Range<usize>) {
    let header = "firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode";
    let lines: Vec<String> =
        numbers.map(|number| format!("New{number},Name,Mrs,98{number:08},+91")).collect();
    place.write("people.csv", format!("{header}\n{}\n", lines.join("\n")));
}

#[test]
fn what_was_created_is_known_by_its_number_and_gets_its_id() {
    let sandbox = sandbox(2, &["lost-answer:requests=1,op=create-contacts"]);
    let place = Place::at(sandbox.addr());
    people(&place, 10..14);
    let (ran, dir) = run(&place, &["create-contacts", "people.csv"]);
    ran.exits(5).says("korebulk reconcile");
    again(&place, "reconcile", &dir).exits(0);
    assert_eq!(counts(&report(&dir)), [4, 4, 0, 0, 0, 0, 0]);
    let (_, rows) = table(&dir.join("created.csv"));
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.last().unwrap().len() == 24), "{rows:?}");
}

#[test]
fn what_was_not_created_is_sent_again_only_where_deleted_contacts_are_shown() {
    for (shown, left, exit) in [(false, [2, 0, 0, 0, 0, 2, 0], 5), (true, [2, 2, 0, 0, 0, 0, 0], 0)]
    {
        let show: &[&str] = if shown { &["show-inactive"] } else { &[] };
        let sandbox = sandbox(3, &[&["drop:requests=1,op=create-contacts"], show].concat());
        let place = place(&sandbox, 1);
        people(&place, 10..12);
        let (ran, dir) = run(&place, &["create-contacts", "people.csv"]);
        ran.exits(5);
        // Somebody is deleted, so that there is an INACTIVE contact to be shown.
        place.quick(&["bulk-delete", "stale.csv"]).exits(0);
        again(&place, "resume", &dir).exits(exit);
        assert_eq!(counts(&report(&dir)), left, "{shown}");
    }
}

#[test]
fn a_number_in_use_is_failed_and_names_its_holder() {
    let sandbox = sandbox(4, &[]);
    let place = Place::at(sandbox.addr());
    // All of the batch is refused: part of it could be ours.
    people(&place, 0..2);
    let (ran, dir) = run(&place, &["create-contacts", "people.csv"]);
    ran.exits(5);
    again(&place, "reconcile", &dir).exits(1).says(&format!("that of contact {}", id(0)));
    assert_eq!(counts(&report(&dir)), [2, 0, 2, 0, 0, 0, 0]);
}

#[test]
fn an_account_that_cannot_be_read_changes_nothing() {
    let server = Hostile::start(|request| match request.method.as_str() {
        "GET" => Answer::html(404),
        _ if request.number == 1 => Answer::closed(),
        _ => good(request),
    });
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(4)));
    let (ran, dir) = run(&place, &["bulk-delete", "stale.csv"]);
    ran.exits(5);
    let before = std::fs::read(dir.join("report.json")).unwrap();
    let audit = std::fs::read(dir.parent().unwrap().join("audit.jsonl")).unwrap();
    again(&place, "reconcile", &dir).exits(6);
    assert_eq!(std::fs::read(dir.join("report.json")).unwrap(), before);
    assert_eq!(std::fs::read(dir.parent().unwrap().join("audit.jsonl")).unwrap(), audit);
}

/// Answers lost, requests dropped, entries missing, batches refused, the process killed, at random: in the end nothing is
/// unknown but what was lost twice on its way, and the server's own record says the same.
#[test]
fn whatever_is_lost_nothing_is_unknown_in_the_end_and_all_is_as_the_server_has_it() {
    let scripts = std::env::var("KOREBULK_RECONCILES").ok().map(|text| text.parse().unwrap());
    all_at_once(0..scripts.unwrap_or(SCRIPTS), play);
}

const RECORDS: usize = 12;

/// What goes wrong: with answers, with requests, with entries of answers, and with records of which one takes its batch with it.
fn faults(operation: &str, random: &mut fastrand::Rng) -> Vec<String> {
    let mut share = || format!("share=0.{},requests=1-9,op={operation}", random.u8(1..5));
    vec![
        format!("lost-answer:{}", share()),
        format!("drop:{}", share()),
        format!("missing:{}", share()),
        format!("poison:share=0.1,op={operation}"),
        "show-inactive".to_owned(),
    ]
}

fn play(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let operation = ["bulk-update", "bulk-delete", "create-contacts"][(seed % 3) as usize];
    let faults = faults(operation, &mut random);
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let sandbox = sandbox(RECORDS + 1, &faults);
    let place = place(&sandbox, RECORDS);
    place.write("one.csv", id_table(&[id(RECORDS)]));
    people(&place, 100..100 + RECORDS);
    // So that there is an INACTIVE contact to be shown.
    place.quick(&["delete-contact", "one.csv"]).exits(0);
    let file = match operation {
        "bulk-update" => "contacts.csv",
        "bulk-delete" => "stale.csv",
        _ => "people.csv",
    };
    let begin = |place: &Place| {
        let args =
            [operation, file, "--name", "night", "--yes", "--rate", "none", "--batch-size", "2"];
        let limits = ["--timeout", "1s", "--max-attempts", "1", "--concurrency", "1"];
        place.korebulk(&[&args[..], &limits].concat())
    };
    if random.bool() {
        cut(&begin(&place), random.usize(30..300));
    }
    let is_sent = |run: &Path| {
        let phase =
            Journal::open_to_read(&run.join("journal.db")).and_then(|journal| journal.phase());
        phase.is_ok_and(|phase| phase >= Phase::Sending)
    };
    let dir = |place: &Place| {
        place
            .runs()
            .into_iter()
            .rfind(|run| is_sent(run) && run.to_str().unwrap().contains("night-"))
    };
    let mut ran = match dir(&place) {
        Some(run) => again(&place, "resume", &run),
        None => Ran::of(&begin(&place).output().unwrap()),
    };
    let run = dir(&place).unwrap();
    for _ in 0..8 {
        if [0, 1].contains(&ran.code) {
            break;
        }
        ran = again(&place, "resume", &run);
    }
    let report = report(&run);
    let unknown = report["unknownRecords"].as_array().unwrap().iter();
    let reasons = unknown.map(|record| record["reason"].as_str().unwrap());
    let twice = reasons.filter(|why| why.starts_with("notApplied: it was sent twice")).count();
    let (all, failed, twice) = (RECORDS as u64, counts(&report)[2], twice as u64);
    let expected = [all, all - failed - twice, failed, 0, 0, twice, 0];
    assert_eq!(counts(&report), expected, "seed {seed}: {}", ran.err);
    as_the_server_has_it(&sandbox, &report, operation, seed);
}

fn as_the_server_has_it(sandbox: &Thread, report: &Value, operation: &str, seed: u64) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for one in look(sandbox, "applied").as_array().unwrap() {
        *times.entry(one["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    times.remove(&id(RECORDS));
    // What was never created has no id.
    let lists = ["failedRecords", "unknownRecords"].map(|list| report[list].as_array().unwrap());
    let failed: Vec<Option<&str>> =
        lists.into_iter().flatten().map(|entry| entry["id"].as_str()).collect();
    assert_eq!(times.len(), RECORDS - failed.len(), "seed {seed}");
    assert!(failed.iter().flatten().all(|id| !times.contains_key(*id)), "seed {seed}: {failed:?}");
    if operation == "create-contacts" {
        assert!(times.values().all(|times| *times == 1), "seed {seed}: {times:?}");
        let named: Vec<Value> = report["successfulRecords"].as_array().unwrap().clone();
        assert!(named.iter().all(|entry| times.contains_key(entry["id"].as_str().unwrap())));
    }
}

/// Somebody edits once everything was sent: what of it was lost is never sent over their values.
#[test]
fn what_was_lost_is_never_sent_over_what_somebody_has_changed_since() {
    let scripts = std::env::var("KOREBULK_RECONCILES").ok().map(|text| text.parse().unwrap());
    all_at_once(0..scripts.unwrap_or(SCRIPTS), |seed: u64| {
        let mut random = fastrand::Rng::with_seed(seed);
        let faults = [
            format!("drop:share=0.{},op=bulk-update,requests=1-6", random.u8(3..8)),
            format!("lost-answer:share=0.{},op=bulk-update,requests=1-6", random.u8(1..4)),
        ];
        let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
        let sandbox = sandbox(RECORDS, &faults);
        let place = place(&sandbox, RECORDS);
        let (mut ran, dir) = run(&place, &["bulk-update", "contacts.csv"]);
        assert_eq!(counts(&report(&dir))[6], 0, "seed {seed}: all were sent");
        let mut theirs: Vec<usize> = (0..RECORDS).collect();
        random.shuffle(&mut theirs);
        theirs.truncate(random.usize(1..6));
        for number in &theirs {
            edit(&place, &sandbox, *number, "Theirs");
        }
        for _ in 0..4 {
            if ran.code == 0 {
                break;
            }
            ran = again(&place, "resume", &dir);
        }
        let all = contacts(&sandbox);
        for number in &theirs {
            assert_eq!(all[*number]["lastName"], "Theirs", "seed {seed}: {number}: {}", ran.err);
        }
        for unknown in listed(&report(&dir), "unknownRecords") {
            assert!(theirs.iter().any(|number| id(*number) == unknown), "seed {seed}: {unknown}");
        }
    });
}
