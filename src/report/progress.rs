//! What the events add up to while a run goes on: counts, the rate over the last minute, time left.
//!
//! Pure but for the instant it is given; draws nothing.

use std::time::{Duration, Instant};

use super::text::put;
use crate::base::numbers::{counted, rate, thousands, time};
use crate::model::{Event, Ledger};

/// Seconds over which the rate is counted.
const WINDOW: u64 = 60;

/// A run under way.
#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    /// Records read so far in pass 1.
    pub(super) read: u64,
    /// Records that this session has to send; 0 until sending begins.
    pub(super) total: u64,
    ledger: Ledger,
    requests: u64,
    batch: u64,
    per_minute: Option<f64>,
    gate: Option<(&'static str, Instant)>,
    sends: SendsPerSecond,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            started: now,
            read: 0,
            total: 0,
            ledger: Ledger::default(),
            requests: 0,
            batch: 1,
            per_minute: None,
            gate: None,
            sends: SendsPerSecond::default(),
        }
    }

    pub(super) fn on(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Reading { records } => self.read = *records,
            Event::Checked { ledger }
            | Event::Settled { ledger, .. }
            | Event::Withheld { ledger, .. } => self.ledger = *ledger,
            Event::Sending { records, requests, per_minute } => {
                self.started = now;
                self.total = *records;
                self.batch = records.div_ceil((*requests).max(1)).max(1);
                self.per_minute = *per_minute;
            }
            Event::Sent { .. } => {
                self.requests += 1;
                self.sends.add(now.duration_since(self.started).as_secs());
            }
            Event::GateClosed { why, wait } => self.gate = Some((why, now + *wait)),
            Event::GateOpened => self.gate = None,
            Event::BatchSize { records } => self.batch = (*records).max(1),
            Event::Stopping { .. } | Event::Notice { .. } => {}
        }
    }

    /// Records with a verdict by the server.
    pub(super) const fn settled(&self) -> u64 {
        self.ledger.succeeded + self.ledger.failed
    }

    /// Records without a verdict that may still get one.
    const fn open(&self) -> u64 {
        self.ledger.unsent + self.ledger.unknown
    }

    /// Records that the whole run has to send, earlier sessions included.
    const fn of_run(&self) -> u64 {
        // Before the first answer of a resumed run only its own are known.
        match self.ledger.read {
            0 => self.total,
            _ => self.settled() + self.open(),
        }
    }

    /// Requests sent.
    pub(super) const fn requests(&self) -> u64 {
        self.requests
    }

    /// The ledger after the last answer.
    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Requests in the last minute; in the first one, as many as a whole minute would have, which the
    /// quota limits.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let second = now.duration_since(self.started).as_secs();
        let counted = f64::from(self.sends.within(second));
        let seconds = u32::try_from((second + 1).min(WINDOW)).unwrap_or(60);
        let of_a_minute = counted * 60.0 / f64::from(seconds);
        self.per_minute.map_or(of_a_minute, |quota| of_a_minute.min(quota.max(counted)))
    }

    /// Time left: requests still needed at the present batch size over the quota (or, without a
    /// limit, over what was reached so far), and what the gate still takes.
    pub(super) fn left(&self, now: Instant) -> Option<Duration> {
        let records = self.open();
        let waiting =
            self.gate.map_or(Duration::ZERO, |(_, until)| until.saturating_duration_since(now));
        let sending = match self.per_minute {
            Some(quota) if quota > 0.0 => {
                let requests = u32::try_from(records.div_ceil(self.batch)).unwrap_or(u32::MAX);
                Duration::from_secs_f64(f64::from(requests) * 60.0 / quota)
            }
            _ => {
                // Those of earlier sessions took none of this one's time.
                let settled = match self.ledger.read {
                    0 => 0,
                    _ => self.total.saturating_sub(records),
                };
                let settled = u32::try_from(settled).ok().filter(|n| *n > 0)?;
                let each = now.duration_since(self.started) / settled;
                each.saturating_mul(u32::try_from(records).unwrap_or(u32::MAX))
            }
        };
        Some(waiting + sending)
    }

    /// `12,300 of 100,000 records, 28 min left`
    pub(super) fn headline(&self, now: Instant) -> String {
        let counts =
            format!("{} of {}", thousands(self.settled()), counted(self.of_run(), "record"));
        let waiting = self.gate.filter(|(_, until)| *until > now);
        match (waiting, self.left(now)) {
            (Some((why, until)), _) => {
                // Rounded up: what still waits does not wait for nothing.
                let wait = time(Duration::from_secs(whole_seconds(until - now)));
                format!("{counts}, waiting {wait} ({why})")
            }
            (None, Some(left)) => format!("{counts}, {} left", time(rounded(left))),
            (None, None) => counts,
        }
    }

    /// `123 requests, 48 of 50 per minute; 12,290 succeeded, 10 failed, 2 open`
    pub(super) fn detail(&self, now: Instant) -> String {
        let pace = match self.per_minute {
            Some(quota) => format!("{} of {} per minute", rate(self.rate(now)), rate(quota)),
            None => format!("{} per minute", rate(self.rate(now))),
        };
        let mut text = format!(
            "{}, {pace}; {} succeeded",
            counted(self.requests, "request"),
            thousands(self.ledger.succeeded)
        );
        for (count, word) in [(self.ledger.failed, "failed"), (self.ledger.unknown, "open")] {
            if count > 0 {
                put!(text, ", {} {word}", thousands(count));
            }
        }
        text
    }
}

/// Seconds, rounded up.
pub(super) const fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + if duration.subsec_nanos() > 0 { 1 } else { 0 }
}

