//! The shared quota: several paces on one file, in paused time; as real processes in `processes`.

use fastrand::Rng;
use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout};

use super::super::Pace;
use super::super::tests::{Server, paused, window};
use super::*;
use crate::base::cases::cases;

mod processes;
mod usage;

const HOST: &str = "https://platform.kore.ai";
const TIMEOUT: Duration = Duration::from_mins(1);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// The quota as one more process sees it, its clocks following tokio's paused time.
fn quota(state: &Path, epoch: Instant) -> SharedQuota {
    try_quota(state, Clock::paused(epoch)).unwrap()
}

fn try_quota(state: &Path, clock: Clock) -> Result<SharedQuota, String> {
    SharedQuota::open(state, (HOST, "account"), TIMEOUT, Arc::new(clock))
}

/// The same of a process that nobody finds alive.
fn quota_of_the_dead(state: &Path, epoch: Instant) -> SharedQuota {
    SharedQuota { owner: Owner { pid: u32::MAX, started: 1 }, ..quota(state, epoch) }
}

/// Sends until `end`, as many at once as there are permits. Returns how many.
async fn send_until(pace: Pace, server: Server, end: Instant, slowest: u64, mut rng: Rng) -> u32 {
    let mut sent = 0;
    while let Ok(permit) = tokio::time::timeout_at(end, pace.permit()).await {
        sent += 1;
        let (server, latency) = (server.clone(), Duration::from_micros(rng.u64(..=slowest)));
        let arrival = latency.mul_f64(rng.f64());
        tokio::spawn(async move {
            sleep(arrival).await;
            server.sees_one();
            sleep(latency.saturating_sub(arrival)).await;
            permit.answered(Instant::now());
        });
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn processes_stay_under_one_quota_together_and_share_it(
        permits in 1..40_u32, millis in 200..20_000_u64, slowest in 0..50_u64,
        processes in 2..4_u32, burst in 1..3_u32, seed: u64,
    ) {
        let limit = window(permits, millis);
        let (server, sent) = paused(async {
            let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
            let (server, mut rng) = (Server::new(0), Rng::with_seed(seed));
            let mut running = tokio::task::JoinSet::new();
            for _ in 0..processes {
                let pace = Pace::sharing(&[limit], burst, quota(state.path(), epoch));
                let end = epoch + limit.window * 6;
                let (server, rng) = (server.clone(), rng.fork());
                running.spawn(send_until(pace, server, end, slowest * millis * 10, rng));
            }
            (server, running.join_all().await)
        });
        prop_assert_eq!(server.beyond_sliding(limit), 0);
        let (most, least) = (*sent.iter().max().unwrap(), *sent.iter().min().unwrap());
        // Who comes first has a burst and the next turn before the others have come at all.
        prop_assert!(most - least <= 1 + burst + sent.iter().sum::<u32>() / 50, "{sent:?}");
        // Half a window of latency at most: 6 windows have room for 4 of them, less one to start.
        prop_assert!(sent.iter().sum::<u32>() >= 3 * permits, "{sent:?}");
    }
}

#[test]
fn a_restart_does_not_burst() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let limit = window(5, 10_000);
        for _ in 0..5 {
            let pace = Pace::sharing(&[limit], 5, quota(state.path(), epoch));
            pace.permit().await.answered(Instant::now());
        }
        assert_eq!(epoch.elapsed(), Duration::ZERO);
        let restarted = Pace::sharing(&[limit], 5, quota(state.path(), epoch));
        restarted.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), Duration::from_millis(10_010));
    });
}

#[test]
fn spacing_holds_over_processes() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        for expected in [0, 200, 400, 600] {
            let pace = Pace::sharing(&[window(5, 1000)], 1, quota(state.path(), epoch));
            pace.permit().await.answered(Instant::now());
            assert_eq!(epoch.elapsed(), Duration::from_millis(expected));
        }
    });
}

#[test]
fn what_another_process_held_up_is_made_up_for() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::sharing(&[window(5, 10_000)], 1, quota(state.path(), epoch));
        let (one, slow) = (pace(), pace());
        one.permit().await.answered(Instant::now());
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(slow.permit().await);
        }
        tokio::spawn(async move {
            sleep(Duration::from_secs(10)).await;
            drop(held);
        });
        let mut left = Vec::new();
        for _ in 0..6 {
            one.permit().await.answered(Instant::now());
            left.push(epoch.elapsed().as_millis());
        }
        assert_eq!(left, [10_010, 20_020, 28_010, 28_010, 28_010, 28_010]);
    });
}

#[test]
fn what_a_killed_process_had_in_flight_returns_when_it_must_have_ended() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let killed = Pace::sharing(&[window(1, 10_000)], 1, quota_of_the_dead(state.path(), epoch));
        std::mem::forget(killed.permit().await);
        let next = Pace::sharing(&[window(1, 10_000)], 1, quota(state.path(), epoch));
        next.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), TIMEOUT + Duration::from_millis(10_010));
    });
}

