//! The commands around a run: `plan`, `check`, `token`, `runs`, `report`, completions and manual.

use std::fs;

use serde_json::Value;

use crate::hostile::{Answer, Hostile, bulk, good};
use crate::support::{
    CLIENT, Place, QUICK, SECRET, contact_table, id, id_table, ids, report, sandbox,
};

fn with_contacts(server: &Hostile) -> Place {
    let place = Place::at(server.addr());
    place.write("contacts.csv", contact_table(3));
    place.write("job.toml", place.job("bulk-update", "contacts.csv"));
    place
}

#[test]
fn a_plan_sends_nothing_and_leaves_nothing() {
    let server = Hostile::good();
    let place = with_contacts(&server);
    for args in [
        &["plan", "job.toml"][..],
        &["run", "job.toml", "--dry-run"],
        &["bulk-update", "contacts.csv", "--dry-run"],
    ] {
        let planned = place.run(args).exits(0);
        assert!(planned.out.contains("/contacts/bulk-update"), "{}", planned.out);
        assert!(planned.out.contains("firstName"), "{}", planned.out);
    }
    assert_eq!(server.requests().len(), 0);
    assert!(place.runs().is_empty());
}

#[test]
fn a_plan_needs_no_secret() {
    let server = Hostile::good();
    let place = with_contacts(&server);
    let mut command = place.korebulk(&["plan", "job.toml"]);
    let planned = command.env_remove("KOREBULK_CLIENT_SECRET").output().unwrap();
    assert!(planned.status.success(), "{planned:?}");
}

#[test]
fn a_plan_for_programs_has_its_numbers() {
    let server = Hostile::good();
    let place = with_contacts(&server);
    let planned = place.run(&["plan", "job.toml", "--format", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    assert_eq!(plan["read"], 3);
    assert_eq!(plan["toSend"], 3);
    assert_eq!(plan["operation"], "bulk-update");
    assert_eq!(plan["plan"].as_str().unwrap().len(), 12);
}

#[test]
fn a_plan_masks_values_unless_signalled_to_show_them() {
    let server = Hostile::good();
    let place = with_contacts(&server);
    let values = ["Testwell1", "Aster1", "9800000001"];
    for form in ["text", "json"] {
        let masked = place.run(&["plan", "job.toml", "--format", form]).exits(0);
        let shown = place.run(&["plan", "job.toml", "--format", form, "--show-values"]).exits(0);
        for value in values {
            assert!(!masked.out.contains(value), "{value} in {}", masked.out);
            assert!(shown.out.contains(value), "no {value} in {}", shown.out);
        }
    }
}

#[test]
fn a_plan_of_a_broken_file_is_refused_and_leaves_nothing() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", format!("id,note\n{},\"open\n", id(0)));
    place.write("job.toml", place.job("bulk-delete", "stale.csv"));
    place.run(&["plan", "job.toml"]).exits(2).says("stale.csv");
    assert!(place.runs().is_empty());
}

#[test]
fn check_makes_one_signed_request_that_changes_nothing() {
    let server = Hostile::good();
    let place = with_contacts(&server);
    let checked = place.run(&["check", "job.toml", "--yes"]).exits(0);
    assert!(!checked.out.contains("NOT"), "{}", checked.out);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "GET");
    assert!(requests[0].header("auth").is_some());
    assert!(place.runs().is_empty());
}

#[test]
fn check_says_what_is_wrong() {
    for (code, answer, words) in [
        (6, Answer::error(401, "Invalid SDK credentials", 4002), "refused the credentials"),
        (6, Answer::html(404), "no such API"),
        (6, Answer::error(400, "Invalid StreamId", 400), "invalid stream id"),
        (2, good_then("Mon, 01 Jan 2024 00:00:00 GMT"), "tokens live 60 s"),
        (2, Answer::html(407), "a proxy refuses this machine"),
    ] {
        let server = Hostile::start(move |_| answer.clone());
        let place = with_contacts(&server);
        let checked = place.run(&["check", "job.toml", "--yes"]).exits(code);
        assert!(checked.out.contains(words), "{words}: {}", checked.out);
        let json = place.run(&["check", "job.toml", "--yes", "--format", "json"]).exits(code);
        let findings: Value = serde_json::from_str(&json.out).unwrap();
        assert!(findings.as_array().unwrap().iter().any(|finding| finding["good"] == false));
    }
}

