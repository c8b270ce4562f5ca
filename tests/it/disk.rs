//! A disk that refuses, a file-size limit that is reached: the run ends with 70 and a report that says what is
//! committed and no more; with room again it goes on.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{
    Place, QUICK, Ran, all_at_once, contact_table, id, id_table, ids, listed, report,
};

const RECORDS: usize = 600;

/// The binary under a limit of so many KiB a file.
fn limited(place: &Place, kib: u32, args: &[&str]) -> Ran {
    let command = place.korebulk(args);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -f \"$0\"; exec \"$@\""]);
    // POSIX counts blocks of 512 bytes.
    shell.arg((kib * 2).to_string()).arg(command.get_program()).args(command.get_args());
    shell.current_dir(place.path()).stdin(Stdio::null()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&shell.output().unwrap())
}

fn server() -> LedgerServer {
    let refused = (0..RECORDS).step_by(7).map(id).collect();
    LedgerServer::start(World { refused, ..World::default() }, |_| Act::Serve)
}

/// No record in two lists, and nothing called done that the server has not done.
fn is_true(report: &Value, server: &LedgerServer, what: &str) {
    let lists =
        ["successfulRecords", "failedRecords", "unknownRecords"].map(|list| listed(report, list));
    let all: Vec<&String> = lists.iter().flatten().collect();
    let distinct: HashSet<&&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "{what}: a record is in two lists");
    let received = server.received();
    for id in &lists[0] {
        assert!(received.applied.contains_key(id), "{what}: {id} was never applied");
    }
    let unsent = report["unsent"].as_u64().unwrap();
    let untouched = RECORDS - distinct.len();
    assert_eq!(unsent, untouched as u64, "{what}");
}

#[test]
fn a_file_size_limit_ends_a_run_with_its_report_whichever_file_meets_it_first() {
    let sizes = [4, 12, 24, 48, 96, 160, 200, 240, 280, 320, 400, 500, 700, 1_000, 20_000];
    // Large batches meet the room that is left for the report before any file meets the limit.
    let cases = sizes
        .iter()
        .flat_map(|kib| [(*kib, "full", "10"), (*kib, "ids", "10"), (*kib, "full", "60")]);
    all_at_once(cases, |(kib, contacts, batch)| {
        let what = format!("{kib} KiB, contacts {contacts}, batches of {batch}");
        let server = server();
        let place = Place::at(server.addr);
        place.write("in.csv", contact_table(RECORDS));
        let args = ["bulk-update", "in.csv", "--batch-size", batch, "--max-failure-share", "1"];
        let args = [&args[..], &["--contacts", contacts], &QUICK].concat();
        let ran = limited(&place, kib, &args);
        assert!([1, 70].contains(&ran.code), "{what}: {ran:?}");
        let sent = server.received().requests.len();
        let Some(run) = place.runs().pop() else {
            assert_eq!((ran.code, sent), (70, 0), "{what}: {ran:?}");
            return;
        };
        if sent > 0 {
            let report = report(&run);
            assert_eq!(report["exitCode"], ran.code, "{what}");
            is_true(&report, &server, &what);
            assert!(ran.err.contains("read "), "{what}: the summary is there: {}", ran.err);
        }
        if ran.code == 70 && sent > 0 {
            let path = run.to_str().unwrap();
            let resumed = place.run(&["resume", path]).exits(1);
            let report = report(&run);
            is_true(&report, &server, &what);
            assert_eq!(report["unsent"], 0, "{what}: {}", resumed.err);
            let left: Vec<_> =
                fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert!(left.iter().all(|name| !name.to_string_lossy().contains(".part")), "{left:?}");
        }
    });
}

/// A run that was killed with its `number`th request in flight, and its journal copied without its log.
fn without_its_log(number: usize) -> (LedgerServer, Place) {
    let (server, place) = killed(number);
    fs::remove_file(place.the_run().join("journal.db-wal")).unwrap();
    (server, place)
}

