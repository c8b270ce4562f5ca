//! How many requests a job takes and how long, under the configured rate. Pure.

use std::time::Duration;

use crate::model::settings::{Auto, Limits, RateWindow};
use crate::model::{Operation, Record};

/// What `auto` starts with (docs/contract.md, "Batches").
const FIRST_SIZE: u64 = 100;
/// Complete answers before `auto` doubles.
const ANSWERS_TO_DOUBLE: u64 = 2;

/// What a job will take, as far as it can be known beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// Records per request at the start, behind the canary.
    pub(crate) batch_size: u64,
    /// Records that go first and alone; 0 without a canary.
    pub(crate) canary: u64,
    /// Requests, if the server takes every size that `auto` tries.
    pub(crate) requests: u64,
    /// Permits per minute over the tightest window; `None` without a limit.
    pub(crate) per_minute: Option<f64>,
}

impl Estimate {
    /// For so many records of `bytes` in all, with a canary of so many of them.
    pub(crate) fn of(
        operation: Operation,
        limits: &Limits,
        (records, canary): (u64, u64),
        bytes: u64,
        known: Option<u32>,
    ) -> Self {
        let fits = match bytes.checked_div(records) {
            Some(each) if each > 0 => (limits.max_batch_bytes / (each + 1)).max(1),
            _ => u64::MAX,
        };
        let (first, most) = match (operation.is_bulk(), limits.batch_size) {
            (false, _) => (1, 1),
            (true, Auto::Fixed(size)) => (u64::from(size), u64::from(size)),
            (true, Auto::Auto) => {
                let most = u64::from(limits.max_batch_size);
                (known.map_or(FIRST_SIZE, u64::from).min(most), most)
            }
        };
        let (first, most) = (first.min(fits).max(1), most.min(fits).max(1));
        let canary = if operation.is_bulk() { canary.min(records) } else { 0 };
        Self {
            batch_size: first,
            canary,
            requests: canary.div_ceil(first) + requests(records - canary, first, most),
            per_minute: per_minute(&limits.rate),
        }
    }

    /// How long the sending takes at that rate; `None` without a limit.
    pub(crate) fn duration(&self) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        self.per_minute.map(|rate| {
            Duration::from_secs_f64(self.requests.saturating_sub(1) as f64 / rate * 60.0)
        })
    }
}

fn requests(mut records: u64, first: u64, most: u64) -> u64 {
    let (mut size, mut requests) = (first, 0);
    while size < most && records > size * ANSWERS_TO_DOUBLE {
        records -= size * ANSWERS_TO_DOUBLE;
        requests += ANSWERS_TO_DOUBLE;
        size = (size * 2).min(most);
    }
    requests + records.div_ceil(size)
}

/// Permits per minute over the tightest window.
pub(crate) fn per_minute(windows: &[RateWindow]) -> Option<f64> {
    windows
        .iter()
        .map(|window| f64::from(window.permits) * 60.0 / window.window.as_secs_f64())
        .reduce(f64::min)
}

/// Some of the first records as the first requests would carry them: bodies for bulk operations.
pub(crate) fn first_batch(records: &[Record], size: u64) -> &[Record] {
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(records.len());
    records.get(..size).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_follow_the_growing_batches() {
        assert_eq!(requests(1_000, 100, 100), 10);
        assert_eq!(requests(1_000, 100, 1_000), 2 + 2 + 1);
        assert_eq!(requests(0, 100, 1_000), 0);
        assert_eq!(requests(1, 100, 1_000), 1);
        assert_eq!(requests(201, 100, 1_000), 3);
    }

    #[test]
    fn a_canary_is_among_the_requests() {
        let limits = Limits { batch_size: Auto::Fixed(100), ..Limits::default() };
        let of = |records, canary| {
            let of = Operation::BulkDelete;
            Estimate::of(of, &limits, (records, canary), 0, None).requests
        };
        assert_eq!([of(110, 10), of(105, 10), of(5, 10), of(0, 10), of(100, 0)], [2, 2, 1, 0, 1]);
        assert_eq!(of(300, 150), 4);
    }

    #[test]
    fn the_tightest_window_counts() {
        let minute = RateWindow { permits: 50, window: Duration::from_mins(1) };
        let hour = RateWindow { permits: 1_800, window: Duration::from_hours(1) };
        assert_eq!(per_minute(&[]), None);
        assert_eq!(per_minute(&[minute, hour]), Some(30.0));
    }
}
