//! Every option of a run in one table: option, job-file key, environment, default, meaning.
//!
//! `--help` and the README take their words from here; tests hold it against the command line and the file's model.

use std::fmt::Write as _;

/// One row: an option and its key. What has no option or no key says so with `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Setting {
    /// The option, with its dashes.
    pub option: Option<&'static str>,
    /// The job-file key, dotted.
    pub key: Option<&'static str>,
    /// The environment variable that fills it when nothing else does.
    pub environment: Option<&'static str>,
    /// The default, as it would be written; empty where there is none.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl Setting {
    const fn new(
        option: &'static str,
        key: &'static str,
        default: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { option: Some(option), key: Some(key), environment: None, default, meaning }
    }

    const fn from(mut self, environment: &'static str) -> Self {
        self.environment = Some(environment);
        self
    }

    const fn key_only(key: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { option: None, key: Some(key), environment: None, default, meaning }
    }

    const fn option_only(option: &'static str, meaning: &'static str) -> Self {
        Self { option: Some(option), key: None, environment: None, default: "", meaning }
    }
}

/// Every row, in the order of the job file.
#[must_use]
pub const fn table() -> &'static [Setting] {
    &TABLE
}

/// The row of a job-file key; a field of `input.columns` or `input.defaults` has the row of its table.
pub(super) fn setting(key: &str) -> Option<&'static Setting> {
    let row = |key: &str| TABLE.iter().find(|setting| setting.key == Some(key));
    row(key)
        .or_else(|| row("input.columns").filter(|_| key.starts_with("input.columns.")))
        .or_else(|| row("input.defaults").filter(|_| key.starts_with("input.defaults.")))
}

/// The table as the README has it.
#[must_use]
pub fn markdown() -> String {
    let code = |text: Option<&str>| match text {
        Some(text) if !text.is_empty() => format!("`{}`", text.replace('|', "\\|")),
        _ => String::new(),
    };
    let mut table = String::from(
        "| option | job file | environment | default | meaning |\n|---|---|---|---|---|\n",
    );
    for row in &TABLE {
        let [option, key, environment] = [code(row.option), code(row.key), code(row.environment)];
        let (default, meaning) = (code(Some(row.default)), row.meaning.replace('|', "\\|"));
        writeln!(table, "| {option} | {key} | {environment} | {default} | {meaning} |")
            .expect("writing to a String cannot fail");
    }
    table
}

