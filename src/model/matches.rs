//! How many rows were matched with contacts, and why the others were not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::numbers::{counted, thousands};

/// Rows without an id, by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Matches {
    /// Those that have exactly one contact.
    pub matched: u64,
    /// The others, by reason.
    #[serde(rename = "notMatched")]
    pub others: BTreeMap<String, u64>,
    /// Lines of a review file in which a person chose the contact.
    pub chosen: u64,
}

impl Matches {
    /// Every row.
    pub fn rows(&self) -> u64 {
        self.matched + self.others.values().sum::<u64>()
    }

    /// One more row that was not matched.
    pub fn add(&mut self, reason: &str) {
        *self.others.entry(reason.to_owned()).or_default() += 1;
    }

    /// `120 of 130 rows matched: not 6 ambiguous, 4 unmatched`; `3 contacts chosen in a review file`
    pub fn sentence(&self) -> String {
        let chosen = format!("{} chosen in a review file", counted(self.chosen, "contact"));
        match (self.chosen, self.rows()) {
            (0, 0) => "no row had to be matched".to_owned(),
            (0, _) => self.of_rows(),
            (_, 0) => chosen,
            _ => format!("{}; {chosen}", self.of_rows()),
        }
    }

    fn of_rows(&self) -> String {
        let (matched, rows) = (thousands(self.matched), counted(self.rows(), "row"));
        let others: Vec<String> = self
            .others
            .iter()
            .map(|(reason, count)| format!("{} {reason}", thousands(*count)))
            .collect();
        match others.is_empty() {
            true => format!("{matched} of {rows} matched"),
            false => format!("{matched} of {rows} matched: not {}", others.join(", ")),
        }
    }
}
