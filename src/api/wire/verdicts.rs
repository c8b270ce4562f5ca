//! Verdicts on single records: the entries of `successfulRecords` and `failedRecords`, and the contacts
//! that answer a create.
//!
//! As long as the batch by construction. An entry without a readable id is kept as unexpected and
//! speaks for nobody.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::AnswerParts;
use super::contact::{Entry, differences};
use super::created::{self, Said};
use super::join::Join;
use super::json::{Cursor, Field};
use super::message::{Message, in_use, not_found};
use crate::api::reading::{Named, Verdicts};
use crate::model::settlement::{Refusal, Unexpected, UnexpectedKind};
use crate::model::{Effect, OperationSpec, Record};

/// What the lists of one answer say, while they are read.
pub(super) struct Entries<'r> {
    sends_contacts: bool,
    effect: Effect,
    answer: AnswerParts<'r>,
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
    pub(super) fn new(
        spec: &OperationSpec,
        answer: &AnswerParts<'r>,
        records: &'r [Record],
    ) -> Self {
        Self {
            sends_contacts: spec.sends_contacts(),
            effect: spec.effect,
            answer: *answer,
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

    /// What they say, beside counts that contradict them and an envelope that denies all of it.
    pub(super) fn verdicts(mut self, miscount: Option<String>, denial: Option<&str>) -> Verdicts {
        let failed = |named: &Named| !matches!(named, Named::Nowhere | Named::Succeeded { .. });
        // Beside failures it speaks of them.
        if let Some(how) = denial.filter(|_| !self.found.named.iter().any(failed)) {
            self.contradict(|_| true, &format!("the answer around it says otherwise: {how}"));
        }
        let mut ids = HashMap::new();
        for id in self.found.named.iter().filter_map(created_id) {
            *ids.entry(id.to_owned()).or_insert(0) += 1;
        }
        let is_shared = |id: &str| ids.get(id).is_some_and(|count| *count > 1);
        self.contradict(
            |named| created_id(named).is_some_and(is_shared),
            "its new id is another contact's too",
        );
        Verdicts { miscount, ..self.found }
    }

    /// Takes successes back, for a reason in korebulk's words.
    fn contradict(&mut self, which: impl Fn(&Named) -> bool, how: &str) {
        let status = Some(self.answer.status);
        for named in self.found.named.iter_mut().filter(|named| which(named)) {
            if let Named::Succeeded { entry, .. } = named {
                let refusal = Refusal { status, entry: entry.take(), ..Refusal::default() };
                *named = Named::Contradictory { how: how.to_owned(), refusal };
            }
        }
    }

    /// Reads one entry of `successfulRecords`: `{"id"}`, `{"_id"}`, `{"contact":{"_id"}}`, a contact, a bare id;
    /// or one of the contacts that answer a create.
    pub(super) fn success(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        cursor.peek();
        let start = cursor.at();
        let contact = Entry::read(cursor);
        let whom = if let Some(contact) = &contact {
            self.whom_of(contact)
        } else {
            // An entry that does not read as a contact can still name one.
            cursor.back_to(start);
            self.whom_with_ids(ids_of(cursor.raw()?).iter().map(|id| Some(&**id)))
        };
        let entry = start..cursor.at();
        match whom {
            Whom::Record(at) if self.effect == Effect::Create => {
                self.created(at, cursor.slice(&entry), entry, contact.as_ref());
            }
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
                *named =
                    Named::Contradictory { how, refusal: refusal(text, self.answer.status, entry) };
            }
            (Named::Nowhere, None) => {
                let sent = self.records[at].encoded();
                let echo = contact.filter(|_| self.sends_contacts).map(Entry::echo);
                let diverged = echo.map(|echo| differences(sent, echo)).unwrap_or_default();
                *named = Named::Succeeded { entry: Some(entry), diverged, created: None };
            }
            (Named::Failed(refusal), _) => *named = Named::InBoth(std::mem::take(refusal)),
            (Named::Succeeded { .. } | Named::InBoth(_) | Named::Contradictory { .. }, _) => {}
        }
    }

    /// A contact, or why there is none: an entry is both in the one list that a create has.
    fn created(&mut self, at: usize, text: &str, entry: Range<usize>, contact: Option<&Entry<'_>>) {
        let sent = self.records[at].encoded();
        let refusal = |entry| refusal(text, self.answer.status, entry);
        let said = match contact {
            None => Said::Unclear("a member of it has two meanings".to_owned()),
            Some(contact) => created::said(contact, text, self.answer.date),
        };
        let named = &mut self.found.named[at];
        *named = match (std::mem::replace(named, Named::Nowhere), said) {
            (Named::Nowhere, Said::Created(id)) => {
                let diverged = contact.map(Entry::echo).map(|echo| differences(sent, echo));
                let (diverged, created) = (diverged.unwrap_or_default(), Some(id));
                Named::Succeeded { entry: Some(entry), diverged, created }
            }
            (Named::Nowhere, Said::Refused) => Named::Failed(refusal(entry)),
            (Named::Nowhere, Said::HeldBefore) => {
                let reason = created::HELD_BEFORE.to_owned();
                Named::Failed(Refusal { reason, in_use: true, ..refusal(entry) })
            }
            (Named::Nowhere, Said::Unclear(how)) => {
                Named::Contradictory { how, refusal: refusal(entry) }
            }
            (_, _) => {
                let how = "it has several entries".to_owned();
                Named::Contradictory { how, refusal: refusal(entry) }
            }
        };
    }

    /// How an entry of `successfulRecords` denies what its place says.
    fn denial(&self, text: &str, contact: Option<&Entry<'_>>) -> Option<String> {
        match contact {
            None => text.starts_with('{').then(|| "a member of it has two meanings".to_owned()),
            Some(contact)
                if self.effect == Effect::Delete && contact.echo().status.is("ACTIVE") =>
            {
                Some("the contact in it is still `ACTIVE`".to_owned())
            }
            Some(contact) if self.effect == Effect::Delete && contact.denial.is_left() => {
                Some("`deleted` is false".to_owned())
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
        let whom = match Entry::read(&mut Cursor::new(text)) {
            Some(contact) if self.effect == Effect::Create => self.whom_of(&contact),
            _ => self.whom_with_ids(ids_of(text).iter().map(|id| Some(&**id))),
        };
        let at = match whom {
            Whom::Record(at) => at,
            Whom::Nobody(kind) => {
                self.found.unexpected.push(Unexpected { entry, kind });
                return Some(());
            }
        };
        let named = &mut self.found.named[at];
        match named {
            Named::Nowhere => *named = Named::Failed(refusal(text, self.answer.status, entry)),
            Named::Succeeded { .. } | Named::Contradictory { .. } => {
                *named = Named::InBoth(refusal(text, self.answer.status, entry));
            }
            Named::Failed(_) | Named::InBoth(_) => {}
        }
        Some(())
    }

    /// The one record that an entry means: by its ids; what has none until now by its phone number.
    fn whom_of(&mut self, contact: &Entry<'_>) -> Whom {
        if self.effect == Effect::Create {
            return self.whom_with_numbers(&created::numbers(contact));
        }
        self.whom_with_ids(contact.ids())
    }

    /// The one record that the ids of an entry mean. Different ones, sent or not: nobody can say which.
    fn whom_with_ids<'i>(&mut self, ids: impl IntoIterator<Item = Option<&'i str>>) -> Whom {
        let mut ids = ids.into_iter().flatten().filter(|id| !id.is_empty());
        let Some(first) = ids.next() else { return Whom::Nobody(UnexpectedKind::NoId) };
        let found = self.join.find(first);
        if ids.any(|id| !id.eq_ignore_ascii_case(first)) {
            return Whom::Nobody(UnexpectedKind::SeveralIds);
        }
        found.map_or(Whom::Nobody(UnexpectedKind::NotSent), Whom::Record)
    }

    /// The one record that a number means, whichever way it is read. Two records: nobody can say which.
    fn whom_with_numbers(&mut self, numbers: &[String]) -> Whom {
        let found: Vec<usize> =
            numbers.iter().filter_map(|number| self.join.find(number)).collect();
        match (numbers, found.as_slice()) {
            ([], _) => Whom::Nobody(UnexpectedKind::NoId),
            (_, []) => Whom::Nobody(UnexpectedKind::NotSent),
            (_, [at]) => Whom::Record(*at),
            (_, [..]) => Whom::Nobody(UnexpectedKind::SeveralIds),
        }
    }
}

fn created_id(named: &Named) -> Option<&str> {
    match named {
        Named::Succeeded { created, .. } => created.as_deref(),
        _ => None,
    }
}

fn refusal(text: &str, status: u16, entry: Range<usize>) -> Refusal {
    let words = if text.starts_with('{') { Message::envelope(text) } else { Message::default() };
    Refusal {
        not_found: words.has_code("404") || not_found(&words.reason),
        in_use: in_use(&words.reason),
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
