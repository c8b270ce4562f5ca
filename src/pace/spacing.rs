//! Spacing: governor's generic cell rate algorithm (GCRA) for the tightest window, W ÷ N apart.
//!
//! The only file that knows governor. Its state is one number, the theoretical arrival time of the
//! next send in nanoseconds of the boot clock, stored in memory or in the shared file; so governor is
//! given a store of one cell, and a clock whose origin is 0.
//!
//! What windows held up is made up for: the tolerance is seven intervals. A pause in which nobody
//! waited is not: after it only a burst leaves at once.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use super::windows::interval;
use crate::model::settings::RateWindow;

/// Sends that leave at once beside the one whose turn it is, to make up for what was held up. In
/// simulations at 50 a minute with exponential latencies of 2 s, 7 use all that latency leaves of
/// the quota; none leaves 2.4 % of it unused.
const MADE_UP: u32 = 7;

/// Whoever asks so shortly after a send could have left was not pausing but busy with the send
/// before: signing, the journal, the lock of a file. An eighth of the interval, ns at least.
const BUSY: u64 = 2_000_000;

/// Keeps sends apart. Times are nanoseconds since boot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spacing {
    quota: Quota,
    interval: u64,
    /// τ: how far behind its arrival time a send may make up.
    tolerance: u64,
    /// So far behind the time of asking the arrival time is set after a pause.
    fresh: u64,
}

/// One send, as governor is asked for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// When its sender began to wait.
    pub(super) since: u64,
    /// Since when all windows have had room for it.
    pub(super) room: u64,
    pub(super) now: u64,
}

impl Spacing {
    /// Spacing for this window. `burst` sends, at least one, may leave at once after a pause.
    pub(super) fn new(window: RateWindow, burst: u32) -> Option<Self> {
        let interval = interval(window);
        let burst = burst.clamp(1, window.permits.max(1));
        let at_once = burst.max(MADE_UP.saturating_add(1));
        let quota = Quota::with_period(Duration::from_nanos(interval))?
            .allow_burst(NonZeroU32::new(at_once)?);
        let intervals = |count: u32| interval.saturating_mul(count.into());
        let (tolerance, fresh) = (intervals(at_once - 1), intervals(at_once - burst));
        Some(Self { quota, interval, tolerance, fresh })
    }

    /// Lets a send go: the arrival time to be stored for the next one, `arrival` being the one that
    /// was stored (0 where there is none).
    ///
    /// # Errors
    /// When the send may go.
    pub(super) fn check(&self, arrival: u64, asked: Asked) -> Result<u64, u64> {
        let cell = ArrivalTime(Cell::new(self.reasonable(arrival, asked)));
        let clock = SetClock::default();
        let limiter: RateLimiter<NotKeyed, _, _, NoOpMiddleware<Nanos>> =
            RateLimiter::new(self.quota, cell, clock.clone());
        clock.0.set(asked.now);
        match limiter.check() {
            Ok(()) => Ok(limiter.into_state_store().0.get()),
            Err(not_until) => Err(not_until.earliest_possible().as_u64()),
        }
    }

    /// When the send with so many before it may leave, at the earliest.
    pub(super) fn earliest(&self, arrival: u64, ahead: usize) -> u64 {
        let ahead = u64::try_from(ahead).unwrap_or(u64::MAX).saturating_mul(self.interval);
        arrival.saturating_sub(self.tolerance).saturating_add(ahead)
    }

    /// An arrival time that blocks nobody, whatever a damaged file says, and gives no credit for a
    /// pause.
    fn reasonable(&self, arrival: u64, asked: Asked) -> u64 {
        let Asked { since, room, now } = asked;
        if arrival == 0 {
            return now.saturating_add(self.fresh);
        }
        let arrival = arrival.min(now.saturating_add(self.tolerance + self.interval));
        let free = room.max(self.earliest(arrival, 0));
        let busy = BUSY.max(self.interval / 8);
        if since > free.saturating_add(busy) {
            return arrival.max(since.saturating_add(self.fresh));
        }
        arrival
    }
}

/// governor's state: one arrival time.
struct ArrivalTime(Cell<u64>);

impl StateStore for ArrivalTime {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (answer, next) = decide(Some(Nanos::from(self.0.get())))?;
        self.0.set(next.as_u64());
        Ok(answer)
    }
}

/// The clock that governor reads: 0 when the limiter is made, then the time that it is set to.
#[derive(Debug, Clone, Default)]
struct SetClock(Rc<Cell<u64>>);

