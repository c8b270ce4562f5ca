//! What may be typed for a run: a job file or files, how the run is made this once, a run taken up again.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::screen::FormatArgs;
use super::settings::{Again, Files, Job, Typed};

/// A job file, with options over it.
#[derive(Debug, Args)]
pub(super) struct JobArgs<T: Args> {
    /// The job file
    #[arg(value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    pub(super) job: PathBuf,
    #[command(flatten)]
    pub(super) settings: Typed<Job>,
    #[command(flatten)]
    pub(super) how: T,
}

/// Job files, with options over each of them.
#[derive(Debug, Args)]
pub(super) struct JobsArgs {
    /// The job file; several are run one after the other
    #[arg(value_name = "JOB.toml", required = true, value_hint = ValueHint::FilePath)]
    pub(super) jobs: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) settings: Typed<Job>,
    #[command(flatten)]
    pub(super) how: SendArgs,
}

/// An operation without a job file.
#[derive(Debug, Args)]
pub(super) struct FilesArgs {
    /// The files to read: paths, patterns, strftime; `-` is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<String>,
    #[command(flatten)]
    pub(super) settings: Typed<Files>,
    #[command(flatten)]
    pub(super) how: SendArgs,
}

/// How a run is made, this once.
#[derive(Debug, Args)]
#[command(next_help_heading = "This run")]
pub(super) struct SendArgs {
    #[command(flatten)]
    pub(super) approval: ApprovalArgs,
    /// Show the plan and send nothing
    #[arg(long, conflicts_with_all = ["yes", "or_resume", "plan_id"])]
    pub(super) dry_run: bool,
    /// Finish this job's interrupted run instead, if there is one
    #[arg(long)]
    pub(super) or_resume: bool,
    /// Run although the job's last run was taken back, and nothing has changed since
    #[arg(long)]
    pub(super) after_undo: bool,
    /// Send what the plan of this id has shown and nothing else; contacts edited since are skipped
    #[arg(long = "plan", value_name = "ID")]
    pub(super) plan_id: Option<String>,
    /// With --dry-run: write every change of a contact to this file (.xlsx, .csv, .jsonl)
    #[arg(long, value_name = "FILE", requires = "dry_run", conflicts_with = "yes", value_hint = ValueHint::FilePath)]
    pub(super) diff: Option<PathBuf>,
    #[command(flatten)]
    pub(super) show: ShowArgs,
}

/// How a plan is shown.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Write every change of a contact to this file (.xlsx, .csv, .jsonl)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "This run")]
    pub(super) diff: Option<PathBuf>,
    #[command(flatten)]
    pub(super) show: ShowArgs,
}

/// Who wants it, and why.
#[derive(Debug, Args)]
#[command(next_help_heading = "This run")]
pub(super) struct ApprovalArgs {
    /// Do not ask before sending
    #[arg(long)]
    pub(super) yes: bool,
    /// Why this run is made: for the report and the audit
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
}

/// The options of a run that are no settings, as `run` has them.
pub(super) fn this_run() -> clap::Command {
    SendArgs::augment_args(clap::Command::new("run"))
}

/// What is shown beforehand.
#[derive(Debug, Args)]
#[command(next_help_heading = "This run")]
pub(super) struct ShowArgs {
    /// Show contact values in the plan and the prompt as they are
    #[arg(long)]
    pub(super) show_values: bool,
    #[command(flatten)]
    pub(super) format: FormatArgs,
}

/// An earlier run.
#[derive(Debug, Args)]
pub(super) struct RunArg {
    /// A run id, a run's directory, `latest`, JOB@latest, or a job file: its latest run
    #[arg(value_name = "RUN")]
    pub(super) run: String,
}

/// A run taken up again: the stored plan, with new limits and credential sources only.
#[derive(Debug, Args)]
pub(super) struct AgainArgs {
    #[command(flatten)]
    pub(super) run: RunArg,
    #[command(flatten)]
    pub(super) settings: Typed<Again>,
    #[command(flatten)]
    pub(super) approval: ApprovalArgs,
    #[command(flatten)]
    pub(super) format: FormatArgs,
}

#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    #[command(flatten)]
    pub(super) again: AgainArgs,
    /// Every failed record, not only those that failed for a passing reason
    #[arg(long, help_heading = "This run")]
    pub(super) failed: bool,
}
