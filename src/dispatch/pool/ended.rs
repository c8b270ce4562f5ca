//! What the pool does when a request ends, however it ends: read, decide, tell the recorder.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use super::attempt::AttemptEnd;
use super::earlier::{Found, Question};
use super::{InFlight, Pool, RecorderMessage};
use crate::api::reading::{NoVerdict, Read, Reading};
use crate::dispatch::decide::Settled;
use crate::model::settlement::{Refusal, SentRecord};
use crate::model::{Ending, Event, RunError, Settlement, StopCause};

/// An answer as it was read, while earlier runs are asked about it.
pub(super) struct Answered {
    read: Read,
    body: Bytes,
    latency: Duration,
}

impl Pool {
    /// A request's task ended as tasks do.
    pub(super) async fn ended(&mut self, id: Id, end: AttemptEnd) {
        let Some(in_flight) = self.in_flight.remove(&id) else { return };
        match end {
            AttemptEnd::Answered(answer, latency) => {
                let read = self.parts.wire.read(&in_flight.batch.records, &answer.parts());
                let body = answer.body.unwrap_or_default();
                self.judge(in_flight, Answered { read, body, latency }).await;
            }
            AttemptEnd::Faulted(fault, latency) => {
                let (read, body) = (fault.read(), Bytes::new());
                self.settle(in_flight, Answered { read, body, latency }).await;
            }
            AttemptEnd::Unsigned(error) => {
                self.never_left(in_flight).await;
                self.unsigned(&error);
            }
            AttemptEnd::Unwritten => {
                // The recorder has nothing of it, and needs no end of it.
                drop(self.parts.dispatcher.never_left(in_flight.batch));
                let what = "the journal cannot be written".to_owned();
                self.stop(StopCause::Internal { what });
            }
        }
    }

    /// Settles an answer, at once or when earlier runs were asked for what it does not find.
    async fn judge(&mut self, in_flight: InFlight, answered: Answered) {
        let records = &in_flight.batch.records;
        let earlier = self.parts.earlier.as_ref();
        match Question::of(self.parts.wire.spec(), records, &answered.read, earlier) {
            None => self.settle(in_flight, answered).await,
            Some(question) => {
                let task = self.look_ups.spawn_blocking(move || question.look_up());
                let in_flight = InFlight { answered: Some(answered), ..in_flight };
                self.in_flight.insert(task.id(), in_flight);
            }
        }
    }

    /// Earlier runs were asked about an answer: settles it.
    pub(super) async fn looked_up(&mut self, id: Id, mut found: Found) {
        let Some(mut in_flight) = self.in_flight.remove(&id) else { return };
        let Some(mut answered) = in_flight.answered.take() else { return };
        for message in std::mem::take(&mut found.notices) {
            self.report(RecorderMessage::Happened(Event::Notice { message })).await;
        }
        found.note(&mut answered.read);
        self.settle(in_flight, answered).await;
    }

    /// A task of ours panicked: its request may have left. The others still finish.
    pub(super) async fn crashed(&mut self, crash: &JoinError) {
        if let Some(in_flight) = self.in_flight.remove(&crash.id()) {
            self.cut_short(in_flight).await;
        }
        self.stop(StopCause::Internal { what: "a request's task failed".to_owned() });
    }

    /// Ends what is in flight at once.
    pub(super) async fn abort(&mut self) {
        self.abort_at = None;
        if self.parts.dispatcher.stopped().is_none() {
            self.stop(StopCause::Signal { signal: "SIGINT".to_owned() });
            self.abort_at = None;
        }
        // What has ended by now has an answer that counts.
        while let Some(Ok((id, end))) = self.attempts.try_join_next_with_id() {
            self.ended(id, end).await;
        }
        // Until they are gone they hold an end of the recorder's channel. A look at earlier runs holds nothing, and cannot
        // be broken off.
        self.attempts.shutdown().await;
        self.look_ups.detach_all();
        for (_, in_flight) in std::mem::take(&mut self.in_flight) {
            self.cut_short(in_flight).await;
        }
    }

    async fn settle(&mut self, in_flight: InFlight, answered: Answered) {
        let Answered { read, body: answer, latency } = answered;
        let batch = in_flight.batch;
        let (request, cut, status) = (batch.request, batch.cut, read.status);
        let sent: Vec<SentRecord> = batch.records.iter().map(SentRecord::from).collect();
        let (unexpected, miscount) = match &read.reading {
            Reading::Verdicts(said) => (said.unexpected.clone(), said.miscount.clone()),
            _ => (Vec::new(), None),
        };
        let refused = matches!(read.reading, Reading::Unauthorised { .. });
        let said = said(&read.reading);
        let Settled { verdicts, kind, message } =
            self.parts.dispatcher.answered(batch, read, latency, Instant::now());
        if let Some(window) = self.parts.dispatcher.wants_window() {
            self.parts.pace.add_window(window);
        }
        let ending = Ending { status, kind, message, latency };
        let settlement =
            Settlement { request, cut, ending, answer, said, verdicts, unexpected, miscount };
        self.report(RecorderMessage::Settled { settlement, sent }).await;
        if refused && let Err(error) = self.parts.signing.refresh().await {
            self.unsigned(&error);
        }
        self.mind_the_grace();
    }

    fn unsigned(&mut self, error: &RunError) {
        tracing::error!(error = %error, "the credentials cannot be used any more");
        self.stop(StopCause::Credentials { status: 0, code: None, clock_ahead: None });
    }

    /// Cut off: what was answered is settled; what certainly never left is as it was; the rest may have
    /// been applied.
    async fn cut_short(&mut self, mut in_flight: InFlight) {
        if let Some(answered) = in_flight.answered.take() {
            return self.settle(in_flight, answered).await;
        }
        if !in_flight.left.load(Ordering::Relaxed) {
            return self.never_left(in_flight).await;
        }
        self.end_without_answer(in_flight, true).await;
    }

    /// It never left: its records are as they were.
    async fn never_left(&mut self, in_flight: InFlight) {
        self.end_without_answer(in_flight, false).await;
    }

    async fn end_without_answer(&mut self, in_flight: InFlight, left: bool) {
        let InFlight { batch, since, .. } = in_flight;
        let (request, cut) = (batch.request, batch.cut);
        let sent = batch.records.iter().map(SentRecord::from).collect();
        let now = Instant::now();
        let Settled { verdicts, kind, message } = match left {
            true => self.parts.dispatcher.cut_short(batch, now),
            false => self.parts.dispatcher.never_left(batch),
        };
        let ending = Ending { status: None, kind, message, latency: now - since };
        let (answer, unexpected) = (Bytes::new(), Vec::new());
        let settlement = Settlement {
            request,
            cut,
            ending,
            answer,
            said: None,
            verdicts,
            unexpected,
            miscount: None,
        };
        self.report(RecorderMessage::Settled { settlement, sent }).await;
    }
}

/// What an answer without verdicts says of its batch.
fn said(reading: &Reading) -> Option<Refusal> {
    match reading {
        Reading::NoVerdict(NoVerdict { refusal, .. }) => refusal.clone(),
        Reading::Refused { refusal, .. } | Reading::TooLarge(refusal) => Some(refusal.clone()),
        _ => None,
    }
}
