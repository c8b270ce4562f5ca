//! Every file that a run leaves: `report --format` writes it again, and `prune` takes whatever holds contact data.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quick_xml::events::Event;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{Place, contact_table, id, signal};
use crate::trial::exit_code;

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Contacts of which some are refused, one is nobody's, one cannot be sent, one is there twice; as CSV or as JSONL.
fn input(place: &Place, lines: bool) -> &'static str {
    let mut table = contact_table(12);
    table.push_str("not-an-id,Asterx,Testwellx,Mrs,9800000099,+91,+\n");
    let same = ["Aster0", "Testwell0", "Mrs", "9800000000", "+91", "+"].join(",");
    table.extend([id(0).as_str(), ",", same.as_str(), "\n"]);
    if !lines {
        place.write("in.csv", table);
        return "in.csv";
    }
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let object = |row: Vec<&str>| {
        let pairs = header.iter().zip(row).map(|(key, value)| (key.to_string(), value.into()));
        serde_json::Value::Object(pairs.collect()).to_string() + "\n"
    };
    place.write("in.jsonl", rows.map(object).collect::<String>());
    "in.jsonl"
}

/// A server that loses the answer to the second request and holds on to the fifth.
fn server() -> LedgerServer {
    let refused = [1, 9].map(id).into();
    LedgerServer::start(World { refused, ..World::default() }, |asked| match asked.number {
        2 => Act::DropAfter,
        5.. => Act::Hold { work: false },
        _ => Act::Serve,
    })
}

/// A run with every outcome, stopped before its end.
fn stopped(place: &Place, server: &LedgerServer, file: &str) {
    let more = ["--xlsx", "--yes", "--rate", "none", "--concurrency", "1", "--batch-size", "2"];
    let limits = ["--max-attempts", "1", "--grace", "1s", "--max-failure-share", "1"];
    let child = place.spawn(&[&["bulk-update", file], &more[..], &limits].concat());
    server.wait_for_arrivals(5);
    signal(&child, "TERM");
    assert_eq!(exit_code(child), 4);
}

#[test]
fn whatever_a_run_can_write_prune_leaves_nothing_that_holds_contact_data() {
    let rows = |form: &str| {
        let outcomes =
            ["failed", "rejected", "unknown", "unsent"].map(|name| format!("{name}.{form}"));
        BTreeSet::from(outcomes)
    };
    for lines in [false, true] {
        let server = server();
        let place = Place::at(server.addr);
        let file = input(&place, lines);
        stopped(&place, &server, file);
        let run = place.the_run();
        place.run(&["report", "latest", "--format", "junit"]).exits(4);
        let own = ["journal.db", "log.jsonl", "report.json", "report.html", "junit.xml"];
        let all = &set(&own) | &set(&["input.zst", "outcome.xlsx"]);
        assert_eq!(names(&run), &all | &rows(if lines { "jsonl" } else { "csv" }));
        // What a later version, or somebody, may have left there.
        fs::write(run.join("review.xlsx"), "Aster1").unwrap();
        fs::create_dir(run.join("more")).unwrap();
        fs::write(run.join("more/kept.csv"), "Aster1").unwrap();
        place.run(&["prune", "--keep-days", "0"]).exits(0);
        assert_eq!(names(&run), set(&["journal.db", "log.jsonl", "report.json", "scrubbed"]));
        for name in names(&run) {
            let bytes = fs::read(run.join(&name)).unwrap();
            for value in ["Aster", "Testwell", "98000000"] {
                let holds = bytes.windows(value.len()).any(|part| part == value.as_bytes());
                assert!(!holds, "{name} holds {value}");
            }
        }
        place.run(&["runs", "--verify"]).exits(0);
        // What needed that data says so, and is no success without a file.
        let ran = place.run(&["report", "latest", "--format", "csv"]).exits(2);
        assert_eq!(ran.says("was scrubbed on").out, "");
        for more in [&[][..], &["--failed"]] {
            let args = [&["retry", "latest", "--yes"], more].concat();
            place.run(&args).exits(2).says("was scrubbed on").says("sent again");
        }
    }
}

