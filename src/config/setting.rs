//! What a setting is: everything that korebulk knows of it, in one struct.
//!
//! The command line, the job file, help, the README's table and the JSON Schema are made of these; the settings
//! themselves are in `rows/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::found::{Found, absolute, source};
use super::kind::Kind;
use super::plan::Plan;
use super::problem::Problem;
use super::values::{Table, Value};
use crate::model::settings::SecretSource;

/// One setting. A part that is left out does not compile.
#[derive(Debug)]
pub struct Setting {
    /// Its key in a job file, dotted.
    pub key: &'static str,
    /// Its option, with the dashes; `None` where only a job file can say it.
    pub option: Option<&'static str>,
    /// The environment variable that has a say.
    pub environment: Option<Variable>,
    /// The default, as it would be written; empty where there is none.
    pub default: &'static str,
    /// What it means, in one line.
    pub help: &'static str,
    /// What its value is, and which part of the plan it sets.
    pub(super) takes: Takes,
}

/// Settings that belong together, under one heading of the help.
#[derive(Debug)]
pub struct Group {
    /// The heading.
    pub heading: &'static str,
    /// The settings, in the order of help and README.
    pub settings: &'static [Setting],
}

/// What an environment variable has to do with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// It holds the value, where neither option nor job file give one.
    Value(&'static str),
    /// It holds the secret itself: where it is set and no source is named, it is the source.
    Secret(&'static str),
}

impl Variable {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value(name) | Self::Secret(name) => name,
        }
    }
}

/// The form of a value, whoever writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text or a number.
    Text,
    /// A text, a number, true or false; stored as text.
    Word,
    /// A list of those.
    Words,
    /// True or false.
    Flag,
    /// One or several, in an option with commas between them.
    List,
    /// One or several that may hold commas themselves.
    Paths,
    /// A program and its arguments.
    Command,
    /// Field → text.
    Fields,
    /// A list of tables.
    Tables,
}

/// Settings of which one job has one: several ways to say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Credential,
    PingUrl,
    WebhookUrl,
    PushUrl,
}

impl Family {
    /// As messages call two of them.
    pub(super) const fn two(self) -> &'static str {
        match self {
            Self::Credential => "two credential sources",
            Self::PingUrl | Self::WebhookUrl | Self::PushUrl => "two places for one URL",
        }
    }
}

type Set<T> = fn(&mut Plan, T) -> Result<(), Problem>;

/// Enters a value of its form in the plan.
#[derive(Debug, Clone, Copy)]
enum Setter {
    Text(for<'a> fn(&mut Plan, &'a str) -> Result<(), Problem>),
    Word(for<'a> fn(&mut Plan, &'a str) -> Result<(), Problem>),
    Path(Set<PathBuf>),
    Source(Found, Family, fn(&mut Plan, SecretSource)),
    Flag(fn(&mut Plan, bool)),
    List(for<'a> fn(&mut Plan, &'a [String]) -> Result<(), Problem>),
    Paths(for<'a> fn(&mut Plan, &'a [String], &'a Path) -> Result<(), Problem>),
    Fields(Set<BTreeMap<String, String>>),
    Tables(for<'a> fn(&mut Plan, &'a [Table]) -> Result<(), Problem>),
}

/// What the value of a setting is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes {
    /// As help names it: `TIME`.
    pub(super) name: &'static str,
    /// What one text of it may be.
    pub(super) schema: fn() -> serde_json::Value,
    setter: Setter,
}

/// A text of a kind, entered as it is read: `one!(Time => limits.timeout)`.
macro_rules! one {
    ($kind:ty => $($part:ident).+) => {
        Takes::text::<$kind>(|plan, text| {
            plan.$($part).+ = <$kind as Kind>::read(text.trim())?.into();
            Ok(())
        })
    };
}
pub(super) use one;

