//! `concurrency = "auto"`: as many in flight as rate × latency needs, up to 32.

use super::*;

/// When the requests of a job at 50 a minute leave if each answer takes so long.
fn left(latency: Duration) -> Vec<Duration> {
    let limits = Limits { concurrency: Auto::Auto, ..limits() };
    let ran = run(2000, settings(2000, limits), |request| (all_done(request), latency));
    assert_eq!(ran.count("succeeded"), 2000, "{:?}", ran.stop);
    ran.sent.iter().map(|sent| sent.at).collect()
}

#[test]
fn it_rises_by_itself_until_latency_costs_nothing_of_the_rate() {
    let evenly: Vec<_> = (0..200).map(|turn| Duration::from_millis(1200) * turn).collect();
    for seconds in [0, 1, 5, 15, 38] {
        assert_eq!(left(Duration::from_secs(seconds)), evenly, "{seconds} s");
    }
}

#[test]
fn it_ends_at_32() {
    let latency = Duration::from_secs(50);
    let left = left(latency);
    for (index, at) in left.iter().enumerate().skip(32) {
        assert!(*at >= left[index - 32] + latency);
    }
    assert_eq!(left[32], latency);
}
