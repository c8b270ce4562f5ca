//! How many records a request carries: the search of `batch_size = "auto"` (docs/contract.md, "Batches").
//!
//! Doubles while all goes well, then searches between what passed and what did not, with at most
//! six refused sizes. Knows no records; bytes are the queue's concern.

use std::time::Duration;

/// The size when nothing is known.
const START: usize = 100;
/// Sizes that may be refused in one search.
const REFUSALS: u32 = 6;
/// The search ends when what is left to gain is less than one part in so many.
const FINENESS: usize = 32;
/// Complete answers after which a limit found by lost answers is looked at once more.
const LOOK_AGAIN: u32 = 50;

/// What is known about the sizes that the server takes.
#[derive(Debug)]
pub(super) struct Size {
    fixed: bool,
    most: usize,
    /// The next size to try while none has passed.
    first: usize,
    start: usize,
    good: Option<usize>,
    bad: Option<usize>,
    refusals_left: u32,
    /// Complete and quick answers in a row at the good size.
    quick: u32,
    /// The bad size was never refused in so many words: it may have been chance.
    weak: bool,
    /// Sent, came back without a verdict: too large, or the server's own trouble.
    suspect: Option<usize>,
    /// Incomplete answers in a row above the good size.
    incomplete: u8,
    quick_within: Duration,
}

impl Size {
    /// Always that many records.
    pub(super) fn fixed(size: usize) -> Self {
        Self { fixed: true, good: Some(size.max(1)), ..Self::auto(size, None, Duration::MAX) }
    }

    /// To be found, at most `most`, beginning with what an earlier run found.
    pub(super) fn auto(most: usize, known: Option<usize>, timeout: Duration) -> Self {
        let most = most.max(1);
        let start = known.unwrap_or(START).clamp(1, most);
        Self {
            fixed: false,
            most,
            first: start,
            start,
            good: None,
            bad: None,
            refusals_left: REFUSALS,
            quick: 0,
            weak: false,
            suspect: None,
            incomplete: 0,
            quick_within: timeout / 4,
        }
    }

    /// The size that new batches have now.
    pub(super) fn now(&self) -> usize {
        self.good.unwrap_or(self.first)
    }

    /// The largest size that passed; 0 when none has.
    pub(super) fn good(&self) -> usize {
        self.good.unwrap_or(0)
    }

    /// Whether so many records are known to be too many.
    pub(super) fn is_bad(&self, records: usize) -> bool {
        let least = [self.bad, self.suspect].into_iter().flatten().min();
        !self.fixed && least.is_some_and(|least| records >= least)
    }

    /// A size larger than the good one that is worth trying now.
    pub(super) fn trial(&self) -> Option<usize> {
        let Some(good) = self.good else { return Some(self.first) };
        if self.fixed || self.suspect.is_some() || self.quick == 0 {
            return None;
        }
        match self.bad {
            None => (self.quick >= 2 && good < self.most).then(|| (good * 2).min(self.most)),
            Some(bad) => self.between(good, bad),
        }
    }

    /// With r refusals left, the step is the widest that r − 1 halvings can still resolve.
    fn between(&self, good: usize, bad: usize) -> Option<usize> {
        let width = bad.saturating_sub(good);
        let unit = unit(good);
        if self.refusals_left == 0 {
            return None;
        }
        if width <= unit {
            return self.looks_again().then(|| (good * 2).min(self.most));
        }
        let step = (width / 2).min(unit << (self.refusals_left - 1));
        Some((good + step.max(1)).min(self.most)).filter(|trial| *trial > good)
    }

    /// What this run can tell the next one.
    pub(super) fn learned(&self) -> Option<usize> {
        self.good.filter(|good| !self.fixed && (self.bad.is_some() || *good >= self.start))
    }

    /// Every record of so many had a verdict.
    pub(super) fn complete(&mut self, records: usize, latency: Duration) {
        if self.fixed {
            return;
        }
        if let Some(suspect) = self.suspect.take().filter(|suspect| records < *suspect) {
            self.limit(suspect);
            self.weak = true;
        }
        if self.bad.is_some_and(|bad| records >= bad) {
            self.bad = None;
        }
        // A canary, a probe or what is left of a small job says nothing against larger ones.
        if records > self.good() && (self.good.is_some() || records >= self.first) {
            self.good = Some(records);
            self.quick = 0;
            self.incomplete = 0;
        }
        if records == self.good() {
            let quick = latency <= self.quick_within;
            self.quick = if quick { self.quick.saturating_add(1) } else { 0 };
        }
    }

