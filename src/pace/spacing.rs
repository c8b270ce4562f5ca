//! Even spacing: governor, at the shortest window's W ÷ N.
//!
//! The only file that knows governor. governor's own clock ignores tokio's paused time, so it is
//! given the turn of each send, which may lie before the time at which it leaves (see `turns`); it
//! smooths, while the hard ceiling is kept by the windows.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::turns::Turns;
use super::windows::{interval, micros};
use crate::model::settings::RateWindow;

/// Keeps sends apart, a burst excepted. Times are microseconds since the pace was made.
pub(super) struct Spacing {
    limiter: RateLimiter<NotKeyed, InMemoryState, Told, NoOpMiddleware<Nanos>>,
    clock: Told,
    interval: u64,
    bursts: bool,
    turns: Turns,
}

impl Spacing {
    /// Spacing for this window. `burst` sends, at least one, may leave at once after a pause.
    pub(super) fn new(window: RateWindow, burst: u32) -> Option<Self> {
        let interval = interval(window);
        let burst = NonZeroU32::new(burst.clamp(1, window.permits))?;
        let quota = Quota::with_period(Duration::from_micros(interval))?.allow_burst(burst);
        let clock = Told::default();
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        let turns = Turns::after(interval, None);
        Some(Self { limiter, clock, interval, bursts: burst.get() > 1, turns })
    }

    /// Lets a send go that was `asked` for then and has had room in all windows since `room`, or
    /// says at what time it may.
    pub(super) fn check(&mut self, asked: u64, room: u64, now: u64) -> Result<(), u64> {
        let sent = if self.bursts {
            // A burst makes up for more, and at once: only a late timer is not held against it.
            self.turns.send(now, 0, now)
        } else if now < self.turns.apart() {
            return Err(self.turns.apart());
        } else {
            self.turns.send(asked, room, now)
        };
        self.clock.0.store(sent.turn, Ordering::Relaxed);
        self.limiter.check().map_err(|not_until| micros(not_until.earliest_possible().into()))?;
        self.turns = Turns::after(self.interval, Some(sent));
        Ok(())
    }
}

/// The clock that governor reads: the turn that it was told for this check, in µs.
#[derive(Debug, Clone, Default)]
struct Told(Arc<AtomicU64>);

impl Clock for Told {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_micros(self.0.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1000;

    fn spacing(burst: u32) -> Spacing {
        let window = RateWindow { permits: 50, window: Duration::from_secs(1) };
        Spacing::new(window, burst).unwrap()
    }

    /// Asked for at this time, with room in all windows.
    fn ask(spacing: &mut Spacing, millis: u64) -> Result<(), u64> {
        spacing.check(millis * MS, 0, millis * MS)
    }

    #[test]
    fn sends_are_an_interval_apart() {
        let mut spacing = spacing(1);
        assert_eq!(ask(&mut spacing, 5), Ok(()));
        assert_eq!(ask(&mut spacing, 11), Err(25 * MS));
        assert_eq!(ask(&mut spacing, 25), Ok(()));
    }

    #[test]
    fn a_burst_may_leave_at_once() {
        let mut spacing = spacing(3);
        let at_once = (0..5).filter(|_| ask(&mut spacing, 9).is_ok()).count();
        assert_eq!(at_once, 3);
    }

    #[test]
    fn a_late_timer_does_not_push_back_the_next_send() {
        for burst in [1, 3] {
            let mut spacing = spacing(burst);
            (0..burst).for_each(|_| assert_eq!(ask(&mut spacing, 0), Ok(())));
            assert_eq!(spacing.check(0, 0, 21 * MS), Ok(()));
            assert_eq!(ask(&mut spacing, 30), Err(40 * MS));
        }
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let mut spacing = spacing(1);
        assert_eq!(ask(&mut spacing, 0), Ok(()));
        assert_eq!(ask(&mut spacing, 500), Ok(()));
        assert_eq!(ask(&mut spacing, 510), Err(520 * MS));
    }

    #[test]
    fn what_permits_held_up_is_made_up_for_but_not_at_once() {
        let mut spacing = spacing(1);
        assert_eq!(ask(&mut spacing, 0), Ok(()));
        assert_eq!(spacing.check(0, 100 * MS, 100 * MS), Ok(()));
        assert_eq!(spacing.check(101 * MS, 0, 101 * MS), Err(105 * MS));
        assert_eq!(spacing.check(101 * MS, 0, 105 * MS), Ok(()));
    }
}