/// Nothing has to be fixed for what a run would wait for.
#[test]
fn check_exits_4_where_only_the_server_is_in_the_way() {
    let check = |place: &Place, words: &str| {
        let checked = place.run(&["check", "job.toml", "--yes"]).exits(4);
        assert!(checked.out.contains(words), "{words}: {}", checked.out);
    };
    let closing = Hostile::start(|_| Answer::closed());
    check(&with_contacts(&closing), "the connection was lost before an answer came");
    let failing = Hostile::start(|_| Answer::html(503));
    check(&with_contacts(&failing), "is there and fails (503): try again later");
    let door = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = Place::at(door.local_addr().unwrap());
    drop(door);
    nobody.write("stale.csv", id_table(&ids(1)));
    nobody.write("job.toml", nobody.job("bulk-delete", "stale.csv"));
    check(&nobody, "nothing listens there");
}

/// A page of contacts from a server whose clock says this.
fn good_then(date: &str) -> Answer {
    let page = serde_json::json!({"results": [], "skip": 0, "limit": 1, "totalResults": 0});
    Answer::json(200, &page).header("Date", date)
}

#[test]
fn a_token_is_printed_for_curl_and_its_claims_on_demand() {
    let server = Hostile::good();
    let place = with_contacts(&server);
    for args in [&["token", "job.toml"][..], &["token", "--client-id", CLIENT]] {
        let token = place.run(args).exits(0);
        assert_eq!(token.out.trim().split('.').count(), 3);
        assert_eq!(token.out.lines().count(), 1);
    }
    let decoded = place.run(&["token", "job.toml", "--decode"]).exits(0);
    let decoded: Value = serde_json::from_str(&decoded.out).unwrap();
    assert_eq!(decoded["claims"]["appId"], CLIENT);
    assert_eq!(decoded["header"]["alg"], "HS256");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_ready_token_is_sent_as_it_is() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    place.write("token", "a.ready.token\n");
    place.quick(&["bulk-delete", "stale.csv", "--token-file", "token"]).exits(0);
    assert_eq!(server.requests()[0].header("auth"), Some("a.ready.token"));
}

#[test]
fn a_secret_may_come_from_a_file_or_a_command() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    place.write("secret", "kept-in-a-file\n");
    let file = ["--client-secret-file", "secret"];
    let command = ["--client-secret-command", "cat", "--client-secret-command", "secret"];
    for source in [&file[..], &command] {
        place.quick(&[&["bulk-delete", "stale.csv"], source].concat()).exits(0);
    }
}

#[test]
fn a_secret_is_signed_with_as_it_is_meant_whatever_an_editor_put_around_it() {
    let utf16 = |text: &str| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let sandbox = sandbox(4);
    let place = Place::at(sandbox.addr());
    for (number, bytes) in [
        format!("{SECRET}\n").into_bytes(),
        format!("\u{feff}{SECRET}\r\n").into_bytes(),
        format!("{SECRET}\n\n").into_bytes(),
        utf16(&format!("{SECRET}\r\n")),
    ]
    .into_iter()
    .enumerate()
    {
        place.write("secret", bytes);
        place.write("one.csv", id_table(&[id(number)]));
        let words = ["bulk-delete", "one.csv", "--client-secret-file", "secret"];
        place.quick(&words).exits(0);
    }
}

#[test]
fn completions_and_the_manual_are_printed() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]).exits(0);
        assert!(script.out.contains("bulk-delete"), "{shell}");
    }
    let manual = place.run(&["man"]).exits(0);
    assert!(manual.out.contains(".TH"), "{}", manual.out);
    assert!(place.run(&["man", "bulk-delete"]).exits(0).out.contains("batch"));
    place.run(&["man", "no-such"]).exits(2);
    assert!(place.run(&["--version"]).exits(0).out.starts_with("korebulk "));
}

