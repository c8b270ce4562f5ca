//! The audit's lines, from what a run knows.

use std::path::Path;

use jiff::Timestamp;

use super::place::RunDir;
use crate::audit::chain::{self, End, Event, InputFile, Line, Start};
use crate::base::{machine, private};
use crate::config::Plan;
use crate::model::{Exit, Ledger, RequestCounts, RunError, Source, StopCause};

/// What a run begins or goes on with.
pub(crate) struct Begun {
    pub(crate) event: Event,
    pub(crate) sources: Vec<Source>,
    pub(crate) read: u64,
    pub(crate) would_send: u64,
    pub(crate) yes: bool,
    pub(crate) reason: Option<String>,
    /// The id of the run that this one retries.
    pub(crate) parent: Option<String>,
}

/// Writes the line of a start or a resume, before anything is sent.
///
/// # Errors
/// Exit 70 when it cannot be written: nothing is sent that nobody could find again.
pub(crate) fn begun(plan: &Plan, run: &RunDir, begun: Begun) -> Result<(), RunError> {
    let target = &plan.target;
    let input = begun
        .sources
        .into_iter()
        .map(|source| InputFile { file: source.file, sha256: source.sha256 });
    let start = Start {
        operation: plan.operation.name(),
        host: target.host.clone(),
        stream: target.stream_id.clone(),
        account: target.account_id.clone(),
        client_id: target.client_id.clone(),
        input: input.collect(),
        read: begun.read,
        would_send: begun.would_send,
        overrides: plan.overrides.clone(),
        yes: begun.yes,
        reason: begun.reason,
        parent_run: begun.parent,
    };
    append(plan, run, &Line { start: Some(start), ..line(&run.id, &plan.name, begun.event) })
}

/// Writes the line of an end, after the report.
///
/// # Errors
/// Exit 70 when it cannot be written.
pub(crate) fn ended(
    plan: &Plan,
    run: &RunDir,
    exit: Exit,
    ledger: Ledger,
    requests: RequestCounts,
    stopped: Option<&StopCause>,
) -> Result<(), RunError> {
    let end = End { exit_code: exit.code(), stopped: stopped.cloned(), ledger, requests };
    let report = report_hash(run);
    let line = line(&run.id, &plan.name, Event::End);
    append(plan, run, &Line { end: Some(end), report, ..line })
}

/// Writes that a report is another one now, and why.
pub(crate) fn changed(run: &RunDir, event: Event) -> Result<(), RunError> {
    let line = Line { report: report_hash(run), ..line(&run.id, run.job(), event) };
    let runs = run.path.parent().unwrap_or_else(|| Path::new("."));
    chain::append(runs, &line).map_err(|error| unwritten(runs, &error))
}

fn line(run: &str, job: &str, event: Event) -> Line {
    Line {
        at: Timestamp::now().to_string(),
        event,
        run: run.to_owned(),
        job: job.to_owned(),
        user: machine::user(),
        machine: machine::name(),
        version: env!("CARGO_PKG_VERSION"),
        start: None,
        end: None,
        report: None,
    }
}

fn append(plan: &Plan, run: &RunDir, line: &Line) -> Result<(), RunError> {
    // A run that was moved is noted where it lies.
    let runs = run.path.parent().unwrap_or(&plan.runs.dir);
    chain::append(runs, line).map_err(|error| unwritten(runs, &error))
}

fn unwritten(runs: &Path, error: &std::io::Error) -> RunError {
    let file = runs.join(chain::FILE);
    RunError::internal(format!("{}: cannot be written: {error}", file.display()))
        .hint("the audit has to be writable, and its disk have room")
}

pub(crate) fn report_hash(run: &RunDir) -> Option<String> {
    private::read(&run.path.join("report.json")).and_then(chain::hash_of).ok()
}
