//! Guesses, for `init` and for hints: which column of a stranger's table may feed which field.
//!
//! Never used to map by itself: what is guessed is written into a job file that a person reads, and
//! where two columns would do, that is said and not decided.

pub(super) mod aliases;
mod looks;
mod objects;
#[cfg(test)]
mod tests;

use crate::model::outcome_file::is_own_column;
use crate::model::review_file::is_review_column;
use crate::model::{Cells, IdKind, Operation, Row};

use super::dial;
use super::field::{Field, fold};
use super::naming::name_of;
use looks::Looks;
pub(super) use looks::is_phone;
pub use objects::{as_table, paths};

/// What a table's columns may mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guess {
    /// Fields with a column, in the order of the API page.
    pub found: Vec<Found>,
    /// Fields that several columns would fit, none better than the others.
    pub ambiguous: Vec<Ambiguous>,
    /// Required fields without any column, that cannot be made of others either.
    pub missing: Vec<String>,
    /// Phone numbers have no country code, and no column has one: `[phone] region` is needed.
    pub needs_region: bool,
}

/// A field and the column that fits it best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The API's field, dotted.
    pub field: String,
    /// Index of the column, from 0.
    pub column: usize,
    /// The name by which the settings call it: its header, or its letters where that is none.
    pub header: String,
    /// What spoke for it.
    pub why: Why,
}

/// What spoke for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its header is a spelling of the API's name: it would map by itself.
    Name,
    /// Its header is known from exports of other programs.
    Alias,
    /// Its values look like it.
    Values,
}

/// A field that several columns would fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// The API's field, dotted.
    pub field: String,
    /// The columns' indices and names, in their order.
    pub columns: Vec<(usize, String)>,
}

/// Guesses what the columns of a table mean, by its header and by some of its rows.
///
/// For tables: of JSON objects one is made by [`as_table`].
pub fn columns(operation: Operation, header: &[String], rows: &[Row]) -> Guess {
    let looks = (0..header.len()).map(|column| Looks::of(samples(rows, column))).collect();
    let mut guesser = Guesser { operation, header, looks, guess: Guess::default() };
    for field in Field::of(operation) {
        guesser.field(*field);
    }
    if operation.is_delete() && guesser.may_be_matched() {
        // What rows without an id are matched by.
        for field in &Field::matched(operation)[1..] {
            guesser.field(*field);
        }
    }
    guesser.missing();
    guesser.guess
}

fn samples(rows: &[Row], column: usize) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(move |row| match &row.cells {
        Cells::Table(cells) => cells.get(column),
        Cells::Object(_) => None,
    })
}

struct Guesser<'t> {
    operation: Operation,
    header: &'t [String],
    looks: Vec<Looks>,
    guess: Guess,
}

