//! Nothing that others chose steers the terminal: names, headers, values, options, words of a server.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Stdio;

use korebulk::settings;
use serde_json::{Value, json};

use crate::hostile::{Hostile, bulk};
use crate::pty::OnTerminal;
use crate::support::{Place, QUICK, Ran, id, sandbox};

/// Clears the screen, writes the clipboard, makes a link, rings, goes back, overwrites, turns letters round.
const EVIL: &str = "x\u{1b}[2J\u{1b}]52;c;aGk=\u{7}\u{1b}]8;;http://e.example\u{1b}\\\u{9b}31m\u{9d}0;t\u{9c}\rok\u{8}\u{7f}\u{202e}\u{2066}\u{200b}y";

/// The same without what a path cannot hold.
fn evil_name() -> String {
    EVIL.replace('/', "_")
}

/// Nothing but text, line breaks and tabs.
#[track_caller]
fn is_plain(what: &str, text: &str) {
    let allowed = |c: char| matches!(c, '\n' | '\t');
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2066}'..='\u{2069}')
    };
    let found = text.chars().find(|c| hidden(*c) && !allowed(*c));
    assert_eq!(found, None, "{what}:\n{}", text.escape_debug());
}

/// What was printed is plain, shows the escape, and is JSON where JSON was asked for.
#[track_caller]
fn shows(what: &str, ran: &Ran) {
    is_plain(what, &ran.out);
    is_plain(what, &ran.err);
    let both = format!("{}{}", ran.out, ran.err);
    assert!(both.contains("\\u001b[2J") && both.contains("\\u202e"), "{what}:\n{both}");
}

