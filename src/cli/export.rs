//! What may be typed for `export`: a job file or the target's options, and where the table goes.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::command::Command;
use super::settings::{Account, Typed};
use crate::commands::{ExportOf, ExportOptions};
use crate::config::{self, Environment, JobFile};
use crate::model::RunError;

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The job file whose account is read; else the options and the environment name it
    #[arg(value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    job: Option<PathBuf>,
    /// The file to write: .xlsx, .csv or .jsonl; `-` is standard output, as JSON lines; else an .xlsx named after account and day
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    to: Option<PathBuf>,
    /// Write the contact lists instead of the contacts
    #[arg(long)]
    lists: bool,
    /// Replace the file where it exists
    #[arg(long)]
    replace: bool,
    /// Do not ask before many requests are made
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    settings: Typed<Account>,
}

/// The account resolved, and where its table goes.
pub(super) fn prepared(
    typed: ExportArgs,
    quiet: bool,
    environment: &Environment,
) -> Result<Command, RunError> {
    let job = typed.job.as_deref().map(JobFile::read).transpose()?;
    let plan = config::reading(job.as_ref(), &typed.settings.options, environment)?;
    let how = ExportOptions {
        to: typed.to,
        directory: environment.directory.clone(),
        of: if typed.lists { ExportOf::Lists } else { ExportOf::Contacts },
        replace: typed.replace,
        yes: typed.yes,
        quiet,
    };
    Ok(Command::Export { plan: Box::new(plan), how })
}
