//! Job file + options + environment → one [`Plan`], each module its own slice. Pure but for reading the file.
//!
//! Settings are data: `rows/` has one entry for each, and parser, help, README's table and JSON Schema are made of
//! them. Knows nothing of other modules, runs no command and reads no secret.

mod again;
mod command;
mod environment;
mod fingerprint;
pub(crate) mod guard_check;
mod host;
mod init;
mod job;
mod kind;
mod layers;
mod plan;
mod problem;
mod reading;
mod resolve;
mod rows;
mod rules;
mod schema;
mod setting;
mod units;
mod values;
mod walk;

pub use again::{Signer, amend, renew, runs_dir, runs_of, signer};
pub use command::command_for;
pub use environment::Environment;
pub use fingerprint::fingerprint;
pub use init::{Draft, Matched, Region};
pub use job::JobFile;
pub use plan::Plan;
pub use reading::reading;
pub use resolve::{SANDBOX_ACCOUNT_ID, SANDBOX_CLIENT_ID, SANDBOX_STREAM_ID, resolve};
pub use rows::{groups, settings};
pub use schema::schema;
pub use setting::{Form, Group, Setting, Variable};
pub(crate) use units::{rate_window, size};
pub use values::Options;

#[cfg(test)]
mod tests;
