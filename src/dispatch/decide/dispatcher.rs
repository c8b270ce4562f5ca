//! The dispatcher: what is sent next, and when.
//!
//! Synchronous: the pool asks, sends, and brings the answers back (`settle.rs` reads those).

use crate::base::numbers::counted;
use std::time::Duration;

use tokio::time::Instant;

use super::batch::{DispatchSettings, Step};
use super::breaker::Breaker;
use super::canary::Canary;
use super::credentials::Credentials;
use super::family::Families;
use super::gate::Gate;
use super::outage::Outage;
use super::queue::{Chunk, Fresh, Group};
use super::retry::Budget;
use super::share::FailureShare;
use super::size::Size;
use crate::model::error::StopCause;
use crate::model::event::Event;
use crate::model::outcome::RequestCounts;
use crate::model::record::{Mark, Record};
use crate::model::settings::{Auto, RateWindow};
use crate::model::settlement::RequestNumber;

/// Requests in flight at once under `auto`; with a rate the pace keeps them to what it needs.
const MOST_WORKERS: u32 = 32;
/// The same without a rate.
const WORKERS_WITHOUT_RATE: u32 = 8;

/// Decides what each request carries and what follows from each answer.
#[derive(Debug)]
pub struct Dispatcher {
    pub(super) settings: DispatchSettings,
    pub(super) started: Instant,
    pub(super) random: fastrand::Rng,
    pub(super) fresh: Fresh,
    pub(super) waiting: Vec<Group>,
    pub(super) in_flight: usize,
    /// Of them, those larger than any that passed.
    pub(super) unproven: usize,
    pub(super) size: Size,
    announced_size: usize,
    pub(super) gate: Gate,
    pub(super) outage: Outage,
    pub(super) credentials: Credentials,
    pub(super) breaker: Breaker,
    pub(super) canary: Canary,
    pub(super) share: FailureShare,
    pub(super) families: Families,
    pub(super) retries: Budget,
    pub(super) splits: Budget,
    pub(super) counts: RequestCounts,
    pub(super) events: Vec<Event>,
    pub(super) window: Option<RateWindow>,
    pub(super) hourly: bool,
    pub(super) stop: Option<StopCause>,
    pub(super) next_request: RequestNumber,
}

impl Dispatcher {
    /// A dispatcher that has nothing yet.
    pub fn new(settings: DispatchSettings, now: Instant) -> Self {
        let size = first_size(&settings);
        Self {
            started: now,
            random: fastrand::Rng::with_seed(settings.seed),
            fresh: Fresh::default(),
            waiting: Vec::new(),
            in_flight: 0,
            unproven: 0,
            announced_size: size.now(),
            size,
            gate: Gate::default(),
            outage: Outage::new(settings.limits.max_outage),
            credentials: Credentials::default(),
            breaker: if settings.has_succeeded { Breaker::Over } else { Breaker::default() },
            canary: Canary::new(settings.canary.min(settings.planned_records)),
            share: FailureShare::new(
                settings.limits.max_failure_share,
                settings.accept.0,
                settings.accept.1,
            ),
            families: Families::default(),
            retries: Budget::of_plan(100),
            splits: Budget::of_plan(20),
            counts: RequestCounts::default(),
            events: Vec::new(),
            window: None,
            hourly: false,
            stop: None,
            next_request: settings.next_request,
            settings,
        }
    }

    /// Whether another record should be fed: less than two batches wait.
    pub fn wants_input(&self) -> bool {
        self.stop.is_none()
            && !self.fresh.ended()
            && self.fresh.is_low(
                self.size.trial().unwrap_or_default().max(self.size.now()),
                self.max_bytes(),
            )
    }

    /// One more record, never sent in this run.
    ///
    /// A record of a resumed run brings its mark: other records of that refused batch tell about it.
    pub fn feed(&mut self, record: Record) {
        if let Mark::RefusedBatch(request) = record.mark {
            self.families.joined(request);
        }
        self.fresh.push(record);
    }

    /// No record will be fed any more.
    pub const fn end_of_input(&mut self) {
        self.fresh.end();
    }

    /// Whether [`Self::poll`] would send now. Cuts nothing.
    pub fn ready(&mut self, now: Instant) -> bool {
        self.choose(now).is_some()
    }

    /// The next thing to do.
    pub fn poll(&mut self, now: Instant) -> Step {
        if self.gate.has_opened(now) && !self.outage.closed() {
            self.events.push(Event::GateOpened);
        }
        match self.choose(now) {
            Some(choice) => Step::Send(self.cut(choice)),
            None if self.is_finished() => Step::Finished,
            None => Step::Wait(self.next_change(now)),
        }
    }

    /// Nothing new leaves from now on; the first cause holds.
    pub fn stop(&mut self, cause: StopCause) {
        if self.stop.is_none() {
            let in_flight = self.in_flight as u64;
            self.events.push(Event::Stopping { cause: cause.clone(), in_flight });
            self.stop = Some(cause);
        }
    }

