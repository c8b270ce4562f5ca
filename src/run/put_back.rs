//! What an undo does with a contact, by how the account shows it: put back, or left as somebody else made it.

use crate::api::wire::{AccountContact, differing};
use crate::map::{Mapped, Mapper};
use crate::model::{Effect, Ordinal, Outcome, Record, RunError};
use crate::store::Left;

/// Nothing has to be put back.
const AS_BEFORE: &str = "asBefore: the contact is as it was before the run";
/// Somebody else's change stays.
const CHANGED: &str =
    "changedSince: somebody has changed the contact since the run; it stays as it is";
const DELETED: &str =
    "changedSince: somebody has deleted the contact since the run; it stays as it is";
/// There is nothing to put back.
const NOT_HELD: &str = "notHeld: the account did not show the contact before the run";

/// What becomes of a contact.
pub(crate) enum PutBack {
    /// It is put back. `touched`: the values are as the run left them, and the time of the last change is another one.
    Send { record: Record, touched: bool },
    /// There is nothing to do, or nothing that can be done.
    Held(Outcome, String),
    /// Somebody else's change stays.
    Edited(String),
}

/// Judges contacts by the rows of an undo.
pub(crate) struct Judging<'a> {
    /// What the undo does.
    pub(crate) effect: Effect,
    pub(crate) mapper: &'a mut Mapper,
    /// Another contact that has the number of this one.
    pub(crate) holder_of: &'a dyn Fn(&AccountContact<'_>) -> Option<String>,
}

impl Judging<'_> {
    /// Judges the contact of a row, whose text this is; `now`: as the account shows it, where it does.
    ///
    /// # Errors
    /// Exit 70 for a row or a contact that is damaged.
    pub(crate) fn judge(
        &mut self,
        ordinal: Ordinal,
        row: &str,
        now: Option<&str>,
    ) -> Result<PutBack, RunError> {
        let damaged = || RunError::internal("a stored row or contact is damaged");
        let was = AccountContact::read(row).ok_or_else(damaged)?;
        let left = Left::read(row).ok_or_else(damaged)?;
        let contact = now.map(|text| AccountContact::read(text).ok_or_else(damaged)).transpose()?;
        let active = now.zip(contact.as_ref()).filter(|(_, contact)| contact.is_active());
        Ok(match self.effect {
            _ if !left.known => PutBack::Held(Outcome::Rejected, NOT_HELD.to_owned()),
            Effect::Update => self.values(ordinal, (&was, &left), active),
            Effect::Create => self.anew(ordinal, &was, active.is_some()),
            Effect::Delete => deleted(ordinal, (&was, &left), active),
        })
    }

    fn values(
        &mut self,
        ordinal: Ordinal,
        (was, left): (&AccountContact<'_>, &Left<'_>),
        now: Option<(&str, &AccountContact<'_>)>,
    ) -> PutBack {
        let Some((text, now)) = now else { return PutBack::Edited(DELETED.to_owned()) };
        if now.has_the_values_of(was) {
            return PutBack::Held(Outcome::Skipped, AS_BEFORE.to_owned());
        }
        if !is_as_left(left, text) {
            return PutBack::Edited(CHANGED.to_owned());
        }
        of_mapped(self.mapper.restored(ordinal, was, Some(now), false), was_touched(left, now))
    }

    fn anew(&mut self, ordinal: Ordinal, was: &AccountContact<'_>, is_there: bool) -> PutBack {
        if is_there || !was.is_active() {
            return PutBack::Held(Outcome::Skipped, AS_BEFORE.to_owned());
        }
        if let Some(holder) = (self.holder_of)(was) {
            let reason = format!("numberInUse: contact {holder} has its phone number");
            return PutBack::Held(Outcome::Rejected, reason);
        }
        of_mapped(self.mapper.restored(ordinal, was, None, true), false)
    }
}

/// What was created, where nobody has touched it: what else a person may have added is not known.
fn deleted(
    ordinal: Ordinal,
    (was, left): (&AccountContact<'_>, &Left<'_>),
    now: Option<(&str, &AccountContact<'_>)>,
) -> PutBack {
    match now {
        None => PutBack::Held(Outcome::Skipped, AS_BEFORE.to_owned()),
        Some((text, now)) if is_as_left(left, text) && !was_touched(left, now) => {
            PutBack::Send { record: Record::only_id(ordinal, &was.id), touched: false }
        }
        Some(_) => PutBack::Edited(CHANGED.to_owned()),
    }
}

/// Whether a contact has the values that the run gave it: those that were sent, or those that the server made of them.
fn is_as_left(left: &Left<'_>, now: &str) -> bool {
    let echoed = || {
        let echo = left.echo.and_then(|echo| AccountContact::read(echo.get()));
        echo.zip(AccountContact::read(now)).is_some_and(|(echo, now)| echo.has_the_values_of(&now))
    };
    differing(left.sent.get(), now).is_empty() || echoed()
}

/// Whether it was changed after the run's own change.
fn was_touched(left: &Left<'_>, now: &AccountContact<'_>) -> bool {
    left.stamp.zip(now.changed_at()).is_some_and(|(left, now)| left != now)
}

fn of_mapped(mapped: Mapped, touched: bool) -> PutBack {
    match mapped {
        Mapped::Checked(record) => PutBack::Send { record, touched },
        Mapped::Skipped { rule, .. } => PutBack::Held(Outcome::Skipped, rule),
        Mapped::Rejected { defects, .. } => {
            let defects: Vec<String> = defects.iter().map(ToString::to_string).collect();
            let reason = format!("cannot be put back: {}", defects.join("; "));
            PutBack::Held(Outcome::Rejected, reason)
        }
    }
}
