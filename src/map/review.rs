//! What a person decided in a review file (`[match]`): an `x` beside one of the contacts that a row may mean.
//!
//! A decision holds for what was shown: this account and operation, this row, this contact as it was. Whatever else comes
//! back is refused.

use xxhash_rust::xxh3::xxh3_64;

use super::check::Check;
use super::duplicates::Disposition;
use super::id;
use super::key::Sought;
use super::text::trim;
use crate::account::matching::Name;
use crate::api::wire::AccountContact;
use crate::model::review_file::{CHECK, CONTACT};
use crate::model::{Defect, Ordinal};

/// What a line of a review file is bound to, in a text that no spreadsheet takes for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    reading: u32,
    /// The row's place in the input of which it was made.
    row: Ordinal,
    /// Of account, operation, reading and row.
    file: u32,
    /// And of what the row looks for, and the contact's id.
    line: u32,
    /// And of the contact's last change.
    contact: u32,
}

impl Seal {
    /// The seal of the line that shows a row and a contact. `reading` is the id of the reading, `of` that of account and
    /// operation, see [`MapSettings::decided_for`](crate::model::settings::MapSettings::decided_for).
    pub fn new(
        (of, reading): (u64, &str),
        (row, sought): (Ordinal, &Sought),
        (contact, updated): (&str, Option<&str>),
    ) -> Self {
        let reading =
            u32::from_str_radix(reading, 16).unwrap_or_else(|_| hash(&[reading.as_bytes()]));
        let bare = Self { reading, row, file: 0, line: 0, contact: 0 };
        let file = bare.file_of(of);
        let line = Self { file, ..bare }.line_of(sought, contact);
        Self { file, line, contact: contact_of(line, updated), ..bare }
    }

    fn file_of(self, of: u64) -> u32 {
        hash(&[&of.to_le_bytes(), &self.reading.to_le_bytes(), &self.row.to_le_bytes()])
    }

    fn line_of(self, sought: &Sought, contact: &str) -> u32 {
        let name = Name::of(&sought.name);
        let name = name.as_ref().map_or("", Name::folded).as_bytes();
        let phone = sought.phone.number().to_le_bytes();
        hash(&[&self.file.to_le_bytes(), &phone, name, &id::key(contact)])
    }

    /// Whether it is of this account and operation.
    pub(super) fn is_for(self, of: u64) -> bool {
        self.file_of(of) == self.file
    }

    /// As it was written; `None` for any other text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let parts = trim(text).strip_prefix(['r', 'R'])?.split('-');
        let parts = parts.map(|part| match part.len() {
            8 => u32::from_str_radix(part, 16).ok(),
            _ => None,
        });
        let parts: Vec<u32> = parts.collect::<Option<_>>()?;
        let [reading, row, file, line, contact] = parts[..] else { return None };
        Some(Self { reading, row, file, line, contact })
    }
}

impl std::fmt::Display for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reading, row, file, line, contact } = self;
        write!(f, "r{reading:08x}-{row:08x}-{file:08x}-{line:08x}-{contact:08x}")
    }
}

fn contact_of(line: u32, updated: Option<&str>) -> u32 {
    hash(&[&line.to_le_bytes(), updated.unwrap_or_default().as_bytes()])
}

/// Nobody is kept out by it: it finds what was mixed up.
#[expect(clippy::cast_possible_truncation, reason = "half of the hash is enough")]
fn hash(parts: &[&[u8]]) -> u32 {
    xxh3_64(&parts.concat()) as u32
}

/// The contact that a person chose for a row.
pub(super) struct Chosen {
    pub(super) contact: String,
    seal: Seal,
}

impl Chosen {
    /// A contact beside a mark.
    pub(super) fn new(contact: &str, seal: Seal) -> Self {
        Self { contact: contact.to_owned(), seal }
    }

    /// The row of the reviewed input, and the contact's key.
    pub(super) fn key(&self) -> (u64, [u8; 12]) {
        let Seal { reading, row, .. } = self.seal;
        (u64::from(reading) << 32 | u64::from(row), id::key(&self.contact))
    }

    /// Whether the line still shows the row for which it was chosen.
    pub(super) fn is_of(&self, sought: &Sought) -> Result<(), Defect> {
        if self.seal.line_of(sought, &self.contact) == self.seal.line {
            return Ok(());
        }
        Err(defect(
            CHECK,
            "is that of another line",
            "the row's number or name, or the contact beside it, is not the one that was shown: sort whole lines, \
             correct the row in the input itself",
        ))
    }

