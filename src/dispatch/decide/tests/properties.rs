//! Any server at all: what must be true of every run.

use proptest::prelude::*;

use super::*;
use crate::base::cases::cases;

/// One server's habits: how likely each behaviour is, in percent, and its largest batch.
#[derive(Debug, Clone)]
struct Habits {
    percent: [u8; 9],
    largest: usize,
    bad_every: u32,
    seed: u64,
}

fn habits() -> impl Strategy<Value = Habits> {
    (prop::array::uniform9(0_u8..9), 1_usize..400, 5_u32..500, any::<u64>()).prop_map(
        |(mut percent, largest, bad_every, seed)| {
            // Credentials refused twice in a row end a run: seldom, so that most go on.
            percent[7] /= 4;
            Habits { percent, largest, bad_every, seed }
        },
    )
}

impl Habits {
    fn answer(&self, request: &Request<'_>, random: &mut fastrand::Rng) -> Read {
        let dice = random.u8(0..100);
        let mut upper = 0;
        let behaviour = self.percent.iter().position(|percent| {
            upper += percent;
            dice < upper
        });
        match behaviour {
            Some(0) => throttled(Some(Duration::from_secs(random.u64(0..100)))),
            Some(1) => throttled(None),
            Some(2) => connect_failed(),
            Some(3) => timed_out(),
            Some(4) => server_error(random.u16(500..505)),
            Some(5) => too_large(),
            Some(6) => refused(),
            Some(7) => unauthorised(),
            Some(8) => {
                let miss = random.u32(1..20);
                verdicts(request, |r| if r.ordinal % miss == 0 { Named::Nowhere } else { done() })
            }
            _ if request.len() > self.largest => too_large(),
            _ if request.records.iter().any(|r| r.ordinal % self.bad_every == 1) => refused(),
            _ => all_done(request),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(300)))]

    #[test]
    fn every_record_ends_once_or_the_run_has_stopped(
        habits in habits(),
        records in 1_u32..1500,
        fixed in prop::option::of(1_u32..300),
        canary in prop_oneof![8 => Just(0), 1 => 1_u64..40],
        concurrency in 1_u32..9,
        creates in any::<bool>(),
    ) {
        let batch_size = fixed.map_or(Auto::Auto, Auto::Fixed);
        let limits = Limits { batch_size, concurrency: Auto::Fixed(concurrency), ..limits() };
        let size = u64::from(fixed.unwrap_or(1));
        let planned = u64::from(records).div_ceil(size);
        let mut settings =
            DispatchSettings { canary, seed: habits.seed, ..settings(records, limits) };
        if creates {
            // What may have arrived does not go again: often nothing waits.
            settings.spec = *Operation::CreateContacts.spec();
        }
        let mut random = fastrand::Rng::with_seed(habits.seed);
        let ran = run(records, settings, |request| {
            let latency = Duration::from_millis(random.u64(1..20_000));
            (habits.answer(request, &mut random), latency)
        });
        let open = ran.count("pending") + (records as usize - ran.last.len());
        prop_assert!(open == 0 || ran.stop.is_some(), "{open} open");
        let counts = ran.dispatcher.counts();
        prop_assert_eq!(counts.sent, ran.sent.len() as u64);
        // Five that count, and the one whose answer spoke.
        prop_assert!(ran.last.values().all(|verdict| verdict.attempts <= 6));
        // Beside the plan: every batch down to single records, the two budgets, and what is not counted.
        let free = ["throttled", "unauthorised", "connect-failed", "too-large"];
        let free: usize = free.iter().map(|kind| ran.sent.iter().filter(|s| s.kind == *kind).count()).sum();
        let most = u64::from(records) + 3 * (planned + 64) + 2 * free as u64;
        prop_assert!(counts.sent <= most, "{} of {most}", counts.sent);
    }
}
