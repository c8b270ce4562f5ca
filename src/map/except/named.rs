//! Whether a text holds what was meant to name somebody, an id or a phone number, whole or damaged, beside whatever else.

use super::super::date::is_date;
use super::super::text::{is_float, is_scientific};

/// Hexadecimal digits in a row of which an id is at least half left.
const PART_OF_ID: usize = 12;
/// Letters and digits in a row that are no word of a header, and how many of them are digits then.
const NO_WORD: (usize, usize) = (16, 5);
/// The fewest digits of a phone number.
const PHONE: usize = 7;

/// No header and no title has such a text in it; dates and times in a title are not counted.
pub(super) fn may_name(cell: &str) -> bool {
    let words = || cell.split_whitespace().filter(|word| !is_date(word) && !is_time(word));
    // Digits and ids are grouped in many ways: what is between two groups does not count.
    let joined: String = words().flat_map(str::chars).filter(|c| c.is_alphanumeric()).collect();
    let grouped: String = words().flat_map(str::chars).filter(|c| !is_between(*c)).collect();
    cell.contains('@')
        || words().any(|word| is_scientific(word) || is_float(word))
        || runs(&joined, |c| c.is_ascii_hexdigit()).any(is_part_of_id)
        || runs(&grouped, char::is_numeric).any(|run| run.chars().count() >= PHONE)
        || words().flat_map(|word| runs(word, char::is_alphanumeric)).any(is_no_word)
}

fn runs(text: &str, of: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !of(c))
}

fn is_part_of_id(run: &str) -> bool {
    run.len() >= PART_OF_ID && run.contains(|c: char| c.is_ascii_digit())
}

fn is_no_word(run: &str) -> bool {
    let digits = run.chars().filter(|c| c.is_numeric()).count();
    run.chars().count() >= NO_WORD.0 && digits >= NO_WORD.1
}

/// What is between the digits of a phone number.
fn is_between(c: char) -> bool {
    !c.is_alphanumeric() && !matches!(c, ',' | ';' | ':' | '#')
}

fn is_time(word: &str) -> bool {
    word.contains(':') && word.len() <= 8 && word.chars().all(|c| c.is_ascii_digit() || c == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_named_somebody_is_no_header() {
        for cell in [
            "'65f7d49a5dd06e2cefa40001",
            "=\"65f7d49a5dd06e2cefa40001\"",
            "65f7d49a5dd06e2cefa40001  # legal",
            "Contact ID 65f7d49a5dd06e2cefa40001",
            "65f7d49a5dd06e2cefa4 0001",
            "65f7 d49a 5dd0 6e2c efa4 0001",
            "65f7d49a5dd06e…",
            "65f7d49a5ddO6e2cefa4OOO1",
            "id:65F7D49A-5DD0-6E2C-EFA4-0001",
            "tel:+4915120000017",
            "Phone +49 1512 0000017 (mobil)",
            "(0151) 200-00017",
            "6.96E+23 (id)",
            "anna@example.com",
        ] {
            assert!(may_name(cell), "{cell}");
        }
    }

    #[test]
    fn headers_and_titles_name_nobody() {
        for cell in [
            "id",
            "Contact ID",
            "Phone 2",
            "Legal hold, as of 2026-11-28 10:30",
            "On hold since 28.11.2026",
            "Customer2026",
            "Added faced decade",
            "Page 1 of 12, 4,500 rows",
            "",
        ] {
            assert!(!may_name(cell), "{cell}");
        }
    }
}
