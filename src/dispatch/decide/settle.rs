//! What follows from the end of one request, reading by reading.
//!
//! Gives every record of the batch its verdict, and puts those without one back in the queue.

use std::time::Duration;

use tokio::time::Instant;

use super::batch::{Batch, Lineage, Settled};
use super::dispatcher::Dispatcher;
use super::gate::{LEAST, WITHOUT_RETRY_AFTER};
use super::queue::Group;
use crate::api::reading::{Read, Reading, ThrottledWindow};
use crate::model::Effect;
use crate::model::error::StopCause;
use crate::model::event::Event;
use crate::model::record::{Mark, Record};
use crate::model::settings::RateWindow;
use crate::model::settlement::{Cut, Verdict, VerdictKind};

/// The window that the hourly message reveals (`docs/kore-api.md`, "Limits").
const HOURLY: RateWindow = RateWindow { permits: 1800, window: Duration::from_hours(1) };

/// A record's verdict as it is now.
pub(super) fn verdict(record: &Record, kind: VerdictKind) -> Verdict {
    Verdict { ordinal: record.ordinal, attempts: record.attempts, mark: record.mark, kind }
}

pub(super) fn pending(records: &[Record]) -> Vec<Verdict> {
    records.iter().map(|record| verdict(record, VerdictKind::Pending)).collect()
}

pub(super) fn raise(records: &mut [Record], mark: Mark) {
    for record in records {
        record.mark = record.mark.max(mark);
    }
}

impl Dispatcher {
    /// What an answer, or the lack of one, means for the batch and for everything after it.
    pub fn answered(
        &mut self,
        batch: Batch,
        read: Read,
        latency: Duration,
        now: Instant,
    ) -> Settled {
        self.came_back(&batch);
        if let Some(wait) = read.retry_after.filter(|wait| !wait.is_zero()) {
            self.close_gate(wait, now);
        }
        let reachable = read.status.is_some_and(|status| !matches!(status, 502..=504));
        let no_verdict = matches!(read.reading, Reading::NoVerdict(_));
        // During an outage an error of whatever kind is part of it.
        let unreachable = no_verdict && (!reachable || self.outage.closed());
        if !unreachable && self.outage.answered() && self.gate.closed(now).is_none() {
            self.events.push(Event::GateOpened);
        }
        if !matches!(read.reading, Reading::Throttled(_)) {
            self.gate.answered();
        }
        let status = read.status.unwrap_or_default();
        let has_wait = read.retry_after.is_some();
        let settled = match read.reading {
            Reading::Throttled(window) => self.throttled(batch, window, has_wait, now),
            Reading::NoVerdict(fault) => self.no_verdict(batch, &fault, unreachable, now),
            Reading::Verdicts(verdicts) => {
                self.unexpected(verdicts.unexpected_successes);
                self.verdicts(batch, verdicts.named, latency, now)
            }
            Reading::Unauthorised { code, clock_ahead } => {
                self.unauthorised(batch, StopCause::Credentials { status, code, clock_ahead }, now)
            }
            Reading::WrongEndpoint { what } => self.wrong_endpoint(batch, status, what, now),
            Reading::NoWay { kind, message } => self.no_way(batch, kind, message, now),
            Reading::TooLarge(refusal) => self.too_large(batch, refusal, now),
            Reading::Refused { refusal, hints } => self.refused(batch, refusal, &hints, now),
        };
        self.after_each();
        settled
    }

    /// A batch in flight when the run ends at once: it may have been applied.
    pub fn cut_short(&mut self, mut batch: Batch, now: Instant) -> Settled {
        self.came_back(&batch);
        raise(&mut batch.records, Mark::LostAnswer);
        let verdicts = pending(&batch.records);
        self.again(batch.records, Cut::Retry, batch.lineage, now);
        let message = "the run ended before the answer came".to_owned();
        Settled { verdicts, kind: "cut-short", message }
    }

    /// A batch that did not leave after all: as if it had never been cut, but for its number.
    pub fn never_left(&mut self, batch: Batch) -> Settled {
        self.came_back(&batch);
        self.counts.sent -= 1;
        self.counts.retried -= u64::from(batch.cut == Cut::Retry);
        self.counts.split -= u64::from(batch.cut == Cut::Split);
        let verdicts = pending(&batch.records);
        self.again(batch.records, batch.cut, batch.lineage, self.started);
        Settled { verdicts, kind: "not-sent", message: "it did not leave".to_owned() }
    }

