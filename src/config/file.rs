//! The job file as it may be written: one struct per table, every key optional.
//!
//! What the keys mean, and their defaults, stands in `table.rs`; here are only their names and forms.

use serde::{Deserialize, Serialize};

use super::values::{Fields, Several, Text, Word};

/// The whole file. Options are kept in the same form: every option has a key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tables {
    pub(crate) operation: Option<Text>,
    pub(crate) name: Option<Text>,
    pub(crate) target: TargetTable,
    pub(crate) input: InputTable,
    pub(crate) phone: PhoneTable,
    pub(crate) limits: LimitsTable,
    pub(crate) guard: GuardTable,
    pub(crate) canary: CanaryTable,
    pub(crate) accept: AcceptTable,
    pub(crate) report: ReportTable,
    pub(crate) runs: RunsTable,
    pub(crate) notify: NotifyTable,
}

/// `[target]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TargetTable {
    pub(crate) host: Option<Text>,
    pub(crate) stream_id: Option<Text>,
    pub(crate) account_id: Option<Text>,
    pub(crate) client_id: Option<Text>,
    pub(crate) client_secret_env: Option<Text>,
    pub(crate) client_secret_file: Option<Text>,
    pub(crate) client_secret_command: Option<Vec<String>>,
    pub(crate) token_env: Option<Text>,
    pub(crate) token_file: Option<Text>,
    pub(crate) token_command: Option<Vec<String>>,
    pub(crate) ca_file: Option<Text>,
}

/// `[input]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct InputTable {
    pub(crate) path: Option<Several>,
    pub(crate) format: Option<Text>,
    pub(crate) sheet: Option<Text>,
    pub(crate) header_row: Option<Text>,
    pub(crate) encoding: Option<Text>,
    pub(crate) delimiter: Option<Text>,
    pub(crate) hidden_rows: Option<Text>,
    pub(crate) strict: Option<bool>,
    pub(crate) id_format: Option<Text>,
    pub(crate) on_duplicate: Option<Text>,
    pub(crate) first: Option<Text>,
    pub(crate) except: Option<Several>,
    pub(crate) columns: Option<Fields>,
    pub(crate) defaults: Option<Fields>,
    pub(crate) send_if: Option<Vec<RuleTable>>,
    pub(crate) skip_if: Option<Vec<RuleTable>>,
}

/// `[[input.send_if]]` and `[[input.skip_if]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RuleTable {
    pub(crate) column: Option<Text>,
    pub(crate) case: Option<bool>,
    pub(crate) is: Option<Word>,
    pub(crate) r#in: Option<Vec<Word>>,
    pub(crate) matches: Option<Text>,
    pub(crate) before: Option<Text>,
    pub(crate) after: Option<Text>,
    pub(crate) older_than: Option<Text>,
    pub(crate) newer_than: Option<Text>,
}

/// `[phone]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PhoneTable {
    pub(crate) region: Option<Text>,
    pub(crate) check: Option<Text>,
}

/// `[limits]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsTable {
    pub(crate) rate: Option<Several>,
    pub(crate) burst: Option<Text>,
    pub(crate) batch_size: Option<Text>,
    pub(crate) max_batch_size: Option<Text>,
    pub(crate) max_batch_bytes: Option<Text>,
    pub(crate) concurrency: Option<Text>,
    pub(crate) connect_timeout: Option<Text>,
    pub(crate) timeout: Option<Text>,
    pub(crate) max_attempts: Option<Text>,
    pub(crate) max_wait: Option<Text>,
    pub(crate) max_outage: Option<Text>,
    pub(crate) max_duration: Option<Text>,
    pub(crate) window: Option<Text>,
    pub(crate) grace: Option<Text>,
    pub(crate) max_failure_share: Option<Text>,
}

/// `[guard]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GuardTable {
    pub(crate) max_records: Option<Text>,
    pub(crate) min_records: Option<Text>,
    pub(crate) max_growth: Option<Text>,
    pub(crate) max_input_age: Option<Text>,
}

/// `[canary]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CanaryTable {
    pub(crate) records: Option<Text>,
}

/// `[accept]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AcceptTable {
    pub(crate) failed: Option<Text>,
    pub(crate) rejected: Option<Text>,
    pub(crate) not_found: Option<Text>,
    pub(crate) diverged: Option<Text>,
}

/// `[report]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportTable {
    pub(crate) contacts: Option<Text>,
    pub(crate) values: Option<Text>,
    pub(crate) xlsx: Option<bool>,
    pub(crate) metrics_file: Option<Text>,
}

/// `[runs]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RunsTable {
    pub(crate) dir: Option<Text>,
    pub(crate) keep_days: Option<Text>,
}

/// `[notify]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NotifyTable {
    pub(crate) on: Option<Several>,
    pub(crate) ping_url_env: Option<Text>,
    pub(crate) ping_url_file: Option<Text>,
    pub(crate) webhook_url_env: Option<Text>,
    pub(crate) webhook_url_file: Option<Text>,
}
