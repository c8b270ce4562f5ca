//! One file per command, thin: what it was asked, what it calls, what it prints.
//!
//! Knows nothing of how a run works inside.

mod check;
mod find;
mod history;
mod history_view;
mod init;
pub(crate) mod prune;
mod schedule;
mod serve;

pub use crate::run::options::{
    AgainOptions, CheckOptions, FindOptions, InitOptions, OutputForm, PlanOptions, PruneOptions,
    ReportKind, ReportOptions, RetryOptions, RunOptions, RunsOptions, ScheduleOptions, Screen,
};
pub use check::{check, token};
pub use find::find;
pub use history::{report, runs};
pub use init::init;
pub use prune::prune;
pub use schedule::schedule;
pub use serve::{SANDBOX_FAULTS, SandboxOptions, sandbox};
