//! Records that were made of rows and contacts: filled, matched or selected anew.

use super::judge::{EDITED, Judge, Judged, NOT_SHOWN};
use super::stored_rows::StoredRows;
use crate::account::{StoredContact, is_still_meant};
use crate::api::wire::{AccountContact, shows};
use crate::config::Plan;
use crate::map::{Mapped, UNCHANGED};
use crate::model::{Cells, Effect, Outcome, Record, RunError};

/// Judges the rows of a run again.
pub(crate) struct RowJudge {
    pub(crate) plan: Plan,
    pub(crate) rows: StoredRows,
}

impl RowJudge {
    fn is_delete(&self) -> bool {
        self.plan.operation.spec().effect == Effect::Delete
    }

    /// What the row, or the rules, make of the contact as it is now; `None` where it is not the one that is meant any more.
    fn mapped(
        &mut self,
        record: &Record,
        contact: &AccountContact<'_>,
        text: &str,
    ) -> Result<Option<Mapped>, RunError> {
        let (row, mapper) = self.rows.at(record.ordinal)?;
        if self.plan.is_from_account() {
            if !contact.is_active() {
                return Ok(None);
            }
            row.cells = Cells::Object(text.to_owned());
        }
        if let Some(matching) = self.plan.map.matching {
            let draft = mapper.map(record.ordinal, row);
            let is_meant = mapper.sought().is_none_or(|sought| {
                is_still_meant(matching.by, sought.phone, &sought.name, contact)
            });
            if !matches!(draft, Mapped::Checked(_)) || !is_meant {
                return Ok(None);
            }
        }
        Ok(Some(match self.plan.map.needs_contacts() {
            true => mapper.complete(record.ordinal, row, contact, text),
            false => mapper.map(record.ordinal, row),
        }))
    }
}

impl Judge for RowJudge {
    fn judge(
        &mut self,
        record: &Record,
        contact: Option<&StoredContact<'_>>,
    ) -> Result<Judged, RunError> {
        let is_marked = record.mark.may_have_been_applied();
        let Some(contact) = contact else {
            return Ok(match is_marked && self.is_delete() {
                // Our own request may have done it: the server has its say.
                true => Judged::Go(record.clone()),
                false => Judged::Out(Outcome::Rejected, NOT_SHOWN.to_owned()),
            });
        };
        let account = AccountContact::read(contact.text)
            .ok_or_else(|| RunError::internal("a contact that was read again is damaged"))?;
        let mapped = self.mapped(record, &account, contact.text)?;
        if is_marked {
            let is_done = match self.is_delete() {
                true => !account.is_active(),
                false => shows(record.encoded(), contact.text),
            };
            let is_same =
                matches!(&mapped, Some(Mapped::Checked(now)) if now.encoded() == record.encoded());
            return Ok(match is_done || is_same {
                true => Judged::Go(record.clone()),
                false => Judged::Out(Outcome::Unknown, EDITED.to_owned()),
            });
        }
        Ok(match mapped {
            Some(Mapped::Checked(now)) => Judged::Go(now),
            Some(Mapped::Skipped { rule, .. })
                if rule == UNCHANGED || rule.starts_with("except:") =>
            {
                Judged::Out(Outcome::Skipped, rule)
            }
            Some(Mapped::Skipped { rule, .. }) => Judged::Out(
                Outcome::Rejected,
                format!("{EDITED}, and is no longer selected: {rule}"),
            ),
            Some(Mapped::Rejected { defects, .. }) => {
                let defects: Vec<String> = defects.iter().map(ToString::to_string).collect();
                Judged::Out(Outcome::Rejected, format!("{EDITED}: {}", defects.join("; ")))
            }
            None => Judged::Out(Outcome::Rejected, EDITED.to_owned()),
        })
    }
}
