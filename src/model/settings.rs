//! The resolved settings of a run, one slice per room. No `Option` where a default exists.
//!
//! The plan is made of these; each room is handed its own slice and nothing else. They are stored
//! whole in the journal, so they hold no secret: credentials stand here only as where to find them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::Operation;

/// Where the records go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `https://platform.kore.ai`: scheme and authority, no trailing slash.
    /// For a sandbox target the word `sandbox` until the run has started its server.
    pub host: String,
    /// `st-` + UUID; also the `iid` header of the campaign API.
    pub stream_id: String,
    /// 24 hex characters.
    pub account_id: String,
    /// `cs-…`, the `appId` claim; empty with a ready token.
    pub client_id: String,
    /// Where the secret or the token is found.
    pub credentials: Credentials,
    /// A PEM file of certificate authorities to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Target {
    /// Whether this run starts its own local server.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.credentials == Credentials::Sandbox
    }
}

/// Where a credential is found. Never the credential itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// The client secret, which signs each request.
    Secret(SecretSource),
    /// A ready token: a file is read again for each request, a command run again when one is refused.
    Token(SecretSource),
    /// The sandbox's own, made for the run.
    Sandbox,
}

/// Where a secret, a token or a URL that holds one is found. Never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// In an environment variable, by its name.
    Env(String),
    /// In a file, absolute (one trailing line break is dropped).
    File(PathBuf),
    /// On the standard output of a command, given as an argument vector.
    Command(Vec<String>),
}

impl SecretSource {
    /// The environment variable, where it is one.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Env(name) => Some(name),
            Self::File(_) | Self::Command(_) => None,
        }
    }
}

impl Credentials {
    /// The systemd unit that alone has this credential, and only while it runs (`LoadCredential=`).
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Secret(SecretSource::File(path)) | Self::Token(SecretSource::File(path)) => {
                unit_of(path)
            }
            _ => None,
        }
    }
}

/// The systemd unit in whose credentials directory a file lies.
#[must_use]
pub fn unit_of(credential: &Path) -> Option<&str> {
    credential.strip_prefix("/run/credentials").ok()?.iter().next()?.to_str()
}

/// The loading room's slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSettings {
    /// Paths, globs and strftime patterns as given; `-` is standard input.
    pub paths: Vec<String>,
    /// The directory that relative paths start from.
    pub base: PathBuf,
    /// How the files are written.
    pub format: Format,
    /// A sheet's name or its number from 1.
    pub sheet: Option<String>,
    /// The row that holds the header, from 1, as the person counts it; 0: there is none.
    pub header_row: Option<u32>,
    /// A WHATWG encoding label such as `windows-1252`.
    pub encoding: Option<String>,
    /// The byte between fields.
    pub delimiter: Option<u8>,
    /// What to do with rows that the spreadsheet hides.
    pub hidden_rows: Option<HiddenRows>,
}

/// `[input] except`: lists of ids or phone numbers that no operation touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptSettings {
    /// Paths, globs and strftime patterns as given.
    pub paths: Vec<String>,
    /// The directory that relative paths start from.
    pub base: PathBuf,
}

/// File formats. `Auto` goes by name and content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// By name and content.
    #[default]
    Auto,
    /// Delimited text.
    Csv,
    /// Delimited by tabs.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Office Open XML workbook.
    Xlsx,
    /// Excel 97–2003 workbook.
    Xls,
    /// Excel binary workbook.
    Xlsb,
    /// `OpenDocument` spreadsheet.
    Ods,
}

impl Format {
    /// The word used in job files and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Xlsb => "xlsb",
            Self::Ods => "ods",
        }
    }
}

/// The answer to hidden rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HiddenRows {
    /// They are sent like all others.
    Send,
    /// They are `skipped`.
    Skip,
}

