//! What an answer was read as: the seam between the wire forms and the decisions.
//!
//! The wire reads an answer into one of these (design rule 5.3); the dispatcher decides what
//! follows. Neither knows the other.

use std::ops::Range;
use std::time::Duration;

use crate::model::settlement::Refusal;

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
    #[must_use]
    pub const fn of(status: Option<u16>, reading: Reading) -> Self {
        Self { status, retry_after: None, reading }
    }
}

/// The readings of rule 5.3, in its order: the first that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// (a) A rate limit, by status or by message.
    Throttled(ThrottledWindow),
    /// (b) Verdicts on single records; also the answer of a one-by-one delete that names its record.
    Verdicts {
        /// One for each record of the batch, in its order.
        named: Vec<Named>,
        /// Entries for ids that were not in the batch.
        unexpected: Vec<Range<usize>>,
        /// How many of them the server says it has done.
        unexpected_successes: u64,
    },
    /// (c) 401 or 403.
    Unauthorised {
        /// Code of the error envelope.
        code: Option<String>,
        /// Seconds that this machine's clock is ahead of the server's, where that is more than a minute.
        clock_ahead: Option<i64>,
    },
    /// (d) An answer that no such endpoint gives; also `Invalid StreamId`.
    WrongEndpoint {
        /// `redirect`, `html`, `no json`, `invalid stream id`, …: korebulk's own word.
        what: &'static str,
    },
    /// (e) 413.
    TooLarge(Refusal),
    /// (f) No verdict on anything; the same batch may go again.
    NoVerdict {
        /// `connect-failed`, `connection-lost`, `timeout`, `server-error`, `unreadable`, `request-timeout`.
        kind: &'static str,
        /// Whether the request may have left this machine (false for connect failures only).
        may_have_left: bool,
    },
    /// (g) Any other 4xx: the batch was refused as a whole.
    Refused {
        /// The server's words.
        refusal: Refusal,
        /// Positions in the batch of the records whose ids the error names.
        hints: Vec<usize>,
    },
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
    /// In `successfulRecords` (or the one-by-one success of rule 5.3).
    Succeeded {
        /// The server's own entry in the body.
        entry: Range<usize>,
        /// Fields whose echo differs from what was sent.
        diverged: Vec<&'static str>,
    },
    /// In `failedRecords` (or a one-by-one 404/410 with a JSON body).
    Failed(Refusal),
    /// In both lists: nobody can say.
    InBoth(Refusal),
    /// In neither.
    Nowhere,
}
