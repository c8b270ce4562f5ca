//! One list: which of its columns hold ids or phone numbers, and what a row of it names.

use phonenumber::country;
use serde_json::Value;

use super::super::dial;
use super::super::field::Field;
use super::super::text::{is_float, is_scientific, trim};
use super::super::{guess, hints, id};
use super::named;
use super::phones::{Form, forms};
use crate::model::outcome_file::unguarded;
use crate::model::settings::{IdFormat, MapSettings};

/// Whom a row names. A row may have several ids and numbers: all of them count.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) ids: Vec<[u8; 12]>,
    pub(super) phones: Vec<Form>,
}

/// What a line of a list is.
pub(super) enum Line {
    /// Its header, or a title above it.
    Heading,
    People(Found),
}

/// Fewer digits are no phone number anywhere.
const LEAST_DIGITS: usize = 5;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Id,
    Phone,
    Code,
    /// The list has no header: whatever its cells look like.
    Unnamed,
    /// Only what cannot be anything else: a Kore id, a number with `+` in front.
    Other,
}

/// The columns of a list, as far as its first lines have said.
#[derive(Debug, Default)]
pub(super) struct Columns {
    roles: Vec<Role>,
    is_begun: bool,
    is_titled: bool,
}

impl Columns {
    /// Reads a line: until there are people, one that names columns is the header, and one without any value a title.
    /// A line that holds what may have named somebody is neither, so that it is refused where it cannot be read.
    pub(super) fn read(&mut self, settings: &MapSettings, cells: &[&str]) -> Line {
        let may_be_heading = !self.is_begun && !self.has_header();
        if may_be_heading && !cells.iter().any(|cell| named::may_name(cell)) {
            let roles: Vec<Role> = cells.iter().map(|cell| role(settings, cell)).collect();
            let is_header = roles.iter().any(|role| matches!(role, Role::Id | Role::Phone));
            if is_header || !cells.iter().any(|cell| is_data(settings, cell)) {
                (self.roles, self.is_titled) = (roles, true);
                return Line::Heading;
            }
        }
        self.is_begun = true;
        let unnamed = if self.is_titled { Role::Other } else { Role::Unnamed };
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            (self.roles.get(column).copied().unwrap_or(unnamed), unguarded(trim(cell)))
        });
        Line::People(found(settings, cells))
    }

    /// Whether a cell of this column may name somebody, by its header or by its length.
    pub(super) fn may_name(&self, column: usize, cell: &str) -> bool {
        let is_other = self.roles.get(column).is_some_and(|role| *role == Role::Other);
        !is_other || cell.bytes().filter(u8::is_ascii_digit).count() >= LEAST_DIGITS
    }

    fn has_header(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Id | Role::Phone))
    }
}

/// What the pairs of a JSON object name; `None` if it is none.
pub(super) fn object(settings: &MapSettings, text: &str) -> Option<Found> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(text).ok()?;
    let mut cells = Vec::new();
    leaves(settings, &object, &mut cells);
    Some(found(settings, cells.iter().map(|(role, text)| (*role, trim(text)))))
}

fn leaves(
    settings: &MapSettings,
    object: &serde_json::Map<String, Value>,
    cells: &mut Vec<(Role, String)>,
) {
    for (key, value) in object {
        match value {
            Value::Object(inner) => leaves(settings, inner, cells),
            Value::String(text) => cells.push((role(settings, key), text.clone())),
            Value::Number(number) => cells.push((role(settings, key), number.to_string())),
            _ => {}
        }
    }
}

fn found<'c>(settings: &MapSettings, cells: impl Iterator<Item = (Role, &'c str)>) -> Found {
    let cells: Vec<(Role, &str)> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
    let region = settings.phone_region.as_deref();
    let region: Option<country::Id> =
        region.and_then(|code| code.to_ascii_uppercase().parse().ok());
    let code = cells.iter().find(|(role, _)| *role == Role::Code);
    let code = code.and_then(|(_, cell)| dial::country_code(cell)).unwrap_or_default();
    let mut found = Found::default();
    for (role, cell) in &cells {
        if is_id(settings, *role, cell) {
            found.ids.push(id::key_in_any_case(cell));
        } else if may_be_phone(*role, cell) {
            found.phones.extend(forms(cell, &code, region).unwrap_or_default());
        }
    }
    found
}

fn is_id(settings: &MapSettings, role: Role, cell: &str) -> bool {
    let format = if role == Role::Id { settings.id_format } else { IdFormat::Objectid };
    id::check(cell, format, settings.operation.spec().id_kind).is_ok()
}

fn may_be_phone(role: Role, cell: &str) -> bool {
    match role {
        Role::Phone => true,
        Role::Unnamed => guess::is_phone(cell),
        Role::Id | Role::Other => guess::is_phone(cell) && cell.starts_with('+'),
        Role::Code => false,
    }
}

/// A cell that was meant to name somebody, whether it still does or not.
fn is_data(settings: &MapSettings, cell: &str) -> bool {
    let cell = unguarded(trim(cell));
    is_id(settings, Role::Other, cell)
        || is_scientific(cell)
        || is_float(cell)
        || (cell.chars().any(char::is_numeric) && !cell.chars().any(char::is_alphabetic))
}

/// What a header says of its column.
fn role(settings: &MapSettings, header: &str) -> Role {
    let header = trim(header);
    let is = |field: Field| {
        let means = |name: &str| {
            Field::named(name).or_else(|| Field::meant_by(name, settings.operation)) == Some(field)
        };
        settings.columns.iter().any(|(name, column)| column == header && means(name))
            || hints::may_mean(header, field, settings.operation)
    };
    match () {
        () if is(Field::Id) => Role::Id,
        () if is(Field::PhoneNumber) => Role::Phone,
        () if is(Field::CountryCode) => Role::Code,
        () => Role::Other,
    }
}
