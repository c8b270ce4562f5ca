//! What is to be done, as plain data: nothing of clap is left in it.

use crate::commands::{
    AgainOptions, CheckOptions, ExportOptions, FindOptions, InitOptions, LoginOptions, PlanOptions,
    PruneOptions, ReportOptions, RetryOptions, RunOptions, RunsOptions, SandboxOptions,
    ScheduleOptions, SchemaOf, UndoOptions,
};
use crate::config::{Plan, Signer};

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    /// Send jobs, one after the other.
    Run { plans: Vec<Plan>, how: RunOptions },
    /// Show what they would send.
    Plan { plans: Vec<Plan>, how: PlanOptions },
    /// Finish an interrupted run.
    Resume { run: String, how: Box<AgainOptions> },
    /// Settle what a run left unknown.
    Reconcile { run: String, how: Box<AgainOptions> },
    /// Take back what a run did.
    Undo { run: String, how: Box<UndoOptions> },
    /// Run what another run left.
    Retry { run: String, how: Box<RetryOptions> },
    /// The list of runs, or one in full.
    Runs { run: Option<String>, how: RunsOptions },
    /// Write a report again.
    Report { run: String, how: ReportOptions },
    /// Print the units that run jobs by themselves: for each account its plans.
    Schedule { accounts: Vec<Vec<Plan>>, how: Box<ScheduleOptions> },
    /// Scrub old runs.
    Prune(PruneOptions),
    /// Which runs touched a contact.
    Find { id: String, how: FindOptions },
    /// Write a job file.
    Init { plan: Box<Plan>, how: InitOptions },
    /// Try everything but the sending.
    Check { plan: Box<Plan>, how: CheckOptions },
    /// Write the account's contacts as a table.
    Export { plan: Box<Plan>, how: ExportOptions },
    /// Write a profile.
    Login(Box<LoginOptions>),
    /// Print a token, or its claims.
    Token { signer: Signer, decode: bool },
    /// Serve the APIs locally.
    Sandbox(Box<SandboxOptions>),
    /// Print a JSON Schema.
    Schema(SchemaOf),
    /// Print a shell's completions.
    Completions(clap_complete::Shell),
    /// Print the manual page of the whole, or of one command.
    Man(Option<String>),
}
