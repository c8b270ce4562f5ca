//! What stays of runs, through the binary: listed, found, scrubbed, written again, verified.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use korebulk::sandbox::{Config, Thread};
use serde_json::Value;

use crate::support::{
    ACCOUNT, CLIENT, Place, STREAM, applied, contact_table, counts, id, id_table, ids, listed,
    report, sandbox, sandbox_with,
};

fn faulty(contacts: usize, faults: &[&str]) -> Thread {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    sandbox_with(contacts, Config { faults, ..Config::default() })
}

/// Every file of a run.
fn files(run: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

/// The files that hold this text.
fn holding(run: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    files(run).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_mins(1), "{what} does not come");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A run whose fourth batch is done and never answered: three batches of twenty are settled, one is
/// under way, one waits; before them two rows that cannot be sent.
fn stuck(place: &Place, sandbox: &Thread) -> Child {
    let bad = format!("{},,Testwell,Mrs,9800000000,+91,+\n", id(900));
    let table = contact_table(100);
    let (header, rows) = table.split_once('\n').unwrap();
    place.write("in.csv", format!("{header}\n{bad}not-an-id{bad}{rows}"));
    let options = ["--name", "night", "--batch-size", "20", "--yes", "--rate", "none"];
    let child =
        place.spawn(&[&["bulk-update", "in.csv", "--concurrency", "1"], &options[..]].concat());
    until("the fourth batch", || applied(sandbox).len() == 79);
    child
}

/// The fourth answer never comes, and one record is refused in words that name its contact: so many that
/// they fill pages of the journal, which are free afterwards and not empty by themselves.
fn stuck_sandbox() -> Thread {
    let words = "the number of Testwell7 is taken ".repeat(400);
    let refuse = format!("refuse:ids={},reason={words}", id(7));
    faulty(100, &["slow:requests=4,delay=3600s", &refuse])
}

#[test]
fn a_run_that_goes_on_is_listed_with_what_is_known_of_it_and_a_killed_one_with_its_counts() {
    let sandbox = stuck_sandbox();
    let place = Place::at(sandbox.addr());
    let mut child = stuck(&place, &sandbox);
    let listed =
        || -> Value { serde_json::from_str(&place.run(&["runs", "--json"]).exits(0).out).unwrap() };
    let running = listed();
    assert_eq!((&running[0]["state"], &running[0]["ledger"]), (&"running".into(), &Value::Null));
    assert_eq!(running[0]["operation"], "bulk-update");
    assert_eq!(running[0]["host"], format!("http://{}", sandbox.addr()));
    assert!(running[0]["startedAt"].as_str().unwrap().starts_with("20"), "{running}");
    let table = place.run(&["runs"]).exits(0).out;
    assert!(table.contains("running") && table.contains("bulk-update on http://"), "{table}");
    assert!(place.run(&["runs", "latest"]).exits(0).out.contains("state     running"));
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = listed();
    assert_eq!(killed[0]["state"], "interrupted");
    let of =
        ["read", "succeeded", "rejected", "unknown", "unsent"].map(|key| &killed[0]["ledger"][key]);
    assert_eq!(of.map(|count| count.as_u64().unwrap()), [102, 59, 2, 20, 20]);
    assert!(place.run(&["runs"]).exits(0).out.contains("cut off"));
    let one = place.run(&["runs", "latest"]).exits(0).out;
    assert!(one.contains("can go on until 20") && one.contains("`korebulk resume`"), "{one}");
    let verified = place.run(&["runs", "--verify"]).exits(0).out;
    assert!(verified.contains("began, and no line says that it ended"), "{verified}");
}

#[test]
fn a_killed_run_is_scrubbed_to_its_ids_outcomes_and_times() {
    let sandbox = stuck_sandbox();
    let place = Place::at(sandbox.addr());
    let mut child = stuck(&place, &sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    let run = place.the_run();
    let values = ["Testwell", "Aster", "98000000"];
    // The copy of the input is compressed: the report and the journal are where it can be seen.
    assert!(
        values.iter().all(|value| holding(&run, value).contains(&run.join("report.json.part")))
    );
    assert!(
        holding(&run, "Testwell7 is taken")
            .iter()
            .any(|path| { path.file_name().unwrap().to_str().unwrap().starts_with("journal.db") })
    );

    let said = place.run(&["prune", "--keep-days", "0", "--dry-run"]).exits(0).out;
    assert!(
        said.contains("would be scrubbed") && said.contains("can no longer be resumed"),
        "{said}"
    );
    let names = |run: &Path| files(run).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert!(
        names(&run).contains(&run.join("input.zst"))
            && !names(&run).contains(&run.join("scrubbed"))
    );
    assert!(!holding(&run, "Testwell").is_empty());

    let said = place.run(&["prune", "--keep-days", "0"]).exits(0).out;
    assert!(said.contains("is scrubbed") && said.contains("can no longer be resumed"), "{said}");
    for value in values {
        assert_eq!(holding(&run, value), [] as [PathBuf; 0], "{value}");
    }
    let left = report(&run);
    assert_eq!(counts(&left), [102, 59, 1, 2, 0, 20, 20]);
    let done: Vec<String> = (0..60).filter(|number| *number != 7).map(id).collect();
    assert_eq!(listed(&left, "successfulRecords"), done);
    assert_eq!(listed(&left, "failedRecords"), [id(7)]);
    let under_way: Vec<String> = (60..80).map(id).collect();
    assert_eq!(listed(&left, "unknownRecords"), under_way, "what was under way keeps its ids");
    let [from, to] = ["startedAt", "finishedAt"].map(|key| left[key].as_str().unwrap().to_owned());
    assert!(from < to && from[..4] == to[..4], "{from} {to}");

    place.run(&["resume", "latest"]).exits(2).says("the stored copy of the input is gone");
    let find = |number| place.run(&["find", &id(number)]).exits(0).out;
    assert!(find(5).contains("bulk-update succeeded"), "{}", find(5));
    assert!(find(65).contains("unknown, may have been applied"), "{}", find(65));
    assert!(find(900).contains("rejected"), "{}", find(900));
    assert!(find(95).starts_with("no run names"), "it was never sent: {}", find(95));
    assert!(place.run(&["runs", "latest"]).exits(0).out.contains("scrubbed  20"));
    place.run(&["runs", "--verify"]).exits(0);
    place.run(&["report", "latest", "--format", "html"]).exits(4);
    place.run(&["runs", "--verify"]).exits(0);
}

#[test]
fn a_settled_run_is_reported_again_as_it_was() {
    let sandbox = sandbox(3);
    let place = Place::at(sandbox.addr());
    place.write("in.csv", id_table(&ids(3)) + "oops\n");
    place.quick(&["bulk-delete", "in.csv", "--xlsx"]).exits(1);
    let run = place.the_run();
    assert!(!run.join("input.zst").exists(), "nothing of it is left to settle");
    let before = report(&run);
    let kept = |name: &str| fs::read(run.join(name)).unwrap();
    let [rejected, workbook] = ["rejected.csv", "outcome.xlsx"].map(kept);
    for kind in ["csv", "json", "html"] {
        let again = place.run(&["report", "latest", "--format", kind]).exits(1);
        if kind == "csv" {
            assert!(
                again.out.contains("rejected.csv") && again.out.contains("outcome.xlsx"),
                "{}",
                again.out
            );
        }
    }
    assert_eq!(report(&run), before);
    assert_eq!([rejected, workbook], ["rejected.csv", "outcome.xlsx"].map(kept));
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("outcome.xlsx") && page.contains("exit 1"), "{page}");
}

#[test]
fn a_contact_is_found_in_resumed_scrubbed_and_thrifty_runs() {
    // Each deletes ten contacts; the second stops after its first batch and is resumed.
    let sandbox = faulty(30, &["throttle:requests=4,retry-after=7200"]);
    let place = Place::at(sandbox.addr());
    let job = |name: &str, from: usize, more: &str| {
        // The last one never was.
        let rows = (from..from + 10).chain((name == "again").then_some(900));
        place.write(&format!("{name}.csv"), id_table(&rows.map(id).collect::<Vec<_>>()));
        let job = place.job("bulk-delete", &format!("{name}.csv"));
        let head = format!(
            "name = \"{name}\"\nlimits.rate = [\"none\"]\nlimits.batch_size = 5\nlimits.concurrency = 1\n{more}"
        );
        place.write(&format!("{name}.toml"), head + &job);
        place.run(&["run", &format!("{name}.toml"), "--yes"])
    };
    job("thrifty", 0, "report.contacts = \"ids\"\n").exits(0);
    job("resumed", 10, "").exits(4);
    let find = |number: usize| place.run(&["find", &id(number), "--format", "json"]).exits(0).out;
    let find = |number: usize| serde_json::from_str::<Value>(&find(number)).unwrap();
    assert_eq!(find(16), Value::Array(Vec::new()), "not sent yet");
    // The limit is the account's: elsewhere nobody waits for it.
    place
        .korebulk(&["resume", "resumed@latest"])
        .env("KOREBULK_STATE_DIR", place.path().join("else"))
        .status()
        .unwrap();
    job("again", 0, "").exits(1);
    for (number, run, outcome) in
        [(3, "thrifty", "succeeded"), (13, "resumed", "succeeded"), (16, "resumed", "succeeded")]
    {
        let found = find(number);
        assert!(found[0]["run"].as_str().unwrap().starts_with(run), "{found}");
        assert_eq!(
            (&found[0]["outcome"], &found[0]["operation"]),
            (&outcome.into(), &"bulk-delete".into())
        );
    }
    let twice = find(3);
    let deleted_before = (&"succeeded".into(), &5.into());
    assert_eq!((&twice[1]["outcome"], &twice[1]["row"]), deleted_before, "{twice}");
    let gone = find(900);
    assert_eq!((&gone[0]["outcome"], &gone[0]["row"]), (&"failed".into(), &12.into()), "{gone}");
    assert!(gone[0]["reason"].as_str().is_some_and(|said| !said.is_empty()), "{gone}");
    place.run(&["prune", "--keep-days", "0"]).exits(0);
    let scrubbed = find(3);
    assert_eq!(scrubbed[0], twice[0]);
    assert_eq!(scrubbed[1]["outcome"], "succeeded");
    let gone = find(900);
    assert_eq!((&gone[0]["outcome"], &gone[0]["reason"]), (&"failed".into(), &Value::Null));
    assert_eq!(find(16)[0]["outcome"], "succeeded");
    assert_eq!(find(29), Value::Array(Vec::new()));
}

#[test]
fn a_cut_off_audit_is_noticed_while_its_runs_are_there() {
    let sandbox = stuck_sandbox();
    let place = Place::at(sandbox.addr());
    let mut child = stuck(&place, &sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    fs::write(place.path().join("korebulk-runs/audit.jsonl"), "").unwrap();
    let said = place.run(&["runs", "--verify"]).exits(1).out;
    assert!(said.contains("began to send, and no line says so"), "{said}");
}

#[test]
fn a_thousand_runs_are_listed_from_a_few_pages_of_each() {
    let sandbox = sandbox(2);
    let place = Place::at(sandbox.addr());
    // A journal of some megabytes, to be seen where more of it is read than its facts.
    let bad: Vec<String> = (0..20_000).map(|row| format!("no-id-{row}")).collect();
    place.write("in.csv", id_table(&[ids(2), bad].concat()));
    place.quick(&["bulk-delete", "in.csv"]).exits(1);
    let run = place.the_run();
    let journal = run.join("journal.db");
    let size = fs::metadata(&journal).unwrap().len();
    assert!(size > 1_000_000, "{size}");
    for number in 0..999 {
        let other = run.with_file_name(format!("bulk-delete-20260101T{number:06}Z-aaaa"));
        fs::create_dir(&other).unwrap();
        fs::hard_link(&journal, other.join("journal.db")).unwrap();
    }
    // A shell knows what its children read.
    let script = "\"$@\" > listed.json; while read -r line; do echo \"$line\"; done < /proc/$$/io";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_korebulk"), "runs", "--json"]);
    shell.current_dir(place.path()).env_remove("KOREBULK_RUNS_DIR");
    let output = shell.env("KOREBULK_STATE_DIR", place.path().join("state")).output().unwrap();
    let counted = String::from_utf8(output.stdout).unwrap();
    let read: u64 =
        counted.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap();
    let lines: Value =
        serde_json::from_slice(&fs::read(place.path().join("listed.json")).unwrap()).unwrap();
    assert_eq!(lines.as_array().unwrap().len(), 1000);
    assert!(lines.as_array().unwrap().iter().all(|line| line["ledger"]["rejected"] == 20_000));
    assert!(read > 1_000_000, "the shell counted: {counted}");
    assert!(read / 1000 < 64 * 1024, "{} bytes of each of {size}", read / 1000);
}

#[test]
fn a_run_is_scrubbed_once_its_days_are_over_and_not_before() {
    let sandbox = sandbox(2);
    let place = Place::at(sandbox.addr());
    place.write("in.csv", id_table(&[ids(2), vec!["oops".into()]].concat()));
    let days = |days: i64| {
        place.quick(&["bulk-delete", "in.csv", "--keep-days", "10"]);
        let newest = place.runs().pop().unwrap();
        let then = Timestamp::now() - SignedDuration::from_hours(24 * days);
        let name = format!("bulk-delete-{}-aaaa", then.strftime("%Y%m%dT%H%M%SZ"));
        fs::rename(newest, place.path().join("korebulk-runs").join(&name)).unwrap();
        name
    };
    let (old, young) = (days(11), days(9));
    let kept =
        |run: &str| place.path().join("korebulk-runs").join(run).join("rejected.csv").exists();
    assert!(kept(&young));
    let said = place.run(&["prune"]).exits(0).out;
    assert!(!kept(&old) && kept(&young), "{said}");
    assert!(!said.contains(&young), "{said}");
}

#[test]
fn the_audit_says_who_did_what_where_with_which_file() {
    let sandbox = sandbox(3);
    let place = Place::at(sandbox.addr());
    let table = id_table(&ids(3)) + "oops\n";
    place.write("in.csv", &table);
    place.quick(&["bulk-delete", "in.csv", "--max-records", "9", "--reason", "ticket 7"]).exits(1);
    let audit = fs::read_to_string(place.path().join("korebulk-runs/audit.jsonl")).unwrap();
    let lines: Vec<Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!([&lines[0]["event"], &lines[1]["event"]], ["start", "end"]);
    let run = place.the_run();
    for line in &lines {
        assert_eq!(line["run"], run.file_name().unwrap().to_str().unwrap());
        assert_eq!(line["job"], "bulk-delete");
        for who in ["at", "user", "machine", "version"] {
            assert!(line[who].as_str().is_some_and(|said| !said.is_empty()), "{who}: {line}");
        }
    }
    let sha256 = |bytes: &[u8]| -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        digest.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    };
    let start = &lines[0]["start"];
    for (key, value) in [
        ("operation", "bulk-delete"),
        ("host", &format!("http://{}", sandbox.addr())),
        ("stream", STREAM),
        ("account", ACCOUNT),
        ("clientId", CLIENT),
        ("reason", "ticket 7"),
    ] {
        assert_eq!(start[key], value, "{key}");
    }
    assert_eq!(start["input"][0]["sha256"], sha256(table.as_bytes()));
    assert_eq!((&start["read"], &start["wouldSend"]), (&4.into(), &3.into()));
    assert!(start["overrides"].to_string().contains("guard.max_records = 9"), "{start}");
    assert_eq!(lines[1]["end"]["ledger"]["rejected"], 1);
    assert_eq!(lines[1]["report"], sha256(&fs::read(run.join("report.json")).unwrap()));
    assert_eq!(lines[1]["previous"], sha256(audit.lines().next().unwrap().as_bytes()));
}

#[test]
fn a_good_night_is_silent_and_a_bad_one_says_which_it_was() {
    let sandbox = sandbox(3);
    let place = Place::at(sandbox.addr());
    place.write("in.csv", id_table(&ids(3)));
    let good = place.quick(&["bulk-delete", "in.csv", "--name", "night", "--quiet"]).exits(0);
    assert_eq!((good.out.as_str(), good.err.as_str()), ("", ""));
    place.write("in.csv", "id\noops\n");
    let bad = place.quick(&["bulk-delete", "in.csv", "--name", "night", "--quiet"]).exits(1);
    let run = place.runs().pop().unwrap();
    assert_eq!(bad.out, "");
    assert!(
        bad.err.starts_with(&format!("bulk-delete night\n  {}\n", run.display())),
        "{}",
        bad.err
    );
    assert!(bad.err.contains("rejected\n  row 2: ") && bad.err.contains("(exit 1)"), "{}", bad.err);
    assert!(!bad.err.contains("INFO") && !bad.err.contains('\u{1b}'), "{}", bad.err);
}

#[test]
fn runs_are_found_from_anywhere_by_every_name() {
    let place = Place::new();
    place.write("jobs/data/gone.csv", id_table(&ids(3)));
    let job = "operation = \"bulk-delete\"\n[target]\nhost = \"sandbox\"\n[input]\npath = \"data/gone.csv\"\n";
    place.write("jobs/nightly.toml", job);
    place.write("jobs/other.toml", job);
    assert_eq!(place.run(&["runs"]).exits(0).out, "no runs yet\n");
    place.run(&["run", "jobs/nightly.toml"]).exits(0);
    let listed = place.run(&["runs", "--json"]).exits(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let run = listed[0]["run"].as_str().unwrap();
    let dir = listed[0]["dir"].as_str().unwrap();
    assert!(dir.ends_with(&format!("/jobs/korebulk-runs/{run}")), "{dir}");
    for name in [run, dir, "latest", "nightly@latest", "jobs/nightly.toml"] {
        assert!(place.run(&["runs", name]).exits(0).out.contains(run), "{name}");
        place.run(&["resume", name]).exits(0).says("Nothing of this run is left to send");
        place.run(&["report", name]).exits(0);
        place.run(&["retry", name]).exits(2).says("left nothing to send again");
    }
    assert!(place.run(&["find", &id(1)]).exits(0).out.contains(run));
    place.run(&["runs", "--verify"]).exits(0);
    place.run(&["runs", "jobs/other.toml"]).exits(2).says("no run of this job in");
    // Only where it was named is only there.
    place.run(&["runs", "latest", "--runs-dir", "jobs"]).exits(2).says("no run `latest` in");

    // Runs of another job elsewhere: `latest` alone would be a guess.
    place.write("more/nightly.toml", job.replace("data/", "../jobs/data/"));
    place.run(&["run", "more/nightly.toml"]).exits(0);
    place
        .run(&["resume", "nightly@latest"])
        .exits(2)
        .says("could mean a run of any of 2 directories");
    let older = place.run(&["runs", "jobs/nightly.toml"]).exits(0).out;
    let newer = place.run(&["runs", "more/nightly.toml"]).exits(0).out;
    assert!(older.contains(run) && !newer.contains(run), "{newer}");
    // What lies here is meant before what lies elsewhere.
    let mut here = place.korebulk(&["runs", "latest"]);
    let output = here.current_dir(place.path().join("jobs")).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains(run), "{output:?}");
}

#[test]
fn a_file_of_contacts_or_none_in_the_place_of_a_job_file_is_said_as_such() {
    let place = Place::new();
    place.write("contacts.csv", contact_table(3));
    place.write("book.xlsx", include_bytes!("../fixtures/two-sheets.xlsx"));
    place.write("large.jsonl", vec![b'x'; 2 << 20]);
    place.write("broken.toml", "operation = bulk-delete\n");
    fs::create_dir(place.path().join("dir")).unwrap();
    for command in ["run", "plan", "check", "schedule", "token", "resume", "runs", "report"] {
        let args = |file| match command {
            "schedule" => vec![command, file, "--at", "02:00"],
            _ => vec![command, file],
        };
        for file in ["contacts.csv", "book.xlsx", "large.jsonl"] {
            let ran = place.run(&args(file)).exits(2);
            let ran = ran.says(&format!("{file}: this is no job file"));
            ran.says(&format!("korebulk init {file}"));
        }
        place.run(&args("broken.toml")).exits(2).says("broken.toml:1: ");
        if !["resume", "runs", "report"].contains(&command) {
            place.run(&args("none.toml")).exits(2).says("none.toml: there is no such job file");
            place
                .run(&args("dir"))
                .exits(2)
                .says("dir: the job file cannot be read: Is a directory");
        }
    }
}

#[test]
fn a_run_is_found_by_its_job_file_also_in_a_directory_that_was_named_when_it_was_run() {
    let server = crate::hostile::Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    place.write("job.toml", place.job("bulk-delete", "stale.csv"));
    place.write("other/job.toml", place.job("bulk-delete", "stale.csv"));
    place.quick(&["run", "job.toml", "--runs-dir", "elsewhere"]).exits(0);
    place.run(&["runs", "job.toml"]).exits(0);
    place.run(&["report", "job.toml", "--format", "json"]).exits(0);
    place.run(&["runs", "other/job.toml"]).exits(2).says("no run of this job");
}
