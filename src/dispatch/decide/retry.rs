//! How often a run may send again (docs/contract.md, "Retry").
//!
//! Knows no records and no answers.

pub(super) use crate::pace::back_off;

/// Requests a run may always add to its planned ones, however small it is.
const FLOOR: u64 = 64;

/// Requests beyond the planned ones, counted against a share of the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    used: u64,
    percent: u64,
    /// What was added to it since.
    added: u64,
    run_out: bool,
}

impl Budget {
    /// So many percent of the planned requests, and 64.
    pub(super) const fn of_plan(percent: u64) -> Self {
        Self { used: 0, percent, added: 0, run_out: false }
    }

    /// Adds so many requests to the budget.
    pub(super) const fn add(&mut self, requests: u64) {
        self.added = self.added.saturating_add(requests);
    }

    /// Takes `requests` from the budget; `false`, and nothing taken, when they are not in it.
    pub(super) fn take(&mut self, requests: u64, planned: u64) -> bool {
        let all = (planned.saturating_mul(self.percent) / 100 + FLOOR).saturating_add(self.added);
        let fits = self.used + requests <= all;
        if fits {
            self.used += requests;
        }
        fits
    }

    /// Called when something did not fit: how much was used, the first time only.
    pub(super) fn ran_out(&mut self) -> Option<u64> {
        let first = !std::mem::replace(&mut self.run_out, true);
        first.then_some(self.used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_share_of_the_plan_and_64() {
        let mut splits = Budget::of_plan(20);
        assert!(splits.take(83, 100));
        assert!(!splits.take(2, 100));
        assert!(splits.take(1, 100));
        assert!(!splits.take(1, 100));
        assert!(splits.take(1, 105), "the plan grew");
        splits.add(7);
        assert!(splits.take(7, 105) && !splits.take(1, 105), "it was added to");
        assert_eq!((splits.ran_out(), splits.ran_out()), (Some(92), None));
    }
}
