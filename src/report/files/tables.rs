//! The outcome files: the rows that did not succeed, as they came; see [`crate::report::outcomes`].

use std::path::PathBuf;

use super::outcome::{RunOutcome, UNSENT, spoken};
use super::{ContactData, RunFile};
use crate::base::private;
use crate::model::{Outcome, RunError};
use crate::report::OutcomeFiles;
use crate::report::outcomes::WITH_FILE;
use crate::report::part::unwritten;

/// `failed.csv` and its like, and `outcome.xlsx`.
pub(super) struct Tables;

impl RunFile for Tables {
    fn format(&self) -> &'static str {
        "csv"
    }

    fn names(&self) -> &'static [&'static str] {
        &[
            "failed.csv",
            "failed.jsonl",
            "rejected.csv",
            "rejected.jsonl",
            "unknown.csv",
            "unknown.jsonl",
            "unsent.csv",
            "unsent.jsonl",
            "created.csv",
            "created.jsonl",
            "outcome.xlsx",
        ]
    }

    fn contact_data(&self) -> ContactData {
        ContactData::Anywhere
    }

    fn written_alone(&self) -> bool {
        true
    }

    /// Writes them as far as there are rows for them; where the disk refuses there are none, rather than half of them.
    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError> {
        let paths = || self.names().iter().map(|name| outcome.dir.join(name));
        let Some(copy) = &outcome.copy else {
            // They are what they were.
            return Ok(paths().filter(|path| path.is_file()).collect());
        };
        let written = write(outcome, copy);
        if written.is_err() {
            for path in paths() {
                // What cannot be removed either is replaced when the run ends the next time.
                let _ = private::remove(&path);
                let _ = private::remove(&path.with_added_extension("part"));
            }
        }
        written
    }
}

fn write(outcome: &RunOutcome<'_>, copy: &std::path::Path) -> Result<Vec<PathBuf>, RunError> {
    let files = OutcomeFiles::create(outcome.dir, outcome.sources);
    let mut files = match outcome.workbook {
        false => files,
        true => files
            .with_workbook(outcome.contacts, OutcomeFiles::SHEET_ROWS)
            .map_err(|error| unwritten(&error))?,
    };
    let ledger = &outcome.facts.ledger;
    let any = WITH_FILE.iter().any(|with| ledger.count(*with) > 0);
    if outcome.workbook || any || (outcome.created && ledger.succeeded > 0) {
        outcome.each_row(copy, |row, record, what| {
            let id = record.and_then(|record| record.id.as_deref()).filter(|_| outcome.created);
            if let (Outcome::Succeeded, Some(id)) = (what, id) {
                let written = files.write_created(row, id, outcome.contacts);
                return written.map_err(|error| unwritten(&error));
            }
            let reason = match (record, what) {
                (Some(record), _) => spoken(record),
                (None, Outcome::Unsent) => UNSENT.to_owned(),
                (None, _) => String::new(),
            };
            files.write(row, what, &reason).map_err(|error| unwritten(&error))
        })?;
    }
    // Those that an earlier end left go.
    files.finish().map_err(|error| unwritten(&error))
}
