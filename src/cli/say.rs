//! The last words: help, usage errors, how it ended.

use std::fmt::Write as _;
use std::io;

use crate::base::terminal;
use crate::config::{self, Setting};
use crate::model::{Exit, RunError};

/// Prints what clap has to say, help included; the exit code.
pub(super) fn usage(error: &clap::Error) -> u8 {
    if error.use_stderr() {
        // What was typed stands in it.
        terminal::say(&error.render().to_string());
        return Exit::Usage.code();
    }
    #[expect(clippy::disallowed_methods, reason = "help is of our own words alone, with colours")]
    match error.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            end(Err(terminal::Unprinted::from(error).into()))
        }
        _ => Exit::Finished.code(),
    }
}

/// The exit code of what was done; an error is said on standard error first.
pub(super) fn end(done: Result<Exit, RunError>) -> u8 {
    match done {
        Ok(exit) => exit.code(),
        Err(error) => {
            error.say();
            error.exit.code()
        }
    }
}

/// The exit codes, as the long help ends.
pub(super) fn exit_codes() -> String {
    let mut text = "Exit codes:".to_owned();
    let mut exits = Exit::ALL;
    exits.sort_unstable_by_key(|exit| exit.code());
    for exit in exits {
        write!(text, "\n  {:>2}  {}", exit.code(), exit.meaning())
            .expect("writing to a String cannot fail");
    }
    text
}

/// Gives every option without words of its own those of the plan's table.
pub(super) fn explained(command: clap::Command) -> clap::Command {
    // What is taken up again starts from a stored plan: defaults and job-file keys have no part in it.
    let again = matches!(command.get_name(), "resume" | "retry");
    let command = command.mut_args(|arg| {
        let option = arg.get_long().map(|long| format!("--{long}"));
        let row = config::table().iter().find(|row| row.option == option.as_deref());
        match row {
            Some(row) if arg.get_help().is_none() => {
                arg.help(if again { row.meaning.to_owned() } else { words(row) })
            }
            _ => arg,
        }
    });
    command.mut_subcommands(explained)
}

/// `At most so many … [job file: limits.rate] [default: 50/min]`
fn words(row: &Setting) -> String {
    let mut words = row.meaning.to_owned();
    let notes = [
        ("job file", row.key.unwrap_or_default()),
        ("default", row.default),
        ("env", row.environment.unwrap_or_default()),
    ];
    for (name, value) in notes.iter().filter(|(_, value)| !value.is_empty()) {
        write!(words, " [{name}: {value}]").expect("writing to a String cannot fail");
    }
    words
}
