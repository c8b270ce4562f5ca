//! Pace (design rule 5.1): no request leaves without a permit of every rate window.
//!
//! Each window of N per W has N permits, and each comes back 1.001·W after *its own* answer's head
//! arrived or we gave up on it. The server saw the request before it answered, so two sends with
//! one permit are more than W apart at the server: no window of its own, sliding or fixed, holds
//! more than N of ours. Below that ceiling `spacing` spreads the sends evenly, a turn each W ÷ N;
//! what permits held up, because answers took their time, is made up for within limits (`turns`),
//! so that at least W ÷ (W + mean latency) − 1 % of a window's quota can be used whatever the
//! latencies. Two windows nearly as tight as each other cost up to some 3 % more, spaced or not.
//!
//! It must not know what is sent, how an answer was read, or of the gate that a throttle closes.

mod book;
mod shared;
mod spacing;
mod turns;
mod windows;

pub use self::shared::SharedQuota;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use self::book::Book;
use self::shared::{Asked, Place};
use self::spacing::Spacing;
use self::windows::{Windows, micros};
use crate::model::settings::RateWindow;

/// Hands out permits to send. First come, first served.
#[derive(Debug)]
pub struct Pace {
    /// Whoever holds it waits for the next permit; a fair lock, so waiters queue in order.
    turn: tokio::sync::Mutex<()>,
    sends: Arc<Sends>,
    shared: Option<Arc<SharedQuota>>,
}

/// The right to send one request, retries, splits and probes included.
///
/// Dropped without [`Permit::answered`], the request counts as given up at that moment.
#[must_use = "a permit that is dropped at once is given up at once"]
#[derive(Debug)]
pub struct Permit {
    /// `None` without a limit.
    taken: Option<Taken>,
}

/// What a permit gives back.
#[derive(Debug)]
struct Taken {
    sends: Arc<Sends>,
    slot: Option<Place>,
}

/// What permits and pace share.
#[derive(Debug)]
struct Sends {
    /// Times in the book count from here.
    base: Instant,
    burst: u32,
    state: Mutex<State>,
    /// An answer came, or a window.
    changed: Notify,
}

struct State {
    book: Book,
    spacing: Option<Spacing>,
}

/// What the next send waits for.
enum Wait {
    Until(Instant),
    Answer,
}

impl Pace {
    /// A pace for windows that all hold at once; none means no limit. `burst` requests may leave at
    /// once after a pause, the others are spaced evenly at the shortest window's W ÷ N.
    ///
    /// With `burst = 1`, what permits held up is made up for: at most eight turns, a quarter of
    /// W ÷ N apart at the closest. A pause in which nobody waited for a permit is not.
    #[must_use]
    pub fn new(windows: &[RateWindow], burst: u32) -> Self {
        let windows = Windows::new(windows);
        let spacing = windows.shortest().and_then(|window| Spacing::new(window, burst));
        let state = Mutex::new(State { book: Book::new(windows), spacing });
        let sends = Sends { base: Instant::now(), burst, state, changed: Notify::new() };
        Self { turn: tokio::sync::Mutex::new(()), sends: Arc::new(sends), shared: None }
    }

    /// The same, sharing its quota with all other processes for this host and account.
    ///
    /// Without windows nothing is shared. A window that the account is known to have is added.
    #[must_use]
    pub fn shared(self, quota: SharedQuota) -> Self {
        if let Some(window) = quota.remembered().filter(|_| !self.is_unlimited()) {
            self.sends.add(window);
        }
        quota.check(self.sends.state().book.windows());
        Self { shared: Some(Arc::new(quota)), ..self }
    }

