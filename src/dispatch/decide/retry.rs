//! How long to wait before sending again, and how often a run may (design rule 5.4).
//!
//! Knows no records and no answers.

use std::time::Duration;

const BASE: Duration = Duration::from_secs(1);
const CAP: Duration = Duration::from_mins(1);
/// Requests a run may always add to its planned ones, however small it is.
const FLOOR: u64 = 64;

/// Exponential back-off with full jitter: anything up to 1 s, 2 s, 4 s … 60 s.
pub(super) fn back_off(failures: u32, random: &mut fastrand::Rng) -> Duration {
    let most = BASE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(CAP);
    most.mul_f64(random.f64())
}

/// Requests beyond the planned ones, counted against a share of the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    used: u64,
    percent: u64,
    run_out: bool,
}

impl Budget {
    /// So many percent of the planned requests, and 64.
    pub(super) const fn of_plan(percent: u64) -> Self {
        Self { used: 0, percent, run_out: false }
    }

    /// Takes `requests` from the budget; `false`, and nothing taken, when they are not in it.
    pub(super) fn take(&mut self, requests: u64, planned: u64) -> bool {
        let all = planned.saturating_mul(self.percent) / 100 + FLOOR;
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
    fn the_back_off_doubles_up_to_a_minute_and_jitters_over_its_whole_width() {
        let mut random = fastrand::Rng::with_seed(1);
        for (failures, most) in [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (40, 60)] {
            let waits: Vec<_> = (0..500).map(|_| back_off(failures, &mut random)).collect();
            let most = Duration::from_secs(most);
            assert!(waits.iter().all(|w| *w <= most), "{failures}");
            assert!(waits.iter().any(|w| *w > most.mul_f64(0.9)), "{failures}");
            assert!(waits.iter().any(|w| *w < most.mul_f64(0.1)), "{failures}");
        }
    }

    #[test]
    fn a_budget_is_a_share_of_the_plan_and_64() {
        let mut splits = Budget::of_plan(20);
        assert!(splits.take(83, 100));
        assert!(!splits.take(2, 100));
        assert!(splits.take(1, 100));
        assert!(!splits.take(1, 100));
        assert!(splits.take(1, 105), "the plan grew");
        assert_eq!((splits.ran_out(), splits.ran_out()), (Some(85), None));
    }
}
