//! Batches refused as a whole: the cases that must hold (docs/contract.md, "Splits", "Not found").

use super::*;
use crate::model::event::Event;

const SECOND: Duration = Duration::from_secs(1);

/// A server that refuses every batch with one of `bad` in it.
fn atomic(bad: &[Ordinal]) -> impl FnMut(&Request<'_>) -> (Read, Duration) + '_ {
    |request| {
        let refuses = bad.iter().any(|ordinal| request.holds(*ordinal));
        (if refuses { refused() } else { all_done(request) }, SECOND)
    }
}

#[test]
fn one_bad_record_is_found_at_every_position() {
    for bad in 0..30 {
        let ran = run(30, settings(30, limits()), atomic(&[bad]));
        assert_eq!((ran.count("succeeded"), ran.word(bad)), (29, "failed"), "at {bad}");
        assert_eq!((ran.last[&bad].attempts, ran.stop), (1, None));
        assert!(ran.sent.len() <= 3 + 2 * 4, "{}", ran.sent.len());
    }
}

#[test]
fn two_bad_neighbours_are_found_at_every_position() {
    for bad in 0..29 {
        let ran = run(30, settings(30, limits()), atomic(&[bad, bad + 1]));
        assert_eq!((ran.count("succeeded"), ran.count("failed")), (28, 2), "at {bad}");
    }
}

#[test]
fn a_batch_of_nothing_but_bad_records_fails_one_by_one() {
    let bad: Vec<_> = (10..20).collect();
    let ran = run(30, settings(30, limits()), atomic(&bad));
    assert_eq!((ran.count("succeeded"), ran.count("failed")), (20, 10));
    assert!(bad.iter().all(|ordinal| ran.word(*ordinal) == "failed"));
}

#[test]
fn a_batch_of_one_that_is_refused_has_failed() {
    let ran = run(1, settings(1, limits()), atomic(&[0]));
    assert_eq!((ran.word(0), ran.sent.len()), ("failed", 1));
}

#[test]
fn the_same_holds_while_the_size_is_being_found() {
    for bad in [0, 9, 10, 55, 99, 100, 180, 299] {
        let limits = Limits { batch_size: Auto::Auto, ..limits() };
        let ran = run(300, settings(300, limits), atomic(&[bad]));
        assert_eq!((ran.count("succeeded"), ran.word(bad)), (299, "failed"), "at {bad}");
    }
}

#[test]
fn hints_are_set_apart_before_anything_is_halved() {
    let ran = run(20, settings(20, limits()), |request| {
        let at = request.records.iter().position(|record| record.ordinal == 13);
        let Some(at) = at else { return (all_done(request), SECOND) };
        let refusal = Refusal { status: Some(400), ..Refusal::default() };
        (read(Some(400), Reading::Refused { refusal, hints: vec![at] }), SECOND)
    });
    assert_eq!((ran.count("succeeded"), ran.word(13)), (19, "failed"));
    assert_eq!(ran.sent.len(), 4, "the refused one, the named one, the rest");
}

#[test]
fn a_record_that_is_bad_alone_and_in_company_fails_with_the_last_words() {
    let ran = run(10, settings(10, limits()), |request| match request.len() {
        1 if request.holds(3) => (verdicts(request, |_| Named::Failed(Refusal::default())), SECOND),
        _ if request.holds(3) => (refused(), SECOND),
        _ => (all_done(request), SECOND),
    });
    assert_eq!((ran.count("succeeded"), ran.word(3)), (9, "failed"));
}

#[test]
fn what_the_budget_cannot_isolate_is_unknown_with_the_refusals_words() {
    // More than three of each batch: what it takes to find three is not enough for them.
    let bad: Vec<_> = (100..2000).filter(|n| n % 2 == 0).collect();
    let limits = Limits { batch_size: Auto::Fixed(100), ..limits() };
    let ran = run(2000, settings(2000, limits), atomic(&bad));
    let extra = ran.dispatcher.counts().split;
    assert!(extra <= 20 / 5 + 64 + 19 * 3 * 2 * 7 && extra > 800, "{extra}");
    let unknown = ran.last.values().find(|v| word(&v.kind) == "refusedInBatch").unwrap();
    assert!(
        matches!(&unknown.kind, VerdictKind::Unknown { refusal: Some(r), .. } if r.code.is_some())
    );
    assert!(unknown.mark.may_have_been_applied());
    assert_eq!(ran.count("pending"), 0);
    let mut dispatcher = ran.dispatcher;
    let notices = dispatcher.take_events().into_iter().filter_map(|event| match event {
        Event::Notice { message } => Some(message),
        _ => None,
    });
    insta::assert_snapshot!(notices.collect::<Vec<_>>().join("; "), @"all 110 requests for splits are used up: refused batches stay unknown");
}

#[test]
fn up_to_three_bad_records_of_every_batch_are_found_however_many_batches_there_are() {
    for size in [2, 3, 7, 10, 64, 100] {
        for places in [vec![0], vec![size - 1], vec![0, size / 2], vec![0, size / 2, size - 1]] {
            let bad: Vec<_> =
                (0..40).flat_map(|batch| places.iter().map(move |at| size * batch + at)).collect();
            // The first batches of a run decide whether the job is at fault.
            let bad: BTreeSet<Ordinal> = bad.into_iter().filter(|at| *at >= 3 * size).collect();
            let bad: Vec<_> = bad.into_iter().collect();
            let limits = Limits { batch_size: Auto::Fixed(size), ..limits() };
            let ran = run(40 * size, settings(40 * size, limits), atomic(&bad));
            let expected = (40 * size as usize - bad.len(), bad.len(), None);
            let came = (ran.count("succeeded"), ran.count("failed"), ran.stop.clone());
            assert_eq!(came, expected, "batches of {size}, bad at {places:?}");
        }
    }
}

#[test]
fn first_batches_and_single_records_of_them_refused_alike_stop_the_run() {
    let ran = run(2000, settings(2000, limits()), |_| (refused(), SECOND / 10));
    let code = Some("4002".to_owned());
    assert_eq!(ran.stop, Some(StopCause::Breaker { status: 400, code, batches: 3, records: 6 }));
    assert_eq!(ran.sent.len(), 3 + 6);
    assert_eq!((ran.count("pending"), ran.last.len()), (30, 30));
}

#[test]
fn a_413_is_taken_apart_without_marks_until_it_fits() {
    for largest in 1..10 {
        let ran = run(30, settings(30, limits()), |request| {
            (if request.len() > largest { too_large() } else { all_done(request) }, SECOND)
        });
        assert_eq!(ran.count("succeeded"), 30, "{largest}");
        assert!(ran.last.values().all(|v| v.mark == Mark::None && v.attempts == 0));
    }
}

#[test]
fn a_record_too_large_by_itself_has_failed() {
    let ran = run(30, settings(30, limits()), |request| {
        (if request.holds(17) { too_large() } else { all_done(request) }, SECOND)
    });
    assert_eq!((ran.count("succeeded"), ran.word(17)), (29, "failed"));
}

/// Deletes record by record, and refuses the whole answer when it meets a bad one.
fn half_done(
    bad: Ordinal,
    gone: &mut BTreeSet<Ordinal>,
) -> impl FnMut(&Request<'_>) -> (Read, Duration) {
    move |request| {
        let mut named = BTreeMap::new();
        for record in request.records {
            if record.ordinal == bad {
                return (refused(), SECOND);
            }
            let there = gone.insert(record.ordinal);
            named.insert(record.ordinal, if there { done() } else { not_found() });
        }
        (verdicts(request, |record| named[&record.ordinal].clone()), SECOND)
    }
}

#[test]
fn what_a_server_deleted_before_it_refused_is_never_called_failed_by_guess() {
    for bad in 0..10 {
        let mut gone = BTreeSet::new();
        let ran = run(10, settings(10, limits()), half_done(bad, &mut gone));
        assert_eq!(ran.word(bad), "failed");
        for ordinal in (0..10).filter(|ordinal| *ordinal != bad) {
            let word = ran.word(ordinal);
            // Those before the bad one were deleted by the refused send, those after it by a later one.
            let expected = if ordinal < bad { "refusedInBatch" } else { "succeeded" };
            assert_eq!(word, expected, "{ordinal} with {bad} bad");
        }
    }
}

#[test]
fn not_found_after_a_lost_answer_was_our_own_doing() {
    let mut gone = BTreeSet::new();
    let ran = run(20, settings(20, limits()), |request| {
        if request.number == 1 {
            gone.extend(request.records.iter().map(|record| record.ordinal));
            return (timed_out(), SECOND);
        }
        (
            verdicts(request, |r| if gone.contains(&r.ordinal) { not_found() } else { done() }),
            SECOND,
        )
    });
    assert_eq!((ran.count("already gone"), ran.count("succeeded")), (10, 10));
}

#[test]
fn not_found_beside_a_success_of_the_same_refused_batch_has_failed() {
    let ran = run(10, settings(10, limits()), |request| {
        if request.number == 1 {
            return (refused(), SECOND);
        }
        (verdicts(request, |r| if r.ordinal == 2 { not_found() } else { done() }), SECOND)
    });
    assert_eq!((ran.word(2), ran.count("succeeded")), ("failed", 9));
}

#[test]
fn until_something_succeeds_first_cuts_go_before_splits() {
    let ran = run(60, settings(60, limits()), |request| match request.cut {
        Cut::First if request.number < 3 => (refused(), SECOND),
        _ => (all_done(request), 10 * SECOND),
    });
    let split = ran.sent.iter().position(|sent| sent.cut == Cut::Split).unwrap();
    assert!(ran.sent[split].at >= ran.sent[2].at + 10 * SECOND, "{:?}", ran.sent);
    assert_eq!(ran.count("succeeded"), 60);
}

#[test]
fn a_resumed_record_is_judged_by_the_others_of_its_refused_batch() {
    for sibling in [true, false] {
        let records = (0..2).map(|n| {
            let mut record = Record::only_id(n, &format!("{n:024x}"));
            record.mark = if n == 0 || sibling { Mark::RefusedBatch(4) } else { Mark::None };
            record
        });
        let ran = run_records(records.collect(), settings(2, limits()), |request| {
            (verdicts(request, |r| if r.ordinal == 0 { not_found() } else { done() }), SECOND)
        });
        assert_eq!(ran.word(0), if sibling { "failed" } else { "refusedInBatch" });
    }
}

#[test]
fn one_by_one_deletes_refused_alike_stop_the_run_too() {
    let one_by_one =
        DispatchSettings { spec: *Operation::DeleteContact.spec(), ..settings(50, limits()) };
    let ran = run(50, one_by_one, |_| (refused(), SECOND));
    assert!(matches!(ran.stop, Some(StopCause::Breaker { records: 6, .. })));
    assert_eq!((ran.count("failed"), ran.sent.len()), (6, 6));
}

#[test]
fn bad_records_in_every_first_batch_do_not_stop_the_run() {
    // One in each of three batches, at their ends or inside; then one batch that is all there is.
    for (records, bad) in [
        (300, vec![0, 100, 299]),
        (300, vec![0, 100, 200]),
        (300, vec![99, 199, 299]),
        (300, vec![0, 99, 100, 199, 200]),
        (300, vec![50, 150, 250]),
        (100, vec![0]),
        (100, vec![0, 50]),
        (200, vec![0, 100, 150]),
    ] {
        for concurrency in [1, 4] {
            let limits = Limits {
                batch_size: Auto::Fixed(100),
                concurrency: Auto::Fixed(concurrency),
                ..limits()
            };
            let ran = run(records, settings(records, limits), atomic(&bad));
            assert_eq!(ran.stop, None, "{bad:?}");
            let expected = (records as usize - bad.len(), bad.len());
            assert_eq!((ran.count("succeeded"), ran.count("failed")), expected, "{bad:?}");
        }
    }
}

#[test]
fn where_both_ends_of_every_batch_are_refused_alone_the_run_stops_with_six_singles() {
    let bad = [0, 9, 10, 19, 20, 29];
    let ran =
        run(300, settings(300, Limits { concurrency: Auto::Fixed(1), ..limits() }), atomic(&bad));
    assert!(matches!(ran.stop, Some(StopCause::Breaker { batches: 3, records: 6, .. })));
    assert_eq!(
        ran.sent.iter().map(|sent| sent.len).collect::<Vec<_>>(),
        [10, 10, 10, 1, 1, 1, 1, 1, 1]
    );
}

#[test]
fn all_batches_there_are_refused_alike_stop_the_run_too() {
    for (records, singles) in [(10, 6), (20, 6)] {
        let ran = run(records, settings(records, limits()), |_| (refused(), SECOND));
        let batches = u64::from(records) / 10;
        assert!(
            matches!(ran.stop, Some(StopCause::Breaker { batches: b, records: s, .. }) if (b, s) == (batches, singles)),
            "{:?}",
            ran.stop
        );
        assert_eq!(ran.count("pending"), records as usize);
    }
}

#[test]
fn records_that_have_all_been_refused_alone_have_failed() {
    for records in 1..=6 {
        let limits = Limits { batch_size: Auto::Fixed(2), ..limits() };
        let ran = run(records, settings(records, limits), |_| (refused(), SECOND));
        assert_eq!((ran.count("failed"), ran.stop), (records as usize, None), "{records}");
    }
}

#[test]
fn a_trial_waits_for_its_lost_answers_and_throttles() {
    let bad = [0, 10, 20];
    let mut trouble = 0;
    let ran = run(30, settings(30, limits()), |request| {
        if request.len() == 1 && trouble < 4 {
            trouble += 1;
            let read = if trouble % 2 == 0 { timed_out() } else { throttled(Some(SECOND)) };
            return (read, SECOND);
        }
        atomic(&bad)(request)
    });
    assert_eq!((ran.count("succeeded"), ran.count("failed"), ran.stop), (27, 3, None));
}

#[test]
fn refusals_for_different_reasons_are_the_records_own() {
    let ran = run(20, settings(20, limits()), |request| {
        let code = if request.holds(3) { "a" } else { "b" };
        if ![3, 13].iter().any(|bad| request.holds(*bad)) {
            return (all_done(request), SECOND);
        }
        let refusal = Refusal { status: Some(400), code: Some(code.into()), ..Refusal::default() };
        (read(Some(400), Reading::Refused { refusal, hints: Vec::new() }), SECOND)
    });
    assert_eq!((ran.count("succeeded"), ran.count("failed"), ran.stop), (18, 2, None));
}
