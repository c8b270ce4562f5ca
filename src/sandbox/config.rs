//! What a sandbox is started with, and what can go wrong in starting it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::fault::Fault;
use crate::model::{Exit, RunError};

/// Everything a sandbox needs to know. [`Config::default`] is one in memory, on a free port, with
/// sample credentials, without quota, limits and faults.
#[derive(Clone)]
pub struct Config {
    /// Where to listen: loopback only; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where contacts, lists and the records of what happened are stored.
    pub store: StorePlace,
    /// The stream id that requests must name; also the `iid` header of the campaign API.
    pub stream_id: String,
    /// The account id that requests must name.
    pub account_id: String,
    /// The `appId` claim that tokens must carry.
    pub client_id: String,
    /// The secret that tokens must be signed with (HS256 over its raw bytes).
    pub client_secret: String,
    /// Whether a token without `jti` is refused. One used twice always is.
    pub require_jti: bool,
    /// Requests per window for the account, each window sliding; empty for no quota.
    pub quota: Vec<(u32, Duration)>,
    /// The largest bulk request, and what is answered above it.
    pub limits: Limits,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Decides whatever a share chooses.
    pub fault_seed: u64,
    /// Files of contacts (ids starting with `cl-`: contact lists) to begin with, `.csv` or `.jsonl`.
    /// What the store already holds stays as it is.
    pub seed: Vec<PathBuf>,
    /// Files whose every row is a contact list, whatever its id looks like.
    pub seed_lists: Vec<PathBuf>,
    /// Whether it begins with the sample account: some thousand contacts, lists and campaigns, always
    /// the same (`docs/sandbox.md`).
    pub sample: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store: StorePlace::Memory,
            stream_id: "st-7dc994f0-4436-5134-9fa8-a94262500000".into(),
            account_id: "65f7d49a5dd06e2cefa45012".into(),
            client_id: "cs-00000000-0000-5000-8000-000000000000".into(),
            client_secret: "sandbox-secret".into(),
            require_jti: false,
            quota: Vec::new(),
            limits: Limits::default(),
            faults: Vec::new(),
            fault_seed: 0,
            seed: Vec::new(),
            seed_lists: Vec::new(),
            sample: false,
        }
    }
}

/// Where the data is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// In memory, gone with the server.
    Memory,
    /// In an SQLite file, made (for this user only) where there is none.
    File(PathBuf),
}

/// The largest bulk request. Nobody knows Kore.ai's (docs/kore-api.md, "Limits").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Records in one request.
    pub max_records: Option<usize>,
    /// Bytes of one request's body.
    pub max_bytes: Option<usize>,
    /// What a larger one meets.
    pub above: Above,
}

/// What a request above the limits meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Above {
    /// 413 with an error envelope.
    #[default]
    TooLarge,
    /// 400 with an error envelope.
    BadRequest,
    /// 502 with a page of HTML.
    BadGateway,
    /// No answer at all; the connection stays open.
    Hang,
    /// The rest of the records is dropped without a word.
    Drop,
}

impl std::str::FromStr for Above {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "413" => Ok(Self::TooLarge),
            "400" => Ok(Self::BadRequest),
            "502" => Ok(Self::BadGateway),
            "hang" => Ok(Self::Hang),
            "drop" => Ok(Self::Drop),
            _ => Err(format!("`{text}` is not one of 413, 400, 502, hang, drop")),
        }
    }
}

/// Why a sandbox did not start or could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The sandbox holds contacts and plain HTTP shows them to the network.
    #[error("`{0}` is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The port is taken, or not ours to take.
    #[error("cannot listen on `{bind}`: {source}")]
    Bind {
        /// As configured.
        bind: SocketAddr,
        /// The system's word.
        source: std::io::Error,
    },
    /// The store's file cannot be made or opened.
    #[error("cannot open `{path}`: {source}")]
    File {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// The store's file was made by another version of korebulk, or is not a sandbox's at all.
    #[error("`{path}` is not a sandbox of this version; delete it, or name another file")]
    OtherVersion {
        /// As configured.
        path: PathBuf,
    },
    /// The SQLite file.
    #[error("the sandbox's store: {0}")]
    Store(#[from] rusqlite::Error),
    /// A file of contacts, at a line.
    #[error("`{file}`{at}: {problem}", at = line.map(|l| format!(" line {l}")).unwrap_or_default())]
    Seed {
        /// The path as given, or what takes its place.
        file: String,
        /// From 1, where one line is at fault.
        line: Option<u64>,
        /// What is wrong, without any value.
        problem: String,
    },
    /// A thread or a runtime.
    #[error("the sandbox cannot start: {0}")]
    System(std::io::Error),
}

impl From<SandboxError> for RunError {
    fn from(error: SandboxError) -> Self {
        let exit = match error {
            SandboxError::Store(_) | SandboxError::System(_) => Exit::Internal,
            _ => Exit::Usage,
        };
        Self::new(exit, error.to_string())
    }
}