impl Takes {
    /// One text of a kind.
    pub(super) const fn text<K: Kind>(
        set: for<'a> fn(&mut Plan, &'a str) -> Result<(), Problem>,
    ) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Text(set) }
    }

    /// A text of a kind that may be true or false as well.
    pub(super) const fn word<K: Kind>(
        set: for<'a> fn(&mut Plan, &'a str) -> Result<(), Problem>,
    ) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Word(set) }
    }

    /// Several texts of a kind, between commas in an option.
    pub(super) const fn list<K: Kind>(
        set: for<'a> fn(&mut Plan, &'a [String]) -> Result<(), Problem>,
    ) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::List(set) }
    }

    /// Files to read, as they are written, and where relative ones start from.
    pub(super) const fn paths<K: Kind>(
        set: for<'a> fn(&mut Plan, &'a [String], &'a Path) -> Result<(), Problem>,
    ) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Paths(set) }
    }

    /// One path, absolute when it arrives.
    pub(super) const fn path<K: Kind>(set: Set<PathBuf>) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Path(set) }
    }

    /// One of the places where a secret may be.
    pub(super) const fn source<K: Kind>(
        found: Found,
        family: Family,
        set: fn(&mut Plan, SecretSource),
    ) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Source(found, family, set) }
    }

    /// True or false.
    pub(super) const fn flag<K: Kind>(set: fn(&mut Plan, bool)) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Flag(set) }
    }

    /// Field → text.
    pub(super) const fn fields<K: Kind>(set: Set<BTreeMap<String, String>>) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Fields(set) }
    }

    /// A list of tables.
    pub(super) const fn tables<K: Kind>(
        set: for<'a> fn(&mut Plan, &'a [Table]) -> Result<(), Problem>,
    ) -> Self {
        Self { name: K::NAME, schema: K::schema, setter: Setter::Tables(set) }
    }
}

impl Setting {
    /// What its value is called in help.
    pub const fn value_name(&self) -> &'static str {
        self.takes.name
    }

    /// The form of its value.
    pub const fn form(&self) -> Form {
        match self.takes.setter {
            Setter::Source(Found::Command, ..) => Form::Command,
            Setter::Text(_) | Setter::Path(_) | Setter::Source(..) => Form::Text,
            Setter::Word(_) => Form::Word,
            Setter::Flag(_) => Form::Flag,
            Setter::List(_) => Form::List,
            Setter::Paths(_) => Form::Paths,
            Setter::Fields(_) => Form::Fields,
            Setter::Tables(_) => Form::Tables,
        }
    }

    /// The settings of which it is one way to say the same.
    pub(super) const fn family(&self) -> Option<Family> {
        match self.takes.setter {
            Setter::Source(_, family, _) => Some(family),
            _ => None,
        }
    }

    /// Whether its value is a path, or paths, in which a profile's name can be.
    pub(super) const fn is_path(&self) -> bool {
        matches!(
            self.takes.setter,
            Setter::Path(_) | Setter::Paths(_) | Setter::Source(Found::File, ..)
        )
    }

    /// Enters a value in the plan; relative paths start from `base`.
    pub(super) fn set(&self, plan: &mut Plan, value: &Value, base: &Path) -> Result<(), Problem> {
        match (self.takes.setter, value) {
            (Setter::Text(set) | Setter::Word(set), Value::Text(text)) => set(plan, text),
            (Setter::Path(set), Value::Text(path)) => set(plan, absolute(base, path)?),
            (Setter::Source(found, _, set), value) => {
                set(plan, source(found, value, base)?);
                Ok(())
            }
            (Setter::Flag(set), Value::Flag(flag)) => {
                set(plan, *flag);
                Ok(())
            }
            (Setter::List(set), Value::List(items)) => set(plan, items),
            (Setter::Paths(set), Value::List(items)) => set(plan, items, base),
            (Setter::Fields(set), Value::Fields(fields)) => set(plan, fields.clone()),
            (Setter::Tables(set), Value::Tables(tables)) => set(plan, tables),
            _ => Err(Problem::new("another kind of value", "see `korebulk schema job`")),
        }
    }

    /// The default as a value; `None` where there is none.
    pub(super) fn default_value(&self) -> Option<Value> {
        let default = self.default;
        match self.form() {
            _ if default.is_empty() => None,
            Form::Flag => Some(Value::Flag(default == "true")),
            Form::List => Some(Value::List(default.split(", ").map(str::to_owned).collect())),
            _ => Some(Value::Text(default.to_owned())),
        }
    }
}
