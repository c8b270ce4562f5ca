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
    /// Whether `count` of `read` records is within it.
    #[must_use]
    pub fn admits(self, count: u64, read: u64) -> bool {
        match self {
            Self::Count(most) => count <= most,
            #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
            Self::Share(share) => count as f64 <= share * read as f64,
        }
    }
}
