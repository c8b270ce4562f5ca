//! What may be typed for `init`: a file, an operation, and the answers to what it may ask.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::settings::{Reading, Typed};
use crate::config::Options;
use crate::model::Operation;

/// A file to write a job for.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write a job file for
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: String,
    /// What is to be done: bulk-update, bulk-delete, delete-contact, delete-contact-list or create-contacts
    #[arg(long, value_name = "OPERATION", value_parser = Operation::ALL.map(Operation::name))]
    operation: String,
    /// The job file to write; else the file's name with .toml, in the working directory
    #[arg(long, value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    settings: Typed<Reading>,
}

impl InitArgs {
    /// The same as options of a job; a sandbox is the target until somebody names another.
    pub(super) fn options(self) -> Options {
        let mut options = self.settings.options;
        options.text("operation", self.operation);
        options.text("target.host", "sandbox");
        options.list("input.path", [self.file]);
        options
    }
}
