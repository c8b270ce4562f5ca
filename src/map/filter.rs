//! `[[input.send_if]]` and `[[input.skip_if]]`: which rows are sent at all.
//!
//! A value that a rule cannot read never lets a row through.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::Regex;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use std::borrow::Cow;
use std::time::Duration;

use crate::model::Defect;
use crate::model::settings::{Rule, RuleTest};

use super::error::{MapError, ticked};
use super::text::trim;
use super::value::{Kind, Value};

/// The rules of a source. Values are handed over in the order of [`Filter::columns`].
#[derive(Debug)]
pub(super) struct Filter {
    tests: Vec<Test>,
}

#[derive(Debug)]
struct Test {
    column: String,
    words: String,
    /// `send_if`: it must hold; `skip_if`: it must not.
    must_hold: bool,
    condition: Condition,
}

#[derive(Debug)]
enum Condition {
    In(Vec<String>),
    Matches(Regex),
    Before(Timestamp),
    /// Not after: `older_than`.
    Until(Timestamp),
    After(Timestamp),
}

/// What the rules say of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is to be sent, unless a value could not be read.
    Send(Vec<Defect>),
    /// It is not to be sent, by this rule.
    Skip(String),
}

impl Filter {
    /// Prepares the rules, or says which of them is none.
    pub(super) fn new(
        send_if: &[Rule],
        skip_if: &[Rule],
        now: Timestamp,
    ) -> Result<Self, MapError> {
        let send_if = send_if.iter().map(|rule| test(rule, true, now));
        let skip_if = skip_if.iter().map(|rule| test(rule, false, now));
        Ok(Self { tests: send_if.chain(skip_if).collect::<Result<_, _>>()? })
    }

    /// The columns that the rules look at, one for each rule.
    pub(super) fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tests.iter().map(|test| test.column.as_str())
    }

    /// Decides over a row. A rule that holds a row back wins over one that cannot be read: neither
    /// sends it.
    pub(super) fn decide<'r>(&self, value: impl Fn(usize) -> Value<'r>) -> Decision {
        let mut unreadable = Vec::new();
        for (index, test) in self.tests.iter().enumerate() {
            match test.holds(&value(index)) {
                Ok(holds) if holds != test.must_hold => return Decision::Skip(test.words.clone()),
                Ok(_) => {}
                Err(problem) => unreadable.push(Defect {
                    column: test.column.clone(),
                    problem: problem.to_owned(),
                    rule: format!("{} must be able to read it", test.words),
                }),
            }
        }
        Decision::Send(unreadable)
    }
}

impl Test {
    fn holds(&self, value: &Value) -> Result<bool, &'static str> {
        match value.kind {
            Kind::NotText => return Err("is not text"),
            Kind::Broken => return Err("is a cell in error"),
            _ => {}
        }
        let text = trim(&value.text);
        match &self.condition {
            Condition::In(words) => {
                let text = composed(text);
                Ok(words.iter().any(|word| *word == text))
            }
            Condition::Matches(regex) => Ok(regex.is_match(text)),
            Condition::Before(bound) => Ok(date(text)? < *bound),
            Condition::Until(bound) => Ok(date(text)? <= *bound),
            Condition::After(bound) => Ok(date(text)? > *bound),
        }
    }
}

fn date(text: &str) -> Result<Timestamp, &'static str> {
    if text.is_empty() {
        return Err("is empty, where a rule needs a date");
    }
    instant(text).ok_or("is not a date as `2025-12-31`, `2025-12-31 18:30:00` or RFC 3339")
}