#[test]
fn a_permit_held_for_long_before_its_process_is_killed_counts_from_its_departure() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let killed = Pace::sharing(&[window(1, 10_000)], 1, quota_of_the_dead(state.path(), epoch));
        let mut permit = killed.permit().await;
        let gate = Duration::from_mins(5);
        tokio::time::advance(gate).await;
        permit.departs();
        std::mem::forget(permit);
        let next = Pace::sharing(&[window(1, 10_000)], 1, quota(state.path(), epoch));
        next.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), gate + TIMEOUT + Duration::from_millis(10_010));
    });
}

#[test]
fn a_permit_that_departs_late_still_comes_back_after_its_answer() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::sharing(&[window(1, 10_000)], 1, quota(state.path(), epoch));
        let (late, next) = (pace(), pace());
        let mut permit = late.permit().await;
        tokio::time::advance(Duration::from_secs(30)).await;
        permit.departs();
        permit.answered(Instant::now());
        next.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), Duration::from_millis(40_010));
    });
}

#[test]
fn a_window_remembered_before_the_clock_was_set_back_is_forgotten_a_month_from_now() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::sharing(&[window(50, 60_000)], 1, quota(state.path(), epoch));
        let mut ahead = Clock::paused(epoch);
        ahead.set_calendar(1_900_000_000);
        try_quota(state.path(), ahead).unwrap().remember(window(1800, 3_600_000));
        assert_eq!(pace().per_minute(), Some(30.0));
        tokio::time::advance(MONTH).await;
        assert_eq!(pace().per_minute(), Some(50.0));
    });
}

#[test]
fn a_file_cut_anywhere_is_used_all_the_same() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let limit = window(2, 1000);
        let path = quota(state.path(), epoch).path.clone();
        for length in [0, 7, 12, 20, 63, 64, 65, 80, 103, 104, 105] {
            let pace = Pace::sharing(&[limit], 1, quota(state.path(), epoch));
            for _ in 0..3 {
                pace.permit().await.answered(Instant::now());
            }
            assert!(std::fs::metadata(&path).unwrap().len() >= 104);
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
            let start = Instant::now();
            match try_quota(state.path(), Clock::paused(epoch)) {
                Ok(quota) => drop(Pace::sharing(&[limit], 1, quota).permit().await),
                // Half a magic, or no version.
                Err(notice) => {
                    assert!((1..12).contains(&length), "{length}: {notice}");
                    std::fs::remove_file(&path).unwrap();
                }
            }
            assert!(start.elapsed() <= Duration::from_secs(2), "{length}");
        }
    });
}

#[test]
fn a_wait_that_is_dropped_gives_its_slot_back() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::sharing(&[window(1, 10_000)], 1, quota(state.path(), epoch));
        let (one, other) = (pace(), pace());
        one.permit().await.answered(Instant::now());
        for _ in 0..3 {
            assert!(timeout(Duration::from_secs(1), one.permit()).await.is_err());
        }
        other.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), Duration::from_millis(10_010));
    });
}

#[test]
fn an_answer_to_another_process_is_noticed() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::sharing(&[window(1, 1000)], 1, quota(state.path(), epoch));
        let (one, other) = (pace(), pace());
        let permit = one.permit().await;
        tokio::spawn(async move {
            sleep(Duration::from_secs(30)).await;
            permit.answered(Instant::now());
        });
        other.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), Duration::from_millis(31_001));
    });
}

#[test]
fn the_hourly_window_is_remembered_for_the_account_and_for_a_month() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::sharing(&[window(50, 60_000)], 1, quota(state.path(), epoch));
        let (running, other) = (pace(), pace());
        other.add_window(window(1800, 3_600_000));
        assert_eq!(pace().per_minute(), Some(30.0));
        running.permit().await.answered(Instant::now());
        assert_eq!(running.per_minute(), Some(30.0));
        tokio::time::advance(MONTH).await;
        assert_eq!(pace().per_minute(), Some(50.0));
    });
}

#[test]
fn without_windows_the_file_is_not_touched() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        let before = std::fs::read(&quota.path).unwrap();
        let (path, pace) = (quota.path.clone(), Pace::sharing(&[], 1, quota));
        pace.permit().await.answered(Instant::now());
        assert_eq!(std::fs::read(path).unwrap(), before);
    });
}

#[test]
fn the_file_never_outgrows_its_slots() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        let (path, pace) = (quota.path.clone(), Pace::sharing(&[window(100, 100)], 100, quota));
        for _ in 0..2100 {
            pace.permit().await.answered(Instant::now());
        }
        let full = header::HEADER + MOST_SLOTS * slots::SLOT;
        assert_eq!(std::fs::metadata(path).unwrap().len(), full as u64);
    });
}

