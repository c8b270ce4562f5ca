//! Every question at a real terminal: who may say yes, and how one says no.

use std::fs::File;
use std::process::Command;

use korebulk::sandbox::Thread;
use rusqlite::Connection;

use crate::hostile::{Answer, Hostile, good};
use crate::pty::OnTerminal;
use crate::support::{Place, Ran, all_at_once, id, id_table, ids, report, sandbox};

/// How one says no without typing a word of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum No {
    Interrupt,
    Quit,
    EndOfInput,
    Signal(&'static str),
    HangUp,
}

const EVERY_NO: [No; 8] = [
    No::Interrupt,
    No::Quit,
    No::Signal("QUIT"),
    No::EndOfInput,
    No::Signal("INT"),
    No::Signal("TERM"),
    No::Signal("HUP"),
    No::HangUp,
];

impl No {
    /// Says it at a question; the exit code.
    fn say(self, terminal: OnTerminal) -> i32 {
        match self {
            Self::Interrupt => terminal.types("\x03"),
            Self::Quit => terminal.types("\x1c"),
            Self::EndOfInput => terminal.types("\x04"),
            Self::Signal(name) => terminal.signal(name),
            Self::HangUp => return terminal.close(),
        }
        terminal.end().code
    }
}

/// A delete of three contacts.
fn place(server: &Hostile) -> Place {
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(3)));
    let job = place.job("bulk-delete", "stale.csv") + "[limits]\nrate = \"none\"\n";
    place.write("job.toml", job);
    place
}

fn at_the_number(place: &Place) -> OnTerminal {
    let terminal = OnTerminal::start(&mut place.korebulk(&["run", "job.toml"]));
    terminal.wait_for("Type 3 to go on: ");
    terminal
}

fn typed(place: &Place, keys: &str) -> Ran {
    let terminal = at_the_number(place);
    terminal.types(keys);
    terminal.end()
}

#[test]
fn the_number_of_records_is_a_yes() {
    let server = Hostile::good();
    typed(&place(&server), " 3 \n").exits(0);
    assert_eq!(server.sizes(), [3]);
}

#[test]
fn anything_but_the_number_is_a_no() {
    all_at_once(["\n", "   \n", "y\n", "yes\n", "4\n", "33\n", "3x\n", "-3\n", "3.0\n"], |keys| {
        let server = Hostile::good();
        typed(&place(&server), keys).exits(3).says("nothing was sent");
        assert_eq!(server.sizes().len(), 0, "{keys:?}");
    });
}

#[test]
fn a_signal_at_the_number_is_a_no_that_nobody_resumes() {
    all_at_once(EVERY_NO, |no| {
        let server = Hostile::good();
        let place = place(&server);
        assert_eq!(no.say(at_the_number(&place)), 3, "{no:?}");
        let run = place.the_run();
        assert_eq!(report(&run)["exitCode"], 3, "{no:?}");
        assert!(!run.join("input.zst").exists(), "{no:?}: no contact stays for nothing");
        place.run(&["resume", "latest", "--yes"]).exits(2);
        assert_eq!(server.sizes().len(), 0, "{no:?}");
        // Today's file, not the one that was refused.
        place.write("stale.csv", id_table(&[id(7)]));
        place.run(&["run", "job.toml", "--yes", "--or-resume"]).exits(0);
        assert_eq!(server.sizes(), [1], "{no:?}");
    });
}

#[test]
fn a_number_typed_after_the_signal_sends_nothing() {
    let server = Hostile::good();
    let place = place(&server);
    typed(&place, "\x033\n").exits(3);
    typed(&place, "3\x03\n").exits(3);
    assert_eq!(server.sizes().len(), 0);
}

