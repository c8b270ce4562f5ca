//! `[[input.send_if]]` and `[[input.skip_if]]`: one column, one test.

use super::asked::{Asked, Problem};
use super::file::RuleTable;
use super::known::nth;
use super::units::duration;
use super::values::{Text, Word};
use crate::model::RunError;
use crate::model::settings::{Rule, RuleTest};

/// The rules under `key`, in order.
pub(super) fn rules(
    asked: &Asked<'_>,
    key: &str,
    written: Option<&[RuleTable]>,
) -> Result<Vec<Rule>, RunError> {
    let numbered = written.unwrap_or_default().iter().zip(1..);
    numbered
        .map(|(table, number)| {
            rule(key, table).map_err(|problem| asked.refuse_as(&nth(key, number), problem))
        })
        .collect()
}

fn rule(key: &str, table: &RuleTable) -> Result<Rule, Problem> {
    let column = table.column.as_ref().map(|Text(column)| column.trim().to_owned());
    let column = column.filter(|column| !column.is_empty()).ok_or_else(|| {
        Problem::new("`column` is missing", "name the input's column, as its header has it")
    })?;
    let mut tests = tests(table)?;
    match (tests.pop(), tests.is_empty()) {
        (Some(test), true) => Ok(Rule { column, case: table.case.unwrap_or(key == SEND_IF), test }),
        (None, _) => Err(Problem::new("has no test", TESTS)),
        (Some(_), false) => {
            Err(Problem::new("has several tests", "write one rule for each of them"))
        }
    }
}

/// The list whose rules are exact unless they say otherwise: what they miss is not sent. The rules
/// of the other keep back what differs in letter case alone, for the same reason.
const SEND_IF: &str = "input.send_if";

/// The tests, for hints.
pub(super) const TESTS: &str = "a rule has `column` and one of `is`, `in`, `matches`, `before`, `after`, `older_than`, `newer_than`";

fn tests(table: &RuleTable) -> Result<Vec<RuleTest>, Problem> {
    let text = |text: &Option<Text>| text.as_ref().map(|Text(text)| text.clone());
    let date = |text: &Option<Text>| text.as_ref().map(|Text(text)| date(text)).transpose();
    let time =
        |text: &Option<Text>| text.as_ref().map(|Text(text)| duration(text.trim())).transpose();
    let word = |Word(word): &Word| word.clone();
    let list = table.r#in.as_ref().map(|list| list.iter().map(word).collect::<Vec<_>>());
    if list.as_ref().is_some_and(Vec::is_empty) {
        return Err(Problem::new("`in` is an empty list", "no value is in it: name some"));
    }
    let tests = [
        table.is.as_ref().map(word).map(RuleTest::Is),
        list.map(RuleTest::In),
        text(&table.matches).map(RuleTest::Matches),
        date(&table.before)?.map(RuleTest::Before),
        date(&table.after)?.map(RuleTest::After),
        time(&table.older_than)?.map(RuleTest::OlderThan),
        time(&table.newer_than)?.map(RuleTest::NewerThan),
    ];
    Ok(tests.into_iter().flatten().collect())
}

/// A day or an instant; a TOML date arrives here as the same text.
fn date(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = text.parse::<jiff::civil::Date>().is_ok() && text.len() == "2026-01-31".len()
        || text.parse::<jiff::Timestamp>().is_ok();
    if fits {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        format!("`{text}` is not a date"),
        "write `2026-01-31` or `2026-01-31T08:00:00Z`",
    ))
}
