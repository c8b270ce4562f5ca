//! Kore.ai's wire forms: requests as its documents have them, answers as they are read. Pure.
//!
//! The only place that knows paths, headers, bodies and answer shapes. Must not send anything,
//! and must not decide what follows from an answer: it reads one into a [`Read`] and stops.

mod answer;
mod clock;
mod contact;
mod created;
mod denial;
mod join;
mod json;
mod listing;
mod lists;
mod message;
mod page;
mod request;
mod shape;
mod verdicts;

#[cfg(test)]
mod tests;

use std::time::SystemTime;

use bytes::Bytes;

pub use answer::Check;
pub use contact::{differing, shows};
pub use created::phone_keys;
pub use listing::{AccountContact, ContactPage, Listed, page_request};
pub use lists::{ContactList, list_request, lists_request};
pub use request::WireRequest;

use crate::api::reading::Read;
use crate::model::settings::Target;
use crate::model::{OperationSpec, Record};

/// Bytes that every answer may have.
const ANSWER_BASE: u64 = 1 << 20;
/// Bytes that an answer may have for each record of its request.
const ANSWER_PER_RECORD: u64 = 16 << 10;

/// One operation against one target, in the forms of its API page.
#[derive(Debug, Clone)]
pub struct Wire {
    spec: OperationSpec,
    stream_id: String,
    account_id: String,
}

/// What the wire needs of an answer, or of as much of it as came.
#[derive(Clone, Copy)]
pub struct AnswerParts<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`, as it is.
    pub retry_after: Option<&'a str>,
    /// The header `Content-Type`, as it is.
    pub content_type: Option<&'a str>,
    /// The header `Content-Encoding`, as it is: nothing but plain bodies is asked for.
    pub encoding: Option<&'a str>,
    /// The body.
    pub body: BodyPart<'a>,
    /// The server's own time when it answered: the header `Date`.
    pub date: Option<SystemTime>,
    /// This machine's time when the head arrived.
    pub received: SystemTime,
}

/// The body of an answer, or why it cannot be read although the head came.
#[derive(Clone, Copy)]
pub enum BodyPart<'a> {
    /// All of it.
    Whole(&'a Bytes),
    /// It was cut off, came too late or is longer than [`body_limit`]: `connection-lost`, `timeout`, `unreadable`.
    Lost(&'static str),
}

impl Wire {
    /// The wire of one operation. Host and credentials do not concern it.
    pub fn new(spec: &OperationSpec, target: &Target) -> Self {
        Self {
            spec: *spec,
            stream_id: target.stream_id.clone(),
            account_id: target.account_id.clone(),
        }
    }

    /// The operation's row.
    pub const fn spec(&self) -> &OperationSpec {
        &self.spec
    }

    /// The request that carries these records (one-by-one operations: exactly one), without `auth`.
    ///
    /// # Panics
    /// When a one-by-one operation is given no record: an empty id would reach another route.
    pub fn request(&self, records: &[Record]) -> WireRequest {
        request::carrying(self, records)
    }

    /// A signed GET that changes nothing, for `korebulk check`; read its answer with [`Wire::read_check`].
    ///
    /// Contact operations: the first page of `GET …/contacts` with one contact. Lists:
    /// `GET …/contactList/{id}` with an id that no list has, because the public pages name no way
    /// to list them: an error envelope instead of 401 or 403 shows that the credentials are good.
    pub fn check_request(&self) -> WireRequest {
        request::check(self)
    }

    /// What an answer to [`Wire::request`] says of the records it carried (`docs/contract.md`, "Reading an answer").
    ///
    /// Takes any answer at all; every range it gives lies within the body.
    pub fn read(&self, records: &[Record], answer: &AnswerParts<'_>) -> Read {
        answer::read(&self.spec, records, answer)
    }

    /// What an answer to [`Wire::check_request`] says.
    pub fn read_check(&self, answer: &AnswerParts<'_>) -> Check {
        answer::read_check(&self.spec, answer)
    }
}

/// The longest answer that is read for a request of so many records, bytes (`docs/contract.md`, "Reading an answer").
pub fn body_limit(records: usize) -> u64 {
    let records = u64::try_from(records).unwrap_or(u64::MAX);
    ANSWER_BASE.saturating_add(ANSWER_PER_RECORD.saturating_mul(records))
}