    /// Waits for one permit of each window. Take it before the request is signed.
    ///
    /// Callers are served in the order of their calls; a call that is dropped loses no permit.
    pub async fn permit(&self) -> Permit {
        if self.is_unlimited() {
            return Permit { taken: None };
        }
        // Waiting for the others here and for other processes is no pause.
        let asked = Instant::now();
        let _turn = self.turn.lock().await;
        let slot = self.line_up().await;
        loop {
            match self.sends.try_take(asked, Instant::now()) {
                Ok(()) => break,
                Err(Wait::Until(at)) => tokio::time::sleep_until(at).await,
                Err(Wait::Answer) => self.sends.changed.notified().await,
            }
        }
        Permit { taken: Some(Taken::new(Arc::clone(&self.sends), slot)) }
    }

    /// Waits for this process's turn among all that share the quota.
    async fn line_up(&self) -> Option<Place> {
        let mut place = self.shared.as_ref()?.place();
        loop {
            let windows = self.sends.state().book.windows().clone();
            match place.ask(&windows, self.sends.burst)? {
                Asked::Go(wait) => {
                    tokio::time::sleep(wait).await;
                    return Some(place);
                }
                Asked::Later(wait) => tokio::time::sleep(wait).await,
                Asked::Learned(window) => self.sends.add(window),
            }
        }
    }

    fn is_unlimited(&self) -> bool {
        self.sends.state().book.windows().is_empty()
    }

    /// One more window from now on: the server told of it (rule 5.5). Earlier sends count in it,
    /// and it is remembered for the account for 30 days.
    pub fn add_window(&self, window: RateWindow) {
        self.sends.add(window);
        if let Some(shared) = &self.shared {
            shared.remember(window);
        }
    }

    /// Something that the log should say of the shared quota, each once: it was lost, and why.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        self.shared.as_ref()?.notice()
    }

    /// Requests per minute that the tightest window allows; `None` without a limit.
    #[must_use]
    pub fn per_minute(&self) -> Option<f64> {
        self.sends.state().book.windows().per_minute()
    }
}

impl Permit {
    /// The request leaves now. A permit that waited for a gate to open counts from here, should this
    /// process be killed.
    pub fn departs(&mut self) {
        if let Some(slot) = self.taken.as_mut().and_then(|taken| taken.slot.as_mut()) {
            slot.departs();
        }
    }

    /// The answer's head arrived at this time: the permit comes back 1.001·W later.
    pub fn answered(mut self, at: Instant) {
        self.end(at);
    }

    fn end(&mut self, at: Instant) {
        if let Some(taken) = self.taken.take() {
            taken.sends.end(at);
            if let Some(slot) = taken.slot {
                slot.end(at.elapsed());
            }
        }
    }
}

impl Taken {
    fn new(sends: Arc<Sends>, slot: Option<Place>) -> Self {
        Self { sends, slot: slot.map(Place::sent) }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(Instant::now());
    }
}

impl Sends {
    fn state(&self) -> MutexGuard<'_, State> {
        // Counts and times are whole at every step, so a panic elsewhere leaves them usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// µs.
    fn since_base(&self, at: Instant) -> u64 {
        micros(at.saturating_duration_since(self.base))
    }

    fn try_take(&self, asked: Instant, now: Instant) -> Result<(), Wait> {
        let mut state = self.state();
        let until = |at: u64| Wait::Until(self.base + Duration::from_micros(at));
        let opening = state.book.opening().ok_or(Wait::Answer)?;
        let (asked, now) = (self.since_base(asked), self.since_base(now));
        if opening > now {
            return Err(until(opening));
        }
        if let Some(spacing) = &mut state.spacing {
            spacing.check(asked, opening, now).map_err(until)?;
        }
        state.book.take();
        Ok(())
    }

    fn end(&self, at: Instant) {
        self.state().book.end(self.since_base(at));
        self.changed.notify_one();
    }

    fn add(&self, window: RateWindow) {
        let mut state = self.state();
        let before = state.book.windows().shortest();
        state.book.add(window);
        let shortest = state.book.windows().shortest();
        if shortest != before {
            state.spacing = shortest.and_then(|window| Spacing::new(window, self.burst));
        }
        drop(state);
        self.changed.notify_one();
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("book", &self.book).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
