//! The columns of a review file: an outcome file whose lines are rows and the contacts that they may mean. A person marks
//! one, and gives the file back.

/// Where a person puts an `x`.
pub const USE: &str = "korebulk_use";
/// The contact's id.
pub const CONTACT: &str = "korebulk_contact";
/// What a decision is bound to.
pub const CHECK: &str = "korebulk_check";

/// Its columns, between those of the input and those of every outcome file.
pub const COLUMNS: [&str; 6] =
    [USE, CONTACT, "korebulk_name", "korebulk_phone", "korebulk_updated", CHECK];

/// Where a review file has the columns that decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewColumns {
    /// Where the `x` is, index from 0.
    pub mark: usize,
    /// The contact's id.
    pub contact: usize,
    /// What it is bound to.
    pub check: usize,
}

impl ReviewColumns {
    /// Of a header; `None` for that of another file.
    ///
    /// # Errors
    /// The column that is not there beside the others.
    pub fn of(header: &[String]) -> Result<Option<Self>, &'static str> {
        let place = |own: &str| header.iter().position(|name| is_column(name, own));
        match [USE, CONTACT, CHECK].map(place) {
            [None, _, None] => Ok(None),
            [Some(mark), Some(contact), Some(check)] => Ok(Some(Self { mark, contact, check })),
            [None, ..] => Err(USE),
            [_, None, _] => Err(CONTACT),
            [.., None] => Err(CHECK),
        }
    }
}

/// Whether a header is one of a review file's own.
pub fn is_review_column(header: &str) -> bool {
    COLUMNS.iter().any(|own| is_column(header, own))
}

fn is_column(header: &str, own: &str) -> bool {
    own.eq_ignore_ascii_case(header.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_file_has_all_of_its_columns_or_says_which_is_missing() {
        let of = |names: &[&str]| {
            let header: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            ReviewColumns::of(&header)
        };
        let all = of(&["Name", "Korebulk_Use", "korebulk_contact ", "korebulk_check"]);
        assert_eq!(all, Ok(Some(ReviewColumns { mark: 1, contact: 2, check: 3 })));
        assert_eq!(of(&["Name", "Mobile"]), Ok(None));
        assert_eq!(of(&["korebulk_use", "korebulk_contact"]), Err(CHECK));
        assert_eq!(of(&["korebulk_check", "korebulk_contact"]), Err(USE));
        assert_eq!(of(&["korebulk_check", "korebulk_use"]), Err(CONTACT));
    }
}
