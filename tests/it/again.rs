//! Runs that are taken up again, through the binary: no record is sent by two of them.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::json;

use crate::hostile::{Answer, Hostile, bulk, good};
use crate::support::{Place, Ran, id, id_table, ids, listed, report};

/// A delete of `records` contacts in one batch.
fn place(server: &Hostile, records: usize) -> Place {
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(records)));
    let limits =
        "[limits]\nrate = \"none\"\nbatch_size = 50\nmax_attempts = 1\nreconcile = \"off\"\n";
    place.write("job.toml", place.job("bulk-delete", "stale.csv") + limits);
    place
}

fn first_run(place: &Place, code: i32) -> String {
    place.run(&["run", "job.toml", "--yes"]).exits(code);
    name(&place.the_run())
}

/// Retries `run`; the new run's name, where there is one.
fn retry(place: &Place, run: &str, more: &[&str]) -> (Ran, Option<String>) {
    let before = place.runs();
    let ran = place.run(&[&["retry", run, "--yes"], more].concat());
    let new = place.runs().into_iter().find(|run| !before.contains(run));
    (ran, new.map(|run| name(&run)))
}

fn name(run: &Path) -> String {
    run.file_name().unwrap().to_str().unwrap().to_owned()
}

fn run_of(place: &Place, name: &str) -> PathBuf {
    place.path().join("korebulk-runs").join(name)
}

/// The first record is refused for a passing reason, the second for good; later requests succeed.
fn two_refusals() -> Hostile {
    Hostile::start(|request| match request.number {
        1 => {
            let ids = request.ids();
            let passing = json!({"id": ids[0], "reason": "try again later", "code": 503});
            let locked = json!({"id": ids[1], "reason": "locked", "code": 400});
            bulk(&[json!({"id": ids[2]})], &[passing, locked])
        }
        _ => good(request),
    })
}

fn sent(server: &Hostile) -> Vec<Vec<String>> {
    server.requests().iter().map(crate::hostile::Request::ids).collect()
}

#[test]
fn what_one_retry_settled_no_later_one_sends() {
    let server = two_refusals();
    let place = place(&server, 3);
    let first = first_run(&place, 1);
    let (ran, second) = retry(&place, &first, &["--failed"]);
    ran.exits(0);
    for more in [&["--failed"][..], &[]] {
        let (ran, none) = retry(&place, &first, more);
        ran.exits(3).says(&format!("by run `{}`", second.clone().unwrap()));
        assert_eq!(none, None);
    }
    assert_eq!(sent(&server), [vec![id(0), id(1), id(2)], vec![id(0), id(1)]]);
}

#[test]
fn a_retry_of_every_failed_record_takes_those_that_an_earlier_one_left() {
    let server = two_refusals();
    let place = place(&server, 3);
    let first = first_run(&place, 1);
    retry(&place, &first, &[]).0.exits(0);
    let (ran, third) = retry(&place, &first, &["--failed"]);
    ran.exits(0);
    assert_eq!(listed(&report(&run_of(&place, &third.unwrap())), "successfulRecords"), [id(1)]);
    retry(&place, &first, &["--failed"]).0.exits(3);
    assert_eq!(sent(&server)[1..], [vec![id(0)], vec![id(1)]]);
}

#[test]
fn in_a_chain_of_retries_each_record_has_one_run_that_may_send_it() {
    // Nothing has a verdict until the fourth request.
    let server = Hostile::start(|request| match request.number {
        1..=3 => bulk(&[], &[]),
        _ => good(request),
    });
    let place = place(&server, 2);
    let first = first_run(&place, 5);
    let (ran, second) = retry(&place, &first, &[]);
    ran.exits(5);
    let second = second.unwrap();
    let (ran, third) = retry(&place, &second, &[]);
    ran.exits(5);
    let third = third.unwrap();
    for earlier in [&first, &second] {
        // The command leads to the run that has them now.
        retry(&place, earlier, &["--failed"]).0.exits(3).says(&format!("retry {third}"));
        place.run(&["resume", earlier, "--yes"]).exits(3).says(&format!("resume {third}"));
    }
    assert_eq!(server.requests().len(), 3);
    let (ran, fourth) = retry(&place, &third, &[]);
    ran.exits(0);
    assert_eq!(report(&run_of(&place, &fourth.unwrap()))["successful"], 2);
    retry(&place, &first, &[]).0.exits(3);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_retry_after_a_resume_sends_what_both_left() {
    let server = Hostile::start(|request| match request.number {
        1 | 2 => bulk(&[json!({"id": request.ids()[0]})], &[]),
        _ => good(request),
    });
    let place = place(&server, 3);
    let first = first_run(&place, 5);
    place.run(&["resume", &first]).exits(5);
    retry(&place, &first, &[]).0.exits(0);
    assert_eq!(sent(&server), [vec![id(0), id(1), id(2)], vec![id(1), id(2)], vec![id(2)]]);
    place.run(&["resume", &first, "--yes"]).exits(3);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_retry_that_died_before_its_first_byte_leaves_the_run_its_own_to_finish() {
    let server = Hostile::start(|request| match request.number {
        1 | 2 => Answer::error(401, "Invalid JWT token", 4002),
        _ => good(request),
    });
    let place = place(&server, 2);
    let first = first_run(&place, 6);
    let (ran, second) = retry(&place, &first, &[]);
    ran.exits(0);
    let second = second.unwrap();
    // As a kill between the two journals leaves it.
    let journal = Connection::open(run_of(&place, &second).join("journal.db")).unwrap();
    journal
        .execute_batch(
            "UPDATE run SET value = '\"checked\"' WHERE key = 'phase'; DELETE FROM requests",
        )
        .unwrap();
    drop(journal);
    // Which knows of no request either.
    fs::remove_file(run_of(&place, &second).join("log.jsonl")).unwrap();
    place.run(&["resume", &second]).exits(2).says(&format!("korebulk retry {first}"));
    place.run(&["resume", &first]).exits(0);
    assert_eq!(report(&run_of(&place, &first))["successful"], 2);
}

#[test]
fn what_a_run_took_that_is_gone_since_is_sent_by_nobody() {
    let server = two_refusals();
    let place = place(&server, 3);
    let first = first_run(&place, 1);
    let (_, second) = retry(&place, &first, &["--failed"]);
    fs::remove_dir_all(run_of(&place, &second.unwrap())).unwrap();
    retry(&place, &first, &["--failed"]).0.exits(3).says("by run");
    assert_eq!(server.requests().len(), 2);
}
