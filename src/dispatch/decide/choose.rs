//! What the next request carries: the order of the queues, and where batches are cut.
//!
//! Reads no answers.

use tokio::time::Instant;

use super::batch::{Batch, Lineage};
use super::dispatcher::Dispatcher;
use super::queue::Group;
use crate::model::record::Record;
use crate::model::settlement::Cut;

/// Records of a probe, at most.
const PROBE: usize = 10;
/// Groups that may wait before no new batch is cut: they hold records in memory.
const MOST_WAITING: usize = 64;

/// What can be sent now.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice {
    /// So many records of that waiting group.
    Waiting(usize, usize),
    /// So many records from the input.
    Fresh(usize),
    /// A few records, to learn whether the server is back.
    Probe,
    /// That record of that waiting group, to learn whether the job is at fault.
    Single(usize, usize),
}

impl Dispatcher {
    pub(super) fn choose(&mut self, now: Instant) -> Option<Choice> {
        let held = self.stop.is_some() || self.in_flight >= self.workers();
        if held || self.gate.closed(now).is_some() {
            return None;
        }
        if self.outage.closed() {
            let due = self.outage.next_probe().is_some_and(|at| at <= now);
            let fresh = self.fresh_size(self.probe_size());
            let any = !self.waiting.is_empty() || fresh.is_some();
            return (due && any).then_some(Choice::Probe);
        }
        if self.on_trial() {
            return self.single(now).map(|(index, place)| Choice::Single(index, place));
        }
        self.divide_waiting();
        let trial = self.fresh_batch().filter(|choice| self.is_trial(*choice));
        trial.or_else(|| self.due_group(now)).or_else(|| self.fresh_batch())
    }

    /// Whether any record of what would be sent now is such a one.
    pub fn next_has(&mut self, now: Instant, is: impl Fn(&Record) -> bool) -> bool {
        match self.choose(now) {
            None => false,
            Some(Choice::Fresh(size)) => self.fresh.first(size).any(is),
            Some(Choice::Waiting(index, most)) => {
                self.waiting[index].records.iter().take(most).any(is)
            }
            Some(Choice::Single(index, place)) => is(&self.waiting[index].records[place]),
            Some(Choice::Probe) => match self.waiting.first() {
                Some(group) => group.records.iter().take(self.probe_size()).any(is),
                None => self.fresh.first(self.probe_size()).any(is),
            },
        }
    }

    pub(super) fn cut(&mut self, choice: Choice) -> Batch {
        match choice {
            Choice::Waiting(index, most) => self.cut_waiting(index, most),
            Choice::Fresh(size) => self.cut_fresh(size),
            Choice::Probe => self.cut_probe(),
            Choice::Single(index, place) => self.cut_single(index, place),
        }
    }

    /// The first due group of which something may be sent, and how much of it.
    fn due_group(&self, now: Instant) -> Option<Choice> {
        let due = self.waiting.iter().enumerate().filter(|(_, group)| group.due <= now);
        due.filter_map(|(index, group)| Some((group.due, index, self.sendable(group)?)))
            .min()
            .map(|(_, index, most)| Choice::Waiting(index, most))
    }

    /// A few records left out of answers wait for others, as long as there is other work.
    fn may_wait(&self, group: &Group) -> bool {
        if !group.left_out || !self.first_cuts_remain() {
            return false;
        }
        let left_out = self.waiting.iter().filter(|group| group.left_out);
        left_out.map(|group| group.records.len()).sum::<usize>() < self.size.good()
    }

    /// How many of the group's records may leave now in one request.
    fn sendable(&self, group: &Group) -> Option<usize> {
        if group.lineage.divide || self.may_wait(group) {
            return None;
        }
        let (len, good) = (group.records.len(), self.size.good());
        let half_of_doubt = group.lineage.half_of.is_some() && good > 0 && !self.size.is_bad(len);
        match () {
            () if len <= good => Some(len),
            () if half_of_doubt => self.may_test(len).then_some(len),
            () if group.cut == Cut::Retry && good > 0 && !self.may_risk(group) => Some(good),
            () => self.next_size().map(|size| size.min(len)),
        }
    }

    /// Whether a new size is tried on records that have lost an answer already: only when there are
    /// no others to try it on, and most of their attempts are left.
    fn may_risk(&self, group: &Group) -> bool {
        let most = self.settings.limits.max_attempts;
        let fresh_enough = |record: &Record| record.attempts < most / 2;
        self.fresh.is_over() && group.records.iter().all(fresh_enough)
    }

    /// Whether a half may go although it is larger than all that passed: when no smaller batch is in doubt.
    fn may_test(&self, len: usize) -> bool {
        let smallest = self.families.smallest_doubtful(self.size.good());
        self.unproven == 0 && smallest.is_none_or(|(size, _)| size > len)
    }

    /// The size that the next batch may have: a new one is tried by one batch at a time.
    fn next_size(&self) -> Option<usize> {
        let good = self.size.good();
        let busy =
            self.unproven > 0 || (good > 0 && self.families.smallest_doubtful(good).is_some());
        let size = if busy { good } else { self.size.trial().unwrap_or(good) };
        (size > 0).then_some(size)
    }

