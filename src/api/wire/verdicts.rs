//! Verdicts on single records: the entries of `successfulRecords` and `failedRecords`.
//!
//! As long as the batch by construction. Counts beside the lists are ignored; an entry without a
//! readable id is kept as unexpected and speaks for nobody.

use std::borrow::Cow;
use std::ops::Range;

use super::contact::{Entry, differences};
use super::join::Join;
use super::json::{Cursor, Field};
use super::words::{Words, not_found};
use crate::api::reading::{Named, Reading};
use crate::model::settlement::Refusal;
use crate::model::{Operation, Record};

/// What the lists of one answer say, while they are read.
pub(super) struct Verdicts<'r> {
    operation: Operation,
    status: u16,
    records: &'r [Record],
    join: Join<'r>,
    named: Vec<Named>,
    unexpected: Vec<Range<usize>>,
    unexpected_successes: u64,
}

/// Whom an entry means.
enum Whom {
    Record(usize),
    Stranger,
    Nobody,
}

impl<'r> Verdicts<'r> {
    pub(super) fn new(operation: Operation, status: u16, records: &'r [Record]) -> Self {
        Self {
            operation,
            status,
            records,
            join: Join::new(records),
            named: vec![Named::Nowhere; records.len()],
            unexpected: Vec::new(),
            unexpected_successes: 0,
        }
    }

    /// Whether any entry was read.
    pub(super) fn any(&self) -> bool {
        !self.unexpected.is_empty() || self.named.iter().any(|named| *named != Named::Nowhere)
    }

    pub(super) fn into_reading(self) -> Reading {
        Reading::Verdicts {
            named: self.named,
            unexpected: self.unexpected,
            unexpected_successes: self.unexpected_successes,
        }
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
            Whom::Stranger => {
                self.unexpected_successes += 1;
                self.unexpected.push(entry);
            }
            Whom::Nobody => self.unexpected.push(entry),
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
        // Elsewhere in this API a `success` carries items that failed (`kore-facts.md`, answers).
        let denied =
            contact.is_some_and(|c| c.outer.status.is("failed") || c.outer.status.is("error"));
        let named = &mut self.named[at];
        match named {
            Named::Nowhere if denied => {
                *named = Named::InBoth(refusal(text, self.status, entry));
            }
            Named::Nowhere => {
                let diverged = match (self.operation, contact) {
                    (Operation::BulkUpdate, Some(contact)) => {
                        differences(self.records[at].encoded(), contact.echo())
                    }
                    _ => Vec::new(),
                };
                *named = Named::Succeeded { entry, diverged };
            }
            Named::Failed(refusal) => *named = Named::InBoth(std::mem::take(refusal)),
            Named::Succeeded { .. } | Named::InBoth(_) => {}
        }
    }

    /// Reads one entry of `failedRecords`: a bare id, or an object with an id and words in it.
    pub(super) fn failure(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.peek();
        let start = cursor.at();
        let text = cursor.raw()?;
        let entry = start..cursor.at();
        let ids = ids_of(text);
        let Whom::Record(at) = self.whom(ids.iter().map(|id| Some(&**id))) else {
            self.unexpected.push(entry);
            return Some(());
        };
        let named = &mut self.named[at];
        match named {
            Named::Nowhere => *named = Named::Failed(refusal(text, self.status, entry)),
            Named::Succeeded { .. } => *named = Named::InBoth(refusal(text, self.status, entry)),
            Named::Failed(_) | Named::InBoth(_) => {}
        }
        Some(())
    }

    /// The one record that the ids of an entry mean. Two different ones: nobody can say which.
    fn whom<'i>(&mut self, ids: impl IntoIterator<Item = Option<&'i str>>) -> Whom {
        let mut whom = Whom::Nobody;
        let mut last = None;
        for id in ids.into_iter().flatten().filter(|id| !id.is_empty()) {
            if last.replace(id) == Some(id) {
                continue;
            }
            whom = match (self.join.find(id), whom) {
                (Some(at), Whom::Record(other)) if at != other => return Whom::Nobody,
                (Some(at), _) => Whom::Record(at),
                (None, Whom::Nobody) => Whom::Stranger,
                (None, whom) => whom,
            };
        }
        whom
    }
}

fn refusal(text: &str, status: u16, entry: Range<usize>) -> Refusal {
    let words = if text.starts_with('{') { Words::envelope(text) } else { Words::default() };
    Refusal {
        not_found: words.has_code("404") || not_found(&words.reason),
        passing: words.pass(),
        reason: words.reason,
        code: words.code,
        status: Some(status),
        entry: Some(entry),
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
