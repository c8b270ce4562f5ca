//! Batches refused as a whole: how they are divided until the record at fault is alone
//! (`docs/contract.md`, "Splits").
//!
//! Also what a 413 leads to. Sends nothing.

use tokio::time::Instant;

use super::batch::{Batch, Lineage, Settled};
use super::dispatcher::Dispatcher;
use super::doubt;
use super::queue::Group;
use super::settle::{pending, raise};
use crate::model::record::{Mark, Record};
use crate::model::settlement::{Cut, Refusal, Verdict, VerdictKind};

/// Records at fault in each refused batch that the budget for splits is enough for, wherever they are.
const ISOLATED: u64 = 3;

impl Dispatcher {
    /// Any other 4xx: halves, or first those that the error names.
    pub(super) fn refused(
        &mut self,
        batch: Batch,
        refusal: Refusal,
        hints: &[usize],
        now: Instant,
    ) -> Settled {
        let (kind, message) = ("refused", doubt::refused(&refusal, batch.len()));
        self.half_ended(&batch.lineage, false);
        if refusal.in_use || refusal.deleted_by.is_some() {
            // It took the request, and judged a record: it says of what an earlier run deleted that it is gone.
            self.breaker.over();
        }
        if let Some(first_cut) = batch.lineage.first_cut
            && let Some(cause) = self.breaker.refused(first_cut, &batch.records, &refusal)
        {
            self.stop(cause);
        }
        let mut batch = match self.refused_on_trial(batch, &message, now) {
            Ok(settled) => return settled,
            Err(batch) => *batch,
        };
        if batch.len() == 1 {
            self.size.not_the_size();
            if refusal.in_use && self.tells_more_later(&batch) {
                let verdicts = pending(&batch.records);
                let lineage = Lineage { asked_last: true, ..batch.lineage };
                self.again(batch.records, Cut::Split, lineage, now);
                return Settled { verdicts, kind, message };
            }
            let kind_of = self.by_name(&batch.records[0], refusal);
            let verdicts = vec![self.conclude(&batch.records[0], kind_of, &batch.lineage)];
            return Settled { verdicts, kind, message };
        }
        if batch.lineage.first_cut.is_some() {
            self.splits.add(ISOLATED * to_one(batch.len()));
        }
        let hints = usable(hints, batch.len());
        let by_size = self.size.is_bad(batch.len());
        self.size.refused(batch.len());
        self.enter_family(&mut batch, hints.is_empty() && !by_size);
        if !by_size && !self.may_split(2) {
            let verdicts = self.never_isolated(&batch, &refusal);
            return Settled { verdicts, kind, message };
        }
        let verdicts = pending(&batch.records);
        let lineage = Lineage { refused: Some(batch.request), ..Lineage::default() };
        if hints.is_empty() {
            let lineage = Lineage { divide: true, ..lineage };
            self.again(batch.records, Cut::Split, lineage, now);
        } else {
            let (named, rest) = apart(batch.records, &hints);
            self.again(named, Cut::Split, lineage.clone(), now);
            self.again(rest, Cut::Split, lineage, now);
        }
        Settled { verdicts, kind, message }
    }

    /// Whether others of its refused batch are still to be sent: one of them that can be created shows that the
    /// number is not of our own doing. So the record is asked for once more, behind them.
    fn tells_more_later(&mut self, batch: &Batch) -> bool {
        let Mark::RefusedBatch(request) = batch.records[0].mark else { return false };
        let open = !self.families.has_succeeded(request) && self.families.has_others(request);
        open && !batch.lineage.asked_last && self.may_split(1)
    }

    /// The budget for splits is used up: which of them was at fault stays unknown.
    fn never_isolated(&mut self, batch: &Batch, refusal: &Refusal) -> Vec<Verdict> {
        let lineage = Lineage { refused: Some(batch.request), ..Lineage::default() };
        let unknown = || VerdictKind::Unknown {
            doubt: doubt::never_isolated(),
            refusal: Some(refusal.clone()),
        };
        batch.records.iter().map(|record| self.conclude(record, unknown(), &lineage)).collect()
    }