/// The mapping room's slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapSettings {
    /// Decides which fields are required.
    pub operation: Operation,
    /// API field (dotted) → header of the input.
    pub columns: BTreeMap<String, String>,
    /// API field (dotted) → constant for records that have no value of their own.
    pub defaults: BTreeMap<String, String>,
    /// Which ids are accepted.
    pub id_format: IdFormat,
    /// What happens to records of the same id and different content.
    pub on_duplicate: OnDuplicate,
    /// Only the first N records are sent; 0 means all.
    pub first: u64,
    /// No value is changed on its way.
    pub strict: bool,
    /// All must hold for a record to be sent.
    pub send_if: Vec<Rule>,
    /// Any that holds keeps a record back.
    pub skip_if: Vec<Rule>,
    /// ISO 3166 region for phone numbers without a country code.
    pub phone_region: Option<String>,
    /// What a phone number that has to be taken apart must be.
    pub phone_check: PhoneCheck,
    /// Bytes that one record may have in a request (`limits.max_batch_bytes` less the envelope).
    pub max_record_bytes: u64,
}

/// What a phone number that has to be taken apart must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneCheck {
    /// In a number range of its country.
    #[default]
    Valid,
    /// As long as numbers of its country are.
    Possible,
}

/// Which ids are accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdFormat {
    /// 24 hex characters; contact lists: `cl-` and a UUID-like string.
    #[default]
    Objectid,
    /// 1 to 128 unreserved URI characters, no route of the API, not `.` or `..`.
    Any,
}

/// What happens to records of the same id and different content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDuplicate {
    /// All of them are rejected, each naming another.
    #[default]
    Reject,
    /// The first is sent, the others are skipped.
    First,
    /// The last is sent, the others are skipped.
    Last,
}

/// One rule of `[[input.send_if]]` or `[[input.skip_if]]`. Exactly one test is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The input's column (or dotted path in a JSON object).
    pub column: String,
    /// Whether letter case counts.
    pub case: bool,
    /// The test.
    pub test: RuleTest,
}

/// The tests of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTest {
    /// Equal after trimming.
    Is(String),
    /// Equal to one of these after trimming.
    In(Vec<String>),
    /// A regular expression finds something.
    Matches(String),
    /// The date is before this one (RFC 3339 or `YYYY-MM-DD`).
    Before(String),
    /// The date is after this one.
    After(String),
    /// The date lies at least this far back from the start of the run.
    OlderThan(Duration),
    /// The date lies less far back than this.
    NewerThan(Duration),
}

/// The sending room's slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Windows that all hold at once; empty for `none` (loopback only).
    pub rate: Vec<RateWindow>,
    /// Requests that may leave at once after a pause.
    pub burst: u32,
    /// Records per request.
    pub batch_size: Auto,
    /// The largest batch that `auto` tries, records.
    pub max_batch_size: u32,
    /// The largest request body, bytes.
    pub max_batch_bytes: u64,
    /// Requests in flight at once.
    pub concurrency: Auto,
    /// For the connection.
    pub connect_timeout: Duration,
    /// For one request, connection included.
    pub timeout: Duration,
    /// Sends of one record that end without an answer.
    pub max_attempts: u16,
    /// The longest `Retry-After` that is waited for.
    pub max_wait: Duration,
    /// How long the server may be out of reach.
    pub max_outage: Duration,
    /// How long the run may take.
    pub max_duration: Option<Duration>,
    /// The hours of the day in which requests may leave.
    #[serde(default)]
    pub window: Option<DailyWindow>,
    /// How long requests in flight may take to finish once the run is stopping.
    pub grace: Duration,
    /// Share of failed records among the verdicts, after 200 of them.
    pub max_failure_share: f64,
}

/// Hours of every day, in the local time zone; across midnight where it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyWindow {
    /// Its beginning.
    pub from: jiff::civil::Time,
    /// Its end, never equal to the beginning.
    pub until: jiff::civil::Time,
}

impl std::fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, until } = self;
        write!(f, "{}-{}", from.strftime("%H:%M"), until.strftime("%H:%M"))
    }
}

