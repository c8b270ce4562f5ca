//! The first page, as the pages behind it are judged by it.

use serde::{Deserialize, Serialize};

use super::Order;

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
