//! Every exit code, reached by a real run; guards, prompts, locks, signals, and what `resume` makes of it.

use std::fs;
use std::path::Path;
use std::process::Child;

use serde_json::json;

use crate::hostile::{Answer, Hostile, bulk, good};
use crate::support::{
    Place, Ran, counts, id, id_table, ids, listed, report, sandbox, signal, table,
};

/// A job of so many records, with more below `[input]`.
fn job(server: &Hostile, records: usize, more: &str) -> Place {
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(records)));
    let limits = "[limits]\nrate = \"none\"\nconcurrency = 1\n";
    place.write("job.toml", place.job("bulk-delete", "stale.csv") + limits + more);
    place
}

fn ended(child: Child) -> Ran {
    Ran::of(&child.wait_with_output().unwrap())
}

fn write_rest(place: &Place, name: &str, text: &str) {
    fs::write(place.path().join(name), text).unwrap();
}

#[test]
fn every_exit_code_is_reached_by_a_real_run() {
    let accepted = Hostile::good();
    let done = job(&accepted, 2, "[guard]\nmax_records = 2\n");
    done.run(&["run", "job.toml"]).exits(0);

    let failing = Hostile::start(|request| bulk(&[], &request.ids().map_json()));
    let failed = job(&failing, 2, "[guard]\nmax_records = 2\n");
    failed.run(&["run", "job.toml"]).exits(1);

    done.run(&["run", "none.toml"]).exits(2);
    done.run(&["run", "job.toml", "--max-records", "1"]).exits(3);

    let down = Hostile::start(|_| Answer::closed());
    let stopped = job(&down, 2, "max_outage = \"1s\"\n[guard]\nmax_records = 2\n");
    stopped.run(&["run", "job.toml"]).exits(4);

    let silent = Hostile::start(|_| bulk(&[], &[]));
    let unknown = job(&silent, 2, "max_attempts = 1\n[guard]\nmax_records = 2\n");
    unknown.run(&["run", "job.toml"]).exits(5);

    let closed = Hostile::start(|_| Answer::error(401, "Invalid SDK credentials", 4002));
    let refused = job(&closed, 2, "[guard]\nmax_records = 2\n");
    refused.run(&["run", "job.toml"]).exits(6);
}

trait MapJson {
    fn map_json(self) -> Vec<serde_json::Value>;
}

impl MapJson for Vec<String> {
    fn map_json(self) -> Vec<serde_json::Value> {
        self.into_iter().map(|id| json!(id)).collect()
    }
}

#[test]
fn a_guard_holds_the_run_back_and_names_its_numbers() {
    let server = Hostile::good();
    let place = job(&server, 5, "[guard]\nmax_records = 3\n");
    place
        .run(&["run", "job.toml"])
        .exits(3)
        .says("`guard.max_records`: at most 3 records, 5 would be sent")
        .says("allow this run with `--max-records`");
    place
        .run(&["run", "job.toml", "--max-records", "9", "--min-records", "6"])
        .exits(3)
        .says("at least 6");
    assert_eq!(server.requests().len(), 0);
    for run in place.runs() {
        let report = report(&run);
        assert_eq!(counts(&report), [5, 0, 0, 0, 0, 0, 5]);
        assert_eq!(report["exitCode"], 3);
    }
    place.run(&["run", "job.toml", "--max-records", "5"]).exits(0);
}

#[test]
fn growth_is_held_against_the_history_of_the_job() {
    let server = Hostile::good();
    let place = job(&server, 10, "[guard]\nmax_growth = \"200%\"\nmax_records = 1000\n");
    for _ in 0..3 {
        place.run(&["run", "job.toml"]).exits(0);
    }
    place.write("stale.csv", id_table(&ids(21)));
    place.run(&["run", "job.toml"]).exits(3).says("normally 10–10, now 21");
    place.write("stale.csv", id_table(&ids(20)));
    place.run(&["run", "job.toml"]).exits(0);
}

#[test]
fn nobody_to_ask_is_a_no() {
    let server = Hostile::good();
    let place = job(&server, 2, "");
    place
        .run(&["run", "job.toml"])
        .exits(3)
        .says("nobody is there to confirm 2 records")
        .says("--yes");
    assert_eq!(server.requests().len(), 0);
    place.run(&["run", "job.toml", "--yes"]).exits(0);
}

