//! How long whoever got no answer waits before asking again (docs/contract.md, "Retry").

use std::time::Duration;

const BASE: Duration = Duration::from_secs(1);
const CAP: Duration = Duration::from_mins(1);

/// Exponential back-off with full jitter: anything up to 1 s, 2 s, 4 s … 60 s.
pub(crate) fn back_off(failures: u32, random: &mut fastrand::Rng) -> Duration {
    let most = BASE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(CAP);
    most.mul_f64(random.f64())
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
}