impl Guesser<'_> {
    /// Seeks the column of one field: by name, by alias, by values.
    fn field(&mut self, field: Field) {
        let mut by_name = self.free(|guesser, column| guesser.is_named(field, column));
        if !by_name.is_empty() {
            if field == Field::PhoneNumber {
                self.doubt_phone(&mut by_name);
            }
            return self.settle(field, by_name, Why::Name);
        }
        for tier in aliases::of(field) {
            let by_alias = self.aliased(field, tier);
            if !by_alias.is_empty() {
                return self.settle(field, by_alias, Why::Alias);
            }
        }
        if self.is_worth_looking(field) {
            let by_values = self
                .free(|guesser, column| guesser.looks[column].is_surely(field, guesser.operation));
            self.settle(field, by_values, Why::Values);
        }
    }

    /// Whether no column is an id, and contacts may be known by something else.
    fn may_be_matched(&self) -> bool {
        self.operation.spec().id_kind == IdKind::Contact && self.columns_of(Field::Id).is_empty()
    }

    fn is_named(&self, field: Field, column: usize) -> bool {
        Field::fed_by(&self.header[column], self.operation) == Some(field)
    }

    /// The columns without a field that fit; blank ones only if there are no others.
    fn free(&self, fits: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        let taken = |column: usize| self.guess.found.iter().any(|found| found.column == column);
        let own = |column: usize| {
            is_own_column(&self.header[column]) || is_review_column(&self.header[column])
        };
        let free = |column: &usize| !taken(*column) && !own(*column) && fits(self, *column);
        let all = (0..self.header.len()).filter(free);
        let all: Vec<usize> = all.collect();
        let filled: Vec<usize> =
            all.iter().copied().filter(|column| !self.looks[*column].is_blank()).collect();
        if filled.is_empty() { all } else { filled }
    }

    /// A full name is only sought in values if there are no other names.
    fn is_worth_looking(&self, field: Field) -> bool {
        match field {
            Field::FullName => !self.is_found(Field::FirstName) && !self.is_found(Field::LastName),
            _ => true,
        }
    }

    fn is_found(&self, field: Field) -> bool {
        self.guess.found.iter().any(|found| found.field == field.name())
    }

    fn settle(&mut self, field: Field, mut columns: Vec<usize>, why: Why) {
        if field == Field::Id && why != Why::Values {
            self.doubt_id(&mut columns);
        }
        match columns.as_slice() {
            [] => {}
            [column] => self.guess.found.push(Found {
                field: field.name().to_owned(),
                column: *column,
                header: name_of(self.header, *column),
                why,
            }),
            several => self.guess.ambiguous.push(Ambiguous {
                field: field.name().to_owned(),
                columns: several.iter().map(|n| (*n, name_of(self.header, *n))).collect(),
            }),
        }
    }

    /// A column called `id` may number the rows while another holds the ids: then both are named.
    fn doubt_id(&self, columns: &mut Vec<usize>) {
        let is_id = |column: &usize| self.looks[*column].is_surely(Field::Id, self.operation);
        if columns.iter().any(is_id) {
            columns.retain(is_id);
        } else if columns.iter().any(|column| !self.looks[*column].is_blank()) {
            columns.extend((0..self.header.len()).filter(is_id));
            columns.sort_unstable();
        }
    }

    /// The field is a cell phone's: beside a column that is called so, a mere `Phone Number` may be
    /// another one.
    fn doubt_phone(&self, columns: &mut Vec<usize>) {
        let is_mere = |column: &usize| fold(&self.header[*column]) == "phonenumber";
        if columns.iter().all(is_mere) {
            columns.extend(self.aliased(Field::PhoneNumber, aliases::CELL_PHONES));
            columns.sort_unstable();
        }
    }

    /// The columns that one tier of aliases names.
    fn aliased(&self, field: Field, tier: &[&str]) -> Vec<usize> {
        self.free(|guesser, column| {
            tier.contains(&aliases::fold(&guesser.header[column]).as_str())
                && guesser.looks[column].may_be(field, guesser.operation)
        })
    }

    /// Required fields that nothing was found for.
    fn missing(&mut self) {
        let required =
            if self.operation.spec().sends_contacts() { &Field::REQUIRED } else { &[][..] };
        let phones = self.columns_of(Field::PhoneNumber);
        let has_code = !self.columns_of(Field::CountryCode).is_empty();
        let carry_code = phones.iter().all(|column| self.looks[*column].has_country_codes());
        self.guess.needs_region = !has_code && !carry_code;
        let is_known = |field: Field| {
            let is_made = match field {
                Field::FirstName | Field::LastName => {
                    self.is_found(Field::FullName)
                        && !self.is_found(Field::FirstName)
                        && !self.is_found(Field::LastName)
                }
                Field::CountryCode => !phones.is_empty(),
                Field::Extension => true,
                _ => false,
            };
            is_made || !self.columns_of(field).is_empty()
        };
        let id = Some(Field::Id).filter(|_| self.operation.spec().has_ids());
        let missing = id.into_iter().chain(required.iter().copied());
        self.guess.missing =
            missing.filter(|field| !is_known(*field)).map(|f| f.name().to_owned()).collect();
    }

    /// The column of a field, or those among which it is to be chosen.
    fn columns_of(&self, field: Field) -> Vec<usize> {
        let found = self.guess.found.iter().filter(|found| found.field == field.name());
        let several = self.guess.ambiguous.iter().filter(|several| several.field == field.name());
        found
            .map(|found| found.column)
            .chain(several.flat_map(|several| several.columns.iter().map(|(column, _)| *column)))
            .collect()
    }
}

/// The country codes with which phone numbers seem to begin, without a `+`; none where it may be chance.
pub fn bare_codes<'r>(numbers: impl Iterator<Item = &'r str>) -> Vec<u16> {
    let is_long =
        |digits: &String| digits.len() >= 11 && digits.bytes().all(|b| b.is_ascii_digit());
    let digits = numbers.filter_map(|number| dial::text(number).ok()).filter(is_long);
    let mut codes: Vec<u16> = digits.filter_map(|digits| dial::country_of(&digits)).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.len() > 1 { codes } else { Vec::new() }
}

/// The column that the settings call so.
pub fn column(header: &[String], name: &str) -> Option<usize> {
    super::naming::column(header, name).ok()
}

/// Names for the columns of a table, each leading to its column: headers, or letters where a header is none.
pub fn names(header: &[String]) -> Vec<String> {
    (0..header.len()).map(|column| name_of(header, column)).collect()
}
