//! Records that will not be sent: counted, and noted in the journal.

use super::join::Joining;
use crate::journal::Disposition;
use crate::model::{Ordinal, Outcome, Row, RunError};

/// Rows held back between two commits of the journal.
const COMMIT_EVERY: u64 = 20_000;

impl Joining<'_> {
    /// A record that will not be sent, and why.
    pub(super) fn hold(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        outcome: Outcome,
        id: Option<&str>,
        reasons: &[String],
    ) -> Result<(), RunError> {
        let (source, line) = (row.source, row.line);
        let reason = reasons.join("; ");
        let held = Disposition { ordinal, outcome, source, line, id, reason: &reason };
        self.note(&held, true)
    }

    /// The same without counting its reason.
    pub(super) fn keep_back(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        outcome: Outcome,
        id: Option<&str>,
        reason: &str,
    ) -> Result<(), RunError> {
        let (source, line) = (row.source, row.line);
        self.note(&Disposition { ordinal, outcome, source, line, id, reason }, false)
    }

    fn note(&mut self, held: &Disposition<'_>, counted: bool) -> Result<(), RunError> {
        let noted = self.findings.hold_back(self.journal, held, counted)?;
        self.held += u64::from(noted);
        if noted && self.held.is_multiple_of(COMMIT_EVERY) {
            self.journal.end()?;
            self.journal.begin()?;
        }
        Ok(())
    }
}
