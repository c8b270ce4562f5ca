//! The life of a run: spawns, joins, owns the channels, always writes the report.
//!
//! The details of each step stay in the module that does it.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod closing;
mod constants;
pub(crate) mod debt;
pub(crate) mod environment;
pub(crate) mod estimate;
mod except;
mod exit;
mod feed;
pub(crate) mod finish;
mod guards;
pub(crate) mod learned;
mod listen;
pub(crate) mod notifications;
pub(crate) mod old;
pub mod options;
pub(crate) mod outbox;
mod pass1;
pub(crate) mod person;
pub mod place;
mod prompt;
pub(crate) mod questions;
mod reader;
mod recorder;
pub(crate) mod resume;
pub(crate) mod retried;
mod retry;
pub(crate) mod rewrite;
mod room;
mod rows;
#[expect(clippy::module_inception, reason = "becomes stages")]
mod run;
pub(crate) mod runs_dirs;
pub(crate) mod scrub;
mod session;
pub(crate) mod settle;
pub(crate) mod signals;
pub(crate) mod stored;
mod twins;
pub(crate) mod view;
mod window;

pub use resume::resume;
pub use retry::retry;
pub(crate) use run::block_on;
pub use run::{plan, run};
