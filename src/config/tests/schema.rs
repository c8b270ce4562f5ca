//! The JSON Schema takes what korebulk takes: defaults, ready jobs, whatever a setting's own reader takes.

use std::path::Path;

use regex::Regex;
use serde_json::{Value as Json, json};
use toml::de::{DeTable, DeValue};

use super::super::plan::Plan;
use super::super::rows::settings;
use super::super::values::Value;
use super::super::{Form, schema};

/// Whether a value fits a schema, as far as ours uses the language.
fn fits(value: &Json, schema: &Json) -> bool {
    let is = |name: &Json| match name.as_str().unwrap() {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no test for the type {other}"),
    };
    let no_number = |name: &str, fits: fn(f64, f64) -> bool| match (&schema[name], value.as_f64()) {
        (Json::Number(limit), Some(number)) => fits(number, limit.as_f64().unwrap()),
        _ => true,
    };
    (match &schema["type"] {
        Json::Null => true,
        Json::Array(types) => types.iter().any(is),
        one => is(one),
    }) && schema["enum"].as_array().is_none_or(|words| words.contains(value))
        && schema["anyOf"].as_array().is_none_or(|any| any.iter().any(|one| fits(value, one)))
        && no_number("minimum", |number, least| number >= least)
        && no_number("maximum", |number, most| number <= most)
        && match (&schema["pattern"], value) {
            (Json::String(pattern), Json::String(text)) => {
                Regex::new(pattern).unwrap().is_match(text)
            }
            _ => true,
        }
        && schema["minLength"].is_null_or(|_| value.as_str() != Some(""))
        && schema["minItems"].is_null_or(|_| value.as_array().is_none_or(|items| !items.is_empty()))
        && value.as_array().is_none_or(|items| {
            schema["items"].is_null() || items.iter().all(|item| fits(item, &schema["items"]))
        })
        && value.as_object().is_none_or(|object| {
            object.iter().all(|(key, value)| {
                match (&schema["properties"][key], &schema["additionalProperties"]) {
                    (Json::Null, Json::Bool(allowed)) => *allowed,
                    (Json::Null, other) => fits(value, other),
                    (known, _) => fits(value, known),
                }
            })
        })
        && schema["required"]
            .as_array()
            .is_none_or(|keys| keys.iter().all(|key| !value[key.as_str().unwrap()].is_null()))
}

trait NullOr {
    fn is_null_or(&self, fits: impl FnOnce(&Json) -> bool) -> bool;
}

impl NullOr for Json {
    fn is_null_or(&self, fits: impl FnOnce(&Json) -> bool) -> bool {
        self.is_null() || fits(self)
    }
}

fn json_of(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(number) => json!(number.as_str().parse::<i64>().unwrap()),
        DeValue::Float(number) => json!(number.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(truth) => json!(truth),
        DeValue::Datetime(date) => json!(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json_of(item.get_ref())).collect(),
        DeValue::Table(table) => table_of(table),
    }
}

fn table_of(table: &DeTable<'_>) -> Json {
    table.iter().map(|(key, node)| (key.get_ref().to_string(), json_of(node.get_ref()))).collect()
}

fn fits_a_job(text: &str) -> bool {
    fits(&table_of(DeTable::parse(text).unwrap().get_ref()), &schema())
}

/// The schema of one setting.
fn schema_of(key: &str) -> Json {
    key.split('.').fold(schema(), |schema, step| schema["properties"][step].clone())
}

#[test]
fn the_schema_takes_every_ready_job_and_every_default() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    let mut jobs = 0;
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            assert!(fits_a_job(&std::fs::read_to_string(&path).unwrap()), "{}", path.display());
            jobs += 1;
        }
    }
    assert_ne!(jobs, 0);
    for setting in settings().filter(|setting| !setting.default.is_empty()) {
        let schema = schema_of(setting.key);
        assert!(fits(&schema["default"], &schema), "{}: {schema}", setting.key);
    }
}

#[test]
fn the_schema_refuses_what_is_no_key_or_no_value_of_it() {
    let rule = "[[input.skip_if]]\ncolumn = \"Hold\"\nis = true\n";
    assert!(fits_a_job(rule));
    assert!(fits_a_job("[input.columns]\nid = \"Id\"\ncellPhone.phoneNumber = \"Phone\"\n"));
    assert!(fits_a_job("limits.rate = [\"50/min\", \"1800/h\"]\nlimits.burst = \"5\"\n"));
    for text in [
        "limit.rate = \"50/min\"",
        "limits.rates = \"50/min\"",
        "limits.timeout = 60",
        "limits.burst = 0",
        "operation = \"bulk-remove\"",
        "input.strict = \"yes\"",
        "target.client_secret = \"hunter2\"",
        "target.client_secret_env = \"hunter2-hunter2\"",
        "target.host = \"platform.kore.ai\"",
        "[[input.skip_if]]\nis = true",
        "[[input.skip_if]]\ncolumn = \"Hold\"\nis_in = \"x\"",
    ] {
        assert!(!fits_a_job(text), "{text}");
    }
}

/// Editors must not underline what korebulk takes.
#[test]
fn the_schema_takes_every_text_that_a_setting_reads() {
    const TEXTS: [&str; 40] = [
        "0",
        "1",
        "33",
        "1_000",
        "0.5",
        "50%",
        "300 %",
        "auto",
        "none",
        "10s",
        "500ms",
        "1h30m",
        "1h 30min",
        "730d",
        "1.5h",
        "2 weeks",
        "1MiB",
        "512 KiB",
        "2MB",
        "4096",
        "50/min",
        "100/15m",
        "10 / s",
        "22:00-06:00",
        "22:00 – 6:00",
        "full",
        "ids",
        "masked",
        "xlsx",
        "send",
        "reject",
        "any",
        "possible",
        "bulk-delete",
        "sandbox",
        "https://platform.kore.ai/",
        "IN",
        "tab",
        ";",
        "st-7dc994f0-4436-5134-9fa8-a94262512345",
    ];
    let mut read = 0;
    for setting in settings().filter(|setting| setting.form() == Form::Text) {
        let schema = schema_of(setting.key);
        for text in TEXTS {
            let mut plan = Plan::blank();
            let value = Value::Text(text.to_owned());
            if setting.set(&mut plan, &value, Path::new("/work")).is_ok() {
                read += 1;
                assert!(fits(&json!(text), &schema), "{} = {text}: {schema}", setting.key);
            }
        }
    }
    assert!(read > 400, "{read}");
}