    /// The server left records out: `named` of `records` at the start had a verdict, or (`None`) some in between.
    pub(super) fn incomplete(&mut self, records: usize, named: Option<usize>) {
        if self.fixed || records <= self.good() {
            return;
        }
        self.incomplete = self.incomplete.saturating_add(1);
        // One record short may be chance; twice, a whole tail, or what passed before is a limit.
        let exact = named.filter(|named| *named > 0 && *named == self.good());
        let tail = named.is_some_and(|named| named + 1 < records);
        if let Some(named) = named.filter(|named| *named > self.good()) {
            self.good = Some(named);
            self.quick = 1;
        }
        if exact.is_some() || tail || self.incomplete >= 2 {
            self.incomplete = 0;
            self.count_refusal(records);
            self.limit(exact.map_or(records, |named| named + 1));
            self.weak = true;
        }
    }

    /// No verdict on so many records: a later, smaller batch will show whether they were too many.
    pub(super) fn suspect(&mut self, records: usize) {
        if self.fixed {
            return;
        }
        if self.good.is_some_and(|good| records <= good) {
            // What passed before fails now as well: the server is in trouble, not the size.
            self.suspect = None;
        } else {
            self.count_refusal(records);
            // A tenth of so few would be single records: what met trouble once more likely met the
            // server's own, and goes again as it is. Twice, it may be its size.
            let few = records < 10 && records < self.first;
            if !few || self.suspect.is_some_and(|suspect| records <= suspect) {
                self.step_down(records);
            }
            self.suspect = Some(self.suspect.map_or(records, |suspect| suspect.max(records)));
        }
    }

    /// The server is out of reach: what failed meanwhile tells nothing.
    pub(super) fn unreachable(&mut self) {
        self.suspect = None;
        self.first = self.start;
        self.refusals_left = REFUSALS;
    }

    /// The server said that so many records are too many.
    pub(super) fn too_large(&mut self, records: usize) {
        self.count_refusal(records);
        self.limit(records);
        self.weak = false;
    }

    /// So many records were refused and it was not one of them: both halves passed.
    pub(super) fn halves_passed(&mut self, records: usize) {
        self.limit(records);
        self.weak = false;
    }

    /// So many were refused, nobody knows why.
    pub(super) fn refused(&mut self, records: usize) {
        self.count_refusal(records);
        if !self.fixed {
            self.step_down(records);
        }
    }

    /// A refusal was for a record's own sake.
    pub(super) fn not_the_size(&mut self) {
        self.refusals_left = (self.refusals_left + 1).min(REFUSALS);
    }

    /// Whether the search is over, but on weak grounds, and much has passed since.
    fn looks_again(&self) -> bool {
        let over = self.bad.is_some_and(|bad| bad.saturating_sub(self.good()) <= unit(self.good()));
        over && self.weak && self.quick >= LOOK_AGAIN && self.good() < self.most
    }

    fn count_refusal(&mut self, records: usize) {
        if records > self.good() {
            let last_look = self.looks_again();
            self.refusals_left = if last_look { 0 } else { self.refusals_left.saturating_sub(1) };
        }
    }

    fn limit(&mut self, records: usize) {
        if self.fixed || records <= 1 {
            return;
        }
        if self.good.is_some_and(|good| good >= records) {
            // The limit is not what it was, or is one of bytes: search again below.
            self.good = Some(records / 2);
            self.bad = Some(records);
            self.refusals_left = self.refusals_left.max(3);
        }
        self.bad = Some(self.bad.map_or(records, |bad| bad.min(records)));
        self.step_down(records);
    }

    /// While nothing has passed: a tenth, down to a single record, then from the start again. Also
    /// when it was fewer than the size to try: all of a small input, or what is left of it.
    fn step_down(&mut self, records: usize) {
        if self.good.is_none() {
            let tenth = (records / 10).max(1);
            self.first = if records <= 1 { self.start } else { self.first.min(tenth) };
        }
    }
}

/// The least difference of sizes that matters.
fn unit(good: usize) -> usize {
    (good / FINENESS).max(1)
}
