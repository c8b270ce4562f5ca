//! The one rule of pace: when one more send may leave (docs/contract.md, "Pace").
//!
//! governor spaces the sends of the tightest window; the windows above it are the proof that no
//! quota is overrun. Pure: what was sent and the arrival time are parameters, stored in memory for
//! one process or in a file for all of them; times are nanoseconds since boot.

use super::spacing::{Asked, Spacing};
use super::windows::Windows;
use crate::model::settings::RateWindow;

/// All windows that hold, and the spacing of the tightest.
#[derive(Debug, Clone, Default)]
pub(super) struct Limiter {
    windows: Windows,
    burst: u32,
    spacing: Option<Spacing>,
}

/// One send that is to leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    /// When its sender began to wait.
    pub(super) since: u64,
    pub(super) now: u64,
    /// Others that wait and come first.
    pub(super) ahead: usize,
}

/// What the sends before are known by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past<'a> {
    /// Sends without an end.
    pub(super) in_flight: usize,
    /// Ends of the others, in order.
    pub(super) ends: &'a [u64],
    /// governor's arrival time; 0 for none.
    pub(super) arrival: u64,
}

/// What the next send waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it leaves now, and this is the arrival time behind it.
    Go { arrival: u64 },
    /// This time; then it has to ask again.
    At(u64),
    /// An answer to a send before it.
    Answer,
}

impl Limiter {
    /// The given windows; `burst` sends may leave at once after a pause.
    pub(super) fn new(windows: &[RateWindow], burst: u32) -> Self {
        Self::of(Windows::new(windows), burst)
    }

    fn of(windows: Windows, burst: u32) -> Self {
        let spacing = windows.tightest().and_then(|window| Spacing::new(window, burst));
        Self { windows, burst, spacing }
    }

    /// The windows that hold now.
    pub(super) fn windows(&self) -> &Windows {
        &self.windows
    }

    /// One more window from now on.
    pub(super) fn add(&mut self, window: RateWindow) {
        self.windows.add(window);
        *self = Self::of(std::mem::take(&mut self.windows), self.burst);
    }

    /// The same spacing, with the windows alone that so many sends can prove.
    pub(super) fn up_to(&self, sends: usize) -> Self {
        Self { windows: self.windows.up_to(sends), ..self.clone() }
    }

    /// The windows without spacing, for a send that was spaced before.
    pub(super) fn proof(&self, now: u64, past: Past<'_>) -> Next {
        match self.windows.opening(past.in_flight, past.ends) {
            None => Next::Answer,
            Some(room) if room > now => Next::At(room),
            Some(_) => Next::Go { arrival: past.arrival },
        }
    }

    /// When one more send may leave.
    pub(super) fn next(&self, ask: Ask, past: Past<'_>) -> Next {
        let Ask { since, now, ahead } = ask;
        let in_flight = past.in_flight.saturating_add(ahead);
        let Some(room) = self.windows.opening(in_flight, past.ends) else { return Next::Answer };
        let Some(spacing) = &self.spacing else { return self.proof(now, past) };
        if ahead > 0 {
            return Next::At(room.max(spacing.earliest(past.arrival, ahead)));
        }
        if room > now {
            return Next::At(room);
        }
        match spacing.check(past.arrival, Asked { since, room, now }) {
            Ok(arrival) => Next::Go { arrival },
            Err(at) => Next::At(at),
        }
    }
}
