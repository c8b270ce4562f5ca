//! Names and salutations.

use std::borrow::Cow;

use super::changes::ChangeKind;
use super::check::Check;
use super::damage;
use super::field::Field;
use super::full_name::{self, Split};
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
    let full = self::full(check, full);
    if is_only_full && !full.is_empty() && !check.settings.strict {
        return split_names(check, full);
    }
    let first = name(check, Field::FirstName, first);
    let last = name(check, Field::LastName, last);
    let full = if full.is_empty() { made(check, &first, &last) } else { full };
    Names { first, last, full }
}

/// A full name made of the two others; blank with `strict`.
pub(super) fn made<'r>(check: &mut Check, first: &str, last: &str) -> Cow<'r, str> {
    if check.settings.strict {
        return Cow::Borrowed("");
    }
    let made = format!("{first} {last}");
    check.change(Field::FullName, ChangeKind::FullNameMade, "", &made);
    Cow::Owned(made)
}

/// A full name that is given.
pub(super) fn full<'r>(check: &mut Check, value: Value<'r>) -> Cow<'r, str> {
    let full = check.text(Field::FullName, value).unwrap_or_default();
    refuse_what_is_none(check, Field::FullName, &full);
    full
}

/// A first or last name.
pub(super) fn name<'r>(check: &mut Check, field: Field, value: Value<'r>) -> Cow<'r, str> {
    let text = check.required(field, value);
    refuse_what_is_none(check, field, &text);
    text
}

fn refuse_what_is_none(check: &mut Check, field: Field, text: &str) {
    if let Some((problem, rule)) = damage::of_name(text) {
        check.defect(field, problem, rule);
    }
}

fn split_names<'r>(check: &mut Check, full: Cow<'r, str>) -> Names<'r> {
    let (kind, first, last) = match full_name::split(&full) {
        Split::Plain { first, last } => (ChangeKind::FullNameSplit, first, last),
        Split::Unusual { first, last } => (ChangeKind::UnusualSplit, first, last),
        Split::Unclear(problem) => {
            check.unclear_name(&full);
            let rule = "give columns for `firstName` and `lastName`, or write it as `Last, First`";
            check.defect(Field::FullName, problem, rule);
            return Names { first: "".into(), last: "".into(), full: "".into() };
        }
    };
    let (first, last) = (first.to_owned(), last.to_owned());
    check.change(Field::FullName, kind, &full, &format!("{first} | {last}"));
    let full = if full.contains(',') { Cow::Owned(format!("{first} {last}")) } else { full };
    Names { first: first.into(), last: last.into(), full }
}

/// Checks the salutation. The page says "(Mr. or Mrs.)", its samples `Mr`, `Mrs` and `mr`: those
/// spellings pass as they are, as do other salutations; only other spellings of the two change.
pub(super) fn salutation<'r>(check: &mut Check, value: Value<'r>) -> Cow<'r, str> {
    let text = name(check, Field::Salutation, value);
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
