//! What an undo found in the account, counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::{Effect, Operation};
use crate::base::numbers::{by, counted, thousands, was};

/// With what the reasons begin of contacts that somebody has changed since the run: they stay as they are.
pub const SINCE: &str = "changedSince";
/// The same of contacts that are as they were before the run.
pub const AS_BEFORE: &str = "asBefore";

/// Ids that are named.
const NAMED: usize = 1_000;

/// What an undo found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UndoCounts {
    /// Contacts that the run changed, or may have changed.
    pub changed: u64,
    /// Of them, those that are put back.
    pub back: u64,
    /// Of them, those that somebody has changed since: they stay.
    pub edited: u64,
    /// Of those that are put back, those of which only the time of the last change is another one.
    pub touched: u64,
    /// Their ids, the first of them.
    pub touched_since: Vec<String>,
}

impl UndoCounts {
    /// Counts one of which only the time of the last change is another one.
    pub fn touch(&mut self, id: &str) {
        self.touched += 1;
        if self.touched_since.len() < NAMED {
            self.touched_since.push(id.to_owned());
        }
    }

    /// Those of which only the time of the last change is another one, by some of their ids; `None` where there are none.
    pub fn touched_words(&self) -> Option<String> {
        let named = self.touched_since.iter().take(3).map(String::as_str);
        let named = named.collect::<Vec<&str>>().join(", ");
        let more = if self.touched > 3 { ", …" } else { "" };
        (self.touched > 0).then(|| {
            let contacts = counted(self.touched, "contact");
            format!("{contacts} with the same values and another time of change ({named}{more}): put back, too")
        })
    }

    /// The same with how many there are, and how many are put back.
    pub fn with(self, changed: u64, back: u64) -> Self {
        Self { changed, back, ..self }
    }

    /// What will be done, in sentences; `effect` is that of the undo.
    pub fn sentences(&self, run: &str, effect: Effect) -> Vec<String> {
        let changed = counted(self.changed, "contact");
        let back = thousands(self.back);
        let mut all = vec![match effect {
            Effect::Update => {
                format!(
                    "of {changed} that run {run} changed, {back} {} back what {} had",
                    by(self.back, "gets", "get"),
                    by(self.back, "it", "they")
                )
            }
            Effect::Create => format!(
                "of {changed} that run {run} deleted, {back} {} created anew, each with a NEW ID: contact lists, campaigns and \
                 conversations keep the old one",
                by(self.back, "is", "are")
            ),
            Effect::Delete => format!(
                "of {changed} that run {run} created, {back} {} deleted",
                by(self.back, "is", "are")
            ),
        }];
        if self.edited > 0 {
            let (edited, were) = (thousands(self.edited), was(self.edited));
            all.push(format!(
                "{edited} of them {were} edited since: what was edited stays as it is, see edited-since.xlsx"
            ));
        }
        if self.touched > 0 {
            let (touched, were) = (thousands(self.touched), was(self.touched));
            all.push(format!(
                "{touched} of them {were} stored again since, with the same values: put back, too"
            ));
        }
        all
    }
}

/// How an undo ended, the first line of its summary: `put back 97 of 100; 3 edited since`. `as_before`: nothing had to be done
/// for so many.
pub fn ended(effect: Effect, done: u64, of: u64, (edited, as_before): (u64, u64)) -> String {
    if of > 0 && as_before == of {
        return match of {
            1 => "nothing had to be taken back: the contact is as it was before the run".to_owned(),
            2 => "nothing had to be taken back: both contacts are as they were before the run"
                .to_owned(),
            all => format!(
                "nothing had to be taken back: all {} are as they were before the run",
                counted(all, "contact")
            ),
        };
    }
    let (done, of) = (thousands(done), thousands(of));
    let first = match effect {
        Effect::Update => format!("put back {done} of {of}"),
        Effect::Create => format!("created {done} of {of} anew"),
        Effect::Delete => format!("deleted {done} of {of}"),
    };
    let edited = (edited > 0).then(|| format!("{} edited since", thousands(edited)));
    let as_before = (as_before > 0).then(|| format!("{} as before already", thousands(as_before)));
    let parts = std::iter::once(first).chain(edited).chain(as_before);
    parts.collect::<Vec<String>>().join("; ")
}

impl Effect {
    /// What takes it back: contacts get their values again, or are created anew, or deleted.
    pub const fn undone_by(self) -> Self {
        match self {
            Self::Update => Self::Update,
            Self::Delete => Self::Create,
            Self::Create => Self::Delete,
        }
    }

    /// The operation that does it to contacts, many a request.
    pub const fn in_bulk(self) -> Operation {
        match self {
            Self::Update => Operation::BulkUpdate,
            Self::Delete => Operation::BulkDelete,
            Self::Create => Operation::CreateContacts,
        }
    }
}
