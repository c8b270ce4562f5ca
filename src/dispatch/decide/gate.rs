//! The gate that a rate limit closes for all workers (docs/contract.md, "Gate").
//!
//! Only time opens it: no success does.

use std::time::Duration;

use tokio::time::Instant;

/// What the server's message means where it names no time.
pub(super) const WITHOUT_RETRY_AFTER: Duration = Duration::from_mins(1);

/// The least that a throttled worker waits, even when the server says 0.
pub(super) const LEAST: Duration = Duration::from_secs(1);

/// Closed until some time, or open.
#[derive(Debug, Default)]
pub(super) struct Gate {
    until: Option<Instant>,
    /// Since when the server has answered nothing but rate limits.
    throttled_since: Option<Instant>,
}

impl Gate {
    /// Closes it; an earlier, longer closing holds.
    pub(super) fn close(&mut self, until: Instant) {
        self.until = Some(self.until.map_or(until, |earlier| earlier.max(until)));
    }

    /// One more answer was a rate limit; how long nothing else has come.
    pub(super) fn throttled_for(&mut self, now: Instant) -> Duration {
        now - *self.throttled_since.get_or_insert(now)
    }

    /// The server answered something else. The gate stays as it is.
    pub(super) const fn answered(&mut self) {
        self.throttled_since = None;
    }

    /// When it opens, if it is closed now.
    pub(super) fn closed(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// Whether it has opened since it was asked last.
    pub(super) fn has_opened(&mut self, now: Instant) -> bool {
        let opened = self.until.is_some_and(|until| until <= now);
        if opened {
            self.until = None;
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_closing_does_not_shorten_a_longer_one() {
        let now = Instant::now();
        let mut gate = Gate::default();
        gate.close(now + Duration::from_secs(90));
        gate.close(now + Duration::from_secs(5));
        assert_eq!(gate.closed(now), Some(now + Duration::from_secs(90)));
        assert!(!gate.has_opened(now + Duration::from_secs(89)));
        assert!(gate.has_opened(now + Duration::from_secs(90)));
        assert!(!gate.has_opened(now + Duration::from_secs(91)), "reported once");
    }
}
