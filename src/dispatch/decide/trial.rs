//! Single records of refused batches, sent alone to learn whether the job or its records are at fault.
//!
//! The state is the breaker's; here it is brought together with what waits to be sent.

use tokio::time::Instant;

use super::batch::{Batch, Lineage, Settled};
use super::dispatcher::Dispatcher;
use super::queue::Group;
use super::settle::pending;
use crate::model::record::Ordinal;
use crate::model::settlement::Cut;

impl Dispatcher {
    /// Whether a trial decides what is sent now; begins it where no other batch is left to cut.
    pub(super) fn on_trial(&mut self) -> bool {
        if self.in_flight == 0 && !self.first_cuts_remain() && !self.any_unjudged() {
            self.breaker.no_other_batch();
        }
        self.forget_what_left();
        self.breaker.trial().is_some()
    }

    /// Whether a batch that goes as it was first cut still waits for its answer.
    pub(super) fn any_unjudged(&self) -> bool {
        self.waiting.iter().any(|group| group.lineage.first_cut.is_some() && !group.lineage.divide)
    }

    /// What is neither waiting nor in flight has come to an end that tells nothing of the job.
    fn forget_what_left(&mut self) {
        if self.in_flight > 0 {
            return;
        }
        while let Some(trial) = self.breaker.trial()
            && let Some(&gone) =
                trial.open().iter().find(|open| place(&self.waiting, **open).is_none())
        {
            trial.leaves(gone);
        }
        if self.breaker.trial().is_some_and(|trial| trial.open().is_empty()) {
            self.breaker.over();
        }
    }

    /// A record of the trial that may be sent now, as group and place in it.
    pub(super) fn single(&mut self, now: Instant) -> Option<(usize, usize)> {
        let trial = self.breaker.trial()?;
        let places = trial.open().iter().filter_map(|open| place(&self.waiting, *open));
        places.min().filter(|(group, _)| self.waiting[*group].due <= now)
    }

    /// Takes one record out of its group and sends it alone.
    pub(super) fn cut_single(&mut self, index: usize, place: usize) -> Batch {
        let record = self.waiting[index].records.remove(place);
        let refused = self.waiting[index].lineage.refused;
        if self.waiting[index].records.is_empty() {
            let gone = self.waiting.swap_remove(index);
            self.families.decided(gone.lineage.half_of);
        } else {
            self.no_longer_whole(index);
        }
        // Beyond the budget it is sent all the same: there are six at most.
        let _ = self.may_split(1);
        self.batch(Cut::Split, vec![record], Lineage { refused, ..Lineage::default() })
    }

    /// A record that was refused alone: without a verdict while the trial goes on, so that it is
    /// nobody's failure where the job is at fault. `None` when it is not on trial, or the last there is.
    pub(super) fn refused_on_trial(
        &mut self,
        batch: Batch,
        message: &str,
        now: Instant,
    ) -> Result<Settled, Box<Batch>> {
        let ordinal = batch.records[0].ordinal;
        let Some(trial) = self.breaker.trial().filter(|_| batch.len() == 1) else {
            return Err(batch.into());
        };
        if !trial.refused(ordinal) {
            return Err(batch.into());
        }
        if let Some(cause) = trial.verdict() {
            if !self.anything_beside_the_trial() {
                // All records have been refused alone: there is nothing left to protect.
                self.breaker.over();
                return Err(batch.into());
            }
            self.stop(cause);
        }
        let verdicts = pending(&batch.records);
        let lineage = Lineage { refused: batch.lineage.refused, ..Lineage::default() };
        self.again(batch.records, Cut::Split, lineage, now);
        Ok(Settled { verdicts, kind: "refused", message: message.to_owned() })
    }

    fn anything_beside_the_trial(&mut self) -> bool {
        let Self { breaker, waiting, fresh, in_flight, .. } = self;
        let Some(trial) = breaker.trial() else { return false };
        let mut records = waiting.iter().flat_map(|group| &group.records);
        *in_flight > 0 || !fresh.is_over() || records.any(|record| !trial.holds(record.ordinal))
    }
}

fn place(waiting: &[Group], ordinal: Ordinal) -> Option<(usize, usize)> {
    let in_group = |group: &Group| group.records.iter().position(|r| r.ordinal == ordinal);
    waiting.iter().enumerate().find_map(|(index, group)| Some((index, in_group(group)?)))
}