impl Clock for SetClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;
    /// Any time of a boot.
    const START: u64 = 3_600_000 * MS;

    /// A sender that asks one time after the other, 50 a second.
    struct Sender {
        spacing: Spacing,
        arrival: u64,
    }

    impl Sender {
        fn new(burst: u32) -> Self {
            let window = RateWindow { permits: 50, window: Duration::from_secs(1) };
            Self { spacing: Spacing::new(window, burst).unwrap(), arrival: 0 }
        }

        /// At this time, ms, for a send that was asked for then and has had room since.
        fn ask(&mut self, since: u64, room: u64, now: u64) -> Result<(), u64> {
            let [since, room, now] = [since, room, now].map(|ms| START + ms * MS);
            let asked = Asked { since, room, now };
            self.arrival =
                self.spacing.check(self.arrival, asked).map_err(|at| (at - START) / MS)?;
            Ok(())
        }

        /// Sends of so many askers that may leave at this time.
        fn at_once(&mut self, askers: u32, since: u64, room: u64, now: u64) -> usize {
            (0..askers).filter(|_| self.ask(since, room, now).is_ok()).count()
        }
    }

    #[test]
    fn sends_are_an_interval_apart() {
        let mut sender = Sender::new(1);
        assert_eq!(sender.ask(5, 0, 5), Ok(()));
        assert_eq!(sender.ask(5, 0, 11), Err(25));
        assert_eq!(sender.ask(5, 0, 25), Ok(()));
        assert_eq!(sender.ask(25, 0, 25), Err(45));
    }

    #[test]
    fn a_burst_and_no_more_may_leave_at_once_after_a_pause() {
        for burst in [1, 3, 8, 20] {
            let mut sender = Sender::new(burst);
            assert_eq!(sender.at_once(40, 9, 0, 9), burst as usize);
            assert_eq!(sender.at_once(40, 5000, 0, 5000), burst as usize, "after a pause");
        }
    }

    #[test]
    fn what_windows_held_up_is_made_up_for_by_seven_beside_the_next_one() {
        let mut sender = Sender::new(1);
        assert_eq!(sender.ask(0, 0, 0), Ok(()));
        assert_eq!(sender.at_once(40, 0, 100, 100), 5);
        assert_eq!(sender.ask(100, 100, 100), Err(120));
        assert_eq!(sender.at_once(40, 120, 2000, 2000), 8);
    }

    #[test]
    fn a_late_timer_does_not_push_back_the_next_send() {
        for burst in [1, 3] {
            let mut sender = Sender::new(burst);
            assert_eq!(sender.at_once(burst, 0, 0, 0), burst as usize);
            assert_eq!(sender.ask(0, 0, 21), Ok(()));
            assert_eq!(sender.ask(21, 0, 30), Err(40));
        }
    }

    #[test]
    fn whoever_was_busy_for_a_moment_did_not_pause() {
        let mut sender = Sender::new(1);
        assert_eq!(sender.ask(0, 0, 0), Ok(()));
        assert_eq!(sender.ask(22, 0, 22), Ok(()));
        assert_eq!(sender.ask(22, 0, 22), Err(40));
        assert_eq!(sender.ask(43, 0, 43), Ok(()));
        assert_eq!(sender.ask(43, 0, 43), Err(63));
    }

    proptest::proptest! {
        #[test]
        fn no_arrival_time_blocks_for_longer_than_an_interval(
            arrival: u64, since in 0..START, room in 0..START, burst in 1..60_u32,
        ) {
            let asked = Asked { since, room, now: START };
            let spacing = Sender::new(burst).spacing;
            let at = spacing.check(arrival, asked).err().unwrap_or(START);
            proptest::prop_assert!(at <= START + 20 * MS, "{}", at - START);
        }

        #[test]
        fn over_any_time_no_more_leave_than_intervals_and_what_is_made_up(
            gaps in proptest::collection::vec(0..100_u64, 1..200), burst in 1..12_u32,
        ) {
            let (mut sender, mut now, mut left) = (Sender::new(burst), 0, Vec::new());
            for gap in gaps {
                now += gap;
                if sender.ask(0, 0, now).is_ok() {
                    left.push(now);
                }
            }
            let at_once = u64::from(burst.max(8));
            for (first, from) in left.iter().enumerate() {
                for (last, to) in left.iter().enumerate().skip(first) {
                    let sends = (last - first + 1) as u64;
                    proptest::prop_assert!(sends <= (to - from) / 20 + at_once);
                }
            }
        }
    }
}
