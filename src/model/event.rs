//! The one stream of events that screen, log and metrics listen to.
//!
//! Events carry counts, times and names; never a value of a contact, never free text of the server.

use std::time::Duration;

use super::error::StopCause;
use super::outcome::Ledger;
use super::settlement::{Cut, RequestNumber};

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Pass 1 has read this many records so far.
    Reading {
        /// Records so far.
        records: u64,
    },
    /// Pass 1 is over: what will be sent is known.
    Checked {
        /// The ledger as far as pass 1 fills it: `unsent` counts what would be sent.
        ledger: Ledger,
    },
    /// Sending begins.
    Sending {
        /// Records to send.
        records: u64,
        /// Requests expected for them at the batch size known now.
        requests: u64,
        /// Permits per minute over the tightest window; `None` without a limit.
        per_minute: Option<f64>,
    },
    /// A request left.
    Sent {
        /// Its number.
        request: RequestNumber,
        /// Why it was cut.
        cut: Cut,
        /// Records in it.
        records: u64,
    },
    /// A request ended and its verdicts are on disk.
    Settled {
        /// Its number.
        request: RequestNumber,
        /// Why it had been cut.
        cut: Cut,
        /// HTTP status, where an answer came.
        status: Option<u16>,
        /// See `Ending::kind`.
        kind: &'static str,
        /// From first byte sent to answer read.
        latency: Duration,
        /// Records in it.
        records: u64,
        /// The whole ledger after it: `unsent` and `unknown` as if the run stopped now.
        ledger: Ledger,
    },
    /// Records are held back after all: their contacts were read again.
    Withheld {
        /// How many.
        records: u64,
        /// The whole ledger after it.
        ledger: Ledger,
    },
    /// Nobody sends for a while.
    GateClosed {
        /// `rate limit`, `outage`, …
        why: &'static str,
        /// How long, as known now.
        wait: Duration,
    },
    /// Sending goes on.
    GateOpened,
    /// The batch size changed.
    BatchSize {
        /// Records per request from now on.
        records: u64,
    },
    /// The run is stopping: no new batch leaves.
    Stopping {
        /// Why.
        cause: StopCause,
        /// Requests in flight that may still finish.
        in_flight: u64,
    },
    /// Something that a reader of the log should know: a fixed message.
    Notice {
        /// The message, without contact data.
        message: String,
    },
}
