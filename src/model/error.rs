//! What stops a run, and the exit code that says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::terminal;

/// How a run ended, by severity: the greatest that holds wins (docs/contract.md, "Exit codes"). Stored as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Exit {
    /// Finished; all succeeded, were skipped, or are within `[accept]`.
    Finished,
    /// Finished; some records failed or were rejected.
    SomeFailed,
    /// Finished; some records are `unknown`.
    SomeUnknown,
    /// Stopped for a reason that passes; `resume` finishes it.
    Stopped,
    /// Stopped; a person is needed.
    NeedsPerson,
    /// A guard, a refused prompt or a stale plan id; nothing was sent.
    Guarded,
    /// Another run of this job is going on; nothing was sent.
    Busy,
    /// Usage, job file, secrets or input unusable; nothing was sent.
    Usage,
    /// An error of korebulk itself or of its disk.
    Internal,
}

impl Exit {
    /// Every exit, mildest first.
    pub const ALL: [Self; 9] = [
        Self::Finished,
        Self::SomeFailed,
        Self::SomeUnknown,
        Self::Stopped,
        Self::NeedsPerson,
        Self::Guarded,
        Self::Busy,
        Self::Usage,
        Self::Internal,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Finished => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            Self::Guarded => 3,
            Self::Stopped => 4,
            Self::SomeUnknown => 5,
            Self::NeedsPerson => 6,
            Self::Internal => 70,
            Self::Busy => 75,
        }
    }

    /// The exit with that code.
    pub fn with_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.code() == code)
    }

    /// The meaning, as the table of exit codes in the README has it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Finished => {
                "finished; every record succeeded or was skipped, or what did not is within `[accept]`"
            }
            Self::SomeFailed => "finished; some records failed or were rejected",
            Self::Usage => "usage, job file, secrets or input unusable; nothing was sent",
            Self::Guarded => "a guard, a refused prompt or a stale plan id; nothing was sent",
            Self::Stopped => {
                "stopped before the end for a reason that passes (signal, time, outage, long throttle); `resume` finishes it"
            }
            Self::SomeUnknown => "finished; some records are `unknown`",
            Self::NeedsPerson => {
                "stopped; a person is needed (credentials, breaker, canary, wrong endpoint, ids changed that nobody sent); `resume` works once it is fixed"
            }
            Self::Internal => "an error of korebulk itself or of its disk",
            Self::Busy => "another run of this job is going on; nothing was sent",
        }
    }
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        exit.code()
    }
}

impl TryFrom<u8> for Exit {
    type Error = String;

    fn try_from(code: u8) -> Result<Self, String> {
        Self::with_code(code).ok_or_else(|| format!("{code} is no exit code of korebulk"))
    }
}

/// An error that stops a run before or outside the sending: one message, one remedy.
///
/// Lower case, no full stop, position first, no contact value, no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RunError {
    /// The exit it leads to.
    pub exit: Exit,
    /// What is wrong and where.
    pub message: String,
    /// What to do, where there is something.
    pub hint: Option<String>,
}

impl From<terminal::Unprinted> for RunError {
    fn from(error: terminal::Unprinted) -> Self {
        Self::internal(error.to_string())
    }
}

impl RunError {
    /// An error of any kind.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Something the user gave is unusable: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// korebulk or its disk is at fault: exit 70.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Exit::Internal, message)
    }

    /// Says it on standard error.
    pub(crate) fn say(&self) {
        terminal::say_error(&self.message, self.hint.as_deref());
    }

    /// The same of a run that another session has sent for.
    pub(crate) fn of_later_session(mut self) -> Self {
        self.message = self.message.replace("nothing was sent", "nothing more was sent");
        self
    }

    /// The same with a remedy.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a run stopped before its end. Stored in journal and report, so that a reader needs no log.
///
/// Holds numbers and names of korebulk's own, never a value of a contact or free text of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "cause", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum StopCause {
    /// Ctrl-C or SIGTERM.
    Signal {
        /// `SIGINT`, `SIGTERM`, `SIGQUIT`, `SIGHUP`.
        signal: String,
    },
    /// `limits.max_duration` is over.
    MaxDuration {
        /// Seconds.
        seconds: u64,
    },
    /// `limits.window` is over.
    Window {
        /// The window, `22:00-06:00`.
        window: String,
    },
    /// The gate would stay closed longer than `limits.max_wait`.
    LongThrottle {
        /// When the server would answer again, RFC 3339.
        until: String,
        /// The longest wait allowed, seconds.
        max_wait_seconds: u64,
    },
    /// The server was out of reach for longer than `limits.max_outage`.
    Outage {
        /// How long, seconds.
        seconds: u64,
        /// What the last fault was: `connect-failed`, `timeout`, `server-error`, …
        last: String,
    },
    /// The server refused the credentials twice.
    Credentials {
        /// HTTP status of the refusal; 0 when nobody refused them, but their source (a file, a
        /// command) gave none any more.
        status: u16,
        /// Its code, where it had one.
        code: Option<String>,
        /// Seconds that this machine's clock is ahead of the server's (behind: negative), where
        /// that is more than a minute: then the tokens are at fault and not the secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock_ahead: Option<i64>,
    },
    /// An answer that no such endpoint gives.
    WrongEndpoint {
        /// HTTP status.
        status: u16,
        /// What it looked like: `redirect`, `html`, `no json`, `Invalid StreamId`, …
        what: String,
    },
    /// No way to the server that time would open: its certificate, or a proxy that wants credentials.
    NoWay {
        /// `certificate`, `proxy`.
        kind: String,
        /// What is wrong, in korebulk's words.
        message: String,
    },
    /// Different first batches were refused alike before any success, and single records of them too.
    Breaker {
        /// HTTP status.
        status: u16,
        /// Code of the error envelope.
        code: Option<String>,
        /// Batches of more than one record refused.
        batches: u64,
        /// Records refused alone.
        records: u64,
    },
    /// More failed than `limits.max_failure_share` allows.
    FailureShare {
        /// Failed records among the verdicts so far.
        failed: u64,
        /// Verdicts so far.
        verdicts: u64,
    },
    /// A failure in the canary batch.
    Canary {
        /// Failed or unknown records in it.
        failed: u64,
        /// Its size.
        records: u64,
    },
    /// A delete's answer names ids as deleted that were not sent.
    UnexpectedIds {
        /// How many.
        ids: u64,
    },
    /// Contacts had to be read again before their records could be sent, and could not be.
    NotReadAgain {
        /// Whether the reason passes.
        passes: bool,
        /// The reason, in korebulk's words.
        words: String,
    },
    /// A task of korebulk failed.
    Internal {
        /// Which one, and how, without contact data.
        what: String,
    },
}

impl StopCause {
    /// The exit code that a stop for this cause has at least.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Signal { .. }
            | Self::MaxDuration { .. }
            | Self::Window { .. }
            | Self::LongThrottle { .. }
            | Self::Outage { .. }
            | Self::NotReadAgain { passes: true, .. } => Exit::Stopped,
            Self::Credentials { .. }
            | Self::WrongEndpoint { .. }
            | Self::NoWay { .. }
            | Self::Breaker { .. }
            | Self::FailureShare { .. }
            | Self::Canary { .. }
            | Self::UnexpectedIds { .. }
            | Self::NotReadAgain { passes: false, .. } => Exit::NeedsPerson,
            Self::Internal { .. } => Exit::Internal,
        }
    }
}