/// A run that was killed with its `number`th request in flight.
fn killed(number: usize) -> (LedgerServer, Place) {
    let server = LedgerServer::start(World::default(), move |asked| match asked.number == number {
        true => Act::Hold { work: true },
        false => Act::Serve,
    });
    let place = Place::at(server.addr);
    place.write("in.csv", id_table(&ids(50)));
    let job = "name = \"night\"\nlimits.rate = [\"none\"]\nguard.max_records = 100\n\
               limits.batch_size = 10\nlimits.concurrency = 1\n";
    place.write("night.toml", format!("{job}{}", place.job("bulk-delete", "in.csv")));
    let mut child = place.korebulk(&["run", "night.toml"]).stderr(Stdio::null()).spawn().unwrap();
    server.wait_for_arrivals(number);
    // The log is written behind the send: without its line nothing would be known of the last one.
    let log = place.the_run().join("log.jsonl");
    while fs::read_to_string(&log).unwrap().matches(r#""event":"sent""#).count() < number {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (server, place)
}

#[test]
fn a_journal_without_its_log_says_what_is_known_and_nothing_is_sent_again() {
    let lost = "is without what `journal.db-wal` held";
    // With one request in flight, and with four that had their answers.
    for (number, succeeded) in [(1, None), (5, Some(40))] {
        let (server, place) = without_its_log(number);
        let run = place.the_run();
        let commands: [&[&str]; 4] = [
            &["run", "night.toml", "--or-resume"],
            &["resume", "latest"],
            &["retry", "latest", "--yes"],
            &["report", "latest"],
        ];
        for args in commands {
            let ran = place.run(args).exits(70).says(lost).says("bulk-delete on http");
            let ran = ran.says(&format!("log.jsonl: {number} request"));
            if let Some(succeeded) = succeeded {
                let counts =
                    format!("of 50 records {succeeded} succeeded, 0 failed, 10 unknown, 0 un");
                ran.says(&counts).says("report.json.part: the ids of those that succeeded");
            }
        }
        let listed = place.run(&["runs", "--json"]).exits(0);
        let listed: Value = serde_json::from_str(&listed.out).unwrap();
        assert_eq!(listed[0]["state"], "incomplete", "{listed}");
        assert_eq!(listed[0]["operation"], "bulk-delete");
        if let Some(succeeded) = succeeded {
            assert_eq!(listed[0]["ledger"]["succeeded"], succeeded);
        }
        assert!(place.run(&["runs", "latest"]).exits(0).out.contains(lost));
        place.run(&["find", &id(0)]).exits(70).says(lost);
        assert_eq!(server.received().requests.len(), number, "nothing is sent again");
        assert_eq!(place.the_run(), run);
        place.run(&["prune", "--keep-days", "0"]).exits(0);
        assert!(!run.join("input.zst").exists(), "its contact data goes like any other's");
    }
}

#[test]
fn a_journal_that_is_gone_or_damaged_says_what_is_known_and_nothing_is_sent_again() {
    type Damage<'d> = (&'d dyn Fn(&Path), &'static str);
    let gone = |run: &Path| {
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            let _ = fs::remove_file(run.join(name));
        }
    };
    let holding = |bytes: &'static [u8]| {
        move |run: &Path| {
            gone(run);
            fs::write(run.join("journal.db"), bytes).unwrap();
        }
    };
    let damages: [Damage<'_>; 3] = [
        (&gone, "journal.db: is gone"),
        (&holding(b""), "not a journal of korebulk"),
        (&holding(b"no database at all, and long enough to be looked at as one"), "journal.db"),
    ];
    for (damage, words) in damages {
        let (server, place) = killed(3);
        let run = place.the_run();
        damage(&run);
        for args in [&["resume", "night@latest"][..], &["retry", "night.toml", "--yes"]] {
            let ran = place.run(args).exits(70).says(words).says("bulk-delete on http");
            ran.says("log.jsonl: 3 requests until").says("20 succeeded, 0 failed, 10 unknown");
        }
        let ran = place.run(&["run", "night.toml", "--or-resume"]);
        assert!([3, 70].contains(&ran.code), "{words}: {} {}", ran.code, ran.err);
        assert!(
            place.run(&["runs"]).exits(0).out.contains(run.file_name().unwrap().to_str().unwrap())
        );
        assert_eq!(server.received().requests.len(), 3, "nothing is sent again");
        place.run(&["prune", "--keep-days", "0"]).exits(0);
        assert!(!run.join("input.zst").exists(), "its contact data goes like any other's");
        // Nobody waits for what is scrubbed.
        place.run(&["run", "night.toml", "--or-resume"]).exits(0);
    }
}

#[test]
fn an_interrupted_run_whose_copy_is_gone_is_not_begun_again_unasked() {
    let (server, place) = killed(3);
    fs::remove_file(place.the_run().join("input.zst")).unwrap();
    place.run(&["resume", "latest"]).exits(2).says("is gone");
    place.run(&["run", "night.toml", "--or-resume"]).exits(70).says("input.zst: is gone");
    assert_eq!(server.received().requests.len(), 3, "nothing is sent again");
    place.run(&["run", "night.toml"]).exits(0);
}

