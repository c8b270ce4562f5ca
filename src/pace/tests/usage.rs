//! How much of the quota is used when work is always at hand, in paused time.

use super::*;
use crate::base::cases::cases;

/// How long answers take.
#[derive(Debug, Clone, Copy)]
enum Mix {
    Constant(Duration),
    Uniform(Duration),
    Exponential(Duration),
    /// 200 ms, but so many in a hundred a minute.
    RarelySlow(u8),
}

/// Answers as they come: so many in a hundred are lost, and given up after a minute.
#[derive(Debug, Clone)]
pub(in crate::pace) struct Answers {
    mix: Mix,
    lost: u8,
    rng: Rng,
}

/// Any mix of latencies for a window of this length, which they exceed by a fifth at most.
fn answers(millis: u64) -> impl Strategy<Value = Answers> {
    let longest = Duration::from_millis(millis);
    let share = move |percent: u32| longest * percent / 100;
    let mix = prop_oneof![
        (0..120_u32).prop_map(move |percent| Mix::Constant(share(percent))),
        (0..120_u32).prop_map(move |percent| Mix::Uniform(share(percent))),
        (0..30_u32).prop_map(move |percent| Mix::Exponential(share(percent))),
        (1..10_u8).prop_map(Mix::RarelySlow),
    ];
    let lost = prop_oneof![Just(0), 1..10_u8];
    (mix, lost, any::<u64>()).prop_map(|(mix, lost, seed)| Answers::new(mix, lost, seed))
}

impl Answers {
    fn new(mix: Mix, lost: u8, seed: u64) -> Self {
        Self { mix, lost, rng: Rng::with_seed(seed) }
    }

    /// The same mix for another sender, with luck of its own.
    pub(in crate::pace) fn fork(&mut self) -> Self {
        Self { rng: self.rng.fork(), ..self.clone() }
    }

    /// How long the next one takes; `Err` if it is lost.
    fn next(&mut self) -> Result<Duration, Duration> {
        if self.rng.u8(..100) < self.lost {
            return Err(Duration::from_mins(1));
        }
        Ok(match self.mix {
            Mix::Constant(latency) => latency,
            Mix::Uniform(slowest) => slowest.mul_f64(self.rng.f64()),
            Mix::Exponential(mean) => mean.mul_f64(-(1.0 - self.rng.f64()).ln()),
            Mix::RarelySlow(percent) if self.rng.u8(..100) < percent => Duration::from_mins(1),
            Mix::RarelySlow(_) => Duration::from_millis(200),
        })
    }
}

/// A send: when it left, and how long its answer took.
pub(in crate::pace) type Sent = (Instant, Duration);

/// Sends so many, as many at once as there are permits.
pub(in crate::pace) async fn send(pace: Pace, sends: usize, mut answers: Answers) -> Vec<Sent> {
    let mut sent = Vec::new();
    while sent.len() < sends {
        let (permit, answer) = (pace.permit().await, answers.next());
        let (Ok(latency) | Err(latency)) = answer;
        sent.push((Instant::now(), latency));
        tokio::spawn(async move {
            sleep(latency).await;
            if answer.is_ok() {
                permit.answered(Instant::now());
            }
        });
    }
    sent
}

/// The share of the quota of which more was used than of any other.
#[derive(Debug)]
pub(in crate::pace) struct Used {
    share: f64,
    /// W ÷ (W + mean latency).
    goal: f64,
}

impl Used {
    /// Of these sends, the first fifth to warm up in.
    ///
    /// By Little's law, which takes the luck out of it: sends per second are permits taken on
    /// average ÷ mean time for which one is, and W + latency is that time.
    pub(in crate::pace) fn of(limits: &[RateWindow], mut sent: Vec<Sent>) -> Self {
        sent.sort_unstable();
        let (start, end) = (sent[sent.len() / 5].0, sent[sent.len() - 1].0);
        let mean = sent.iter().map(|(_, latency)| *latency).sum::<Duration>()
            / u32::try_from(sent.len()).unwrap();
        let against = |limit: &RateWindow| {
            let taken = |(left, latency): &Sent| {
                let back = (*left + *latency + limit.window).min(end);
                back.saturating_duration_since((*left).max(start)).as_secs_f64()
            };
            let taken = sent.iter().map(taken).sum::<f64>() / (end - start).as_secs_f64();
            let goal = limit.window.div_duration_f64(limit.window + mean);
            Self { share: taken / f64::from(limit.permits) * goal, goal }
        };
        limits.iter().map(against).min_by(|a, b| a.short().total_cmp(&b.short())).unwrap()
    }

    /// What is missing to the goal.
    fn short(&self) -> f64 {
        self.goal - self.share
    }

    pub(in crate::pace) fn all_but_a_hundredth(&self) -> bool {
        self.short() <= 0.01
    }
}

fn used(limits: &[RateWindow], burst: u32, answers: Answers) -> Used {
    let sends = 1500;
    Used::of(limits, paused(async { send(alone(limits, burst), sends, answers).await }))
}

/// One window and answers for it.
pub(in crate::pace) fn one_window() -> impl Strategy<Value = (RateWindow, Answers)> {
    (1..=60_u32, 1000..=60_000_u64).prop_flat_map(|(permits, millis)| {
        answers(millis).prop_map(move |answers| (window(permits, millis), answers))
    })
}

