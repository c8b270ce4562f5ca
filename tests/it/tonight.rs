//! A job that nobody watches: whether it can run tonight, and what is left of a night on which it could not.

use std::fs::File;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, good};
use crate::support::{Place, QUICK, Ran, id, id_table, ids};
use crate::unattended::Receiver;

/// A job `night.toml` over `stale.csv` of three ids, with these lines behind its input.
fn night(server: &Hostile, more: &str) -> Place {
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(3)));
    place.write("night.toml", place.job("bulk-delete", "stale.csv") + more);
    place
}

fn dated(place: &Place, time: SystemTime) {
    let file = File::options().write(true).open(place.path().join("stale.csv")).unwrap();
    file.set_modified(time).unwrap();
}

const DAY: Duration = Duration::from_hours(24);

#[test]
fn an_age_that_cannot_be_known_holds_the_run_back() {
    let server = Hostile::good();
    let place = night(&server, "[guard]\nmax_input_age = \"26h\"\n");
    let run = || place.quick(&["run", "night.toml"]);
    dated(&place, SystemTime::now() + 2 * DAY);
    run().exits(3).says("guard.max_input_age").says("in the future");
    let plan = place.run(&["plan", "night.toml"]).exits(0);
    assert!(plan.out.contains("in the future"), "{}", plan.out);
    // Clocks of two machines differ a little.
    dated(&place, SystemTime::now() + Duration::from_mins(4));
    run().exits(0);
    let stdin = [&["run", "night.toml", "--input", "-"], &QUICK[..]].concat();
    place
        .run_with_stdin(&stdin, id_table(&ids(3)).as_bytes())
        .exits(3)
        .says("standard input has no age");
    assert_eq!(server.sizes(), [3]);
}

#[test]
fn a_secret_command_is_not_run_for_a_job_that_a_guard_holds_back() {
    let server = Hostile::good();
    let place = night(&server, "[guard]\nmax_records = 2\n");
    let command = ["sh", "-c", "echo asked > asked; echo secret"];
    let command = command.map(|word| format!("--client-secret-command={word}"));
    let run = |more: &[&str]| {
        let words = command.iter().map(String::as_str);
        let words: Vec<&str> = ["run", "night.toml"].into_iter().chain(words).collect();
        let mut run = place.korebulk(&[&words[..], &QUICK, more].concat());
        run.env_remove("KOREBULK_CLIENT_SECRET");
        Ran::of(&run.output().unwrap())
    };
    run(&[]).exits(3).says("guard.max_records");
    run(&["--plan", "another"]).exits(3).says("no longer holds");
    assert!(!place.path().join("asked").exists());
    run(&["--max-records", "3"]).exits(0);
    assert!(place.path().join("asked").exists());
}