#[cfg(unix)]
#[test]
fn only_its_user_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let quota = paused(async { quota(&state.path().join("new"), Instant::now()) });
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&quota.path), 0o600);
    assert_eq!(mode(quota.path.parent().unwrap()), 0o700);
    assert_eq!(mode(&state.path().join("new")), 0o700);
}

#[test]
fn an_unusable_state_directory_is_reported() {
    let state = tempfile::NamedTempFile::new().unwrap();
    let clock = Clock::of_this_machine();
    let notice = try_quota(state.path(), clock).unwrap_err();
    assert!(notice.contains("paces alone"), "{notice}");
}

#[test]
fn a_file_that_breaks_in_mid_run_is_reported_once_and_sending_goes_on() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        std::fs::write(&quota.path, "something else").unwrap();
        let pace = Pace::sharing(&[window(2, 1000)], 2, quota);
        for _ in 0..3 {
            pace.permit().await.answered(Instant::now());
        }
        assert_eq!(epoch.elapsed(), Duration::from_millis(1001));
        let notice = pace.notice().unwrap();
        assert!(notice.contains("not of this version"), "{notice}");
        assert_eq!(pace.notice(), None);
    });
}

/// A quota whose boot is this one.
fn quota_of_boot(state: &Path, boot: u64, epoch: Instant) -> SharedQuota {
    try_quota(state, Clock::of_boot(boot, epoch)).unwrap()
}

#[test]
fn sends_of_another_boot_count_from_when_they_are_first_seen() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace =
            |boot| Pace::sharing(&[window(2, 10_000)], 2, quota_of_boot(state.path(), boot, epoch));
        // One is answered, one goes down with the machine, and a third waits for its turn.
        let before = pace(5);
        before.permit().await.answered(Instant::now());
        std::mem::forget(before.permit().await);
        assert!(timeout(Duration::from_secs(1), before.permit()).await.is_err());
        // The clock of the next boot is behind (3) or ahead (9) of the last one's.
        for boot in [3, 9] {
            let start = Instant::now();
            let after = pace(boot);
            after.permit().await.answered(Instant::now());
            after.permit().await.answered(Instant::now());
            assert_eq!(start.elapsed(), Duration::from_millis(10_010), "boot {boot}");
        }
    });
}

#[test]
fn a_window_that_the_server_reported_outlives_a_boot() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = |boot| {
            Pace::sharing(&[window(50, 60_000)], 1, quota_of_boot(state.path(), boot, epoch))
        };
        pace(1).add_window(window(1800, 3_600_000));
        assert_eq!(pace(2).per_minute(), Some(30.0));
    });
}

#[test]
fn a_step_of_the_calendar_frees_no_permit_and_holds_none() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = |calendar| {
            let mut clock = Clock::paused(epoch);
            clock.set_calendar(calendar);
            let quota = try_quota(state.path(), clock).unwrap();
            Pace::sharing(&[window(1, 10_000)], 1, quota)
        };
        for (sent, calendar) in
            [1_800_000_000, 2_000_000_000, 1_000_000_000].into_iter().enumerate()
        {
            pace(calendar).permit().await.answered(Instant::now());
            let expected = Duration::from_millis(10_010) * u32::try_from(sent).unwrap();
            assert_eq!(epoch.elapsed(), expected);
        }
    });
}

#[test]
fn a_file_that_is_lost_in_mid_run_leaves_the_spacing_as_it_was() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        let path = quota.path.clone();
        let pace = Pace::sharing(&[window(5, 10_000)], 1, quota);
        pace.permit().await.answered(Instant::now());
        std::fs::write(&path, "something else").unwrap();
        pace.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), Duration::from_secs(2));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_damaged_anywhere_holds_up_nobody_for_longer_than_a_window(
        places in proptest::collection::vec((0..400_usize, any::<u8>()), 1..20), cut in 12..400_usize,
    ) {
        paused(async {
            let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
            let limit = window(5, 10_000);
            let path = quota(state.path(), epoch).path.clone();
            let pace = Pace::sharing(&[limit], 5, quota(state.path(), epoch));
            for _ in 0..5 {
                pace.permit().await.answered(Instant::now());
            }
            let mut bytes = std::fs::read(&path).unwrap();
            for (place, byte) in places {
                if let Some(damaged) = bytes.get_mut(place).filter(|_| place >= 12) {
                    *damaged = byte;
                }
            }
            bytes.truncate(cut);
            std::fs::write(&path, bytes).unwrap();
            let start = Instant::now();
            let after = Pace::sharing(&[limit], 5, quota(state.path(), epoch));
            after.permit().await.answered(Instant::now());
            // A place in line that was damaged is given up by whoever took it.
            assert!(start.elapsed() <= limit.window.mul_f64(1.001) + Duration::from_millis(1));
        });
    }
}