#[test]
fn runs_are_listed_and_shown_and_reports_written_again() {
    let server = Hostile::start(|request| {
        let ids = request.ids();
        bulk(&[serde_json::json!({"id": ids[0]})], &[serde_json::json!(ids[1])])
    });
    let place = Place::at(server.addr());
    place.run(&["runs"]);
    place.write("stale.csv", id_table(&ids(2)) + "oops\n");
    place.quick(&["bulk-delete", "stale.csv"]).exits(1);
    let run = place.the_run();
    let name = run.file_name().unwrap().to_str().unwrap();

    let list = place.run(&["runs"]).exits(0);
    assert!(list.out.contains(name), "{}", list.out);
    let list = place.run(&["runs", "--json"]).exits(0);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(list[0]["run"], name);
    for called in ["latest", "bulk-delete@latest", name, run.to_str().unwrap()] {
        let one = place.run(&["runs", called, "--json"]).exits(0);
        let one: Value = serde_json::from_str(&one.out).unwrap();
        assert_eq!(one["exitCode"], 1);
        assert_eq!(one["ledger"]["failed"], 1);
    }
    place.run(&["runs", "nothing"]).exits(2).says("no run `nothing`");

    let before = report(&run);
    for file in ["failed.csv", "rejected.csv", "report.html"] {
        fs::remove_file(run.join(file)).unwrap();
    }
    let written = place.run(&["report", "latest", "--format", "csv"]).exits(1);
    for file in ["failed.csv", "rejected.csv"] {
        assert!(written.out.contains(file) && run.join(file).is_file(), "{}", written.out);
    }
    place.run(&["report", "latest", "--format", "json"]).exits(1);
    assert_eq!(report(&run), before, "the journal knows all of it");
}

#[test]
fn the_summary_for_programs_is_json_on_standard_output() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    let ran = place.quick(&["bulk-delete", "stale.csv", "--format", "json"]).exits(0);
    let facts: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(facts["successful"], 2);
    let quiet = place.quick(&["bulk-delete", "stale.csv", "--quiet"]).exits(0);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn the_last_lines_name_the_command_to_go_on_with() {
    let server = Hostile::start(|request| match request.number {
        1 | 2 => Answer::error(403, "Permission denied. Scope is incorrect!", 4002),
        _ => good(request),
    });
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    let ran = place.quick(&["bulk-delete", "stale.csv"]).exits(6);
    let command = ran.err.lines().last().unwrap().trim().to_owned();
    assert_eq!(command, format!("korebulk resume {}", place.the_run().display()));
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    place.run(&args).exits(0);
}

#[test]
fn the_sandbox_command_serves_what_a_run_needs() {
    use std::io::{BufRead as _, BufReader};
    let place = Place::new();
    place.write("seed.csv", id_table(&ids(3)));
    let mut sandbox =
        place.spawn(&["sandbox", "--bind", "127.0.0.1:0", "--seed", "seed.csv", "--no-quota"]);
    let mut said = String::new();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap());
    lines.read_line(&mut said).unwrap();
    let address = said.trim().strip_prefix("sandbox listening on http://").unwrap();
    let user = Place::at(address.parse().unwrap());
    user.write("stale.csv", id_table(&ids(3)));
    let args = [&["bulk-delete", "stale.csv"], &QUICK[..]].concat();
    let mut command = user.korebulk(&args);
    let ran = command.env("KOREBULK_CLIENT_SECRET", "sandbox-secret").output().unwrap();
    crate::support::signal(&sandbox, "TERM");
    sandbox.wait().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_ne!(SECRET, "sandbox-secret");
}

/// The commands that a run says to go on with.
fn ways_on(said: &str) -> Vec<Vec<String>> {
    let commands = said.lines().filter_map(|line| line.strip_prefix("  korebulk "));
    commands.map(crate::schedule::words_of).collect()
}

