//! A server that exists only as a function, and a clock that only the simulation moves.
//!
//! Drives the dispatcher as the pool does, and holds it to what must be true of every run.

mod concurrency;
mod faults;
mod properties;
mod sizes;
mod splits;
mod truth;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::{Batch, DispatchSettings, Dispatcher, Step};
use crate::api::reading::{Named, NoVerdict, Read, Reading, ThrottledWindow, Verdicts};
use crate::model::error::StopCause;
use crate::model::operation::Operation;
use crate::model::record::{Mark, Ordinal, Record};
use crate::model::settings::{Accept, Auto, Limits, RateWindow, Reconcile};
use crate::model::settlement::{Cut, Refusal, Verdict, VerdictKind};

/// What the server sees of one request.
struct Request<'a> {
    number: u64,
    cut: Cut,
    records: &'a [Record],
    /// Since the run began.
    at: Duration,
}

impl Request<'_> {
    fn holds(&self, ordinal: Ordinal) -> bool {
        self.records.iter().any(|record| record.ordinal == ordinal)
    }

    fn len(&self) -> usize {
        self.records.len()
    }
}

fn read(status: Option<u16>, reading: Reading) -> Read {
    Read::of(status, reading)
}

fn done() -> Named {
    Named::Succeeded { entry: Some(0..0), diverged: Vec::new(), created: None }
}

fn not_found() -> Named {
    Named::Failed(Refusal { not_found: true, ..Refusal::default() })
}

fn verdicts(request: &Request<'_>, named: impl Fn(&Record) -> Named) -> Read {
    let named = request.records.iter().map(named).collect();
    read(Some(200), Reading::Verdicts(Verdicts { named, ..Verdicts::default() }))
}

fn all_done(request: &Request<'_>) -> Read {
    verdicts(request, |_| done())
}

fn refused() -> Read {
    let refusal = Refusal { status: Some(400), code: Some("4002".into()), ..Refusal::default() };
    read(Some(400), Reading::Refused { refusal, hints: Vec::new() })
}

fn too_large() -> Read {
    read(Some(413), Reading::TooLarge(Refusal { status: Some(413), ..Refusal::default() }))
}

fn no_verdict(kind: &'static str, may_have_left: bool) -> Reading {
    let message = format!("{kind} it was");
    Reading::NoVerdict(NoVerdict { kind, may_have_left, message, refusal: None })
}

fn server_error(status: u16) -> Read {
    read(Some(status), no_verdict("server-error", true))
}

fn timed_out() -> Read {
    read(None, no_verdict("timeout", true))
}

fn connect_failed() -> Read {
    read(None, no_verdict("connect-failed", false))
}

fn throttled(retry_after: Option<Duration>) -> Read {
    let reading = Reading::Throttled(ThrottledWindow::Minute);
    Read { status: Some(429), retry_after, reading }
}

fn unauthorised() -> Read {
    read(Some(401), Reading::Unauthorised { code: None, clock_ahead: None })
}

fn limits() -> Limits {
    Limits {
        rate: vec![RateWindow { permits: 50, window: Duration::from_mins(1) }],
        per_run: 0,
        burst: 1,
        batch_size: Auto::Fixed(10),
        max_batch_size: 1000,
        max_batch_bytes: 1 << 20,
        concurrency: Auto::Fixed(4),
        connect_timeout: Duration::from_secs(10),
        timeout: Duration::from_mins(1),
        max_attempts: 5,
        max_wait: Duration::from_hours(1),
        max_outage: Duration::from_mins(15),
        max_duration: None,
        window: None,
        grace: Duration::from_secs(30),
        max_failure_share: 1.0,
        reconcile: Reconcile::Auto,
        reconcile_requests: 0,
    }
}

fn settings(records: u32, limits: Limits) -> DispatchSettings {
    DispatchSettings {
        spec: *Operation::BulkDelete.spec(),
        limits,
        canary: 0,
        known_batch_size: None,
        next_request: 1,
        planned_records: u64::from(records),
        has_succeeded: false,
        accept: (Accept::default(), u64::from(records)),
        seed: 7,
        started_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// One request as it went.
#[derive(Debug, Clone)]
struct Sent {
    cut: Cut,
    len: usize,
    at: Duration,
    kind: &'static str,
}

/// What a run came to.
#[derive(Debug)]
struct Ran {
    last: BTreeMap<Ordinal, Verdict>,
    sent: Vec<Sent>,
    stop: Option<StopCause>,
    dispatcher: Dispatcher,
    took: Duration,
}

impl Ran {
    fn word(&self, ordinal: Ordinal) -> &'static str {
        self.last.get(&ordinal).map_or("unsent", |verdict| word(&verdict.kind))
    }

    fn count(&self, of: &str) -> usize {
        self.last.values().filter(|verdict| word(&verdict.kind) == of).count()
    }
}

fn word(kind: &VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Succeeded { gone: Some(_), .. } => "already gone",
        VerdictKind::Succeeded { .. } => "succeeded",
        VerdictKind::Failed(_) => "failed",
        VerdictKind::Unknown { doubt, .. } => doubt.code,
        VerdictKind::Pending => "pending",
    }
}