const TABLE: [Setting; 73] = [
    Setting::key_only("operation", "", "What is done: bulk-update, bulk-delete, delete-contact or delete-contact-list (without a job file: the command)"),
    Setting::new("--name", "name", "", "The job's name; else the job file's stem, else the operation"),
    Setting::new("--host", "target.host", "", "Where the API is, such as https://platform.kore.ai; `sandbox` starts a local server for the run").from("KOREBULK_HOST"),
    Setting::new("--stream-id", "target.stream_id", "", "The app's stream or bot id, st-…").from("KOREBULK_STREAM_ID"),
    Setting::new("--account-id", "target.account_id", "", "The account's id, 24 hex characters").from("KOREBULK_ACCOUNT_ID"),
    Setting::new("--client-id", "target.client_id", "", "The API app's client id, cs-…; not needed with a ready token").from("KOREBULK_CLIENT_ID"),
    Setting::new("--client-secret-env", "target.client_secret_env", "KOREBULK_CLIENT_SECRET", "The environment variable that holds the client secret").from("KOREBULK_CLIENT_SECRET"),
    Setting::new("--client-secret-file", "target.client_secret_file", "", "The file that holds the client secret"),
    Setting::new("--client-secret-command", "target.client_secret_command", "", "The command that prints the client secret: a program and its arguments, one option for each"),
    Setting::new("--token-env", "target.token_env", "", "The environment variable that holds a ready token; KOREBULK_TOKEN where it is set and no source is named").from("KOREBULK_TOKEN"),
    Setting::new("--token-file", "target.token_file", "", "The file that holds a ready token, read again for each request"),
    Setting::new("--token-command", "target.token_command", "", "The command that prints a ready token: a program and its arguments, one option for each"),
    Setting::new("--ca-file", "target.ca_file", "", "A PEM file of certificate authorities to trust beside the system's"),
    Setting::new("--input", "input.path", "", "The files to read: paths, patterns, strftime; `-` is standard input (without a job file: the arguments)"),
    Setting::new("--input-format", "input.format", "auto", "How the input is written: auto, csv, tsv, jsonl, json, xlsx, xls, xlsb or ods"),
    Setting::new("--sheet", "input.sheet", "", "The sheet of a workbook, by name or by number from 1"),
    Setting::new("--header-row", "input.header_row", "", "The row that holds the header, from 1; 0: there is none"),
    Setting::new("--encoding", "input.encoding", "", "The text's encoding, such as windows-1252"),
    Setting::new("--delimiter", "input.delimiter", "", "The character between fields, or `tab`"),
    Setting::new("--hidden-rows", "input.hidden_rows", "", "What becomes of rows that the spreadsheet hides: send or skip"),
    Setting::new("--strict", "input.strict", "false", "No value is changed on its way"),
    Setting::new("--id-format", "input.id_format", "objectid", "Which ids are accepted: objectid, or any that is safe in a path"),
    Setting::new("--on-duplicate", "input.on_duplicate", "reject", "One id with different contents: reject all of them, or send the first or the last"),
    Setting::new("--first", "input.first", "0", "Only the first N records are sent, the rest is skipped; 0 means all"),
    Setting::new("--except", "input.except", "", "Lists of ids or phone numbers that are never touched: files, read as the input is; those records are skipped"),
    Setting::new("--map", "input.columns", "", "The column that feeds a field: FIELD=HEADER, fields as the API names them"),
    Setting::new("--set", "input.defaults", "", "A constant for records that have no value of their own: FIELD=VALUE"),
    Setting::key_only("input.send_if", "", "Rules that must all hold for a record to be sent; letter case counts unless the rule says `case = false`"),
    Setting::key_only("input.skip_if", "", "Rules of which any keeps a record back; letter case does not count unless the rule says `case = true`"),
    Setting::new("--region", "phone.region", "", "The region of phone numbers without a country code, such as IN"),
    Setting::new("--phone-check", "phone.check", "valid", "What a written phone number has to be: valid in its country's numbering plan, or possible by its length"),
    Setting::new("--rate", "limits.rate", "50/min", "Requests per window; several hold at once; `none` on loopback only (a sandbox's default)"),
    Setting::new("--burst", "limits.burst", "1", "Requests that may leave at once after a pause"),
    Setting::new("--batch-size", "limits.batch_size", "auto", "Records per request"),
    Setting::new("--max-batch-size", "limits.max_batch_size", "1000", "The largest batch that `auto` tries, records"),
    Setting::new("--max-batch-bytes", "limits.max_batch_bytes", "1MiB", "The largest request body"),
    Setting::new("--concurrency", "limits.concurrency", "auto", "Requests in flight at once, up to 32"),
    Setting::new("--connect-timeout", "limits.connect_timeout", "10s", "How long a connection may take"),
    Setting::new("--timeout", "limits.timeout", "60s", "How long one request may take"),
    Setting::new("--max-attempts", "limits.max_attempts", "5", "Sends of one record that end without an answer"),
    Setting::new("--max-wait", "limits.max_wait", "1h", "The longest Retry-After that is waited for"),
    Setting::new("--max-outage", "limits.max_outage", "15m", "How long the server may be out of reach"),
    Setting::new("--max-duration", "limits.max_duration", "", "How long the run may take"),
    Setting::new("--window", "limits.window", "", "The hours in which may be sent, such as 22:00-06:00, local time; the run stops at their end"),
    Setting::new("--grace", "limits.grace", "30s", "How long requests in flight may take once the run is stopping"),
    Setting::new("--max-failure-share", "limits.max_failure_share", "0.5", "The share of failed records that stops the run, after 200 verdicts"),
    Setting::new("--max-records", "guard.max_records", "", "Nothing is sent if more records would be; needed for a run without terminal and --yes"),
    Setting::new("--min-records", "guard.min_records", "0", "Nothing is sent if fewer records would be"),
    Setting::new("--max-growth", "guard.max_growth", "", "Nothing is sent if more than this share of the usual would be, such as 300%"),
    Setting::new("--max-input-age", "guard.max_input_age", "", "Nothing is sent if an input file is older"),
    Setting::new("--canary", "canary.records", "0", "A first batch of N records in which any failure stops the run"),
    Setting::new("--accept-failed", "accept.failed", "0", "Failed records that still exit 0: a count or a share such as 5%"),
    Setting::new("--accept-rejected", "accept.rejected", "0", "Rejected records that still exit 0"),
    Setting::new("--accept-not-found", "accept.not_found", "0", "Records unknown to the server that still exit 0"),
    Setting::new("--accept-diverged", "accept.diverged", "", "Diverged records that still exit 0; no effect unless set"),
    Setting::new("--contacts", "report.contacts", "full", "What the report keeps of a succeeded record: full, or ids only"),
    Setting::new("--values", "report.values", "masked", "Contact values in HTML and on screen: masked or full"),
    Setting::new("--xlsx", "report.xlsx", "false", "Write outcome.xlsx for any input"),
    Setting::new("--metrics-file", "report.metrics_file", "", "A .prom file for node_exporter's textfile collector, written at the end of the run"),
    Setting::new("--runs-dir", "runs.dir", "korebulk-runs", "Where runs are kept; by default beside the job file").from("KOREBULK_RUNS_DIR"),
    Setting::new("--keep-days", "runs.keep_days", "30", "Days after which contact data is scrubbed from a run"),
    Setting::new("--notify-on", "notify.on", "failure, recovery", "What the webhook is told of: failure, recovery, always"),
    Setting::new("--ping-url-env", "notify.ping_url_env", "", "The environment variable that holds the URL of a healthchecks-style service"),
    Setting::new("--ping-url-file", "notify.ping_url_file", "", "The file that holds that URL"),
    Setting::new("--webhook-url-env", "notify.webhook_url_env", "", "The environment variable that holds the URL of a JSON webhook, such as Slack's"),
    Setting::new("--webhook-url-file", "notify.webhook_url_file", "", "The file that holds that URL"),
    Setting::option_only("--yes", "Do not ask before sending"),
    Setting::option_only("--dry-run", "Show the plan and send nothing"),
    Setting::option_only("--or-resume", "Finish this job's interrupted run instead, if there is one"),
    Setting::option_only("--plan", "Go on only if everything is still as the plan of this id saw it"),
    Setting::option_only("--reason", "Why this run is made: for the report and the audit"),
    Setting::option_only("--show-values", "Show contact values in the plan and the prompt as they are"),
    Setting::option_only("--format", "How the result is printed on standard output: text or json"),
];