    /// Whether batches may still be cut from the input, now or when more of it comes.
    pub(super) fn first_cuts_remain(&self) -> bool {
        let canary_allows = !self.canary.is_on() || self.canary.uncut() > 0;
        !self.fresh.is_over() && canary_allows && self.waiting.len() < MOST_WAITING
    }

    fn fresh_batch(&self) -> Option<Choice> {
        let size = self.next_size().filter(|_| self.first_cuts_remain())?;
        self.fresh_size(size).map(Choice::Fresh)
    }

    /// `size`, less where the canary ends; `None` when a batch of it cannot be cut yet.
    fn fresh_size(&self, size: usize) -> Option<usize> {
        let size = match usize::try_from(self.canary.uncut()) {
            Ok(uncut) if self.canary.is_on() => size.min(uncut),
            _ => size,
        };
        (size > 0 && self.fresh.has_batch(size, self.max_bytes())).then_some(size)
    }

    /// A larger batch than any that passed: it comes first, what waits gains from what it tells.
    fn is_trial(&self, choice: Choice) -> bool {
        let good = self.size.good();
        matches!(choice, Choice::Fresh(size) if good > 0 && size > good)
    }

    fn cut_waiting(&mut self, index: usize, most: usize) -> Batch {
        let chunk = self.chunk();
        let group = &mut self.waiting[index];
        let mut lineage = group.lineage.clone();
        let (cut, left_out) = (group.cut, group.left_out);
        let mut records = group.take(most, &chunk);
        if group.records.is_empty() {
            self.waiting.swap_remove(index);
            if left_out && lineage.refused.is_none() {
                self.join_left_out(&mut records);
            }
        } else {
            self.no_longer_whole(index);
            lineage = Lineage { first_cut: None, half_of: None, ..lineage };
        }
        self.batch(cut, records, lineage)
    }

    /// What is left of a cut group is neither a half nor a first-cut batch any more.
    pub(super) fn no_longer_whole(&mut self, index: usize) {
        let lineage = &mut self.waiting[index].lineage;
        lineage.first_cut = None;
        if let Some(parent) = lineage.half_of.take() {
            self.families.half_passed(parent, false);
        }
    }

    /// Fills the request up with other records that answers left out.
    fn join_left_out(&mut self, records: &mut Vec<Record>) {
        let size = self.size.good();
        let mut bytes: u64 = records.iter().map(super::queue::bytes_of).sum();
        let mut index = 0;
        while index < self.waiting.len() {
            let group = &self.waiting[index];
            let more: u64 = group.records.iter().map(super::queue::bytes_of).sum();
            let fits = records.len() + group.records.len() <= size
                && bytes + more + super::queue::ENVELOPE <= self.max_bytes();
            if fits && group.left_out && group.lineage.refused.is_none() {
                bytes += more;
                records.append(&mut self.waiting.swap_remove(index).records);
            } else {
                index += 1;
            }
        }
    }

    fn cut_fresh(&mut self, size: usize) -> Batch {
        let records = self.fresh.cut(size, &self.chunk());
        let first_cut = Some(self.next_request);
        let cut = if self.canary.is_on() { Cut::Canary } else { Cut::First };
        self.canary.cut(records.len() as u64);
        self.batch(cut, records, Lineage { first_cut, ..Lineage::default() })
    }

    /// No more than a batch: more than two of them are not waited for.
    fn probe_size(&self) -> usize {
        PROBE.min(self.size.now())
    }

    fn cut_probe(&mut self) -> Batch {
        self.outage.probe_left();
        let chunk = self.chunk();
        let most = self.probe_size();
        if self.waiting.is_empty() {
            let records = self.fresh.cut(self.fresh_size(most).unwrap_or(1), &chunk);
            self.canary.cut(records.len() as u64);
            return self.batch(Cut::Probe, records, Lineage::default());
        }
        let group = &mut self.waiting[0];
        let half = group.records.len().div_ceil(2);
        let records = group.take(if group.lineage.divide { half.min(most) } else { most }, &chunk);
        let lineage = Lineage { refused: group.lineage.refused, ..Lineage::default() };
        if group.records.is_empty() {
            let gone = self.waiting.swap_remove(0);
            self.families.decided(gone.lineage.half_of);
        } else {
            self.no_longer_whole(0);
        }
        self.batch(Cut::Probe, records, lineage)
    }

    pub(super) fn batch(&mut self, cut: Cut, records: Vec<Record>, lineage: Lineage) -> Batch {
        let request = self.next_request;
        self.next_request += 1;
        self.in_flight += 1;
        self.counts.sent += 1;
        self.counts.retried += u64::from(cut == Cut::Retry);
        self.counts.split += u64::from(cut == Cut::Split);
        let unproven = records.len() > self.size.good();
        self.unproven += usize::from(unproven);
        Batch { request, cut, records, lineage, unproven }
    }
}
