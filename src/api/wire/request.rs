//! Requests: method, path, headers and body of each operation, exactly as on its page.
//!
//! Must not sign: the `auth` header is added where the request leaves.

use bytes::Bytes;

use super::Wire;
use crate::model::{Operation, Record};

/// One request as it will leave, but for its `auth` header.
#[derive(Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// The HTTP method.
    pub method: &'static str,
    /// From the slash after the authority on.
    pub path_and_query: String,
    /// Names as the pages write them.
    pub headers: Vec<(&'static str, String)>,
    /// Empty where the page has none.
    pub body: Bytes,
}

/// Bodies are personal data: a debug print shows what kind of request it is, not what it holds.
impl std::fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WireRequest")
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An id in the form of a contact list's (`kore-facts.md`, identifiers) that no list has.
const NO_LIST: &str = "cl-00000000-0000-0000-0000-000000000000";

pub(super) fn carrying(wire: &Wire, records: &[Record]) -> WireRequest {
    let alone = || records.first().expect("a one-by-one request carries one record").id();
    let (method, path_and_query, body) = match wire.operation {
        // Seed page 004.
        Operation::BulkUpdate => {
            ("PUT", wire.contacts("/bulk-update"), joined(b"[", records, b"]"))
        }
        // Seed pages 000 and 001; the key is `ids`, whatever the table says.
        Operation::BulkDelete => {
            ("DELETE", wire.contacts("/bulk-delete"), joined(br#"{"ids":["#, records, b"]}"))
        }
        // Seed page 002.
        Operation::DeleteContact => {
            ("DELETE", wire.contacts(&format!("/{}", alone())), Bytes::new())
        }
        // Seed page 003.
        Operation::DeleteContactList => ("DELETE", wire.contact_list(alone()), Bytes::new()),
    };
    WireRequest { method, path_and_query, headers: wire.headers(), body }
}

pub(super) fn check(wire: &Wire) -> WireRequest {
    let path_and_query = match wire.operation {
        Operation::DeleteContactList => wire.contact_list(NO_LIST),
        _ => wire.contacts("?skip=0&limit=1"),
    };
    WireRequest { method: "GET", path_and_query, headers: wire.headers(), body: Bytes::new() }
}

impl Wire {
    fn contacts(&self, rest: &str) -> String {
        format!("/agentassist/api/v1/public/{}/contacts{rest}", self.stream_id)
    }

    fn contact_list(&self, id: &str) -> String {
        let (stream, account) = (&self.stream_id, &self.account_id);
        format!("/campaign/api/v2/public/{stream}/campaign/contactList/{id}?accountId={account}")
    }

    /// `Content-Type` also without a body for contacts, as their pages require; `iid` for lists.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let account = ("accountId", self.account_id.clone());
        match self.operation {
            Operation::DeleteContactList => vec![("iid", self.stream_id.clone()), account],
            _ => vec![account, ("Content-Type", "application/json".to_owned())],
        }
    }
}

/// The records between two brackets, in one allocation of the right size.
fn joined(open: &[u8], records: &[Record], close: &[u8]) -> Bytes {
    let commas = records.len().saturating_sub(1);
    let records_len: usize = records.iter().map(|record| record.encoded().len()).sum();
    let mut body = Vec::with_capacity(open.len() + records_len + commas + close.len());
    body.extend_from_slice(open);
    for (at, record) in records.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(record.encoded().as_bytes());
    }
    body.extend_from_slice(close);
    Bytes::from(body)
}
