//! The body of an answer, taken apart once: its lists, its words, and the ids beside them.
//!
//! Must not know what a status means.

use std::ops::Range;

use super::AnswerParts;
use super::denial::Denial;
use super::json::{Cursor, Field};
use super::message::{Message, in_use, not_found, rate_limit};
use super::verdicts::Entries;
use crate::api::reading::ThrottledWindow;
use crate::model::settlement::Refusal;
use crate::model::{OperationSpec, Record, Success};

/// A body, taken apart once.
pub(super) struct Page<'a, 'r> {
    pub(super) text: &'a str,
    /// It is a JSON object or array.
    pub(super) json: bool,
    /// A list of contacts in it says what was created.
    creates: bool,
    /// `successfulRecords` and `failedRecords`, as far as they are arrays.
    pub(super) lists: Lists,
    pub(super) entries: Entries<'r>,
    pub(super) message: Message,
    pub(super) id: Field<'a>,
    pub(super) object_id: Field<'a>,
    pub(super) status: Field<'a>,
    /// `data._id` of the campaign envelope.
    pub(super) list_id: Field<'a>,
    /// What the envelope says against a success of its own.
    pub(super) denial: Denial,
    counts: Counts<'a>,
}

/// How many entries the lists of an answer hold; `None` where there is no such list.
#[derive(Debug, Default)]
pub(super) struct Lists {
    successful: Option<u64>,
    failed: Option<u64>,
}

impl Lists {
    /// Whether there is any list.
    pub(super) const fn any(&self) -> bool {
        self.successful.is_some() || self.failed.is_some()
    }
}

/// The counts beside the lists, as they are.
#[derive(Debug, Default)]
struct Counts<'a> {
    requested: Field<'a>,
    successful: Field<'a>,
    failed: Field<'a>,
}

impl<'a, 'r> Page<'a, 'r> {
    /// Takes a body apart, entries included.
    pub(super) fn of(
        text: &'a str,
        spec: &OperationSpec,
        answer: &AnswerParts<'r>,
        records: &'r [Record],
    ) -> Self {
        let mut page = Self::plain(text, spec, answer, records);
        // Elsewhere such an array holds errors.
        page.creates = spec.success == Success::Contacts && matches!(answer.status, 200..=299);
        let mut cursor = Cursor::new(text);
        let whole = match cursor.peek() {
            Some(b'{') => cursor.object(|cursor, key| page.member(cursor, key)),
            Some(b'[') if page.creates => page.contacts(&mut cursor),
            Some(b'[') => cursor.raw().map(|text| page.message = Message::envelope(text)),
            _ => None,
        };
        if whole.is_some() && cursor.ended() {
            page.json = true;
            page
        } else {
            // Cut short, no JSON at all, or a member is there twice: nothing in it counts.
            Self::plain(text, spec, answer, records)
        }
    }

    /// A body that is no JSON. Nothing it holds but its words counts.
    pub(super) fn plain(
        text: &'a str,
        spec: &OperationSpec,
        answer: &AnswerParts<'r>,
        records: &'r [Record],
    ) -> Self {
        Self {
            text,
            json: false,
            creates: false,
            lists: Lists::default(),
            entries: Entries::new(spec, answer, records),
            message: Message::default(),
            id: Field::Absent,
            object_id: Field::Absent,
            status: Field::Absent,
            list_id: Field::Absent,
            denial: Denial::default(),
            counts: Counts::default(),
        }
    }

    fn member(&mut self, cursor: &mut Cursor<'a>, key: &str) -> Option<()> {
        match (key, cursor.peek()?) {
            ("successfulRecords", b'[') => self.contacts(cursor),
            ("results" | "contacts" | "data", b'[') if self.creates => self.contacts(cursor),
            ("failedRecords", b'[') => {
                let mut entries = 0;
                cursor.array(|cursor| {
                    entries += 1;
                    self.entries.failure(cursor)
                })?;
                once(&mut self.lists.failed, entries)
            }
            ("id", _) => self.id.read(cursor),
            ("_id", _) => self.object_id.read(cursor),
            ("status", _) => self.status.read(cursor),
            ("totalRequested", _) => self.counts.requested.read(cursor),
            ("successful", _) => self.counts.successful.read(cursor),
            ("failed", _) => self.counts.failed.read(cursor),
            ("data", b'{') => cursor.object(|cursor, key| match key {
                "_id" => self.list_id.read(cursor),
                _ => cursor.skip(),
            }),
            ("reason" | "error" | "errors" | "message" | "msg" | "code", _) => {
                let text = cursor.raw()?;
                self.message.member(key, text);
                if Denial::concerns(key) {
                    self.denial.member(&mut Cursor::new(text), key)?;
                }
                Some(())
            }
            _ if Denial::concerns(key) => self.denial.member(cursor, key),
            _ => cursor.skip(),
        }
    }

