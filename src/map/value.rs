//! One value of a row before it is checked, wherever it came from.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// What a value was in its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing feeds it: no column, no key.
    #[default]
    Absent,
    /// Text, blank or not.
    Text,
    /// A number in a spreadsheet's cell, of which 15 digits are true.
    NumberCell,
    /// A number in JSON.
    JsonNumber,
    /// A truth value, in JSON or in a cell.
    Boolean,
    /// Something else in JSON: a list or an object.
    NotText,
    /// Given twice in one JSON object, with different values.
    Twice,
    /// A cell in error, which is a defect already.
    Broken,
    /// Text in an encoding that nobody knows.
    Guessed,
}

/// A value as read.
#[derive(Debug, Clone, Default)]
pub(super) struct Value<'r> {
    pub(super) text: Cow<'r, str>,
    pub(super) kind: Kind,
}

impl<'r> Value<'r> {
    pub(super) const fn text(text: &'r str) -> Self {
        Self { text: Cow::Borrowed(text), kind: Kind::Text }
    }

    /// A JSON value: a string without its escapes, a number as it is written, `null` as blank.
    pub(super) fn json(raw: &'r RawValue) -> Self {
        let written = raw.get();
        match written.as_bytes().first() {
            Some(b'"') => match unescaped(written) {
                Some(text) => Self { text, kind: Kind::Text },
                None => Self { text: Cow::Borrowed(""), kind: Kind::NotText },
            },
            Some(b'n') => Self::text(""),
            Some(b'-' | b'0'..=b'9') => {
                Self { text: Cow::Borrowed(written), kind: Kind::JsonNumber }
            }
            Some(b't' | b'f') => Self { text: Cow::Borrowed(written), kind: Kind::Boolean },
            _ => Self { text: Cow::Borrowed(written), kind: Kind::NotText },
        }
    }

    /// Whether it holds nothing: no column or key, or only white space.
    pub(super) fn is_blank(&self) -> bool {
        match self.kind {
            Kind::Absent => true,
            Kind::Boolean | Kind::NotText | Kind::Twice | Kind::Broken | Kind::Guessed => false,
            Kind::Text | Kind::NumberCell | Kind::JsonNumber => {
                super::text::trim(&self.text).is_empty()
            }
        }
    }
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
