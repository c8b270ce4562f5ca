//! korebulk's own failure: whatever of it breaks, the run exits 70, keeps its counts, and `resume` finishes it.
//!
//! Nothing in the product panics for a test. Somebody edits the journal of an interrupted run, so that
//! arithmetic which is sound for every value that can be typed overflows while the run is resumed.

use korebulk::Operation;
use rusqlite::Connection;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::report;
use crate::trial::{End, Trial, exit_code, id};

const RECORDS: usize = 60;

/// What somebody does to a journal, and how it is repaired.
struct Damage {
    what: &'static str,
    done: String,
    repaired: String,
    /// Requests of the resumed run that are refused with 401, so that it stops by itself.
    refused: usize,
    says: &'static str,
}

/// A duration that no clock can be put forward by.
const ENDLESS: &str = r#"{"secs":9223372036854775807,"nanos":0}"#;

fn limit(what: &'static str, key: &str, refused: usize, says: &'static str) -> Damage {
    let set = |value: &str| {
        format!(
            "UPDATE run SET value = json_set(value, '$.limits.{key}', json('{value}')) WHERE key = 'plan'"
        )
    };
    let sound = if key == "max_duration" { "null" } else { r#"{"secs":5,"nanos":0}"# };
    Damage { what, done: set(ENDLESS), repaired: set(sound), refused, says }
}

fn run_sql(trial: &Trial, sql: &str) {
    let journal = Connection::open(trial.run().unwrap().join("journal.db")).unwrap();
    journal.execute_batch(sql).unwrap();
}

/// A run that stopped after two of its six requests.
fn stopped_trial(refused: usize) -> Trial {
    let server = LedgerServer::start(World::default(), move |asked| match asked.number {
        3..=4 => Act::Status(401),
        number if number >= 5 && number < 5 + refused => Act::Status(401),
        _ => Act::Serve,
    });
    let options = ["--batch-size", "10", "--concurrency", "1"];
    let mut trial = Trial::new(Operation::BulkDelete, RECORDS, 0, server, &options);
    let child = trial.start();
    assert_eq!(trial.wait(child), End::Exit(6), "{}", trial.said());
    trial
}

fn resumed_breaks_and_is_repaired(damage: &Damage) {
    let what = damage.what;
    let mut trial = stopped_trial(damage.refused);
    run_sql(&trial, &damage.done);
    let before = trial.said().len();
    assert_eq!(exit_code(trial.resume()), 70, "{what}: {}", &trial.said()[before..]);
    let said = trial.said()[before..].to_owned();
    assert!(said.contains(damage.says), "{what}: `{}` is not in:\n{said}", damage.says);
    assert!(said.contains("korebulk resume"), "{what}: no way on in:\n{said}");
    for number in 0..RECORDS {
        assert!(!said.contains(&id(Operation::BulkDelete, number)), "{what}: {said}");
    }
    assert!(!said.contains("panicked"), "{what}: {said}");
    assert!(said.contains("error: korebulk itself failed at "), "{what}: {said}");
    let run = trial.run().unwrap();
    run_sql(&trial, &damage.repaired);
    report(&run);
    let child = trial.resume();
    let last = trial.wait(child);
    assert_eq!(trial.finish(last), 0, "{what}: {}", trial.said());
    assert_eq!(trial.server.received().applied.len(), RECORDS, "{what}");
}

#[test]
fn a_request_that_breaks_ends_in_a_report_and_is_resumed() {
    resumed_breaks_and_is_repaired(&limit(
        "a request's task",
        "timeout",
        0,
        "a request's task failed",
    ));
}

#[test]
fn a_pool_that_breaks_ends_in_a_report_and_is_resumed() {
    resumed_breaks_and_is_repaired(&limit("the pool", "grace", 2, "the sending failed"));
}

#[test]
fn a_watch_that_breaks_ends_in_a_report_and_is_resumed() {
    resumed_breaks_and_is_repaired(&limit("the watch", "max_duration", 0, "the sending failed"));
}

/// Rows that no input has: the counts would be below zero; it says instead that they do not add up.
#[test]
fn counts_that_cannot_be_true_end_in_a_report_that_says_so() {
    let trial = stopped_trial(0);
    run_sql(
        &trial,
        "INSERT INTO records (ordinal, outcome) WITH RECURSIVE n(n) AS
           (SELECT 1000 UNION ALL SELECT n + 1 FROM n WHERE n < 1100)
         SELECT n, 'rejected' FROM n",
    );
    let before = trial.said().len();
    assert_eq!(exit_code(trial.resume()), 70, "{}", &trial.said()[before..]);
    let said = trial.said()[before..].to_owned();
    assert!(said.contains("the counts do not add up to what was read"), "{said}");
    assert!(!said.contains("184467440737"), "nothing wraps: {said}");
    assert!(!said.contains("korebulk itself failed at"), "{said}");
    assert!(said.contains("korebulk resume"), "{said}");
    assert!(trial.run().unwrap().join("report.json").is_file());
    assert_eq!(trial.server.received().applied.len(), RECORDS);
}
