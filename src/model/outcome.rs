//! The ledger: every record read ends in exactly one outcome, and the counts add up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a record ended (`docs/contract.md`, "Ledger").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The server named it as done, or what docs/contract.md says under "Not found".
    Succeeded,
    /// Sent; the server refused this record.
    Failed,
    /// Never sent: the record itself is unusable.
    Rejected,
    /// Never sent, by rule.
    Skipped,
    /// May have been applied, and no verdict.
    Unknown,
    /// Valid, and the run stopped before its turn.
    Unsent,
}

impl Outcome {
    /// Every outcome, in the order of the contract.
    pub const ALL: [Self; 6] =
        [Self::Succeeded, Self::Failed, Self::Rejected, Self::Skipped, Self::Unknown, Self::Unsent];

    /// The word used in reports, files and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
            Self::Unsent => "unsent",
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.name() == name)
    }
}

/// Counts of records by outcome, and of what else is worth counting about them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Records read, over all files.
    pub read: u64,
    /// See [`Outcome::Succeeded`].
    pub succeeded: u64,
    /// See [`Outcome::Failed`].
    pub failed: u64,
    /// See [`Outcome::Rejected`].
    pub rejected: u64,
    /// See [`Outcome::Skipped`].
    pub skipped: u64,
    /// See [`Outcome::Unknown`].
    pub unknown: u64,
    /// See [`Outcome::Unsent`].
    pub unsent: u64,
    /// Succeeded, but the contact echoed differs from what was sent.
    pub diverged: u64,
    /// Succeeded although not found: gone already, by our own doing.
    pub already_gone: u64,
    /// Failed because the server does not know the id.
    pub not_found: u64,
    /// Ids in answers that nobody sent.
    pub unexpected: u64,
    /// Entries of answers that give no id, or several.
    #[serde(default)]
    pub nameless: u64,
    /// Answers whose counts contradict their lists.
    #[serde(default)]
    pub miscounted: u64,
}

impl Ledger {
    /// Whether the counts add up to what was read. A run that cannot show this exits 70.
    pub const fn closes(&self) -> bool {
        self.read
            == self.succeeded
                + self.failed
                + self.rejected
                + self.skipped
                + self.unknown
                + self.unsent
    }

    /// `totalRequested` of the report: successful + failed + unknown.
    pub const fn total_requested(&self) -> u64 {
        self.succeeded + self.failed + self.unknown
    }

    /// The count of one outcome.
    pub const fn count(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Succeeded => self.succeeded,
            Outcome::Failed => self.failed,
            Outcome::Rejected => self.rejected,
            Outcome::Skipped => self.skipped,
            Outcome::Unknown => self.unknown,
            Outcome::Unsent => self.unsent,
        }
    }

    /// The count of one outcome, to change it.
    pub const fn count_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Unsent => &mut self.unsent,
        }
    }
}

/// What the requests of a run came to. `sent` counts every send, the others are among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestCounts {
    /// Requests sent.
    pub sent: u64,
    /// Of them, those that carried records for a second or later attempt.
    pub retried: u64,
    /// Of them, those that a split made.
    pub split: u64,
    /// Of them, those answered by a rate limit.
    pub throttled: u64,
}
