//! Rows of an undo and contacts made one: what is put back is written down, what stays is noted with its contact.

use super::join::{Joining, damaged};
use crate::account::StoredContact;
use crate::api::wire::AccountContact;
use crate::journal::RecordRow;
use crate::model::{Cells, Ordinal, Outcome, Record, Row, RunError};
use crate::run::put_back::{Judging, PutBack};

impl Joining<'_> {
    /// Looks at one contact; `now`: as the account shows it, where it does.
    pub(super) fn undone(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        now: Option<&StoredContact<'_>>,
    ) -> Result<(), RunError> {
        let Cells::Object(text) = &row.cells else { return Err(damaged()) };
        let id = AccountContact::read(text).ok_or_else(damaged)?.id.into_owned();
        let shown = now.map(|now| now.text);
        let undoing = &self.undoing;
        let mut judging = Judging {
            effect: self.plan.operation.effect(),
            mapper: &mut self.mappers[usize::from(row.source)],
            holder_of: &|was| undoing.holder_of(was),
        };
        match judging.judge(ordinal, text, shown)? {
            PutBack::Send { record, touched } => {
                if touched {
                    self.undoing.counts.touch(&id);
                }
                self.send_back(row, now, &id, record)
            }
            PutBack::Held(outcome, reason) => {
                self.hold(ordinal, row, outcome, Some(&id), &[reason])
            }
            PutBack::Edited(reason) => self.edited(ordinal, row, &id, reason, shown),
        }
    }

    fn send_back(
        &mut self,
        row: &Row,
        now: Option<&StoredContact<'_>>,
        id: &str,
        record: Record,
    ) -> Result<(), RunError> {
        self.selected += 1;
        self.tally.add(self.mappers[usize::from(row.source)].differences());
        self.send(row, now, Some(id), record)
    }

    /// A record that stays as somebody else made it: the report shows what that is.
    fn edited(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        id: &str,
        reason: String,
        now: Option<&str>,
    ) -> Result<(), RunError> {
        self.undoing.counts.edited += 1;
        self.hold(ordinal, row, Outcome::Rejected, Some(id), std::slice::from_ref(&reason))?;
        self.journal.put(&RecordRow {
            source: Some(row.source),
            line: Some(row.line),
            id: Some(id.to_owned()),
            reason: Some(reason),
            server: now.map(str::to_owned),
            ..RecordRow::bare(ordinal, Outcome::Rejected)
        })?;
        Ok(())
    }
}