/// `[notify]`: who is told how runs end. URLs are credentials: only where they are found stands here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifySettings {
    /// What the webhook is told of.
    pub on: Vec<NotifyOn>,
    /// A dead man's switch in the manner of healthchecks services.
    pub ping_url: Option<SecretSource>,
    /// Takes a JSON object, Slack's `text` in it.
    pub webhook_url: Option<SecretSource>,
}

/// What the webhook is told of.
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

/// At most so many requests in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RateWindow {
    /// Requests.
    pub permits: u32,
    /// The window.
    pub window: Duration,
}

/// A number, or korebulk's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auto {
    /// Found while running.
    Auto,
    /// Fixed.
    Fixed(u32),
}

/// `[guard]`: before the first byte, over what would be sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// At most so many.
    pub max_records: Option<u64>,
    /// At least so many.
    pub min_records: u64,
    /// At most so much of the median of the last seven finished runs; 3.0 is `300%`.
    pub max_growth: Option<f64>,
    /// The input files may not be older.
    pub max_input_age: Option<Duration>,
}

/// `[accept]`: what the run still exits 0 with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Accept {
    /// Failed records; those not found count here only where `not_found` does not admit them.
    pub failed: Tolerance,
    /// Rejected records.
    pub rejected: Tolerance,
    /// Failed records that the server does not know.
    pub not_found: Tolerance,
    /// Diverged records; `None`: no effect.
    pub diverged: Option<Tolerance>,
}

/// A count, or a share of the records read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tolerance {
    /// At most so many.
    Count(u64),
    /// At most this share of what was read, 0 to 1.
    Share(f64),
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl Tolerance {
    /// Whether `count` of `read` records is within it.
    #[must_use]
    pub fn admits(self, count: u64, read: u64) -> bool {
        match self {
            Self::Count(most) => count <= most,
            #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
            Self::Share(share) => count as f64 <= share * read as f64,
        }
    }
}

/// `[report]`: how much personal data the report keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSettings {
    /// What of a succeeded record is kept.
    pub contacts: Contacts,
    /// Whether values are shown in HTML and on screen.
    pub values: Values,
    /// `outcome.xlsx` for any input, not only spreadsheets.
    pub xlsx: bool,
}

/// What of a succeeded record is kept in `report.json`.
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

/// `[runs]`: where runs are kept, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsSettings {
    /// The runs directory, absolute.
    pub dir: PathBuf,
    /// Days after which contact data is scrubbed.
    pub keep_days: u32,
}

/// The user's state directory for korebulk: `KOREBULK_STATE_DIR`, else `$XDG_STATE_HOME/korebulk`,
/// else `~/.local/state/korebulk`; `None` where the environment names none. A relative
/// `XDG_STATE_HOME` does not count, as its specification has it.
///
/// Locks and the quota shared with other processes are kept there. `env` looks up a variable.
#[must_use]
pub fn state_dir(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = env("KOREBULK_STATE_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
    own.or_else(|| Some(absolute("XDG_STATE_HOME")?.join("korebulk")))
        .or_else(|| Some(absolute("HOME")?.join(".local/state/korebulk")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_directory_is_the_first_that_the_environment_names() {
        let variables =
            [("KOREBULK_STATE_DIR", "/own"), ("XDG_STATE_HOME", "/xdg"), ("HOME", "/home/a")];
        let found = |from: usize| {
            state_dir(|name| {
                let known = variables[from..].iter().find(|(known, _)| *known == name);
                known.map(|(_, value)| (*value).to_owned())
            })
        };
        let expected = ["/own", "/xdg/korebulk", "/home/a/.local/state/korebulk"];
        assert_eq!([0, 1, 2].map(found), expected.map(|path| Some(path.into())));
        assert_eq!(found(3), None);
    }

    #[test]
    fn only_our_own_variable_may_name_a_relative_state_directory() {
        let set = |set| state_dir(move |name| (name == set).then(|| "here".to_owned()));
        assert_eq!(set("KOREBULK_STATE_DIR"), Some("here".into()));
        assert_eq!(set("XDG_STATE_HOME"), None);
    }
}
