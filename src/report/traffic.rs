//! What the requests of a run looked like over time: rate, waits, latencies, answers.
//!
//! Bounded whatever the run's size: buckets that double, a histogram, a few labels. Fed by events
//! while a run goes on, or by the journal's rows when a report is written again.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::vocabulary::Event;

/// Requests of one run; times count from the start of sending.
#[derive(Debug, Clone)]
pub struct Traffic {
    sent: Vec<u32>,
    /// Seconds in one bucket of `sent`.
    bucket: u32,
    waits: Vec<Wait>,
    waiting: Option<Duration>,
    answers: BTreeMap<String, u64>,
    latencies: Latencies,
    end: Duration,
}

/// A time in which nobody sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Its start.
    pub from: Duration,
    /// Its end.
    pub to: Duration,
}

/// The rate in one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Start of the stretch, seconds.
    pub from: f64,
    /// End of the stretch, seconds.
    pub to: f64,
    /// Requests per minute in it.
    pub per_minute: f64,
}

const BUCKETS: usize = 240;
const WAITS: usize = 200;
const ANSWERS: usize = 40;
/// Shorter stretches show the spacing of single requests, not a rate. Seconds.
const STRETCH: u32 = 15;
/// Stretches that a chart shows at most.
const STRETCHES: u32 = 60;

impl Default for Traffic {
    fn default() -> Self {
        Self {
            sent: Vec::new(),
            bucket: 1,
            waits: Vec::new(),
            waiting: None,
            answers: BTreeMap::new(),
            latencies: Latencies::default(),
            end: Duration::ZERO,
        }
    }
}

impl Traffic {
    /// Takes in one event, `at` this time after the start of sending.
    pub fn on(&mut self, event: &Event, at: Duration) {
        match event {
            Event::Sent { .. } => self.sent(at),
            Event::Settled { status, kind, latency, .. } => {
                self.ended(at, *status, kind, *latency);
            }
            Event::GateClosed { .. } => _ = self.waiting.get_or_insert(at),
            Event::GateOpened => self.opened(at),
            _ => self.end = self.end.max(at),
        }
    }

    /// One request left.
    pub fn sent(&mut self, at: Duration) {
        self.end = self.end.max(at);
        let mut index = self.index(at);
        while index >= BUCKETS {
            self.sent = self.sent.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.bucket *= 2;
            index = self.index(at);
        }
        if self.sent.len() <= index {
            self.sent.resize(index + 1, 0);
        }
        self.sent[index] += 1;
    }

    fn index(&self, at: Duration) -> usize {
        usize::try_from(at.as_secs() / u64::from(self.bucket)).unwrap_or(usize::MAX)
    }

    /// One request ended: its HTTP status, or `kind` (see `Ending::kind`) where no answer came.
    pub fn ended(&mut self, at: Duration, status: Option<u16>, kind: &str, latency: Duration) {
        self.end = self.end.max(at);
        self.latencies.add(latency);
        let label = status.map_or_else(|| kind.to_owned(), |status| format!("HTTP {status}"));
        let full = self.answers.len() >= ANSWERS && !self.answers.contains_key(&label);
        let label = if full { "other".to_owned() } else { label };
        *self.answers.entry(label).or_default() += 1;
    }

    fn opened(&mut self, at: Duration) {
        self.end = self.end.max(at);
        if let Some(from) = self.waiting.take()
            && self.waits.len() < WAITS
        {
            self.waits.push(Wait { from, to: at });
        }
    }

