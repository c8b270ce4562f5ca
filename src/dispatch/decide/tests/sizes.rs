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
        let reading = Reading::Verdicts(Verdicts { named, ..Verdicts::default() });
        read(Some(200), reading)
    }),
];

fn auto(concurrency: u32) -> Limits {
    let concurrency = Auto::Fixed(concurrency);
    Limits { batch_size: Auto::Auto, max_batch_size: 10_000, concurrency, ..limits() }
}

/// What a job came to on a server whose largest batch is known.
struct Came {
    sent: usize,
    refused: usize,
    /// ⌈n/B⌉
    least: usize,
    what: String,
}

fn came(
    records: usize,
    largest: usize,
    known: Option<usize>,
    way: (&str, No),
    at_once: u32,
) -> Came {
    let records = u32::try_from(records).unwrap();
    let mut settings = settings(records, auto(at_once));
    settings.known_batch_size = known.map(|known| u32::try_from(known).unwrap());
    let ran = run(records, settings, |request| {
        let fits = request.len() <= largest;
        (if fits { all_done(request) } else { way.1(request, largest) }, Duration::from_millis(300))
    });
    let (sent, least) = (ran.sent.len(), (records as usize).div_ceil(largest));
    let refused = ran.sent.iter().filter(|sent| sent.len > largest).count();
    let what = format!(
        "{}, {records} in {largest}, known {known:?}: {sent} sent, {refused} refused, {least} at least",
        way.0
    );
    assert_eq!(ran.count("succeeded"), records as usize, "{what} {:?}", ran.stop);
    assert!(refused <= 6, "{what}");
    Came { sent, refused, least, what }
}

/// Any number of records: a twentieth more than the least, two complete answers for each doubling
/// from where the search began to grow (100, or a tenth and a hundredth of it), and for each
/// refused request itself and a half too many. One for a last batch that is not full; ten where
/// the first batch was the whole job, and the search has nothing but its parts. One record goes
/// alone where it is to be learned whether the job is refused or its batches.
fn check(records: usize, largest: usize, way: (&str, No), at_once: u32) {
    let Came { sent, refused, least, what } = came(records, largest, None, way, at_once);
    let from = [100, 10, 1].into_iter().find(|from| *from <= largest).unwrap_or(1);
    let doublings = usize::try_from(largest.div_ceil(from).next_power_of_two().ilog2()).unwrap();
    let search = if records <= 100 { 10 } else { 1 };
    let alone = usize::from(way.0 == "400");
    let most = least * 105 / 100 + 2 * doublings + 2 * refused + search + alone;
    assert!(sent <= most, "{what}: at most {most}");
}

/// The bound of the issue, to the letter: 1.05 · ⌈n/B⌉ and six.
fn check_strictly(records: usize, largest: usize, known: Option<usize>, way: (&str, No)) {
    let Came { sent, least, what, .. } = came(records, largest, known, way, 4);
    assert!(sent <= least * 105 / 100 + 6, "{what}");
}

const SMALL: [usize; 22] =
    [1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 17, 25, 33, 50, 57, 64, 99, 100, 101, 130, 199, 399];

#[test]
fn the_largest_batch_is_found_with_at_most_six_refusals() {
    for way in WAYS {
        for largest in SMALL {
            check((largest * 40).max(2000), largest, way, 4);
        }
    }
}

#[test]
fn and_for_jobs_of_any_size() {
    for way in WAYS {
        for largest in SMALL {
            for records in [largest, largest * 3, largest * 10, 2, 60, 99, 100, 150] {
                for at_once in [1, 4] {
                    check(records, largest, way, at_once);
                }
            }
        }
    }
}

#[test]
fn and_for_large_servers_as_well() {
    for way in WAYS {
        for largest in [640, 1601, 5000] {
            check(largest * 10, largest, way, 8);
        }
    }
}

#[test]
fn a_long_job_takes_at_most_a_twentieth_more_requests_than_the_least_and_six_refused() {
    for way in WAYS {
        for largest in [1, 2, 3, 9, 10, 33, 57, 99, 100] {
            check_strictly(largest * 200, largest, None, way);
        }
    }
    check_strictly(250 * 200, 250, None, WAYS[1]);
    check_strictly(5000 * 300, 5000, None, WAYS[0]);
}

#[test]
fn a_remembered_size_makes_that_true_of_shorter_jobs() {
    for way in WAYS {
        for largest in [1, 2, 10, 57, 100, 101, 640] {
            let learned = (largest * 32 / 33).max(1);
            check_strictly(largest * 100, largest, Some(learned), way);
        }
    }
    check_strictly(5000 * 100, 5000, Some(4848), WAYS[0]);
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
