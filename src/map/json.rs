//! The values of a JSON object: in the API's own shape, flat, or at the paths that the user gave.
//!
//! Reads only what is asked for; everything else stays as it is written.

mod pairs;

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::model::{Defect, Operation};

use super::decision::Decision;
use super::encode::{Layout, Passed};
use super::field::{Field, fold};

use super::value::{Kind, Value};
pub(super) use pairs::pairs;

/// A path that the settings name, and whether any object had it so far.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) path: String,
    /// For a rule: its path in a form that other spellings share, as for the headers of tables.
    pub(super) folded: String,
    pub(super) target: Target,
    pub(super) was_seen: bool,
}

impl Wanted {
    /// Whether the object at `path` may hold it.
    fn is_below(&self, path: &str) -> bool {
        match self.target {
            Target::Rule(_) => self.path.contains('.') && self.folded.starts_with(&fold(path)),
            _ => self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')),
        }
    }
}

/// What an object has for a rule.
#[derive(Debug, Default)]
pub(super) struct Ruled<'r> {
    pub(super) value: Value<'r>,
    /// Found at the very path that the rule names.
    is_exact: bool,
}

impl<'r> Ruled<'r> {
    fn take_exact(&mut self, value: Value<'r>) {
        if !std::mem::replace(&mut self.is_exact, true) {
            self.value = Value::default();
        }
        self.join(value);
    }

    fn take(&mut self, value: Value<'r>) {
        if !self.is_exact {
            self.join(value);
        }
    }

    fn join(&mut self, value: Value<'r>) {
        if self.value.kind == Kind::Absent {
            self.value = value;
        } else if self.value.text != value.text {
            self.value.kind = Kind::Twice;
        }
    }
}

/// What a wanted path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Field(Field),
    /// Index of an extra field.
    Extra(usize),
    /// Index of a rule's column.
    Rule(usize),
}

/// What an object holds.
#[derive(Debug, Default)]
pub(super) struct Object<'r> {
    pub(super) values: [Value<'r>; Field::COUNT],
    pub(super) extras: Vec<Option<&'r RawValue>>,
    pub(super) rules: Vec<Ruled<'r>>,
    pub(super) passed: Passed<'r>,
    /// Keys left out, because the object is not in the API's shape.
    pub(super) left_out: Vec<Cow<'r, str>>,
    /// What is wrong with the object itself.
    pub(super) defects: Vec<Defect>,
    /// What an earlier run said of it: outcome and reason.
    pub(super) outcome: Cow<'r, str>,
    pub(super) reason: Cow<'r, str>,
    /// What a review file says of it.
    pub(super) decision: Decision<'r>,
}

/// How the objects of a source are read.
pub(super) struct Objects<'m> {
    pub(super) wanted: &'m mut [Wanted],
    pub(super) layout: &'m Layout,
    pub(super) operation: Operation,
    /// The fields that are read.
    pub(super) fields: &'m [Field],
    pub(super) extras: usize,
    pub(super) rules: usize,
}

