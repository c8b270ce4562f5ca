//! How fast, in which batches and for how long records are sent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::word::Word;

/// How records are sent.
///
/// `default()` is empty: korebulk's defaults are in the settings table (`config/rows/`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The most records of one run that selects them out of the account; 0: all.
    pub per_run: u64,
    /// Windows that all hold at once; empty for `none` (loopback only).
    pub rate: Vec<RateWindow>,
    /// Requests that may leave at once after a pause.
    pub burst: u32,
    /// Records per request.
    pub batch_size: Auto,
    /// The largest batch that `auto` tries, records.
    pub max_batch_size: u32,
    /// The largest request body, bytes.
    pub max_batch_bytes: u64,
    /// Requests in flight at once.
    pub concurrency: Auto,
    /// For the connection.
    pub connect_timeout: Duration,
    /// For one request, connection included.
    pub timeout: Duration,
    /// Sends of one record that end without an answer.
    pub max_attempts: u16,
    /// The longest `Retry-After` that is waited for.
    pub max_wait: Duration,
    /// How long the server may be out of reach.
    pub max_outage: Duration,
    /// How long the run may take.
    pub max_duration: Option<Duration>,
    /// The hours of the day in which requests may leave.
    pub window: Option<DailyWindow>,
    /// How long requests in flight may take to finish once the run is stopping.
    pub grace: Duration,
    /// Share of failed records among the verdicts, after 200 of them.
    pub max_failure_share: f64,
    /// Whether what is unknown is settled by reading the account.
    pub reconcile: Reconcile,
    /// The most requests that this may take at the end of a run.
    pub reconcile_requests: u64,
}

/// `limits.reconcile`: whether a run settles by itself what it has left unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reconcile {
    /// At its end where that takes few requests, and before it goes on.
    #[default]
    Auto,
    /// Only where a second send would do harm.
    Off,
}

impl Word for Reconcile {
    const NAME: &'static str = "auto|off";
    const WORDS: &'static [(&'static str, Self)] = &[("auto", Self::Auto), ("off", Self::Off)];
}

/// Hours of every day, in the local time zone; across midnight where it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyWindow {
    /// Its beginning.
    pub from: jiff::civil::Time,
    /// Its end, never equal to the beginning.
    pub until: jiff::civil::Time,
}

impl std::fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, until } = self;
        write!(f, "{}-{}", from.strftime("%H:%M"), until.strftime("%H:%M"))
    }
}

/// At most so many requests in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RateWindow {
    /// Requests.
    pub permits: u32,
    /// The window.
    pub window: Duration,
}

/// A number, or korebulk's choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auto {
    /// Found while running.
    #[default]
    Auto,
    /// Fixed.
    Fixed(u32),
}
