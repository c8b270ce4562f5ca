//! One answer, read by the first line of the rule that matches (`docs/contract.md`, "Reading an answer").
//!
//! Knows statuses and the order of the rule. Must not decide what follows, and must not look into
//! the body (that is `page`), its free text (`words`) or its entries (`verdicts`).

use std::time::Duration;

use super::clock::{clock_ahead, retry_after};
use super::denial::not_done;
use super::join::{Join, named_in, numbered_in};
use super::json::Field;
use super::message::{invalid_stream_id, no_route};
use super::page::Page;
use super::shape;
use super::{AnswerParts, BodyPart};
use crate::api::reading::{Named, NoVerdict, Read, Reading, ThrottledWindow, Verdicts};
use crate::model::settlement::{Refusal, Unexpected, UnexpectedKind};
use crate::model::{Effect, OperationSpec, Record, Service, Success};

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
    /// A proxy or a certificate is in the way, which a person has to settle. The word is korebulk's own.
    NoWay(&'static str),
    /// Neither yes nor no: the server is not well.
    Unclear,
}

/// How long the gate closes when a rate limit speaks beside verdicts, without `Retry-After`.
const WAIT: Duration = Duration::from_mins(1);

pub(super) fn read(spec: &OperationSpec, records: &[Record], answer: &AnswerParts<'_>) -> Read {
    let status = answer.status;
    let mut retry_after = retry_after(answer);
    let reading = match answer.body {
        BodyPart::Lost(kind) => without_body(answer, kind),
        BodyPart::Whole(body) => {
            // Much faster than the lossy reading, which only what is no UTF-8 needs.
            let lossy;
            let page = if let Ok(text) = std::str::from_utf8(body) {
                Page::of(text, spec, answer, records)
            } else {
                lossy = String::from_utf8_lossy(body);
                Page::plain(&lossy, spec, answer, records)
            };
            if status != 429 && page.entries.any() && page.rate_limit().is_some() {
                // What is named is settled; the gate closes all the same.
                retry_after = retry_after.or(Some(WAIT));
            }
            page.reading(spec, records, answer)
        }
    };
    Read { status: Some(status), retry_after, reading }
}

pub(super) fn read_check(spec: &OperationSpec, answer: &AnswerParts<'_>) -> Check {
    let json = match answer.body {
        BodyPart::Whole(body) => {
            std::str::from_utf8(body).is_ok_and(|text| Page::of(text, spec, answer, &[]).json)
        }
        BodyPart::Lost(_) => false,
    };
    match read(spec, &[], answer).reading {
        Reading::Throttled(_) => Check::Throttled,
        Reading::Unauthorised { .. } => Check::Unauthorised,
        Reading::WrongEndpoint { what } => Check::WrongEndpoint(what),
        Reading::NoWay { .. } => Check::NoWay("a proxy refuses this machine"),
        _ if json && answer.status < 300 => Check::Good,
        // The list asked for does not exist: any error envelope but those above says so.
        _ if json && answer.status < 500 && spec.service == Service::Campaigns => Check::Good,
        _ => Check::Unclear,
    }
}

/// The head came and the body did not: what the status says by itself.
fn without_body(answer: &AnswerParts<'_>, kind: &'static str) -> Reading {
    let status = answer.status;
    match status {
        429 => Reading::Throttled(ThrottledWindow::Minute),
        401 | 403 => Reading::Unauthorised { code: None, clock_ahead: clock_ahead(answer) },
        407 => proxy(),
        413 => Reading::TooLarge(Refusal { status: Some(413), ..Refusal::default() }),
        _ if let Some(what) = foreign(status) => Reading::WrongEndpoint { what },
        _ => {
            let message = shape::of_lost_body(status, kind);
            Reading::NoVerdict(NoVerdict { kind, may_have_left: true, message, refusal: None })
        }
    }
}

/// 407: a proxy on the way, whatever its body says. It passed nothing on.
fn proxy() -> Reading {
    let message = "a proxy on the way asks for credentials (HTTP 407)".to_owned();
    Reading::NoWay { kind: "proxy", message }
}

