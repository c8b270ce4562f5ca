//! The body of an answer, taken apart once: its lists, its words, and the ids beside them.
//!
//! Must not know what a status means.

use std::ops::Range;

use super::json::{Cursor, Field};
use super::verdicts::Verdicts;
use super::words::{Words, not_found, rate_limit};
use crate::api::reading::ThrottledWindow;
use crate::model::settlement::Refusal;
use crate::model::{Operation, Record};

/// A body, taken apart once.
pub(super) struct Page<'a, 'r> {
    pub(super) text: &'a str,
    /// It is a JSON object or array.
    pub(super) json: bool,
    /// It has `successfulRecords` or `failedRecords`, and one of them is an array.
    pub(super) listed: bool,
    pub(super) verdicts: Verdicts<'r>,
    pub(super) words: Words,
    pub(super) id: Field<'a>,
    pub(super) object_id: Field<'a>,
    pub(super) status: Field<'a>,
    /// `data._id` of the campaign envelope.
    pub(super) list_id: Field<'a>,
}

impl<'a, 'r> Page<'a, 'r> {
    /// Takes a body apart, entries included.
    pub(super) fn of(text: &'a str, op: Operation, status: u16, records: &'r [Record]) -> Self {
        let mut page = Self::plain(text, op, status, records);
        let mut cursor = Cursor::new(text);
        let whole = match cursor.peek() {
            Some(b'{') => cursor.object(|cursor, key| page.member(cursor, key)),
            Some(b'[') => cursor.raw().map(|text| page.words = Words::envelope(text)),
            _ => None,
        };
        if whole.is_some() && cursor.ended() {
            page.json = true;
            page
        } else {
            // Cut short or no JSON at all: nothing in it counts.
            Self::plain(text, op, status, records)
        }
    }

    /// A body that is no JSON. Nothing it holds but its words counts.
    pub(super) fn plain(text: &'a str, op: Operation, status: u16, records: &'r [Record]) -> Self {
        Self {
            text,
            json: false,
            listed: false,
            verdicts: Verdicts::new(op, status, records),
            words: Words::default(),
            id: Field::Absent,
            object_id: Field::Absent,
            status: Field::Absent,
            list_id: Field::Absent,
        }
    }

    fn member(&mut self, cursor: &mut Cursor<'a>, key: &str) -> Option<()> {
        match (key, cursor.peek()?) {
            ("successfulRecords", b'[') => {
                self.listed = true;
                cursor.array(|cursor| self.verdicts.success(cursor))
            }
            ("failedRecords", b'[') => {
                self.listed = true;
                cursor.array(|cursor| self.verdicts.failure(cursor))
            }
            ("id", _) => cursor.field().map(|id| self.id = id),
            ("_id", _) => cursor.field().map(|id| self.object_id = id),
            ("status", _) => cursor.field().map(|status| self.status = status),
            ("data", b'{') => cursor.object(|cursor, key| match key {
                "_id" => cursor.field().map(|id| self.list_id = id),
                _ => cursor.skip(),
            }),
            ("reason" | "error" | "errors" | "message" | "msg" | "code", _) => {
                cursor.raw().map(|text| self.words.member(key, text))
            }
            _ => cursor.skip(),
        }
    }

    /// The rate limit that the envelope speaks of, or a short text that is no JSON. Never one in a
    /// contact's own text: entries and data are not looked at.
    pub(super) fn rate_limit(&self) -> Option<ThrottledWindow> {
        const SHORT: usize = 2048;
        if self.json {
            rate_limit(&self.words.reason)
        } else if self.text.len() <= SHORT && !self.looks_like_json() {
            rate_limit(self.text)
        } else {
            None
        }
    }

    /// JSON that was cut short may hold contacts.
    fn looks_like_json(&self) -> bool {
        matches!(Cursor::new(self.text).peek(), Some(b'{' | b'['))
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

    /// The server's words on the whole request.
    pub(super) fn into_refusal(self, status: u16) -> Refusal {
        let entry = self.json.then(|| self.place());
        let reason = match (self.json, self.text.trim()) {
            (true, _) => self.words.reason.clone(),
            (false, page) if page.starts_with('<') => title(page).to_owned(),
            (false, text) => text.to_owned(),
        };
        let bare_404 = reason.is_empty() && self.words.has_code("404");
        Refusal {
            not_found: bare_404 || not_found(&reason),
            passing: self.words.pass(),
            reason,
            code: self.words.code,
            status: Some(status),
            entry,
        }
    }
}

/// The title of an HTML page: the only words in it that are the server's and not its designer's.
fn title(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let Some(start) = lower.find("<title>").map(|at| at + "<title>".len()) else { return "" };
    let end = lower[start..].find('<').map_or(page.len(), |len| start + len);
    page[start..end].trim()
}
