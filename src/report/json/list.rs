//! The lists of a report: their keys, and what they hold.

/// The lists of the tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportList {
    /// `failedRecords`.
    Failed,
    /// `unknownRecords`.
    Unknown,
    /// `divergedRecords`.
    Diverged,
    /// `rejectedRecords`.
    Rejected,
    /// `skippedRecords`.
    Skipped,
    /// `unexpectedRecords`.
    Unexpected,
    /// `doubtfulAnswers`.
    Answers,
    /// `recreatedRecords`, of undos that create anew.
    Recreated,
}

impl ReportList {
    /// Every list that each report has, in the order of the file.
    pub const ALL: [Self; 7] = [
        Self::Failed,
        Self::Unknown,
        Self::Diverged,
        Self::Rejected,
        Self::Skipped,
        Self::Unexpected,
        Self::Answers,
    ];

    /// Its key.
    pub(in crate::report) const fn key(self) -> &'static str {
        self.spec().0
    }

    /// Its key, and what it holds.
    pub(in crate::report) const fn spec(self) -> (&'static str, &'static str) {
        match self {
            Self::Failed => ("failedRecords", "Every record that failed."),
            Self::Unknown => ("unknownRecords", "Every record that is unknown."),
            Self::Diverged => (
                "divergedRecords",
                "Every record that diverged; it is among the successful ones, too.",
            ),
            Self::Rejected => ("rejectedRecords", "Every record that was rejected."),
            Self::Skipped => ("skippedRecords", "Every record that was skipped."),
            Self::Unexpected => (
                "unexpectedRecords",
                "Every entry of an answer that speaks of no record of its batch.",
            ),
            Self::Answers => (
                "doubtfulAnswers",
                "Answers that nobody could read, or whose counts contradict their lists.",
            ),
            Self::Recreated => {
                ("recreatedRecords", "Contacts that an undo created anew, by their new ids.")
            }
        }
    }
}
