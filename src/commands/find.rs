//! `find`: which runs touched a contact, when, and with what answer.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::report_file;
use crate::base::numbers::counted;
use crate::base::terminal;
use crate::journal::{JournalError, Phase, Select, fact};
use crate::model::{Exit, Operation, Outcome, RunError};
use crate::run::close::outbox::Effort;
use crate::run::options::{FindOptions, OutputForm};
use crate::run::past::incomplete;
use crate::run::past::settle::settle_all;
use crate::run::run_dir::RunDir;

const REPORTS: [&str; 2] = ["report.json", "report.json.part"];

/// What one run did with the contact.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Touch {
    run: String,
    started_at: String,
    operation: String,
    outcome: &'static str,
    /// HTTP status of the answer that decided; `None` for plain success, which the journal keeps by batch.
    status: Option<u16>,
    attempts: Option<u16>,
    file: Option<String>,
    row: Option<u64>,
    /// The server's message or korebulk's own; gone once the run is scrubbed.
    reason: Option<String>,
    may_have_been_applied: bool,
}

/// Looks for a contact in every run of a directory.
///
/// # Errors
/// Exit 2 when the runs cannot be read.
pub fn find(id: &str, how: &FindOptions) -> Result<Exit, RunError> {
    let (mut touches, mut notes): (Vec<Touch>, Vec<String>) = (Vec::new(), Vec::new());
    let runs = how.runs.runs()?;
    settle_all(&runs, Effort::Once);
    for run in &runs {
        match in_run(run, id, &mut touches) {
            Ok(true) => {}
            Ok(false) => notes.push(format!(
                "run {} was not finished: what it had under way is not listed by id until it is resumed",
                run.id
            )),
            Err(error) => notes.push(format!("run {}: {}", run.id, error.message)),
        }
    }
    // The names of runs tell seconds; a retry may follow sooner.
    touches.sort_by_cached_key(|touch| touch.started_at.parse::<Timestamp>().ok());
    terminal::print(&match how.form {
        OutputForm::Json => serde_json::to_string(&touches).unwrap_or_default() + "\n",
        OutputForm::Text if touches.is_empty() => {
            let looked_at = counted(runs.len() as u64, "run");
            format!("no run names `{}` ({looked_at} looked at)\n", terminal::line(id))
        }
        OutputForm::Text => touches.iter().map(words).collect(),
    })?;
    for note in notes {
        terminal::say(&format!("{}\n", terminal::line(&note)));
    }
    Ok(Exit::Finished)
}

/// Whether the run was finished, so that every record of it has its id.
fn in_run(run: &RunDir, id: &str, touches: &mut Vec<Touch>) -> Result<bool, RunError> {
    let journal = incomplete::open_to_read(run)?;
    let operation =
        journal.get(fact::OPERATION)?.map(Operation::name).unwrap_or_default().to_owned();
    let started_at = journal.get(fact::STARTED_AT)?;
    let started_at = started_at.map(|at| at.to_string()).unwrap_or_default();
    let touch = |outcome: Outcome| Touch {
        run: run.id.clone(),
        started_at: started_at.clone(),
        operation: operation.clone(),
        outcome: outcome.name(),
        status: None,
        attempts: None,
        file: None,
        row: None,
        reason: None,
        may_have_been_applied: false,
    };
    let sources = journal.sources()?;
    let before = touches.len();
    journal.for_each_record(Select::Id(id), |row| {
        let source = row.source.and_then(|source| sources.get(usize::from(source)));
        touches.push(Touch {
            status: row.status,
            attempts: Some(row.attempts),
            file: source.map(|source| source.file.clone()),
            row: row.line,
            reason: row.why(),
            may_have_been_applied: row.mark != crate::model::Mark::None,
            ..touch(row.outcome)
        });
        Ok::<(), JournalError>(())
    })?;
    let named = touches[before..].iter().any(|touch| touch.outcome == Outcome::Succeeded.name());
    let report = REPORTS.iter().map(|name| run.path.join(name)).find(|path| path.is_file());
    if let (Some(report), false) = (report, named) {
        let succeeded = report_file::succeeded(&report, id).map_err(|error| {
            RunError::usage(format!("{}: cannot be read: {error}", report.display()))
        })?;
        if succeeded {
            touches.push(touch(Outcome::Succeeded));
        }
    }
    Ok(journal.phase()? != Phase::Sending)
}

fn words(touch: &Touch) -> String {
    let started: String = touch.started_at.chars().take(19).collect();
    let mut out = format!("{started}  {} {}", touch.operation, touch.outcome);
    let mut put = |text: String| out.push_str(&text);
    if let Some(status) = touch.status {
        put(format!(", HTTP {status}"));
    }
    if touch.may_have_been_applied && touch.outcome != Outcome::Succeeded.name() {
        put(", may have been applied".to_owned());
    }
    put(format!("\n  run   {}\n", touch.run));
    if let (Some(file), Some(row)) = (&touch.file, touch.row) {
        let file = terminal::line(file);
        writeln!(out, "  from  {file}, row {row}").expect("a String takes any text");
    }
    if let Some(reason) = touch.reason.as_deref().filter(|reason| !reason.is_empty()) {
        writeln!(out, "  said  {}", terminal::line(reason)).expect("a String takes any text");
    }
    out
}
