//! Batches that were refused as a whole, and what has become of their parts since (docs/contract.md, "Splits", "Not found").
//!
//! Keeps a batch only while records of it are open, so it does not grow with the input.

use std::collections::BTreeMap;

use crate::model::settlement::RequestNumber;

/// One batch that was refused as a whole.
#[derive(Debug)]
struct Refused {
    parent: Option<RequestNumber>,
    size: usize,
    open: usize,
    succeeded: bool,
    /// Nobody knows yet whether its size or one of its records was the reason.
    undecided: bool,
    halves_passed: u8,
}

/// All refused batches with open records.
#[derive(Debug, Default)]
pub(super) struct Families {
    refused: BTreeMap<RequestNumber, Refused>,
}

impl Families {
    /// `size` records were refused by `request`, all of them part of `parent` already.
    pub(super) fn refused(
        &mut self,
        request: RequestNumber,
        parent: Option<RequestNumber>,
        size: usize,
        undecided: bool,
    ) {
        let open = size;
        let refused = Refused { parent, size, open, succeeded: false, undecided, halves_passed: 0 };
        self.refused.insert(request, refused);
    }

    /// A record refused by an earlier run, or earlier in this one, goes its way alone.
    pub(super) fn joined(&mut self, request: RequestNumber) {
        let (size, succeeded, undecided, halves_passed) = (1, false, false, 0);
        let alone = Refused { parent: None, size, open: 0, succeeded, undecided, halves_passed };
        self.refused.entry(request).or_insert(alone).open += 1;
    }

    /// A record of that batch has succeeded.
    pub(super) fn succeeded(&mut self, request: Option<RequestNumber>) {
        let mut next = request;
        while let Some(refused) = next.and_then(|request| self.refused.get_mut(&request)) {
            refused.succeeded = true;
            next = refused.parent;
        }
    }

    /// A record of that batch is no longer open.
    pub(super) fn left(&mut self, request: Option<RequestNumber>) {
        let mut next = request;
        while let Some(request) = next {
            let Some(refused) = self.refused.get_mut(&request) else { return };
            refused.open = refused.open.saturating_sub(1);
            next = refused.parent;
            if refused.open == 0 {
                self.refused.remove(&request);
            }
        }
    }

    /// Whether a record of that batch has succeeded since it was refused.
    pub(super) fn has_succeeded(&self, request: RequestNumber) -> bool {
        self.refused.get(&request).is_some_and(|refused| refused.succeeded)
    }

    /// Whether more than one record of that batch is open.
    pub(super) fn has_others(&self, request: RequestNumber) -> bool {
        self.refused.get(&request).is_some_and(|refused| refused.open > 1)
    }

    /// A half of that batch came back; gives the batch's size once both have passed.
    pub(super) fn half_passed(&mut self, request: RequestNumber, passed: bool) -> Option<usize> {
        let refused = self.refused.get_mut(&request).filter(|refused| refused.undecided)?;
        refused.halves_passed += u8::from(passed);
        let both = refused.halves_passed == 2;
        refused.undecided = passed && !both;
        both.then_some(refused.size)
    }

    /// Its parts will tell nothing about its size.
    pub(super) fn decided(&mut self, request: Option<RequestNumber>) {
        if let Some(refused) = request.and_then(|request| self.refused.get_mut(&request)) {
            refused.undecided = false;
        }
    }

    /// The smallest batch of more than `good` records that was refused and nobody knows why.
    pub(super) fn smallest_doubtful(&self, good: usize) -> Option<(usize, RequestNumber)> {
        let doubtful = self.refused.iter().filter(|(_, refused)| refused.undecided);
        let sizes = doubtful.map(|(request, refused)| (refused.size, *request));
        sizes.filter(|(size, _)| *size > good).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_is_known_to_every_batch_the_record_was_part_of() {
        let mut families = Families::default();
        families.refused(1, None, 4, true);
        families.refused(2, Some(1), 2, true);
        families.succeeded(Some(2));
        assert!(families.has_succeeded(1) && families.has_succeeded(2));
    }

    #[test]
    fn a_batch_is_forgotten_with_its_last_record() {
        let mut families = Families::default();
        families.refused(1, None, 2, true);
        families.left(Some(1));
        families.left(Some(1));
        assert!(families.refused.is_empty());
    }

    #[test]
    fn the_size_was_the_reason_when_both_halves_pass() {
        let mut families = Families::default();
        families.refused(1, None, 40, true);
        assert_eq!(families.smallest_doubtful(39), Some((40, 1)));
        assert_eq!(families.smallest_doubtful(40), None);
        assert_eq!(families.half_passed(1, true), None);
        assert_eq!(families.half_passed(1, true), Some(40));
        assert_eq!(families.smallest_doubtful(0), None);
    }

    #[test]
    fn one_half_refused_tells_nothing_about_the_size() {
        let mut families = Families::default();
        families.refused(1, None, 40, true);
        assert_eq!(families.half_passed(1, false), None);
        assert_eq!(families.smallest_doubtful(0), None);
        assert_eq!(families.half_passed(1, true), None);
    }
}
