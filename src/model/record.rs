//! What is read and what is sent: sources, rows, checked records.
//!
//! Nothing here knows where a row came from or how a record travels.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A record's place in the whole input, from 0, in reading order over all files.
///
/// Four bytes, so that the duplicate table stays at 24 bytes a record.
pub type Ordinal = u32;

/// One table that was read: a file, or one sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The path as given, or `-` for standard input.
    pub file: String,
    /// The sheet's name, where the file has sheets.
    pub sheet: Option<String>,
    /// The input's own columns in order; empty for JSON, whose objects name their own fields.
    pub header: Vec<String>,
    /// SHA-256 of the file's bytes as stored (compressed ones too), lower-case hex; empty until read to the end.
    pub sha256: String,
    /// What was detected, for the plan: `csv, utf-8, comma`, `jsonl, gzip`, …
    pub detected: String,
}

/// One row as read: the text the person sees, and where it is.
///
/// Meant to be reused from row to row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Index of its [`Source`].
    pub source: u16,
    /// The row as the person counts it: the physical line (or sheet row) where it starts, from 1.
    pub line: u64,
    /// Its values.
    pub cells: Cells,
    /// Cells that were something else than text in a spreadsheet, and text that had to be guessed.
    pub marks: Vec<CellMark>,
    /// Why the row itself cannot be used, where the reader already knows.
    pub fault: Option<RowFault>,
    /// The spreadsheet hides it and hidden rows are skipped: `skipped`, never sent.
    pub hidden: bool,
}

/// The values of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cells {
    /// One text per column of the source's header (fewer or more when the row is ragged).
    Table(csv::StringRecord),
    /// One JSON object, as its own text.
    Object(String),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Table(csv::StringRecord::new())
    }
}

/// What a cell was when it was not plainly text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellMark {
    /// Column index, from 0.
    pub column: u16,
    /// What it was.
    pub kind: CellKind,
}

/// The kinds of cell that change how far a value can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellKind {
    /// A whole number: a spreadsheet keeps 15 digits of it.
    Number,
    /// A number with digits behind its point.
    Fraction,
    /// A date, a time or a duration, shown as ISO 8601.
    Date,
    /// A truth value, shown as `TRUE` or `FALSE`.
    Boolean,
    /// A cell in error, with its address and error text, such as `G12 #REF!`.
    Error(String),
    /// A cell whose number format shows something else than it holds: `"0151"00000000`.
    Formatted,
    /// A cell that a merged one covers: what is shown there is in another row or column.
    Merged,
    /// Text in an encoding that nobody named, as its likeliest reading has it: a guess.
    Guessed,
}

/// How the text of a [`CellKind::Error`] ends that is a formula without a value.
pub const UNCOMPUTED: &str = "formula without a stored value";

/// Why a row cannot be used whatever it means: ragged, not UTF-8, not an object, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// What is wrong, without any value of the row.
    pub problem: String,
    /// What to do about it.
    pub rule: String,
}

/// One thing that makes a record unusable. A rejected record carries all of them.
///
/// No text in it holds a value of the record: reasons are clustered and shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Defect {
    /// The input's column, or the API's field where no column feeds it; empty for the whole row.
    pub column: String,
    /// What is wrong: `has letters`, `is empty`, `is missing`, …
    pub problem: String,
    /// The rule it breaks and the remedy where one exists.
    pub rule: String,
}

impl Defect {
    /// All of them in one sentence.
    pub fn sentence(defects: &[Self]) -> String {
        let texts: Vec<String> = defects.iter().map(ToString::to_string).collect();
        texts.join("; ")
    }
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.column.is_empty() {
            write!(f, "`{}` ", self.column)?;
        }
        f.write_str(&self.problem)?;
        if !self.rule.is_empty() {
            write!(f, " ({})", self.rule)?;
        }
        Ok(())
    }
}

/// Whether, and how, an earlier send of a record may have been applied without a verdict on it.
///
/// Ordered: a lost answer weighs more than a refused batch (docs/contract.md, "Not found").
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Never sent, or only in ways that cannot have been applied.
    #[default]
    None,
    /// Part of a batch that the server refused as a whole; the number is that request's.
    RefusedBatch(u64),
    /// Sent, and the answer was lost or did not name it.
    LostAnswer,
}

