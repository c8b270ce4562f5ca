//! One value of a row before it is checked, wherever it came from.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::damage::Fault;
use crate::model::{CellKind, Row};

/// What a value was in its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing feeds it: no column, no key.
    #[default]
    Absent,
    /// Text, blank or not.
    Text,
    /// Text that a spreadsheet guards as `="…"`, which came off.
    Guarded,
    /// A whole number in a spreadsheet's cell, of which 15 digits are true.
    NumberCell,
    /// A whole number in JSON.
    JsonNumber,
    /// A number with a fraction or an exponent, in JSON or in a cell.
    Fraction,
    /// A date in a cell.
    Date,
    /// A truth value, in JSON or in a cell.
    Boolean,
    /// Something else in JSON: a list or an object.
    NotText,
    /// Given twice in one JSON object, with different values.
    Twice,
    /// A cell in error, which is a defect already.
    Broken,
    /// A formula whose value the workbook does not hold.
    Uncomputed,
    /// A cell that a merged one covers.
    Merged,
    /// A cell whose number format shows something else.
    Formatted,
    /// Text in an encoding that nobody knows.
    Guessed,
}

/// Text in an encoding that nobody named.
pub(super) const GUESSED: Fault = (
    "holds bytes that are no text in the encoding of its file",
    "name the right one with `--encoding`; where only this row is damaged, correct it",
);

impl Kind {
    /// Why a value of this kind is none that a contact's field could have: the problem, and the rule or remedy.
    pub(super) const fn defect(self) -> Option<Fault> {
        const AS_TEXT: &str =
            "give it as text; in a spreadsheet, format the column as text and fill it again";
        const JSON_TEXT: &str = "the API wants a string";
        Some(match self {
            Self::Absent | Self::Text | Self::Guarded | Self::NumberCell | Self::JsonNumber => {
                return None;
            }
            Self::Fraction => ("is a number with a fraction or an exponent", AS_TEXT),
            Self::Date => ("is a date", AS_TEXT),
            Self::Boolean => ("is a truth value, not text", AS_TEXT),
            Self::NotText => ("is not text", JSON_TEXT),
            Self::Twice => ("is given twice with different values", "give it once"),
            Self::Guessed => GUESSED,
            Self::Merged => (
                "is covered by a merged cell",
                "unmerge the cells, and give every row its own value",
            ),
            Self::Formatted => (
                "is shown otherwise than its cell holds it, by a number format",
                "write what it shows as text, in a column formatted as text",
            ),
            Self::Uncomputed => (
                "is a formula whose value the workbook does not hold",
                "open it in a spreadsheet program, which computes it, and save it there",
            ),
            Self::Broken => ("is a cell in error", "correct the formula and save the sheet again"),
        })
    }
}

/// Whether something of a row is text in an encoding that nobody named, used or not.
pub(super) fn is_guessed(row: &Row) -> bool {
    row.marks.iter().any(|mark| mark.kind == CellKind::Guessed)
}

/// A value as read.
#[derive(Debug, Clone, Default)]
pub(super) struct Value<'r> {
    pub(super) text: Cow<'r, str>,
    pub(super) kind: Kind,
}

impl<'r> Value<'r> {
    /// Text of a cell or a constant.
    pub(super) fn text(text: &'r str) -> Self {
        Self::of(Cow::Borrowed(text))
    }

    fn of(text: Cow<'r, str>) -> Self {
        match unguarded(&text) {
            Some(inner) => Self { text: Cow::Owned(inner), kind: Kind::Guarded },
            None => Self { text, kind: Kind::Text },
        }
    }

    /// A JSON value: a string without its escapes, a number as it is written, `null` as blank.
    pub(super) fn json(raw: &'r RawValue) -> Self {
        let written = raw.get();
        match written.as_bytes().first() {
            Some(b'"') => match unescaped(written) {
                Some(text) => Self::of(text),
                None => Self { text: Cow::Borrowed(""), kind: Kind::NotText },
            },
            Some(b'n') => Self::text(""),
            Some(b'-' | b'0'..=b'9') => {
                let is_whole = !written.contains(['.', 'e', 'E']);
                let kind = if is_whole { Kind::JsonNumber } else { Kind::Fraction };
                Self { text: Cow::Borrowed(written), kind }
            }
            Some(b't' | b'f') => Self { text: Cow::Borrowed(written), kind: Kind::Boolean },
            _ => Self { text: Cow::Borrowed(written), kind: Kind::NotText },
        }
    }

    /// Whether it holds nothing: no column or key, or only white space.
    pub(super) fn is_blank(&self) -> bool {
        self.kind == Kind::Absent
            || (self.kind.defect().is_none() && super::text::trim(&self.text).is_empty())
    }
}

/// The text in `="…"`, by which a spreadsheet is kept from taking it for a number.
pub(super) fn unguarded(text: &str) -> Option<String> {
    let inner = super::text::trim(text).strip_prefix("=\"")?.strip_suffix('"')?;
    let plain = inner.replace("\"\"", "");
    (!plain.contains('"')).then(|| inner.replace("\"\"", "\""))
}

/// The text of a JSON string; `None` for escapes that are no text (half a surrogate pair).
fn unescaped(written: &str) -> Option<Cow<'_, str>> {
    let inner = written.get(1..written.len() - 1)?;
    if inner.contains('\\') {
        serde_json::from_str(written).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}
