//! One file per command, thin: what it was asked, what it calls, what it prints.
//!
//! Knows nothing of how a run works inside.

mod check;
mod export;
mod find;
mod fleet;
mod init;
mod login;
mod night;
mod plan;
pub(crate) mod prune;
mod reconcile;
mod report;
mod resume;
mod retry;
mod run;
mod runs;
mod schedule;
mod schema;
mod serve;
mod token;
mod undo;
mod units;
mod verify;

pub use crate::run::options::{
    AgainOptions, CheckOptions, ExportOf, ExportOptions, FindOptions, FleetOptions, InitOptions,
    LoginOptions, NightFrom, NightOptions, OutputForm, PlanOptions, PruneOptions, ReportOptions,
    RetryOptions, RunOptions, RunsOptions, ScheduleOptions, Screen, Started, UndoOptions,
};
pub use check::check;
pub use export::export;
pub use find::find;
pub use init::init;
pub use login::login;
pub use plan::plan;
pub use prune::prune;
pub use reconcile::reconcile;
pub use report::{report, report_formats};
pub use resume::resume;
pub use retry::retry;
pub use run::run;
pub use runs::runs;
pub use schedule::schedule;
pub use schema::{SchemaOf, schema};
pub use serve::{SANDBOX_FAULTS, SandboxOptions, sandbox};
pub use token::token;
pub use undo::undo;