    /// A list of what was done.
    fn contacts(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let mut entries = 0;
        cursor.array(|cursor| {
            entries += 1;
            self.entries.success(cursor)
        })?;
        once(&mut self.lists.successful, entries)
    }

    /// The counts that contradict the lists they are beside, in words: `successful` is 0, listed are 4.
    pub(super) fn miscount(&self, sent: usize) -> Option<String> {
        let Counts { requested, successful, failed } = &self.counts;
        let listed = |name, count: &Field<'_>, list: Option<u64>, how: &str| {
            let (count, list) = (count.text()?.parse::<u64>().ok()?, list.unwrap_or_default());
            (count != list).then(|| format!("`{name}` is {count}, {how} {list}"))
        };
        let wrong = [
            listed("totalRequested", requested, Some(sent as u64), "sent were"),
            listed("successful", successful, self.lists.successful, "listed are"),
            listed("failed", failed, self.lists.failed, "listed are"),
        ];
        let wrong: Vec<String> = wrong.into_iter().flatten().collect();
        (self.lists.any() && !wrong.is_empty()).then(|| wrong.join("; "))
    }

    /// Whether it has counts as beside lists, and no lists.
    pub(super) fn only_counts(&self) -> bool {
        let Counts { successful, failed, .. } = &self.counts;
        !self.lists.any() && (successful.text().is_some() || failed.text().is_some())
    }

    /// The rate limit that the envelope speaks of, or a short text that is no JSON. Never one in a
    /// contact's own text: entries and data are not looked at.
    pub(super) fn rate_limit(&self) -> Option<ThrottledWindow> {
        const SHORT: usize = 2048;
        if self.json {
            rate_limit(&self.message.reason)
        } else if self.text.len() <= SHORT && !self.looks_like_json() {
            rate_limit(self.text)
        } else {
            None
        }
    }

    /// JSON that was cut short may hold contacts.
    pub(super) fn looks_like_json(&self) -> bool {
        matches!(Cursor::new(self.text).peek(), Some(b'{' | b'['))
    }

    /// Whether it is JSON that can hold no record: a text, a number, `true`, `null`.
    pub(super) fn is_a_value(&self) -> bool {
        !self.looks_like_json() && serde_json::from_str::<serde::de::IgnoredAny>(self.text).is_ok()
    }

    /// What a body that is no JSON looks like.
    pub(super) fn kind(&self, content_type: Option<&str>) -> &'static str {
        let said = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        if said || self.text.trim_start().starts_with('<') { "html" } else { "no json" }
    }

    /// The body without the white space around it.
    pub(super) fn place(&self) -> Range<usize> {
        let mut cursor = Cursor::new(self.text);
        cursor.peek();
        cursor.at()..self.text.trim_ascii_end().len().max(cursor.at())
    }

    /// The server's message on the whole request.
    pub(super) fn into_refusal(self, status: u16) -> Refusal {
        let entry = self.json.then(|| self.place());
        let reason = match (self.json, self.text.trim()) {
            (true, _) => self.message.reason.clone(),
            (false, page) if page.starts_with('<') => title(page).to_owned(),
            // Broken JSON holds entries, and no message.
            (false, _) if self.looks_like_json() => String::new(),
            (false, text) => text.chars().take(MESSAGE).collect(),
        };
        let bare_404 = reason.is_empty() && self.message.has_code("404");
        Refusal {
            not_found: bare_404 || not_found(&reason),
            in_use: in_use(&reason),
            passing: self.message.pass(),
            reason,
            code: self.message.code,
            status: Some(status),
            entry,
            deleted_by: None,
        }
    }
}

/// Characters of a text that count as the server's message.
const MESSAGE: usize = 2000;

/// A list may be there once: nobody can say which of two is right.
fn once(list: &mut Option<u64>, entries: u64) -> Option<()> {
    list.replace(entries).is_none().then_some(())
}

/// The title of an HTML page: the only words in it that are the server's and not its designer's.
fn title(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let Some(start) = lower.find("<title>").map(|at| at + "<title>".len()) else { return "" };
    let end = lower[start..].find('<').map_or(page.len(), |len| start + len);
    page[start..end].trim()
}
