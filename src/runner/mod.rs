//! The hallway: leads a run through the rooms, owns the channels, always writes the report.
//!
//! It spawns and joins; the details of each room stay in the room.

mod access;
mod aftermath;
mod audit;
mod books;
mod check;
mod closing;
mod estimate;
mod exit;
mod feed;
mod find;
mod finish;
mod guards;
mod history;
mod history_view;
mod init;
mod learned;
mod listen;
pub mod options;
mod pass1;
pub mod place;
mod prompt;
mod prune;
mod questions;
mod reader;
mod resume;
mod retry;
mod rows;
mod run;
mod schedule;
mod serve;
mod session;
mod signals;
mod surroundings;
mod twins;
mod view;
mod window;

pub use check::{check, token};
pub use find::find;
pub use history::{report, runs};
pub use init::init;
pub use options::{
    AgainOptions, CheckOptions, FindOptions, InitOptions, OutputForm, PlanOptions, PruneOptions,
    ReportKind, ReportOptions, RetryOptions, RunOptions, RunsOptions, ScheduleOptions, Screen,
};
pub use prune::prune;
pub use resume::resume;
pub use retry::retry;
pub use run::{plan, run};
pub use schedule::schedule;
pub use serve::{SANDBOX_FAULTS, sandbox};

/// Prints data on standard output; nobody reads on when the pipe is closed.
fn say(text: impl AsRef<str>) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_ref().as_bytes()).and_then(|()| out.flush());
}

/// Prints words on standard error.
fn complain(text: &str) {
    use std::io::Write as _;
    // Without a reader there is nobody to miss them.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