#[test]
fn a_plan_id_holds_until_something_changes() {
    let server = Hostile::good();
    let place = job(&server, 3, "");
    let plan = |place: &Place| {
        let planned = place.run(&["plan", "job.toml", "--format", "json"]).exits(0);
        let plan: serde_json::Value = serde_json::from_str(&planned.out).unwrap();
        plan["plan"].as_str().unwrap().to_owned()
    };
    let seen = plan(&place);
    assert_eq!(seen, plan(&place), "nothing has changed");
    place.write("stale.csv", id_table(&ids(4)));
    place.run(&["run", "job.toml", "--plan", &seen]).exits(3).says("no longer holds");
    assert_eq!(server.requests().len(), 0);
    place.run(&["run", "job.toml", "--plan", &plan(&place)]).exits(0);
    assert_eq!(server.sizes(), [4]);
}

#[test]
fn a_canary_that_fails_stops_the_run_after_its_batch() {
    let server = Hostile::start(|request| {
        let mut ids = request.ids();
        let failed = ids.pop().map(|id| json!({"id": id, "reason": "locked"}));
        bulk(&ids.into_iter().map(|id| json!({"id": id})).collect::<Vec<_>>(), &[failed.unwrap()])
    });
    let place = job(&server, 30, "");
    place.run(&["run", "job.toml", "--yes", "--canary", "5"]).exits(6).says("canary");
    let report = place.report();
    assert_eq!(counts(&report), [30, 4, 1, 0, 0, 0, 25]);
    assert_eq!(report["stopped"]["cause"], "canary");
    assert_eq!(server.sizes(), [5]);
}

#[test]
fn a_canary_that_lives_lets_the_rest_go_in_batches_of_the_usual_size() {
    let server = Hostile::good();
    let place = job(&server, 105, "");
    place.run(&["run", "job.toml", "--yes", "--canary", "5"]).exits(0);
    let sizes = server.sizes();
    assert_eq!(sizes[0], 5);
    assert!(sizes.len() <= 3, "requests are scarce: {sizes:?}");
}

#[test]
fn a_second_run_of_the_job_is_busy_and_another_job_is_not() {
    let server = Hostile::start(|request| good(request).held());
    let place = job(&server, 2, "");
    let first = place.spawn(&["run", "job.toml", "--yes"]);
    server.wait_for(1);
    let busy = place.run(&["run", "job.toml", "--yes"]).exits(75);
    assert!(
        busy.err.contains("nothing was sent") || busy.err.contains("another run"),
        "{}",
        busy.err
    );
    assert_eq!(server.requests().len(), 1);
    place.run(&["resume", "latest"]).exits(75);
    let other = place.spawn(&["run", "job.toml", "--yes", "--name", "other"]);
    server.wait_for(2);
    server.release();
    ended(first).exits(0);
    ended(other).exits(0);
    place.run(&["run", "job.toml", "--yes"]).exits(0);
}

#[test]
fn one_signal_lets_requests_in_flight_finish_and_resume_does_the_rest() {
    let server = Hostile::start(|request| match request.number {
        1 => good(request).held(),
        _ => good(request),
    });
    let place = job(&server, 6, "batch_size = 2\n");
    let run = place.spawn(&["run", "job.toml", "--yes"]);
    server.wait_for(1);
    signal(&run, "INT");
    // The signal is heard before the answer: the run says so.
    wait_until(&place, "stopping");
    server.release();
    ended(run).exits(4).says("SIGINT").says("korebulk resume");
    let report = place.report();
    assert_eq!(counts(&report), [6, 2, 0, 0, 0, 0, 4]);
    assert_eq!(report["stopped"], json!({"cause": "signal", "signal": "SIGINT"}));
    let (_, rows) = table(&place.the_run().join("unsent.csv"));
    assert_eq!(rows.len(), 4);

    place.run(&["run", "job.toml", "--yes", "--or-resume"]).exits(0);
    let report = place.report();
    assert_eq!(counts(&report), [6, 6, 0, 0, 0, 0, 0]);
    assert_eq!(listed(&report, "successfulRecords"), ids(6));
    assert_eq!(server.sizes(), [2, 2, 2], "nothing is sent twice");
}

/// Waits until the run's log tells of an event.
fn wait_until(place: &Place, event: &str) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let log = place.the_run().join("log.jsonl");
    let wanted = format!("\"event\":\"{event}\"");
    while !fs::read_to_string(&log).is_ok_and(|log| log.contains(&wanted)) {
        assert!(std::time::Instant::now() < end, "no `{event}` in {}", log.display());
        std::thread::yield_now();
    }
}