#[test]
fn how_to_go_on_is_always_a_whole_command_also_for_rejected_rows() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("my contacts.csv", format!("Contact ID,note\n{},a\nno id,b\n", id(1)));
    let files = ["bulk-delete", "my contacts.csv", "--map", "id=Contact ID", "--first", "9"];
    place.write("job.toml", place.job("bulk-delete", "my contacts.csv"));
    for args in [&files[..], &["run", "job.toml", "--map", "id=Contact ID"]] {
        let ran = place.run(&[args, &QUICK].concat()).exits(1);
        let ways = ways_on(&ran.err);
        assert_eq!(ways.len(), 1, "{}", ran.err);
        let rejected = ways[0].iter().find(|word| word.ends_with("/rejected.csv")).unwrap();
        let text = fs::read_to_string(rejected).unwrap();
        fs::write(rejected, text.replace("no id", &id(2))).unwrap();
        let page = fs::read_to_string(std::path::Path::new(rejected).with_file_name("report.html"));
        let page = page.unwrap();
        for file in ["report.json", "rejected.csv"] {
            assert!(page.contains(&format!("<a href=\"./{file}\">{file}</a>")), "{page}");
        }
        // From anywhere: every path is absolute.
        let elsewhere = tempfile::tempdir().unwrap();
        let words: Vec<&str> = ways[0].iter().map(String::as_str).chain(["--yes"]).collect();
        let mut again = place.korebulk(&words);
        let output = again.current_dir(elsewhere.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let sent: Vec<String> =
        server.requests().iter().flat_map(super::hostile::Request::ids).collect();
    assert_eq!(sent, [id(1), id(2), id(1), id(2)]);
}

#[test]
fn the_report_lists_every_record_that_was_not_sent_by_rule_or_by_fault() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    let rows = [id(1), "no id".to_owned(), id(1), id(2), id(3)];
    place.write("contacts.csv", id_table(&rows));
    place.run(&[&["bulk-delete", "contacts.csv", "--first", "2"][..], &QUICK].concat()).exits(1);
    let report = place.report();
    let listed = |list: &str| -> Vec<(Value, u64, String)> {
        let entries = report[list].as_array().unwrap().iter();
        let entry = |entry: &Value| {
            let reason = entry["reason"].as_str().unwrap().to_owned();
            assert_eq!(entry["source"]["file"], "contacts.csv");
            (entry["id"].clone(), entry["source"]["row"].as_u64().unwrap(), reason)
        };
        entries.map(entry).collect()
    };
    let rejected = listed("rejectedRecords");
    assert_eq!(rejected.len() as u64, report["rejected"].as_u64().unwrap());
    assert_eq!((&rejected[0].0, rejected[0].1), (&Value::Null, 3), "{rejected:?}");
    assert!(!rejected[0].2.is_empty());
    let skipped = listed("skippedRecords");
    assert_eq!(skipped.len() as u64, report["skipped"].as_u64().unwrap());
    assert!(skipped.iter().all(|(id, _, reason)| id.is_string() && !reason.is_empty()));
}

#[test]
fn a_time_that_was_set_is_said_as_it_was_set_and_nothing_is_named_twice() {
    let back = Hostile::start(|request| match request.number {
        1..=3 => Answer::closed(),
        _ => good(request),
    });
    let place = Place::at(back.addr());
    place.write("contacts.csv", id_table(&ids(2)));
    let ran = place.quick(&["bulk-delete", "contacts.csv", "--max-outage", "20s"]).exits(0);
    assert!(ran.err.contains("for at most 20 s (`limits.max_outage`)"), "{}", ran.err);
    assert!(!ran.err.contains("wait_seconds=0"), "{}", ran.err);
    assert!(ran.err.lines().any(|line| line == "bulk-delete"), "{}", ran.err);
    let planned = place.run(&["bulk-delete", "contacts.csv", "--dry-run"]).exits(0).out;
    assert!(planned.starts_with("bulk-delete\n") && !planned.contains("about 0 s"), "{planned}");
}

#[test]
fn a_closed_window_says_when_it_opens_and_not_to_look_at_the_input() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("contacts.csv", id_table(&ids(2)));
    let now = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    let hour = |ahead: i8| (now.hour() + ahead).rem_euclid(24);
    let window = format!("{:02}:00-{:02}:00", hour(2), hour(3));
    let args = ["bulk-delete", "contacts.csv", "--yes", "--window", &window];
    let ran = place.run(&args).exits(3).says("it opens in");
    assert!(!ran.err.contains("look at the input"), "{}", ran.err);
    // A guard on what was read still says so.
    let guard = ["bulk-delete", "contacts.csv", "--yes", "--max-records", "1"];
    place.run(&guard).exits(3).says("look at the input");
}
