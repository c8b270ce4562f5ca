//! Even spacing: governor, at the shortest window's W ÷ N.
//!
//! The only file that knows governor. governor's own clock ignores tokio's paused time, so it is
//! given the time of each check; it smooths, while the hard ceiling is kept by the windows.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::vocabulary::settings::RateWindow;

/// A timer wakes up to a millisecond late, and a wake-up takes its time: a send so little behind
/// its turn counts as on time, else each would push back all that follow.
const LATE: u64 = 2_000_000;

/// Keeps sends apart, a burst excepted.
pub(super) struct Spacing {
    limiter: RateLimiter<NotKeyed, InMemoryState, Told, NoOpMiddleware<Nanos>>,
    clock: Told,
    interval: u64,
    /// When the send after the last one is due, ns.
    due: u64,
}

impl Spacing {
    /// Spacing for this window. `burst` sends, at least one, may leave at once after a pause.
    pub(super) fn new(window: RateWindow, burst: u32) -> Option<Self> {
        let interval = window.window.checked_div(window.permits)?;
        let burst = NonZeroU32::new(burst.clamp(1, window.permits))?;
        let quota = Quota::with_period(interval)?.allow_burst(burst);
        let clock = Told::default();
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        Some(Self { limiter, clock, interval: nanos(interval), due: 0 })
    }

    /// Lets a send go, or says at what time it may. Times count from when the pace was made.
    pub(super) fn check(&mut self, now: Duration) -> Result<(), Duration> {
        let now = nanos(now);
        let on_time = self.due <= now && now - self.due <= LATE;
        let meant = if on_time { self.due } else { now };
        self.clock.0.store(meant, Ordering::Relaxed);
        self.limiter.check().map_err(|not_until| Duration::from(not_until.earliest_possible()))?;
        self.due = meant + self.interval;
        Ok(())
    }
}

/// The clock that governor reads: tokio's time, as it was told for this check, in ns.
#[derive(Debug, Clone, Default)]
struct Told(Arc<AtomicU64>);

impl Clock for Told {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.load(Ordering::Relaxed))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spacing(burst: u32) -> Spacing {
        let window = RateWindow { permits: 50, window: Duration::from_secs(1) };
        Spacing::new(window, burst).unwrap()
    }

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn sends_are_an_interval_apart() {
        let mut spacing = spacing(1);
        assert_eq!(spacing.check(MS(5)), Ok(()));
        assert_eq!(spacing.check(MS(6)), Err(MS(25)));
        assert_eq!(spacing.check(MS(25)), Ok(()));
    }

    #[test]
    fn a_burst_may_leave_at_once() {
        let mut spacing = spacing(3);
        let at_once = (0..5).filter(|_| spacing.check(MS(9)).is_ok()).count();
        assert_eq!(at_once, 3);
    }

    #[test]
    fn a_late_timer_does_not_push_back_the_next_send() {
        let mut spacing = spacing(1);
        assert_eq!(spacing.check(MS(0)), Ok(()));
        assert_eq!(spacing.check(MS(21)), Ok(()));
        assert_eq!(spacing.check(MS(22)), Err(MS(40)));
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let mut spacing = spacing(1);
        assert_eq!(spacing.check(MS(0)), Ok(()));
        assert_eq!(spacing.check(MS(500)), Ok(()));
        assert_eq!(spacing.check(MS(501)), Err(MS(520)));
    }
}
