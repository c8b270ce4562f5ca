//! `[[input.send_if]]` and `[[input.skip_if]]`: one column, one test. The keys of a rule are a table of their own.

use serde_json::{Value as Json, json};

use super::kind::{Flag, Kind, Text, Time, text_like};
use super::problem::Problem;
use super::setting::Form;
use super::values::{Table, Value};
use crate::model::settings::{Rule, RuleTest as Test};

type ReadTest = fn(&Value) -> Result<Test, Problem>;

/// A key of a rule.
pub(super) struct RuleKey {
    /// Its name.
    pub(super) name: &'static str,
    /// The form of its value.
    pub(super) form: Form,
    /// What it means.
    pub(super) help: &'static str,
    /// What one text of it may be.
    pub(super) schema: fn() -> Json,
    /// The test that its value makes; `None` for what is no test.
    test: Option<ReadTest>,
}

/// The keys of a rule.
pub(super) const RULE_KEYS: [RuleKey; 9] = [
    RuleKey {
        name: "column",
        form: Form::Text,
        help: "The input's column, or a dotted path in a JSON object",
        schema: Text::schema,
        test: None,
    },
    RuleKey {
        name: "case",
        form: Form::Flag,
        help: "Whether letter case counts: `send_if` is exact, `skip_if` is not",
        schema: Flag::schema,
        test: None,
    },
    RuleKey {
        name: "is",
        form: Form::Word,
        help: "Holds where the value is this text, number or truth",
        schema: word_schema,
        test: Some(|value| Ok(Test::Is(text(value)))),
    },
    RuleKey {
        name: "in",
        form: Form::Words,
        help: "Holds where the value is one of these",
        schema: word_schema,
        test: Some(words),
    },
    RuleKey {
        name: "matches",
        form: Form::Text,
        help: "Holds where this regular expression finds something",
        schema: Text::schema,
        test: Some(|value| Ok(Test::Matches(text(value)))),
    },
    RuleKey {
        name: "before",
        form: Form::Text,
        help: "Holds where the date is before this one",
        schema: date_schema,
        test: Some(|value| Ok(Test::Before(date(&text(value))?))),
    },
    RuleKey {
        name: "after",
        form: Form::Text,
        help: "Holds where the date is after this one",
        schema: date_schema,
        test: Some(|value| Ok(Test::After(date(&text(value))?))),
    },
    RuleKey {
        name: "older_than",
        form: Form::Text,
        help: "Holds where the date lies at least this far back from the start of the run",
        schema: Time::schema,
        test: Some(|value| Ok(Test::OlderThan(Time::read(text(value).trim())?))),
    },
    RuleKey {
        name: "newer_than",
        form: Form::Text,
        help: "Holds where the date lies less far back than this",
        schema: Time::schema,
        test: Some(|value| Ok(Test::NewerThan(Time::read(text(value).trim())?))),
    },
];

/// The tests, for hints.
pub(super) const TESTS: &str = "a rule has `column` and one of `is`, `in`, `matches`, `before`, `after`, `older_than`, `newer_than`";

/// The rules of a list, in order; `case` is whether letter case counts where a rule does not say.
pub(super) fn rules(tables: &[Table], case: bool) -> Result<Vec<Rule>, Problem> {
    let numbered = tables.iter().zip(1..);
    numbered
        .map(|(table, number)| rule(table, case).map_err(|p| p.of(format!("[{number}]"))))
        .collect()
}

fn rule(table: &Table, case: bool) -> Result<Rule, Problem> {
    let column = table.get("column").map(|column| text(column).trim().to_owned());
    let column = column.filter(|column| !column.is_empty()).ok_or_else(|| {
        Problem::new("`column` is missing", "name the input's column, as its header has it")
    })?;
    let case = match table.get("case") {
        Some(Value::Flag(case)) => *case,
        _ => case,
    };
    let tests = RULE_KEYS.iter().filter_map(|key| Some(key.test?(table.get(key.name)?)));
    let mut tests: Vec<Test> = tests.collect::<Result<_, _>>()?;
    match (tests.pop(), tests.is_empty()) {
        (Some(test), true) => Ok(Rule { column, case, test }),
        (None, _) => Err(Problem::new("has no test", TESTS)),
        (Some(_), false) => {
            Err(Problem::new("has several tests", "write one rule for each of them"))
        }
    }
}

fn text(value: &Value) -> String {
    value.text().unwrap_or_default().to_owned()
}

fn words(value: &Value) -> Result<Test, Problem> {
    match value {
        Value::List(words) if !words.is_empty() => Ok(Test::In(words.clone())),
        _ => Err(Problem::new("`in` is an empty list", "no value is in it: name some")),
    }
}

fn word_schema() -> Json {
    json!({ "type": ["string", "number", "boolean"] })
}

fn date_schema() -> Json {
    text_like(r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?$")
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
