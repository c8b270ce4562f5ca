//! A record that is held back after all, once its contact was read again.

use super::outcome::Outcome;
use super::record::{Mark, Ordinal, Record};

/// A record that was to be sent and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The record.
    pub ordinal: Ordinal,
    /// Its source.
    pub source: u16,
    /// Its row as the person counts it.
    pub line: u64,
    /// Its id.
    pub id: Option<Box<str>>,
    /// Attempts made so far.
    pub attempts: u16,
    /// What is known of earlier sends.
    pub mark: Mark,
    /// `Rejected` or `Skipped`; `Unknown` where it may have been applied.
    pub outcome: Outcome,
    /// Why, in korebulk's words and without a value of the contact.
    pub reason: String,
    /// The contact as it was read again, where an undo leaves it alone: its report shows what it is.
    pub shown: Option<Box<str>>,
}

impl Withheld {
    /// A record that is not sent for this reason. What may have been applied stays unknown.
    pub fn of(record: &Record, outcome: Outcome, reason: String) -> Self {
        let is_marked = record.mark.may_have_been_applied();
        Self {
            ordinal: record.ordinal,
            source: record.source,
            line: record.line,
            id: record.id().map(Box::from),
            attempts: record.attempts,
            mark: record.mark,
            outcome: if is_marked { Outcome::Unknown } else { outcome },
            reason,
            shown: None,
        }
    }
}
