//! What holds a run back, and what still counts as success.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `[guard]`: before the first byte, over what would be sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// At most so many.
    pub max_records: Option<u64>,
    /// At least so many.
    pub min_records: u64,
    /// At most so much of the median of the last seven finished runs; 3.0 is `300%`.
    pub max_growth: Option<f64>,
    /// With `from`: at most so many selected, of the contacts read.
    pub max_selected: Option<Tolerance>,
    /// With `[match]`: at least this share of the rows must have their contact, 0 to 1.
    pub min_match: Option<f64>,
    /// The input files may not be older.
    pub max_input_age: Option<Duration>,
}

/// `[accept]`: what the run still exits 0 with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Accept {
    /// Failed records; those not found count here only where `not_found` does not admit them.
    pub failed: Tolerance,
    /// Rejected records.
    pub rejected: Tolerance,
    /// Failed records that the server does not know.
    pub not_found: Tolerance,
    /// Diverged records; `None`: no effect.
    pub diverged: Option<Tolerance>,
}

impl Accept {
    /// Failures of `read` records that it does not cover. Records not found are counted by their own
    /// tolerance first; beyond it they count as failed like all others.
    pub fn failures_beyond(&self, failed: u64, not_found: u64, read: u64) -> u64 {
        let expected = if self.not_found.admits(not_found, read) { not_found } else { 0 };
        let failed = failed.saturating_sub(expected);
        if self.failed.admits(failed, read) { 0 } else { failed - self.failed.most(read) }
    }
}

/// A count, or a share of the records read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tolerance {
    /// At most so many.
    Count(u64),
    /// At most this share of what was read, 0 to 1.
    Share(f64),
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl Tolerance {
    /// The largest count that it admits, of `read` records.
    pub fn most(self, read: u64) -> u64 {
        match self {
            Self::Count(most) => most,
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share between 0 and 1 of at most 2^32 records"
            )]
            Self::Share(share) => (share * read as f64) as u64,
        }
    }

    /// Whether `count` of `read` records is within it.
    pub fn admits(self, count: u64, read: u64) -> bool {
        match self {
            Self::Count(most) => count <= most,
            #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
            Self::Share(share) => count as f64 <= share * read as f64,
        }
    }
}
