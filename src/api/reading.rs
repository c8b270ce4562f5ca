//! What an answer was read as: the seam between the wire forms and the decisions.
//!
//! The wire reads an answer into one of these (`docs/contract.md`, "Reading an answer"); the
//! dispatcher decides what follows. Neither knows the other.

use std::ops::Range;
use std::time::Duration;

use crate::model::settlement::{Refusal, Unexpected};

/// One answer, or the lack of one, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// `Retry-After` of the answer, at any status, as the time from now.
    pub retry_after: Option<Duration>,
    /// What it says.
    pub reading: Reading,
}

impl Read {
    /// A reading whose answer names no time to wait.
    pub const fn of(status: Option<u16>, reading: Reading) -> Self {
        Self { status, retry_after: None, reading }
    }
}

/// What an answer can be, in the order of the rule: the first that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A rate limit, by status or by message.
    Throttled(ThrottledWindow),
    /// Verdicts on single records; also the answer of a one-by-one delete that names its record.
    Verdicts(Verdicts),
    /// 401 or 403.
    Unauthorised {
        /// Code of the error envelope.
        code: Option<String>,
        /// Seconds that this machine's clock is ahead of the server's, where that is more than a minute.
        clock_ahead: Option<i64>,
    },
    /// An answer that no such endpoint gives; also `Invalid StreamId`.
    WrongEndpoint {
        /// `redirect`, `html`, `no json`, `invalid stream id`, …: korebulk's own word.
        what: &'static str,
    },
    /// No way to the server that time would open: its certificate, a proxy's 407. Nothing was sent.
    NoWay {
        /// `certificate`, `proxy`.
        kind: &'static str,
        /// What is wrong, in korebulk's words.
        message: String,
    },
    /// 413.
    TooLarge(Refusal),
    /// No verdict on anything; the same batch may go again.
    NoVerdict(NoVerdict),
    /// Any other 4xx: the batch was refused as a whole.
    Refused {
        /// The server's message.
        refusal: Refusal,
        /// Positions in the batch of the records whose ids the error names.
        hints: Vec<usize>,
    },
}

/// What an answer says of single records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// One for each record of the batch, in its order.
    pub named: Vec<Named>,
    /// Entries that speak of no record of the batch.
    pub unexpected: Vec<Unexpected>,
    /// How many ids that were not sent the server says it has done.
    pub unexpected_successes: u64,
    /// Counts beside the lists that contradict them: `successful is 0, listed are 4`. The lists count.
    pub miscount: Option<String>,
}

/// Why a request brought no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoVerdict {
    /// `connect-failed`, `connection-lost`, `timeout`, `server-error`, `unreadable`, `request-timeout`.
    pub kind: &'static str,
    /// Whether the request may have left this machine (false for connect failures only).
    pub may_have_left: bool,
    /// The same in korebulk's words: `HTTP 204 without a body`.
    pub message: String,
    /// What the server said, where it said something.
    pub refusal: Option<Refusal>,
}

/// Which rate limit spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottledWindow {
    /// "You've exceeded the per-minute rate limit…", or a 429 that names no window.
    Minute,
    /// "…hourly rate limit…".
    Hour,
}

/// What an answer with verdicts says of one record of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// In `successfulRecords`, or the success of a one-by-one operation.
    Succeeded {
        /// The server's own entry in the body; `None` where a status alone says so.
        entry: Option<Range<usize>>,
        /// Fields whose echo differs from what was sent.
        diverged: Vec<&'static str>,
        /// The id that the server gave to what it created.
        created: Option<Box<str>>,
    },
    /// In `failedRecords` (or a one-by-one 404/410 with a JSON body).
    Failed(Refusal),
    /// In both lists: nobody can say.
    InBoth(Refusal),
    /// Named as done by an entry that denies it: nobody can say.
    Contradictory {
        /// How it denies it, in korebulk's words: `success` is false.
        how: String,
        /// The entry, and what else it says.
        refusal: Refusal,
    },
    /// In neither.
    Nowhere,
}
