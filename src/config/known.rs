//! The keys that a job file may hold: unknown ones are named with their line and their nearest.
//!
//! Goes through the file before serde does, whose message for an unknown key lists all the others.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::asked::nearest;
use super::file::{RuleTable, Tables};
use super::job::{Place, Text};
use super::options::{join, keys};
use super::rules::TESTS;
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

/// Tables whose keys are fields, free to choose.
const FREE_TABLES: [&str; 2] = ["input.columns", "input.defaults"];
/// Lists of tables.
const RULE_LISTS: [&str; 2] = ["input.send_if", "input.skip_if"];

/// The place of every key. Errors: one that is not known.
pub(super) fn walk(
    file: &Text<'_>,
    document: &DeTable<'_>,
) -> Result<BTreeMap<String, Place>, RunError> {
    let mut walk = Walk { file, known: keys::<Tables>(), lines: BTreeMap::new() };
    walk.table("", document)?;
    Ok(walk.lines)
}

struct Walk<'a> {
    file: &'a Text<'a>,
    known: Vec<String>,
    lines: BTreeMap<String, Place>,
}

impl Walk<'_> {
    fn table(&mut self, above: &str, table: &DeTable<'_>) -> Result<(), RunError> {
        for (name, value) in table {
            let key = join(above, name.get_ref());
            let at = name.span().start;
            self.place(&key, at, value.span());
            self.value(&key, at, value.get_ref())?;
        }
        Ok(())
    }

    fn place(&mut self, key: &str, at: usize, value: std::ops::Range<usize>) {
        self.lines.insert(key.to_owned(), Place { line: self.file.line(at), value });
    }

    fn value(&mut self, key: &str, at: usize, value: &DeValue<'_>) -> Result<(), RunError> {
        let is_free = FREE_TABLES.iter().any(|free| is_within(key, free));
        let is_table = self.known.iter().any(|known| known != key && is_within(known, key));
        match value {
            DeValue::Table(table) if is_free || is_table => self.table(key, table),
            DeValue::Array(rules) if RULE_LISTS.contains(&key) => self.rules(key, rules),
            _ if is_free || self.known.iter().any(|known| known == key) => Ok(()),
            _ if is_table => Err(self
                .file
                .error(at, &format!("`{key}` is a table"))
                .hint(format!("write `[{key}]` on a line of its own, its keys below"))),
            _ => Err(self.unknown(key, at)),
        }
    }

    fn rules(&mut self, list: &str, rules: &toml::de::DeArray<'_>) -> Result<(), RunError> {
        let known = keys::<RuleTable>();
        for (rule, number) in rules.iter().zip(1..) {
            self.place(&nth(list, number), rule.span().start, rule.span());
            for (name, _) in rule.get_ref().as_table().into_iter().flatten() {
                let name_is_known = known.iter().any(|known| known == name.get_ref());
                if !name_is_known {
                    let key = join(list, name.get_ref());
                    let error = self.file.error(name.span().start, &format!("unknown key `{key}`"));
                    return Err(error.hint(match nearest(name.get_ref(), &known) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => TESTS.to_owned(),
                    }));
                }
            }
        }
        Ok(())
    }

    fn unknown(&self, key: &str, at: usize) -> RunError {
        let (table, name) = key.rsplit_once('.').unwrap_or(("", key));
        if is_secret(name) {
            return self
                .file
                .error(at, &format!("`{key}` would keep a credential in clear"))
                .hint("say where it is kept: `client_secret_env`, `client_secret_file` or `client_secret_command`, or `token_env` and its like");
        }
        let error = self.file.error(at, &format!("unknown key `{key}`"));
        match self.near(table, name) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("the README's table lists every key"),
        }
    }

    /// The nearest key of the same table, else of any.
    fn near(&self, table: &str, name: &str) -> Option<String> {
        let mut siblings: Vec<&str> =
            self.known.iter().filter_map(|known| next(known, table)).collect();
        siblings.dedup();
        if let Some(near) = nearest(name, &siblings) {
            return Some(join(table, &near));
        }
        let last = |known: &str| known.rsplit('.').next().unwrap_or_default().to_owned();
        let names: Vec<String> = self.known.iter().map(|known| last(known)).collect();
        let near = nearest(name, &names)?;
        self.known.iter().find(|known| last(known) == near).cloned()
    }
}

/// Whether `key` is `table` or stands in it.
fn is_within(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether people write a credential in clear under such a name, however they spell it.
fn is_secret(name: &str) -> bool {
    let folded: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    SECRET_NAMES.contains(&folded.to_lowercase().as_str())
}

/// The step of a known key below a table: `batch_size` of `limits.batch_size` below `limits`.
fn next<'a>(known: &'a str, table: &str) -> Option<&'a str> {
    let rest = match table {
        "" => known,
        table => known.strip_prefix(table)?.strip_prefix('.')?,
    };
    rest.split('.').next()
}

/// The name under which the place of a list's rule is kept, from 1.
pub(super) fn nth(list: &str, number: usize) -> String {
    format!("{list}[{number}]")
}
