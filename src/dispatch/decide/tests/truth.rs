//! A server with contacts of its own: what a run says of a record is what happened to it.

use proptest::prelude::*;

use super::*;
use crate::base::cases::cases;

/// Contacts that a delete can find, and how the server loses answers, in percent.
#[derive(Debug, Clone)]
struct Server {
    absent_every: u32,
    bad_every: u32,
    trouble: u8,
}

/// What one delete of the whole batch does, and what is answered.
fn answer(
    server: &Server,
    request: &Request<'_>,
    gone: &mut BTreeSet<Ordinal>,
    random: &mut fastrand::Rng,
) -> Read {
    let bad = |record: &Record| record.ordinal % server.bad_every == 2;
    let dice = if random.u8(0..100) < server.trouble { random.u8(0..7) } else { 7 };
    match dice {
        0 => return throttled(Some(Duration::from_secs(random.u64(0..90)))),
        1 => return connect_failed(),
        2 => return server_error(502),
        3 => return unauthorised(),
        _ if request.records.iter().any(bad) => return refused(),
        _ => (),
    }
    let reach = if dice == 4 { random.usize(0..=request.len()) } else { request.len() };
    let mut named = BTreeMap::new();
    for record in &request.records[..reach] {
        let there = gone.insert(record.ordinal);
        let lost = dice == 5 && random.bool();
        let verdict = if there { done() } else { not_found() };
        named.insert(record.ordinal, if lost { Named::Nowhere } else { verdict });
    }
    if dice == 4 || dice == 6 {
        return timed_out();
    }
    verdicts(request, |record| named[&record.ordinal].clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(150)))]

    #[test]
    fn nothing_is_said_that_did_not_happen(
        absent_every in 3_u32..400,
        bad_every in 3_u32..400,
        trouble in 0_u8..50,
        seed in any::<u64>(),
        records in 1_u32..1200,
        size in prop::option::of(1_u32..200),
    ) {
        let server = Server { absent_every, bad_every, trouble };
        let absent = |ordinal: Ordinal| ordinal % server.absent_every == 1;
        let mut gone: BTreeSet<_> = (0..records).filter(|ordinal| absent(*ordinal)).collect();
        let mut random = fastrand::Rng::with_seed(seed);
        let batch_size = size.map_or(Auto::Auto, Auto::Fixed);
        let settings = settings(records, Limits { batch_size, ..limits() });
        let ran = run(records, settings, |request| {
            (answer(&server, request, &mut gone, &mut random), Duration::from_millis(700))
        });
        for ordinal in 0..records {
            let mark = ran.last.get(&ordinal).map_or(Mark::None, |verdict| verdict.mark);
            let is_gone = gone.contains(&ordinal);
            match ran.word(ordinal) {
                "succeeded" | "already gone" => prop_assert!(is_gone, "{ordinal} is there"),
                "failed" => prop_assert!(!is_gone || absent(ordinal), "{ordinal} was deleted"),
                _ if mark == Mark::None => prop_assert!(!is_gone || absent(ordinal)),
                _ => (),
            }
        }
        prop_assert!(ran.stop.is_some() || ran.count("pending") == 0);
    }
}
