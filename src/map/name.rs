//! Names and salutations.

use std::borrow::Cow;

use super::changes::ChangeKind;
use super::check::Check;
use super::field::Field;
use super::value::{Kind, Value};

/// The three names of a contact. `full` is blank where none is sent.
pub(super) struct Names<'r> {
    pub(super) first: Cow<'r, str>,
    pub(super) last: Cow<'r, str>,
    pub(super) full: Cow<'r, str>,
}

/// Checks the names: `fullName` is made where it is blank, and split where it is the only one fed.
pub(super) fn names<'r>(
    check: &mut Check,
    first: Value<'r>,
    last: Value<'r>,
    full: Value<'r>,
) -> Names<'r> {
    let is_only_full = first.kind == Kind::Absent && last.kind == Kind::Absent;
    let full = check.text(Field::FullName, full).unwrap_or_default();
    if is_only_full && !full.is_empty() && !check.settings.strict {
        return split_names(check, full);
    }
    let first = check.required(Field::FirstName, first);
    let last = check.required(Field::LastName, last);
    let full = if full.is_empty() && !check.settings.strict {
        let made = format!("{first} {last}");
        check.change(Field::FullName, ChangeKind::FullNameMade, "", &made);
        Cow::Owned(made)
    } else {
        full
    };
    Names { first, last, full }
}

fn split_names<'r>(check: &mut Check, full: Cow<'r, str>) -> Names<'r> {
    let blank = Names { first: "".into(), last: "".into(), full: "".into() };
    match split(&full) {
        Ok((first, last)) => {
            let (first, last) = (first.to_owned(), last.to_owned());
            let after = format!("{first} | {last}");
            check.change(Field::FullName, ChangeKind::FullNameSplit, &full, &after);
            let full =
                if full.contains(',') { Cow::Owned(format!("{first} {last}")) } else { full };
            Names { first: first.into(), last: last.into(), full }
        }
        Err(problem) => {
            let rule = "`Last, First`, or the last word is the last name; \
                        else give columns for `firstName` and `lastName`";
            check.defect(Field::FullName, problem, rule);
            blank
        }
    }
}

/// Splits a full name: `Last, First` at its comma, else before its last word.
fn split(full: &str) -> Result<(&str, &str), &'static str> {
    let (first, last) = match full.split_once(',') {
        Some((_, rest)) if rest.contains(',') => return Err("has more than one comma"),
        Some((last, first)) => (first.trim(), last.trim()),
        None => full.rsplit_once(char::is_whitespace).ok_or("is a single word")?,
    };
    let first = first.trim_end();
    if first.is_empty() || last.is_empty() {
        return Err("has nothing before or after its comma");
    }
    Ok((first, last))
}

/// Checks the salutation. The page says "(Mr. or Mrs.)", its samples `Mr`, `Mrs` and `mr`: those
/// spellings pass as they are, as do other salutations; only other spellings of the two change.
pub(super) fn salutation<'r>(check: &mut Check, value: Value<'r>) -> Cow<'r, str> {
    let text = check.required(Field::Salutation, value);
    if matches!(text.as_ref(), "Mr" | "Mrs" | "mr" | "mrs" | "Mr." | "Mrs.") {
        return text;
    }
    let bare = text.trim_end_matches('.');
    let among = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(bare));
    let spelt = if among(&["mr", "mister"]) {
        "Mr"
    } else if among(&["mrs", "missus"]) {
        "Mrs"
    } else {
        return text;
    };
    check.change(Field::Salutation, ChangeKind::Salutation, &text, spelt);
    Cow::Borrowed(spelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_are_split_by_the_stated_rule() {
        assert_eq!(split("John Doe"), Ok(("John", "Doe")));
        assert_eq!(split("Ana Maria  de Souza"), Ok(("Ana Maria  de", "Souza")));
        assert_eq!(split("Doe, John Q."), Ok(("John Q.", "Doe")));
        assert_eq!(split("Cher"), Err("is a single word"));
        assert_eq!(split("Doe, John, Jr."), Err("has more than one comma"));
        assert_eq!(split("Doe,"), Err("has nothing before or after its comma"));
    }
}
