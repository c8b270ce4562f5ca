//! `sandbox`: the local server on its own, until a signal stops it.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::base::shell::setting;
use crate::base::terminal;
use crate::model::settings::RateWindow;
use crate::model::{Exit, RunError};
use crate::run::block_on;
use crate::run::environment::variable;
use crate::run::signals::Signals;
use crate::sandbox::{self, Config, Fault, Limits, StorePlace};

/// How the local server is started. Plain data: the sandbox makes its own settings of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxOptions {
    /// Where it listens; loopback only. Port 0: a free one.
    pub bind: SocketAddr,
    /// Its SQLite file; `None`: in memory.
    pub data: Option<PathBuf>,
    /// Files of contacts and lists to start with.
    pub seed: Vec<PathBuf>,
    /// Whether it starts with the sample account.
    pub sample: bool,
    /// The account's quota: windows that all hold; empty for none.
    pub quota: Vec<RateWindow>,
    /// The largest batch it takes, records.
    pub max_batch: Option<u32>,
    /// The largest body it takes, bytes.
    pub max_batch_bytes: Option<u64>,
    /// What a larger one meets: `413`, `400`, `502`, `hang`, `drop`.
    pub over_limit: &'static str,
    /// Faults to show, in the sandbox's own grammar, as typed.
    pub faults: Vec<String>,
    /// Decides whatever a share chooses.
    pub fault_seed: u64,
    /// The only stream id it knows; `None`: its own sample.
    pub stream_id: Option<String>,
    /// The only account id it knows; `None`: its own sample.
    pub account_id: Option<String>,
    /// The only client id it knows; `None`: its own sample.
    pub client_id: Option<String>,
    /// The environment variable that holds the secret it verifies; `None`: its own sample.
    pub client_secret_env: Option<String>,
    /// Whether tokens without `jti` are refused.
    pub require_jti: bool,
}

/// The faults that the sandbox can show, for `--help`.
pub const SANDBOX_FAULTS: &str = sandbox::fault::GRAMMAR;

/// Serves until a signal comes.
///
/// # Errors
/// Exit 2 when options or seed files cannot be used, or the address is taken.
pub fn sandbox(options: SandboxOptions) -> Result<Exit, RunError> {
    let config = config(options)?;
    let announced = announcement(&config);
    block_on(async move {
        let mut signals = Signals::listen()?;
        let running = sandbox::start(config).await?;
        terminal::print(&format!("sandbox listening on http://{}\n", running.addr()))?;
        terminal::say(&announced);
        signals.next().await;
        running.stop().await;
        Ok(Exit::Finished)
    })
}

fn config(options: SandboxOptions) -> Result<Config, RunError> {
    let defaults = Config::default();
    let client_secret = match options.client_secret_env {
        None => defaults.client_secret,
        Some(name) => variable(&name).filter(|secret| !secret.is_empty()).ok_or_else(|| {
            RunError::usage(format!("the environment variable `{name}` is not set"))
        })?,
    };
    let faults: Result<Vec<Fault>, RunError> = options
        .faults
        .iter()
        .map(|fault| {
            fault.parse().map_err(|error: sandbox::FaultError| {
                RunError::usage(format!("--fault {fault}: {error}"))
                    .hint("`korebulk sandbox --help` lists the faults")
            })
        })
        .collect();
    let count = |number: Option<u64>| number.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    Ok(Config {
        bind: options.bind,
        store: options.data.map_or(StorePlace::Memory, StorePlace::File),
        stream_id: options.stream_id.unwrap_or(defaults.stream_id),
        account_id: options.account_id.unwrap_or(defaults.account_id),
        client_id: options.client_id.unwrap_or(defaults.client_id),
        client_secret,
        require_jti: options.require_jti,
        quota: options.quota.iter().map(|window| (window.permits, window.window)).collect(),
        limits: Limits {
            max_records: count(options.max_batch.map(u64::from)),
            max_bytes: count(options.max_batch_bytes),
            above: options.over_limit.parse().map_err(RunError::usage)?,
        },
        faults: faults?,
        fault_seed: options.fault_seed,
        seed: options.seed,
        seed_lists: defaults.seed_lists,
        sample: options.sample,
    })
}

/// What a client needs to reach it; the secret only where it is the sample that everybody knows.
fn announcement(config: &Config) -> String {
    let sample = Config::default().client_secret;
    let secret = match config.client_secret == sample {
        true => format!("client secret: {}\n", setting("KOREBULK_CLIENT_SECRET", &sample)),
        false => String::new(),
    };
    format!(
        "stream_id  = \"{}\"\naccount_id = \"{}\"\nclient_id  = \"{}\"\n{secret}",
        config.stream_id, config.account_id, config.client_id
    )
}
