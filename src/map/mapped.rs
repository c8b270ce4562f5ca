//! What the mapping makes of a row.

use crate::model::{Defect, Record};

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapped {
    /// It is good to send, unless it is a duplicate: the record, with its place and mark.
    Checked(Record),
    /// It cannot be sent.
    Rejected {
        /// Its id, if that is a valid one.
        id: Option<String>,
        /// All that is wrong with it.
        defects: Vec<Defect>,
    },
    /// It is not sent, by rule.
    Skipped {
        /// Its id, if that is a valid one.
        id: Option<String>,
        /// The rule.
        rule: String,
    },
}

impl Mapped {
    /// A row that holds no record.
    pub(super) fn unreadable(problem: &str, rule: &str) -> Self {
        let [column, problem, rule] = ["", problem, rule].map(str::to_owned);
        Self::Rejected { id: None, defects: vec![Defect { column, problem, rule }] }
    }
}
