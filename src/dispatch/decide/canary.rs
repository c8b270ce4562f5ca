//! The canary: a first batch whose failure stops the run before anything else is sent.
//!
//! Counts records and their ends.

use crate::model::error::StopCause;

/// The canary's state; over from the start when the job has none.
#[derive(Debug)]
pub(super) struct Canary {
    records: u64,
    uncut: u64,
    failed: u64,
    over: bool,
}

impl Canary {
    pub(super) const fn new(records: u64) -> Self {
        Self { records, uncut: records, failed: 0, over: records == 0 }
    }

    /// Whether only the canary may be sent.
    pub(super) const fn is_on(&self) -> bool {
        !self.over
    }

    /// Records of it not cut from the input yet.
    pub(super) const fn uncut(&self) -> u64 {
        self.uncut
    }

    /// So many of its records were cut from the input.
    pub(super) const fn cut(&mut self, records: u64) {
        self.uncut = self.uncut.saturating_sub(records);
    }

    /// So many of its records are not sent after all: others take their place.
    pub(super) fn put_back(&mut self, records: u64) {
        if self.is_on() {
            self.uncut = self.uncut.saturating_add(records).min(self.records);
        }
    }

    /// One of its records ended failed or unknown.
    pub(super) const fn failed(&mut self) {
        if self.is_on() {
            self.failed += 1;
        }
    }

    /// Nothing of what was cut is open any more; `input_over` when no more will come.
    pub(super) const fn settled(&mut self, input_over: bool) {
        if self.uncut == 0 || input_over {
            self.over = true;
        }
    }

    /// Why the run stops, if anything in the canary failed.
    pub(super) fn cause(&self) -> Option<StopCause> {
        (self.is_on() && self.failed > 0)
            .then_some(StopCause::Canary { failed: self.failed, records: self.records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_without_canary_sends_at_once() {
        assert!(!Canary::new(0).is_on());
    }

    #[test]
    fn the_canary_is_over_when_all_of_it_has_settled() {
        let mut canary = Canary::new(5);
        canary.cut(3);
        canary.settled(false);
        assert!(canary.is_on());
        canary.cut(2);
        canary.settled(false);
        assert!(!canary.is_on());
        canary.failed();
        assert_eq!(canary.cause(), None, "what fails later is not the canary");
    }

    #[test]
    fn one_failure_in_it_is_a_cause_to_stop() {
        let mut canary = Canary::new(5);
        canary.cut(5);
        canary.failed();
        assert_eq!(canary.cause(), Some(StopCause::Canary { failed: 1, records: 5 }));
    }
}
