//! What the values of a column look like.

use std::collections::HashSet;

use super::super::field::Field;
use super::super::id;
use super::super::prefix;
use super::super::text::trim;
use crate::model::settings::IdFormat;
use crate::model::{IdKind, Operation};

/// Counts over the sample values of one column.
#[derive(Debug, Default)]
pub(super) struct Looks {
    filled: usize,
    distinct: usize,
    contact_ids: usize,
    list_ids: usize,
    phones: usize,
    with_country_code: usize,
    country_codes: usize,
    prefixes: usize,
    signed: usize,
    plus_signs: usize,
    salutations: usize,
    full_names: usize,
}

impl Looks {
    pub(super) fn of<'r>(samples: impl Iterator<Item = &'r str>) -> Self {
        let mut looks = Self::default();
        let mut seen = HashSet::new();
        for text in samples.map(trim).filter(|text| !text.is_empty()) {
            let is_id = |kind| id::check(text, IdFormat::Objectid, kind).is_ok();
            seen.insert(text);
            looks.filled += 1;
            looks.contact_ids += usize::from(is_id(IdKind::Contact));
            looks.list_ids += usize::from(is_id(IdKind::ContactList));
            looks.phones += usize::from(is_phone(text));
            looks.with_country_code += usize::from(carries_code(text));
            looks.country_codes += usize::from(is_country_code(text));
            looks.prefixes += usize::from(prefix::is_prefix(text, ""));
            looks.signed += usize::from(text.starts_with('+'));
            looks.plus_signs += usize::from(text == "+");
            looks.salutations += usize::from(is_salutation(text));
            looks.full_names += usize::from(is_full_name(text));
        }
        looks.distinct = seen.len();
        looks
    }

    pub(super) const fn is_blank(&self) -> bool {
        self.filled == 0
    }

    /// Whether every phone number carries its country code.
    pub(super) const fn has_country_codes(&self) -> bool {
        self.with_country_code == self.filled
    }

    /// Whether nothing speaks against a column whose header is an alias of the field.
    pub(super) fn may_be(&self, field: Field, operation: Operation) -> bool {
        match field {
            Field::Id => self.is_blank() || self.is_surely(field, operation),
            Field::Salutation | Field::PhoneNumber => self.is_blank() || self.is_mostly(field),
            // An office's extension is digits, too.
            Field::Extension => {
                self.is_blank() || (self.prefixes == self.filled && self.signed > 0)
            }
            _ => true,
        }
    }

    /// Whether the values alone say that it is the field.
    pub(super) fn is_surely(&self, field: Field, operation: Operation) -> bool {
        match field {
            // An account's id looks the same, and is in every row.
            Field::Id => {
                let ids = match operation.spec().id_kind {
                    IdKind::ContactList => self.list_ids,
                    IdKind::Contact => self.contact_ids,
                };
                // Some may be spoilt, as spreadsheets do.
                let mostly = self.filled > 0 && ids * 5 >= self.filled * 4;
                mostly && (self.distinct > 1 || self.filled == 1)
            }
            Field::FirstName | Field::LastName => false,
            _ => self.is_mostly(field),
        }
    }

    /// Whether four values of five look like the field.
    fn is_mostly(&self, field: Field) -> bool {
        let fitting = match field {
            Field::Salutation => self.salutations,
            Field::PhoneNumber => self.phones,
            Field::CountryCode => self.country_codes,
            Field::Extension => self.plus_signs,
            Field::FullName => self.full_names,
            Field::Id | Field::FirstName | Field::LastName => 0,
        };
        self.filled > 0 && fitting * 5 >= self.filled * 4
    }
}

/// 7 to 15 digits, and only what people put between them; no date.
pub(in super::super) fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_date = text.len() >= 8
        && text.as_bytes().get(4) == Some(&b'-')
        && text.as_bytes().get(7) == Some(&b'-');
    (7..=15).contains(&digits)
        && !is_date
        && text.chars().all(|c| c.is_ascii_digit() || " +-./()".contains(c))
}

/// Whether a phone number begins as one dialled from abroad.
fn carries_code(text: &str) -> bool {
    text.trim_start_matches('(').starts_with('+') || text.starts_with("00")
}

fn is_country_code(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_salutation(text: &str) -> bool {
    const KNOWN: [&str; 9] = ["mr", "mrs", "ms", "miss", "mister", "dr", "prof", "mx", "sir"];
    let bare = text.trim_end_matches('.');
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(bare))
}

/// Two to four words of letters, each with a capital.
fn is_full_name(text: &str) -> bool {
    let is_name = |word: &str| {
        word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().all(|c| c.is_alphabetic() || "'’-.,".contains(c))
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    (2..=4).contains(&words.len()) && words.iter().all(|word| is_name(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_looks_like_what_it_is() {
        assert!(is_phone("+91 98123 45678") && is_phone("(981) 234-5678"));
        assert!(!is_phone("2025-01-02") && !is_phone("12345") && !is_phone("a1234567"));
        assert!(is_full_name("Ann-Marie O’Neil") && is_full_name("Doe, John"));
        assert!(!is_full_name("Pune") && !is_full_name("12 Main Street"));
        assert!(is_salutation("Mrs.") && !is_salutation("CEO"));
    }

    #[test]
    fn an_id_that_never_changes_is_not_the_records_own() {
        let id = "65f7d49a5dd06e2cefa45012";
        let sure = |samples: &[&str]| {
            Looks::of(samples.iter().copied()).is_surely(Field::Id, Operation::BulkDelete)
        };
        assert!(sure(&[id]) && !sure(&[id, id]) && !sure(&[]) && !sure(&[id, "x"]));
    }
}
