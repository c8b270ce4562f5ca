//! Checks the text of one JSON object: well-formed, no key twice, no NUL. Keeps no value of it.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use xxhash_rust::xxh3::xxh3_64;

use crate::model::RowFault;

/// Checks objects one after the other, without an allocation for each.
#[derive(Default)]
pub(super) struct ObjectCheck {
    /// Hashes of the keys of all objects that are open.
    keys: Vec<u64>,
    repeated: Option<String>,
    nul: bool,
    is_object: bool,
}

impl ObjectCheck {
    /// A fault of a well-formed text; an error where it is not well-formed.
    pub(super) fn check(&mut self, text: &str) -> Result<Option<RowFault>, serde_json::Error> {
        self.keys.clear();
        (self.repeated, self.nul, self.is_object) = (None, false, text.starts_with('{'));
        let mut json = serde_json::Deserializer::from_str(text);
        Value(self).deserialize(&mut json)?;
        json.end()?;
        Ok(self.fault())
    }

    fn fault(&mut self) -> Option<RowFault> {
        if !self.is_object {
            Some(fault("is no JSON object", "each record is one object"))
        } else if let Some(key) = self.repeated.take() {
            Some(fault(
                &format!("has the key `{key}` twice"),
                "which one is meant cannot be guessed",
            ))
        } else {
            self.nul.then(|| fault("has a NUL character", "text has none: the file may be damaged"))
        }
    }
}

/// A fault of a row.
pub(super) fn fault(problem: &str, rule: &str) -> RowFault {
    RowFault { problem: problem.into(), rule: rule.into() }
}

/// `serde_json`'s message without its position, which counts from the start of the row.
pub(super) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

struct Value<'a>(&'a mut ObjectCheck);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.nul |= text.contains('\0');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Value(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let base = self.0.keys.len();
        while entries.next_key_seed(Key(self.0, base))?.is_some() {
            entries.next_value_seed(Value(self.0))?;
        }
        self.0.keys.truncate(base);
        Ok(())
    }
}

struct Key<'a>(&'a mut ObjectCheck, usize);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        let hash = xxh3_64(key.as_bytes());
        if self.0.keys[self.1..].contains(&hash) {
            self.0.repeated.get_or_insert_with(|| key.to_owned());
        } else {
            self.0.keys.push(hash);
        }
        Ok(())
    }
}