#[test]
fn a_night_without_its_input_says_why_and_is_found_again() {
    let server = Hostile::good();
    let place = night(&server, "[notify]\nwebhook_url_env = \"HOOK\"\n");
    std::fs::remove_file(place.path().join("stale.csv")).unwrap();
    let receiver = Receiver::default();
    let hook = receiver.start();
    let mut run = place.korebulk(&[&["run", "night.toml"], &QUICK[..]].concat());
    let ran = Ran::of(&run.env("HOOK", &hook).output().unwrap()).exits(2);
    ran.says("stale.csv");

    let taken = receiver.taken();
    assert_eq!(taken.len(), 1);
    let alert: Value = serde_json::from_str(&taken[0].1).unwrap();
    assert!(
        alert["because"].as_str().is_some_and(|because| because.contains("stale.csv")),
        "{alert}"
    );
    assert_eq!(alert["exitCode"], 2);

    let runs = place.run(&["runs", "--json"]).exits(0);
    let runs: Value = serde_json::from_str(&runs.out).unwrap();
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["exitCode"]), (1, &2.into()), "{runs}");
    let audit = std::fs::read_to_string(place.path().join("korebulk-runs/audit.jsonl")).unwrap();
    let events: Vec<Value> =
        audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2, "{audit}");
    assert_eq!(events[1]["end"]["exitCode"], 2, "{audit}");
    place.run(&["runs", "--verify"]).exits(0);
    // The whole command, wherever it is asked for.
    let again = format!("korebulk run {}", place.path().join("night.toml").display());
    for command in ["resume", "retry"] {
        let ran = place.run(&[command, "night.toml"]).exits(2);
        ran.says("nothing was sent by this run").says(&again);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_night_without_a_place_for_its_run_says_why() {
    let server = Hostile::good();
    let place =
        night(&server, "[notify]\nwebhook_url_env = \"HOOK\"\n[runs]\ndir = \"stale.csv/runs\"\n");
    let receiver = Receiver::default();
    let hook = receiver.start();
    let mut run = place.korebulk(&[&["run", "night.toml"], &QUICK[..]].concat());
    Ran::of(&run.env("HOOK", &hook).output().unwrap()).exits(2).says("stale.csv/runs");
    let alert: Value = serde_json::from_str(&receiver.taken()[0].1).unwrap();
    assert!(alert["because"].as_str().is_some_and(|why| why.contains("stale.csv/runs")), "{alert}");
    let checked = place.run(&["check", "night.toml", "--yes"]).exits(2);
    assert!(checked.out.contains("stale.csv/runs"), "{}", checked.out);
}

#[test]
fn a_check_is_green_only_for_a_job_that_can_run_tonight() {
    let server = Hostile::good();
    let check = |more: &str, code: i32, words: &str| {
        let place = night(&server, more);
        let checked = place.run(&["check", "night.toml", "--yes"]).exits(code);
        assert_eq!(checked.out.contains("NOT"), code != 0, "{}", checked.out);
        assert!(checked.out.contains(words), "{words}: {}", checked.out);
        assert!(place.runs().is_empty());
        place
    };
    check("", 0, "3 records to send, 0 rejected, 0 skipped");
    check(
        "[guard]\nmax_records = 2\n",
        3,
        "`guard.max_records`: at most 2 records, 3 would be sent",
    );
    check("[input.columns]\nid = \"No such\"\n", 2, "No such");
    check("[guard]\nmax_input_age = \"26h\"\n", 0, "guard.max_input_age");
    check("[notify]\nwebhook_url_env = \"HOOK\"\n", 2, "`HOOK`");
    check("except = [\"hold.csv\"]\n", 3, "hold.csv");
    // Whatever the time is: a window that is shut opens by itself.
    for window in ["00:00-12:00", "12:00-23:59"] {
        check(&format!("[limits]\nwindow = \"{window}\"\n"), 0, "limits.window");
    }
    let place = night(&server, "[guard]\nmax_input_age = \"26h\"\n");
    dated(&place, SystemTime::now() - 3 * DAY);
    let old = place.run(&["check", "night.toml", "--yes"]).exits(3);
    assert!(old.out.contains("3 d"), "{}", old.out);
    let stdin = place.run(&["check", "night.toml", "--yes", "--input", "-"]).exits(3);
    assert!(stdin.out.contains("standard input has no age"), "{}", stdin.out);
    std::fs::remove_file(place.path().join("stale.csv")).unwrap();
    let missing = place.run(&["check", "night.toml", "--yes"]).exits(2);
    assert!(missing.out.contains("NOT  input"), "{}", missing.out);
    // What is missing does not hide what else there is to say.
    assert!(missing.out.contains("ok   server"), "{}", missing.out);
    let mut unset = place.korebulk(&["check", "night.toml", "--yes", "--format", "json"]);
    let unset = Ran::of(&unset.env_remove("KOREBULK_CLIENT_SECRET").output().unwrap());
    let findings: Value = serde_json::from_str(&unset.exits(2).out).unwrap();
    let bad = findings.as_array().unwrap().iter().filter(|finding| finding["good"] == false);
    assert_eq!(bad.count(), 2, "{findings}");
}

/// What `check` and `run` of the same job exit with.
#[track_caller]
fn both_exit(place: &Place, code: i32) {
    place.run(&["check", "night.toml", "--yes"]).exits(code);
    place.quick(&["run", "night.toml"]).exits(code);
}

#[test]
fn a_check_exits_as_the_run_does() {
    let rows = |bad: &str| format!("id\n{}\n{}\n{bad}", id(0), id(1));
    for (bad, more, code) in [
        ("", "", 0),
        ("not an id\n", "", 1),
        ("not an id\n", "[accept]\nrejected = 1\n", 0),
        ("not an id\n", "[accept]\nrejected = \"10%\"\n", 1),
        ("not an id\nnor this\n", "[accept]\nrejected = 1\n", 1),
        ("not an id\n", "[guard]\nmax_records = 1\n", 3),
    ] {
        let server = Hostile::good();
        let place = night(&server, more);
        place.write("stale.csv", rows(bad));
        both_exit(&place, code);
    }
    for (answer, code) in [
        (Answer::error(401, "Invalid SDK credentials", 4002), 6),
        (Answer::error(403, "Forbidden", 4002), 6),
        (Answer::html(404), 6),
        (Answer::html(407), 2),
    ] {
        let server = Hostile::start(move |_| answer.clone());
        both_exit(&night(&server, ""), code);
    }
}

#[test]
fn a_night_whose_account_cannot_be_read_leaves_its_lines() {
    let page = |results: Value, total: u64| {
        let more = results.as_array().unwrap().len() < usize::try_from(total).unwrap();
        Answer::json(
            200,
            &json!({"results": results, "skip": 0, "limit": 10, "hasMore": more, "totalPages": 9, "totalResults": total}),
        )
    };
    let unreadable = page(json!([]), 90);
    for (answer, code) in [
        (unreadable, 6),
        (Answer::error(401, "Invalid SDK credentials", 4002), 6),
        (Answer::error(500, "Internal failure", 500), 4),
    ] {
        let server = Hostile::start(move |_| answer.clone());
        let place = Place::at(server.addr());
        place.write("stale.csv", format!("id,firstName\n{},Ann\n", id(0)));
        let more =
            "[update]\nblanks = \"keep\"\n[limits]\nmax_outage = \"1ms\"\nmax_attempts = 1\n";
        place.write("night.toml", place.job("bulk-update", "stale.csv") + more);
        place.quick(&["run", "night.toml"]).exits(code).says("Nothing was sent");
        let runs: Value =
            serde_json::from_str(&place.run(&["runs", "--json"]).exits(0).out).unwrap();
        assert_eq!(runs[0]["exitCode"], code, "{runs}");
        place.run(&["runs", "--verify"]).exits(0);
        // It has sent nothing: the next night begins anew.
        place.run(&["resume", "night.toml"]).exits(2).says("nothing was sent by this run");
        place.quick(&["run", "night.toml", "--or-resume"]).exits(code);
        assert_eq!(place.runs().len(), 2);
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
}

#[test]
fn a_check_sees_that_lock_or_audit_cannot_be_written() {
    let server = Hostile::good();
    let place = night(&server, "");
    place.write("state", "a file in the place of the state directory");
    both_exit(&place, 70);
    let place = night(&server, "");
    std::fs::create_dir_all(place.path().join("korebulk-runs/audit.jsonl")).unwrap();
    both_exit(&place, 70);
    assert!(server.requests().iter().all(|request| request.method == "GET"), "nothing is sent");
}

#[test]
fn an_alert_always_says_why() {
    for (answer, code, why) in [
        (None, 1, "some records failed or were rejected"),
        (Some(Answer::text(204, "application/json", "")), 5, "some records are unknown"),
    ] {
        let server = Hostile::start(move |request| answer.clone().unwrap_or_else(|| good(request)));
        let place = night(&server, "[notify]\nwebhook_url_env = \"HOOK\"\n");
        if code == 1 {
            place.write("stale.csv", "id\nnot an id\n");
        }
        let receiver = Receiver::default();
        let mut run =
            place.korebulk(&[&["run", "night.toml", "--max-attempts", "1"], &QUICK[..]].concat());
        Ran::of(&run.env("HOOK", receiver.start()).output().unwrap()).exits(code);
        let alert: Value = serde_json::from_str(&receiver.taken()[0].1).unwrap();
        assert!(alert["because"].as_str().is_some_and(|because| because.contains(why)), "{alert}");
    }
}

#[test]
fn a_job_that_nobody_confirms_is_refused_by_the_check_as_by_the_run() {
    let server = Hostile::good();
    let unattended = ["--rate", "none", "--reconcile=off"];
    for (more, code) in [
        ("", 3),
        ("[guard]\nmax_records = 3\n", 0),
        ("[guard]\nmin_records = 1\n", 3),
        ("[guard]\nmax_input_age = \"26h\"\n", 3),
    ] {
        let place = night(&server, more);
        let checked = place.run(&["check", "night.toml"]).exits(code);
        assert_eq!(checked.out.contains("max_records"), code == 3 || more.contains("max_records"));
        place.run(&["check", "night.toml", "--yes"]).exits(0);
        place.run(&[&["run", "night.toml"], &unattended[..]].concat()).exits(code);
    }
    // `schedule` says --yes for it.
    let place = night(&server, "[guard]\nmax_growth = \"300%\"\n");
    place.run(&["check", "night.toml"]).exits(0);
}
