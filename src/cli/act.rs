//! The one place that calls `run` and `commands`: a command, done.

use super::command::Command;
use super::shell;
use crate::commands;
use crate::model::{Exit, RunError};

/// Does it.
pub(super) fn act(command: Command) -> Result<Exit, RunError> {
    match command {
        Command::Run { plans, how } => commands::run(plans, &how),
        Command::Plan { plans, how } => commands::plan(plans, &how),
        Command::Resume { run, how } => commands::resume(&run, *how),
        Command::Reconcile { run, how } => commands::reconcile(&run, &how),
        Command::Undo { run, how } => commands::undo(&run, *how),
        Command::Retry { run, how } => commands::retry(&run, *how),
        Command::Runs { run, how } => commands::runs(run.as_deref(), &how),
        Command::Report { run, how } => commands::report(&run, &how),
        Command::Schedule { accounts, how } => commands::schedule(&accounts, &how),
        Command::Prune(how) => commands::prune(&how),
        Command::Find { id, how } => commands::find(&id, &how),
        Command::Init { plan, how } => commands::init(*plan, how),
        Command::Check { plan, how } => commands::check(&plan, how),
        Command::Export { plan, how } => commands::export(&plan, &how),
        Command::Login(how) => commands::login(*how),
        Command::Token { signer, decode } => commands::token(&signer, decode),
        Command::Sandbox(options) => commands::sandbox(*options),
        Command::Schema(of) => commands::schema(of),
        Command::Completions(shell) => shell::completions(shell),
        Command::Man(command) => shell::manual(command.as_deref()),
    }
}
