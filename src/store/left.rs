//! A row of an undo: a contact as it was before a run, and beside it how that run left it.
//!
//! The contact's own JSON object, with a member `korebulk` at its end, as outcome files have one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How a run left a contact.
#[derive(Serialize, Deserialize)]
pub struct Left<'a> {
    /// The record as it was in the request.
    #[serde(borrow)]
    pub sent: &'a RawValue,
    /// The contact as the answer had it, where it was another one than was sent.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub echo: Option<&'a RawValue>,
    /// `updatedAt` as the answer had it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Timestamp>,
    /// Whether the contact is in front of it as it was; else only its id is known.
    pub known: bool,
}

/// It holds contacts: a debug print shows nothing of it.
impl std::fmt::Debug for Left<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Left").finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    korebulk: Left<'a>,
}

impl<'a> Left<'a> {
    /// From the text of a row; `None` where it is none of an undo.
    pub fn read(row: &'a str) -> Option<Self> {
        serde_json::from_str::<Row<'a>>(row).ok().map(|row| row.korebulk)
    }

    /// The text of a row: `contact` is a JSON object.
    pub fn beside(&self, contact: &str) -> String {
        let own = serde_json::to_string(self).unwrap_or_default();
        let whole = contact.trim_end();
        let open = whole.strip_suffix('}').unwrap_or(whole).trim_end();
        let comma = if open.ends_with('{') { "" } else { "," };
        format!("{open}{comma}\"korebulk\":{own}}}")
    }
}