    /// What a batch rests on was read again before it left: these of its records go, as if they had just been cut. The others,
    /// of which the marks are given, are out.
    pub fn looked(&mut self, mut batch: Batch, go: Vec<Record>, out: &[Mark]) {
        for mark in out {
            self.families.left(batch.lineage.family(*mark));
        }
        if !out.is_empty()
            && let Some(parent) = batch.lineage.half_of.take()
        {
            self.families.half_passed(parent, false);
        }
        if batch.cut == Cut::Canary {
            self.canary.put_back(out.len() as u64);
        }
        batch.records = go;
        drop(self.never_left(batch));
        self.after_each();
    }

    fn came_back(&mut self, batch: &Batch) {
        self.in_flight -= 1;
        self.unproven -= usize::from(batch.unproven);
        if batch.cut == Cut::Probe {
            self.outage.probe_void();
        }
    }

    fn after_each(&mut self) {
        if let Some(cause) = self.canary.cause().or_else(|| self.share.cause()) {
            self.stop(cause);
        }
        if self.in_flight == 0 && self.waiting.is_empty() {
            self.canary.settled(self.fresh.is_over());
        }
        self.announce_size();
    }

    fn unexpected(&mut self, ids: u64) {
        if ids > 0 && self.settings.spec.effect == Effect::Delete {
            self.stop(StopCause::UnexpectedIds { ids });
        }
    }

    fn throttled(
        &mut self,
        batch: Batch,
        window: ThrottledWindow,
        has_wait: bool,
        now: Instant,
    ) -> Settled {
        self.counts.throttled += 1;
        let wait = if has_wait { LEAST } else { WITHOUT_RETRY_AFTER };
        self.close_gate(wait, now);
        if self.gate.throttled_for(now) > self.settings.limits.max_wait {
            self.long_throttle(wait, now);
        }
        if window == ThrottledWindow::Hour {
            self.add_hourly();
        }
        let verdicts = pending(&batch.records);
        let lineage = Lineage { signed_again: false, ..batch.lineage };
        self.again(batch.records, batch.cut, lineage, now);
        Settled { verdicts, kind: "throttled", message: "the rate limit spoke".to_owned() }
    }

    fn add_hourly(&mut self) {
        if !self.hourly {
            self.hourly = true;
            self.window = Some(HOURLY);
            let permits = HOURLY.permits;
            self.notice(format!(
                "the hourly rate limit spoke: {permits} requests an hour from now on"
            ));
        }
    }

    /// 401 or 403: signed once more, then a person is needed.
    fn unauthorised(&mut self, batch: Batch, cause: StopCause, now: Instant) -> Settled {
        let again = self.credentials.refused_again(batch.request, self.next_request);
        if again || batch.lineage.signed_again {
            self.stop(cause);
        }
        let verdicts = pending(&batch.records);
        let lineage = Lineage { signed_again: true, ..batch.lineage };
        self.again(batch.records, batch.cut, lineage, now);
        Settled {
            verdicts,
            kind: "unauthorised",
            message: "the credentials were refused".to_owned(),
        }
    }

    /// An answer that no such endpoint gives: nothing more is sent there.
    fn wrong_endpoint(
        &mut self,
        mut batch: Batch,
        status: u16,
        what: &str,
        now: Instant,
    ) -> Settled {
        self.stop(StopCause::WrongEndpoint { status, what: what.to_owned() });
        if status != 405 {
            raise(&mut batch.records, Mark::RefusedBatch(batch.request));
        }
        let verdicts = pending(&batch.records);
        self.again(batch.records, Cut::Retry, batch.lineage, now);
        let message = format!("HTTP {status}, which is no answer of this API ({what})");
        Settled { verdicts, kind: "wrong-endpoint", message }
    }

    /// Nothing was sent, and only a person can open the way.
    fn no_way(
        &mut self,
        batch: Batch,
        kind: &'static str,
        message: String,
        now: Instant,
    ) -> Settled {
        self.stop(StopCause::NoWay { kind: kind.to_owned(), message: message.clone() });
        let verdicts = pending(&batch.records);
        self.again(batch.records, batch.cut, batch.lineage, now);
        Settled { verdicts, kind, message }
    }

    /// These go again at once, as far as the gates allow.
    pub(super) fn again(&mut self, records: Vec<Record>, cut: Cut, lineage: Lineage, now: Instant) {
        let cut = if cut == Cut::Probe { Cut::Retry } else { cut };
        self.wait(Group { due: now, cut, records, lineage, left_out: false });
    }

    pub(super) fn wait(&mut self, group: Group) {
        if !group.records.is_empty() {
            self.waiting.push(group);
        }
    }
}