    fn enter_family(&mut self, batch: &mut Batch, undecided: bool) {
        let parent = batch.lineage.refused;
        for record in &batch.records {
            if let Mark::RefusedBatch(earlier) = record.mark
                && Some(earlier) != parent
            {
                self.families.left(Some(earlier));
            }
        }
        self.families.refused(batch.request, parent, batch.len(), undecided);
        raise(&mut batch.records, Mark::RefusedBatch(batch.request));
    }

    /// 413: it cannot have been applied; smaller batches.
    pub(super) fn too_large(&mut self, batch: Batch, refusal: Refusal, now: Instant) -> Settled {
        let (kind, message) = ("too-large", doubt::refused(&refusal, batch.len()));
        self.half_ended(&batch.lineage, false);
        if batch.len() == 1 {
            let record = &batch.records[0];
            let verdicts =
                vec![self.conclude(record, VerdictKind::Failed(refusal), &batch.lineage)];
            return Settled { verdicts, kind, message };
        }
        self.size.too_large(batch.len());
        let verdicts = pending(&batch.records);
        let lineage = Lineage { refused: batch.lineage.refused, ..Lineage::default() };
        let mut records = batch.records;
        if self.size.is_bad(records.len()) {
            self.again(records, Cut::Split, lineage, now);
        } else {
            let half = records.split_off(records.len().div_ceil(2));
            self.again(records, Cut::Split, lineage.clone(), now);
            self.again(half, Cut::Split, lineage, now);
        }
        Settled { verdicts, kind, message }
    }

    pub(super) fn half_ended(&mut self, lineage: &Lineage, passed: bool) {
        if let Some(parent) = lineage.half_of
            && let Some(size) = self.families.half_passed(parent, passed)
        {
            self.size.halves_passed(size);
        }
    }

    /// Divides what was refused, as late as possible: by then more is known about sizes.
    pub(super) fn divide_waiting(&mut self) {
        if !self.breaker.is_over() && (self.first_cuts_remain() || self.any_unjudged()) {
            return;
        }
        let mut index = 0;
        while index < self.waiting.len() {
            if self.may_divide(index) {
                self.divide(index);
            }
            index += 1;
        }
    }

    /// Of several batches larger than all that passed, the smallest tells most, and comes first.
    fn may_divide(&self, index: usize) -> bool {
        let Group { records, lineage, .. } = &self.waiting[index];
        let known = records.len() <= self.size.good() || self.size.is_bad(records.len());
        let first = self.families.smallest_doubtful(self.size.good());
        let next = first.is_none_or(|(_, request)| lineage.refused == Some(request));
        lineage.divide && (known || next || self.size.good() == 0)
    }

    fn divide(&mut self, index: usize) {
        let group = &mut self.waiting[index];
        let len = group.records.len();
        group.lineage.divide = false;
        let nothing_passed = self.size.good() == 0 && self.size.now() < len;
        if nothing_passed || self.size.is_bad(len) {
            // Not its records but its size: it is cut as it is sent.
            return self.families.decided(group.lineage.refused);
        }
        group.lineage.half_of = group.lineage.refused;
        let half = group.records.split_off(len.div_ceil(2));
        let other = Group {
            due: group.due,
            cut: Cut::Split,
            records: half,
            lineage: group.lineage.clone(),
            left_out: false,
        };
        self.wait(other);
    }
}

/// Requests that it takes to have one of so many records alone: two halves at each step.
fn to_one(records: usize) -> u64 {
    2 * u64::from(records.next_power_of_two().trailing_zeros())
}

/// The hints that can be used: in range, each once, not more than half of the batch.
fn usable(hints: &[usize], len: usize) -> Vec<usize> {
    let mut usable: Vec<_> = hints.iter().copied().filter(|hint| *hint < len).collect();
    usable.sort_unstable();
    usable.dedup();
    if usable.len() * 2 > len { Vec::new() } else { usable }
}

/// The records at those places, and the others.
fn apart(records: Vec<Record>, places: &[usize]) -> (Vec<Record>, Vec<Record>) {
    let (named, rest): (Vec<_>, Vec<_>) =
        records.into_iter().enumerate().partition(|(place, _)| places.binary_search(place).is_ok());
    let plain = |side: Vec<(usize, Record)>| side.into_iter().map(|(_, record)| record).collect();
    (plain(named), plain(rest))
}