#[test]
fn a_file_that_cannot_be_written_whole_is_not_there_and_the_disks_words_are_said() {
    let server = server();
    let place = Place::at(server.addr);
    place.write("in.csv", id_table(&ids(300)));
    place.write("job.toml", place.job("bulk-delete", "in.csv"));
    let init = ["init", "in.csv", "--operation", "bulk-delete", "--out", "new.toml"];
    limited(&place, 0, &init).exits(2).says("new.toml: cannot be written: File too large");
    let there = |name: &str| place.path().join(name).exists();
    assert!(!there("new.toml") && !there("korebulk.schema.json"));
    limited(&place, 2, &init).exits(0);
    assert!(there("new.toml") && !there("korebulk.schema.json"), "half a schema is none");
    for kib in [1, 4, 16] {
        for args in [&["plan", "job.toml"][..], &["export", "job.toml", "--to", "all.csv"]] {
            let ran = limited(&place, kib, args).exits(70).says("no room is left");
            assert!(!ran.err.contains("Error code"), "{}", ran.err);
            assert!(!there("all.csv"));
        }
    }
    assert!(server.received().requests.is_empty());
}

#[test]
fn a_disk_that_lets_nobody_read_is_no_damaged_run() {
    let server = server();
    let place = Place::at(server.addr);
    place.write("in.csv", id_table(&ids(30)));
    place.quick(&["bulk-delete", "in.csv"]).exits(1);
    let run = place.the_run();
    let run = run.to_str().unwrap();
    for args in [&["resume", run][..], &["retry", run], &["reconcile", run], &["report", run]] {
        let ran = limited(&place, 0, args).exits(70).says("no room is left").says("make room");
        assert!(!ran.err.contains("put `journal.db`"), "{}", ran.err);
    }
    let runs = limited(&place, 0, &["runs"]).exits(0).out;
    assert!(runs.contains("not read") && !runs.contains("damaged"), "{runs}");
    // What cannot be read may have touched the contact.
    let found = limited(&place, 0, &["find", &id(3)]).exits(70);
    assert!(found.out.contains("(0 runs looked at, 1 not read)"), "{}", found.out);
    assert!(place.run(&["find", &id(3)]).exits(0).out.contains("succeeded"));
}

#[test]
fn a_contact_in_a_report_that_is_damaged_is_not_called_untouched() {
    for damage in ["gone", "half", "<html>"] {
        let server = server();
        let place = Place::at(server.addr);
        place.write("in.csv", id_table(&ids(30)));
        place.quick(&["bulk-delete", "in.csv"]).exits(1);
        let report = place.the_run().join("report.json");
        let text = fs::read_to_string(&report).unwrap();
        match damage {
            "gone" => fs::remove_file(&report).unwrap(),
            "half" => fs::write(&report, &text[..text.find(&id(20)).unwrap()]).unwrap(),
            text => fs::write(&report, text).unwrap(),
        }
        place.run(&["find", &id(25)]).exits(70).says("cannot be read");
        // What the journal itself names is found all the same.
        assert!(place.run(&["find", &id(7)]).exits(70).out.contains("failed"), "{damage}");
    }
}

#[test]
fn a_run_that_lost_its_growing_report_is_gone_on_with_by_a_retry_and_says_so() {
    for damage in ["gone", "", "{\"format\":1,", "x"] {
        let (server, place) = killed(3);
        let run = place.the_run();
        let part = run.join("report.json.part");
        match damage {
            "gone" => fs::remove_file(&part).unwrap(),
            "x" => fs::write(&part, "x".repeat(9_000)).unwrap(),
            text => fs::write(&part, text).unwrap(),
        }
        let sent = server.received().requests.len();
        for _ in 0..2 {
            let resumed = place.run(&["resume", "night.toml", "--reconcile", "off"]).exits(70);
            resumed.says(&format!("korebulk retry {}", run.display()));
        }
        assert_eq!(server.received().requests.len(), sent, "{damage}");
        place.run(&["retry", run.to_str().unwrap(), "--yes", "--reconcile", "off"]).exits(0);
        let left = report(place.runs().last().unwrap());
        assert_eq!(left["successful"], 30, "{damage}");
    }
}
