//! Requests: method, path, headers and body of each operation, exactly as its document has them.
//!
//! Must not sign: the `auth` header is added where the request leaves.

use bytes::Bytes;

use super::Wire;
use crate::model::operation::Envelope;
use crate::model::{Record, Service};

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

/// One page of contacts (`docs/kore-api.md`, "Reading the account").
const CONTACTS: &str = "/agentassist/api/v1/public/{stream}/contacts?skip=0&limit=1";
/// One contact list.
const LIST: &str = "/campaign/api/v2/public/{stream}/campaign/contactList/{id}?accountId={account}";
/// An id in the form of a contact list's (`docs/kore-api.md`, "Ids") that no list has.
const NO_LIST: &str = "cl-00000000-0000-0000-0000-000000000000";

pub(super) fn carrying(wire: &Wire, records: &[Record]) -> WireRequest {
    let spec = &wire.spec;
    let (id, body) = if let Some(Envelope { open, close, .. }) = spec.body {
        ("", joined(open, records, close))
    } else {
        let alone = records.first().expect("a one-by-one request carries one record");
        (alone.key(), Bytes::new())
    };
    let path_and_query = wire.filled(spec.path, id);
    WireRequest { method: spec.method, path_and_query, headers: wire.headers(), body }
}

pub(super) fn check(wire: &Wire) -> WireRequest {
    let path_and_query = match wire.spec.service {
        Service::Contacts => wire.filled(CONTACTS, ""),
        Service::Campaigns => wire.filled(LIST, NO_LIST),
    };
    WireRequest { method: "GET", path_and_query, headers: wire.headers(), body: Bytes::new() }
}

impl Wire {
    /// A path of the documents with its places filled in. What fills them needs no escaping.
    fn filled(&self, path: &str, id: &str) -> String {
        path.replace("{stream}", &self.stream_id)
            .replace("{account}", &self.account_id)
            .replace("{id}", id)
    }

    /// `Content-Type` also without a body for contacts, as their pages require; `iid` for lists.
    fn headers(&self) -> Vec<(&'static str, String)> {
        let account = ("accountId", self.account_id.clone());
        match self.spec.service {
            Service::Campaigns => vec![("iid", self.stream_id.clone()), account],
            Service::Contacts => vec![account, ("Content-Type", "application/json".to_owned())],
        }
    }
}

/// The records between what opens and what closes a body, in one allocation of the right size.
fn joined(open: &str, records: &[Record], close: &str) -> Bytes {
    let commas = records.len().saturating_sub(1);
    let records_len: usize = records.iter().map(|record| record.encoded().len()).sum();
    let mut body = Vec::with_capacity(open.len() + records_len + commas + close.len());
    body.extend_from_slice(open.as_bytes());
    for (at, record) in records.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(record.encoded().as_bytes());
    }
    body.extend_from_slice(close.as_bytes());
    Bytes::from(body)
}
