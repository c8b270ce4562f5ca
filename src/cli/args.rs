//! What may be typed, as clap reads it: the commands.
//!
//! Options that are settings come out of their table (`settings.rs`).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::export::ExportArgs;
use super::init::InitArgs;
use super::login::LoginArgs;
use super::operation::OperationArgs;
use super::runs::{FindArgs, PruneArgs, ReportArgs, RunsArgs};
use super::sandbox::SandboxArgs;
use super::say;
use super::schedule::ScheduleArgs;
use super::screen::{CheckArgs, ScreenArgs};
use super::send::{AgainArgs, JobArgs, JobsArgs, PlanArgs, RetryArgs};
use super::settings::{Signing, Typed};
use super::undo::UndoArgs;
use crate::commands::SchemaOf;

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

#[derive(Debug, Subcommand)]
pub(super) enum Commands {
    /// Run a job file, or several one after the other
    Run(JobsArgs),
    #[command(flatten)]
    Operation(OperationArgs),
    /// Show what a job would send, and how long it takes; sends nothing and prints a plan id
    Plan(JobArgs<PlanArgs>),
    /// Finish an interrupted run
    Resume(AgainArgs),
    /// Settle what a run left unknown, by reading the account
    Reconcile(AgainArgs),
    /// Put back what a run changed, where nobody has changed it since
    Undo(UndoArgs),
    /// Run again what another run left unknown, unsent, or failed for a passing reason
    Retry(RetryArgs),
    /// List the runs, or show one in full
    Runs(RunsArgs),
    /// Write the report of a run again
    Report(ReportArgs),
    /// Print what runs a job by itself: for systemd, cron, Kubernetes or Windows
    Schedule(ScheduleArgs),
    /// Scrub contact data from old runs now, as each run does when it starts
    Prune(PruneArgs),
    /// Which runs touched this contact, when, and with what answer
    Find(FindArgs),
    /// Write a job file for a spreadsheet or another file, its columns guessed
    Init(InitArgs),
    /// Check all that a run needs: input, guards, secrets, clock, TLS; one signed request that changes nothing
    Check(JobArgs<CheckArgs>),
    /// Write the account's contacts, or its lists, as a table: none missing, or no table
    Export(ExportArgs),
    /// Write a profile: a name for an account's host, ids and secret, asked for and tried with one signed request
    Login(LoginArgs),
    /// Print a signed token for curl, good for a minute
    Token(TokenArgs),
    /// Serve the same APIs on this machine, its data in one SQLite file
    #[command(after_long_help = crate::commands::SANDBOX_FAULTS)]
    Sandbox(SandboxArgs),
    /// Print the JSON Schema of job files, for editors that check and complete them, or of `report.json`
    Schema {
        /// What it describes
        #[arg(value_enum)]
        of: SchemaArg,
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
pub(super) enum SchemaArg {
    /// A job file
    Job,
    /// A run's `report.json`
    Report,
}

impl From<SchemaArg> for SchemaOf {
    fn from(of: SchemaArg) -> Self {
        match of {
            SchemaArg::Job => Self::Job,
            SchemaArg::Report => Self::Report,
        }
    }
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
