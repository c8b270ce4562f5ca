//! The shared quota: several paces on one file, in paused time; as real processes in `processes`.

use fastrand::Rng;
use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout};

use super::super::Pace;
use super::super::tests::{Server, paused, window};
use super::*;

mod processes;
mod usage;

const HOST: &str = "https://platform.kore.ai";
const TIMEOUT: Duration = Duration::from_mins(1);

/// The quota as one more process sees it, its wall clock following tokio's paused time.
fn quota(state: &Path, epoch: Instant) -> SharedQuota {
    try_quota(state, epoch).unwrap()
}

fn try_quota(state: &Path, epoch: Instant) -> Result<SharedQuota, String> {
    let clock = move || 1_800_000_000_000_000 + micros(epoch.elapsed());
    SharedQuota::open_at(state, HOST, "account", TIMEOUT, Box::new(clock))
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
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

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
                let pace = Pace::new(&[limit], burst).shared(quota(state.path(), epoch));
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
            let pace = Pace::new(&[limit], 5).shared(quota(state.path(), epoch));
            pace.permit().await.answered(Instant::now());
        }
        assert_eq!(epoch.elapsed(), Duration::ZERO);
        let restarted = Pace::new(&[limit], 5).shared(quota(state.path(), epoch));
        restarted.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), Duration::from_millis(10_010));
    });
}

#[test]
fn spacing_holds_over_processes() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        for expected in [0, 200, 400, 600] {
            let pace = Pace::new(&[window(5, 1000)], 1).shared(quota(state.path(), epoch));
            pace.permit().await.answered(Instant::now());
            assert_eq!(epoch.elapsed(), Duration::from_millis(expected));
        }
    });
}

#[test]
fn what_another_process_held_up_is_made_up_for() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::new(&[window(5, 10_000)], 1).shared(quota(state.path(), epoch));
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
        assert_eq!(left, [10_010, 20_020, 28_010, 28_510, 29_010, 29_510]);
    });
}

#[test]
fn what_a_killed_process_had_in_flight_returns_when_it_must_have_ended() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let killed =
            Pace::new(&[window(1, 10_000)], 1).shared(quota_of_the_dead(state.path(), epoch));
        std::mem::forget(killed.permit().await);
        let next = Pace::new(&[window(1, 10_000)], 1).shared(quota(state.path(), epoch));
        next.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), TIMEOUT + Duration::from_millis(10_010));
    });
}

#[test]
fn a_permit_kept_for_long_before_its_process_is_killed_counts_from_its_departure() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let killed =
            Pace::new(&[window(1, 10_000)], 1).shared(quota_of_the_dead(state.path(), epoch));
        let mut permit = killed.permit().await;
        let gate = Duration::from_mins(5);
        tokio::time::advance(gate).await;
        permit.departs();
        std::mem::forget(permit);
        let next = Pace::new(&[window(1, 10_000)], 1).shared(quota(state.path(), epoch));
        next.permit().await.answered(Instant::now());
        assert_eq!(epoch.elapsed(), gate + TIMEOUT + Duration::from_millis(10_010));
    });
}

#[test]
fn a_permit_that_departs_late_still_comes_back_after_its_answer() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let pace = || Pace::new(&[window(1, 10_000)], 1).shared(quota(state.path(), epoch));
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
        let pace = || Pace::new(&[window(50, 60_000)], 1).shared(quota(state.path(), epoch));
        let year = 366 * 24 * 3_600_000_000;
        let ahead = quota(state.path(), epoch);
        let clock = move || 1_800_000_000_000_000 + year;
        SharedQuota { clock: Box::new(clock), ..ahead }.remember(window(1800, 3_600_000));
        assert_eq!(pace().per_minute(), Some(30.0));
        tokio::time::advance(REMEMBERED).await;
        assert_eq!(pace().per_minute(), Some(50.0));
    });
}

#[test]
fn a_file_cut_anywhere_is_used_all_the_same() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let limit = window(2, 1000);
        let path = quota(state.path(), epoch).path.clone();
        for length in [0, 7, 12, 20, 63, 64, 65, 80, 95, 96, 97] {
            let pace = Pace::new(&[limit], 1).shared(quota(state.path(), epoch));
            for _ in 0..3 {
                pace.permit().await.answered(Instant::now());
            }
            assert!(std::fs::metadata(&path).unwrap().len() >= 96);
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
            let start = Instant::now();
            let cut = Pace::new(&[limit], 1);
            match try_quota(state.path(), epoch) {
                Ok(quota) => drop(cut.shared(quota).permit().await),
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
        let pace = || Pace::new(&[window(1, 10_000)], 1).shared(quota(state.path(), epoch));
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
        let pace = || Pace::new(&[window(1, 1000)], 1).shared(quota(state.path(), epoch));
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
        let pace = || Pace::new(&[window(50, 60_000)], 1).shared(quota(state.path(), epoch));
        let (running, told) = (pace(), pace());
        told.add_window(window(1800, 3_600_000));
        assert_eq!(pace().per_minute(), Some(30.0));
        running.permit().await.answered(Instant::now());
        assert_eq!(running.per_minute(), Some(30.0));
        tokio::time::advance(REMEMBERED).await;
        assert_eq!(pace().per_minute(), Some(50.0));
    });
}

#[test]
fn without_windows_the_file_is_not_touched() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        let before = std::fs::read(&quota.path).unwrap();
        let (path, pace) = (quota.path.clone(), Pace::new(&[], 1).shared(quota));
        pace.permit().await.answered(Instant::now());
        assert_eq!(std::fs::read(path).unwrap(), before);
    });
}

#[test]
fn the_file_never_outgrows_64_kib() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        let (path, pace) = (quota.path.clone(), Pace::new(&[window(100, 100)], 100).shared(quota));
        for _ in 0..2100 {
            pace.permit().await.answered(Instant::now());
        }
        assert_eq!(std::fs::metadata(path).unwrap().len(), 64 * 1024);
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
fn an_unusable_state_directory_is_told_of() {
    let state = tempfile::NamedTempFile::new().unwrap();
    let notice = SharedQuota::open(state.path(), HOST, "account", TIMEOUT).unwrap_err();
    assert!(notice.contains("paces alone"), "{notice}");
}

#[test]
fn a_file_that_breaks_in_mid_run_is_told_of_once_and_sending_goes_on() {
    paused(async {
        let (state, epoch) = (tempfile::tempdir().unwrap(), Instant::now());
        let quota = quota(state.path(), epoch);
        std::fs::write(&quota.path, "something else").unwrap();
        let pace = Pace::new(&[window(2, 1000)], 2).shared(quota);
        for _ in 0..3 {
            pace.permit().await.answered(Instant::now());
        }
        assert_eq!(epoch.elapsed(), Duration::from_millis(1001));
        let notice = pace.notice().unwrap();
        assert!(notice.contains("not of this version"), "{notice}");
        assert_eq!(pace.notice(), None);
    });
}
