//! As much of JSON Schema as the schemas here use.

use std::fs;

use serde_json::Value;

use crate::support::{Place, id_table, ids, sandbox};

/// Adds what is wrong with a value by a rule of a schema. Keys that a rule does not know are wrong, unless it knows none.
pub(crate) fn check(
    schema: &Value,
    rule: &Value,
    value: &Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    if let Some(name) = rule["$ref"].as_str() {
        return check(schema, &schema["definitions"][name], value, at, wrong);
    }
    if let Some(one) = ["anyOf", "oneOf"].iter().find_map(|key| rule[*key].as_array()) {
        let faults = one.iter().map(|rule| faults(schema, rule, value, at));
        if let Some(least) = faults.min_by_key(Vec::len) {
            wrong.extend(least);
        }
        return;
    }
    if let Some(allowed) = rule["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        wrong.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    if !rule["const"].is_null() && rule["const"] != *value {
        wrong.push(format!("{at}: {value} is not {}", rule["const"]));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_one = match &rule["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(|expected| expected == kind),
        expected => expected == kind,
    };
    if !is_one {
        wrong.push(format!("{at}: {kind}, expected {}", rule["type"]));
    }
    let longest = rule["maxLength"].as_u64().unwrap_or(u64::MAX);
    if value.as_str().is_some_and(|text| text.len() as u64 > longest) {
        wrong.push(format!("{at}: too long"));
    }
    for name in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            wrong.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match rule["properties"].get(name).unwrap_or(&rule["additionalProperties"]) {
            Value::Bool(false) => wrong.push(format!("{at}: unknown {name}")),
            rule => check(schema, rule, inner, &format!("{at}.{name}"), wrong),
        }
    }
    for (number, inner) in value.as_array().into_iter().flatten().enumerate() {
        check(schema, &rule["items"], inner, &format!("{at}[{number}]"), wrong);
    }
}

fn faults(schema: &Value, rule: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    check(schema, rule, value, at, &mut wrong);
    wrong
}

/// What is wrong with a report; a key that its schema does not name is wrong, too.
pub(crate) fn faults_of_report(report: &Value) -> Vec<String> {
    let mut schema = korebulk::report_schema();
    close(&mut schema);
    faults(&schema, &schema, report, "report")
}

/// Every object that names its keys has no others.
fn close(rule: &mut Value) {
    match rule {
        Value::Object(keys) => {
            if keys.contains_key("properties") && !keys.contains_key("additionalProperties") {
                keys.insert("additionalProperties".to_owned(), false.into());
            }
            keys.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn a_report_of_another_form_is_noticed() {
    let server = sandbox(2);
    let place = Place::at(server.addr());
    place.write("a.csv", id_table(&ids(3)));
    place.quick(&["bulk-delete", "a.csv"]);
    let report = place.report();
    let printed = place.run(&["schema", "report"]).exits(0).out;
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), korebulk::report_schema());
    let changes: [fn(&mut Value); 5] = [
        |report| drop(report.as_object_mut().unwrap().remove("failed")),
        |report| report["more"] = 1.into(),
        |report| report["format"] = 2.into(),
        |report| report["target"]["host"] = Value::Null,
        |report| report["failedRecords"][0]["attempts"] = "one".into(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = report.clone();
        change(&mut other);
        assert_eq!(faults_of_report(&other).len(), 1, "change {number}");
    }
}

#[test]
fn init_lets_editors_find_the_schema_of_job_files() {
    let place = Place::new();
    place.write("a.csv", id_table(&ids(1)));
    place.run(&["init", "a.csv", "--operation", "bulk-delete"]).exits(0);
    let job = fs::read_to_string(place.path().join("a.toml")).unwrap();
    let name = job.lines().next().unwrap().strip_prefix("#:schema ./").unwrap();
    let written = fs::read_to_string(place.path().join(name)).unwrap();
    assert_eq!(written, place.run(&["schema", "job"]).exits(0).out);
    // What is there stays.
    place.write(name, "mine");
    place.run(&["init", "a.csv", "--operation", "bulk-delete", "--out", "b.toml"]).exits(0);
    assert_eq!(fs::read_to_string(place.path().join(name)).unwrap(), "mine");
}
