//! How much of the quota is used when work is always at hand, in paused time.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn permits_alone_use_all_of_the_quota_that_latency_leaves(
        permits in 1..50_u32, millis in 1000..60_000_u64, slowest in 0..120_u64, seed: u64,
    ) {
        let slowest = Duration::from_millis(millis * slowest / 100);
        let mut rng = Rng::with_seed(seed);
        let latency = || slowest.mul_f64(rng.f64());
        let used = Used::of(&[window(permits, millis)], permits, 20, 0, latency);
        prop_assert!(used.share >= used.goal - 0.01, "{used:?}");
    }

    #[test]
    fn even_spacing_never_costs_more_than_if_all_answers_were_as_slow_as_the_slowest(
        permits in 1..50_u32, millis in 1000..60_000_u64, slowest in 0..120_u64, seed: u64,
    ) {
        let slowest = Duration::from_millis(millis * slowest / 100);
        let (limit, mut rng) = (window(permits, millis), Rng::with_seed(seed));
        let used = Used::of(&[limit], 1, 20, 0, || slowest.mul_f64(rng.f64()));
        let least = limit.window.div_duration_f64(limit.window + slowest);
        prop_assert!(used.share >= least - 0.01, "{used:?}");
    }

    #[test]
    fn of_two_windows_the_tightest_alone_decides(
        permits in 1..30_u32, millis in 1000..10_000_u64, more in 1..120_u32, times in 2..9_u64,
        latency in 0..100_u64, burst in 1..30_u32,
    ) {
        let windows = [window(permits, millis), window(permits + more, millis * times)];
        let latency = || Duration::from_millis(millis * latency / 100);
        let used = Used::of(&windows, burst, 20, 0, latency);
        prop_assert!(used.share >= used.goal - 0.01, "{used:?}");
    }
}

/// The share of the quota that was used with work always at hand and workers enough.
#[derive(Debug)]
struct Used {
    share: f64,
    /// W ÷ (W + mean latency).
    goal: f64,
}

impl Used {
    /// Over so many of the longest window, after so many to warm up in; for the window of which
    /// the largest share was used. Every send that began is in the mean latency, those in flight
    /// at the end too: no luck is in the comparison.
    fn of(
        limits: &[RateWindow],
        burst: u32,
        windows: u32,
        warm_up: u32,
        latency: impl FnMut() -> Duration,
    ) -> Self {
        let longest = limits.iter().map(|limit| limit.window).max().unwrap();
        let (sends, mean) = busy(limits, burst, longest * warm_up, longest * windows, latency);
        let against = |limit: &RateWindow| {
            let quota =
                f64::from(limit.permits) * (longest * windows).div_duration_f64(limit.window);
            let goal = limit.window.div_duration_f64(limit.window + mean);
            Self { share: f64::from(sends) / quota, goal }
        };
        let ahead = |used: &Self| used.share - used.goal;
        limits.iter().map(against).max_by(|a, b| ahead(a).total_cmp(&ahead(b))).unwrap()
    }
}

/// Sends that began in this time, and their mean latency.
fn busy(
    limits: &[RateWindow],
    burst: u32,
    warm_up: Duration,
    time: Duration,
    mut latency: impl FnMut() -> Duration,
) -> (u32, Duration) {
    paused(async {
        let (pace, start) = (Pace::new(limits, burst), Instant::now() + warm_up);
        let mut latencies = Vec::new();
        while let Ok(permit) = tokio::time::timeout_at(start + time, pace.permit()).await {
            let latency = latency();
            if Instant::now() >= start {
                latencies.push(latency);
            }
            tokio::spawn(async move {
                sleep(latency).await;
                permit.answered(Instant::now());
            });
        }
        let sends = u32::try_from(latencies.len()).unwrap();
        (sends, latencies.iter().sum::<Duration>() / sends)
    })
}

/// By how much even spacing misses the goal at the default of 50 a minute, in percent of the quota.
fn even_spacing_short_of_goal(latency: impl Fn(&mut Rng) -> f64) -> f64 {
    let mut rng = Rng::with_seed(7);
    let latency = || Duration::from_secs_f64(latency(&mut rng));
    let used = Used::of(&[window(50, 60_000)], 1, 200, 5, latency);
    (used.goal - used.share) * 100.0
}

#[test]
fn even_spacing_leaves_the_quota_to_usual_latencies() {
    assert!(even_spacing_short_of_goal(|_| 0.5) < 1.0);
    assert!(even_spacing_short_of_goal(Rng::f64) < 1.0);
}

#[test]
fn answers_that_take_a_minute_hold_up_no_other_permit() {
    let one_in = |share: f64| move |rng: &mut Rng| if rng.f64() < share { 60.0 } else { 0.2 };
    assert!(even_spacing_short_of_goal(one_in(0.01)) < 1.0);
    assert!(even_spacing_short_of_goal(one_in(0.1)) < 1.0);
}

#[test]
fn even_spacing_costs_little_when_latencies_differ_by_many_seconds() {
    assert!(even_spacing_short_of_goal(|rng| rng.f64() * 10.0) < 3.0);
    assert!(even_spacing_short_of_goal(|rng| rng.f64() * 60.0) < 2.0);
}
