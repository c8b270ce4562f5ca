//! Contacts that are gone: by this run, by an earlier one of this machine, or by somebody else.

use std::collections::HashSet;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, Request, bulk, good};
use crate::support::{Place, Ran, counts, id_table, ids, report};

/// Deletes each id once, in whatever case it is written; whoever asks again hears that there is none.
fn deleting_once() -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    let gone: Mutex<HashSet<String>> = Mutex::default();
    move |request| {
        let mut gone = gone.lock().unwrap();
        let (done, missing): (Vec<String>, Vec<String>) =
            request.ids().into_iter().partition(|id| gone.insert(id.to_lowercase()));
        if request.path.ends_with("/bulk-delete") {
            let done: Vec<Value> = done.iter().map(|id| json!({"id": id})).collect();
            let missing: Vec<Value> =
                missing.iter().map(|id| json!({"id": id, "reason": "Contact not found"})).collect();
            bulk(&done, &missing)
        } else if missing.is_empty() {
            good(request)
        } else {
            Answer::error(404, "Contact not found", 404)
        }
    }
}

fn place(server: &Hostile, records: usize) -> Place {
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(records)));
    place
}

fn delete(place: &Place, more: &[&str]) -> Ran {
    place.quick(&[&["bulk-delete", "stale.csv"], more].concat())
}

fn last_report(place: &Place) -> Value {
    report(place.runs().last().unwrap())
}

#[test]
fn what_an_earlier_run_of_this_machine_deleted_is_deleted_and_the_run_is_named() {
    let server = Hostile::start(deleting_once());
    let place = place(&server, 20);
    delete(&place, &["--first", "5"]).exits(0);
    let first = place.the_run().file_name().unwrap().to_str().unwrap().to_owned();
    delete(&place, &[]).exits(0).says(&format!("it was deleted by the earlier run {first}"));
    let report = last_report(&place);
    assert_eq!(counts(&report), [20, 20, 0, 0, 0, 0, 0]);
    assert_eq!((&report["alreadyGone"], &report["notFound"]), (&json!(5), &json!(0)));
    let named = report["successfulRecords"].as_array().unwrap().iter();
    assert_eq!(named.filter(|entry| entry["deletedBy"] == first.as_str()).count(), 5);
    // One by one, in any case of the letters: the operation is another, the contacts are the same.
    let upper: Vec<String> = ids(3).iter().map(|id| id.to_uppercase()).collect();
    place.write("again.csv", id_table(&upper));
    place.quick(&["delete-contact", "again.csv"]).exits(0);
    assert_eq!(last_report(&place)["alreadyGone"], 3);
}

#[test]
fn the_run_that_deleted_it_is_named_also_after_a_prune() {
    let server = Hostile::start(deleting_once());
    let place = place(&server, 3);
    delete(&place, &[]).exits(0);
    let first = place.the_run().file_name().unwrap().to_str().unwrap().to_owned();
    for _ in 0..2 {
        delete(&place, &[]).exits(0);
        place.run(&["prune", "--keep-days", "0"]).exits(0);
    }
    delete(&place, &[]).exits(0).says(&first);
}

#[test]
fn a_list_that_was_deleted_before_stops_no_run_however_long_it_is() {
    let server = Hostile::start(deleting_once());
    let place = place(&server, 600);
    delete(&place, &[]).exits(0);
    delete(&place, &["--batch-size", "50"]).exits(0);
    let report = last_report(&place);
    assert_eq!((counts(&report)[1], &report["alreadyGone"]), (600, &json!(600)));
    // A run that ended in the middle has its report too.
    let run = place.runs()[0].clone();
    std::fs::rename(run.join("report.json"), run.join("report.json.part")).unwrap();
    std::fs::remove_dir_all(&place.runs()[1]).unwrap();
    delete(&place, &[]).exits(0);
}

#[test]
fn what_others_deleted_is_not_found() {
    let server = Hostile::start(deleting_once());
    let place = place(&server, 3);
    delete(&place, &[]).exits(0);
    // Another stream, and an update, are other things.
    let other = "st-7dc994f0-4436-5134-9fa8-a94262500001";
    let mut elsewhere = place.korebulk(&["bulk-delete", "stale.csv", "--yes", "--rate", "none"]);
    let ran = Ran::of(&elsewhere.env("KOREBULK_STREAM_ID", other).output().unwrap());
    ran.exits(1);
    assert_eq!(last_report(&place)["notFound"], 3);
    // Another machine's runs are not here.
    let elsewhere = Place::at(server.addr());
    elsewhere.write("stale.csv", id_table(&ids(3)));
    delete(&elsewhere, &[]).exits(1);
    assert_eq!(elsewhere.report()["notFound"], 3);
}

