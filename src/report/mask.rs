//! Values as they may be shown: `j…` for `john`, the last two digits of a phone, ids whole.
//!
//! For screens and pages; files of a run hold values as they are.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ordered::Entries;
use crate::base::terminal;
use crate::model::settings::Values;

/// One value of an API field (dotted or its last part), as `values` allows it to be shown.
pub fn value(field: &str, text: &str, values: Values) -> String {
    if values == Values::Full {
        return terminal::line(text).into_owned();
    }
    match field.rsplit('.').next().unwrap_or(field) {
        "id" | "_id" | "ids" => terminal::line(text).into_owned(),
        "countryCode" | "extension" | "salutation" if text.len() <= 6 => {
            terminal::line(text).into_owned()
        }
        "phoneNumber" => phone(text),
        _ => initial(text),
    }
}

/// `9812345678` → `…78`.
fn phone(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    match digits.as_slice() {
        [_, _, .., a, b] => format!("…{a}{b}"),
        _ => "…".to_owned(),
    }
}

/// `john` → `j…`.
fn initial(text: &str) -> String {
    match text.trim().chars().next() {
        Some(first) => format!("{}…", terminal::line(first.encode_utf8(&mut [0; 4]))),
        None => String::new(),
    }
}

/// A request's body or a record in it, compact, each value as `values` allows it to be shown.
///
/// Text that is no JSON is shown as `…`.
pub fn json(text: &str, values: Values) -> String {
    let mut out = String::with_capacity(text.len());
    match serde_json::from_str::<&RawValue>(text) {
        // Text at the top, or in an array there, is the id of a delete.
        Ok(raw) => show(&mut out, "id", raw, values),
        Err(_) => out.push('…'),
    }
    out
}

fn show(out: &mut String, field: &str, raw: &RawValue, values: Values) {
    let text = raw.get().trim();
    match text.as_bytes().first() {
        Some(b'{') => {
            let Ok(Entries(entries)) = serde_json::from_str(text) else { return };
            list(out, '{', '}', entries, |out, (key, value)| {
                string(out, &key);
                out.push(':');
                show(out, &key, value, values);
            });
        }
        Some(b'[') => {
            let items =
                Vec::<&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(text));
            list(out, '[', ']', items.unwrap_or_default(), |out, item| {
                show(out, field, item, values);
            });
        }
        Some(b'"') => {
            let plain: String = serde_json::from_str(text).unwrap_or_default();
            string(out, &value(field, &plain, values));
        }
        Some(b'0'..=b'9' | b'-') => out.push_str(&value(field, text, values)),
        _ => out.push_str(text),
    }
}

fn list<T>(
    out: &mut String,
    open: char,
    close: char,
    items: Vec<T>,
    mut each: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(close);
}

fn string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"[{"id":"6960cbe9b155d194e2f00001","firstName":"john","lastName":"doe",
        "cellPhone":{"phoneNumber":"9812345678","countryCode":"+91"},"age":41,"ok":true}]"#;

    #[test]
    fn a_request_is_shown_without_its_values() {
        insta::assert_snapshot!(json(BODY, Values::Masked), @r#"[{"id":"6960cbe9b155d194e2f00001","firstName":"j…","lastName":"d…","cellPhone":{"phoneNumber":"…78","countryCode":"+91"},"age":4…,"ok":true}]"#);
        insta::assert_snapshot!(json(BODY, Values::Full), @r#"[{"id":"6960cbe9b155d194e2f00001","firstName":"john","lastName":"doe","cellPhone":{"phoneNumber":"9812345678","countryCode":"+91"},"age":41,"ok":true}]"#);
    }

    #[test]
    fn ids_are_kept() {
        for text in [r#"{"ids":["a1","b2"]}"#, r#""a1""#, r#"["a1"]"#] {
            assert_eq!(json(text, Values::Masked), text);
        }
    }

    #[test]
    fn short_values_give_nothing_away() {
        assert_eq!(value("cellPhone.phoneNumber", "123", Values::Masked), "…");
        assert_eq!(value("phoneNumber", "1234", Values::Masked), "…34");
        assert_eq!(value("firstName", "", Values::Masked), "");
        assert_eq!(value("salutation", "Mrs", Values::Masked), "Mrs");
        assert_eq!(value("salutation", "Johanna Doe", Values::Masked), "J…");
        assert_eq!(json("no json", Values::Masked), "…");
    }
}
