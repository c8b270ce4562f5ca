//! What is written about a run, where it is stored, and who is notified.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::target::SecretSource;
use super::word::Word;

/// `[report]`: how much personal data the report stores.
///
/// `default()` is empty: korebulk's defaults are in the settings table (`config/rows/`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSettings {
    /// What of a succeeded record is stored.
    pub contacts: Contacts,
    /// Whether values are shown in HTML and on screen.
    pub values: Values,
    /// `outcome.xlsx` for any input, not only spreadsheets.
    pub xlsx: bool,
}

/// What of a succeeded record is stored in `report.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contacts {
    /// The server's own entry, whole.
    #[default]
    Full,
    /// Its id.
    Ids,
}

/// Whether values are shown in HTML and on screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// `j…` instead of `john`.
    #[default]
    Masked,
    /// As they are.
    Full,
}

/// `[runs]`: where runs are stored, and for how long.
///
/// `default()` is empty: korebulk's defaults are in the settings table (`config/rows/`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsSettings {
    /// The runs directory, absolute.
    pub dir: PathBuf,
    /// Days after which contact data is scrubbed.
    pub keep_days: u32,
}

impl Word for Contacts {
    const NAME: &'static str = "full|ids";
    const WORDS: &'static [(&'static str, Self)] = &[("full", Self::Full), ("ids", Self::Ids)];
}

impl Word for Values {
    const NAME: &'static str = "masked|full";
    const WORDS: &'static [(&'static str, Self)] =
        &[("masked", Self::Masked), ("full", Self::Full)];
}

/// `[notify]`: who is notified of how runs end. URLs are credentials: this holds only where they are found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifySettings {
    /// What the webhook is notified of.
    pub on: Vec<NotifyOn>,
    /// A dead man's switch in the manner of healthchecks services.
    pub ping_url: Option<SecretSource>,
    /// Takes a JSON object, Slack's `text` in it.
    pub webhook_url: Option<SecretSource>,
    /// A Prometheus Pushgateway, which takes the metrics.
    pub push_url: Option<SecretSource>,
}

/// What the webhook is notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyOn {
    /// A run that should worry somebody, once per change of state, again after three days.
    Failure,
    /// The first good run after one that was not.
    Recovery,
    /// The end of every run.
    Always,
}

impl Word for NotifyOn {
    const NAME: &'static str = "WHEN";
    const WORDS: &'static [(&'static str, Self)] =
        &[("failure", Self::Failure), ("recovery", Self::Recovery), ("always", Self::Always)];
}
