//! Pace against models of the server's own windows, in paused time.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout};

use super::windows::nanos;
use super::*;
use crate::base::cases::cases;

pub(super) mod usage;

/// Runs to the end in paused time.
pub(super) fn paused<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(work)
}

/// A pace of this process alone, in paused time.
pub(super) fn alone(windows: &[RateWindow], burst: u32) -> Pace {
    Pace::alone(windows, burst, Arc::new(Clock::paused(Instant::now())))
}

pub(super) fn window(permits: u32, millis: u64) -> RateWindow {
    RateWindow { permits, window: Duration::from_millis(millis) }
}

/// When requests reached the server, by its own clock (ns), which runs faster or slower than ours.
#[derive(Debug, Clone)]
pub(super) struct Server {
    base: Instant,
    parts_per_million: i64,
    seen: Arc<Mutex<Vec<u64>>>,
}

impl Server {
    pub(super) fn new(parts_per_million: i64) -> Self {
        Self { base: Instant::now(), parts_per_million, seen: Arc::default() }
    }

    pub(super) fn sees_one(&self) {
        let ours = i64::try_from(self.base.elapsed().as_nanos()).unwrap();
        let own = ours + ours * self.parts_per_million / 1_000_000;
        self.seen.lock().unwrap().push(own.unsigned_abs());
    }

    pub(super) fn seen(&self) -> Vec<u64> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort_unstable();
        seen
    }

    /// Requests that a sliding window would have refused.
    pub(super) fn beyond_sliding(&self, limit: RateWindow) -> usize {
        let (seen, most) = (self.seen(), limit.permits as usize);
        let too_close = |i: &usize| seen[*i] - seen[*i - most] <= nanos(limit.window);
        (most..seen.len()).filter(too_close).count()
    }

    /// Requests that a fixed window would have refused whose first one began at `offset` ns.
    pub(super) fn beyond_fixed(&self, limit: RateWindow, offset: u64) -> usize {
        let seen = self.seen();
        let number = |at: &u64| (at + offset) / nanos(limit.window);
        let most = limit.permits as usize;
        seen.chunk_by(|a, b| number(a) == number(b)).map(|w| w.len().saturating_sub(most)).sum()
    }
}

/// Anything that can happen to requests.
#[derive(Debug, Clone)]
struct Weather {
    windows: Vec<RateWindow>,
    burst: u32,
    workers: usize,
    /// Answers take from nothing to this, µs.
    slowest: u64,
    /// Percent of sends whose answer never comes: given up at the slowest.
    lost: u8,
    /// Percent of sends before which the worker pauses for a while.
    pauses: u8,
    /// Percent of waits for a permit that are dropped.
    impatient: u8,
    server_clock: i64,
    offset: u64,
    seed: u64,
}

fn weather() -> impl Strategy<Value = Weather> {
    let first = (1..40_u32, 100..20_000_u64);
    let second = proptest::option::of((1..80_u32, 1..8_u64));
    let requests = (1..40_usize, 0..200_u64, 0..30_u8, 0..20_u8, 0..20_u8);
    let server = (-900..900_i64, 0..60_000_000_000_u64);
    let burst = prop_oneof![Just(1), 1..60_u32];
    (first, second, burst, requests, server, any::<u64>()).prop_map(
        |((permits, millis), second, burst, requests, server, seed)| {
            let (workers, slowest, lost, pauses, impatient) = requests;
            let mut windows = vec![window(permits, millis)];
            windows.extend(second.map(|(permits, times)| window(permits, millis * times + 13)));
            let slowest = slowest * millis * 10;
            let (server_clock, offset) = server;
            Weather {
                windows,
                burst,
                workers,
                slowest,
                lost,
                pauses,
                impatient,
                server_clock,
                offset,
                seed,
            }
        },
    )
}

const REQUESTS: usize = 300;

/// One worker: takes permits, sends, retries, gives up, pauses, until the server has seen enough.
async fn work(pace: Arc<Pace>, server: Server, weather: Weather, mut rng: Rng) {
    while server.seen.lock().unwrap().len() < REQUESTS {
        let slowest = weather.slowest;
        let mut any_time = || Duration::from_nanos(rng.u64(..=slowest));
        let (pause, patience, latency) = (any_time(), any_time(), any_time());
        let arrival = latency.mul_f64(rng.f64());
        let mut chance = |percent: u8| rng.u8(..100) < percent;
        if chance(weather.pauses) {
            sleep(pause * 3).await;
        }
        let permit = if chance(weather.impatient) {
            let Ok(permit) = timeout(patience, pace.permit()).await else { continue };
            permit
        } else {
            pace.permit().await
        };
        sleep(arrival).await;
        server.sees_one();
        if chance(weather.lost) {
            sleep(Duration::from_nanos(slowest).saturating_sub(arrival)).await;
            drop(permit);
        } else {
            sleep(latency.saturating_sub(arrival)).await;
            permit.answered(Instant::now());
        }
    }
}