impl Mark {
    /// `mayHaveBeenApplied` in reports.
    pub const fn may_have_been_applied(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// One checked record on its way: what its answer is known by, and its text as it is in a request body.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the input.
    pub ordinal: Ordinal,
    /// Index of its [`Source`]; set by the runner, who has the row at hand.
    pub source: u16,
    /// Its row as the person counts it; set by the runner.
    pub line: u64,
    /// Sends that counted as attempts (docs/contract.md, "Retry").
    pub attempts: u16,
    /// What is known of earlier sends.
    pub mark: Mark,
    /// Until when the contact that it rests on counts as it was read; `None`: it rests on none.
    pub good_until: Option<Timestamp>,
    key: std::ops::Range<u16>,
    /// Where the text for the body begins: what has no id yet has its key in front of it.
    body: u16,
    text: Box<str>,
}

impl Record {
    /// A contact for bulk update: `encoded` is its JSON object, compact, whose first key is `id`.
    ///
    /// # Panics
    /// When `encoded` does not start with `{"id":"<id>"`: a bug of the mapper, not of the input.
    pub fn contact(ordinal: Ordinal, id: &str, encoded: &str) -> Self {
        const START: usize = r#"{"id":""#.len();
        let starts_with_id = encoded.get(START..START + id.len()) == Some(id);
        assert!(starts_with_id, "the encoded contact starts with its id");
        Self::at(ordinal, START..START + id.len(), 0, encoded.into())
    }

    /// A contact that is to be created: `number` is its phone number, `+` and digits, `encoded` its JSON object.
    pub fn new_contact(ordinal: Ordinal, number: &str, encoded: &str) -> Self {
        let text = [number, encoded].concat().into_boxed_str();
        Self::at(ordinal, 0..number.len(), number.len(), text)
    }

    /// A record that is only its id: `encoded` becomes the JSON string of it.
    pub fn only_id(ordinal: Ordinal, id: &str) -> Self {
        Self::at(ordinal, 1..id.len() + 1, 0, ["\"", id, "\""].concat().into_boxed_str())
    }

    /// A record by its text as it was in a request body; `None` where it is none.
    pub fn stored(ordinal: Ordinal, encoded: &str) -> Option<Self> {
        let of_contact = encoded.strip_prefix(r#"{"id":""#);
        let id = of_contact.or_else(|| encoded.strip_prefix('"'))?.split('"').next()?;
        Some(match of_contact {
            Some(_) => Self::contact(ordinal, id, encoded),
            None => Self::only_id(ordinal, id),
        })
    }

    fn at(ordinal: Ordinal, key: std::ops::Range<usize>, body: usize, text: Box<str>) -> Self {
        let bound = |n: usize| u16::try_from(n).expect("ids are validated to 128 characters");
        Self {
            ordinal,
            source: 0,
            line: 0,
            attempts: 0,
            mark: Mark::None,
            good_until: None,
            key: bound(key.start)..bound(key.end),
            body: bound(body),
            text,
        }
    }

    /// What no two records share and the answer is known by: the id; of what is to be created the phone number, which is
    /// contact data.
    ///
    /// # Panics
    /// Never: its place is checked when the record is made.
    pub fn key(&self) -> &str {
        &self.text[usize::from(self.key.start)..usize::from(self.key.end)]
    }

    /// The validated id: unreserved URI characters only, so it needs no escaping anywhere. `None` for what is to be created.
    pub fn id(&self) -> Option<&str> {
        (self.body == 0).then(|| self.key())
    }

    /// What follows the key: all of the record's other content.
    pub fn after_key(&self) -> &str {
        &self.text[usize::from(self.key.end)..]
    }

    /// The record as it is in a request body: a JSON object (update) or a JSON string (id).
    pub fn encoded(&self) -> &str {
        &self.text[usize::from(self.body)..]
    }
}

/// Contacts are personal data: a debug print shows where a record is, not what it holds.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("ordinal", &self.ordinal)
            .field("attempts", &self.attempts)
            .field("mark", &self.mark)
            .field("bytes", &self.encoded().len())
            .finish_non_exhaustive()
    }
}
