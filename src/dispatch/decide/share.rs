//! Too many failures: `limits.max_failure_share` (design section 2).
//!
//! Counts verdicts.

use crate::model::error::StopCause;

/// Verdicts before the share says anything.
const ENOUGH: u64 = 200;

/// How many of the verdicts so far are failures.
#[derive(Debug)]
pub(super) struct FailureShare {
    most: f64,
    failed: u64,
    verdicts: u64,
}

impl FailureShare {
    pub(super) const fn new(most: f64) -> Self {
        Self { most, failed: 0, verdicts: 0 }
    }

    /// The server spoke on one more record.
    pub(super) fn verdict(&mut self, failed: bool) {
        self.verdicts += 1;
        self.failed += u64::from(failed);
    }

    /// Why the run stops, if too many failed.
    pub(super) fn cause(&self) -> Option<StopCause> {
        #[expect(clippy::cast_precision_loss, reason = "a share of at most 2^32 records")]
        let over = self.failed as f64 > self.most * self.verdicts as f64;
        (over && self.verdicts >= ENOUGH)
            .then_some(StopCause::FailureShare { failed: self.failed, verdicts: self.verdicts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_speaks_after_200_verdicts_and_above_its_limit_only() {
        let mut share = FailureShare::new(0.5);
        for _ in 0..199 {
            share.verdict(true);
        }
        assert_eq!(share.cause(), None);
        share.verdict(true);
        assert_eq!(share.cause(), Some(StopCause::FailureShare { failed: 200, verdicts: 200 }));
        for _ in 0..200 {
            share.verdict(false);
        }
        assert_eq!(share.cause(), None, "half is not more than half");
    }
}