#[test]
fn every_option_and_argument_is_shown_and_not_obeyed() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("a.csv", format!("id\n{}\n", id(1)));
    std::fs::create_dir(place.path().join("korebulk-runs")).unwrap();
    let start = ["bulk-delete", "a.csv"];
    for option in
        settings().filter_map(|setting| setting.option).filter(|option| *option != "--input")
    {
        let ran = place.run(&[&start[..], &[&format!("{option}={EVIL}"), "--dry-run"]].concat());
        is_plain(option, &format!("{}{}", ran.out, ran.err));
    }
    for args in [
        &[EVIL][..],
        &["bulk-delete", EVIL],
        &["bulk-delete", "a.csv", &format!("--{}", EVIL.replace('=', "-"))],
        &["bulk-delete", "a.csv", "--log-format", EVIL],
        &["run", &evil_name()],
        &["runs", EVIL],
        &["runs", "--runs-dir", &evil_name()],
        &["resume", EVIL],
        &["retry", EVIL],
        &["report", EVIL],
        &["find", EVIL, "--runs-dir", "."],
        &["init", &evil_name(), "--operation", "bulk-delete"],
        &["man", EVIL],
        &["completions", EVIL],
        &["schedule", EVIL, "--at", "02:00"],
        &["check", EVIL, "--yes"],
        &["token", "--client-id", "cs-1", "--client-secret-file", &evil_name()],
        &["sandbox", "--seed", &evil_name()],
        &["sandbox", "--fault", EVIL],
    ] {
        shows(&format!("{args:?}"), &place.run(args));
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_shown_as_it_can_be() {
    let place = Place::new();
    let name = OsString::from_vec(b"a\xff\x1b[2J\xc2\x9b.csv".to_vec());
    std::fs::write(place.path().join(&name), "id\n").unwrap();
    for command in ["bulk-delete", "init", "run", "schedule", "check"] {
        let ran = Ran::of(&place.korebulk(&[command]).arg(&name).output().unwrap());
        assert_ne!(ran.code, 0);
        is_plain(command, &format!("{}{}", ran.out, ran.err));
    }
}

#[test]
fn a_job_file_says_what_it_likes_and_steers_nothing() {
    let place = Place::new();
    place.write("a.csv", format!("id\n{}\n", id(1)));
    let written = |text: &str| text.replace('@', &toml(EVIL));
    for (what, job) in [
        ("operation", written("operation = @\n[input]\npath = \"a.csv\"\n")),
        (
            "host",
            written("operation = \"bulk-delete\"\n[target]\nhost = @\n[input]\npath = \"a.csv\"\n"),
        ),
        ("name", written("operation = \"bulk-delete\"\nname = @\n[input]\npath = \"a.csv\"\n")),
        ("key", written("operation = \"bulk-delete\"\n@ = 1\n")),
        (
            "path",
            written(
                "operation = \"bulk-delete\"\n[target]\nhost = \"sandbox\"\n[input]\npath = @\n",
            ),
        ),
        ("raw", format!("operation = \"bulk-delete\"\nx = {EVIL}\n")),
        (
            "column",
            written(
                "operation = \"bulk-delete\"\n[target]\nhost = \"sandbox\"\n[input]\npath = \"a.csv\"\n[input.columns]\nid = @\n",
            ),
        ),
    ] {
        place.write("job.toml", job);
        for command in ["plan", "run", "check", "schedule"] {
            let ran = place.run(&[command, "job.toml"]);
            is_plain(&format!("{command}, {what}"), &format!("{}{}", ran.out, ran.err));
            if command == "plan" {
                assert_ne!(ran.code, 0, "{what}: {}", ran.err);
            }
        }
    }
}

/// As a TOML string.
fn toml(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A file whose name and headers are hostile, sent by a run with a hostile reason.
fn whole_run(place: &Place, more: &[&str]) -> String {
    let file = format!("{}.csv", evil_name());
    let header = EVIL.replace('\r', "");
    place.write(&file, format!("{header},n{header}\n{},v\n{},w\n", id(0), id(1)));
    let map = format!("id={header}");
    let args = ["bulk-delete", &file, "--map", &map, "--reason", EVIL];
    let ran = place.run(&[&args[..], &QUICK, more].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    format!("{}{}", ran.out, ran.err)
}

/// Refuses one of two records, in words of its own choice.
fn refusing() -> Hostile {
    Hostile::start(|request| {
        let ids = request.ids();
        let failed: Vec<Value> = ids
            .iter()
            .filter(|known| **known == id(0))
            .map(|id| json!({"id": id, "error": format!("Contact {EVIL} not found"), "reason": EVIL}))
            .collect();
        let done: Vec<Value> =
            ids.iter().filter(|known| **known != id(0)).map(|id| json!({"id": id})).collect();
        bulk(&done, &failed)
    })
}

#[test]
fn files_headers_reasons_and_the_servers_words_are_shown_by_every_command() {
    let server = refusing();
    let place = Place::at(server.addr());
    is_plain("run", &whole_run(&place, &["-vv", "--values", "full"]));
    let file = format!("{}.csv", evil_name());
    let header = EVIL.replace('\r', "");
    let map = format!("id={header}");
    for args in [
        &["bulk-delete", &file, "--dry-run", "--map", &map][..],
        &["bulk-delete", &file, "--dry-run", "--show-values"],
        &["runs"],
        &["runs", "latest"],
        &["find", &id(0)],
        &["report", "latest"],
        &["retry", "latest", "--failed", "--yes"],
        &["init", &file, "--map", &map, "--out", "job.toml"],
        &["prune", "--keep-days", "0"],
    ] {
        let ran = place.run(args);
        is_plain(&format!("{args:?}"), &format!("{}{}", ran.out, ran.err));
    }
    shows("runs RUN", &place.run(&["runs", place.runs()[0].to_str().unwrap()]));
    shows("plan", &place.run(&["bulk-delete", &file, "--dry-run", "--map", &map]));
}

#[test]
fn json_stays_json_and_means_the_same() {
    let server = refusing();
    let place = Place::at(server.addr());
    let out = {
        let file = format!("{}.csv", evil_name());
        place.write(&file, format!("id\n{}\n{}\n", id(0), id(1)));
        place.run(&[&["bulk-delete", &file, "--format", "json"][..], &QUICK].concat()).exits(1).out
    };
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(
        report["input"][0]["file"].as_str().unwrap().ends_with(&format!("{}.csv", evil_name()))
    );
    is_plain("run", &out);
    for args in [
        &["runs", "--json"][..],
        &["find", &id(0), "--format", "json"],
        &["bulk-delete", &format!("{}.csv", evil_name()), "--dry-run", "--format", "json"],
    ] {
        let ran = place.run(args).exits(0);
        is_plain("json", &ran.out);
        serde_json::from_str::<Value>(&ran.out).unwrap();
    }
    let log = place.run(&[
        "bulk-delete",
        "-vv",
        "--log-format",
        "json",
        &format!("{}.csv", evil_name()),
        "--yes",
    ]);
    for line in log.err.lines().filter(|line| line.starts_with('{')) {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[test]
fn a_terminal_shows_the_bar_and_the_question_and_obeys_korebulk_alone() {
    let server = refusing();
    let place = Place::at(server.addr());
    let file = format!("{}.csv", evil_name());
    place.write(&file, format!("id\n{}\n{}\n", id(0), id(1)));
    let args = ["bulk-delete", &file, "--rate", "none", "--values", "full"];
    let mut command = place.korebulk(&args);
    let run = OnTerminal::start(command.env_remove("NO_COLOR"));
    run.wait_for("Type 2 to go on: ");
    run.types("2\r");
    let end = run.end();
    assert_eq!(end.code, 1, "{}", end.err);
    // Colours and the bar are korebulk's own; none of these is.
    for theirs in
        ["\u{1b}[2J", "\u{1b}]", "\u{7}", "\u{8}", "\u{9b}", "\u{9d}", "\u{202e}", "\u{2066}"]
    {
        assert!(!end.err.contains(theirs), "{}", end.err.escape_debug());
    }
    assert!(end.err.contains("\\u001b[2J"), "{}", end.err);
}

#[test]
fn a_line_break_in_a_name_makes_no_line_of_its_own() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    std::fs::create_dir(place.path().join("korebulk-runs")).unwrap();
    for args in [
        &["run", "a\nerror: all is well.toml"][..],
        &["bulk-delete", "a\nerror: all is well.csv"],
        &["runs", "a\nerror: all is well"],
        &["man", "a\nerror: all is well"],
    ] {
        let ran = place.run(args);
        assert!(!ran.err.lines().any(|line| line.starts_with("error: all")), "{}", ran.err);
        assert!(ran.err.contains("\\n"), "{}", ran.err);
    }
}

/// Every command that prints a result.
fn printing(place: &Place) -> Vec<Vec<String>> {
    let run = place.the_run().to_string_lossy().into_owned();
    let commands: [&[&str]; 17] = [
        &["--help"],
        &["--version"],
        &["run", "--help"],
        &["completions", "bash"],
        &["man"],
        &["man", "run"],
        &["plan", "job.toml"],
        &["bulk-delete", "a.csv", "--dry-run", "--format", "json"],
        &["runs"],
        &["runs", "--json"],
        &["runs", &run],
        &["runs", "--verify"],
        &["find", &id(0)],
        &["report", &run],
        &["schedule", "job.toml", "--at", "02:00"],
        &["check", "job.toml", "--yes"],
        &["token", "job.toml"],
    ];
    let mut all: Vec<Vec<String>> =
        commands.iter().map(|args| args.iter().map(|arg| (*arg).to_owned()).collect()).collect();
    let mut sent: Vec<String> =
        ["bulk-delete", "a.csv", "--format", "json"].map(str::to_owned).into();
    sent.extend(QUICK.map(str::to_owned));
    all.push(sent);
    all.push(["prune", "--keep-days", "0", "--dry-run"].map(str::to_owned).into());
    all
}

#[test]
fn a_full_disk_under_standard_output_is_said_and_a_closed_pipe_is_not() {
    let server = sandbox(2);
    let place = Place::at(server.addr());
    place.write("a.csv", format!("id\n{}\n{}\n", id(0), id(1)));
    let job = place.job("bulk-delete", "a.csv");
    place.write("job.toml", format!("{job}[guard]\nmax_records = 9\n"));
    let first: Vec<&str> = ["bulk-delete", "a.csv"].into_iter().chain(QUICK).collect();
    place.run(&first).exits(0);
    for args in printing(&place) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let well = place.run(&args);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = place.korebulk(&args);
        let ran = Ran::of(&command.stdout(full).stderr(Stdio::piped()).output().unwrap());
        assert_eq!(ran.code, 70, "{args:?}: {}", ran.err);
        assert!(ran.err.contains("No space left on device"), "{args:?}: {}", ran.err);
        assert!(
            !ran.err.contains("(exit 0)"),
            "{args:?}: the last words say another exit: {}",
            ran.err
        );
        let (reader, closed) = std::io::pipe().unwrap();
        drop(reader);
        let ran = Ran::of(&command.stdout(closed).output().unwrap());
        assert!(ran.code == well.code || args[0] == "bulk-delete", "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("standard output"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_systems_own_words() {
    let server = sandbox(2);
    let place = Place::at(server.addr());
    place.write("a.csv", format!("id\n{}\n", id(0)));
    place.write("file", "");
    std::fs::create_dir(place.path().join("directory")).unwrap();
    std::os::unix::fs::symlink("loop", place.path().join("loop")).unwrap();
    let long = "x".repeat(300);
    let cases: [(&[&str], &str, &str); 14] = [
        (&["run"], "directory", "Is a directory"),
        (&["run"], "loop", "Too many levels of symbolic links"),
        (&["run"], "file/a.toml", "Not a directory"),
        (&["run"], &long, "File name too long"),
        // Not for ever.
        (&["run"], "/dev/zero", "this is no job file"),
        (&["bulk-delete"], "loop", "Too many levels of symbolic links"),
        (&["bulk-delete"], "file/a.csv", "Not a directory"),
        (&["bulk-delete"], &long, "File name too long"),
        (&["bulk-delete", "a.csv", "--yes", "--runs-dir"], "file", "Not a directory"),
        (&["bulk-delete", "a.csv", "--yes", "--runs-dir"], "file/runs", "Not a directory"),
        (
            &["bulk-delete", "a.csv", "--yes", "--runs-dir"],
            "/proc/runs",
            "No such file or directory",
        ),
        (&["bulk-delete", "a.csv", "--yes", "--client-secret-file"], "directory", "Is a directory"),
        (
            &["bulk-delete", "a.csv", "--yes", "--client-secret-file"],
            "/dev/zero",
            "larger than 1 MiB",
        ),
        (&["find", "x", "--runs-dir"], "file", "Not a directory"),
    ];
    for (args, file, words) in cases {
        let ran = place.run(&[args, &[file]].concat()).exits(2);
        assert!(ran.err.contains(words) && ran.err.contains(file), "{args:?} {file}: {}", ran.err);
    }
    place
        .run(&["init", "a.csv", "--operation", "bulk-delete", "--out", "file/x"])
        .says("Not a directory");
}
