//! What the requests of a run looked like over time: rate, waits, latencies, answers.
//!
//! Bounded whatever the run's size: buckets that double, a histogram, a few labels.

use std::collections::BTreeMap;
use std::time::Duration;

/// Requests of one run; times count from the start of sending.
#[derive(Debug, Clone)]
pub struct Traffic {
    sent: Vec<u32>,
    /// Seconds in one bucket of `sent`.
    bucket: u32,
    waits: Vec<Wait>,
    /// When the last request left or ended, whichever is later.
    last: Duration,
    answers: BTreeMap<String, u64>,
    latencies: Latencies,
    /// What lasts as long without a request is a wait, not the pace.
    pause: Duration,
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
/// Requests that a stretch holds on average, at least: fewer show when each of them went, not a rate.
const CROWD: u32 = 4;
/// This many times the usual distance between two requests is a wait.
const PAUSE: u32 = 4;
/// Stretches that a chart shows at most.
const STRETCHES: u32 = 60;

impl Default for Traffic {
    fn default() -> Self {
        Self {
            sent: Vec::new(),
            bucket: 1,
            waits: Vec::new(),
            last: Duration::ZERO,
            answers: BTreeMap::new(),
            latencies: Latencies::default(),
            pause: Duration::from_secs(u64::from(STRETCH)),
        }
    }
}

impl Traffic {
    /// Requests that may go out at `per_minute`; `None` without a limit.
    pub fn paced(per_minute: Option<f64>) -> Self {
        let usual = Self::default();
        let between = per_minute.and_then(|rate| Duration::try_from_secs_f64(60.0 / rate).ok());
        let pause = between.map_or(usual.pause, |between| usual.pause.max(between * PAUSE));
        Self { pause, ..usual }
    }

    /// One request left.
    pub fn sent(&mut self, at: Duration) {
        if at.saturating_sub(self.last) >= self.pause && self.waits.len() < WAITS {
            self.waits.push(Wait { from: self.last, to: at });
        }
        self.reach(at);
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
        self.reach(at);
        self.latencies.add(latency);
        let label = status.map_or_else(|| kind.to_owned(), |status| format!("HTTP {status}"));
        let full = self.answers.len() >= ANSWERS && !self.answers.contains_key(&label);
        let label = if full { "other".to_owned() } else { label };
        *self.answers.entry(label).or_default() += 1;
    }

    fn reach(&mut self, at: Duration) {
        self.last = self.last.max(at);
    }

    /// Requests by HTTP status, or by what went wrong where no answer came; the most frequent first.
    pub fn answers(&self) -> Vec<(&str, u64)> {
        let mut answers: Vec<_> = self.answers.iter().map(|(l, n)| (l.as_str(), *n)).collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        answers
    }

    /// Times in which nothing was under way: a closed gate, an outage, the time up to a resume.
    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }

    /// Latencies of the requests that ended.
    pub const fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// The rate over time, in at most `STRETCHES` stretches of at least `STRETCH` seconds;
    /// empty for a run of less than two such.
    pub fn rates(&self) -> Vec<Rate> {
        let total = u32::try_from(self.last.as_secs() + 1).unwrap_or(u32::MAX);
        if total < 2 * STRETCH {
            return Vec::new();
        }
        let requests: u32 = self.sent.iter().sum();
        let sparse = total.saturating_mul(CROWD) / requests.max(1);
        let least = STRETCH.max(total.div_ceil(STRETCHES)).max(sparse.min(total / 2));
        let buckets = least.div_ceil(self.bucket);
        let seconds = buckets * self.bucket;
        let mut rates = Vec::new();
        // What is left at the end is too short to show a rate: it belongs to the stretch before.
        let stretches = ((total + seconds / 2) / seconds).max(1);
        for stretch in 0..stretches {
            let first = usize::try_from(stretch * buckets).unwrap_or(usize::MAX);
            let is_last = stretch + 1 == stretches;
            let many =
                if is_last { usize::MAX } else { usize::try_from(buckets).unwrap_or(usize::MAX) };
            let count: u32 = self.sent.iter().skip(first).take(many).sum();
            let from = f64::from(stretch * seconds);
            let to = f64::from(if is_last { total } else { (stretch + 1) * seconds });
            rates.push(Rate { from, to, per_minute: f64::from(count) * 60.0 / (to - from) });
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

    /// The latency that `percent` of the requests (1 to 100) did not exceed; `None` without requests.
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
    fn a_wait_lasts_from_the_last_answer_to_the_next_request() {
        for (quota, gap, waits) in
            [(Some(50.0), 60, 1), (None, 60, 1), (Some(1.0), 60, 0), (None, 9, 0)]
        {
            let mut traffic = Traffic::paced(quota);
            traffic.sent(seconds(10));
            traffic.ended(seconds(20), Some(429), "throttled", seconds(10));
            traffic.sent(seconds(20 + gap));
            traffic.sent(seconds(20 + gap + 1));
            let wait = Wait { from: seconds(20), to: seconds(20 + gap) };
            assert_eq!(traffic.waits(), vec![wait; waits], "{quota:?} {gap}");
        }
    }

    #[test]
    fn a_few_requests_are_a_rate_and_no_comb() {
        let mut traffic = Traffic::default();
        for request in 0..30 {
            traffic.sent(seconds(request * 22));
        }
        let rates = traffic.rates();
        assert!(rates.iter().all(|rate| (2.0..3.5).contains(&rate.per_minute)), "{rates:?}");
    }
}
