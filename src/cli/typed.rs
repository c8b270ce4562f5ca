//! The options that stand over a job file: what clap reads, and how it becomes the plan's `Options`.
//!
//! Every one has a row in the plan's table, where its meaning is written; values stay text until the plan reads them.

use clap::Args;

use crate::config::{
    AcceptTable, CanaryTable, Fields, GuardTable, InputTable, LimitsTable, NotifyTable, PhoneTable,
    ReportTable, RunsTable, Several, Tables, TargetTable, Text,
};

/// All of them.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    credentials: CredentialArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    guards: GuardArgs,
    #[command(flatten)]
    accept: AcceptArgs,
    #[command(flatten)]
    report: ReportingArgs,
    #[command(flatten)]
    notify: NotifyArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
struct TargetArgs {
    #[arg(long, value_name = "URL")]
    host: Option<String>,
    #[arg(long, value_name = "ID")]
    stream_id: Option<String>,
    #[arg(long, value_name = "ID")]
    account_id: Option<String>,
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[arg(long, value_name = "FILE")]
    ca_file: Option<String>,
}

/// Where the credential is found; never the credential itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Credentials")]
pub(super) struct CredentialArgs {
    #[arg(long, value_name = "NAME")]
    client_secret_env: Option<String>,
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<String>,
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    client_secret_command: Option<Vec<String>>,
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    #[arg(long, value_name = "FILE")]
    token_file: Option<String>,
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    token_command: Option<Vec<String>>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
struct InputArgs {
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<String>,
    #[arg(long, value_name = "NAME|N")]
    sheet: Option<String>,
    #[arg(long, value_name = "ROW")]
    header_row: Option<String>,
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<String>,
    #[arg(long, value_name = "send|skip")]
    hidden_rows: Option<String>,
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<bool>,
    #[arg(long, value_name = "FORMAT")]
    id_format: Option<String>,
    #[arg(long, value_name = "reject|first|last")]
    on_duplicate: Option<String>,
    #[arg(long, value_name = "N")]
    first: Option<String>,
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    except: Option<Vec<String>>,
    #[arg(long, value_name = "FIELD=HEADER", value_parser = assignment)]
    map: Option<Vec<(String, String)>>,
    #[arg(long, value_name = "FIELD=VALUE", value_parser = assignment)]
    set: Option<Vec<(String, String)>>,
    #[arg(long, value_name = "XX")]
    region: Option<String>,
    #[arg(long, value_name = "valid|possible")]
    phone_check: Option<String>,
}

/// `[limits]`
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    #[arg(long, value_name = "N/TIME", value_delimiter = ',')]
    rate: Option<Vec<String>>,
    #[arg(long, value_name = "N")]
    burst: Option<String>,
    #[arg(long, value_name = "N|auto")]
    batch_size: Option<String>,
    #[arg(long, value_name = "N")]
    max_batch_size: Option<String>,
    #[arg(long, value_name = "SIZE")]
    max_batch_bytes: Option<String>,
    #[arg(long, value_name = "N|auto")]
    concurrency: Option<String>,
    #[arg(long, value_name = "TIME")]
    connect_timeout: Option<String>,
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    #[arg(long, value_name = "N")]
    max_attempts: Option<String>,
    #[arg(long, value_name = "TIME")]
    max_wait: Option<String>,
    #[arg(long, value_name = "TIME")]
    max_outage: Option<String>,
    #[arg(long, value_name = "TIME")]
    max_duration: Option<String>,
    #[arg(long, value_name = "HH:MM-HH:MM")]
    window: Option<String>,
    #[arg(long, value_name = "TIME")]
    grace: Option<String>,
    #[arg(long, value_name = "SHARE")]
    max_failure_share: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Guards")]
struct GuardArgs {
    #[arg(long, value_name = "N")]
    max_records: Option<String>,
    #[arg(long, value_name = "N")]
    min_records: Option<String>,
    #[arg(long, value_name = "SHARE")]
    max_growth: Option<String>,
    #[arg(long, value_name = "TIME")]
    max_input_age: Option<String>,
    #[arg(long, value_name = "N")]
    canary: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What still exits 0")]
struct AcceptArgs {
    #[arg(long = "accept-failed", value_name = "N|SHARE")]
    failed: Option<String>,
    #[arg(long = "accept-rejected", value_name = "N|SHARE")]
    rejected: Option<String>,
    #[arg(long = "accept-not-found", value_name = "N|SHARE")]
    not_found: Option<String>,
    #[arg(long = "accept-diverged", value_name = "N|SHARE")]
    diverged: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report and runs")]
struct ReportingArgs {
    #[arg(long, value_name = "full|ids")]
    contacts: Option<String>,
    #[arg(long, value_name = "masked|full")]
    values: Option<String>,
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    xlsx: Option<bool>,
    #[arg(long, value_name = "FILE")]
    metrics_file: Option<String>,
    #[arg(long, value_name = "DIR")]
    runs_dir: Option<String>,
    #[arg(long, value_name = "N")]
    keep_days: Option<String>,
}

/// `[notify]`
#[derive(Debug, Args)]
#[command(next_help_heading = "Alerts")]
struct NotifyArgs {
    #[arg(long = "notify-on", value_name = "WHEN", value_delimiter = ',')]
    on: Option<Vec<String>>,
    #[arg(long, value_name = "NAME")]
    ping_url_env: Option<String>,
    #[arg(long, value_name = "FILE")]
    ping_url_file: Option<String>,
    #[arg(long, value_name = "NAME")]
    webhook_url_env: Option<String>,
    #[arg(long, value_name = "FILE")]
    webhook_url_file: Option<String>,
}

/// `FIELD=TEXT`; the text may hold more `=`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.trim().is_empty() => {
            Ok((field.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write FIELD=TEXT, such as `firstName=Given Name`".to_owned()),
    }
}

pub(super) fn text(typed: Option<String>) -> Option<Text> {
    typed.map(Text)
}

pub(super) fn fields(typed: Option<Vec<(String, String)>>) -> Option<Fields> {
    typed.map(|pairs| Fields(pairs.into_iter().collect()))
}

impl PlanArgs {
    /// The same in the job file's form.
    pub(super) fn tables(self) -> Tables {
        let Self { name, target, credentials, input, limits, guards, accept, report, notify } =
            self;
        let GuardArgs { max_records, min_records, max_growth, max_input_age, canary } = guards;
        let ReportingArgs { contacts, values, xlsx, metrics_file, runs_dir, keep_days } = report;
        Tables {
            operation: None,
            name: text(name),
            target: target.over(credentials.table()),
            phone: PhoneTable {
                region: text(input.region.clone()),
                check: text(input.phone_check.clone()),
            },
            input: input.table(),
            limits: limits.table(),
            guard: GuardTable {
                max_records: text(max_records),
                min_records: text(min_records),
                max_growth: text(max_growth),
                max_input_age: text(max_input_age),
            },
            canary: CanaryTable { records: text(canary) },
            accept: accept.table(),
            report: ReportTable {
                contacts: text(contacts),
                values: text(values),
                xlsx,
                metrics_file: text(metrics_file),
            },
            runs: RunsTable { dir: text(runs_dir), keep_days: text(keep_days) },
            notify: notify.table(),
        }
    }
}

impl TargetArgs {
    fn over(self, credentials: TargetTable) -> TargetTable {
        TargetTable {
            host: text(self.host),
            stream_id: text(self.stream_id),
            account_id: text(self.account_id),
            client_id: text(self.client_id),
            ca_file: text(self.ca_file),
            ..credentials
        }
    }
}

impl CredentialArgs {
    pub(super) fn table(self) -> TargetTable {
        TargetTable {
            client_secret_env: text(self.client_secret_env),
            client_secret_file: text(self.client_secret_file),
            client_secret_command: self.client_secret_command,
            token_env: text(self.token_env),
            token_file: text(self.token_file),
            token_command: self.token_command,
            ..TargetTable::default()
        }
    }
}

impl InputArgs {
    fn table(self) -> InputTable {
        InputTable {
            format: text(self.input_format),
            sheet: text(self.sheet),
            header_row: text(self.header_row),
            encoding: text(self.encoding),
            delimiter: text(self.delimiter),
            hidden_rows: text(self.hidden_rows),
            strict: self.strict,
            id_format: text(self.id_format),
            on_duplicate: text(self.on_duplicate),
            first: text(self.first),
            except: self.except.map(Several),
            columns: fields(self.map),
            defaults: fields(self.set),
            path: None,
            send_if: None,
            skip_if: None,
        }
    }
}

impl LimitArgs {
    pub(super) fn table(self) -> LimitsTable {
        LimitsTable {
            rate: self.rate.map(Several),
            burst: text(self.burst),
            batch_size: text(self.batch_size),
            max_batch_size: text(self.max_batch_size),
            max_batch_bytes: text(self.max_batch_bytes),
            concurrency: text(self.concurrency),
            connect_timeout: text(self.connect_timeout),
            timeout: text(self.timeout),
            max_attempts: text(self.max_attempts),
            max_wait: text(self.max_wait),
            max_outage: text(self.max_outage),
            max_duration: text(self.max_duration),
            window: text(self.window),
            grace: text(self.grace),
            max_failure_share: text(self.max_failure_share),
        }
    }
}

impl AcceptArgs {
    fn table(self) -> AcceptTable {
        AcceptTable {
            failed: text(self.failed),
            rejected: text(self.rejected),
            not_found: text(self.not_found),
            diverged: text(self.diverged),
        }
    }
}

impl NotifyArgs {
    fn table(self) -> NotifyTable {
        NotifyTable {
            on: self.on.map(Several),
            ping_url_env: text(self.ping_url_env),
            ping_url_file: text(self.ping_url_file),
            webhook_url_env: text(self.webhook_url_env),
            webhook_url_file: text(self.webhook_url_file),
        }
    }
}
