//! How an account is read, and for how long what was read is stored.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::RateWindow;

/// `[account]`.
///
/// `default()` is empty: korebulk's defaults are in the settings table (`config/rows/`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountSettings {
    /// Windows for the requests that read; empty for no limit of their own.
    pub read_rate: Vec<RateWindow>,
    /// For how long what was read counts as what is there.
    pub max_age: Duration,
    /// How long a reading is stored behind its last page.
    pub keep: Duration,
    /// Requests above which a person is asked first.
    pub ask_above: u64,
}
