//! Rows of a review file: the contact beside an `x` is the row's, all other lines are skipped.

use super::decision::Decision;
use super::error::MapError;
use super::mapped::Mapped;
use super::mapper::Mapper;
use super::read::Read;
use super::review::{Chosen, Seal, defect};
use super::text::trim;
use crate::model::review_file::{CHECK, CONTACT, USE};

impl Mapper {
    /// The row of the reviewed input that has a mark beside the contact of this line, and that contact's key; `None` where
    /// the row that was mapped last has none.
    pub fn choice(&self) -> Option<(u64, [u8; 12])> {
        self.chosen.as_ref().map(Chosen::key)
    }

    /// Follows what a review file says of the row; an error where it is not to be sent.
    pub(super) fn decided(&mut self, read: &Read<'_>) -> Result<(), Mapped> {
        let Some(Decision { mark, contact, check }) = &read.review else { return Ok(()) };
        let seal = Seal::read(check);
        if self.unfit_review.is_none() {
            self.unfit_review = self.unfit(seal);
        }
        let (mark, contact) = (trim(mark), trim(contact));
        if mark.is_empty() {
            let rule = format!("no `x` in `{USE}`: this contact was not chosen");
            return Err(Mapped::Skipped { id: None, rule });
        }
        // Whatever else is wrong, the row has a mark here.
        self.chosen = seal.map(|seal| Chosen::new(contact, seal));
        let refuse = |column, problem, rule| {
            Err(Mapped::Rejected { id: None, defects: vec![defect(column, problem, rule)] })
        };
        if !mark.eq_ignore_ascii_case("x") {
            return refuse(
                USE,
                "is neither blank nor `x`",
                "an `x` chooses the contact of its line",
            );
        }
        if seal.is_none() {
            return refuse(CHECK, "is not as it was written", "write the review file again");
        }
        if self.valid_id(contact).is_none() {
            return refuse(CONTACT, "is no id", "write the review file again");
        }
        if self.matched_by(&read.values).is_none() {
            return refuse(USE, "chooses a contact for a row that has an id", "empty one of them");
        }
        Ok(())
    }

    /// Why nothing of this review file can be followed.
    fn unfit(&self, seal: Option<Seal>) -> Option<MapError> {
        if self.settings.matching.is_none() {
            return Some(MapError::new(
                format!("`{}` is a review file, and this job matches no rows", self.file),
                "give it to the job that wrote it, or say `--match phone,name`",
            ));
        }
        let seal = seal?;
        (!seal.is_for(self.settings.decided_for)).then(|| {
            MapError::new(
                format!(
                    "`{}` was written for another reading: another account, server or operation than this job's, or \
                     somebody changed its `{CHECK}`",
                    self.file
                ),
                "what was decided there holds for nothing else: give it to the job that wrote it",
            )
        })
    }
}