fn play(weather: &Weather) -> Server {
    paused(async {
        let server = Server::new(weather.server_clock);
        let pace = Arc::new(alone(&weather.windows, weather.burst));
        let mut rng = Rng::with_seed(weather.seed);
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..weather.workers {
            let (pace, server, rng) = (Arc::clone(&pace), server.clone(), rng.fork());
            workers.spawn(work(pace, server, weather.clone(), rng));
        }
        while let Some(ended) = workers.join_next().await {
            ended.unwrap();
        }
        server
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(96)))]

    #[test]
    fn no_window_of_the_server_is_ever_overrun(weather in weather()) {
        let server = play(&weather);
        prop_assert!(server.seen().len() >= REQUESTS);
        for window in &weather.windows {
            prop_assert_eq!(server.beyond_sliding(*window), 0);
            prop_assert_eq!(server.beyond_fixed(*window, weather.offset), 0);
        }
    }
}

#[test]
fn sends_are_spaced_evenly_unless_a_burst_is_asked_for() {
    let first_three = |burst| {
        paused(async move {
            let (pace, start) = (alone(&[window(50, 1000)], burst), Instant::now());
            for _ in 0..2 {
                pace.permit().await.answered(Instant::now());
            }
            pace.permit().await.answered(Instant::now());
            start.elapsed()
        })
    };
    assert_eq!(first_three(1), Duration::from_millis(40));
    assert_eq!(first_three(3), Duration::ZERO);
}

#[test]
fn waiters_are_served_in_the_order_in_which_they_came() {
    paused(async {
        let pace = Arc::new(alone(&[window(1, 100)], 1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiters = tokio::task::JoinSet::new();
        for name in 0..9 {
            let (pace, order) = (Arc::clone(&pace), Arc::clone(&order));
            waiters.spawn(async move {
                let permit = pace.permit().await;
                order.lock().unwrap().push(name);
                permit.answered(Instant::now());
            });
        }
        waiters.join_all().await;
        assert_eq!(*order.lock().unwrap(), (0..9).collect::<Vec<_>>());
    });
}

#[test]
fn a_wait_that_is_dropped_loses_no_permit() {
    paused(async {
        let pace = alone(&[window(1, 1000)], 1);
        pace.permit().await.answered(Instant::now());
        for _ in 0..5 {
            assert!(timeout(Duration::from_millis(100), pace.permit()).await.is_err());
        }
        let start = Instant::now();
        pace.permit().await.answered(Instant::now());
        assert_eq!(start.elapsed(), Duration::from_millis(501));
    });
}

#[test]
fn a_permit_that_is_never_answered_comes_back_after_it_was_given_up() {
    paused(async {
        let pace = alone(&[window(1, 1000)], 1);
        let start = Instant::now();
        let permit = pace.permit().await;
        tokio::spawn(async move {
            sleep(Duration::from_mins(1)).await;
            drop(permit);
        });
        let _permit = pace.permit().await;
        assert_eq!(start.elapsed(), Duration::from_millis(61_001));
    });
}

#[test]
fn the_hourly_window_counts_what_was_sent_before_it_was_known() {
    paused(async {
        let (pace, start) = (alone(&[window(60, 1000)], 60), Instant::now());
        for _ in 0..100 {
            pace.permit().await.answered(Instant::now());
        }
        pace.add_window(window(100, 3_600_000));
        assert_eq!(pace.per_minute(), Some(100.0 / 60.0));
        let _permit = pace.permit().await;
        assert_eq!(start.elapsed(), Duration::from_millis(3_603_600));
    });
}

#[test]
fn without_windows_nothing_waits() {
    paused(async {
        let (pace, start) = (alone(&[], 1), Instant::now());
        let permits = [pace.permit().await, pace.permit().await];
        assert_eq!((start.elapsed(), pace.per_minute()), (Duration::ZERO, None));
        drop(permits);
    });
}
