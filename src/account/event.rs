//! What happens while an account is read.

use std::time::Duration;

use super::cost::Cost;

/// Something that happened while an account is read.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadEvent {
    /// A page was taken; how far the reading is.
    Page {
        /// Different contacts so far.
        contacts: u64,
        /// As the server counts them.
        total: Option<u64>,
        /// What is left.
        left: Cost,
    },
    /// Nothing is asked for a while.
    Waiting {
        /// `rate limit`, `timeout`, …
        why: &'static str,
        /// How long.
        wait: Duration,
    },
    /// The account changed, or its order proves nothing: it is read again from the start.
    Again,
}

/// Who hears of it.
pub type Watch<'a> = &'a mut (dyn FnMut(&ReadEvent) + Send);
