//! What a line of the audit says.

use serde::{Deserialize, Serialize};

use crate::model::{Ledger, Operation, RequestCounts, StopCause};

/// One line, but for the hash of the line before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// RFC 3339, UTC.
    pub at: String,
    /// What happened.
    pub event: Event,
    /// The run's id.
    pub run: String,
    /// The job's name.
    pub job: String,
    /// Who did it.
    pub user: String,
    /// On which machine.
    pub machine: String,
    /// The version of korebulk.
    pub version: String,
    /// What a start adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// What an end adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// SHA-256 of `report.json` after it, lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// What happened to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It began.
    Start,
    /// It was taken up again.
    Resume,
    /// It ended, for now at least.
    End,
    /// Its report was written again.
    Report,
    /// The account was read, and settled what was unknown.
    Reconcile,
    /// Its contact data was scrubbed.
    Scrub,
}

/// What is known when a run begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// What is done.
    pub operation: Operation,
    /// Scheme and authority, or `sandbox`.
    pub host: String,
    /// The stream's id.
    pub stream: String,
    /// The account's id.
    pub account: String,
    /// The client id; empty with a ready token.
    pub client_id: String,
    /// The files.
    pub input: Vec<InputFile>,
    /// Records read.
    pub read: u64,
    /// Records to be sent.
    pub would_send: u64,
    /// Options typed over the job file, guards among them.
    pub overrides: Vec<String>,
    /// Whether `--yes` took the place of the question.
    pub yes: bool,
    /// `--reason`.
    pub reason: Option<String>,
    /// The run that this one retries.
    pub parent_run: Option<String>,
}

/// One input file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// The path as given, or `-`.
    pub file: String,
    /// Lower-case hex.
    pub sha256: String,
}

/// What is known when a run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// See the table of exit codes.
    pub exit_code: u8,
    /// Why it stopped before its end.
    pub stopped: Option<StopCause>,
    /// Records by outcome.
    pub ledger: Ledger,
    /// Requests by kind.
    pub requests: RequestCounts,
}
