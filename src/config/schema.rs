//! The JSON Schema of a job file, for editors that complete and check TOML, made from the settings table.

use serde_json::{Map, Value as Json, json};

use super::rows::settings;
use super::rules::RULE_KEYS;
use super::setting::{Form, Setting};

/// The schema, in draft 7, which the TOML tools read.
pub fn schema() -> Json {
    let mut root = Map::new();
    for setting in settings() {
        let mut table = &mut root;
        let mut steps = setting.key.split('.').peekable();
        while let Some(step) = steps.next() {
            if steps.peek().is_none() {
                table.insert(step.to_owned(), property(setting));
                break;
            }
            let entry = table.entry(step).or_insert_with(|| object(Map::new()));
            table = entry["properties"].as_object_mut().expect("an object was put there");
        }
    }
    let mut schema = object(root);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "korebulk job file".into();
    schema
}

fn object(properties: Map<String, Json>) -> Json {
    let mut object = json!({ "type": "object", "additionalProperties": false });
    object["properties"] = Json::Object(properties);
    object
}

fn property(setting: &Setting) -> Json {
    let one = (setting.takes.schema)();
    let mut property = shaped(setting.form(), one);
    property["description"] = setting.help.into();
    if let Some(default) = default(setting) {
        property["default"] = default;
    }
    property
}

/// What one text may be, in the form of the value.
fn shaped(form: Form, one: Json) -> Json {
    match form {
        Form::Text | Form::Flag | Form::Word => one,
        Form::List | Form::Paths => {
            json!({ "anyOf": [one, { "type": "array", "items": one }] })
        }
        Form::Command | Form::Words => json!({ "type": "array", "items": one, "minItems": 1 }),
        Form::Fields => json!({
            "type": "object",
            "additionalProperties": { "anyOf": [one, { "type": "object", "additionalProperties": true }] },
        }),
        Form::Tables => json!({ "type": "array", "items": rule() }),
    }
}

fn rule() -> Json {
    let keys = RULE_KEYS.iter().map(|key| {
        let mut property = shaped(key.form, (key.schema)());
        property["description"] = key.help.into();
        (key.name.to_owned(), property)
    });
    let mut rule = object(keys.collect());
    rule["required"] = json!(["column"]);
    rule
}

/// The default as a job file would have it: numbers and truths bare.
fn default(setting: &Setting) -> Option<Json> {
    let bare = |text: &str| serde_json::from_str(text).ok().filter(|json: &Json| !json.is_string());
    match setting.form() {
        _ if setting.default.is_empty() => None,
        Form::List if setting.default.contains(", ") => {
            Some(setting.default.split(", ").map(Json::from).collect())
        }
        _ => Some(bare(setting.default).unwrap_or_else(|| setting.default.into())),
    }
}
