//! `report.html` as people meet it: real runs' pages in a real browser, light, dark, on a phone and printed.
//!
//! What the browser and axe say is gathered by `page/look.js`, judged here. Screenshots stay in `target/pages/`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use korebulk::sandbox::Config;
use serde_json::Value;

use crate::support::{Place, contact_table, id, report, sandbox_with};

const VIEWS: [&str; 4] = ["light", "dark", "phone-light", "phone-dark"];

/// Where people and servers may put what they like.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}{{7*7}}";

/// The node package that looks at a page; what is missing is said, never skipped.
fn tool() -> PathBuf {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/page");
    let installed = tool.join("node_modules/axe-core").is_dir();
    assert!(installed, "`npm ci --prefix tests/it/page` comes first");
    tool
}

/// Looks at a run's page: what was found, by view.
fn look(run: &Path, name: &str) -> Value {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../pages").join(name);
    let mut node = Command::new("node");
    node.arg(tool().join("look.js")).arg(run.join("report.html")).arg(to);
    let output = node.output().expect("`node` runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn is_empty(what: &Value, of: &str) {
    assert_eq!(what.as_array().map(Vec::len), Some(0), "{of}: {what:#}");
}

/// Everything that holds for every page.
fn check(run: &Path, name: &str) {
    let seen = look(run, name);
    let page = run.join("report.html");
    let requests = seen["requests"].as_array().unwrap();
    assert_eq!(requests.len(), VIEWS.len(), "{requests:?}");
    assert!(
        requests.iter().all(|url| url == &format!("file://{}", page.display())),
        "{requests:?}"
    );
    is_empty(&seen["complaints"], name);
    for view in VIEWS {
        let (of, seen) = (format!("{name}, {view}"), &seen["views"][view]);
        assert!(seen["rules"].as_u64() > Some(10), "{of}: axe found nothing to look at: {seen:#}");
        for what in ["violations", "undecided", "faint", "overflowing", "handlers"] {
            is_empty(&seen[what], &format!("{of}: {what}"));
        }
        assert_eq!(seen["wide"], false, "{of} is wider than its screen");
        assert_eq!((&seen["scripts"], &seen["images"]), (&0.into(), &0.into()), "{of}");
        assert!(seen["smallest"].as_f64() >= Some(10.0), "{of}: {} px", seen["smallest"]);
    }
    let back = |view: &str| &seen["views"][view]["background"];
    assert_ne!(back("light"), back("dark"), "the browser was asked for dark");
    assert_eq!((back("light"), back("dark")), (back("phone-light"), back("phone-dark")));
}

/// Ten minutes of requests instead of a moment's, with a pause, so that there is a chart to look at; the page anew.
fn stretch(place: &Place, run: &Path) {
    let journal = rusqlite::Connection::open(run.join("journal.db")).unwrap();
    let start: Timestamp = journal
        .query_row("SELECT value ->> '$' FROM run WHERE key = 'startedAt'", [], |row| {
            row.get::<_, String>(0)
        })
        .unwrap()
        .parse()
        .unwrap();
    let requests: i64 =
        journal.query_row("SELECT max(request) FROM requests", [], |row| row.get(0)).unwrap();
    let mut last = start;
    for request in 0..=requests {
        let pause = if request * 3 > requests { 75_000 } else { 0 };
        last = start + SignedDuration::from_millis(request * 525_000 / requests + pause);
        let latency = 180 + request * 7919 % 900;
        let sql = "UPDATE requests SET started_at = ?1, latency_ms = ?2 WHERE request = ?3";
        journal.execute(sql, (last.to_string(), latency, request)).unwrap();
    }
    // As if it had been sent at its quota.
    let sql = "UPDATE run SET value = replace(value, '\"permits\":6000,', '\"permits\":8,') WHERE key = 'plan'";
    journal.execute(sql, []).unwrap();
    let end = last + SignedDuration::from_secs(2);
    let sql = "UPDATE run SET value = json_quote(?1) WHERE key = 'finishedAt'";
    journal.execute(sql, [end.to_string()]).unwrap();
    drop(journal);
    place.run(&["report", run.to_str().unwrap(), "--format", "html"]);
}

fn faulty(faults: &[&str]) -> Config {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Config { faults, ..Config::default() }
}

/// A run over `contacts` good contacts and what is appended to them, and the place it happened in.
fn a_run(contacts: usize, more: &str, faults: &[&str], options: &[&str]) -> (Place, PathBuf, i32) {
    let sandbox = sandbox_with(contacts, faulty(faults));
    let place = Place::at(sandbox.addr());
    place.write("migration.csv", contact_table(contacts) + more);
    let paced = ["--yes", "--rate", "6000/min", "--burst", "100", "--batch-size", "20"];
    let ran = place.run(&[&["bulk-update", "migration.csv"], &paced[..], options].concat());
    let run = place.the_run();
    report(&run);
    (place, run, ran.code)
}

#[test]
#[ignore = "needs node, chromium and `npm ci --prefix tests/it/page`: `cargo test --test it page:: -- --ignored`"]
fn the_page_of_a_good_run_is_sound_in_every_view() {
    let (place, run, code) = a_run(1200, "", &[], &[]);
    assert_eq!(code, 0);
    stretch(&place, &run);
    check(&run, "good");
}

#[test]
#[ignore = "needs node, chromium and `npm ci --prefix tests/it/page`: `cargo test --test it page:: -- --ignored`"]
fn the_page_of_a_mixed_run_is_sound_in_every_view() {
    let mut more = String::new();
    for number in 0..9 {
        writeln!(more, "{},Bad,,Mrs,98-number,+91,+", id(9000 + number)).unwrap();
    }
    writeln!(more, "{},Aster0,Testwell0,Mrs,9800000000,+91,+", id(0)).unwrap();
    let faults = [
        "refuse:share=0.03,reason=Phone number 9812345678 of John already exists,code=409",
        "both-lists:share=0.01",
        "stale-echo:share=0.02",
        "throttle:requests=7,retry-after=1",
        "lost-answer:requests=9",
        "server-error:requests=12+13,status=502",
    ];
    let (place, run, code) = a_run(1200, &more, &faults, &["--reconcile=off"]);
    assert_eq!(code, 5);
    let ledger = report(&run);
    for outcome in ["successful", "failed", "rejected", "skipped", "unknown", "diverged"] {
        assert!(ledger[outcome].as_u64() > Some(0), "{outcome}: {ledger}");
    }
    stretch(&place, &run);
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(
        page.contains("already exists") && !page.contains("John"),
        "the server's message as a template"
    );
    check(&run, "mixed");
}

#[test]
#[ignore = "needs node, chromium and `npm ci --prefix tests/it/page`: `cargo test --test it page:: -- --ignored`"]
fn the_page_of_a_run_that_stopped_early_is_sound_in_every_view() {
    let faults = ["throttle:requests=25-,retry-after=7200"];
    let (place, run, code) = a_run(1200, "", &faults, &[]);
    assert_eq!(code, 4);
    stretch(&place, &run);
    check(&run, "stopped");
}

#[test]
#[ignore = "needs node, chromium and `npm ci --prefix tests/it/page`: `cargo test --test it page:: -- --ignored`"]
fn hostile_values_stay_text_in_a_browser() {
    let [said, much] = [HOSTILE.to_owned(), "x".repeat(10_000)].map(|text| text.replace(',', ""));
    let faults =
        [format!("refuse:share=0.2,reason={said}"), format!("refuse:ids={},reason={much}", id(3))];
    let sandbox = sandbox_with(60, faulty(&faults.each_ref().map(String::as_str)));
    let place = Place::at(sandbox.addr());
    // Of every file name the slash alone is out of reach.
    let input = format!("{}.csv", HOSTILE.replace('/', "∕"));
    let header = format!("\"{}\"", HOSTILE.replace('"', "\"\""));
    let table = contact_table(60).replace("firstName", &header);
    place.write(&input, table + &format!("{},,Testwell,Mrs,9800000000,+91,+\n", id(99)));
    let (text, path) = (Value::from(HOSTILE), Value::from(input));
    let job = place.job("bulk-update", "-").replace("\"-\"", &path.to_string());
    let job = format!("{job}columns.firstName = {text}\n[report]\nvalues = \"full\"\n");
    place.write("job.toml", format!("name = \"night\"\n{job}"));
    let ran =
        place.run(&["run", "job.toml", "--yes", "--rate", "none", "--batch-size", "20"]).exits(1);
    assert!(ran.err.contains("<script>"), "{}", ran.err);
    let run = place.the_run();
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let shown = "&#60;script&#62;alert(1)&#60;";
    assert!(
        page.matches(shown).count() >= 3,
        "in its file's name, its header and a reason: {page}"
    );
    assert!(!page.contains('\u{202e}') && !page.contains(&"x".repeat(400)));
    check(&run, "hostile");
}
