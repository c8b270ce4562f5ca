//! What may be typed for `korebulk sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::commands::SandboxOptions;
use crate::config;
use crate::model::settings::RateWindow;

#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Where it listens, on this machine only; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// The SQLite file that holds its data; in memory without one
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// A file of contacts or contact lists to start with
    #[arg(long, value_name = "FILE")]
    seed: Vec<PathBuf>,
    /// Start with the sample account: 4,000 contacts, lists and campaigns, always the same
    #[arg(long)]
    sample: bool,
    /// The account's quota; several hold at once
    #[arg(long, value_name = "N/TIME", value_delimiter = ',', default_value = "60/min", value_parser = config::rate_window, help_heading = "Quota and limits")]
    rate: Vec<RateWindow>,
    /// No quota
    #[arg(long, help_heading = "Quota and limits")]
    no_quota: bool,
    /// The largest batch it takes, records
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Quota and limits")]
    max_batch: Option<u32>,
    /// The largest body it takes
    #[arg(long, value_name = "SIZE", value_parser = config::size, help_heading = "Quota and limits")]
    max_batch_bytes: Option<u64>,
    /// What a larger batch or body meets
    #[arg(
        long,
        value_enum,
        value_name = "ANSWER",
        default_value = "413",
        help_heading = "Quota and limits"
    )]
    over_limit: OverLimit,
    /// A fault to show: NAME or NAME:KEY=VALUE,…, such as throttle:every=7,retry-after=2
    #[arg(long, value_name = "FAULT", help_heading = "Faults")]
    fault: Vec<String>,
    /// Decides whatever a share chooses
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Faults")]
    fault_seed: u64,
    /// The only stream id it knows
    #[arg(long, value_name = "ID", help_heading = "Credentials")]
    stream_id: Option<String>,
    /// The only account id it knows
    #[arg(long, value_name = "ID", help_heading = "Credentials")]
    account_id: Option<String>,
    /// The only client id it knows
    #[arg(long, value_name = "ID", help_heading = "Credentials")]
    client_id: Option<String>,
    /// The environment variable that holds the secret it verifies
    #[arg(long, value_name = "NAME", help_heading = "Credentials")]
    client_secret_env: Option<String>,
    /// Refuse tokens without `jti`, as apps can be set to
    #[arg(long, help_heading = "Credentials")]
    require_jti: bool,
}

/// What a batch beyond the limit meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OverLimit {
    /// 413 with an error envelope
    #[value(name = "413")]
    TooLarge,
    /// 400 with an error envelope
    #[value(name = "400")]
    BadRequest,
    /// 502 with a page of HTML
    #[value(name = "502")]
    BadGateway,
    /// No answer at all
    Hang,
    /// The rest of the records is dropped without a word
    Drop,
}

impl SandboxArgs {
    pub(super) fn options(self) -> SandboxOptions {
        SandboxOptions {
            bind: self.bind,
            data: self.data,
            seed: self.seed,
            sample: self.sample,
            quota: if self.no_quota { Vec::new() } else { self.rate },
            max_batch: self.max_batch,
            max_batch_bytes: self.max_batch_bytes,
            over_limit: match self.over_limit {
                OverLimit::TooLarge => "413",
                OverLimit::BadRequest => "400",
                OverLimit::BadGateway => "502",
                OverLimit::Hang => "hang",
                OverLimit::Drop => "drop",
            },
            faults: self.fault,
            fault_seed: self.fault_seed,
            stream_id: self.stream_id,
            account_id: self.account_id,
            client_id: self.client_id,
            client_secret_env: self.client_secret_env,
            require_jti: self.require_jti,
        }
    }
}
