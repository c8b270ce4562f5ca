//! Pace (docs/contract.md, "Pace"): no request leaves without a permit of every rate window.
//!
//! Each window of N per W has N permits, and each comes back 1.001·W after *its own* answer's head
//! arrived or we gave up on it. The server saw the request before it answered, so two sends with
//! one permit are more than W apart at the server: no window of its own, sliding or fixed, holds
//! more than N of ours. Below that ceiling governor spaces the sends of the tightest window (see
//! `spacing`) and makes up for what windows held up, so that W ÷ (W + mean latency) of a window's
//! quota, less 1 %, can be used whatever the latencies.
//!
//! It must not know what is sent, how an answer was read, or of the gate that a throttle closes.

mod back_off;
mod clock;
mod limiter;
mod sends;
mod shared;
mod spacing;
mod windows;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

pub(crate) use self::back_off::back_off;
use self::clock::Clock;
use self::limiter::{Ask, Limiter, Next};
use self::sends::Sends;
use self::shared::{Look, MOST_SLOTS, SharedQuota, Ticket};
use crate::base::state::StateDirs;
use crate::model::settings::{Limits, RateWindow, Target};

/// Between looks whether others still wait.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Hands out permits to send. First come, first served.
#[derive(Debug)]
pub struct Pace {
    /// Whoever holds it waits for the next permit; a fair lock, so waiters queue in order.
    turn: tokio::sync::Mutex<()>,
    own: Arc<Own>,
    shared: Option<Arc<SharedQuota>>,
    /// What is not shared, until it was said.
    not_shared: Mutex<Option<String>>,
}

/// The right to send one request, retries, splits and probes included. Only a [`Pace`] makes one,
/// and nothing is sent without.
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
    own: Arc<Own>,
    ticket: Option<Ticket>,
}

/// The sends of this process, as its permits and its pace share them.
#[derive(Debug)]
struct Own {
    clock: Arc<Clock>,
    state: Mutex<State>,
    /// An answer came, or a window.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    limiter: Limiter,
    sends: Sends,
}

impl Pace {
    /// The pace of these limits, its quota shared with all processes that send to this server and
    /// account and have the same state directory. Without a limit nothing is shared; where the
    /// directory cannot be used, this process paces alone, and [`Pace::notice`] says so.
    pub(crate) fn new(limits: &Limits, target: &Target, dirs: &StateDirs) -> Self {
        let clock = Arc::new(Clock::of_this_machine());
        let Limits { rate, burst, timeout, .. } = limits;
        if rate.is_empty() {
            return Self::alone(rate, *burst, clock);
        }
        let of = (target.host.as_str(), target.account_id.as_str());
        let (pace, notice) = match SharedQuota::open(&dirs.shared, of, *timeout, Arc::clone(&clock))
        {
            Ok(quota) => (Self::sharing(rate, *burst, quota), dirs.notice.clone()),
            Err(notice) => (Self::alone(rate, *burst, clock), Some(notice)),
        };
        Self { not_shared: Mutex::new(notice), ..pace }
    }

    /// A pace for windows that all hold at once; none means no limit. `burst` requests may leave at
    /// once after a pause in which nobody waited; the others are an interval of the tightest window
    /// apart, but for those that windows held up.
    fn alone(windows: &[RateWindow], burst: u32, clock: Arc<Clock>) -> Self {
        let state = State { limiter: Limiter::new(windows, burst), sends: Sends::default() };
        let own = Own { clock, state: Mutex::new(state), changed: Notify::new() };
        let turn = tokio::sync::Mutex::new(());
        Self { turn, own: Arc::new(own), shared: None, not_shared: Mutex::default() }
    }

    /// A pace of this process alone, beside the account's: for requests of one kind that are to leave room for others.
    pub(crate) fn beside(windows: &[RateWindow]) -> Self {
        Self::alone(windows, 1, Arc::new(Clock::of_this_machine()))
    }

    /// The same, sharing its quota. A window that the account is known to have is added.
    fn sharing(windows: &[RateWindow], burst: u32, quota: SharedQuota) -> Self {
        let pace = Self::alone(windows, burst, quota.clock());
        if let Some(window) = quota.remembered().filter(|_| !windows.is_empty()) {
            pace.own.add(window);
        }
        quota.check(pace.own.state().limiter.windows());
        Self { shared: Some(Arc::new(quota)), ..pace }
    }

