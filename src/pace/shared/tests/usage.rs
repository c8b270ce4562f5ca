//! How much of a shared quota is used when each process has work at hand, in paused time.

use super::super::super::tests::usage::{Answers, Used, one_window, send};
use super::*;
use crate::base::cases::cases;
use crate::model::settings::RateWindow;

const SENDS: usize = 600;

fn used(processes: usize, limit: RateWindow, mut answers: Answers) -> Used {
    let sent = paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..processes {
            let pace = Pace::sharing(&[limit], 1, quota(state.path(), epoch));
            running.spawn(send(pace, SENDS / processes, answers.fork()));
        }
        running.join_all().await.concat()
    });
    Used::of(&[limit], sent)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(16)) })]

    #[test]
    fn one_process_uses_all_of_it((limit, answers) in one_window()) {
        let used = used(1, limit, answers);
        prop_assert!(used.all_but_a_hundredth(), "{used:?}");
    }

    #[test]
    fn two_processes_use_all_of_it_together((limit, answers) in one_window()) {
        let used = used(2, limit, answers);
        prop_assert!(used.all_but_a_hundredth(), "{used:?}");
    }
}
