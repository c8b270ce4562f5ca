//! The one place that calls the hallway: a command, done.

use super::command::Command;
use super::shell;
use crate::runner;
use crate::vocabulary::{Exit, RunError};

/// Does it.
pub(super) fn act(command: Command) -> Result<Exit, RunError> {
    match command {
        Command::Run { plan, how } => runner::run(*plan, how),
        Command::Plan { plan, how } => runner::plan(&plan, &how),
        Command::Resume { run, how } => runner::resume(&run, *how),
        Command::Retry { run, how } => runner::retry(&run, *how),
        Command::Runs { run, how } => runner::runs(run.as_deref(), &how),
        Command::Report { run, how } => runner::report(&run, &how),
        Command::Schedule { plan, how } => runner::schedule(&plan, &how),
        Command::Prune(how) => runner::prune(&how),
        Command::Find { id, how } => runner::find(&id, &how),
        Command::Init { plan, how } => runner::init(*plan, &how),
        Command::Check { plan, how } => runner::check(&plan, &how),
        Command::Token { signer, decode } => runner::token(&signer, decode),
        Command::Sandbox(options) => runner::sandbox(*options),
        Command::Completions(shell) => shell::completions(shell),
        Command::Man(command) => shell::manual(command.as_deref()),
    }
}
