//! What the pool does when a request ends, however it ends: read, decide, tell the books.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use super::flight::{Landed, Landing};
use super::{Aloft, BookEntry, Pool};
use crate::api::reading::{Read, Reading};
use crate::dispatch::decide::Settled;
use crate::model::settlement::SentRecord;
use crate::model::{Ending, RunError, Settlement, StopCause};

impl Pool {
    /// A request ended as requests do.
    pub(super) async fn land(&mut self, id: Id, landed: Landed) {
        let Some(aloft) = self.aloft.remove(&id) else { return };
        let latency = landed.latency;
        match landed.landing {
            Landing::Answered(answer) => {
                let read = self.parts.wire.read(&aloft.batch.records, &answer.parts());
                let body = answer.body.unwrap_or_default();
                self.settle(aloft, read, body, latency).await;
            }
            Landing::Faulted(fault) => {
                self.settle(aloft, fault.read(), Bytes::new(), latency).await;
            }
            Landing::Unsigned(error) => {
                self.keep_back(aloft).await;
                self.unsigned(&error);
            }
            Landing::Unwritten => {
                self.keep_back(aloft).await;
                let what = "the journal cannot be written".to_owned();
                self.stop(StopCause::Internal { what });
            }
        }
    }

    /// A task of ours panicked: its request may have left. The others still finish.
    pub(super) async fn crashed(&mut self, crash: &JoinError) {
        if let Some(aloft) = self.aloft.remove(&crash.id()) {
            self.cut_short(aloft).await;
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
        while let Some(Ok((id, landed))) = self.flights.try_join_next_with_id() {
            self.land(id, landed).await;
        }
        self.flights.shutdown().await;
        for (_, aloft) in std::mem::take(&mut self.aloft) {
            self.cut_short(aloft).await;
        }
    }

    async fn settle(&mut self, aloft: Aloft, read: Read, answer: Bytes, latency: Duration) {
        let (request, cut, status) = (aloft.batch.request, aloft.batch.cut, read.status);
        let sent: Vec<SentRecord> = aloft.batch.records.iter().map(SentRecord::from).collect();
        let unexpected = match &read.reading {
            Reading::Verdicts { unexpected, .. } => unexpected.clone(),
            _ => Vec::new(),
        };
        let refused = matches!(read.reading, Reading::Unauthorised { .. });
        let Settled { verdicts, kind } =
            self.parts.dispatcher.answered(aloft.batch, read, latency, Instant::now());
        if let Some(window) = self.parts.dispatcher.wants_window() {
            self.parts.pace.add_window(window);
        }
        let ending = Ending { status, kind, latency };
        let settlement = Settlement { request, cut, ending, answer, verdicts, unexpected };
        self.tell(BookEntry::Settled { settlement, sent }).await;
        if refused && let Err(error) = self.parts.signing.refresh().await {
            self.unsigned(&error);
        }
        self.mind_the_grace();
    }

    fn unsigned(&mut self, error: &RunError) {
        tracing::error!(error = %error, "the credentials cannot be used any more");
        self.stop(StopCause::Credentials { status: 0, code: None, clock_ahead: None });
    }

    /// Cut off in flight: unless it certainly never left, it may have been applied.
    async fn cut_short(&mut self, aloft: Aloft) {
        if !aloft.left.load(Ordering::Relaxed) {
            return self.keep_back(aloft).await;
        }
        self.end_without_answer(aloft, true).await;
    }

    /// It never left: its records are as they were.
    async fn keep_back(&mut self, aloft: Aloft) {
        self.end_without_answer(aloft, false).await;
    }

    async fn end_without_answer(&mut self, aloft: Aloft, left: bool) {
        let Aloft { batch, since, .. } = aloft;
        let (request, cut) = (batch.request, batch.cut);
        let sent = batch.records.iter().map(SentRecord::from).collect();
        let now = Instant::now();
        let Settled { verdicts, kind } = match left {
            true => self.parts.dispatcher.cut_short(batch, now),
            false => self.parts.dispatcher.never_left(batch),
        };
        let ending = Ending { status: None, kind, latency: now - since };
        let (answer, unexpected) = (Bytes::new(), Vec::new());
        let settlement = Settlement { request, cut, ending, answer, verdicts, unexpected };
        self.tell(BookEntry::Settled { settlement, sent }).await;
    }
}
