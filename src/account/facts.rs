//! What is known of a reading beside its contacts.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::paging::{Order, Paging, Proof};
use super::part::Part;
use crate::model::AccountRead;
use crate::model::settings::Target;

/// How far clocks of one machine may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// What is known of a reading. Stored with every page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Its id: 8 hexadecimal digits.
    pub id: String,
    /// The server that was asked.
    pub host: String,
    /// The account that was read.
    pub account: String,
    /// When its first page was asked for.
    pub began: Timestamp,
    /// When its last page came.
    pub last: Timestamp,
    /// For how long after that it is stored.
    pub(super) stored_for: Duration,
    /// How many contacts the server counted last.
    pub total: Option<u64>,
    /// Different contacts that were read.
    pub contacts: u64,
    /// Requests sent for it.
    pub requests: u64,
    /// Why it is complete, once it is.
    pub proof: Option<Proof>,
    /// A run that changes the account goes by it: it is nobody else's any more.
    pub(super) taken: bool,
    /// Bytes of its pages as they came, and as they are stored.
    pub(super) bytes: (u64, u64),
    /// The walk over the pages: all walks but the last are past.
    pub(super) pass: u32,
    /// Whether ids come in one order.
    pub(super) in_order: bool,
    /// The order in which a contact can be sought by its id.
    pub(super) seekable: Option<Order>,
    /// Contacts on a page, once that is found.
    pub(super) page_size: Option<u64>,
    pub(super) paging: Paging,
    /// The part of the account that it is of; `None`: of the whole account.
    #[serde(default)]
    pub part: Option<Part>,
}

impl Facts {
    pub(super) fn new(
        id: String,
        target: &Target,
        stored_for: Duration,
        paging: Paging,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            host: target.host.clone(),
            account: target.account_id.clone(),
            began: now,
            last: now,
            stored_for,
            total: None,
            contacts: 0,
            requests: 0,
            proof: None,
            taken: false,
            bytes: (0, 0),
            pass: 1,
            in_order: true,
            seekable: None,
            page_size: None,
            paging,
            part: None,
        }
    }

    /// Notes what the pages have shown of how this server pages: it holds when they are all read, too.
    pub(super) fn note_paging(&mut self) {
        if self.proof.is_none() {
            self.seekable = self.paging.seekable();
            self.page_size = self.paging.page_size();
        }
    }

    /// When it was read and what shows that it is complete, for whoever reports it.
    pub fn read(&self) -> AccountRead {
        let complete = self.proof.as_ref().and_then(|proof| serde_json::to_value(proof.rule).ok());
        AccountRead {
            reading: self.id.clone(),
            read_from: self.began,
            read_until: self.last,
            of_lists: false,
            part_of: self.part.as_ref().and(self.total),
            contacts: self.contacts,
            requests: self.requests,
            complete: complete.and_then(|rule| rule.as_str().map(str::to_owned)),
            deleted_meanwhile: self.proof.as_ref().map_or(0, |proof| proof.deleted_meanwhile),
        }
    }

    /// Requests that it takes to seek a contact by its id; `None` where it cannot be sought.
    pub fn requests_to_seek(&self) -> Option<u64> {
        let (total, size) = (self.total?, self.page_size?);
        self.seekable?;
        Some(u64::from(total.div_ceil(size.max(1)).max(1).ilog2()) + 2)
    }

    /// When it is deleted.
    pub fn until(&self) -> Timestamp {
        let stored_for = SignedDuration::try_from(self.stored_for).unwrap_or(SignedDuration::MAX);
        self.last.checked_add(stored_for).unwrap_or(Timestamp::MAX)
    }

    /// Whether its time is not over. A time to come, beyond what clocks differ by, is no time to trust.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        self.until() > now && self.last.duration_since(now) < CLOCKS
    }

    /// Whether it is complete and was so at most `age` ago.
    pub fn is_complete_since(&self, age: Duration, now: Timestamp) -> bool {
        self.proof.is_some() && now.duration_since(self.last).unsigned_abs() <= age
    }

    /// Requests that the rest takes, where nothing changes meanwhile; `None` before the page size is found.
    pub fn requests_left(&self) -> Option<u64> {
        match (&self.proof, self.total) {
            (Some(_), _) => Some(0),
            (None, Some(total)) => self.paging.requests_left(total),
            (None, None) => None,
        }
    }

    /// Bytes on disk that the whole account will take, as far as its pages so far tell.
    pub fn disk(&self) -> u64 {
        let total = self.total.unwrap_or(self.contacts).max(self.contacts);
        match self.contacts {
            0 => 0,
            contacts => self.bytes.1.saturating_mul(total) / contacts,
        }
    }
}