#[test]
fn where_questions_cannot_be_read_nobody_is_asked() {
    let server = Hostile::good();
    let place = place(&server);
    let plain = place.korebulk(&["run", "job.toml"]);
    for redirected in ["exec \"$@\" 2>said", "exec \"$@\" <&-", "exec \"$@\" </dev/null"] {
        let mut shell = Command::new("sh");
        shell.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.args(["-c", redirected, "sh"]).arg(plain.get_program()).args(plain.get_args());
        OnTerminal::start(shell.current_dir(place.path())).end().exits(3);
    }
    let said = std::fs::read_to_string(place.path().join("said")).unwrap();
    assert!(said.contains("nobody is there to confirm"), "{said}");
    assert_eq!(server.sizes().len(), 0);
}

/// A run that stopped two days ago, with all of its records unsent.
fn old_run(server: &Hostile) -> Place {
    let place = place(server);
    place.run(&["run", "job.toml", "--yes"]).exits(6);
    let journal = Connection::open(place.the_run().join("journal.db")).unwrap();
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(49);
    let set = "UPDATE run SET value = ?1 WHERE key = 'startedAt'";
    assert_eq!(journal.execute(set, [format!("\"{then}\"")]).unwrap(), 1);
    place
}

/// Refuses the credentials of the first run only.
fn refusing_at_first() -> Hostile {
    Hostile::start(|request| match request.number {
        1 | 2 => Answer::error(401, "Invalid JWT token", 4002),
        _ => good(request),
    })
}

fn at_the_old_run(place: &Place) -> OnTerminal {
    let terminal = OnTerminal::start(&mut place.korebulk(&["resume", "latest"]));
    terminal.wait_for("Type yes to go on: ");
    terminal
}

#[test]
fn an_old_run_is_resumed_only_when_somebody_says_yes() {
    let server = refusing_at_first();
    let place = old_run(&server);
    let unattended = place.run(&["resume", "latest"]).exits(3);
    unattended.says("began 2 d 1 h ago").says("`--yes`");
    for keys in ["\n", "y\n", "no\n", "3\n", "\x04"] {
        let terminal = at_the_old_run(&place);
        terminal.types(keys);
        terminal.end().exits(3).says("nothing more was sent");
    }
    assert_eq!(server.sizes().len(), 2, "the first run's own");
    let terminal = at_the_old_run(&place);
    terminal.types("yes\n");
    terminal.end().exits(0);
    assert_eq!(report(&place.the_run())["successful"], 3);
}

#[test]
fn an_old_run_is_resumed_without_a_question_where_yes_is_given() {
    let server = refusing_at_first();
    let place = old_run(&server);
    place.run(&["resume", "latest", "--yes"]).exits(0);
    assert_eq!(server.sizes().len(), 3);
}

#[test]
fn a_signal_at_an_old_run_leaves_it_as_it_was() {
    let server = refusing_at_first();
    let place = old_run(&server);
    for no in EVERY_NO {
        assert_eq!(no.say(at_the_old_run(&place)), 3, "{no:?}");
    }
    assert_eq!(server.sizes().len(), 2);
    place.run(&["resume", "latest", "--yes"]).exits(0);
    assert_eq!(report(&place.the_run())["successful"], 3);
}

/// A workbook whose sheet nobody can guess, in a place with a job for it.
fn two_sheets(sandbox: &Thread) -> Place {
    let place = Place::at(sandbox.addr());
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, first) in [("Active", 0), ("Old", 5)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "id").unwrap();
        sheet.write(1, 0, id(first)).unwrap();
    }
    book.save(place.path().join("book.xlsx")).unwrap();
    place.write("job.toml", place.job("bulk-delete", "book.xlsx"));
    place
}

