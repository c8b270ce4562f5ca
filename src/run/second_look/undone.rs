//! Records of an undo: contacts that are put back where they still are as the run left them.

use std::sync::Arc;

use super::judge::{Judge, Judged};
use crate::account::StoredContact;
use crate::api::wire::shows;
use crate::config::Plan;
use crate::journal::Journal;
use crate::map::{Except, Mapper};
use crate::model::{Cells, Effect, Outcome, Record, Row, RunError, Source};
use crate::run::put_back::{Judging, PutBack};
use crate::run::run_dir::RunDir;
use crate::run::stored;
use crate::store::CopyReader;

/// Judges the rows of an undo again.
pub(crate) struct UndoJudge {
    effect: Effect,
    copy: CopyReader,
    mappers: Vec<Mapper>,
    row: Row,
}

impl UndoJudge {
    /// For the undo in `dir`.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn new(
        plan: &Plan,
        dir: &RunDir,
        journal: &Journal,
        sources: &[Source],
        except: &Arc<Except>,
    ) -> Result<Self, RunError> {
        Ok(Self {
            effect: plan.operation.effect(),
            copy: CopyReader::open(&dir.copy())?,
            mappers: stored::mappers(journal, plan, sources, except)?,
            row: Row::default(),
        })
    }
}

impl Judge for UndoJudge {
    fn judge(
        &mut self,
        record: &Record,
        contact: Option<&StoredContact<'_>>,
    ) -> Result<Judged, RunError> {
        self.copy.skip_to(record.ordinal)?;
        let is_row = self.copy.next(&mut self.row)?;
        let (true, Cells::Object(text)) = (is_row, &self.row.cells) else {
            return Err(RunError::internal("a row of the stored copy is gone"));
        };
        let now = contact.filter(|contact| !contact.deleted).map(|contact| contact.text);
        let is_done = match (self.effect, now) {
            (Effect::Delete, now) => now.is_none(),
            (_, now) => now.is_some_and(|now| shows(record.encoded(), now)),
        };
        if record.mark.may_have_been_applied() && is_done {
            // Our own request may have done it: the server has its say.
            return Ok(Judged::Go(record.clone()));
        }
        let mapper = &mut self.mappers[usize::from(self.row.source)];
        let mut judging = Judging { effect: self.effect, mapper, holder_of: &|_| None };
        Ok(match judging.judge(record.ordinal, text, now)? {
            PutBack::Send { record, .. } => Judged::Go(record),
            PutBack::Held(outcome, reason) => Judged::Out(outcome, reason),
            PutBack::Edited(reason) => Judged::Out(Outcome::Rejected, reason),
        })
    }
}
