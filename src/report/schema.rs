//! The JSON Schema of `report.json`, made from the types that are written there, and its fields as a table.

use std::fmt::Write as _;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::json::{
    AnswerEntry, Counts, RecreatedEntry, ReportEntry, ReportFacts, ReportList, UnexpectedEntry,
};

/// The schema, in draft 7 as that of job files.
pub fn schema() -> Value {
    let mut schema = of::<ReportFacts>();
    let counts = of::<Counts>();
    let mut properties = schema["properties"].take();
    let all = properties.as_object_mut().expect("a struct is an object");
    all.extend(counts["properties"].as_object().cloned().unwrap_or_default());
    let mut required = [&schema["required"], &counts["required"]]
        .map(|keys| {
            let keys = keys.as_array().into_iter().flatten();
            keys.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        })
        .concat();
    let mut put = |key: &str, value: Value| {
        required.push(key.to_owned());
        all.insert(key.to_owned(), value);
    };
    put("format", json!({ "const": 1, "description": "The version of this form." }));
    let successes = "Every record that succeeded: the server's own entry, or its `id` alone.";
    put("successfulRecords", list(successes, &json!({ "type": "object" })));
    for records in ReportList::ALL {
        put(records.key(), entries(records));
    }
    // Undos that create anew alone have it.
    all.insert(ReportList::Recreated.key().to_owned(), entries(ReportList::Recreated));
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "korebulk report.json".into();
    schema["properties"] = properties;
    schema["required"] = required.into();
    schema
}

fn entries(records: ReportList) -> Value {
    let entry = match records {
        ReportList::Failed
        | ReportList::Unknown
        | ReportList::Diverged
        | ReportList::Rejected
        | ReportList::Skipped => of::<ReportEntry>(),
        ReportList::Unexpected => of::<UnexpectedEntry>(),
        ReportList::Answers => of::<AnswerEntry>(),
        ReportList::Recreated => of::<RecreatedEntry<'_>>(),
    };
    list(records.spec().1, &entry)
}

fn list(description: &str, items: &Value) -> Value {
    json!({ "type": "array", "description": description, "items": items })
}

/// The schema of a type as it is written, all in one piece.
fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let root = settings.for_serialize().into_generator().into_root_schema_for::<T>();
    let mut schema = serde_json::to_value(root).unwrap_or_default();
    if let Some(root) = schema.as_object_mut() {
        root.remove("$schema");
        root.remove("title");
    }
    plain(&mut schema);
    schema
}

/// Descriptions are the comments of the code: without links, on one line.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            if let Some(Value::String(text)) = keys.get_mut("description") {
                *text = text
                    .replace('\n', " ")
                    .replace("[`", "`")
                    .replace("`]", "`")
                    .replace("`None`", "`null`");
            }
            keys.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// The fields as a table: name, what it is, what it means.
pub fn fields() -> String {
    let mut table = String::from("| field | is | meaning |\n|---|---|---|\n");
    rows(&mut table, "", &schema(), &mut Vec::new());
    table
}

/// Entries that were shown for an earlier list are not shown again.
fn rows(table: &mut String, above: &str, schema: &Value, lists: &mut Vec<(String, Value)>) {
    let mut keys: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
    // What tells one kind of object from another comes first.
    keys.sort_by_key(|(_, value)| !value["const"].is_string());
    for (key, value) in keys {
        let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        if let Some(fixed) = value["const"].as_str() {
            row(table, &name, &format!("`{fixed}`"), schema["description"].as_str());
            continue;
        }
        let (inner, is_list) = match &value["items"] {
            Value::Null => (value, false),
            items => (items, true),
        };
        let mut meaning = value["description"].as_str().unwrap_or_default().to_owned();
        let earlier = lists.iter().find(|(_, entry)| is_list && entry == inner);
        if let Some((list, _)) = earlier {
            write!(meaning, " Its entries are as in `{list}`.").expect("a String takes any text");
        }
        row(table, &name, &kind(value), Some(&meaning));
        if earlier.is_some() {
            continue;
        }
        if is_list && inner["properties"].is_object() {
            lists.push((name.clone(), inner.clone()));
        }
        let below = if is_list { format!("{name}[]") } else { name };
        for part in parts(inner) {
            rows(table, &below, part, lists);
        }
    }
}

fn row(table: &mut String, name: &str, kind: &str, meaning: Option<&str>) {
    let meaning = meaning.unwrap_or_default().replace('|', "\\|");
    writeln!(table, "| `{name}` | {kind} | {meaning} |").expect("a String takes any text");
}

/// A schema, or those of which it is one.
fn parts(schema: &Value) -> Vec<&Value> {
    let several = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].as_array());
    several.map_or_else(|| vec![schema], |several| several.iter().flat_map(parts).collect())
}

/// What a value is, in words of JSON.
fn kind(schema: &Value) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for part in parts(schema) {
        let named = match (&part["const"], &part["type"]) {
            (Value::String(word), _) => vec![format!("`{word}`")],
            (Value::Number(number), _) => vec![number.to_string()],
            (_, Value::Array(types)) => {
                types.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            (_, Value::String(kind)) => vec![kind.clone()],
            _ => vec!["any value".to_owned()],
        };
        for kind in named {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    kinds.join(", ")
}
