//! Too many failures: `limits.max_failure_share`.
//!
//! Counts verdicts. Failures that `[accept]` covers do not count: they are what the job expects.

use crate::model::error::StopCause;
use crate::model::settings::Accept;

/// Verdicts before the share says anything.
const ENOUGH: u64 = 200;

/// How many of the verdicts so far are failures.
#[derive(Debug)]
pub(super) struct FailureShare {
    most: f64,
    accept: Accept,
    /// Records that the run has read: shares in `[accept]` are of these.
    read: u64,
    failed: u64,
    not_found: u64,
    verdicts: u64,
}

impl FailureShare {
    pub(super) const fn new(most: f64, accept: Accept, read: u64) -> Self {
        Self { most, accept, read, failed: 0, not_found: 0, verdicts: 0 }
    }

    /// The server confirmed one more record.
    pub(super) const fn succeeded(&mut self) {
        self.verdicts += 1;
    }

    /// The server refused one more record, perhaps because it does not know it.
    pub(super) fn failed(&mut self, not_found: bool) {
        self.verdicts += 1;
        self.failed += 1;
        self.not_found += u64::from(not_found);
    }

    /// Why the run stops, if too many failed.
    pub(super) fn cause(&self) -> Option<StopCause> {
        let failed = self.accept.failures_beyond(self.failed, self.not_found, self.read);
        #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
        let over = failed as f64 > self.most * self.verdicts as f64;
        (over && self.verdicts >= ENOUGH)
            .then_some(StopCause::FailureShare { failed, verdicts: self.verdicts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::Tolerance;

    fn share(accept: Accept) -> FailureShare {
        FailureShare::new(0.5, accept, 1000)
    }

    #[test]
    fn the_share_speaks_after_200_verdicts_and_above_its_limit_only() {
        let mut share = share(Accept::default());
        (0..199).for_each(|_| share.failed(false));
        assert_eq!(share.cause(), None);
        share.failed(true);
        assert_eq!(share.cause(), Some(StopCause::FailureShare { failed: 200, verdicts: 200 }));
        (0..200).for_each(|_| share.succeeded());
        assert_eq!(share.cause(), None, "half is not more than half");
    }

    #[test]
    fn what_accept_covers_does_not_count() {
        let gone = Accept { not_found: Tolerance::Share(1.0), ..Accept::default() };
        let mut all_gone = share(gone);
        (0..1000).for_each(|_| all_gone.failed(true));
        assert_eq!(all_gone.cause(), None);
        let mut refused = share(gone);
        (0..300).for_each(|_| refused.failed(false));
        assert!(refused.cause().is_some(), "what is not covered counts");
        let some = Accept { failed: Tolerance::Count(250), ..Accept::default() };
        let mut some = share(some);
        (0..300).for_each(|_| some.failed(false));
        assert_eq!(some.cause(), None, "only fifty are beyond it");
        (0..300).for_each(|_| some.failed(false));
        assert_eq!(some.cause(), Some(StopCause::FailureShare { failed: 350, verdicts: 600 }));
    }
}
