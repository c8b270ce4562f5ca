//! The words between the dispatcher and the pool that drives it.
//!
//! Plain data; decides nothing.

use tokio::time::Instant;

use super::doubt::Trouble;
use crate::model::settings::{Accept, Limits};
use crate::model::settlement::{Cut, RequestNumber, Verdict};
use crate::model::{Mark, OperationSpec, Record};

/// What a dispatcher must know before its first batch.
#[derive(Debug, Clone)]
pub struct DispatchSettings {
    /// What is sent.
    pub spec: OperationSpec,
    /// The job's limits.
    pub limits: Limits,
    /// Records of the canary; 0 for none.
    pub canary: u64,
    /// The batch size found by an earlier run against this account, records.
    pub known_batch_size: Option<u32>,
    /// The first request number to use.
    pub next_request: RequestNumber,
    /// Records that will be fed, as pass 1 counted them: the budgets are shares of it.
    pub planned_records: u64,
    /// Whether records of the run succeeded in an earlier session: then it is not the job that is at fault.
    pub has_succeeded: bool,
    /// What the job accepts of failures, and how many records were read: shares are of these.
    pub accept: (Accept, u64),
    /// Seed of the back-off's jitter.
    pub seed: u64,
    /// The wall clock at the `now` given to [`super::Dispatcher::new`].
    pub started_at: jiff::Timestamp,
}

/// What the pool shall do now.
#[derive(Debug)]
pub enum Step {
    /// Send this batch; it must come back by `answered`, `cut_short` or `never_left`.
    Send(Batch),
    /// Nothing to send until then, or (`None`) until an answer or input comes.
    Wait(Option<Instant>),
    /// Nothing is in flight, and nothing will be sent any more.
    Finished,
}

/// One request to be sent.
#[derive(Debug)]
pub struct Batch {
    /// Its number, unique in the run.
    pub request: RequestNumber,
    /// Why it was cut.
    pub cut: Cut,
    /// What it carries, in the order of its body; never empty.
    pub records: Vec<Record>,
    pub(super) lineage: Lineage,
    /// More records than ever passed: only one such batch is in flight at a time.
    pub(super) unproven: bool,
}

impl Batch {
    /// Records in it.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }
}

/// What the end of one request came to.
#[derive(Debug)]
pub struct Settled {
    /// One verdict for each record of the batch, in its order.
    pub verdicts: Vec<Verdict>,
    /// `Ending::kind`.
    pub kind: &'static str,
    /// `Ending::words`.
    pub message: String,
}

/// Where a batch comes from; it stays with its records until they are settled.
#[derive(Debug, Clone, Default)]
pub(super) struct Lineage {
    /// The request that was cut first from the input and still goes as it was cut.
    pub(super) first_cut: Option<RequestNumber>,
    /// The request refused as a whole that these records were part of last.
    pub(super) refused: Option<RequestNumber>,
    /// The refused request of which these records are one half.
    pub(super) half_of: Option<RequestNumber>,
    /// Refused as a whole: not to be sent again undivided.
    pub(super) divide: bool,
    /// Sent again after its credentials were refused.
    pub(super) signed_again: bool,
    /// Sends in a row that ended without a verdict; the back-off grows with it.
    pub(super) failures: u32,
    /// Attempts that faults in a row have cost so far, and in which row: an outage gives them back.
    pub(super) faults: (u32, u16),
    /// Its number was in use; it waited until the others of its batch had been sent.
    pub(super) asked_last: bool,
    /// Why its sends brought no verdict.
    pub(super) trouble: Trouble,
}

impl Lineage {
    /// The refused batch that a record with this mark was part of last.
    pub(super) const fn family(&self, mark: Mark) -> Option<RequestNumber> {
        match mark {
            Mark::RefusedBatch(request) => Some(request),
            Mark::LostAnswer | Mark::None => self.refused,
        }
    }
}
