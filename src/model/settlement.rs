//! What one request came to, as the sending room tells it to the books (journal and report).

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use super::record::{Mark, Ordinal, Record};

/// Number of a request within its run, from 1, never used twice (resumes go on counting).
pub type RequestNumber = u64;

/// Why a request was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Cut from the input for the first time.
    First,
    /// Records that an earlier answer left without a verdict.
    Retry,
    /// Part of a batch that the server refused as a whole, or found too large.
    Split,
    /// Sent to learn whether the server is back.
    Probe,
    /// The first batch of a run with `[canary]`.
    Canary,
}

impl Cut {
    /// The word used in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Split => "split",
            Self::Probe => "probe",
            Self::Canary => "canary",
        }
    }
}

/// One request about to be sent. On disk before its first byte (design rule 5.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The request's number.
    pub request: RequestNumber,
    /// Why it was cut.
    pub cut: Cut,
    /// The records it carries, in the order of its body.
    pub records: Vec<Ordinal>,
    /// Bytes of its body.
    pub body_bytes: u64,
}

/// The end of one request: how it ended, and a verdict for each of its records.
#[derive(Clone)]
pub struct Settlement {
    /// The request's number.
    pub request: RequestNumber,
    /// Why it had been cut.
    pub cut: Cut,
    /// How it ended.
    pub ending: Ending,
    /// The answer's body, into which `entry` ranges point; empty where there was none.
    pub answer: Bytes,
    /// One verdict for each record sent, in the order of the body: as long as the batch by construction.
    pub verdicts: Vec<Verdict>,
    /// Entries of the answer whose ids were not in the batch.
    pub unexpected: Vec<Range<usize>>,
}

/// The answer is contact data: a debug print shows its length.
impl std::fmt::Debug for Settlement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settlement")
            .field("request", &self.request)
            .field("cut", &self.cut)
            .field("ending", &self.ending)
            .field("answer_bytes", &self.answer.len())
            .field("verdicts", &self.verdicts)
            .finish_non_exhaustive()
    }
}

/// What the books need to know of a record beside its verdict: its id and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct SentRecord {
    /// The validated id.
    pub id: Box<str>,
    /// Index of its source.
    pub source: u16,
    /// Its row as the person counts it.
    pub line: u64,
}

impl From<&Record> for SentRecord {
    fn from(record: &Record) -> Self {
        Self { id: record.id().into(), source: record.source, line: record.line }
    }
}

impl std::fmt::Debug for SentRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SentRecord({}:{})", self.source, self.line)
    }
}

/// How a request ended, for the journal and the log. Holds no free text of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// One word for what it was: `verdicts`, `throttled`, `refused`, `too-large`, `connect-failed`,
    /// `timeout`, `connection-lost`, `unreadable`, `server-error`, `unauthorised`, `wrong-endpoint`, `cut-short`.
    pub kind: &'static str,
    /// From first byte sent to answer read, or to giving up.
    pub latency: Duration,
}

/// What is known of one record after one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The record.
    pub ordinal: Ordinal,
    /// Attempts so far, this one included where it counts as one.
    pub attempts: u16,
    /// Its mark after this request.
    pub mark: Mark,
    /// The verdict itself.
    pub kind: VerdictKind,
}

/// The verdict on one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerdictKind {
    /// Done.
    Succeeded {
        /// The server's own entry in the answer's body; `None` for `already_gone` without an entry.
        entry: Option<Range<usize>>,
        /// API fields whose echoed value differs from the one sent.
        diverged: Vec<&'static str>,
        /// Rule 5.7: not found, after an answer of ours was lost.
        already_gone: bool,
    },
    /// Refused, for good.
    Failed(Refusal),
    /// No verdict, and none will be sought: `reason` is one of korebulk's own phrases.
    Unknown {
        /// `refusedInBatch`, `inBothLists`, `noVerdict`, `attemptsUsedUp`, …
        reason: &'static str,
        /// What the server said, where it said something.
        refusal: Option<Refusal>,
    },
    /// No verdict yet: the record goes again, or stays `unknown` / `unsent` if the run stops first.
    Pending,
}

/// The server's words on one record it refused.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The reason in the server's words (contact data: run files only, never a log).
    pub reason: String,
    /// The code in the entry or envelope, as text, where there was one.
    pub code: Option<String>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The server's raw entry in the answer's body.
    pub entry: Option<Range<usize>>,
    /// The server says that it does not know the id.
    pub not_found: bool,
    /// The record failed for a reason that passes (it is part of `retry RUN` by default).
    pub passing: bool,
}

/// The server's free text counts as contact data: a debug print leaves it out.
impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("entry", &self.entry)
            .field("not_found", &self.not_found)
            .field("passing", &self.passing)
            .finish_non_exhaustive()
    }
}
