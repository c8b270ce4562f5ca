//! The clocks of pace: the boot clock, which nobody can set, and the calendar for what outlives a boot.

use std::time::{Duration, SystemTime};

use super::windows::nanos;
use crate::base::machine;

/// What tells the time. A parameter, so that tests may lead it.
pub(super) struct Clock {
    /// A number for the boot that the time counts from.
    pub(super) boot: u64,
    since_boot: Box<dyn Fn() -> u64 + Send + Sync>,
    calendar: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Clock {
    /// The machine's own.
    pub(super) fn of_this_machine() -> Self {
        Self {
            boot: machine::boot(),
            since_boot: Box::new(machine::since_boot),
            calendar: Box::new(|| SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()),
        }
    }

    /// Nanoseconds since boot.
    pub(super) fn now(&self) -> u64 {
        (self.since_boot)()
    }

    /// The same, so long ago.
    pub(super) fn before(&self, ago: Duration) -> u64 {
        self.now().saturating_sub(nanos(ago))
    }

    /// Seconds since 1970.
    pub(super) fn calendar(&self) -> u64 {
        (self.calendar)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("boot", &self.boot).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Clock {
    /// Follows tokio's paused time from `epoch` on.
    pub(super) fn paused(epoch: tokio::time::Instant) -> Self {
        Self::of_boot(1, epoch)
    }

    /// The same, of a certain boot.
    pub(super) fn of_boot(boot: u64, epoch: tokio::time::Instant) -> Self {
        let hour = 3_600_000_000_000;
        let since_boot = move || hour * (1 + boot) + nanos(epoch.elapsed());
        let calendar = move || 1_800_000_000 + epoch.elapsed().as_secs();
        Self { boot, since_boot: Box::new(since_boot), calendar: Box::new(calendar) }
    }

    /// Stops the calendar at this time.
    pub(super) fn set_calendar(&mut self, seconds: u64) {
        self.calendar = Box::new(move || seconds);
    }
}