#[test]
fn a_second_signal_ends_it_at_once_and_what_was_in_flight_is_unknown() {
    let server = Hostile::start(|request| match request.number {
        1 => good(request).held(),
        _ => good(request),
    });
    let place = job(&server, 6, "batch_size = 2\ngrace = \"10m\"\ntimeout = \"10m\"\n");
    let run = place.spawn(&["run", "job.toml", "--yes"]);
    server.wait_for(1);
    signal(&run, "TERM");
    wait_until(&place, "stopping");
    signal(&run, "TERM");
    ended(run).exits(4).says("SIGTERM");
    let report = place.report();
    assert_eq!(counts(&report), [6, 0, 0, 0, 0, 2, 4]);
    assert_eq!(listed(&report, "unknownRecords"), ids(2));
    assert_eq!(report["unknownRecords"][0]["mayHaveBeenApplied"], true);
    place.run(&["resume", "latest", "--reconcile", "off"]).exits(0);
    assert_eq!(counts(&place.report()), [6, 6, 0, 0, 0, 0, 0]);
}

#[test]
fn the_grace_ends_what_does_not_end_by_itself() {
    let server = Hostile::start(|request| good(request).held());
    let place = job(&server, 6, "batch_size = 2\ngrace = \"200ms\"\n");
    let run = place.spawn(&["run", "job.toml", "--yes"]);
    server.wait_for(1);
    signal(&run, "INT");
    ended(run).exits(4);
    assert_eq!(counts(&place.report()), [6, 0, 0, 0, 0, 2, 4]);
}

#[test]
fn the_time_that_a_run_may_take_ends_it() {
    let server = Hostile::good();
    let place = job(&server, 60, "batch_size = 1\n");
    // One request a second at most: far more than the two seconds allow.
    let args = ["run", "job.toml", "--yes", "--rate", "1/s", "--max-duration", "2s"];
    place.run(&args).exits(4).says("max_duration");
    let report = place.report();
    assert_eq!(report["stopped"]["cause"], "max-duration");
    assert!(report["unsent"].as_u64().unwrap() > 0);
    place.run(&["resume", "latest", "--rate", "none", "--max-duration", "1h"]).exits(0);
    assert_eq!(counts(&place.report())[1], 60);
    assert_eq!(server.requests().len(), 60, "each was sent once");
}

#[test]
fn what_is_accepted_exits_0_and_is_reported_all_the_same() {
    let sandbox = sandbox(18);
    let place = Place::at(sandbox.addr());
    place.write("stale.csv", id_table(&ids(20)) + "oops\n");
    let run = |more: &[&str]| place.quick(&[&["bulk-delete", "stale.csv"], more].concat());
    run(&[]).exits(1);
    let newest = || report(place.runs().last().unwrap());
    let both = ["--accept-rejected", "1", "--accept-not-found", "100%"];
    run(&both).exits(0).says("within what `[accept]` allows");
    assert_eq!(newest()["exitCode"], 0);
    assert_eq!(counts(&newest()), [21, 18, 2, 1, 0, 0, 0], "the first run deleted the others");
    run(&["--accept-rejected", "0", "--accept-not-found", "100%"]).exits(1);
    run(&["--accept-rejected", "1", "--accept-not-found", "1"]).exits(1);
    run(&["--accept-rejected", "1", "--accept-failed", "2"]).exits(0);
}

