//! What earlier runs did with one record.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::incomplete;
use crate::audit::report_file;
use crate::base::terminal;
use crate::journal::{JournalError, Phase, Select, fact};
use crate::model::{Mark, Operation, Outcome, RunError};
use crate::run::run_dir::RunDir;

const REPORTS: [&str; 2] = ["report.json", "report.json.part"];

/// What one run did with the contact.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Touch {
    run: String,
    pub(crate) started_at: String,
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

/// Whether the run was finished, so that every record of it has its id.
pub(crate) fn in_run(run: &RunDir, id: &str, touches: &mut Vec<Touch>) -> Result<bool, RunError> {
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
            may_have_been_applied: row.mark != Mark::None,
            ..touch(row.outcome)
        });
        Ok::<(), JournalError>(())
    })?;
    let named = touches[before..].iter().any(|touch| touch.outcome == Outcome::Succeeded.name());
    let report = REPORTS.iter().map(|name| run.path.join(name)).find(|path| path.is_file());
    let finished = journal.phase()? != Phase::Sending;
    let unread = |path: &Path, why: &str| {
        Err(RunError::internal(format!("{}: cannot be read: {why}", path.display())))
    };
    match report {
        _ if named => {}
        Some(report) => match report_file::succeeded(&report, id) {
            Ok(Some(true)) => touches.push(touch(Outcome::Succeeded)),
            Ok(None) if finished => return unread(&report, "it breaks off"),
            Ok(Some(false) | None) => {}
            Err(error) => return unread(&report, &error.to_string()),
        },
        None if journal.ledger(0)?.succeeded > 0 => {
            return unread(&run.path.join(REPORTS[0]), "it is gone");
        }
        None => {}
    }
    Ok(finished)
}

impl fmt::Display for Touch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started: String = self.started_at.chars().take(19).collect();
        write!(out, "{started}  {} {}", self.operation, self.outcome)?;
        if let Some(status) = self.status {
            write!(out, ", HTTP {status}")?;
        }
        if self.may_have_been_applied && self.outcome != Outcome::Succeeded.name() {
            out.write_str(", may have been applied")?;
        }
        writeln!(out, "\n  run   {}", self.run)?;
        if let (Some(file), Some(row)) = (&self.file, self.row) {
            writeln!(out, "  from  {}, row {row}", terminal::line(file))?;
        }
        if let Some(reason) = self.reason.as_deref().filter(|reason| !reason.is_empty()) {
            writeln!(out, "  said  {}", terminal::line(reason))?;
        }
        Ok(())
    }
}