    /// Waits for one permit of each window. Take it before the request is signed.
    ///
    /// Callers are served in the order of their calls; a call that is dropped loses no permit.
    pub async fn permit(&self) -> Permit {
        if self.is_unlimited() {
            return Permit { taken: None };
        }
        // Waiting for the others here and for other processes is no pause.
        let since = self.own.clock.now();
        let _turn = self.turn.lock().await;
        let ticket = self.wait_for_others(since).await;
        let spaced = ticket.as_ref().map(Ticket::arrival);
        loop {
            match self.own.take(since, spaced) {
                Ok(()) => break,
                Err(Wait::For(time)) => sleep(time).await,
                Err(Wait::Answer) => self.own.changed.notified().await,
            }
        }
        let ticket = ticket.map(Ticket::sent);
        Permit { taken: Some(Taken { own: Arc::clone(&self.own), ticket }) }
    }

    /// The same for requests that nobody is in a hurry for: only when nobody else waits, here or in another process.
    pub(crate) async fn permit_after_others(&self) -> Permit {
        while self.is_waited_for() {
            sleep(BETWEEN_LOOKS).await;
        }
        self.permit().await
    }

    /// Whether somebody waits for a permit.
    fn is_waited_for(&self) -> bool {
        let others = |shared: &Arc<SharedQuota>| shared.is_waited_for();
        !self.is_unlimited()
            && (self.turn.try_lock().is_err() || self.shared.as_ref().is_some_and(others))
    }

    /// Waits until all that share the quota let this process send; `None` where it paces alone.
    async fn wait_for_others(&self, since: u64) -> Option<Ticket> {
        let mut ticket = self.shared.as_ref()?.ticket();
        loop {
            let limiter = self.own.state().limiter.up_to(MOST_SLOTS);
            match ticket.look(&limiter, since)? {
                Look::Go => return Some(ticket),
                Look::Again(after) => sleep(after).await,
                Look::Learned(window) => self.own.add(window),
            }
        }
    }

    fn is_unlimited(&self) -> bool {
        self.own.state().limiter.windows().is_empty()
    }

    /// One more window from now on: the server reported it (docs/contract.md, "Gate"). Earlier sends
    /// count in it, and it is remembered for the account for 30 days.
    pub fn add_window(&self, window: RateWindow) {
        self.own.add(window);
        if let Some(shared) = &self.shared {
            shared.remember(window);
        }
    }

    /// Something that the log should say of the shared quota, each once: that it is lost, and why.
    pub fn notice(&self) -> Option<String> {
        let not_shared = self.not_shared.lock().unwrap_or_else(PoisonError::into_inner).take();
        not_shared.or_else(|| self.shared.as_ref()?.notice())
    }

    /// Requests per minute that the tightest window allows; `None` without a limit.
    pub fn per_minute(&self) -> Option<f64> {
        self.own.state().limiter.windows().per_minute()
    }
}

impl Permit {
    /// A permit where there is no limit.
    #[cfg(test)]
    pub(crate) fn without_limit() -> Self {
        Self { taken: None }
    }

    /// The request leaves now. A permit that waited for a gate to open counts from here, should this
    /// process be killed.
    pub fn departs(&mut self) {
        if let Some(ticket) = self.taken.as_mut().and_then(|taken| taken.ticket.as_mut()) {
            ticket.departs();
        }
    }

    /// The answer's head arrived at this time: the permit comes back 1.001·W later.
    pub fn answered(mut self, at: Instant) {
        self.end(at);
    }

    fn end(&mut self, at: Instant) {
        if let Some(taken) = self.taken.take() {
            let ago = at.elapsed();
            taken.own.end(ago);
            if let Some(ticket) = taken.ticket {
                ticket.end(ago);
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(Instant::now());
    }
}

/// What the next send of this process waits for.
enum Wait {
    For(Duration),
    Answer,
}

impl Own {
    fn state(&self) -> MutexGuard<'_, State> {
        // Counts and times are whole at every step, so a panic elsewhere leaves them usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one permit of each window. `spaced` is the arrival time where the shared file has
    /// spaced this send; the windows of this process hold all the same.
    fn take(&self, since: u64, spaced: Option<u64>) -> Result<(), Wait> {
        let now = self.clock.now();
        let mut state = self.state();
        let State { limiter, sends } = &mut *state;
        let next = match spaced {
            None => limiter.next(Ask { since, now, ahead: 0 }, sends.past()),
            Some(_) => limiter.proof(now, sends.past()),
        };
        match next {
            Next::Go { arrival } => {
                sends.begin(spaced.unwrap_or(arrival));
                Ok(())
            }
            Next::At(at) => Err(Wait::For(Duration::from_nanos(at.saturating_sub(now)))),
            Next::Answer => Err(Wait::Answer),
        }
    }

    fn end(&self, ago: Duration) {
        let mut state = self.state();
        let most = state.limiter.windows().most_permits();
        state.sends.end(self.clock.before(ago), most);
        drop(state);
        self.changed.notify_one();
    }

    fn add(&self, window: RateWindow) {
        self.state().limiter.add(window);
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