    /// Whether the contact is still the one that was shown.
    pub(super) fn must_be_as_shown(&self, check: &mut Check<'_>, contact: &AccountContact<'_>) {
        if contact_of(self.seal.line, contact.updated_at.as_deref()) != self.seal.contact {
            check.defect_at(
                CONTACT.to_owned(),
                "has changed since the review file was written",
                "look at it again: run the job's own input once more",
            );
        }
    }
}

pub(super) fn defect(column: &str, problem: &str, rule: &str) -> Defect {
    let [column, problem, rule] = [column, problem, rule].map(str::to_owned);
    Defect { column, problem, rule }
}

/// Marks beside the contacts of rows: of each row one may be chosen.
#[derive(Default)]
pub struct Choices(Vec<(u64, [u8; 12], Ordinal)>);

impl Choices {
    /// Adds the mark of a line, see [`Mapper::choice`](super::mapper::Mapper::choice).
    pub fn enter(&mut self, (row, contact): (u64, [u8; 12]), line: Ordinal) {
        self.0.push((row, contact, line));
    }

    /// The same beside what is `found` of records, sorted by place; `is_sent` says which lines would be sent.
    pub fn among(
        self,
        mut found: Vec<(Ordinal, Disposition)>,
        is_sent: impl Fn(Ordinal) -> bool,
    ) -> Vec<(Ordinal, Disposition)> {
        let mut twice = self.contradictions();
        twice.retain(|(line, _)| is_sent(*line));
        found.retain(|(line, _)| twice.binary_search_by_key(line, |(line, _)| *line).is_err());
        found.append(&mut twice);
        found.sort_unstable_by_key(|(line, _)| *line);
        found
    }

    /// The lines of rows with marks beside different contacts, sorted by place.
    fn contradictions(mut self) -> Vec<(Ordinal, Disposition)> {
        self.0.sort_unstable();
        let rows = self.0.chunk_by(|one, other| one.0 == other.0);
        let mut found: Vec<(Ordinal, Disposition)> = Vec::new();
        for marks in rows {
            let (first, last) = (marks[0], marks[marks.len() - 1]);
            if first.1 == last.1 {
                continue;
            }
            found.extend(marks.iter().map(|(_, contact, line)| {
                let other = if *contact == first.1 { last.2 } else { first.2 };
                (*line, Disposition::ChosenTwice { other })
            }));
        }
        found.sort_unstable_by_key(|(line, _)| *line);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::matching::Phone;

    fn sought(number: &str, name: &str) -> Sought {
        Sought { phone: Phone::of_row("+91", number).unwrap(), name: name.to_owned() }
    }

    #[test]
    fn a_seal_comes_back_as_it_was_written_and_fits_nothing_else() {
        let row = sought("9876500000", "Uwe Jain");
        let id = "5e129d7f7b3f9a52c1000001";
        let seal = Seal::new((7, "5f3a9c01"), (26, &row), (id, Some("2026-01-01")));
        let text = seal.to_string();
        assert!(text.starts_with("r5f3a9c01-0000001a-"), "{text}");
        assert_eq!(Seal::read(&format!(" {} ", text.to_uppercase())), Some(seal));
        for other in ["", "r5f3a9c01", "1E+23", &text[1..], &format!("{text}-00000000")] {
            assert_eq!(Seal::read(other), None, "{other}");
        }
        assert!(seal.is_for(7) && !seal.is_for(8));
        assert!(!Seal { row: 27, ..seal }.is_for(7));
        assert!(!Seal { reading: 1, ..seal }.is_for(7));
        let of = |row: &Sought, contact: &str| Chosen::new(contact, seal).is_of(row).is_ok();
        assert!(of(&row, id) && of(&sought("9876500000", "JAIN, Uwe"), id));
        assert!(!of(&sought("9876500001", "Uwe Jain"), id));
        assert!(!of(&sought("9876500000", "Ute Jain"), id));
        assert!(!of(&row, "5e129d7f7b3f9a52c1000002"));
        assert_eq!(contact_of(seal.line, Some("2026-01-01")), seal.contact);
        assert_ne!(contact_of(seal.line, Some("2026-01-02")), seal.contact);
    }

    #[test]
    fn of_each_row_one_contact_may_be_chosen() {
        let mut choices = Choices::default();
        for (row, contact, line) in
            [(1, 1, 0), (2, 1, 1), (1, 2, 2), (3, 5, 3), (3, 5, 4), (1, 1, 5)]
        {
            choices.enter((row, [contact; 12]), line);
        }
        let twice = |other| Disposition::ChosenTwice { other };
        assert_eq!(choices.contradictions(), [(0, twice(2)), (2, twice(0)), (5, twice(2))]);
    }
}