#[test]
fn a_signal_at_a_question_about_the_input_is_a_no() {
    all_at_once(EVERY_NO, |no| {
        let sandbox = sandbox(6);
        let place = two_sheets(&sandbox);
        let init = &["init", "book.xlsx", "--operation", "bulk-delete"];
        for command in [&["run", "job.toml"][..], &["plan", "job.toml"], init] {
            let terminal = OnTerminal::start(&mut place.korebulk(command));
            terminal.wait_for("1 to 2 (Enter: none): ");
            assert_eq!(no.say(terminal), 3, "{no:?} at {command:?}");
        }
        let run = place.the_run();
        assert_eq!(report(&run)["exitCode"], 3, "{no:?}");
        assert!(!run.join("input.zst").exists(), "{no:?}: no contact stays for nothing");
        assert!(!place.path().join("book.toml").exists(), "{no:?}");
    });
}

#[test]
fn a_wrong_choice_is_asked_for_again() {
    let sandbox = sandbox(6);
    let place = two_sheets(&sandbox);
    let terminal = OnTerminal::start(&mut place.korebulk(&["run", "job.toml"]));
    terminal.wait_for("1 to 2 (Enter: none): ");
    terminal.types("3\n0\n-1\nOld\n");
    terminal.types("2\n");
    terminal.wait_for("Type 1 to go on: ");
    terminal.types("1\n");
    terminal.end().exits(0);
    assert_eq!(crate::support::applied(&sandbox), [id(5)]);
}

#[test]
fn a_signal_at_a_question_of_init_writes_nothing() {
    let table = format!("id,Phone,Mobile Phone\n{},1,2\n", id(0));
    all_at_once(EVERY_NO, |no| {
        let place = Place::new();
        place.write("both.csv", &table);
        let mut command = place.korebulk(&["init", "both.csv", "--operation", "bulk-update"]);
        let terminal = OnTerminal::start(&mut command);
        terminal.wait_for("(Enter: none): ");
        assert_eq!(no.say(terminal), 3, "{no:?}");
        assert!(!place.path().join("both.toml").exists(), "{no:?}");
    });
}

fn fifo(place: &Place, name: &str) -> std::path::PathBuf {
    let path = place.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn signals_are_heard_before_the_input_is_there() {
    all_at_once(["INT", "TERM", "HUP", "QUIT"], |name| {
        let server = Hostile::good();
        let place = place(&server);
        std::fs::remove_file(place.path().join("stale.csv")).unwrap();
        let input = fifo(&place, "stale.csv");
        let terminal = OnTerminal::start(&mut place.korebulk(&["run", "job.toml", "--yes"]));
        // Opened once the other side opens it to read.
        let _writer = File::options().write(true).open(input).unwrap();
        terminal.signal(name);
        terminal.end().exits(4).says("nothing was sent");
        assert!(place.runs().is_empty());
    });
}

#[test]
fn a_secret_command_that_hangs_is_left_by_a_signal() {
    let server = Hostile::good();
    let place = place(&server);
    let asked = fifo(&place, "asked");
    let command = ["sh", "-c", "echo > asked; sleep 25"];
    let command = command.map(|word| format!("--client-secret-command={word}"));
    let args: Vec<&str> = ["run", "job.toml", "--yes"]
        .into_iter()
        .chain(command.iter().map(String::as_str))
        .collect();
    let mut command = place.korebulk(&args);
    command.env_remove("KOREBULK_CLIENT_SECRET");
    let terminal = OnTerminal::start(&mut command);
    let _asked = File::open(asked).unwrap();
    terminal.types("\x03");
    terminal.end().exits(4).says("nothing was sent");
    assert_eq!(server.sizes().len(), 0);
}

#[test]
fn a_held_audit_leaves_signals_heard() {
    let server = Hostile::good();
    let place = place(&server);
    let audit = File::create(place.write("korebulk-runs/audit.jsonl", "")).unwrap();
    audit.lock().unwrap();
    let terminal = OnTerminal::start(&mut place.korebulk(&["run", "job.toml", "--yes"]));
    terminal.wait_for("checked 3 records");
    terminal.types("\x03");
    terminal.end().exits(4).says("nothing was sent");
    drop(audit);
    assert_eq!(server.sizes().len(), 0);
}
