//! A TOML document → values: every key is one of the settings table, every value of the form that its setting has.
//!
//! Unknown keys are named with their line and their nearest.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::rows::settings;
use super::rules::{RULE_KEYS, TESTS};
use super::setting::Form;
use super::values::{Table, Value, Values};
use crate::base::nearest::nearest;
use crate::model::RunError;

/// Names under which people write a credential in clear, in small letters and without hyphens.
const SECRET_NAMES: [&str; 10] = [
    "apikey",
    "auth",
    "authtoken",
    "authorization",
    "clientsecret",
    "jwt",
    "jwttoken",
    "password",
    "secret",
    "token",
];

/// The text that was parsed.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a Path,
}

impl Source<'_> {
    /// An error at a byte of the file: position first.
    pub(super) fn error(&self, at: usize, problem: &str) -> RunError {
        RunError::usage(format!("{}:{}: {problem}", self.path.display(), self.line(at)))
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        before.split(|byte| *byte == b'\n').count()
    }
}

/// The values of a document, and the line of every key.
pub(super) fn walk(
    source: &Source<'_>,
    document: &DeTable<'_>,
) -> Result<(Values, BTreeMap<String, usize>), RunError> {
    let mut walk = Walk { source, values: Values::default(), lines: BTreeMap::new() };
    walk.table("", document)?;
    Ok((walk.values, walk.lines))
}

/// What a profile says: the keys of `[target]` but for `profile`, and `protected`.
pub(super) fn walk_target(
    source: &Source<'_>,
    profile: &str,
    table: &DeTable<'_>,
) -> Result<(Values, BTreeMap<String, usize>, bool), RunError> {
    let mut walk = Walk { source, values: Values::default(), lines: BTreeMap::new() };
    let mut protected = false;
    // A profile's keys are shown as they are written: below its name.
    let own = |mut error: RunError| {
        error.message = error.message.replace("`target.", &format!("`{profile}."));
        error.hint = error.hint.map(|hint| hint.replace("`target.", "`"));
        error
    };
    for (name, node) in table {
        match (name.get_ref().as_ref(), node.get_ref()) {
            ("protected", DeValue::Boolean(truth)) => protected = *truth,
            ("protected", _) => {
                return Err(own(walk.mistyped("target.protected", node, "a boolean")));
            }
            ("profile" | "accounts", _) => {
                let key = join("target", name.get_ref());
                return Err(own(walk.unknown(&key, name.span().start)));
            }
            (key, _) => walk.entry(&join("target", key), name.span().start, node).map_err(own)?,
        }
    }
    Ok((walk.values, walk.lines, protected))
}

type Node<'a> = Spanned<DeValue<'a>>;

struct Walk<'a> {
    source: &'a Source<'a>,
    values: Values,
    lines: BTreeMap<String, usize>,
}

