//! The walk over the stored copy, beside the journal's records, that fills the outcome files.

use std::io;

use crate::journal::RecordRow;
use crate::model::settings::Contacts;
use crate::model::{Ordinal, Outcome, RecordSet, Row, RunError};
use crate::report::OutcomeFiles;
use crate::store::CopyReader;

/// The rows of the stored copy on their way to the outcome files.
pub(super) struct OutcomeRows {
    pub(super) copy: CopyReader,
    pub(super) row: Row,
    /// The ordinal that comes next.
    pub(super) next: Ordinal,
    /// The records that succeeded where the journal says nothing else.
    pub(super) named: RecordSet,
    /// What was created has a file, and what of its rows that keeps.
    pub(super) created: Option<Contacts>,
    pub(super) files: OutcomeFiles,
}

impl OutcomeRows {
    /// Writes the rows before `record`, which the journal says nothing of, and its own with this `reason`.
    pub(super) fn up_to(&mut self, record: &RecordRow, reason: &str) -> Result<(), RunError> {
        while self.next < record.ordinal && self.advance()? {
            self.write_unnamed()?;
        }
        if self.next == record.ordinal && self.advance()? {
            if let (Outcome::Succeeded, Some(keep), Some(id)) =
                (record.outcome, self.created, &record.id)
            {
                let written = self.files.write_created(&self.row, id, keep);
                return written.map_err(|error| unwritten(&error));
            }
            self.write(record.outcome, reason)?;
        }
        Ok(())
    }

    /// Writes the rows behind the last record of the journal.
    pub(super) fn finish(&mut self) -> Result<(), RunError> {
        while self.advance()? {
            self.write_unnamed()?;
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<bool, RunError> {
        let more = self.copy.next(&mut self.row)?;
        self.next = self.next.saturating_add(u32::from(more));
        Ok(more)
    }

    fn write_unnamed(&mut self) -> Result<(), RunError> {
        match self.named.contains(self.next.saturating_sub(1)) {
            true => self.write(Outcome::Succeeded, ""),
            false => self.write(Outcome::Unsent, "the run stopped before its turn"),
        }
    }

    fn write(&mut self, outcome: Outcome, reason: &str) -> Result<(), RunError> {
        self.files.write(&self.row, outcome, reason).map_err(|error| unwritten(&error))
    }
}

/// The disk refused a file that people read.
pub(super) fn unwritten(error: &io::Error) -> RunError {
    RunError::internal(format!("the report cannot be written: {error}"))
        .hint("make room on the disk of the runs directory, then `korebulk resume` the run")
}