/// RFC 3339, or a date with or without a time of day, taken as UTC.
fn instant(text: &str) -> Option<Timestamp> {
    // jiff reads more of ISO 8601: bare digits could as well be an id or a phone number.
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// NFC, for comparison.
fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

fn test(rule: &Rule, must_hold: bool, now: Timestamp) -> Result<Test, MapError> {
    let kind = if must_hold { "send_if" } else { "skip_if" };
    let words = format!("{kind} `{}` {}", rule.column, words(&rule.test));
    let condition = condition(&rule.test, now).map_err(|(problem, hint)| {
        MapError::new(format!("input.{kind}, column `{}`: {problem}", rule.column), hint)
    })?;
    Ok(Test { column: rule.column.clone(), words, must_hold, condition })
}

fn condition(rule: &RuleTest, now: Timestamp) -> Result<Condition, (String, &'static str)> {
    let word = |text: &String| composed(trim(text)).into_owned();
    let bound = |text: &str| {
        instant(text).ok_or_else(|| {
            (format!("`{text}` is not a date"), "write it as 2025-12-31 or as RFC 3339")
        })
    };
    let back = |age: &Duration| {
        now.checked_sub(*age).map_err(|_| {
            ("the age reaches before all dates".to_owned(), "write it in days, such as 730d")
        })
    };
    Ok(match rule {
        RuleTest::Is(text) => Condition::In(vec![word(text)]),
        RuleTest::In(texts) => Condition::In(texts.iter().map(word).collect()),
        RuleTest::Matches(pattern) => Condition::Matches(Regex::new(pattern).map_err(|_| {
            let hint = "its syntax is that of Rust's regex crate, without look-around";
            (format!("`{pattern}` is not a regular expression"), hint)
        })?),
        RuleTest::Before(text) => Condition::Before(bound(text)?),
        RuleTest::After(text) => Condition::After(bound(text)?),
        RuleTest::OlderThan(age) => Condition::Until(back(age)?),
        RuleTest::NewerThan(age) => Condition::After(back(age)?),
    })
}

fn words(rule: &RuleTest) -> String {
    match rule {
        RuleTest::Is(text) => format!("is `{text}`"),
        RuleTest::In(texts) => format!("in {}", ticked(texts)),
        RuleTest::Matches(pattern) => format!("matches `{pattern}`"),
        RuleTest::Before(text) => format!("before {text}"),
        RuleTest::After(text) => format!("after {text}"),
        RuleTest::OlderThan(age) => format!("older than {}", length(*age)),
        RuleTest::NewerThan(age) => format!("newer than {}", length(*age)),
    }
}

fn length(age: Duration) -> String {
    let seconds = age.as_secs();
    let unit = [(86_400, "d"), (3_600, "h"), (60, "min")]
        .into_iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-10T00:00:00Z";

    fn filter(must_hold: bool, test: RuleTest) -> Filter {
        let rules = [Rule { column: "C".to_owned(), test }];
        let (send_if, skip_if): (&[Rule], &[Rule]) =
            if must_hold { (&rules, &[]) } else { (&[], &rules) };
        Filter::new(send_if, skip_if, NOW.parse().unwrap()).unwrap()
    }

    fn sent(filter: &Filter, text: &str) -> Option<bool> {
        match filter.decide(|_| Value::text(text)) {
            Decision::Skip(_) => Some(false),
            Decision::Send(defects) => defects.is_empty().then_some(true),
        }
    }

    #[test]
    fn words_are_compared_after_trimming_and_composing() {
        let is = filter(true, RuleTest::Is("Zoe\u{308}".to_owned()));
        assert_eq!(sent(&is, " Zo\u{eb}\u{a0}"), Some(true));
        assert_eq!(sent(&is, "zo\u{eb}"), Some(false));
        let skip = filter(false, RuleTest::In(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(
            (sent(&skip, "b"), sent(&skip, "c"), sent(&skip, "")),
            (Some(false), Some(true), Some(true))
        );
        let matches = filter(true, RuleTest::Matches("^old-".to_owned()));
        assert_eq!((sent(&matches, "old-1"), sent(&matches, "bold-1")), (Some(true), Some(false)));
    }

    #[test]
    fn dates_are_read_in_their_three_forms_as_utc() {
        let before = filter(true, RuleTest::Before("2025-06-01".to_owned()));
        for (text, expected) in [
            ("2025-05-31", Some(true)),
            ("2025-05-31 23:59:59", Some(true)),
            ("2025-05-31T23:59:59.374Z", Some(true)),
            ("2025-06-01T01:00:00+05:30", Some(true)),
            ("2025-06-01", Some(false)),
            ("2025-06-01T00:00:00", Some(false)),
            ("31.05.2025", None),
            ("20250531", None),
            ("", None),
            ("n/a", None),
            ("2025-02-30", None),
        ] {
            assert_eq!(sent(&before, text), expected, "{text}");
        }
    }

    #[test]
    fn ages_count_back_from_the_start_of_the_run() {
        let day = Duration::from_hours(24);
        let old = filter(true, RuleTest::OlderThan(10 * day));
        assert_eq!(sent(&old, "2025-12-31"), Some(true));
        assert_eq!(sent(&old, "2025-12-31T00:00:01Z"), Some(false));
        let new = filter(false, RuleTest::NewerThan(10 * day));
        assert_eq!(sent(&new, "2025-12-31"), Some(true));
        assert_eq!(sent(&new, "2026-01-09"), Some(false));
    }

    #[test]
    fn a_rule_says_what_it_is() {
        let filter = filter(false, RuleTest::NewerThan(Duration::from_hours(730 * 24)));
        let decision = filter.decide(|_| Value::text("2026-01-01"));
        assert_eq!(decision, Decision::Skip("skip_if `C` newer than 730d".to_owned()));
    }

    #[test]
    fn what_is_no_rule_is_an_error() {
        for (test, message) in [
            (RuleTest::Matches("(".to_owned()), "`(` is not a regular expression"),
            (RuleTest::After("soon".to_owned()), "`soon` is not a date"),
            (RuleTest::OlderThan(Duration::MAX), "the age reaches before all dates"),
        ] {
            let rule = Rule { column: "C".to_owned(), test };
            let error = Filter::new(&[rule], &[], NOW.parse().unwrap()).unwrap_err();
            assert_eq!(error.message, format!("input.send_if, column `C`: {message}"));
        }
    }
}