/// Whole seconds, so that a shown time does not flicker.
const fn rounded(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs() + if duration.subsec_millis() >= 500 { 1 } else { 0 })
}

/// Sends of the last minute, in one count a second: as small for a million sends as for ten.
#[derive(Debug)]
struct SendsPerSecond {
    counts: [u32; 60],
    /// The latest second counted.
    latest: u64,
}

impl Default for SendsPerSecond {
    fn default() -> Self {
        Self { counts: [0; 60], latest: 0 }
    }
}

impl SendsPerSecond {
    fn slot(second: u64) -> usize {
        usize::try_from(second % WINDOW).unwrap_or(0)
    }

    fn add(&mut self, second: u64) {
        for passed in (self.latest + 1..=second).take(60) {
            self.counts[Self::slot(passed)] = 0;
        }
        if second > self.latest + WINDOW {
            self.counts = [0; 60];
        }
        self.latest = self.latest.max(second);
        self.counts[Self::slot(second)] += 1;
    }

    fn within(&self, second: u64) -> u32 {
        let age = |slot: usize| (self.latest + WINDOW - u64::try_from(slot).unwrap_or(0)) % WINDOW;
        let passed = second.saturating_sub(self.latest);
        let young = |slot: &usize| age(*slot) + passed < WINDOW;
        (0..60).filter(young).map(|slot| self.counts[slot]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settlement::Cut;

    const fn sent(request: u64) -> Event {
        Event::Sent { request, cut: Cut::First, records: 100 }
    }

    fn settled(succeeded: u64, unsent: u64) -> Event {
        Event::Settled {
            request: 1,
            cut: Cut::First,
            status: Some(200),
            kind: "verdicts",
            latency: Duration::from_millis(300),
            records: 100,
            ledger: Ledger { read: succeeded + unsent, succeeded, unsent, ..Ledger::default() },
        }
    }

    fn begun(now: Instant, per_minute: Option<f64>) -> Progress {
        let mut progress = Progress::new(now);
        progress.on(&Event::Sending { records: 10_000, requests: 100, per_minute }, now);
        progress
    }

    #[test]
    fn time_left_comes_from_quota_and_batch_size() {
        let start = Instant::now();
        let mut progress = begun(start, Some(50.0));
        let now = start + Duration::from_secs(2);
        progress.on(&sent(1), now);
        progress.on(&settled(100, 9_900), now);
        assert_eq!(progress.headline(now), "100 of 10,000 records, 1 min 59 s left");
        progress.on(&Event::BatchSize { records: 1000 }, now);
        assert_eq!(progress.headline(now), "100 of 10,000 records, 12 s left");
        assert_eq!(progress.detail(now), "1 request, 20 of 50 per minute; 100 succeeded");
    }

    #[test]
    fn a_resumed_run_counts_what_was_done_before_on_both_sides() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        progress.on(&Event::Sending { records: 300, requests: 3, per_minute: None }, start);
        assert_eq!(progress.headline(start), "0 of 300 records");
        // 300 of 600 were done before; 100 of the other 300 took ten seconds.
        let now = start + Duration::from_secs(10);
        progress.on(&settled(400, 200), now);
        assert_eq!(progress.headline(now), "400 of 600 records, 20 s left");
    }

    #[test]
    fn no_rate_above_the_quota_is_shown_while_the_first_minute_is_young() {
        let start = Instant::now();
        let mut progress = begun(start, Some(50.0));
        let mut shown = Vec::new();
        for request in 0..80 {
            let now = start + Duration::from_millis(1200 * request);
            progress.on(&sent(request), now);
            shown.push(progress.rate(now));
        }
        assert!(shown.iter().all(|shown| *shown <= 50.0), "{shown:?}");
    }

    #[test]
    fn a_closed_gate_is_what_the_headline_says() {
        let start = Instant::now();
        let mut progress = begun(start, Some(50.0));
        progress.on(&Event::GateClosed { why: "rate limit", wait: Duration::from_mins(1) }, start);
        let later = start + Duration::from_secs(15);
        assert_eq!(progress.headline(later), "0 of 10,000 records, waiting 45 s (rate limit)");
        let almost = start + Duration::from_millis(59_900);
        assert_eq!(progress.headline(almost), "0 of 10,000 records, waiting 1 s (rate limit)");
        let over = start + Duration::from_secs(61);
        assert!(!progress.headline(over).contains("waiting"));
        progress.on(&Event::GateOpened, later);
        assert_eq!(progress.headline(later), "0 of 10,000 records, 0 s left");
    }

    #[test]
    fn without_a_limit_time_left_comes_from_what_was_reached() {
        let start = Instant::now();
        let mut progress = begun(start, None);
        assert_eq!(progress.left(start), None);
        let now = start + Duration::from_secs(10);
        progress.on(&settled(1_000, 9_000), now);
        assert_eq!(progress.left(now), Some(Duration::from_secs(90)));
    }

    #[test]
    fn the_rate_forgets_what_is_older_than_a_minute() {
        let start = Instant::now();
        let mut progress = begun(start, Some(50.0));
        for second in 0..120 {
            progress.on(&sent(second), start + Duration::from_secs(second));
        }
        let at = |second: u64| progress.rate(start + Duration::from_secs(second));
        assert_eq!([at(119), at(149), at(179), at(500)].map(rate), ["60", "30", "0", "0"]);
    }

    #[test]
    fn a_long_pause_empties_the_window() {
        let start = Instant::now();
        let mut progress = begun(start, Some(50.0));
        for second in [0, 1, 2, 1000] {
            progress.on(&sent(second), start + Duration::from_secs(second));
        }
        assert_eq!(rate(progress.rate(start + Duration::from_secs(1000))), "1");
    }
}