struct Simulation<S> {
    server: S,
    dispatcher: Dispatcher,
    start: Instant,
    now: Instant,
    next_permit: Instant,
    spacing: Duration,
    in_flight: Vec<(Instant, Batch, Read, Duration)>,
    input: VecDeque<Record>,
    open: BTreeSet<Ordinal>,
    last: BTreeMap<Ordinal, Verdict>,
    sent: Vec<Sent>,
}

/// Runs a whole job; `server` gives the answer and how long it takes.
fn run<S>(records: u32, settings: DispatchSettings, server: S) -> Ran
where
    S: FnMut(&Request<'_>) -> (Read, Duration),
{
    let ids = (0..records).map(|n| Record::only_id(n, &format!("{n:024x}"))).collect();
    run_records(ids, settings, server)
}

fn run_records<S>(input: VecDeque<Record>, settings: DispatchSettings, server: S) -> Ran
where
    S: FnMut(&Request<'_>) -> (Read, Duration),
{
    let now = Instant::now();
    let spacing = settings.limits.rate.first().map_or(Duration::ZERO, |r| r.window / r.permits);
    let dispatcher = Dispatcher::new(settings, now);
    let simulation = Simulation {
        server,
        dispatcher,
        start: now,
        now,
        next_permit: now,
        spacing,
        in_flight: Vec::new(),
        input,
        open: BTreeSet::new(),
        last: BTreeMap::new(),
        sent: Vec::new(),
    };
    simulation.run()
}

impl<S: FnMut(&Request<'_>) -> (Read, Duration)> Simulation<S> {
    fn run(mut self) -> Ran {
        loop {
            self.feed();
            let permitted = self.now >= self.next_permit;
            if !permitted && self.dispatcher.ready(self.now) {
                self.advance(Some(self.next_permit));
                continue;
            }
            match self.dispatcher.poll(self.now) {
                Step::Send(batch) => self.send(batch),
                Step::Wait(until) => self.advance(until),
                Step::Finished => break,
            }
        }
        assert_eq!(self.dispatcher.in_flight(), 0);
        Ran {
            last: self.last,
            sent: self.sent,
            stop: self.dispatcher.stopped().cloned(),
            took: self.now - self.start,
            dispatcher: self.dispatcher,
        }
    }

    fn feed(&mut self) {
        while self.dispatcher.wants_input() {
            match self.input.pop_front() {
                Some(record) => self.dispatcher.feed(record),
                None => self.dispatcher.end_of_input(),
            }
        }
    }

    fn send(&mut self, batch: Batch) {
        assert!(!batch.records.is_empty());
        assert_eq!(batch.request, self.sent.len() as u64 + 1, "numbers count up");
        for record in &batch.records {
            let earlier = self.last.get(&record.ordinal).map(|verdict| &verdict.kind);
            assert!(matches!(earlier, None | Some(VerdictKind::Pending)), "settled, sent again");
            assert!(self.open.insert(record.ordinal), "in flight twice");
        }
        let at = self.now - self.start;
        let (number, cut) = (batch.request, batch.cut);
        let request = Request { number, cut, records: &batch.records, at };
        let (read, latency) = (self.server)(&request);
        self.sent.push(Sent { cut, len: batch.records.len(), at, kind: "" });
        self.in_flight.push((self.now + latency, batch, read, latency));
        self.next_permit = self.now + self.spacing;
    }

    /// To the next answer, or to `until` if that is earlier.
    fn advance(&mut self, until: Option<Instant>) {
        let next = self.in_flight.iter().enumerate().min_by_key(|(_, attempt)| attempt.0);
        let answer = next.map(|(index, attempt)| (attempt.0, index));
        match (answer, until) {
            (Some((at, index)), until) if until.is_none_or(|until| at <= until) => {
                self.now = self.now.max(at);
                let (_, batch, read, latency) = self.in_flight.swap_remove(index);
                self.settle(batch, read, latency);
            }
            (_, Some(until)) => {
                assert!(until > self.now, "waits for what has passed");
                self.now = until;
            }
            (_, None) => panic!("waits for nothing: {:?}", self.dispatcher),
        }
    }

    fn settle(&mut self, batch: Batch, read: Read, latency: Duration) {
        let ordinals: Vec<_> = batch.records.iter().map(|record| record.ordinal).collect();
        let index = usize::try_from(batch.request).unwrap() - 1;
        let settled = self.dispatcher.answered(batch, read, latency, self.now);
        self.sent[index].kind = settled.kind;
        assert_eq!(ordinals, settled.verdicts.iter().map(|v| v.ordinal).collect::<Vec<_>>());
        for verdict in settled.verdicts {
            self.open.remove(&verdict.ordinal);
            let answered = ["inBothLists", "contradictory"];
            let may_be = verdict.mark.may_have_been_applied();
            let unknown = matches!(&verdict.kind, VerdictKind::Unknown { doubt, .. } if !answered.contains(&doubt.code));
            assert!(may_be || !unknown, "unknown without a mark: {verdict:?}");
            self.last.insert(verdict.ordinal, verdict);
        }
    }
}
