//! Records of an undo: contacts that are put back where they still are as the run left them.

use super::judge::{Judge, Judged};
use super::stored_rows::StoredRows;
use crate::account::StoredContact;
use crate::api::wire::shows;
use crate::model::{Cells, Effect, Outcome, Record, RunError};
use crate::run::put_back::{Judging, PutBack};

/// Judges the rows of an undo again.
pub(crate) struct UndoJudge {
    pub(crate) effect: Effect,
    pub(crate) rows: StoredRows,
}

impl Judge for UndoJudge {
    fn judge(
        &mut self,
        record: &Record,
        contact: Option<&StoredContact<'_>>,
    ) -> Result<Judged, RunError> {
        let (row, mapper) = self.rows.at(record.ordinal)?;
        let Cells::Object(text) = &row.cells else {
            return Err(RunError::internal("a row of the stored copy is no contact"));
        };
        let now = contact.map(|contact| contact.text);
        let is_done = match (self.effect, now) {
            (Effect::Delete, now) => now.is_none(),
            (_, now) => now.is_some_and(|now| shows(record.encoded(), now)),
        };
        if record.mark.may_have_been_applied() && is_done {
            // Our own request may have done it: the server has its say.
            return Ok(Judged::Go(record.clone()));
        }
        let mut judging = Judging { effect: self.effect, mapper, holder_of: &|_| None };
        Ok(match judging.judge(record.ordinal, text, now)? {
            PutBack::Send { record, .. } => Judged::Go(record),
            PutBack::Held(outcome, reason) => Judged::Out(outcome, reason),
            PutBack::Edited(reason) => Judged::Out(Outcome::Rejected, reason),
        })
    }
}
