//! What may be typed about earlier runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

use super::screen::FormatArgs;
use super::send::RunArg;
use super::settings::{Runs, Typed};
use crate::base::duration::duration;
use crate::commands::{NightFrom, NightOptions, report_formats};

#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    /// A run id, a run's directory, `latest`, JOB@latest, or a job file: its latest run; without one: the list
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Last night of many accounts: out of a log with lines of `run --format json` (`-`: standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["run", "verify", "under"], value_hint = ValueHint::FilePath)]
    pub(super) from: Option<PathBuf>,
    /// The same out of all runs below a directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["run", "verify"], value_hint = ValueHint::DirPath)]
    pub(super) under: Option<PathBuf>,
    #[command(flatten)]
    pub(super) night: NightArgs,
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

/// How last night is shown.
#[derive(Debug, Args)]
pub(super) struct NightArgs {
    /// The accounts that should have begun: the table of `schedule --accounts`
    #[arg(long, value_name = "FILE", conflicts_with = "run", value_hint = ValueHint::FilePath)]
    accounts: Option<PathBuf>,
    /// How long ago the night began
    #[arg(long, value_name = "TIME", value_parser = since, default_value = "24h")]
    since: Duration,
    /// Write it as a page, too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: Option<PathBuf>,
}

fn since(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "write a number and a unit, such as `24h`".to_owned())
}

impl NightArgs {
    /// Whether something of it was typed.
    pub(super) fn is_given(&self) -> bool {
        self.accounts.is_some() || self.html.is_some()
    }
}

impl RunsArgs {
    /// The night that is asked for, with absolute paths.
    pub(super) fn night(&self, directory: &Path) -> Option<NightOptions> {
        let from = match (&self.from, &self.under) {
            (Some(log), _) if log == Path::new("-") => NightFrom::Log(log.clone()),
            (Some(log), _) => NightFrom::Log(directory.join(log)),
            (None, Some(under)) => NightFrom::Under(directory.join(under)),
            (None, None) => return None,
        };
        let absolute = |path: &Option<PathBuf>| path.as_ref().map(|path| directory.join(path));
        let NightArgs { accounts, since, html } = &self.night;
        let (accounts, html) = (absolute(accounts), absolute(html));
        Some(NightOptions { from, accounts, since: *since, html })
    }
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
