//! The life of a run: spawns, joins, owns the channels, always writes the report.
//!
//! The details of each step stay in the module that does it.

pub(crate) mod access;
pub(crate) mod aftermath;
pub(crate) mod audit;
mod books;
pub(crate) mod closing;
mod constants;
pub(crate) mod environment;
pub(crate) mod estimate;
mod except;
mod exit;
mod feed;
pub(crate) mod finish;
mod guards;
pub(crate) mod learned;
mod listen;
pub mod options;
mod pass1;
pub(crate) mod person;
pub mod place;
mod prompt;
pub(crate) mod questions;
mod reader;
pub(crate) mod resume;
pub(crate) mod retried;
mod retry;
mod rows;
#[expect(clippy::module_inception, reason = "becomes stages")]
mod run;
pub(crate) mod runs_dirs;
mod session;
pub(crate) mod signals;
mod twins;
pub(crate) mod view;
mod window;

pub use resume::resume;
pub use retry::retry;
pub(crate) use run::block_on;
pub use run::{plan, run};
