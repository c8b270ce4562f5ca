//! Batches that are refused alike from the start: is the job at fault, or records in it?
//! (`docs/contract.md`, "Splits"). Single records decide.
//!
//! Knows requests and ordinals; sends nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::error::StopCause;
use crate::model::record::{Ordinal, Record};
use crate::model::settlement::{Refusal, RequestNumber};

/// Different batches refused with the same status and code that put the job in doubt.
const ALIKE: usize = 3;
/// Records refused alone that condemn it, where there are as many.
const ALONE: usize = 6;

/// What has been refused before any success.
#[derive(Debug)]
pub(super) enum Breaker {
    /// Nothing has succeeded yet; batches refused, by status and code.
    Watching(BTreeMap<(u16, Option<String>), Vec<Suspect>>),
    /// The first record of each of these batches goes alone, then the last; of fewer than three batches some between them, too.
    Trial(Trial),
    /// The server has taken a request: what it refuses is the records' own.
    Over,
}

/// A batch that was refused as it was first cut.
#[derive(Debug)]
pub(super) struct Suspect {
    first_cut: RequestNumber,
    /// Records of it, far from each other, in the order in which they are tried; none where it was one record, which was
    /// sent alone before.
    tried: Vec<Ordinal>,
}

/// Single records of refused batches, sent alone.
#[derive(Debug)]
pub(super) struct Trial {
    status: u16,
    code: Option<String>,
    batches: u64,
    /// Still to be sent, or sent and not answered.
    open: Vec<Ordinal>,
    /// The records that are tried after them, one of each batch a round; the last round comes first.
    next: Vec<Vec<Ordinal>>,
    /// Refused alone in this trial: they have no verdict before it is over.
    held: BTreeSet<Ordinal>,
    refused: u64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Watching(BTreeMap::new())
    }
}

impl Breaker {
    /// Whether it is settled that the job as such is right.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// The server took a request: it named a record of it.
    pub(super) fn over(&mut self) {
        *self = Self::Over;
    }

    /// A batch still as it was first cut, by request `first_cut`, was refused. Why the run stops, where
    /// every batch is one record and enough of them were refused.
    pub(super) fn refused(
        &mut self,
        first_cut: RequestNumber,
        records: &[Record],
        refusal: &Refusal,
    ) -> Option<StopCause> {
        let Self::Watching(refused) = self else { return None };
        let status = refusal.status.unwrap_or_default();
        let alike = refused.entry((status, refusal.code.clone())).or_default();
        if !alike.iter().any(|suspect| suspect.first_cut == first_cut) {
            alike.push(Suspect { first_cut, tried: apart(records) });
        }
        let alone = alike.iter().filter(|suspect| suspect.tried.is_empty()).count();
        if alike.len() >= ALIKE && alone < alike.len() {
            self.try_singles();
            return None;
        }
        let code = refusal.code.clone();
        let cause = StopCause::Breaker { status, code, batches: 0, records: alone as u64 };
        (alone >= ALONE).then_some(cause)
    }

    /// No other batch will be cut: those that were refused are all there are.
    pub(super) fn no_other_batch(&mut self) {
        let Self::Watching(refused) = self else { return };
        match refused.len() {
            0 => {}
            1 => self.try_singles(),
            // Refused for different reasons: nothing speaks against the job as a whole.
            _ => self.over(),
        }
    }

    /// Puts the batches that were refused alike most often on trial.
    fn try_singles(&mut self) {
        let Self::Watching(refused) = self else { return };
        let most = std::mem::take(refused).into_iter().max_by_key(|(_, alike)| alike.len());
        let Some(((status, code), alike)) = most else { return };
        let batches = alike.iter().filter(|suspect| !suspect.tried.is_empty()).count();
        let rounds = ALONE.div_ceil(batches.max(1)).max(2);
        let round = |at: usize| -> Vec<Ordinal> {
            alike.iter().filter_map(|suspect| suspect.tried.get(at).copied()).collect()
        };
        *self = Self::Trial(Trial {
            status,
            code,
            batches: batches as u64,
            open: round(0),
            next: (1..rounds).rev().map(round).filter(|round| !round.is_empty()).collect(),
            held: BTreeSet::new(),
            refused: (alike.len() - batches) as u64,
        });
    }

    /// The trial, while there is one.
    pub(super) const fn trial(&mut self) -> Option<&mut Trial> {
        match self {
            Self::Trial(trial) => Some(trial),
            Self::Watching(_) | Self::Over => None,
        }
    }
}

/// Records of a batch from its ends, its middle and its quarters; none of a single one.
fn apart(records: &[Record]) -> Vec<Ordinal> {
    let len = records.len();
    if len < 2 {
        return Vec::new();
    }
    let mut tried: Vec<Ordinal> = Vec::with_capacity(ALONE);
    // Small batches have fewer places than that, and then all of their records are tried.
    for at in [0, len - 1, len / 2, len / 4, len * 3 / 4].into_iter().chain(0..len.min(2 * ALONE)) {
        let ordinal = records[at].ordinal;
        if tried.len() < ALONE && !tried.contains(&ordinal) {
            tried.push(ordinal);
        }
    }
    tried
}

