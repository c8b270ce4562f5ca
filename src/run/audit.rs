//! The audit's lines, from what a run knows.

use std::path::Path;

use jiff::Timestamp;

use super::run_dir::RunDir;
use crate::audit::chain;
use crate::audit::line::{End, Event, InputFile, Line, Start};
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
        operation: plan.operation,
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
    append(run, &Line { start: Some(start), ..line(&run.id, &plan.name, begun.event) })
}

/// The line of an end, after the report.
pub(crate) fn end(
    run: &RunDir,
    job: &str,
    at: Timestamp,
    exit: Exit,
    ledger: Ledger,
    requests: RequestCounts,
    stopped: Option<&StopCause>,
) -> Line {
    let end = End { exit_code: exit.code(), stopped: stopped.cloned(), ledger, requests };
    let (at, report) = (at.to_string(), report_hash(run));
    Line { at, end: Some(end), report, ..line(&run.id, job, Event::End) }
}

/// The line that says that the report is another one now, and why.
pub(crate) fn changed(run: &RunDir, event: Event) -> Line {
    Line { report: report_hash(run), ..line(&run.id, run.job(), event) }
}

/// Writes a line.
///
/// # Errors
/// Exit 70 when it cannot be written.
pub(crate) fn append(run: &RunDir, line: &Line) -> Result<(), RunError> {
    chain::append(run.runs(), line).map_err(|error| unwritten(run.runs(), &error))
}

/// Writes a line that a process may have written which died before it could note that.
///
/// # Errors
/// Exit 70 when it cannot be written.
pub(crate) fn append_once(run: &RunDir, line: &Line) -> Result<(), RunError> {
    chain::append_once(run.runs(), line).map_err(|error| unwritten(run.runs(), &error))
}

/// Whether lines can be written in `runs`, as far as that shows without one.
///
/// # Errors
/// Exit 70 where they cannot.
pub(crate) fn can_be_written(runs: &Path) -> Result<(), RunError> {
    chain::can_be_written(runs).map_err(|error| unwritten(runs, &error))
}

fn line(run: &str, job: &str, event: Event) -> Line {
    Line {
        at: Timestamp::now().to_string(),
        event,
        run: run.to_owned(),
        job: job.to_owned(),
        user: machine::user(),
        machine: machine::name(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        start: None,
        end: None,
        report: None,
    }
}

fn unwritten(runs: &Path, error: &std::io::Error) -> RunError {
    let file = runs.join(chain::FILE);
    RunError::internal(format!("{}: cannot be written: {error}", file.display()))
        .hint("the audit has to be writable, and its disk have room")
}

pub(crate) fn report_hash(run: &RunDir) -> Option<String> {
    private::read(&run.path.join("report.json")).and_then(chain::hash_of).ok()
}
