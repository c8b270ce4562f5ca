//! `report.json`: lists and facts behind the successes that were written while answers settled.

use std::io;
use std::path::PathBuf;

use super::outcome::RunOutcome;
use super::{ContactData, RunFile};
use crate::journal::{AnswerRow, Select};
use crate::model::{Outcome, RunError};
use crate::report::json::{
    AnswerEntry, RecreatedEntry, ReportList, Tail, UnexpectedEntry, raw_entry,
};
use crate::report::part::{PART, Part, REPORT, unwritten};

/// With what the journal names the old id of what was created anew.
pub(crate) const RECREATED: &str = "recreated: it was contact ";

/// `report.json`.
pub(super) struct Report;

impl RunFile for Report {
    fn format(&self) -> &'static str {
        "json"
    }

    fn names(&self) -> &'static [&'static str] {
        &[REPORT, PART]
    }

    fn contact_data(&self) -> ContactData {
        ContactData::InEntries
    }

    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError> {
        let open = if outcome.again { Part::beside } else { Part::open_at };
        // What was appended behind the journal's last commit is in no list of the report.
        let part = open(outcome.dir, outcome.report_offset, outcome.contacts)
            .map_err(|error| unopened(outcome, &error))?;
        let mut tail = part.close().map_err(|error| unwritten(&error))?;
        tail.facts(&outcome.facts).map_err(|error| unwritten(&error))?;
        lists(outcome, &mut tail)?;
        tail.finish().map(|path| vec![path]).map_err(|error| unwritten(&error))
    }
}

fn lists(outcome: &RunOutcome<'_>, tail: &mut Tail) -> Result<(), RunError> {
    let disk = |error: io::Error| unwritten(&error);
    let journal = outcome.journal;
    for (list, select) in [
        (ReportList::Failed, Select::Outcome(Outcome::Failed)),
        (ReportList::Unknown, Select::Outcome(Outcome::Unknown)),
        (ReportList::Diverged, Select::Diverged),
        (ReportList::Rejected, Select::Outcome(Outcome::Rejected)),
        (ReportList::Skipped, Select::Outcome(Outcome::Skipped)),
    ] {
        tail.begin(list).map_err(disk)?;
        journal.for_each_record(select, |row| tail.entry(&outcome.entry(row)).map_err(disk))?;
    }
    tail.begin(ReportList::Unexpected).map_err(disk)?;
    for (request, kind, entry) in journal.unexpected()? {
        let server = raw_entry(entry.as_bytes());
        tail.entry(&UnexpectedEntry { request, kind, server }).map_err(disk)?;
    }
    tail.begin(ReportList::Answers).map_err(disk)?;
    for AnswerRow { request, status, reason, body } in journal.answers()? {
        let server = body.map(|body| raw_entry(body.as_bytes()));
        tail.entry(&AnswerEntry { request, status, reason, server }).map_err(disk)?;
    }
    if outcome.facts.undoes.is_some() && outcome.created {
        tail.begin(ReportList::Recreated).map_err(disk)?;
        journal.for_each_record(Select::Outcome(Outcome::Succeeded), |row| {
            let was = row.reason.as_deref().and_then(|reason| reason.strip_prefix(RECREATED));
            let (Some(was), Some(id)) = (was, row.id) else { return Ok(()) };
            tail.entry(&RecreatedEntry { id, was }).map_err(disk)
        })?;
    }
    Ok(())
}

fn unopened(outcome: &RunOutcome<'_>, error: &io::Error) -> RunError {
    if error.kind() != io::ErrorKind::NotFound || !outcome.again {
        return unwritten(error);
    }
    let gone = outcome.dir.join(REPORT);
    RunError::usage(format!(
        "{}: is gone, and with it what the server said of each success",
        gone.display()
    ))
    .hint("`--format csv` writes the outcome files again")
}
