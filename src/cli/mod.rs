//! The command line: what was typed becomes a plan or a small command; the only module that knows clap.
//!
//! Parses, resolves, has the command done, and says how it ended. Does no work of its own.

mod act;
mod args;
mod command;
mod export;
mod init;
mod log;
mod login;
mod operation;
mod panic;
mod prepare;
mod runs;
mod sandbox;
mod say;
mod schedule;
mod screen;
mod send;
mod settings;
mod shell;
mod table;
mod undo;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use clap::Parser as _;

use crate::base::{small, state, system, terminal};
pub use crate::commands::SANDBOX_FAULTS;
use crate::config::{Environment, PROFILES, ProfilesFile};
use crate::model::RunError;
pub use table::options_table;

/// Runs what was typed; the exit code.
pub fn main() -> u8 {
    panic::report_without_values();
    system::outlive_the_file_size_limit();
    // A panic anywhere is korebulk's own fault, not a usage error: 70. The hook has said where.
    let exit =
        catch_unwind(AssertUnwindSafe(started)).unwrap_or_else(|_| say::end(Err(panic::end())));
    system::show_typing();
    exit
}

fn started() -> u8 {
    let typed = match args::Cli::try_parse() {
        Ok(typed) => typed,
        Err(error) => return say::usage(&explained(error)),
    };
    let done = environment().and_then(|environment| {
        log::start(&typed.screen)?;
        act::act(prepare::prepare(typed, &environment)?)
    });
    say::end(done)
}

/// The same error, with what was typed as it can be shown.
fn explained(error: clap::Error) -> clap::Error {
    let typed = std::env::args_os();
    let shown = typed.map(|arg| terminal::line(&arg.to_string_lossy()).into_owned());
    args::Cli::try_parse_from(shown).err().unwrap_or(error)
}

/// What of the process's environment has a say in a plan.
fn environment() -> Result<Environment, RunError> {
    let directory = std::env::current_dir()
        .map_err(|e| RunError::usage(format!("the working directory cannot be used: {e}")))?;
    let ours = |name: &std::ffi::OsStr| name.to_str().is_some_and(|n| n.starts_with("KOREBULK_"));
    let mut variables = BTreeMap::new();
    for (name, value) in std::env::vars_os().filter(|(name, _)| ours(name)) {
        let name = name.to_string_lossy().into_owned();
        let value = value
            .into_string()
            .map_err(|_| RunError::usage(format!("`{name}`: the value is not UTF-8")))?;
        variables.insert(name, value);
    }
    Ok(Environment { variables, directory, profiles: profiles() })
}

/// The files of profiles that are there.
fn profiles() -> Vec<ProfilesFile> {
    let paths = state::config_dirs().into_iter().map(|directory| directory.join(PROFILES));
    let read = |path: PathBuf| {
        let text = match small::read_trusted(1, &path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            read => read.map_err(|error| error.to_string()),
        };
        Some(ProfilesFile { path, text })
    };
    paths.filter_map(read).collect()
}

#[cfg(test)]
mod tests;
