//! What may be typed, as clap reads it: the commands.
//!
//! Options that are settings come out of their table (`settings.rs`).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::init::InitArgs;
use super::sandbox::SandboxArgs;
use super::say;
use super::settings::{Again, Files, Job, Runs, Signing, Typed};

/// Bulk jobs against the Kore.ai contacts and contact-list APIs.
///
/// Reads contact files, sends them in rate-limited batches, and merges the answers into one report in which the counts add up.
#[derive(Debug, Parser)]
#[command(
    name = "korebulk",
    bin_name = "korebulk",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_long_help = say::exit_codes()
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Commands,
    #[command(flatten)]
    pub(super) screen: ScreenArgs,
}

/// How much is said, and in which form.
#[derive(Debug, Args)]
#[command(next_help_heading = "Screen")]
pub(super) struct ScreenArgs {
    /// Say more on standard error; twice for every decision
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Say only what is wrong
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// The form of the log on standard error
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t = Form::Text)]
    pub(super) log_format: Form,
}

/// Text for people, JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Text,
    Json,
}

/// How a result is printed.
#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// How the result is printed on standard output: text or json
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Text, help_heading = "Screen")]
    pub(super) format: Form,
}

#[derive(Debug, Subcommand)]
pub(super) enum Commands {
    /// Run a job file
    Run(JobArgs<SendArgs>),
    /// Update contacts, many a request
    BulkUpdate(FilesArgs),
    /// Delete contacts, many a request
    BulkDelete(FilesArgs),
    /// Delete contacts one by one
    DeleteContact(FilesArgs),
    /// Delete contact lists one by one
    DeleteContactList(FilesArgs),
    /// Show what a job would send, and how long it takes; sends nothing and prints a plan id
    Plan(JobArgs<ShowArgs>),
    /// Finish an interrupted run
    Resume(AgainArgs),
    /// Run again what another run left unknown, unsent, or failed for a passing reason
    Retry(RetryArgs),
    /// List the runs, or show one in full
    Runs(RunsArgs),
    /// Write the report of a run again
    Report(ReportArgs),
    /// Print the systemd timer, crontab line or Kubernetes `CronJob` that runs a job by itself
    Schedule(ScheduleArgs),
    /// Scrub contact data from old runs now, as each run does when it starts
    Prune(PruneArgs),
    /// Which runs touched this contact, when, and with what answer
    Find(FindArgs),
    /// Write a job file for a spreadsheet or another file, its columns guessed
    Init(InitArgs),
    /// Check job file, secrets, clock and TLS with one signed request that changes nothing
    Check(JobArgs<FormatArgs>),
    /// Print a signed token for curl, good for a minute
    Token(TokenArgs),
    /// Serve the same APIs on this machine, its data in one SQLite file
    #[command(after_long_help = crate::commands::SANDBOX_FAULTS)]
    Sandbox(SandboxArgs),
    /// Print the JSON Schema of job files, for editors that check and complete them
    Schema {
        /// What it describes
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of one command where it is named
    Man {
        /// The command
        command: Option<String>,
    },
}

/// What has a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// A job file
    Job,
}

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
    /// Go on only if everything is still as the plan of this id saw it
    #[arg(long = "plan", value_name = "ID")]
    pub(super) plan_id: Option<String>,
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
    /// A run id, a run's directory, `latest`, or JOB@latest
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

#[derive(Debug, Args)]
pub(super) struct RunsArgs {
    /// A run id, a run's directory, `latest`, or JOB@latest; without one: the list
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
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ReportForm::Json)]
    pub(super) format: ReportForm,
    #[command(flatten)]
    pub(super) settings: Typed<Runs>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportForm {
    Json,
    Csv,
    Html,
}

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// The job file that names client id and secret
    #[arg(value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    pub(super) job: Option<PathBuf>,
    /// Show the token's claims, not the token
    #[arg(long)]
    pub(super) decode: bool,
    #[command(flatten)]
    pub(super) settings: Typed<Signing>,
}

#[derive(Debug, Args)]
pub(super) struct ScheduleArgs {
    /// The job file
    #[arg(value_name = "JOB.toml", value_hint = ValueHint::FilePath)]
    pub(super) job: PathBuf,
    /// When, in words: `daily 02:00`, `weekdays 22:30`, `mon,thu 02:00`, `monthly 1 02:00`
    #[arg(long, value_name = "WHEN", required_unless_present = "cron", conflicts_with = "cron")]
    pub(super) at: Option<String>,
    /// When, as the five fields of cron
    #[arg(long, value_name = "FIELDS")]
    pub(super) cron: Option<String>,
    /// The scheduler
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ScheduleForm::Systemd)]
    pub(super) format: ScheduleForm,
    /// The container image (kubernetes)
    #[arg(long, value_name = "IMAGE", required_if_eq("format", "kubernetes"))]
    pub(super) image: Option<String>,
    /// Who runs it: an account (systemd: `korebulk` unless given; cron: makes it a line for /etc/cron.d), or a number (kubernetes: 65532)
    #[arg(long, value_name = "USER")]
    pub(super) user: Option<String>,
}

/// The schedulers that units are printed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScheduleForm {
    Systemd,
    Cron,
    Kubernetes,
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