impl Trial {
    /// The records that are to be sent alone now.
    pub(super) fn open(&self) -> &[Ordinal] {
        &self.open
    }

    /// Whether this record has no verdict before the trial is over.
    pub(super) fn holds(&self, ordinal: Ordinal) -> bool {
        self.held.contains(&ordinal)
    }

    /// One of them was refused alone. Whether it was one.
    pub(super) fn refused(&mut self, ordinal: Ordinal) -> bool {
        let open = self.open.contains(&ordinal);
        if open {
            self.refused += 1;
            self.held.insert(ordinal);
            self.leaves(ordinal);
        }
        open
    }

    /// One of them has come to another end, which says nothing.
    pub(super) fn leaves(&mut self, ordinal: Ordinal) {
        self.open.retain(|open| *open != ordinal);
        if self.open.is_empty() {
            self.open = self.next.pop().unwrap_or_default();
        }
    }

    /// Why the run stops, once all of them have been refused; `None` while some are open.
    pub(super) fn verdict(&self) -> Option<StopCause> {
        let Self { status, batches, refused: records, .. } = *self;
        let cause = || StopCause::Breaker { status, code: self.code.clone(), batches, records };
        self.open.is_empty().then(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str) -> Refusal {
        Refusal { status: Some(status), code: Some(code.into()), ..Refusal::default() }
    }

    fn batch(first: Ordinal, len: u32) -> Vec<Record> {
        (first..first + len).map(|ordinal| Record::only_id(ordinal, "a")).collect()
    }

    #[test]
    fn three_different_batches_refused_alike_are_put_on_trial() {
        let mut breaker = Breaker::default();
        for (request, status, code) in
            [(1, 400, "a"), (1, 400, "a"), (2, 400, "b"), (3, 422, "a"), (4, 400, "a")]
        {
            let records = batch(10 * u32::try_from(request).unwrap(), 10);
            assert_eq!(breaker.refused(request, &records, &refusal(status, code)), None);
            assert!(breaker.trial().is_none(), "the same batch, another code, another status");
        }
        assert_eq!(breaker.refused(5, &batch(50, 10), &refusal(400, "a")), None);
        let trial = breaker.trial().unwrap();
        assert_eq!(trial.open(), [10, 40, 50]);
        assert!([50, 10, 40].into_iter().all(|ordinal| trial.refused(ordinal)));
        assert_eq!((trial.verdict(), trial.open()), (None, &[19, 49, 59][..]));
        assert!([19, 49, 59].into_iter().all(|ordinal| trial.refused(ordinal)));
        let (status, code) = (400, Some("a".into()));
        assert_eq!(
            trial.verdict(),
            Some(StopCause::Breaker { status, code, batches: 3, records: 6 })
        );
    }

    #[test]
    fn batches_of_one_record_were_sent_alone_and_six_of_them_condemn_the_job() {
        let mut breaker = Breaker::default();
        for request in 1..6 {
            let records = batch(u32::try_from(request).unwrap(), 1);
            assert_eq!(breaker.refused(request, &records, &refusal(400, "a")), None);
        }
        let stop = breaker.refused(6, &batch(6, 1), &refusal(400, "a"));
        assert!(
            matches!(stop, Some(StopCause::Breaker { batches: 0, records: 6, .. })),
            "{stop:?}"
        );
    }

    #[test]
    fn all_batches_there_are_can_be_fewer_than_three() {
        let mut breaker = Breaker::default();
        breaker.refused(1, &batch(0, 10), &refusal(400, "a"));
        breaker.no_other_batch();
        let trial = breaker.trial().unwrap();
        for ordinal in [0, 9, 5, 2, 7, 1] {
            assert_eq!(
                (trial.verdict(), trial.open()),
                (None, &[ordinal][..]),
                "six of it, from everywhere"
            );
            assert!(trial.refused(ordinal));
        }
        assert!(matches!(trial.verdict(), Some(StopCause::Breaker { batches: 1, records: 6, .. })));
        let mut breaker = Breaker::default();
        breaker.refused(1, &batch(0, 2), &refusal(400, "a"));
        breaker.no_other_batch();
        let trial = breaker.trial().unwrap();
        assert!(trial.refused(0) && trial.refused(1) && trial.verdict().is_some());
        let mut breaker = Breaker::default();
        breaker.refused(1, &batch(0, 10), &refusal(400, "a"));
        breaker.refused(2, &batch(10, 10), &refusal(400, "b"));
        breaker.no_other_batch();
        assert!(breaker.is_over(), "refused for different reasons");
    }

    #[test]
    fn after_a_success_refusals_are_the_records_own() {
        let mut breaker = Breaker::default();
        breaker.over();
        for request in 1..10 {
            assert_eq!(breaker.refused(request, &batch(0, 1), &refusal(400, "a")), None);
        }
        assert!(breaker.is_over());
    }
}
