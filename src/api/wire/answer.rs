//! One answer, read by rule 5.3: the first of its lines that matches.
//!
//! Knows statuses and the order of the rule. Must not decide what follows, and must not look into
//! the body (that is `page`), its free text (`words`) or its entries (`verdicts`).

use std::time::Duration;

use super::clock::{clock_ahead, retry_after};
use super::join::{Join, named_in};
use super::json::Field;
use super::page::Page;
use super::words::{invalid_stream_id, no_route};
use super::{AnswerParts, BodyPart};
use crate::api::reading::{Named, Read, Reading, ThrottledWindow};
use crate::model::settlement::Refusal;
use crate::model::{Operation, Record};

/// What the answer to a check request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The endpoint answered as it does to good credentials.
    Good,
    /// 401 or 403: credentials, scope or stream.
    Unauthorised,
    /// A rate limit: the credentials were not judged.
    Throttled,
    /// No such endpoint answers this: host or stream is wrong. The word is korebulk's own.
    WrongEndpoint(&'static str),
    /// Neither yes nor no: the server is not well.
    Unclear,
}

/// How long the gate closes when a rate limit speaks beside verdicts, without `Retry-After`.
const WAIT: Duration = Duration::from_mins(1);

pub(super) fn read(op: Operation, records: &[Record], answer: &AnswerParts<'_>) -> Read {
    let status = answer.status;
    let mut retry_after = retry_after(answer);
    let reading = match answer.body {
        BodyPart::Lost(kind) => without_body(answer, kind),
        BodyPart::Whole(body) => {
            // Much faster than the lossy reading, which only what is no UTF-8 needs.
            let lossy;
            let page = if let Ok(text) = std::str::from_utf8(body) {
                Page::of(text, op, status, records)
            } else {
                lossy = String::from_utf8_lossy(body);
                Page::plain(&lossy, op, status, records)
            };
            if status != 429 && page.verdicts.any() && page.rate_limit().is_some() {
                // What is named is settled; the gate closes all the same.
                retry_after = retry_after.or(Some(WAIT));
            }
            page.reading(op, records, answer)
        }
    };
    Read { status: Some(status), retry_after, reading }
}

pub(super) fn read_check(op: Operation, answer: &AnswerParts<'_>) -> Check {
    let json = match answer.body {
        BodyPart::Whole(body) => {
            std::str::from_utf8(body).is_ok_and(|text| Page::of(text, op, answer.status, &[]).json)
        }
        BodyPart::Lost(_) => false,
    };
    match read(op, &[], answer).reading {
        Reading::Throttled(_) => Check::Throttled,
        Reading::Unauthorised { .. } => Check::Unauthorised,
        Reading::WrongEndpoint { what } => Check::WrongEndpoint(what),
        _ if json && answer.status < 300 => Check::Good,
        // The list asked for does not exist: any error envelope but those above says so.
        _ if json && answer.status < 500 && op == Operation::DeleteContactList => Check::Good,
        _ => Check::Unclear,
    }
}

/// The head came and the body did not: what the status says by itself.
fn without_body(answer: &AnswerParts<'_>, kind: &'static str) -> Reading {
    let status = answer.status;
    match status {
        429 => Reading::Throttled(ThrottledWindow::Minute),
        401 | 403 => Reading::Unauthorised { code: None, clock_ahead: clock_ahead(answer) },
        413 => Reading::TooLarge(Refusal { status: Some(413), ..Refusal::default() }),
        _ => match foreign(status) {
            Some(what) => Reading::WrongEndpoint { what },
            None => Reading::NoVerdict { kind, may_have_left: true },
        },
    }
}

/// Statuses that no endpoint of this API gives, with korebulk's word for them (rule 5.3 d).
fn foreign(status: u16) -> Option<&'static str> {
    match status {
        300..=399 => Some("redirect"),
        405 => Some("method not allowed"),
        501 => Some("not implemented"),
        505 => Some("http version not supported"),
        511 => Some("network login required"),
        _ => None,
    }
}

impl Page<'_, '_> {
    /// Rule 5.3, line by line.
    fn reading(self, op: Operation, records: &[Record], answer: &AnswerParts<'_>) -> Reading {
        let status = answer.status;
        let limit = self.rate_limit();
        if status == 429 {
            return Reading::Throttled(limit.unwrap_or(ThrottledWindow::Minute));
        }
        if self.verdicts.any() {
            return self.verdicts.into_reading();
        }
        if let (false, 200..=299, [record]) = (op.is_bulk(), status, records)
            && let Some(reading) = self.one_by_one_success(op, record)
        {
            // Before the message is looked at: it holds the name of the list.
            return reading;
        }
        if let Some(window) = limit {
            return Reading::Throttled(window);
        }
        if self.listed {
            return self.verdicts.into_reading();
        }
        match status {
            401 | 403 => {
                let (code, clock_ahead) = (self.words.code, clock_ahead(answer));
                Reading::Unauthorised { code, clock_ahead }
            }
            404 if !self.json => Reading::WrongEndpoint { what: self.kind(answer.content_type) },
            413 => Reading::TooLarge(self.into_refusal(status)),
            408 => Reading::NoVerdict { kind: "request-timeout", may_have_left: true },
            425 | 500 | 502..=504 | 506..=510 | 512..=599 => {
                Reading::NoVerdict { kind: "server-error", may_have_left: true }
            }
            400..=499 if status != 405 => self.refused(op, records, status),
            _ => without_body(answer, "unreadable"),
        }
    }

    /// Lines (d), for the errors that only their words tell, and (g).
    fn refused(self, op: Operation, records: &[Record], status: u16) -> Reading {
        if invalid_stream_id(&self.words.reason) {
            return Reading::WrongEndpoint { what: "invalid stream id" };
        }
        if status == 404 && no_route(&self.words.reason) {
            return Reading::WrongEndpoint { what: "no route" };
        }
        let gone = !op.is_bulk() && self.json && matches!(status, 404 | 410);
        let hints = if gone { Vec::new() } else { named_in(self.text, records) };
        let mut refusal = self.into_refusal(status);
        if !gone || records.len() != 1 {
            return Reading::Refused { refusal, hints };
        }
        refusal.not_found = true;
        let named = vec![Named::Failed(refusal)];
        Reading::Verdicts { named, unexpected: Vec::new(), unexpected_successes: 0 }
    }

    /// The success of a one-by-one delete; also the same answer for an id that was not sent.
    fn one_by_one_success(&self, op: Operation, record: &Record) -> Option<Reading> {
        let (done, ids) = match op {
            Operation::DeleteContactList => {
                (self.status.is("success"), [&self.list_id, &Field::Absent])
            }
            _ => (self.status.is("INACTIVE"), [&self.id, &self.object_id]),
        };
        if !self.json || !done {
            return None;
        }
        let mut join = Join::new(std::slice::from_ref(record));
        let mut ids = ids.into_iter().filter_map(Field::text).peekable();
        ids.peek()?;
        let whole = self.place();
        Some(if ids.any(|id| join.find(id).is_some()) {
            let named = vec![Named::Succeeded { entry: whole, diverged: Vec::new() }];
            Reading::Verdicts { named, unexpected: Vec::new(), unexpected_successes: 0 }
        } else {
            let (named, unexpected) = (vec![Named::Nowhere], vec![whole]);
            Reading::Verdicts { named, unexpected, unexpected_successes: 1 }
        })
    }
}
