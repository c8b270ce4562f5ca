//! `batch_size = "auto"`: the largest batch that the server takes, with few refusals on the way.

use super::*;

/// How a server says that a batch is too large.
type No = fn(&Request<'_>, usize) -> Read;

const WAYS: [(&str, No); 6] = [
    ("413", |_, _| too_large()),
    ("400", |_, _| refused()),
    ("502", |_, _| server_error(502)),
    ("504", |_, _| server_error(504)),
    ("timeout", |_, _| timed_out()),
    ("the rest is dropped", |request, largest| {
        let first = request.records.iter().take(largest).map(|_| done());
        let named = first.chain(std::iter::repeat(Named::Nowhere)).take(request.len()).collect();
        let reading = Reading::Verdicts { named, unexpected: Vec::new(), unexpected_successes: 0 };
        read(Some(200), reading)
    }),
];

fn auto(concurrency: u32) -> Limits {
    let concurrency = Auto::Fixed(concurrency);
    Limits { batch_size: Auto::Auto, max_batch_size: 10_000, concurrency, ..limits() }
}

fn check(largest: usize, (way, no): (&str, No), concurrency: u32) {
    let records = u32::try_from(largest * 40).unwrap().max(2000);
    let ran = run(records, settings(records, auto(concurrency)), |request| {
        let fits = request.len() <= largest;
        (if fits { all_done(request) } else { no(request, largest) }, Duration::from_millis(300))
    });
    assert_eq!(ran.count("succeeded"), records as usize, "{way} {largest} {:?}", ran.stop);
    let refused = ran.sent.iter().filter(|sent| sent.len > largest).count();
    assert!(refused <= 6, "{way} {largest}: {refused} refused");
    let ideal = (records as usize).div_ceil(largest);
    // Two answers at each doubling, a half too many for each refused batch.
    let ramp = 2 * 7 + 6;
    let most = ideal * 105 / 100 + 6 + ramp;
    assert!(ran.sent.len() <= most, "{way} {largest}: {} of {most}", ran.sent.len());
}

#[test]
fn the_largest_batch_is_found_with_at_most_six_refusals() {
    for way in WAYS {
        for largest in
            (1..=12).chain([17, 25, 33, 50, 57, 64, 99, 100, 101, 130, 199, 200, 201, 399])
        {
            check(largest, way, 4);
        }
    }
}

#[test]
fn and_for_large_servers_as_well() {
    for way in WAYS {
        for largest in [1601, 5000] {
            check(largest, way, 8);
        }
    }
}

#[test]
fn it_doubles_up_to_the_most_allowed_and_remembers() {
    let limits = Limits { max_batch_size: 700, ..auto(4) };
    let ran = run(20_000, settings(20_000, limits), |request| {
        (all_done(request), Duration::from_secs(1))
    });
    assert_eq!(ran.dispatcher.learned_batch_size(), Some(700));
    assert_eq!(ran.sent.iter().map(|sent| sent.len).max(), Some(700));
}

#[test]
fn it_does_not_grow_past_what_the_timeout_allows() {
    // 50 ms per record: 1,200 records would take a minute.
    let ran = run(20_000, settings(20_000, auto(4)), |request| {
        (all_done(request), Duration::from_millis(50 * request.len() as u64))
    });
    assert_eq!(ran.sent.iter().map(|sent| sent.len).max(), Some(400));
}

#[test]
fn a_known_size_is_where_it_starts() {
    let mut known = settings(20_000, auto(4));
    known.known_batch_size = Some(640);
    let ran = run(20_000, known, |request| {
        (if request.len() > 650 { too_large() } else { all_done(request) }, Duration::from_secs(1))
    });
    assert_eq!(ran.sent[0].len, 640);
    assert_eq!(ran.dispatcher.batch_size(), 640);
}

#[test]
fn a_fixed_size_neither_grows_nor_shrinks() {
    let ran = run(300, settings(300, limits()), |request| {
        let no = request.len() == 10 && request.holds(0);
        (if no { too_large() } else { all_done(request) }, Duration::from_secs(1))
    });
    assert_eq!(ran.sent.iter().filter(|sent| sent.cut == Cut::First && sent.len == 10).count(), 30);
    assert_eq!(ran.dispatcher.learned_batch_size(), None);
}

#[test]
fn an_outage_teaches_nothing_about_the_size() {
    let ran = run(20_000, settings(20_000, auto(4)), |request| {
        let down = (5..300).contains(&request.at.as_secs());
        (if down { server_error(502) } else { all_done(request) }, Duration::from_secs(1))
    });
    assert_eq!(ran.count("succeeded"), 20_000);
    assert!(ran.dispatcher.batch_size() >= 1600, "{}", ran.dispatcher.batch_size());
}

#[test]
fn a_job_smaller_than_the_first_size_finds_the_limit_too() {
    for records in [2, 11, 64, 99] {
        let ran = run(records, settings(records, auto(1)), |request| {
            let fits = request.len() == 1;
            (if fits { all_done(request) } else { too_large() }, Duration::from_millis(300))
        });
        assert_eq!(ran.count("succeeded"), records as usize);
        let refused = ran.sent.iter().filter(|sent| sent.len > 1).count();
        assert!(refused <= 6, "{records}: {refused} refused");
    }
}

#[test]
fn a_canary_does_not_make_the_batches_after_it_small() {
    let settings = DispatchSettings { canary: 5, ..settings(105, auto(1)) };
    let ran = run(105, settings, |request| (all_done(request), Duration::from_millis(300)));
    let sizes: Vec<usize> = ran.sent.iter().map(|sent| sent.len).collect();
    assert_eq!(sizes, [5, 100]);
}
