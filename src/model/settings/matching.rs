//! `[match]`: how rows without an id find their contact.

use serde::{Deserialize, Serialize};

use super::word::Word;

/// `[match]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchSettings {
    /// By what rows are matched.
    pub by: MatchBy,
    /// What becomes of rows that no contact has the number of.
    pub unmatched: Unmatched,
}

/// By what rows are matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchBy {
    /// The number, confirmed by the name.
    #[default]
    PhoneAndName,
    /// The number alone.
    Phone,
}

/// What becomes of rows whose contact the account does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unmatched {
    /// They are rejected.
    #[default]
    Reject,
    /// They are skipped: who is not there needs nothing done.
    Skip,
}

impl Word for Unmatched {
    const NAME: &'static str = "reject|skip";
    const WORDS: &'static [(&'static str, Self)] =
        &[("reject", Self::Reject), ("skip", Self::Skip)];
}
