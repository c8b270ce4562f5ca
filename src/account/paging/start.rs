//! The first page, as the pages behind it are judged by it.

use serde::{Deserialize, Serialize};

use super::{Order, Page};

/// Ids that have to be in one order before it is believed: of fewer, any order may look so by chance.
const EVIDENCE: u64 = 10;

/// The first page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Start {
    /// The size that was asked for.
    pub(super) limit: u64,
    /// Contacts that came.
    pub(super) len: u64,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) order: Order,
    /// Whether the order may be that of the last change.
    pub(super) by_change: bool,
    pub(super) quiet: Quiet,
}

/// Whether nobody created or deleted a contact while pages were read, as far as they show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Quiet {
    total: Option<u64>,
    /// The server's time at the first page, seconds since 1970.
    began: Option<i64>,
    holds: bool,
}

impl Quiet {
    pub(super) fn new(page: &Page<'_>) -> Self {
        let mut quiet = Self { total: page.total, began: page.date, holds: true };
        quiet.add(page);
        quiet
    }

    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    pub(super) fn add(&mut self, page: &Page<'_>) {
        let settled = page.newest.zip(self.began).is_some_and(|(newest, began)| newest < began);
        self.holds &= self.total == page.total && (settled || page.ids.is_empty());
    }

    pub(super) fn end(&mut self) {
        self.holds = false;
    }
}

impl Start {
    /// Whether pages that overlap prove anything: ids are in one order, and no change moves a contact ahead.
    pub(super) fn is_ordered(&self) -> bool {
        match self.order {
            _ if self.len < EVIDENCE => false,
            Order::Ascending => true,
            Order::Descending => !self.by_change,
            Order::Unknown | Order::None => false,
        }
    }
}
