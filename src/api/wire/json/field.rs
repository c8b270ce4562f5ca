//! A member of an answer that ought to be text.

use std::borrow::Cow;

use super::Cursor;

/// A member that ought to be text: borrowed where it holds no escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) enum Field<'a> {
    /// The object has no such member.
    #[default]
    Absent,
    /// Text, or a whole number as text.
    Text(Cow<'a, str>),
    /// Anything else, `null` included.
    Other,
}

impl<'a> Field<'a> {
    /// Reads the value at the cursor into a member that may have been seen before, with the same
    /// value only: none is the right one of two.
    pub(in super::super) fn read(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let value = cursor.field()?;
        if *self != Self::Absent && *self != value {
            return None;
        }
        *self = value;
        Some(())
    }

    /// The text, where it is text.
    pub(in super::super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Other => None,
        }
    }

    /// Whether it is this text, whatever the case of its letters.
    pub(in super::super) fn is(&self, word: &str) -> bool {
        self.text().is_some_and(|text| text.eq_ignore_ascii_case(word))
    }
}