    /// Why nothing new leaves, if so.
    pub const fn stopped(&self) -> Option<&StopCause> {
        self.stop.as_ref()
    }

    /// Batches sent and not yet settled.
    #[cfg(test)]
    pub(super) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// What the requests came to so far.
    #[cfg(test)]
    pub(super) const fn counts(&self) -> RequestCounts {
        self.counts
    }

    /// What happened since this was called last.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// A window that the server's message added; reported once.
    pub const fn wants_window(&mut self) -> Option<RateWindow> {
        self.window.take()
    }

    /// Records per request as they are cut now.
    #[cfg(test)]
    pub(super) fn batch_size(&self) -> u32 {
        u32::try_from(self.size.now()).unwrap_or(u32::MAX)
    }

    /// The size worth remembering for the next run against this account, once there is one.
    pub fn learned_batch_size(&self) -> Option<u32> {
        self.size.learned().and_then(|size| u32::try_from(size).ok())
    }

    /// Tells of a new batch size, once.
    pub(super) fn announce_size(&mut self) {
        if self.size.now() != self.announced_size {
            self.announced_size = self.size.now();
            self.events.push(Event::BatchSize { records: self.announced_size as u64 });
        }
    }

    pub(super) const fn max_bytes(&self) -> u64 {
        self.settings.limits.max_batch_bytes
    }

    pub(super) const fn chunk(&self) -> Chunk {
        Chunk { spec: self.settings.spec, max_bytes: self.max_bytes() }
    }

    pub(super) fn workers(&self) -> usize {
        let workers = match self.settings.limits.concurrency {
            Auto::Fixed(workers) => workers.max(1),
            Auto::Auto if self.settings.limits.rate.is_empty() => WORKERS_WITHOUT_RATE,
            Auto::Auto => MOST_WORKERS,
        };
        workers as usize
    }

    fn is_finished(&self) -> bool {
        let nothing_left = self.waiting.is_empty() && self.fresh.is_over();
        self.in_flight == 0 && (self.stop.is_some() || nothing_left)
    }

    fn next_change(&self, now: Instant) -> Option<Instant> {
        if self.stop.is_some() || self.in_flight >= self.workers() {
            return None;
        }
        if let Some(opens) = self.gate.closed(now) {
            return Some(opens);
        }
        if self.outage.closed() {
            return self.outage.next_probe().filter(|at| *at > now);
        }
        self.waiting.iter().map(|group| group.due).filter(|due| *due > now).min()
    }

    /// Requests that the whole job takes at the present size.
    pub(super) fn planned_requests(&self) -> u64 {
        self.settings.planned_records.div_ceil(self.size.now() as u64)
    }

    /// One more retry, if the run's budget has it.
    pub(super) fn may_retry(&mut self) -> bool {
        let fits = self.retries.take(1, self.planned_requests());
        if !fits && let Some(used) = self.retries.ran_out() {
            self.notice(format!(
                "all {} of this run are used up: what has no verdict stays unknown",
                counted(used, "retry")
            ));
        }
        fits
    }

    /// So many more requests for the parts of a refused batch, if the run's budget has them.
    pub(super) fn may_split(&mut self, requests: u64) -> bool {
        let fits = self.splits.take(requests, self.planned_requests());
        if !fits && let Some(used) = self.splits.ran_out() {
            self.notice(format!(
                "all {} for splits are used up: refused batches stay unknown",
                counted(used, "request")
            ));
        }
        fits
    }

    pub(super) fn notice(&mut self, message: String) {
        self.events.push(Event::Notice { message });
    }

    /// When an answer asks to wait: closes the gate, or stops if that is too long.
    pub(super) fn close_gate(&mut self, wait: Duration, now: Instant) {
        if wait > self.settings.limits.max_wait {
            return self.long_throttle(wait, now);
        }
        let closed = self.gate.closed(now);
        self.gate.close(now + wait);
        // A run that has stopped waits for nothing.
        if self.stopped().is_none() && closed.is_none_or(|until| until < now + wait) {
            self.events.push(Event::GateClosed { why: "rate limit", wait });
        }
    }

    /// Stops: the server would answer again `wait` from now, and that is too late.
    pub(super) fn long_throttle(&mut self, wait: Duration, now: Instant) {
        let until = jiff::SignedDuration::try_from((now - self.started).saturating_add(wait))
            .ok()
            .and_then(|elapsed| self.settings.started_at.checked_add(elapsed).ok())
            .unwrap_or(jiff::Timestamp::MAX);
        self.stop(StopCause::LongThrottle {
            until: until.to_string(),
            max_wait_seconds: self.settings.limits.max_wait.as_secs(),
        });
    }
}

fn first_size(settings: &DispatchSettings) -> Size {
    let limits = &settings.limits;
    let known = settings.known_batch_size.map(|size| size as usize);
    match limits.batch_size {
        _ if !settings.spec.is_bulk() => Size::fixed(1),
        Auto::Fixed(size) => Size::fixed(size as usize),
        Auto::Auto => Size::auto(limits.max_batch_size as usize, known, limits.timeout),
    }
}
