//! `[[input.send_if]]` and `[[input.skip_if]]`: which rows are sent at all.
//!
//! A value that a rule cannot read never lets a row through.

use jiff::Timestamp;

use crate::base::numbers::{by, counted};
use crate::model::Defect;
use crate::model::settings::Rule;

use super::error::MapError;
use super::rule::{Answer, Test};
use super::value::{Kind, Value};

/// The rules of a source. Values are handed over in the order of [`Filter::columns`].
#[derive(Debug)]
pub(super) struct Filter {
    tests: Vec<Test>,
    uses: Vec<RuleUse>,
}

/// How often a rule held, for the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleUse {
    /// The rule: ``skip_if `Legal hold` is `yes` ``.
    pub rule: String,
    /// Rows for which it held.
    pub held: u64,
    /// Rows for which it would have held if letter case and spelling were overlooked, which they are not.
    pub almost: u64,
    /// Rows that it was asked for.
    pub asked: u64,
}

impl RuleUse {
    /// A rule that was not asked yet.
    pub(super) const fn of(rule: String) -> Self {
        Self { rule, held: 0, almost: 0, asked: 0 }
    }

    /// Adds the uses of the same rule over another source.
    pub fn add(&mut self, other: &Self) {
        self.held += other.held;
        self.almost += other.almost;
        self.asked += other.asked;
    }
}

/// ``skip_if `Legal hold` is `yes`: held for 3 of 4 rows``
impl std::fmt::Display for RuleUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rule, held, almost, asked } = self;
        let asked = counted(*asked, "row");
        write!(f, "{rule}: held for {held} of {asked}")?;
        match almost {
            0 => Ok(()),
            n => write!(
                f,
                "; {n} more {} by letter case or spelling alone (`case = false` takes {})",
                by(*n, "differs", "differ"),
                by(*n, "it", "them")
            ),
        }
    }
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
        let send_if = send_if.iter().map(|rule| Test::new(rule, true, now));
        let skip_if = skip_if.iter().map(|rule| Test::new(rule, false, now));
        let tests: Vec<Test> = send_if.chain(skip_if).collect::<Result<_, _>>()?;
        let uses = tests.iter().map(|test| RuleUse::of(test.words.clone())).collect();
        Ok(Self { tests, uses })
    }

    /// The columns that the rules look at, one for each rule.
    pub(super) fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tests.iter().map(|test| test.column.as_str())
    }

    /// How often each rule held so far.
    pub(super) fn uses(&self) -> &[RuleUse] {
        &self.uses
    }

    /// Decides over a row. A rule that holds a row back wins over one that cannot be read: neither
    /// sends it. Every rule is asked, so that each can be counted.
    pub(super) fn decide<'r>(&mut self, value: impl Fn(usize) -> Value<'r>) -> Decision {
        let (mut unreadable, mut skip) = (Vec::new(), None);
        for (index, (test, used)) in self.tests.iter().zip(&mut self.uses).enumerate() {
            used.asked += 1;
            match test.ask(&value(index)) {
                Ok(answer) if is_missing(test, &value(index), answer) => {
                    unreadable.push(defect(test, "is missing"));
                }
                Ok(answer) => {
                    used.held += u64::from(answer == Answer::Holds);
                    used.almost += u64::from(answer == Answer::Almost);
                    if (answer == Answer::Holds) != test.must_hold && skip.is_none() {
                        skip = Some(reason(test, answer));
                    }
                }
                Err(problem) => unreadable.push(defect(test, problem)),
            }
        }
        skip.map_or(Decision::Send(unreadable), Decision::Skip)
    }
}

/// Whether an object would be sent for want of a key: it may have it under another name.
fn is_missing(test: &Test, value: &Value<'_>, answer: Answer) -> bool {
    value.kind == Kind::Absent && (answer == Answer::Holds) == test.must_hold
}

fn defect(test: &Test, problem: &str) -> Defect {
    let rule = format!("{} must be able to read it", test.words);
    Defect { column: test.column.clone(), problem: problem.to_owned(), rule }
}

fn reason(test: &Test, answer: Answer) -> String {
    match answer {
        Answer::Almost => format!("{}, missed by letter case or spelling alone", test.words),
        _ if test.must_hold => format!("{} does not hold", test.words),
        _ => test.words.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::settings::RuleTest;

    const NOW: &str = "2026-01-10T00:00:00Z";

    fn filter(must_hold: bool, test: RuleTest) -> Filter {
        let rules = [Rule { column: "C".to_owned(), case: must_hold, test }];
        let (send_if, skip_if): (&[Rule], &[Rule]) =
            if must_hold { (&rules, &[]) } else { (&[], &rules) };
        Filter::new(send_if, skip_if, NOW.parse().unwrap()).unwrap()
    }

    fn sent(filter: &mut Filter, text: &str) -> Option<bool> {
        match filter.decide(|_| Value::text(text)) {
            Decision::Skip(_) => Some(false),
            Decision::Send(defects) => defects.is_empty().then_some(true),
        }
    }

    #[test]
    fn words_are_compared_after_trimming_and_composing() {
        let mut is = filter(true, RuleTest::Is("Zoe\u{308}".to_owned()));
        assert_eq!(sent(&mut is, " Zo\u{eb}\u{a0}"), Some(true));
        assert_eq!(sent(&mut is, "zo\u{eb}"), Some(false));
        let mut skip = filter(false, RuleTest::In(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(
            (sent(&mut skip, "b"), sent(&mut skip, "c"), sent(&mut skip, "")),
            (Some(false), Some(true), Some(true))
        );
        let mut matches = filter(true, RuleTest::Matches("^old-".to_owned()));
        assert_eq!(
            (sent(&mut matches, "old-1"), sent(&mut matches, "bold-1")),
            (Some(true), Some(false))
        );
    }

    #[test]
    fn dates_are_read_in_their_three_forms_as_utc() {
        let mut before = filter(true, RuleTest::Before("2025-06-01".to_owned()));
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
            assert_eq!(sent(&mut before, text), expected, "{text}");
        }
    }

    #[test]
    fn ages_count_back_from_the_start_of_the_run() {
        let day = Duration::from_hours(24);
        let mut old = filter(true, RuleTest::OlderThan(10 * day));
        assert_eq!(sent(&mut old, "2025-12-31"), Some(true));
        assert_eq!(sent(&mut old, "2025-12-31T00:00:01Z"), Some(false));
        let mut new = filter(false, RuleTest::NewerThan(10 * day));
        assert_eq!(sent(&mut new, "2025-12-31"), Some(true));
        assert_eq!(sent(&mut new, "2026-01-09"), Some(false));
    }

    #[test]
    fn a_rule_says_what_it_is() {
        let mut filter = filter(false, RuleTest::NewerThan(Duration::from_hours(730 * 24)));
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
            let rule = Rule { column: "C".to_owned(), case: true, test };
            let error = Filter::new(&[rule], &[], NOW.parse().unwrap()).unwrap_err();
            assert_eq!(error.message, format!("input.send_if, column `C`: {message}"));
        }
    }
}