#[test]
fn what_accept_covers_does_not_stop_a_run() {
    for (accept, code) in [("100%", 0), ("0", 6)] {
        let server = Hostile::start(|request| {
            let gone: Vec<Value> =
                request.ids().iter().map(|id| json!({"id": id, "code": 404})).collect();
            bulk(&[], &gone)
        });
        let place = place(&server, 600);
        delete(&place, &["--batch-size", "50", "--accept-not-found", accept]).exits(code);
        let report = place.report();
        assert_eq!(report["unsent"], if code == 0 { 0 } else { 400 }, "{accept}");
    }
}

#[test]
fn the_journal_of_a_run_that_goes_on_is_not_waited_for_and_that_is_said() {
    let server = Hostile::start(|request| {
        if request.ids().len() == 2 {
            good(request).held()
        } else {
            let gone: Vec<Value> =
                request.ids().iter().map(|id| json!({"id": id, "code": 404})).collect();
            bulk(&[], &gone)
        }
    });
    let place = place(&server, 3);
    place.write("two.csv", id_table(&ids(2)));
    let mut live =
        place.spawn(&["bulk-delete", "two.csv", "--name", "live", "--yes", "--rate", "none"]);
    server.wait_for(1);
    let live_run = place.the_run().file_name().unwrap().to_str().unwrap().to_owned();
    delete(&place, &["--name", "other"]).exits(1);
    server.release();
    assert!(live.wait().unwrap().success());
    let other = place.runs().into_iter().find(|run| !run.ends_with(&live_run)).unwrap();
    let log = std::fs::read_to_string(other.join("log.jsonl")).unwrap();
    let words = format!("what run {live_run} deleted is not looked up: it is going on");
    assert!(log.contains(&words), "{log}");
}

/// Refuses a whole request where one of its contacts is gone (`any`), or only where all are.
fn refusing_whole(any: bool) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    let gone: Mutex<HashSet<String>> = Mutex::default();
    move |request| {
        let mut gone = gone.lock().unwrap();
        let ids = request.ids();
        let missing = ids.iter().filter(|id| gone.contains(*id)).count();
        if missing == ids.len() || any && missing > 0 {
            return Answer::error(404, "Contacts not found", 404);
        }
        let done: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        gone.extend(ids);
        bulk(&done, &[])
    }
}

#[test]
fn a_batch_that_is_refused_since_it_is_gone_is_looked_up_whole() {
    for (any, first, requests) in [(false, 20, 1), (true, 20, 1), (true, 6, 3), (true, 16, 3)] {
        let server = Hostile::start(refusing_whole(any));
        let place = place(&server, 20);
        delete(&place, &["--first", &first.to_string()]).exits(0);
        let sent = server.requests().len();
        delete(&place, &["--batch-size", "20"]).exits(0);
        assert_eq!(server.requests().len() - sent, requests, "{any}, {first} gone");
        let report = last_report(&place);
        assert_eq!(counts(&report), [20, 20, 0, 0, 0, 0, 0], "{any}, {first} gone");
        assert_eq!(report["alreadyGone"], first, "{any}");
    }
    // What nobody here deleted is not found, and nothing is called done.
    let server = Hostile::start(|_| Answer::error(404, "Contacts not found", 404));
    let place = place(&server, 20);
    assert_ne!(delete(&place, &[]).code, 0);
    assert_eq!(place.report()["successful"], 0);
}

#[test]
fn a_damaged_report_of_an_earlier_run_proves_nothing_and_is_said() {
    for damage in ["{", "{}", "", "<html>", "half", "gone", "[]", "{\"successfulRecords\":[]}"] {
        let server = Hostile::start(deleting_once());
        let place = place(&server, 40);
        delete(&place, &[]).exits(0);
        let first = place.the_run();
        let report = first.join("report.json");
        let text = std::fs::read_to_string(&report).unwrap();
        match damage {
            "gone" => std::fs::remove_file(&report).unwrap(),
            "half" => std::fs::write(&report, &text[..text.len() / 2]).unwrap(),
            text => std::fs::write(&report, text).unwrap(),
        }
        let name = first.file_name().unwrap().to_str().unwrap().to_owned();
        let ran = delete(&place, &[]).exits(1);
        ran.says(&format!("what run {name} deleted is not looked up"));
        let report = last_report(&place);
        let found = report["alreadyGone"].as_u64().unwrap();
        assert_eq!(found > 0, damage == "half", "{damage}: {found}");
        assert_eq!(report["failed"], 40 - found, "{damage}");
    }
}

#[test]
fn the_report_of_an_earlier_run_is_read_once() {
    let removed = std::sync::Arc::new(Mutex::new(None::<std::path::PathBuf>));
    let (script, at_the_third) = (deleting_once(), std::sync::Arc::clone(&removed));
    let server = Hostile::start(move |request| {
        if request.number == 8
            && let Some(run) = at_the_third.lock().unwrap().take()
        {
            std::fs::remove_dir_all(run).unwrap();
        }
        script(request)
    });
    let place = place(&server, 60);
    delete(&place, &["--batch-size", "10"]).exits(0);
    *removed.lock().unwrap() = Some(place.the_run());
    delete(&place, &["--batch-size", "10"]).exits(0);
    assert_eq!(place.report()["alreadyGone"], 60);
}
