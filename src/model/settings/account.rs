//! How an account is read, and for how long what was read is stored.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::RateWindow;
use super::word::Word;

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
    /// Requests of one reading for a selection, which goes on where the one before ended; `None`: the account is read whole.
    pub read_budget: Option<u64>,
    /// The account is never read: what was read before has to do.
    pub no_read: bool,
    /// Requests above which a person is asked first.
    pub ask_above: u64,
}

/// `[backup] contacts`: whether a run keeps its contacts as they were before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backup {
    /// Where the account is read anyway, or reading it takes no more requests than are asked about.
    #[default]
    Auto,
    /// The account is read for it.
    True,
    /// Never longer than the run takes.
    False,
}

impl Word for Backup {
    const NAME: &'static str = "auto|true|false";
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("true", Self::True), ("false", Self::False)];
}