impl Walk<'_> {
    fn table(&mut self, above: &str, table: &DeTable<'_>) -> Result<(), RunError> {
        for (name, node) in table {
            self.entry(&join(above, name.get_ref()), name.span().start, node)?;
        }
        Ok(())
    }

    fn entry(&mut self, key: &str, at: usize, node: &Node<'_>) -> Result<(), RunError> {
        self.lines.insert(key.to_owned(), self.source.line(at));
        let Some(setting) = settings().find(|setting| setting.key == key) else {
            return self.inner(key, at, node);
        };
        let value = match setting.form() {
            Form::Fields => Value::Fields(self.fields(key, node)?),
            Form::Tables => Value::Tables(self.rules(key, node)?),
            form => self.value(key, form, node)?,
        };
        self.values.put(setting.key, value);
        Ok(())
    }

    /// What is no setting: a table of settings, or unknown.
    fn inner(&mut self, key: &str, at: usize, node: &Node<'_>) -> Result<(), RunError> {
        let is_table = settings().any(|setting| next(setting.key, key).is_some());
        match node.get_ref() {
            DeValue::Table(table) if is_table => self.table(key, table),
            _ if is_table => Err(self
                .source
                .error(at, &format!("`{key}` is a table"))
                .hint(format!("write `[{key}]` on a line of its own, its keys below"))),
            _ => Err(self.unknown(key, at)),
        }
    }

    fn value(&self, key: &str, form: Form, node: &Node<'_>) -> Result<Value, RunError> {
        let wanted = match form {
            Form::Flag => "a boolean",
            Form::Word => "a text, a number, `true` or `false`",
            Form::List | Form::Paths => "a text or a list of texts",
            Form::Command | Form::Words => "a list",
            _ => "a text or a number",
        };
        let value = match (form, node.get_ref()) {
            (Form::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Form::Word, DeValue::Boolean(truth)) => Some(Value::Text(truth.to_string())),
            (Form::List | Form::Paths | Form::Command | Form::Words, DeValue::Array(items)) => {
                return self.list(key, form, items);
            }
            (Form::List | Form::Paths, value) => text(value).map(|text| Value::List(vec![text])),
            (Form::Text | Form::Word, value) => text(value).map(Value::Text),
            _ => None,
        };
        value.ok_or_else(|| self.mistyped(key, node, wanted))
    }

    fn list(&self, key: &str, form: Form, items: &DeArray<'_>) -> Result<Value, RunError> {
        let item = if form == Form::Words { Form::Word } else { Form::Text };
        let items = items.iter().map(|node| match self.value(key, item, node)? {
            Value::Text(text) => Ok(text),
            _ => Ok(String::new()),
        });
        items.collect::<Result<_, _>>().map(Value::List)
    }

    /// Fields → text, where a dotted field may be written quoted or as TOML's own nested tables.
    fn fields(&mut self, key: &str, node: &Node<'_>) -> Result<BTreeMap<String, String>, RunError> {
        let DeValue::Table(table) = node.get_ref() else {
            return Err(self.mistyped(key, node, "a table of fields"));
        };
        let mut fields = BTreeMap::new();
        self.below(key, "", table, &mut fields)?;
        Ok(fields)
    }

    fn below(
        &mut self,
        key: &str,
        above: &str,
        table: &DeTable<'_>,
        fields: &mut BTreeMap<String, String>,
    ) -> Result<(), RunError> {
        for (name, node) in table {
            let field = join(above, name.get_ref());
            let full = join(key, &field);
            self.lines.insert(full.clone(), self.source.line(name.span().start));
            match node.get_ref() {
                DeValue::String(text) => {
                    fields.insert(field, text.to_string());
                }
                DeValue::Table(table) => self.below(key, &field, table, fields)?,
                _ => return Err(self.mistyped(&full, node, "a text in quotes")),
            }
        }
        Ok(())
    }

    fn rules(&mut self, key: &str, node: &Node<'_>) -> Result<Vec<Table>, RunError> {
        let DeValue::Array(rules) = node.get_ref() else {
            return Err(self.mistyped(key, node, "a list"));
        };
        let mut tables = Vec::new();
        for (rule, number) in rules.iter().zip(1..) {
            let line = self.source.line(rule.span().start);
            self.lines.insert(format!("{key}[{number}]"), line);
            let DeValue::Table(table) = rule.get_ref() else {
                return Err(self.mistyped(key, rule, "a table"));
            };
            tables.push(self.rule(key, table)?);
        }
        Ok(tables)
    }

    fn rule(&self, list: &str, table: &DeTable<'_>) -> Result<Table, RunError> {
        let mut values = Table::new();
        for (name, node) in table {
            let key = join(list, name.get_ref());
            let Some(known) = RULE_KEYS.iter().find(|known| known.name == name.get_ref()) else {
                let near = nearest(name.get_ref(), RULE_KEYS.iter().map(|known| known.name));
                let error = self.source.error(name.span().start, &format!("unknown key `{key}`"));
                return Err(error.hint(
                    near.map_or_else(|| TESTS.to_owned(), |near| format!("did you mean `{near}`?")),
                ));
            };
            values.insert(known.name, self.value(&key, known.form, node)?);
        }
        Ok(values)
    }

    /// A value of the wrong kind, which is not repeated.
    fn mistyped(&self, key: &str, node: &Node<'_>, wanted: &str) -> RunError {
        let error = self.source.error(node.span().start, &format!("`{key}`: expected {wanted}"));
        if key.ends_with("_command") {
            return error.hint("a program and its arguments: `[\"pass\", \"show\", \"kore\"]`");
        }
        error
    }

    fn unknown(&self, key: &str, at: usize) -> RunError {
        let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
        if is_secret(name) {
            return self
                .source
                .error(at, &format!("`{key}` would hold a credential in clear"))
                .hint("say where it is found: `client_secret_env`, `client_secret_file` or `client_secret_command`, or `token_env` and its like");
        }
        let error = self.source.error(at, &format!("unknown key `{key}`"));
        match near(table, name) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`korebulk run --help` names the key of every option"),
        }
    }
}

/// The text of a value that is a text, a number or a date.
fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n.to_string())
        }
        // As it is written: `1.0` stays `1.0`.
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Datetime(date) => Some(date.to_string()),
        DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// The nearest key of the same table, else of any.
fn near(table: &str, name: &str) -> Option<String> {
    if let Some(near) = nearest(name, settings().filter_map(|setting| next(setting.key, table))) {
        return Some(join(table, near));
    }
    let last = |key: &'static str| key.rsplit('.').next().unwrap_or_default();
    let near = nearest(name, settings().map(|setting| last(setting.key)))?;
    settings().map(|setting| setting.key).find(|key| last(key) == near).map(str::to_owned)
}

/// Whether people write a credential in clear under such a name, however they spell it.
fn is_secret(name: &str) -> bool {
    let folded: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    SECRET_NAMES.contains(&folded.to_lowercase().as_str())
}

/// `limits` and `rate` → `limits.rate`.
fn join(table: &str, name: &str) -> String {
    if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") }
}

/// The step of a key below a table: `batch_size` of `limits.batch_size` below `limits`.
fn next<'a>(key: &'a str, table: &str) -> Option<&'a str> {
    let rest = match table {
        "" => key,
        table => key.strip_prefix(table)?.strip_prefix('.')?,
    };
    rest.split('.').next()
}
