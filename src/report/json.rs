//! The tail of `report.json`: the facts of a run, its counts, and every record that did not simply succeed.
//!
//! Entries are taken one at a time, so memory does not grow with the number of failures. Values of
//! contacts are only in `server`, the server's own words; `fields` holds names.

mod list;
mod tail;

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

pub use self::list::ReportList;
pub use self::tail::Tail;
use crate::model::{
    AccountRead, Ledger, Matches, Operation, PreviousContacts, RequestCounts, StopCause, UndoCounts,
};

/// What is said of the run as a whole. The keys are those of docs/contract.md, "Files of a run".
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportFacts {
    /// The job's name.
    pub job: String,
    /// The run's id.
    pub run: String,
    /// The run whose leftovers this one sends again, or that it takes back.
    pub parent_run: Option<String>,
    /// The runs whose outcome files are its input (`unmatched.csv`, `rejected.csv`, …).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_runs: Vec<String>,
    /// The runs that took files of this one as their input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taken_up_by: Vec<String>,
    /// The run that it takes back, where it is an undo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// What it found of that run in the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoCounts>,
    /// The run that took this one back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
    /// What is stored of the contacts as they were before the run.
    pub backup: PreviousContacts,
    /// What was done.
    pub operation: Operation,
    /// Where.
    pub target: ReportTarget,
    /// When the run began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The process's exit code.
    pub exit_code: u8,
    /// Why it stopped before its end.
    pub stopped: Option<StopCause>,
    /// korebulk's version.
    pub tool_version: String,
    /// Who ran it.
    pub user: String,
    /// On which machine.
    pub machine: String,
    /// What was read.
    pub input: Vec<InputFile>,
    /// Options typed over the job file.
    pub overrides: Vec<String>,
    /// Counts of records.
    #[serde(skip)]
    pub ledger: Ledger,
    /// Counts of requests.
    pub requests: RequestCounts,
    /// How many rows were matched with contacts, where rows were.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<Matches>,
    /// Where people are still to be found whose contacts were deleted.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub not_covered: &'static [&'static str],
    /// How the account was read, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountRead>,
}

impl ReportFacts {
    /// Facts and counts as one JSON object: the report without its lists.
    pub fn to_json(&self) -> serde_json::Value {
        let mut facts = serde_json::json!({"format": 1});
        for part in [serde_json::to_value(self), serde_json::to_value(Counts::from(&self.ledger))] {
            let (Some(all), Ok(serde_json::Value::Object(keys))) = (facts.as_object_mut(), part)
            else {
                continue;
            };
            all.extend(keys);
        }
        facts
    }
}

/// Where a run's records went.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportTarget {
    /// Scheme and authority; for a sandbox its own address.
    pub host: String,
    /// The stream's id.
    pub stream: String,
    /// The account's id.
    pub account: String,
    /// The client id; empty with a ready token.
    pub client_id: String,
}

/// One table that was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InputFile {
    /// The path as given, or `-`.
    pub file: String,
    /// The sheet's name, where the file has sheets.
    pub sheet: Option<String>,
    /// Records read from it.
    pub rows: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

/// The counts of the ledger under the report's own keys.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    /// Records sent: `successful`, `failed` and `unknown` together.
    total_requested: u64,
    /// Records that the server named as done.
    successful: u64,
    /// Records that were sent, and refused.
    failed: u64,
    /// Records read, over all files: all the outcomes together.
    read: u64,
    /// Records that were never sent, because they are unusable.
    rejected: u64,
    /// Records that were never sent, by rule.
    skipped: u64,
    /// Records that may have been applied, and have no verdict.
    unknown: u64,
    /// Records that are valid, and were not sent, or not applied.
    unsent: u64,
    /// Records that succeeded, and whose contact differs from what was sent.
    diverged: u64,
    /// Records that succeeded because they were gone already, by our own doing.
    already_gone: u64,
    /// Records that failed because the server does not know their id.
    not_found: u64,
    /// Ids in answers that nobody sent.
    unexpected: u64,
    /// Entries of answers that give no id, or several.
    without_id: u64,
    /// Answers whose counts contradict their lists.
    #[serde(rename = "contradictoryCounts")]
    miscounted: u64,
}

impl From<&Ledger> for Counts {
    fn from(ledger: &Ledger) -> Self {
        Self {
            total_requested: ledger.total_requested(),
            successful: ledger.succeeded,
            failed: ledger.failed,
            read: ledger.read,
            rejected: ledger.rejected,
            skipped: ledger.skipped,
            unknown: ledger.unknown,
            unsent: ledger.unsent,
            diverged: ledger.diverged,
            already_gone: ledger.already_gone,
            not_found: ledger.not_found,
            unexpected: ledger.unexpected,
            without_id: ledger.nameless,
            miscounted: ledger.miscounted,
        }
    }
}

/// One record of `failedRecords`, `unknownRecords`, `divergedRecords`, `rejectedRecords` or `skippedRecords`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportEntry {
    /// The record's id; `None` where the row has none that could be read.
    pub id: Option<String>,
    /// Where it was read.
    pub source: EntrySource,
    /// In korebulk's words, in the server's, or in both: korebulk's come first.
    pub reason: String,
    /// HTTP status of the last answer on it.
    pub status: Option<u16>,
    /// Sends that counted as attempts, and the one whose answer spoke.
    pub attempts: u16,
    /// Whether a send without a verdict may have been applied.
    pub may_have_been_applied: bool,
    /// Names of the API fields concerned (those that differ); never values.
    pub fields: Vec<String>,
    /// The server's raw entry.
    pub server: Option<Box<RawValue>>,
}

/// Where a record was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EntrySource {
    /// The path as given, or `-`.
    pub file: String,
    /// The sheet's name, where the file has sheets.
    pub sheet: Option<String>,
    /// The row as the person counts it, from 1.
    pub row: u64,
}

/// One entry of `unexpectedRecords`: an entry of an answer that speaks of no record of its batch.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnexpectedEntry {
    /// Number of the request whose answer named it.
    pub request: u64,
    /// `notSent`, `noId`, `severalIds`.
    pub kind: String,
    /// The server's raw entry.
    pub server: Box<RawValue>,
}

/// One entry of `recreatedRecords`: a contact under its new id.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecreatedEntry<'a> {
    /// The new id.
    pub id: String,
    /// The id that it had before it was deleted.
    pub was: &'a str,
}

/// One entry of `doubtfulAnswers`: nobody could read it, or its counts contradict its lists.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AnswerEntry {
    /// Number of its request.
    pub request: u64,
    /// HTTP status.
    pub status: Option<u16>,
    /// What is wrong with it, in korebulk's words.
    pub reason: String,
    /// Its body, or the beginning of it, where nobody could read it.
    pub server: Option<Box<RawValue>>,
}

/// The server's bytes as a JSON value: as they are where they are JSON, else as a JSON string.
///
/// # Panics
/// Never: any text has a JSON string.
pub fn raw_entry(bytes: &[u8]) -> Box<RawValue> {
    serde_json::from_slice(bytes).unwrap_or_else(|_| {
        let text: Cow<'_, str> = String::from_utf8_lossy(bytes);
        serde_json::value::to_raw_value(&text).expect("a string is always JSON")
    })
}

#[cfg(test)]
mod tests;
