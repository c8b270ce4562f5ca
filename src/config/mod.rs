//! Job file + options + environment → one [`Plan`], each room its own slice. Pure but for reading the file.
//!
//! Knows nothing of the other rooms, runs no command and reads no secret.

mod asked;
mod credentials;
mod file;
mod fingerprint;
mod guards;
mod host;
mod init;
mod input;
mod job;
mod known;
mod limits;
mod notify;
mod options;
mod resolve;
mod rules;
mod runs;
mod table;
mod target;
mod units;
mod values;
mod written;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::Operation;
use crate::model::settings::{
    Accept, ExceptSettings, Guard, InputSettings, Limits, MapSettings, NotifySettings,
    ReportSettings, RunsSettings, Target,
};

pub use asked::Environment;
pub(crate) use file::{
    AcceptTable, CanaryTable, GuardTable, InputTable, LimitsTable, NotifyTable, PhoneTable,
    ReportTable, RunsTable, Tables, TargetTable,
};
pub use fingerprint::fingerprint;
pub use init::{Draft, Matched, Region};
pub use job::JobFile;
pub use options::Options;
pub use resolve::{Signer, amend, renew, resolve, runs_dir, signer};
pub use table::{Setting, markdown, table};
pub use target::{SANDBOX_ACCOUNT_ID, SANDBOX_CLIENT_ID, SANDBOX_STREAM_ID};
pub(crate) use units::{rate_window, size};
pub(crate) use values::{Fields, Several, Text};

/// Everything a run needs to know, resolved: what was typed, written and left to defaults.
///
/// Stored whole in the journal; holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The job's name: `name`, else the job file's stem, else the operation. Safe as a file name.
    pub name: String,
    /// What is done.
    pub operation: Operation,
    /// Where.
    pub target: Target,
    /// The loading room's slice.
    pub input: InputSettings,
    /// The lists of what no operation touches.
    pub except: ExceptSettings,
    /// The mapping room's slice.
    pub map: MapSettings,
    /// The sending room's slice.
    pub limits: Limits,
    /// Checked before the first byte.
    pub guard: Guard,
    /// Records of a first batch in which nothing may fail; 0 for none.
    pub canary: u64,
    /// What still exits 0.
    pub accept: Accept,
    /// The reporting room's slice.
    pub report: ReportSettings,
    /// Where runs are kept.
    pub runs: RunsSettings,
    /// Who is told how runs end.
    #[serde(default)]
    pub notify: NotifySettings,
    /// The file that Prometheus metrics are written to, absolute; ends with `.prom`.
    #[serde(default)]
    pub metrics_file: Option<PathBuf>,
    /// The job file, absolute, where there is one.
    pub job_file: Option<PathBuf>,
    /// Options typed over the job file, as `limits.rate = 30/min`: for report and audit.
    pub overrides: Vec<String>,
    /// What a reader of the plan should know: accepted, but not as usual.
    #[serde(default)]
    pub notices: Vec<String>,
}

#[cfg(test)]
mod tests;
