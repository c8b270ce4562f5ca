//! Values as they were written or typed, under the keys of the settings table; not yet read.

use std::collections::BTreeMap;

/// One value. Numbers and dates are still texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, a number, a date.
    Text(String),
    /// True or false.
    Flag(bool),
    /// One text or several.
    List(Vec<String>),
    /// Field → text.
    Fields(BTreeMap<String, String>),
    /// Tables of a list, each key → text or list.
    Tables(Vec<Table>),
}

/// A table of a list: its keys, which are those of a rule.
pub(super) type Table = BTreeMap<&'static str, Value>;

impl Value {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Values under their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Values(BTreeMap<&'static str, Value>);

impl Values {
    pub(super) fn put(&mut self, key: &'static str, value: Value) {
        self.0.insert(key, value);
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

/// What was typed over a job file: the same keys, since every option has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(pub(super) Values);

impl Options {
    /// One text.
    pub(crate) fn text(&mut self, key: &'static str, text: impl Into<String>) {
        self.0.put(key, Value::Text(text.into()));
    }

    /// Whether it was given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.has(key)
    }

    /// The same for each of the profiles that were typed with commas between them.
    pub(crate) fn of_each_profile(&self) -> Vec<Self> {
        const KEY: &str = "target.profile";
        let typed = self.0.get(KEY).and_then(Value::text).unwrap_or_default();
        let of = |name: &str| {
            let mut options = self.clone();
            options.text(KEY, name);
            options
        };
        match typed.contains(',') {
            true => typed.split(',').map(of).collect(),
            false => vec![self.clone()],
        }
    }

    /// True or false.
    pub(crate) fn flag(&mut self, key: &'static str, flag: bool) {
        self.0.put(key, Value::Flag(flag));
    }

    /// Several texts.
    pub(crate) fn list(&mut self, key: &'static str, items: impl IntoIterator<Item = String>) {
        self.0.put(key, Value::List(items.into_iter().collect()));
    }

    /// Field → text.
    pub(crate) fn fields(
        &mut self,
        key: &'static str,
        fields: impl IntoIterator<Item = (String, String)>,
    ) {
        self.0.put(key, Value::Fields(fields.into_iter().collect()));
    }

    /// What was typed, a line each, for report and audit. Of a command only the program is shown: its arguments
    /// may hold what nobody should store.
    pub(crate) fn lines(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (key, value) in self.0.0.iter().filter(|(key, _)| is_wanted(key)) {
            match value {
                Value::Text(text) => lines.push(format!("{key} = {text}")),
                Value::Flag(flag) => lines.push(format!("{key} = {flag}")),
                Value::List(argv) if key.ends_with("_command") && argv.len() > 1 => {
                    lines.push(format!("{key} = {}, …", argv[0]));
                }
                Value::List(items) => lines.push(format!("{key} = {}", items.join(", "))),
                Value::Fields(fields) => {
                    let line = |(field, text)| format!("{key}.{field} = {text}");
                    lines.extend(fields.iter().map(line));
                }
                // No option holds one.
                Value::Tables(_) => {}
            }
        }
        lines
    }
}
