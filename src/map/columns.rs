//! Which column, key or constant feeds which field. Decided once for each source, by
//! [`super::resolve`].

use crate::model::Source;

use super::error::MapError;
use super::field::{Field, fold};
use super::guess;

/// One line of the mapping, for the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedField {
    /// The API's field, dotted.
    pub field: String,
    /// The input's column, or the path in its JSON objects, that feeds it.
    pub header: Option<String>,
    /// The constant for records that have no value of their own.
    pub constant: Option<String>,
    /// How this was found.
    pub how: How,
}

/// How a field came to its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// `[input.columns]` or `--map`.
    Explicit,
    /// The header is the API's own name.
    Name,
    /// The header is another spelling of the API's name: `First Name`, `cellPhoneNumber`.
    Spelling,
    /// JSON objects name their own fields.
    OwnKeys,
    /// `[input.defaults]` or `--set`, and no column.
    Default,
    /// `fullName`: made of `firstName` and `lastName`.
    MadeFromNames,
    /// `firstName` or `lastName`: split from `fullName`.
    SplitFromFullName,
    /// `cellPhone.countryCode`: taken from the phone number.
    FromPhoneNumber,
    /// `cellPhone.extension`: `+`, since nothing else is said.
    DiallingPrefix,
}

impl How {
    /// The words for the plan.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Explicit => "as told",
            Self::Name => "by name",
            Self::Spelling => "by spelling",
            Self::OwnKeys => "by the objects' own keys",
            Self::Default => "constant",
            Self::MadeFromNames => "made of first and last name",
            Self::SplitFromFullName => "split from the full name",
            Self::FromPhoneNumber => "taken from the phone number",
            Self::DiallingPrefix => "`+`, the dialling prefix where nothing else is given",
        }
    }
}

/// What feeds one field.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    /// Index into the header, for tables.
    pub(super) column: Option<usize>,
    /// Dotted path, for JSON with `[input.columns]`.
    pub(super) path: Option<String>,
    pub(super) constant: Option<String>,
    /// How defects call it: the header or path, else the API's field.
    pub(super) label: String,
}

/// A field that the API page does not know, mapped by the user.
#[derive(Debug, Clone)]
pub(super) struct Extra {
    /// Dotted.
    pub(super) path: String,
    pub(super) slot: Slot,
}

/// The mapping of one source.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// The fields that are read.
    pub(super) fields: &'static [Field],
    /// By [`Field::index`].
    pub(super) slots: [Slot; Field::COUNT],
    pub(super) extras: Vec<Extra>,
    pub(super) mapping: Vec<MappedField>,
    /// Headers that feed nothing.
    pub(super) ignored: Vec<String>,
}

impl Columns {
    /// The columns that feed a field.
    pub(super) fn used(&self) -> impl Iterator<Item = usize> {
        self.slots().filter_map(|slot| slot.column)
    }

    /// What feeds the fields, those of the user's own among them.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().chain(self.extras.iter().map(|extra| &extra.slot))
    }

    /// Nothing mapped yet.
    pub(super) fn empty(fields: &'static [Field]) -> Self {
        let slots =
            Field::ALL.map(|field| Slot { label: field.name().to_owned(), ..Slot::default() });
        Self { fields, slots, extras: Vec::new(), mapping: Vec::new(), ignored: Vec::new() }
    }
}

/// The column that the settings name, for a field or a rule: exact, or the only one spelt alike, or one
/// without a name.
pub(super) fn named(name: &str, purpose: &str, source: &Source) -> Result<usize, MapError> {
    let exact = places(source, |header| header == name);
    let found = if exact.is_empty() {
        let folded = fold(name);
        places(source, |header| fold(header) == folded)
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => nameless(name, source).ok_or_else(|| {
            MapError::new(
                format!("`{}` has no column `{name}` (for {purpose})", source.file),
                guess::nearest_hint(name, &source.header),
            )
        }),
        several => Err(ambiguous(source, name, several)),
    }
}

/// A column without a name by its number from 1, or by its letters as spreadsheets count: `C`, `AA`.
fn nameless(name: &str, source: &Source) -> Option<usize> {
    let is_letters = (1..=3).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
    let number = if is_letters {
        let digit = |b: u8| usize::from(b.to_ascii_uppercase() - b'@');
        name.bytes().fold(0, |number, b| number * 26 + digit(b))
    } else {
        name.parse().ok()?
    };
    let column = number.checked_sub(1)?;
    source.header.get(column).filter(|header| header.trim().is_empty()).map(|_| column)
}

/// The indices of the columns that fit.
pub(super) fn places(source: &Source, fits: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..source.header.len()).filter(|n| fits(&source.header[*n])).collect()
}

/// The error of several columns where one is meant.
pub(super) fn ambiguous(source: &Source, what: &str, columns: &[usize]) -> MapError {
    let places: Vec<String> =
        columns.iter().map(|n| format!("`{}` (column {})", source.header[*n], n + 1)).collect();
    MapError::new(
        format!("`{}`: several columns fit `{what}`: {}", source.file, places.join(", ")),
        "name one of them in `[input.columns]` (or `--map`), or rename the others",
    )
}
