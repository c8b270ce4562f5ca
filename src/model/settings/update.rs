//! `[update]`: what a row of a bulk update says of its contact, and what the contact says itself.

use serde::{Deserialize, Serialize};

use super::word::Word;

/// `[update]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateSettings {
    /// What fields without a column, and blank cells, mean.
    pub blanks: Blanks,
    /// API fields (dotted) that are never overwritten where the contact has a value.
    pub keep_existing: Vec<String>,
    /// Whether records that equal the account's are sent; `None`: skipped wherever the account was read.
    pub unchanged: Option<Unchanged>,
}

impl UpdateSettings {
    /// Whether the contacts as they are have to be known.
    pub fn needs_contacts(&self) -> bool {
        self.blanks == Blanks::Keep
            || !self.keep_existing.is_empty()
            || self.unchanged == Some(Unchanged::Skip)
    }
}

/// What fields without a column, and blank cells, mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blanks {
    /// The contact keeps its own value.
    Keep,
    /// The record is rejected: all six fields are required.
    #[default]
    Reject,
}

impl Word for Blanks {
    const NAME: &'static str = "keep|reject";
    const WORDS: &'static [(&'static str, Self)] =
        &[("keep", Self::Keep), ("reject", Self::Reject)];
}

/// What becomes of records that equal the account's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unchanged {
    /// They are skipped.
    Skip,
    /// They are sent like all others.
    Send,
}

impl Word for Unchanged {
    const NAME: &'static str = "skip|send";
    const WORDS: &'static [(&'static str, Self)] = &[("skip", Self::Skip), ("send", Self::Send)];
}