/// Statuses that no endpoint of this API gives, with korebulk's word for them.
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
    /// The rule, line by line.
    fn reading(
        self,
        spec: &OperationSpec,
        records: &[Record],
        answer: &AnswerParts<'_>,
    ) -> Reading {
        let status = answer.status;
        let limit = self.rate_limit();
        if status == 429 {
            return Reading::Throttled(limit.unwrap_or(ThrottledWindow::Minute));
        }
        if self.entries.any() {
            return self.listed(records.len());
        }
        if let (200..=299, [record]) = (status, records)
            && let Some(reading) = self.one_by_one_success(spec, record, status)
        {
            // Before the message is looked at: it holds the name of the list.
            return reading;
        }
        if let Some(window) = limit {
            return Reading::Throttled(window);
        }
        if self.lists.any() {
            return self.listed(records.len());
        }
        match status {
            401 | 403 => {
                let (code, clock_ahead) = (self.message.code, clock_ahead(answer));
                Reading::Unauthorised { code, clock_ahead }
            }
            404 if !self.json => Reading::WrongEndpoint { what: self.kind(answer.content_type) },
            407 => proxy(),
            413 => Reading::TooLarge(self.into_refusal(status)),
            408 => self.no_verdict("request-timeout", answer),
            425 | 500 | 502..=504 | 506..=510 | 512..=599 => {
                self.no_verdict("server-error", answer)
            }
            400..=499 if status != 405 => self.refused(spec, records, answer),
            _ => match foreign(status) {
                Some(what) => Reading::WrongEndpoint { what },
                None => self.no_verdict("unreadable", answer),
            },
        }
    }

    fn listed(self, sent: usize) -> Reading {
        let miscount = self.miscount(sent);
        // A rate limit beside lists is about the next request, not about these.
        let denial = self.denial.how().filter(|_| self.rate_limit().is_none());
        let denial = denial.map(str::to_owned);
        Reading::Verdicts(self.entries.verdicts(miscount, denial.as_deref()))
    }

    fn no_verdict(self, kind: &'static str, answer: &AnswerParts<'_>) -> Reading {
        let message = shape::of_page(&self, answer);
        let refusal = self.into_refusal(answer.status);
        // What is packed has no words.
        let said = !refusal.reason.is_empty() && answer.encoding.is_none();
        let refusal = said.then_some(refusal);
        Reading::NoVerdict(NoVerdict { kind, may_have_left: true, message, refusal })
    }

    /// Errors that only their words tell to be no endpoint's, and all other refusals.
    fn refused(
        self,
        spec: &OperationSpec,
        records: &[Record],
        answer: &AnswerParts<'_>,
    ) -> Reading {
        let status = answer.status;
        if self.message.is_of_credentials() && named_in(self.text, records).is_empty() {
            let (code, clock_ahead) = (self.message.code, clock_ahead(answer));
            return Reading::Unauthorised { code, clock_ahead };
        }
        if invalid_stream_id(&self.message.reason) {
            return Reading::WrongEndpoint { what: "invalid stream id" };
        }
        if status == 404 && no_route(&self.message.reason) {
            return Reading::WrongEndpoint { what: "no route" };
        }
        let gone = !spec.is_bulk() && self.json && matches!(status, 404 | 410);
        let hints = match spec.has_ids() {
            _ if gone => Vec::new(),
            true => named_in(self.text, records),
            false => numbered_in(self.text, records),
        };
        let mut refusal = self.into_refusal(status);
        if !gone || records.len() != 1 {
            return Reading::Refused { refusal, hints };
        }
        refusal.not_found = true;
        one(Named::Failed(refusal))
    }

    /// A success that denies itself.
    fn contradictory(&self, how: &str, status: u16) -> Reading {
        let refusal = Refusal {
            reason: self.message.reason.clone(),
            code: self.message.code.clone(),
            status: Some(status),
            entry: Some(self.place()),
            ..Refusal::default()
        };
        one(Named::Contradictory { how: how.to_owned(), refusal })
    }

    /// The success of a one-by-one operation; also the same answer for an id that was not sent.
    fn one_by_one_success(
        &self,
        spec: &OperationSpec,
        record: &Record,
        status: u16,
    ) -> Option<Reading> {
        let (done, ids) = match spec.success {
            Success::Listed | Success::Contacts => return None,
            Success::Itself(word) => (self.status.is(word), [&self.id, &self.object_id]),
            Success::InData(word) => (self.status.is(word), [&self.list_id, &Field::Absent]),
        };
        if status == 204 && self.text.is_empty() && spec.effect == Effect::Delete {
            return Some(one(Named::Succeeded {
                entry: None,
                diverged: Vec::new(),
                created: None,
            }));
        }
        if !self.json || !done {
            return None;
        }
        let mut join = Join::new(std::slice::from_ref(record));
        let ids: Vec<bool> =
            ids.into_iter().filter_map(Field::text).map(|id| join.find(id).is_some()).collect();
        let is_its_own = *ids.iter().max()?;
        // The message of a list holds its name, which may be anything.
        let is_contact = matches!(spec.success, Success::Itself(_));
        let message = Some(&self.message.reason).filter(|_| is_contact);
        let denial = match ids.contains(&false) {
            true => Some("it gives the id of another, too"),
            false => self.denial.how().or_else(|| not_done(message?)),
        };
        let entry = self.place();
        Some(match (is_its_own, denial) {
            (true, Some(how)) => self.contradictory(how, status),
            (true, None) => {
                one(Named::Succeeded { entry: Some(entry), diverged: Vec::new(), created: None })
            }
            (false, _) => Reading::Verdicts(Verdicts {
                named: vec![Named::Nowhere],
                unexpected: vec![Unexpected { entry, kind: UnexpectedKind::NotSent }],
                unexpected_successes: 1,
                miscount: None,
            }),
        })
    }
}

/// What an answer says of the one record that its request carried.
fn one(named: Named) -> Reading {
    Reading::Verdicts(Verdicts { named: vec![named], ..Verdicts::default() })
}
