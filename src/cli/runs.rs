//! What may be typed about earlier runs.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::screen::FormatArgs;
use super::send::RunArg;
use super::settings::{Runs, Typed};
use crate::commands::report_formats;

#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    /// A run id, a run's directory, `latest`, JOB@latest, or a job file: its latest run; without one: the list
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Check the audit's chain of hashes, and the reports against it
    #[arg(long, conflicts_with = "run")]
    pub(super) verify: bool,
    /// The same as --format json
    #[arg(long, help_heading = "Screen")]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) settings: Typed<Runs>,
    #[command(flatten)]
    pub(super) format: FormatArgs,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) run: RunArg,
    /// The form of the report
    #[arg(long, value_name = "FORM", default_value = "json", value_parser = formats())]
    pub(super) format: String,
    #[command(flatten)]
    pub(super) settings: Typed<Runs>,
}

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(report_formats())
}

#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    /// Only say what would be scrubbed
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Days after which contact data is scrubbed; else what each run was planned with
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub(super) keep_days: Option<u32>,
    #[command(flatten)]
    pub(super) settings: Typed<Runs>,
}

#[derive(Debug, Args)]
pub(super) struct FindArgs {
    /// The contact's (or contact list's) id
    #[arg(value_name = "ID")]
    pub(super) id: String,
    #[command(flatten)]
    pub(super) settings: Typed<Runs>,
    #[command(flatten)]
    pub(super) format: FormatArgs,
}
