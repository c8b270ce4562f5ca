//! Records that rest on contacts which were read too long ago: before they leave, the contacts are read again.
//!
//! The reading is somebody else's, who knows the account; here is when it is asked for, and what becomes of the batch.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::{Pool, RecorderMessage};
use crate::dispatch::decide::Batch;
use crate::model::{Exit, Mark, Record, RunError, StopCause, Withheld};

/// Whoever reads contacts again.
#[derive(Debug)]
pub struct SecondLook {
    /// Takes what is to be looked at.
    pub asks: mpsc::Sender<LookAgain>,
    /// The longest time for which a contact counts as it was read: one that claims more was read by another clock.
    pub longest: SignedDuration,
}

/// Records whose contacts are to be read again.
#[derive(Debug)]
pub struct LookAgain {
    /// The records.
    pub records: Vec<Record>,
    /// Takes what becomes of them.
    pub answer: oneshot::Sender<Result<Looked, RunError>>,
}

/// What became of records whose contacts were read again.
#[derive(Debug, Default)]
pub struct Looked {
    /// Those that may be sent, in their order, as they are now.
    pub go: Vec<Record>,
    /// The others.
    pub withheld: Vec<Withheld>,
}

/// What came of a look; `None` where whoever looks is gone.
pub(super) type Answer = Option<Result<Looked, RunError>>;

/// Batches whose contacts are being read again.
#[derive(Debug, Default)]
pub(super) struct Looks {
    batches: HashMap<Id, Batch>,
    tasks: JoinSet<Answer>,
}

impl Looks {
    pub(super) fn are_going_on(&self) -> bool {
        !self.batches.is_empty()
    }

    /// The next that ends.
    pub(super) async fn next(&mut self) -> Option<Result<(Id, Answer), JoinError>> {
        self.tasks.join_next_with_id().await
    }
}

impl SecondLook {
    fn is_due(&self, record: &Record, now: Timestamp) -> bool {
        let left = record.good_until.map(|until| until.duration_since(now));
        left.is_some_and(|left| left <= SignedDuration::ZERO || left > self.longest)
    }
}

impl Pool {
    /// Whether what would be sent now has to be looked at first.
    pub(super) fn next_is_old(&mut self, now: Instant) -> bool {
        let Some(look) = &self.parts.second_look else { return false };
        let clock = Timestamp::now();
        self.parts.dispatcher.next_has(now, |record| look.is_due(record, clock))
    }

    pub(super) fn is_old(&self, batch: &Batch) -> bool {
        let Some(look) = &self.parts.second_look else { return false };
        let clock = Timestamp::now();
        batch.records.iter().any(|record| look.is_due(record, clock))
    }

    /// Has the contacts of a batch read again. It is in flight meanwhile, and has no permit: the reading needs them.
    pub(super) fn look_again(&mut self, mut batch: Batch) {
        self.permit = None;
        let Some(look) = &self.parts.second_look else { return };
        let (asks, records) = (look.asks.clone(), std::mem::take(&mut batch.records));
        let task = self.looks.tasks.spawn(async move {
            let (answer, answered) = oneshot::channel();
            asks.send(LookAgain { records, answer }).await.ok()?;
            answered.await.ok()
        });
        self.looks.batches.insert(task.id(), batch);
    }

    /// A look ended.
    pub(super) async fn looked_again(&mut self, ended: Result<(Id, Answer), JoinError>) {
        let (id, answer) = match ended {
            Ok(ended) => ended,
            Err(crash) => (crash.id(), None),
        };
        // What is not among them was broken off.
        let Some(batch) = self.looks.batches.remove(&id) else { return };
        match answer {
            Some(Ok(Looked { go, withheld })) => {
                let marks: Vec<Mark> = withheld.iter().map(|record| record.mark).collect();
                if !withheld.is_empty() {
                    self.report(RecorderMessage::Withheld(withheld)).await;
                }
                self.parts.dispatcher.looked(batch, go, &marks);
                self.mind_the_grace();
            }
            Some(Err(error)) => {
                drop(self.parts.dispatcher.never_left(batch));
                self.stop(cause(error));
            }
            None => {
                drop(self.parts.dispatcher.never_left(batch));
                let what = "whoever reads contacts again failed".to_owned();
                self.stop(StopCause::Internal { what });
            }
        }
    }

    /// Nothing is sent any more: nobody needs to look. What was to be looked at is as it was.
    pub(super) fn break_off_looks(&mut self) {
        self.looks.tasks.abort_all();
        for (_, batch) in std::mem::take(&mut self.looks.batches) {
            drop(self.parts.dispatcher.never_left(batch));
        }
    }
}

/// Why a run stops whose contacts cannot be read again.
fn cause(error: RunError) -> StopCause {
    match error.exit {
        Exit::Internal => StopCause::Internal { what: error.message },
        exit => StopCause::NotReadAgain { passes: exit == Exit::Stopped, words: error.message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_too_long_ago_is_looked_at_and_so_is_what_another_clock_says() {
        let look = SecondLook { asks: mpsc::channel(1).0, longest: SignedDuration::from_mins(15) };
        let now: Timestamp = "2026-11-28T06:00:00Z".parse().unwrap();
        let due = |good_until: Option<&str>| {
            let mut record = Record::only_id(0, "x");
            record.good_until = good_until.map(|at| at.parse().unwrap());
            look.is_due(&record, now)
        };
        assert!(!due(None), "it rests on no contact");
        assert!(!due(Some("2026-11-28T06:00:01Z")));
        assert!(due(Some("2026-11-28T06:00:00Z")));
        assert!(due(Some("2026-11-28T07:00:00Z")), "this clock was set back since");
    }
}
