//! `review.xlsx`, `unmatched.csv` and their like: what a person has to say of rows that were not matched with contacts.
//!
//! They are written where the account is read, before anything is sent; an end finds them as they are.

use std::path::PathBuf;

use super::outcome::RunOutcome;
use super::{ContactData, RunFile};
use crate::model::RunError;

/// The names of all of them.
pub(crate) const NAMES: [&str; 5] =
    ["review.xlsx", "review.csv", "review.jsonl", "unmatched.csv", "unmatched.jsonl"];

/// Those files.
pub(super) struct Review;

impl RunFile for Review {
    fn format(&self) -> &'static str {
        "review"
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn contact_data(&self) -> ContactData {
        ContactData::Anywhere
    }

    fn written_alone(&self) -> bool {
        true
    }

    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError> {
        let paths = NAMES.iter().map(|name| outcome.dir.join(name));
        Ok(paths.filter(|path| path.is_file()).collect())
    }
}
