//! The audit's lines, from what the hallway knows; and the check of them against the runs.

use std::path::Path;

use jiff::Timestamp;

use super::options::{OutputForm, RunsOptions};
use super::place::{self, RunDir};
use crate::audit::chain::{self, End, Event, InputFile, Line, Start, Verified};
use crate::base::{machine, private, terminal};
use crate::config::Plan;
use crate::journal::{Journal, Phase};
use crate::model::{Exit, Ledger, RequestCounts, RunError, Source, StopCause};
use crate::report::numbers::counted;

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

fn report_hash(run: &RunDir) -> Option<String> {
    private::read(&run.path.join("report.json")).and_then(chain::hash_of).ok()
}

/// `runs --verify`: the chain, and the runs against it.
///
/// # Errors
/// Exit 2 when there is no audit.
pub(crate) fn verify(how: &RunsOptions) -> Result<Exit, RunError> {
    let runs = &how.runs_dir;
    let file = runs.join(chain::FILE);
    let verified = chain::verify(runs)
        .map_err(|error| RunError::usage(format!("{}: cannot be read: {error}", file.display())))?;
    let verified = verified.ok_or_else(|| {
        RunError::usage(format!("{}: there is no audit yet", file.display()))
            .hint("name the runs directory with `--runs-dir` or `KOREBULK_RUNS_DIR`")
    })?;
    let mut wrong: Vec<String> = Vec::new();
    if let Some((line, what)) = &verified.broken {
        wrong.push(format!("line {line} {what}"));
    } else {
        wrong.extend(differing(runs, &verified)?);
    }
    terminal::print(&match how.form {
        OutputForm::Json => {
            let json = serde_json::json!({
                "good": wrong.is_empty(), "lines": verified.lines, "wrong": wrong,
                "open": verified.open,
            });
            format!("{json}\n")
        }
        OutputForm::Text if wrong.is_empty() => {
            let open = verified.open.iter().map(|run| {
                format!(
                    "run {run} began, and no line says that it ended: it goes on or was killed\n"
                )
            });
            format!(
                "{}: {}, each follows the one before; the reports are those that were written\n{}",
                file.display(),
                counted(verified.lines, "line"),
                open.collect::<String>()
            )
        }
        OutputForm::Text => {
            let lines: Vec<String> =
                wrong.iter().map(|what| format!("{}: {what}", file.display())).collect();
            lines.join("\n") + "\n"
        }
    })?;
    Ok(if wrong.is_empty() { Exit::Finished } else { Exit::SomeFailed })
}

/// Reports that are not those of the audit, and finished runs of which it has no end.
fn differing(runs: &Path, verified: &Verified) -> Result<Vec<String>, RunError> {
    let mut wrong = Vec::new();
    for run in place::all(runs)? {
        let journal = Journal::open_to_read(&run.journal());
        let phase = journal.and_then(|journal| journal.phase()).ok();
        let finished = phase == Some(Phase::Finished);
        if finished && !verified.ended.contains(&run.id) {
            wrong.push(format!("run {} ended, and no line says so", run.id));
        } else if phase >= Some(Phase::Sending) && !verified.begun.contains(&run.id) {
            wrong.push(format!("run {} began to send, and no line says so", run.id));
        }
        match (verified.reports.get(&run.id), report_hash(&run)) {
            (Some(noted), Some(found)) if *noted != found => {
                wrong.push(format!("the report of run {} was changed since", run.id));
            }
            (Some(_), None) if finished => {
                wrong.push(format!("the report of run {} is gone", run.id));
            }
            _ => {}
        }
    }
    Ok(wrong)
}
