//! Verdicts on single records: the entries of `successfulRecords` and `failedRecords`.
//!
//! As long as the batch by construction. An entry without a readable id is kept as unexpected and
//! speaks for nobody.

use std::borrow::Cow;
use std::ops::Range;

use super::contact::{Entry, differences};
use super::join::Join;
use super::json::{Cursor, Field};
use super::message::{Message, not_found};
use crate::api::reading::{Named, Verdicts};
use crate::model::settlement::{Refusal, Unexpected, UnexpectedKind};
use crate::model::{Effect, OperationSpec, Record};

/// What the lists of one answer say, while they are read.
pub(super) struct Entries<'r> {
    sends_contacts: bool,
    deletes: bool,
    status: u16,
    records: &'r [Record],
    join: Join<'r>,
    found: Verdicts,
}

/// Whom an entry means.
enum Whom {
    Record(usize),
    Nobody(UnexpectedKind),
}

impl<'r> Entries<'r> {
    pub(super) fn new(spec: &OperationSpec, status: u16, records: &'r [Record]) -> Self {
        Self {
            sends_contacts: spec.sends_contacts(),
            deletes: spec.effect == Effect::Delete,
            status,
            records,
            join: Join::new(records),
            found: Verdicts { named: vec![Named::Nowhere; records.len()], ..Verdicts::default() },
        }
    }

    /// Whether any entry was read.
    pub(super) fn any(&self) -> bool {
        let Verdicts { named, unexpected, .. } = &self.found;
        !unexpected.is_empty() || named.iter().any(|named| *named != Named::Nowhere)
    }

    /// What they say, beside counts that contradict them.
    pub(super) fn verdicts(self, miscount: Option<String>) -> Verdicts {
        Verdicts { miscount, ..self.found }
    }

    /// Reads one entry of `successfulRecords`: `{"id"}`, `{"_id"}`, `{"contact":{"_id"}}`, a contact, a bare id.
    pub(super) fn success(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.peek();
        let start = cursor.at();
        let contact = Entry::read(cursor);
        let whom = if let Some(contact) = &contact {
            self.whom(contact.ids())
        } else {
            // An entry that does not read as a contact can still name one.
            cursor.back_to(start);
            self.whom(ids_of(cursor.raw()?).iter().map(|id| Some(&**id)))
        };
        let entry = start..cursor.at();
        match whom {
            Whom::Record(at) => self.succeeded(at, cursor.slice(&entry), entry, contact.as_ref()),
            Whom::Nobody(kind) => {
                self.found.unexpected_successes += u64::from(kind == UnexpectedKind::NotSent);
                self.found.unexpected.push(Unexpected { entry, kind });
            }
        }
        Some(())
    }

    fn succeeded(
        &mut self,
        at: usize,
        text: &str,
        entry: Range<usize>,
        contact: Option<&Entry<'_>>,
    ) {
        let denial = self.denial(text, contact);
        let named = &mut self.found.named[at];
        match (&mut *named, denial) {
            // Also where it was said once without a denial.
            (Named::Nowhere | Named::Succeeded { .. }, Some(how)) => {
                *named = Named::Contradictory { how, refusal: refusal(text, self.status, entry) };
            }
            (Named::Nowhere, None) => {
                let sent = self.records[at].encoded();
                let echo = contact.filter(|_| self.sends_contacts).map(Entry::echo);
                let diverged = echo.map(|echo| differences(sent, echo)).unwrap_or_default();
                *named = Named::Succeeded { entry: Some(entry), diverged };
            }
            (Named::Failed(refusal), _) => *named = Named::InBoth(std::mem::take(refusal)),
            (Named::Succeeded { .. } | Named::InBoth(_) | Named::Contradictory { .. }, _) => {}
        }
    }

    /// How an entry of `successfulRecords` denies what its place says.
    fn denial(&self, text: &str, contact: Option<&Entry<'_>>) -> Option<String> {
        match contact {
            None => text.starts_with('{').then(|| "a member of it has two meanings".to_owned()),
            Some(contact) if self.deletes && contact.echo().status.is("ACTIVE") => {
                Some("the contact in it is still `ACTIVE`".to_owned())
            }
            Some(contact) => contact.denial.how().map(str::to_owned),
        }
    }

    /// Reads one entry of `failedRecords`: a bare id, or an object with an id and words in it.
    pub(super) fn failure(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.peek();
        let start = cursor.at();
        let text = cursor.raw()?;
        let entry = start..cursor.at();
        let ids = ids_of(text);
        let at = match self.whom(ids.iter().map(|id| Some(&**id))) {
            Whom::Record(at) => at,
            Whom::Nobody(kind) => {
                self.found.unexpected.push(Unexpected { entry, kind });
                return Some(());
            }
        };
        let named = &mut self.found.named[at];
        match named {
            Named::Nowhere => *named = Named::Failed(refusal(text, self.status, entry)),
            Named::Succeeded { .. } | Named::Contradictory { .. } => {
                *named = Named::InBoth(refusal(text, self.status, entry));
            }
            Named::Failed(_) | Named::InBoth(_) => {}
        }
        Some(())
    }

    /// The one record that the ids of an entry mean. Two different ones: nobody can say which.
    fn whom<'i>(&mut self, ids: impl IntoIterator<Item = Option<&'i str>>) -> Whom {
        let mut whom = Whom::Nobody(UnexpectedKind::NoId);
        let mut last = None;
        for id in ids.into_iter().flatten().filter(|id| !id.is_empty()) {
            if last.replace(id) == Some(id) {
                continue;
            }
            whom = match (self.join.find(id), whom) {
                (Some(at), Whom::Record(other)) if at != other => {
                    return Whom::Nobody(UnexpectedKind::SeveralIds);
                }
                (Some(at), _) => Whom::Record(at),
                (None, Whom::Nobody(_)) => Whom::Nobody(UnexpectedKind::NotSent),
                (None, whom) => whom,
            };
        }
        whom
    }
}

fn refusal(text: &str, status: u16, entry: Range<usize>) -> Refusal {
    let words = if text.starts_with('{') { Message::envelope(text) } else { Message::default() };
    Refusal {
        not_found: words.has_code("404") || not_found(&words.reason),
        passing: words.pass(),
        reason: words.reason,
        code: words.code,
        status: Some(status),
        entry: Some(entry),
        deleted_by: None,
    }
}

/// Every id that an entry gives: itself, or `id` and `_id` in it and in the contact in it.
fn ids_of(text: &str) -> Vec<Cow<'_, str>> {
    let mut ids = Vec::new();
    let mut cursor = Cursor::new(text);
    if cursor.peek() == Some(b'{') {
        collect_ids(&mut cursor, true, &mut ids);
    } else if let Some(Field::Text(id)) = cursor.field() {
        ids.push(id);
    }
    ids
}

fn collect_ids<'a>(cursor: &mut Cursor<'a>, outermost: bool, ids: &mut Vec<Cow<'a, str>>) {
    cursor.object(|cursor, key| {
        let text = cursor.raw()?;
        match key {
            "id" | "_id" => {
                if let Some(Field::Text(id)) = Cursor::new(text).field() {
                    ids.push(id);
                }
            }
            "contact" if outermost => collect_ids(&mut Cursor::new(text), false, ids),
            _ => {}
        }
        Some(())
    });
}