#[test]
fn a_finished_run_repeats_its_exit_code() {
    let server = Hostile::start(|request| bulk(&[], &request.ids().map_json()));
    let place = job(&server, 2, "");
    place.run(&["run", "job.toml", "--yes"]).exits(1);
    place.run(&["resume", "latest"]).exits(1);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn resume_goes_by_the_stored_plan_and_copy() {
    let server = Hostile::start(|request| match request.number {
        1 | 2 => Answer::error(401, "Invalid JWT token", 4002),
        _ => good(request),
    });
    let place = job(&server, 3, "");
    place.run(&["run", "job.toml", "--yes"]).exits(6);
    // Somebody has overwritten everything meanwhile.
    write_rest(&place, "stale.csv", &id_table(&[id(77)]));
    write_rest(&place, "job.toml", "nonsense");
    place.run(&["resume", "latest"]).exits(0);
    assert_eq!(listed(&place.report(), "successfulRecords"), ids(3));
}

#[test]
fn retry_is_a_new_run_of_what_another_left() {
    let server = Hostile::start(|request| match request.number {
        1 => {
            let ids = request.ids();
            let failures = [json!({"id": ids[1], "reason": "locked"})];
            bulk(&[json!({"id": ids[0]})], &failures)
        }
        _ => good(request),
    });
    let place = job(&server, 2, "");
    place.run(&["run", "job.toml", "--yes"]).exits(1).says("korebulk retry --failed");
    let first = place.the_run();
    place.run(&["retry", "latest", "--yes"]).exits(2).says("--failed");
    place.run(&["retry", "latest", "--failed", "--yes"]).exits(0);
    let second = place.runs().into_iter().find(|run| *run != first).unwrap();
    let retried = report(&second);
    assert_eq!(listed(&retried, "successfulRecords"), [id(1)]);
    assert_eq!(retried["parentRun"], name(&first));
    let shown = place.run(&["runs", first.to_str().unwrap()]).exits(0);
    assert!(shown.out.contains(&name(&second)), "linked both ways: {}", shown.out);
    assert_eq!(server.sizes(), [2, 1]);
}

#[test]
fn a_retry_that_nobody_confirmed_leaves_the_run_its_own_to_finish() {
    let server = Hostile::start(|_| bulk(&[], &[]));
    let place = job(&server, 2, "");
    place.run(&["run", "job.toml", "--yes", "--max-attempts", "1"]).exits(5);
    let first = place.the_run();
    place.run(&["retry", first.to_str().unwrap()]).exits(3);
    let shown = place.run(&["runs", first.to_str().unwrap()]).exits(0);
    assert!(!shown.out.contains("retried"), "nothing of it was sent: {}", shown.out);
    place.run(&["resume", first.to_str().unwrap(), "--max-attempts", "1"]).exits(5);
    let sent = server.sizes().len();
    place.run(&["retry", first.to_str().unwrap(), "--yes"]).exits(5);
    assert!(server.sizes().len() > sent);
    let refused = place.run(&["resume", first.to_str().unwrap()]).exits(3);
    refused.says("was sent again by run");
}

#[test]
fn retry_takes_what_failed_for_a_passing_reason_by_itself() {
    let server = Hostile::start(|request| match request.number {
        1 => {
            let ids = request.ids();
            let failures = [
                json!({"id": ids[0], "reason": "try again later", "code": 503}),
                json!({"id": ids[1], "reason": "locked", "code": 400}),
            ];
            bulk(&[], &failures)
        }
        _ => good(request),
    });
    let place = job(&server, 2, "");
    place.run(&["run", "job.toml", "--yes"]).exits(1);
    place.run(&["retry", "latest", "--yes"]).exits(0);
    let requests = server.requests();
    assert_eq!(requests[1].ids(), [id(0)]);
}

#[test]
fn a_disk_that_fails_is_korebulks_own_error_and_the_summary_comes_all_the_same() {
    let server = Hostile::start(|request| good(request).held());
    let place = job(&server, 2, "");
    let run = place.spawn(&["run", "job.toml", "--yes"]);
    server.wait_for(1);
    fs::remove_dir_all(place.the_run()).unwrap();
    server.release();
    ended(run).exits(70).says("both contacts were deleted").says("(exit 70)");
}

#[test]
fn a_fixed_outcome_file_given_to_the_same_job_sends_only_what_is_not_settled() {
    let server = Hostile::good();
    let place = job(&server, 2, "");
    place.write("stale.csv", format!("id;note\n{};a\nnot-an-id;\"b;c\"\n", id(0)));
    place.run(&["run", "job.toml", "--yes"]).exits(1);
    let rejected = place.the_run().join("rejected.csv");
    let fixed = fs::read_to_string(&rejected).unwrap().replace("not-an-id", &id(1));
    fs::write(&rejected, fixed).unwrap();
    let args =
        ["run", "job.toml", "--yes", "--input", rejected.to_str().unwrap(), "--delimiter", ";"];
    place.run(&args).exits(0);
    let requests = server.requests();
    assert_eq!(requests[1].ids(), [id(1)]);
}

fn name(run: &Path) -> String {
    run.file_name().unwrap().to_str().unwrap().to_owned()
}
