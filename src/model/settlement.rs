//! What one request came to, as the dispatcher tells it to journal and report.

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

/// One request about to be sent. On disk before its first byte (docs/contract.md, "Intent before action").
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
    /// What the answer says of the batch as a whole, where it brought no verdict on its records.
    pub said: Option<Refusal>,
    /// One verdict for each record sent, in the order of the body: as long as the batch by construction.
    pub verdicts: Vec<Verdict>,
    /// Entries of the answer that speak of no record of the batch.
    pub unexpected: Vec<Unexpected>,
    /// Counts beside the answer's lists that contradict them, in korebulk's words.
    pub miscount: Option<String>,
}

impl Settlement {
    /// Bytes of an answer that nobody could read that are worth keeping.
    const UNREAD: usize = 16 << 10;

    /// The answer, or its beginning, where it came and brought no verdict on anything. Contact data.
    pub fn unread_answer(&self) -> Option<&[u8]> {
        const UNREAD: [&str; 5] =
            ["unreadable", "server-error", "request-timeout", "unauthorised", "wrong-endpoint"];
        let unread = UNREAD.contains(&self.ending.kind);
        let body = self.answer.get(..self.answer.len().min(Self::UNREAD))?;
        (unread && !body.is_empty()).then_some(body)
    }
}

/// An entry of an answer that speaks of no record of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpected {
    /// The entry in the answer's body.
    pub entry: Range<usize>,
    /// What is unexpected about it.
    pub kind: UnexpectedKind,
}

/// What is unexpected about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnexpectedKind {
    /// Its id was not sent.
    NotSent,
    /// It gives no id that can be read.
    NoId,
    /// It gives ids of several records.
    SeveralIds,
}

impl UnexpectedKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::NotSent, Self::NoId, Self::SeveralIds];

    /// The word used in the journal and in `report.json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSent => "notSent",
            Self::NoId => "noId",
            Self::SeveralIds => "severalIds",
        }
    }
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

/// What journal and report need to know of a record beside its verdict: its id and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct SentRecord {
    /// The validated id; `None` for what is to be created.
    pub id: Option<Box<str>>,
    /// Index of its source.
    pub source: u16,
    /// Its row as the person counts it.
    pub line: u64,
}

impl From<&Record> for SentRecord {
    fn from(record: &Record) -> Self {
        Self { id: record.id().map(Into::into), source: record.source, line: record.line }
    }
}

impl std::fmt::Debug for SentRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SentRecord({}:{})", self.source, self.line)
    }
}

/// Why a record has no verdict whose request a killed process left open.
pub const CUT_SHORT: &str = "cut-short: the run was killed before the answer came";

/// How a request ended, for the journal and the log. Holds no free text of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// One word for what it was: `verdicts`, `throttled`, `refused`, `too-large`, `connect-failed`,
    /// `timeout`, `connection-lost`, `unreadable`, `server-error`, `request-timeout`, `unauthorised`,
    /// `wrong-endpoint`, `certificate`, `proxy`, `cut-short`, `not-sent`.
    pub kind: &'static str,
    /// The same in a clause: why records of it may have no verdict.
    pub message: String,
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
        /// The server's own entry in the answer's body, where there is one.
        entry: Option<Range<usize>>,
        /// API fields whose echoed value differs from the one sent.
        diverged: Vec<&'static str>,
        /// It was gone already (`docs/contract.md`, "Not found"), and why that is known to be our doing.
        gone: Option<Gone>,
        /// The id that the server gave to what it created.
        created: Option<Box<str>>,
    },
    /// Refused, for good.
    Failed(Refusal),
    /// No verdict, and none will be sought.
    Unknown {
        /// Why nobody can say.
        doubt: Doubt,
        /// What the server said, where it said something.
        refusal: Option<Refusal>,
    },
    /// No verdict yet: the record goes again, or stays `unknown` / `unsent` if the run stops first.
    Pending,
}

/// Why a record that is not found counts as deleted by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// An answer of this run was lost.
    LostAnswer,
    /// That earlier run deleted it.
    EarlierRun(String),
}

/// Why nobody can say what became of a record, in korebulk's own words: no value of a contact and no
/// free text of the server is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// A word for programs: `attemptsUsedUp`, `contradictory`, `inBothLists`, `lostAnswer`, `noVerdict`,
    /// `refusedInBatch`.
    pub code: &'static str,
    /// A clause for people.
    pub message: String,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// The server's message on one record it refused.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The server's message (contact data: run files only, never a log).
    pub reason: String,
    /// The code in the entry or envelope, as text, where there was one.
    pub code: Option<String>,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The server's raw entry in the answer's body.
    pub entry: Option<Range<usize>>,
    /// The server says that it does not know the id.
    pub not_found: bool,
    /// The server says that a contact has the phone number already.
    pub in_use: bool,
    /// The record failed for a reason that passes (it is part of `retry RUN` by default).
    pub passing: bool,
    /// The earlier run of this machine that deleted what is not found now.
    pub deleted_by: Option<String>,
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
