//! Which column, key or constant feeds which field. Decided once for each source, by
//! [`super::resolve`].

use crate::model::Source;

use super::error::{MapError, ticked};
use super::field::Field;
use super::{hints, naming};

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
    /// `id`: that of the contact that the row is matched with.
    Matched,
    /// The contact keeps its own.
    Own,
    /// `cellPhone.countryCode`: the contact's own, for numbers that have none.
    OwnOrFromNumber,
}

impl How {
    /// The words for the plan.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Explicit => "as the settings say",
            Self::Name => "by name",
            Self::Spelling => "by spelling",
            Self::OwnKeys => "by the objects' own keys",
            Self::Default => "constant",
            Self::MadeFromNames => "made of first and last name",
            Self::SplitFromFullName => "split from the full name",
            Self::FromPhoneNumber => "taken from the phone number",
            Self::DiallingPrefix => "`+`, the dialling prefix where nothing else is given",
            Self::Matched => "that of the contact that the row is matched with",
            Self::Own => "the contact's own value",
            Self::OwnOrFromNumber => {
                "taken from the phone number where that has one, else the contact's own"
            }
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

/// For what a rule's column is named.
pub(super) const A_RULE: &str = "a rule";

/// Where the column of a field is named.
pub(super) const MAPPING: &str = "`[input.columns]` or with `--map`";

/// The column that the settings name, for a field or a rule.
pub(super) fn named(name: &str, purpose: &str, source: &Source) -> Result<usize, MapError> {
    naming::column(&source.header, name).map_err(|several| {
        if !several.is_empty() {
            let place = if purpose == A_RULE { "the rule's `column`" } else { MAPPING };
            return ambiguous(source, name, &several, place);
        }
        let called = naming::lettered(name).and_then(|column| source.header.get(column));
        let hint = match called {
            Some(header) => format!("that column is called `{header}`: name it so"),
            None => hints::nearest_hint(name, &source.header),
        };
        MapError::new(format!("`{}` has no column `{name}` (for {purpose})", source.file), hint)
    })
}

/// The error of several columns where one is meant.
pub(super) fn ambiguous(source: &Source, what: &str, columns: &[usize], place: &str) -> MapError {
    let header = &source.header;
    let found: Vec<String> =
        columns.iter().map(|n| format!("`{}` (column {})", header[*n], n + 1)).collect();
    let names = ticked(columns.iter().map(|column| naming::name_of(header, *column)));
    MapError::new(
        format!("`{}`: several columns fit `{what}`: {}", source.file, found.join(", ")),
        format!("say which one is meant in {place}: one of {names}"),
    )
}
