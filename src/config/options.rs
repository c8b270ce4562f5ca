//! What was typed over the job file, in the job file's own form, and how the two are laid together.

use serde_json::Value;

use super::file::{
    AcceptTable, CanaryTable, GuardTable, InputTable, LimitsTable, NotifyTable, PhoneTable,
    ReportTable, RunsTable, Tables, TargetTable,
};
use super::values::Fields;

/// What was typed: the same keys as a job file's, since every option has one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options(pub(crate) Tables);

impl Options {
    /// The keys that were typed, dotted, each with its value as text.
    pub(crate) fn typed(&self) -> Vec<(String, String)> {
        let mut typed = Vec::new();
        leaves(&mut typed, String::new(), &value(&self.0));
        typed
    }
}

/// The keys of a table, dotted: everything that may stand in a job file.
pub(super) fn keys<T: serde::Serialize + Default>() -> Vec<String> {
    fn walk(keys: &mut Vec<String>, at: &str, value: &Value) {
        let Value::Object(entries) = value else {
            keys.push(at.to_owned());
            return;
        };
        for (key, value) in entries {
            walk(keys, &join(at, key), value);
        }
    }
    let mut keys = Vec::new();
    walk(&mut keys, "", &value(&T::default()));
    keys
}

/// `limits` and `rate` → `limits.rate`.
pub(super) fn join(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

fn value<T: serde::Serialize>(tables: &T) -> Value {
    serde_json::to_value(tables).expect("tables of texts are JSON")
}

fn leaves(typed: &mut Vec<(String, String)>, at: String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Object(entries) => {
            for (key, value) in entries {
                leaves(typed, join(&at, key), value);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            typed.push((at, items.join(", ")));
        }
        other => typed.push((at, plain(other))),
    }
}

/// The same for report and audit: of a command only the program, whose arguments may hold what nobody should keep.
pub(super) fn overrides(options: &Options) -> Vec<String> {
    let shown = |(key, value): (String, String)| match value.split_once(", ") {
        Some((program, _)) if key.ends_with("_command") => format!("{key} = {program}, …"),
        _ => format!("{key} = {value}"),
    };
    options.typed().into_iter().map(shown).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Field by field: the upper one where it is there, else the lower one.
macro_rules! upper_or_lower {
    ($upper:ident, $lower:ident: $($field:ident),+) => {
        Self { $($field: $upper.$field.or($lower.$field)),+ }
    };
}

impl Tables {
    /// These over those below.
    pub(super) fn over(self, lower: Self) -> Self {
        Self {
            operation: self.operation.or(lower.operation),
            name: self.name.or(lower.name),
            target: self.target.over(lower.target),
            input: self.input.over(lower.input),
            phone: PhoneTable {
                region: self.phone.region.or(lower.phone.region),
                check: self.phone.check.or(lower.phone.check),
            },
            limits: self.limits.over(lower.limits),
            guard: self.guard.over(lower.guard),
            canary: CanaryTable { records: self.canary.records.or(lower.canary.records) },
            accept: self.accept.over(lower.accept),
            report: self.report.over(lower.report),
            runs: self.runs.over(lower.runs),
            notify: self.notify.over(lower.notify),
        }
    }
}

impl TargetTable {
    /// A credential source that was typed replaces the written one, of whatever kind it was.
    fn over(self, lower: Self) -> Self {
        let lower = if self.sources().is_empty() {
            lower
        } else {
            Self {
                ca_file: lower.ca_file,
                host: lower.host,
                stream_id: lower.stream_id,
                account_id: lower.account_id,
                client_id: lower.client_id,
                ..Self::default()
            }
        };
        upper_or_lower!(self, lower: host, stream_id, account_id, client_id, client_secret_env,
            client_secret_file, client_secret_command, token_env, token_file, token_command, ca_file)
    }

    /// The keys of the credential sources that are set.
    pub(super) fn sources(&self) -> Vec<&'static str> {
        let set = [
            ("target.client_secret_env", self.client_secret_env.is_some()),
            ("target.client_secret_file", self.client_secret_file.is_some()),
            ("target.client_secret_command", self.client_secret_command.is_some()),
            ("target.token_env", self.token_env.is_some()),
            ("target.token_file", self.token_file.is_some()),
            ("target.token_command", self.token_command.is_some()),
        ];
        set.into_iter().filter(|(_, set)| *set).map(|(key, _)| key).collect()
    }
}

impl InputTable {
    /// Columns and defaults are laid together field by field.
    fn over(mut self, mut lower: Self) -> Self {
        self.columns = merged(self.columns, lower.columns.take());
        self.defaults = merged(self.defaults, lower.defaults.take());
        upper_or_lower!(self, lower: path, format, sheet, header_row, encoding, delimiter,
            hidden_rows, strict, id_format, on_duplicate, first, except, columns, defaults, send_if, skip_if)
    }
}

fn merged(upper: Option<Fields>, lower: Option<Fields>) -> Option<Fields> {
    match (upper, lower) {
        (Some(Fields(upper)), Some(Fields(mut lower))) => {
            lower.extend(upper);
            Some(Fields(lower))
        }
        (upper, lower) => upper.or(lower),
    }
}

impl LimitsTable {
    fn over(self, lower: Self) -> Self {
        upper_or_lower!(self, lower: rate, burst, batch_size, max_batch_size, max_batch_bytes,
            concurrency, connect_timeout, timeout, max_attempts, max_wait, max_outage, max_duration,
            window, grace, max_failure_share)
    }
}

impl GuardTable {
    fn over(self, lower: Self) -> Self {
        upper_or_lower!(self, lower: max_records, min_records, max_growth, max_input_age)
    }
}

impl AcceptTable {
    fn over(self, lower: Self) -> Self {
        upper_or_lower!(self, lower: failed, rejected, not_found, diverged)
    }
}

impl ReportTable {
    fn over(self, lower: Self) -> Self {
        upper_or_lower!(self, lower: contacts, values, xlsx, metrics_file)
    }
}

impl RunsTable {
    fn over(self, lower: Self) -> Self {
        upper_or_lower!(self, lower: dir, keep_days)
    }
}

impl NotifyTable {
    /// A URL's source that was typed replaces the written one, of whichever kind it was.
    fn over(self, mut lower: Self) -> Self {
        if self.ping_url_env.is_some() || self.ping_url_file.is_some() {
            (lower.ping_url_env, lower.ping_url_file) = (None, None);
        }
        if self.webhook_url_env.is_some() || self.webhook_url_file.is_some() {
            (lower.webhook_url_env, lower.webhook_url_file) = (None, None);
        }
        upper_or_lower!(self, lower: on, ping_url_env, ping_url_file, webhook_url_env, webhook_url_file)
    }
}
