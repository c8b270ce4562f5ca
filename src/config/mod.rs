//! Job file + options + environment → one [`Plan`], each module its own slice. Pure but for reading the file.
//!
//! Settings are data: `rows/` has one entry for each, and parser, help, README's table and JSON Schema are made of
//! them. Knows nothing of other modules, runs no command and reads no secret.

mod accounts;
mod again;
mod command;
mod conflicts;
mod draft;
mod edit;
mod environment;
mod fingerprint;
mod found;
pub(crate) mod guard_check;
mod host;
mod job;
mod kind;
mod layers;
mod plan;
mod problem;
mod profile;
mod reading;
mod resolve;
mod rows;
mod rules;
mod schema;
mod setting;
mod undo;
mod units;
mod values;
mod walk;

pub(crate) use accounts::{Account, accounts};
pub(crate) use again::{Signer, amend, renew, runs_dir, runs_of, signer};
pub(crate) use command::{command_for, command_to_create};
pub(crate) use draft::{BY_NAME, Draft, JOB_SCHEMA, Matched, Region, matched_by, quoted_path};
pub(crate) use edit::{edit_job, target_keys};
pub(crate) use environment::{Environment, PROFILES, ProfilesFile};
pub(crate) use fingerprint::fingerprint;
pub(crate) use job::JobFile;
pub(crate) use plan::Plan;
pub(crate) use profile::{accepts, profile_name, written_into};
pub(crate) use reading::reading;
#[cfg(test)]
pub(crate) use resolve::SANDBOX_STREAM_ID;
pub(crate) use resolve::resolve;
pub use rows::settings;
pub(crate) use rows::{groups, job_name_of};
pub(crate) use schema::schema;
pub use setting::Setting;
pub(crate) use setting::{Form, Group, Variable};
pub(crate) use undo::undoing;
pub(crate) use units::{rate_window, size};
pub(crate) use values::Options;

#[cfg(test)]
mod tests;