/// Two windows and answers for the shorter one.
fn two_windows() -> impl Strategy<Value = ([RateWindow; 2], Answers)> {
    (one_window(), 1..120_u32, 2..9_u32).prop_map(|((limit, answers), more, times)| {
        let longer = RateWindow { permits: limit.permits + more, window: limit.window * times };
        ([limit, longer], answers)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(40)) })]

    #[test]
    fn all_of_the_quota_that_latency_leaves_is_used((limit, answers) in one_window()) {
        let used = used(&[limit], 1, answers);
        prop_assert!(used.all_but_a_hundredth(), "{used:?}");
    }

    // Two windows that are nearly as tight as each other cost something however sends are spaced.
    #[test]
    fn of_two_windows_the_tightest_alone_decides((limits, answers) in two_windows()) {
        let permits_alone = used(&limits, limits[0].permits, answers.clone()).short();
        let used = used(&limits, 1, answers);
        prop_assert!(used.short() <= permits_alone.max(0.0) + 0.01, "{used:?}, {permits_alone}");
    }

    #[test]
    fn a_burst_of_all_permits_uses_it_too((limit, answers) in one_window()) {
        let used = used(&[limit], limit.permits, answers);
        prop_assert!(used.all_but_a_hundredth(), "{used:?}");
    }
}

/// Used of the default of 50 a minute, counted: sends over time.
fn counted(mix: Mix) -> Used {
    let limit = window(50, 60_000);
    let sent = paused(async { send(alone(&[limit], 1), 12_000, Answers::new(mix, 0, 7)).await });
    let counted = &sent[2000..];
    let time = counted[counted.len() - 1].0 - counted[0].0;
    let mean = counted.iter().map(|(_, latency)| *latency).sum::<Duration>() / 10_000;
    let share = 9_999.0 / f64::from(limit.permits) / time.div_duration_f64(limit.window);
    Used { share, goal: limit.window.div_duration_f64(limit.window + mean) }
}

// `--nocapture` shows the shares. A spacing without tolerance is 2 % short where latencies differ.
#[test]
#[expect(clippy::print_stdout, reason = "the shares are measured here")]
fn of_fifty_a_minute_all_but_two_thousandths_of_what_latency_leaves_is_used() {
    let seconds = Duration::from_secs;
    for mix in [
        Mix::Constant(Duration::from_millis(500)),
        Mix::Constant(seconds(2)),
        Mix::Uniform(seconds(1)),
        Mix::Uniform(seconds(10)),
        Mix::Uniform(seconds(60)),
        Mix::Exponential(seconds(2)),
        Mix::Exponential(seconds(10)),
        Mix::RarelySlow(1),
        Mix::RarelySlow(5),
        Mix::RarelySlow(10),
    ] {
        let used = counted(mix);
        println!("{mix:?}: {:.2} % of {:.2} %", used.share * 100.0, used.goal * 100.0);
        assert!(used.short() <= 0.002, "{mix:?}: {used:?}");
    }
}

/// When the first sends of a fresh pace leave, each answered at once, in ms. Before the last ones
/// it pauses for so long.
fn left(burst: u32, sends: [u32; 2], pause: u64) -> Vec<u128> {
    paused(async move {
        let (pace, start) = (alone(&[window(10, 10_000)], burst), Instant::now());
        let mut left = vec![];
        for (sends, pause) in sends.into_iter().zip([0, pause]) {
            sleep(Duration::from_millis(pause)).await;
            for _ in 0..sends {
                pace.permit().await.answered(Instant::now());
                left.push(start.elapsed().as_millis());
            }
        }
        left
    })
}

#[test]
fn the_first_sends_are_evenly_spaced() {
    let expected: Vec<u128> = (0..10).map(|second| second * 1000).collect();
    assert_eq!(left(1, [10, 0], 0), expected);
}

#[test]
fn after_a_pause_in_which_nobody_waited_only_a_burst_leaves_at_once() {
    let one = [0, 1000, 2000, 60_000, 61_000, 62_000, 63_000];
    assert_eq!(left(1, [3, 4], 58_000), one);
    let three = [0, 0, 0, 58_000, 58_000, 58_000, 59_000];
    assert_eq!(left(3, [3, 4], 58_000), three);
}

#[test]
fn a_pause_ends_what_is_made_up_for() {
    paused(async {
        let (pace, start) = (alone(&[window(5, 10_000)], 1), Instant::now());
        let mut left = Vec::new();
        let mut permits = Vec::new();
        for _ in 0..5 {
            permits.push(pace.permit().await);
        }
        // All five come back at 30 s; two more leave at once, then nobody asks.
        sleep(Duration::from_millis(11_990)).await;
        for permit in permits {
            permit.answered(Instant::now());
        }
        for pause in [0, 0, 1500, 0, 0] {
            sleep(Duration::from_millis(pause)).await;
            pace.permit().await.answered(Instant::now());
            left.push(start.elapsed().as_millis());
        }
        assert_eq!(left, [30_000, 30_000, 31_500, 33_500, 35_500]);
    });
}

#[test]
fn the_tightest_window_alone_spaces() {
    let windows = [window(10, 1000), window(20, 40_000), window(100, 50_000)];
    let left = paused(async move {
        let (pace, start, mut left) = (alone(&windows, 1), Instant::now(), vec![]);
        for _ in 0..3 {
            pace.permit().await.answered(Instant::now());
            left.push(start.elapsed().as_millis());
        }
        left
    });
    assert_eq!(left, [0, 2000, 4000]);
}