    /// How long it went on.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.end
    }

    /// Requests by HTTP status, or by what went wrong where no answer came; the most frequent first.
    #[must_use]
    pub fn answers(&self) -> Vec<(&str, u64)> {
        let mut answers: Vec<_> = self.answers.iter().map(|(l, n)| (l.as_str(), *n)).collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        answers
    }

    /// Times in which nobody sent; one that has not ended ends now.
    #[must_use]
    pub fn waits(&self) -> Vec<Wait> {
        let open = self.waiting.map(|from| Wait { from, to: self.end.max(from) });
        self.waits.iter().copied().chain(open).collect()
    }

    /// Latencies of the requests that ended.
    #[must_use]
    pub const fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// The rate over time, in at most `STRETCHES` stretches of at least `STRETCH` seconds;
    /// empty for a run of less than two such.
    #[must_use]
    pub fn rates(&self) -> Vec<Rate> {
        let total = u32::try_from(self.end.as_secs() + 1).unwrap_or(u32::MAX);
        if total < 2 * STRETCH {
            return Vec::new();
        }
        let buckets = STRETCH.max(total.div_ceil(STRETCHES)).div_ceil(self.bucket);
        let seconds = buckets * self.bucket;
        let mut rates = Vec::new();
        for stretch in 0..total.div_ceil(seconds) {
            let first = usize::try_from(stretch * buckets).unwrap_or(usize::MAX);
            let many = usize::try_from(buckets).unwrap_or(usize::MAX);
            let count: u32 = self.sent.iter().skip(first).take(many).sum();
            let from = f64::from(stretch * seconds);
            let to = f64::from(total.min((stretch + 1) * seconds));
            // What is left at the end may be too short to show a rate.
            if to - from >= f64::from(STRETCH) || rates.is_empty() {
                rates.push(Rate { from, to, per_minute: f64::from(count) * 60.0 / (to - from) });
            }
        }
        rates
    }
}

/// A histogram of latencies: sixteen steps to each doubling, so a percentile is at most 1/16 too high.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    counts: BTreeMap<(u32, u64), u64>,
    total: u64,
    longest: Duration,
}

impl Latencies {
    fn add(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).max(16);
        let shift = micros.ilog2() - 4;
        *self.counts.entry((shift, micros >> shift)).or_default() += 1;
        self.total += 1;
        self.longest = self.longest.max(latency);
    }

    /// How many were counted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The latency that `percent` of the requests (1 to 100) did not exceed; `None` without requests.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let wanted = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (&(shift, step), count) in &self.counts {
            seen += count;
            if seen >= wanted {
                let upper = Duration::from_micros(((step + 1) << shift) - 1);
                return Some(upper.min(self.longest));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_rate_is_the_same_in_short_and_long_runs() {
        for minutes in [2, 30, 600] {
            let mut traffic = Traffic::default();
            for request in 0..minutes * 50 {
                traffic.sent(Duration::from_millis(request * 1200));
            }
            let rates = traffic.rates();
            assert!(rates.len() <= 60 && rates.len() >= 7, "{}", rates.len());
            for rate in &rates {
                assert!((rate.per_minute - 50.0).abs() < 4.0, "{rate:?} of {minutes} minutes");
            }
        }
    }

    #[test]
    fn no_request_is_lost_when_buckets_double() {
        let mut traffic = Traffic::default();
        for request in 0..100_000 {
            traffic.sent(seconds(request));
        }
        assert_eq!(traffic.sent.iter().sum::<u32>(), 100_000);
        assert!(traffic.sent.len() <= BUCKETS);
    }

    #[test]
    fn percentiles_are_close_and_never_above_the_longest() {
        let mut traffic = Traffic::default();
        for ms in 1..=1000 {
            traffic.ended(seconds(1), Some(200), "verdicts", Duration::from_millis(ms));
        }
        let at = |percent| traffic.latencies().percentile(percent).unwrap().as_millis();
        assert!((500..=532).contains(&at(50)), "{}", at(50));
        assert!((990..=1000).contains(&at(99)), "{}", at(99));
        assert_eq!(at(100), 1000);
        assert_eq!(Latencies::default().percentile(50), None);
    }

    #[test]
    fn answers_are_counted_by_status_or_by_what_went_wrong() {
        let mut traffic = Traffic::default();
        traffic.ended(seconds(1), None, "timeout", seconds(60));
        for status in (200..260).chain([200, 200]) {
            traffic.ended(seconds(1), Some(status), "verdicts", seconds(1));
        }
        let answers = traffic.answers();
        assert_eq!(answers[0], ("other", 21));
        assert_eq!(answers[1], ("HTTP 200", 3));
        assert!(answers.contains(&("timeout", 1)));
        assert_eq!(answers.iter().map(|(_, count)| count).sum::<u64>(), 63);
    }

    #[test]
    fn a_wait_lasts_from_the_first_closing_to_the_opening() {
        let mut traffic = Traffic::default();
        let closed = Event::GateClosed { why: "rate limit", wait: seconds(60) };
        traffic.on(&closed, seconds(10));
        traffic.on(&closed, seconds(20));
        traffic.on(&Event::GateOpened, seconds(80));
        assert_eq!(traffic.waits(), [Wait { from: seconds(10), to: seconds(80) }]);
    }
}
