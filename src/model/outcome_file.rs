//! How korebulk marks its outcome files and knows them again (docs/contract.md, "Files of a run").

use std::borrow::Cow;

/// korebulk's own columns, the last in each outcome file: row, outcome, reason.
pub const COLUMNS: [&str; 3] = ["korebulk_row", "korebulk_outcome", "korebulk_reason"];

/// The column of `created.csv` with the id that the server gave.
pub const ID: &str = "korebulk_id";

/// The column of an outcome workbook that holds JSON objects, each as its own text.
pub const RECORD: &str = "korebulk_record";

/// Whether a table with this header is an outcome file: it has all of korebulk's own columns.
pub fn is_own(header: &[String]) -> bool {
    OwnColumns::of(header).is_some()
}

/// Whether a header is one of korebulk's own.
pub fn is_own_column(header: &str) -> bool {
    COLUMNS.iter().chain([&ID]).any(|own| is_column(header, own))
}

/// Where an outcome file has korebulk's own columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnColumns {
    /// The row of the input, index from 0.
    pub row: usize,
    /// What became of it.
    pub outcome: usize,
    /// Why.
    pub reason: usize,
}

impl OwnColumns {
    /// Of a header that has all of them.
    pub fn of(header: &[String]) -> Option<Self> {
        let place = |own: &str| header.iter().position(|name| is_column(name, own));
        let [row, outcome, reason] = COLUMNS.map(place);
        Some(Self { row: row?, outcome: outcome?, reason: reason? })
    }

    /// The first of them that a header lacks which has another.
    pub fn missing(header: &[String]) -> Option<&'static str> {
        let has = |own: &&str| header.iter().any(|name| is_column(name, own));
        let lacks = COLUMNS.into_iter().find(|own| !has(own));
        lacks.filter(|_| COLUMNS.iter().any(has))
    }

    /// Whether a column is one of them.
    pub const fn holds(self, column: usize) -> bool {
        column == self.row || column == self.outcome || column == self.reason
    }
}

fn is_column(header: &str, own: &str) -> bool {
    own.eq_ignore_ascii_case(header.trim())
}

/// Text that a spreadsheet would run as a formula, with a `'` in front: exactly text that is any
/// number of `'` and then one of `= + - @ TAB CR`. So text that had its `'` from the start comes
/// back from [`unguarded`] as it was, too.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches('\'')) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`guarded`] was given.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_comes_off_as_it_went_on() {
        for text in ["+91", "'=x", "''@", "'t Hooft", "'", "", "=", "a=b"] {
            assert_eq!(unguarded(&guarded(text)), text);
        }
        assert_eq!(guarded("+91"), "'+91");
        assert_eq!(guarded("'t Hooft"), "'t Hooft");
    }

    #[test]
    fn only_a_header_with_all_own_columns_is_one_of_an_outcome_file() {
        let header = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let own = header(&["id", "Korebulk_Row", "korebulk_outcome", " korebulk_reason"]);
        assert_eq!(OwnColumns::of(&own), Some(OwnColumns { row: 1, outcome: 2, reason: 3 }));
        assert_eq!(OwnColumns::missing(&own), None);
        let part = header(&["id", "korebulk_outcome"]);
        assert!(!is_own(&part) && OwnColumns::missing(&part) == Some("korebulk_row"));
        assert_eq!(OwnColumns::missing(&header(&["id"])), None);
    }
}
