//! The last words: help, usage errors, how it ended.

use std::fmt::Write as _;
use std::io;

use crate::base::terminal;
use crate::model::{Exit, RunError};

/// Prints what clap has to say, help included; the exit code.
pub(super) fn usage(error: &clap::Error) -> u8 {
    if error.use_stderr() {
        // It repeats what was typed.
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
