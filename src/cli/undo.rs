//! What may be typed to take a run back.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::send::AgainArgs;
use crate::commands::{AgainOptions, UndoOptions};

#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    #[command(flatten)]
    pub(super) again: AgainArgs,
    #[command(flatten)]
    pub(super) what: WhatArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What is put back")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that was typed")]
pub(super) struct WhatArgs {
    /// Only these contacts: an id, or a file that holds ids; may be given several times
    #[arg(long, value_name = "FILE|ID", value_hint = ValueHint::FilePath)]
    only: Vec<String>,
    /// Create deleted contacts anew; they get new ids
    #[arg(long)]
    recreate: bool,
    /// Delete the contacts that the run created, where nobody has touched them
    #[arg(long)]
    delete_created: bool,
    /// Show what would be put back, and send nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// With --dry-run: write every change to this file (.xlsx, .csv, .jsonl)
    #[arg(long, value_name = "FILE", requires = "dry_run", conflicts_with = "yes", value_hint = ValueHint::FilePath)]
    diff: Option<PathBuf>,
    /// Show contact values as they are
    #[arg(long)]
    show_values: bool,
}

impl WhatArgs {
    /// The same as plain data; relative paths start from `directory`.
    pub(super) fn options(self, again: AgainOptions, directory: &Path) -> UndoOptions {
        let Self { only, recreate, delete_created, dry_run, diff, show_values } = self;
        let diff = diff.map(|path| directory.join(path));
        UndoOptions { again, only, recreate, delete_created, dry_run, diff, show_values }
    }
}