#[test]
fn a_sandbox_of_the_runs_own_goes_with_its_contacts() {
    let place = Place::new();
    place.write("in.csv", contact_table(3));
    place.quick(&["bulk-update", "in.csv", "--host", "sandbox"]).exits(0);
    let run = place.the_run();
    assert!(names(&run).contains("sandbox.db"));
    place.run(&["prune", "--keep-days", "0"]).exits(0);
    assert_eq!(names(&run), set(&["journal.db", "log.jsonl", "report.json", "scrubbed"]));
}

/// Each test case of a report: its name, and what says that it did not pass, with type and message.
fn cases(path: &Path) -> Vec<(String, Option<String>)> {
    let text = fs::read_to_string(path).unwrap();
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut cases: Vec<(String, Option<String>)> = Vec::new();
    let mut counts = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        let (Event::Start(element) | Event::Empty(element)) = &event else {
            if event == Event::Eof {
                break;
            }
            continue;
        };
        let value = |key: &str| {
            let attribute = element.try_get_attribute(key).unwrap();
            attribute.map_or_else(String::new, |one| {
                one.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned()
            })
        };
        match element.name().as_ref() {
            "testsuite" => {
                counts = ["tests", "failures", "errors", "skipped"].map(value).to_vec();
            }
            "testcase" => cases.push((value("name"), None)),
            name @ ("failure" | "error" | "skipped") => {
                let end = format!("{name} {} {}", value("type"), value("message"));
                cases.last_mut().unwrap().1 = Some(end.replace("  ", " "));
            }
            _ => {}
        }
    }
    let of = |kind: &str| {
        let ends = cases.iter().filter_map(|case| case.1.as_deref());
        ends.filter(|end| end.starts_with(kind)).count().to_string()
    };
    let found = [cases.len().to_string(), of("failure"), of("error"), of("skipped")];
    assert_eq!(counts, found, "tests, failures, errors, skipped");
    cases
}

#[test]
fn a_junit_report_has_a_case_for_each_record_that_did_not_succeed_and_one_for_the_rest() {
    let server = server();
    let place = Place::at(server.addr);
    let file = input(&place, false);
    stopped(&place, &server, file);
    let report = || {
        let asked = place.run(&["report", "latest", "--format", "junit"]).exits(4);
        assert_eq!(asked.out.trim_end(), place.the_run().join("junit.xml").to_str().unwrap());
        cases(&place.the_run().join("junit.xml"))
    };
    let found = report();
    let end = |row: usize| {
        let case = found.iter().find(|(name, _)| name.starts_with(&format!("in.csv, row {row}")));
        case.and_then(|(_, end)| end.clone()).unwrap_or_default()
    };
    assert_eq!(end(2), "", "it succeeded");
    assert_eq!(end(3), "failure failed not allowed");
    assert_eq!(end(15), "skipped duplicate of row 2");
    assert!(end(14).starts_with("failure rejected `id` "), "{}", end(14));
    assert!(
        end(4).starts_with("error unknown ") || end(4).starts_with("failure failed"),
        "{}",
        end(4)
    );
    assert!(end(13).starts_with("error unsent the run stopped before its turn"), "{}", end(13));
    let (rest, how) = found.last().unwrap();
    assert!(rest.ends_with("succeeded") && how.as_ref().unwrap().starts_with("error exit 4 "));
    // Somebody asked for it once: whatever ends the run later writes it, too.
    place.run(&["resume", "latest", "--yes", "--max-duration", "1s"]);
    let later = cases(&place.the_run().join("junit.xml"));
    assert_ne!(later, found);
}

#[test]
fn a_junit_report_is_xml_whatever_the_input_holds_and_shows_no_contact_of_the_servers_words() {
    let server = LedgerServer::start(World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    let bad = "a\u{1}b<&\"'\u{ffff}\u{202e}";
    place.write("<in & out>.csv", format!("id\n{bad}\n{}\n", id(1)));
    place.quick(&["bulk-delete", "<in & out>.csv"]).exits(1);
    place.run(&["report", "latest", "--format", "junit"]).exits(1);
    let found = cases(&place.the_run().join("junit.xml"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].0.starts_with("<in & out>.csv, row 2"), "{found:?}");
    assert_eq!(found[1], ("1 record succeeded".to_owned(), None));
}