impl Objects<'_> {
    /// Reads one object; an error if the text is none.
    pub(super) fn read<'r>(&mut self, text: &'r str) -> serde_json::Result<Object<'r>> {
        let mut object = Object {
            extras: vec![None; self.extras],
            rules: (0..self.rules).map(|_| Ruled::default()).collect(),
            ..Object::default()
        };
        let mut is_api_shape = true;
        pairs(text, |key, raw| {
            if !self.wanted.is_empty() {
                self.at_path(&key, raw, &mut object);
            }
            is_api_shape &= self.top(key, raw, &mut object);
        })?;
        if !is_api_shape {
            let passed = std::mem::take(&mut object.passed);
            object.left_out.extend(passed.top.into_iter().map(|(key, _)| key));
            object.left_out.extend(passed.cell_phone.into_iter().map(|(key, _)| key));
        }
        Ok(object)
    }

    /// Hands a value to whatever wants this path, and looks into objects on the way to one.
    fn at_path<'r>(&mut self, path: &str, raw: &'r RawValue, object: &mut Object<'r>) {
        let mut is_on_the_way = false;
        for wanted in &mut *self.wanted {
            if wanted.path == path {
                wanted.was_seen = true;
                match wanted.target {
                    Target::Field(field) => object.put(field, raw),
                    Target::Extra(index) => object.extras[index] = Some(raw),
                    Target::Rule(index) => object.rules[index].take_exact(Value::json(raw)),
                }
            } else if let Target::Rule(index) = wanted.target
                && wanted.folded == fold(path)
            {
                wanted.was_seen = true;
                object.rules[index].take(Value::json(raw));
            }
            is_on_the_way |= wanted.is_below(path);
        }
        if is_on_the_way && is_object(raw) {
            // A nested object was read as JSON already: it cannot fail.
            let _ = pairs(raw.get(), |key, inner| {
                self.at_path(&format!("{path}.{key}"), inner, object);
            });
        }
    }

    /// Reads a key of the object itself. Returns whether it is as the API has it.
    fn top<'r>(&self, key: Cow<'r, str>, raw: &'r RawValue, object: &mut Object<'r>) -> bool {
        match key.as_ref() {
            "korebulk" if is_object(raw) => {
                let _ = pairs(raw.get(), |key, raw| object.own(&key, raw));
            }
            own if own.starts_with("korebulk_") => object.own(&own["korebulk_".len()..], raw),
            // A delete is its id alone: nothing else in the object can be wrong.
            name if self.operation.is_delete() => self.of_delete(name, raw, object),
            "cellPhone" if is_object(raw) => {
                let mut is_api_shape = true;
                let _ = pairs(raw.get(), |key, raw| {
                    is_api_shape &= self.cell_phone(key, raw, object);
                });
                return is_api_shape;
            }
            "cellPhone" => object.defect(
                "cellPhone",
                "is not an object",
                "it holds `extension`, `phoneNumber` and `countryCode`",
            ),
            "_id" => self.put(Field::Id, raw, object),
            name => {
                let exact = Field::named(name).filter(|field| !field.in_cell_phone());
                if let Some(field) = exact.or_else(|| Field::fed_by(name, self.operation)) {
                    self.put(field, raw, object);
                    return exact.is_some();
                }
                if !self.layout.holds(name, false) && !self.is_asked_for(name) {
                    object.passed.top.push((key, raw));
                }
            }
        }
        true
    }

    /// Reads a key of an object that is deleted: its id, and what lists of `input.except` look at.
    fn of_delete<'r>(&self, name: &str, raw: &'r RawValue, object: &mut Object<'r>) {
        if name == "cellPhone" && is_object(raw) {
            let _ = pairs(raw.get(), |key, raw| {
                if &*key != "id" {
                    self.of_delete(&key, raw, object);
                }
            });
        }
        let field = Field::meant_by(name, self.operation);
        if let Some(field) = field.filter(|field| self.fields.contains(field)) {
            self.put(field, raw, object);
        }
    }

    /// Reads a key of the `cellPhone` object. Returns whether it is as the API has it.
    fn cell_phone<'r>(
        &self,
        key: Cow<'r, str>,
        raw: &'r RawValue,
        object: &mut Object<'r>,
    ) -> bool {
        let exact = Field::ALL.into_iter().find(|field| field.leaf() == key);
        let field = exact.or_else(|| Field::meant_by(&key, self.operation));
        if let Some(field) = field.filter(|field| field.in_cell_phone()) {
            self.put(field, raw, object);
            return exact.is_some();
        }
        if !self.layout.holds(&key, true) {
            object.passed.cell_phone.push((key, raw));
        }
        true
    }

    /// A value found by its key: only for fields that the user did not place elsewhere.
    fn put<'r>(&self, field: Field, raw: &'r RawValue, object: &mut Object<'r>) {
        if !self.wanted.iter().any(|wanted| wanted.target == Target::Field(field)) {
            object.put(field, raw);
        }
    }

    /// Whether the user's paths take this key, or something in it, for a field.
    fn is_asked_for(&self, key: &str) -> bool {
        self.wanted.iter().any(|wanted| {
            let rest = wanted.path.strip_prefix(key);
            !matches!(wanted.target, Target::Rule(_))
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

impl<'r> Object<'r> {
    fn put(&mut self, field: Field, raw: &'r RawValue) {
        let value = Value::json(raw);
        let slot = &mut self.values[field.index()];
        if slot.kind == Kind::Absent {
            *slot = value;
        } else if slot.text != value.text {
            self.defect(field.name(), "is given twice with different values", "give it once");
        }
    }

    /// A value that korebulk itself added to an outcome file.
    fn own(&mut self, name: &str, raw: &'r RawValue) {
        match name {
            "outcome" => self.outcome = Value::json(raw).text,
            "reason" => self.reason = Value::json(raw).text,
            "use" => self.decision.mark = Value::json(raw).text,
            "contact" => self.decision.contact = Value::json(raw).text,
            "check" => self.decision.check = Value::json(raw).text,
            _ => {}
        }
    }

    fn defect(&mut self, column: &str, problem: &str, rule: &str) {
        let [column, problem, rule] = [column, problem, rule].map(str::to_owned);
        self.defects.push(Defect { column, problem, rule });
    }
}

fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{')
}
