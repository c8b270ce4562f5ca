//! One rule of `[[input.send_if]]` or `[[input.skip_if]]`: what it looks at, and whether it holds for a value.
//!
//! A value that it cannot read is an error of its record, never an answer.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::{Regex, RegexBuilder};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::model::settings::{Rule, RuleTest};

use super::damage;
use super::error::{MapError, ticked};
use super::loose::Loose;
use super::text::trim;
use super::value::{Kind, Value};

/// A rule, ready to be asked.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) column: String,
    /// The rule as people read it: ``skip_if `Legal hold` is `yes` ``.
    pub(super) words: String,
    /// `send_if`: it must hold; `skip_if`: it must not.
    pub(super) must_hold: bool,
    condition: Condition,
}

/// Whether a rule holds for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Holds,
    /// It would hold if letter case and spelling were overlooked, and they are not.
    Almost,
    Fails,
}

#[derive(Debug)]
enum Condition {
    In {
        words: Vec<(String, Loose)>,
        case: bool,
    },
    Matches {
        exact: Regex,
        any_case: Regex,
        case: bool,
    },
    Before(Timestamp),
    /// Not after: `older_than`.
    Until(Timestamp),
    After(Timestamp),
}

impl Test {
    /// Prepares a rule, or says why it is none. `now` is what ages count back from.
    pub(super) fn new(rule: &Rule, must_hold: bool, now: Timestamp) -> Result<Self, MapError> {
        let kind = if must_hold { "send_if" } else { "skip_if" };
        let words = format!("{kind} `{}` {}", rule.column, words(&rule.test));
        let condition = condition(rule, now).map_err(|(problem, hint)| {
            MapError::new(format!("input.{kind}, column `{}`: {problem}", rule.column), hint)
        })?;
        Ok(Self { column: rule.column.clone(), words, must_hold, condition })
    }

    /// Whether it asks for exactly this text: an error of a spreadsheet is none for a rule that names it.
    fn names(&self, text: &str) -> bool {
        matches!(&self.condition, Condition::In { words, .. } if words.iter().any(|(word, _)| word == text))
    }

    /// Whether it holds; an error says what is wrong with the value.
    pub(super) fn ask(&self, value: &Value) -> Result<Answer, &'static str> {
        if let Kind::NotText
        | Kind::Twice
        | Kind::Broken
        | Kind::Uncomputed
        | Kind::Merged
        | Kind::Formatted
        | Kind::Guessed = value.kind
            && let Some((problem, _)) = value.kind.defect()
        {
            return Err(problem);
        }
        let text = composed(trim(&value.text));
        if let Some((problem, _)) = damage::of_tested(&text).filter(|_| !self.names(&text)) {
            return Err(problem);
        }
        match &self.condition {
            Condition::In { words, case } => {
                // A truth value has no letter case of its own: `TRUE` and `true` are its spellings.
                let case = *case && value.kind != Kind::Boolean;
                Ok(answer(
                    case,
                    || words.iter().any(|(word, _)| *word == text),
                    || words.iter().any(|(_, loose)| loose.is(&text)),
                ))
            }
            Condition::Matches { exact, any_case, case } => Ok(answer(
                *case && value.kind != Kind::Boolean,
                || exact.is_match(&text),
                || any_case.is_match(&text) || any_case.is_match(&text.to_uppercase()),
            )),
            Condition::Before(bound) => Ok(holds(date(&text)? < *bound)),
            Condition::Until(bound) => Ok(holds(date(&text)? <= *bound)),
            Condition::After(bound) => Ok(holds(date(&text)? > *bound)),
        }
    }
}

fn answer(case: bool, exact: impl Fn() -> bool, loose: impl Fn() -> bool) -> Answer {
    match case {
        false => holds(loose()),
        true if exact() => Answer::Holds,
        true if loose() => Answer::Almost,
        true => Answer::Fails,
    }
}

const fn holds(holds: bool) -> Answer {
    if holds { Answer::Holds } else { Answer::Fails }
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

fn condition(rule: &Rule, now: Timestamp) -> Result<Condition, (String, &'static str)> {
    let word = |text: &String| (composed(trim(text)).into_owned(), Loose::of(text));
    let case = rule.case;
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
    Ok(match &rule.test {
        RuleTest::Is(text) => Condition::In { words: vec![word(text)], case },
        RuleTest::In(texts) => Condition::In { words: texts.iter().map(word).collect(), case },
        RuleTest::Matches(pattern) => {
            let [exact, any_case] = patterns(pattern)?;
            Condition::Matches { exact, any_case, case }
        }
        RuleTest::Before(text) => Condition::Before(bound(text)?),
        RuleTest::After(text) => Condition::After(bound(text)?),
        RuleTest::OlderThan(age) => Condition::Until(back(age)?),
        RuleTest::NewerThan(age) => Condition::After(back(age)?),
    })
}

/// A pattern as it is written, and without letter case.
fn patterns(pattern: &str) -> Result<[Regex; 2], (String, &'static str)> {
    let composed = composed(pattern);
    let regex = |any_case| RegexBuilder::new(&composed).case_insensitive(any_case).build();
    let refused = |_| {
        let hint = "its syntax is that of Rust's regex crate, without look-around";
        (format!("`{pattern}` is not a regular expression"), hint)
    };
    Ok([regex(false).map_err(refused)?, regex(true).map_err(refused)?])
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
