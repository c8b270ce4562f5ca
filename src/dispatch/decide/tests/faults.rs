//! Retries, the gate, outages, credentials, the canary and the other ways to stop.

use super::*;
use crate::model::event::Event;
use crate::model::{Effect, OperationSpec};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn every_record_of_a_quiet_run_is_sent_once() {
    let ran = run(95, settings(95, limits()), |request| (all_done(request), SECOND));
    assert_eq!(ran.count("succeeded"), 95);
    assert_eq!(ran.sent.len(), 10);
    assert!(ran.sent.iter().all(|sent| sent.cut == Cut::First));
    assert_eq!(ran.dispatcher.counts().sent, 10);
}

#[test]
fn one_by_one_operations_carry_one_record() {
    let mut settings = settings(7, Limits { batch_size: Auto::Auto, ..limits() });
    settings.spec = *Operation::DeleteContact.spec();
    let ran = run(7, settings, |request| (all_done(request), SECOND));
    assert!(ran.sent.len() == 7 && ran.sent.iter().all(|sent| sent.len == 1));
}

#[test]
fn batches_keep_to_the_bytes_too() {
    let limits = Limits { max_batch_bytes: 16 + 27 * 4, ..limits() };
    let ran = run(20, settings(20, limits), |request| (all_done(request), SECOND));
    assert!(ran.sent.len() == 5 && ran.sent.iter().all(|sent| sent.len == 4));
}

#[test]
fn a_record_without_a_verdict_is_unknown_after_its_attempts() {
    let ran = run(30, settings(30, limits()), |request| {
        (if request.holds(3) { server_error(500) } else { all_done(request) }, SECOND)
    });
    assert_eq!(ran.count("attemptsUsedUp"), 10);
    assert_eq!(ran.count("succeeded"), 20);
    assert_eq!(ran.last[&3].attempts, 5);
    assert_eq!(ran.dispatcher.counts().retried, 4);
}

#[test]
fn a_connection_lost_for_one_batch_ends_after_its_attempts_too() {
    let ran = run(300, settings(300, limits()), |request| {
        (if request.holds(3) { timed_out() } else { all_done(request) }, SECOND)
    });
    assert_eq!((ran.count("attemptsUsedUp"), ran.count("succeeded")), (10, 290));
    assert_eq!(ran.sent.iter().filter(|sent| sent.kind == "timeout").count(), 5);
}

#[test]
fn an_outage_of_five_minutes_costs_no_record_its_attempts() {
    for fault in [connect_failed, timed_out, || server_error(503)] {
        let limits = Limits { max_attempts: 2, ..limits() };
        let ran = run(2000, settings(2000, limits), |request| {
            let down = (20..320).contains(&request.at.as_secs());
            (if down { fault() } else { all_done(request) }, SECOND / 10)
        });
        assert_eq!(ran.count("succeeded"), 2000, "{:?}", ran.stop);
        assert!(ran.last.values().all(|verdict| verdict.attempts <= 1));
        assert!(ran.sent.iter().any(|sent| sent.cut == Cut::Probe));
    }
}

#[test]
fn an_outage_ends_where_nothing_waits_to_go_again() {
    for size in [1, 2, 4, 20] {
        let limits = Limits { batch_size: Auto::Fixed(size), ..limits() };
        let mut settings = settings(90, limits);
        settings.spec = *Operation::CreateContacts.spec();
        let ran = run(90, settings, |request| {
            (if request.number <= 3 { timed_out() } else { all_done(request) }, SECOND)
        });
        assert_eq!(ran.count("succeeded"), 90 - 3 * size as usize, "batches of {size}");
        assert!(ran.took < Duration::from_mins(5), "{:?}", ran.took);
    }
}

#[test]
fn an_outage_without_end_stops_the_run_and_leaves_the_rest_unsent() {
    let ran = run(2000, settings(2000, limits()), |_| (connect_failed(), SECOND / 10));
    let Some(StopCause::Outage { seconds, ref last }) = ran.stop else { panic!("{:?}", ran.stop) };
    assert_eq!((seconds, last.as_str()), (900, "connect-failed: connect-failed it was"));
    assert!(ran.last.values().all(|verdict| verdict.mark == Mark::None));
    assert_eq!(ran.count("pending"), ran.last.len());
    assert!(ran.took >= Duration::from_mins(15) && ran.took < Duration::from_mins(16));
}

#[test]
fn during_an_outage_one_small_probe_leaves_at_a_time() {
    let ran = run(2000, settings(2000, limits()), |_| (timed_out(), SECOND));
    let closed = ran.sent.iter().position(|sent| sent.cut == Cut::Probe).unwrap();
    let probes = &ran.sent[closed..];
    assert!(probes.iter().all(|sent| sent.cut == Cut::Probe && sent.len <= 10));
    assert!(probes.windows(2).all(|pair| pair[1].at >= pair[0].at + SECOND));
}

#[test]
fn a_throttle_holds_everybody_back_for_its_time_and_costs_no_attempt() {
    let ran = run(200, settings(200, limits()), |request| {
        let read =
            if request.number == 3 { throttled(Some(30 * SECOND)) } else { all_done(request) };
        (read, SECOND * if request.number == 3 { 1 } else { 5 })
    });
    let closed = ran.sent[2].at + SECOND;
    let inside = |sent: &&Sent| sent.at > closed && sent.at < closed + 30 * SECOND;
    assert_eq!(ran.sent.iter().filter(inside).count(), 0);
    assert_eq!(ran.count("succeeded"), 200);
    assert!(ran.last.values().all(|v| v.attempts == 0 && v.mark == Mark::None));
    assert_eq!(ran.dispatcher.counts().throttled, 1);
}

#[test]
fn a_refusal_in_the_middle_of_a_throttle_pause_waits_for_its_end() {
    let ran = run(20, settings(20, limits()), |request| match request.number {
        1 => (throttled(None), SECOND),
        2 => (refused(), 20 * SECOND),
        _ if request.holds(13) && request.len() > 1 => (refused(), SECOND),
        _ if request.holds(13) => (refused(), SECOND),
        _ => (all_done(request), SECOND),
    });
    assert!(ran.sent[2].at >= 61 * SECOND, "{:?}", ran.sent);
    assert_eq!((ran.count("succeeded"), ran.word(13)), (19, "failed"));
}

#[test]
fn a_longer_wait_than_allowed_stops_and_names_the_time() {
    let ran = run(20, settings(20, limits()), |_| (throttled(Some(7200 * SECOND)), 10 * SECOND));
    let until = "1970-01-01T02:00:10Z".to_owned();
    assert_eq!(ran.stop, Some(StopCause::LongThrottle { until, max_wait_seconds: 3600 }));
}

#[test]
fn a_server_that_only_throttles_is_given_up_after_the_longest_wait() {
    for retry_after in [Some(Duration::ZERO), None, Some(Duration::from_mins(40))] {
        let ran = run(20, settings(20, limits()), |_| (throttled(retry_after), SECOND));
        assert!(matches!(ran.stop, Some(StopCause::LongThrottle { .. })));
        assert!(ran.took > Duration::from_hours(1) && ran.took < Duration::from_hours(2));
        assert!(ran.last.values().all(|v| v.attempts == 0 && v.mark == Mark::None));
    }
}

#[test]
fn a_server_in_every_kind_of_trouble_is_an_outage_in_the_end() {
    let mut number = 0;
    let ran = run(20, settings(20, limits()), |_| {
        number += 1;
        (server_error(if number % 4 == 0 { 500 } else { 502 }), SECOND)
    });
    assert!(matches!(ran.stop, Some(StopCause::Outage { .. })), "{:?}", ran.stop);
    assert_eq!(ran.count("pending"), 20);
}

#[test]
fn the_hourly_message_adds_a_window_once() {
    let mut ran = run(20, settings(20, limits()), |request| {
        let hour = read(Some(429), Reading::Throttled(ThrottledWindow::Hour));
        (if request.number < 3 { hour } else { all_done(request) }, SECOND)
    });
    let window = Some(RateWindow { permits: 1800, window: Duration::from_hours(1) });
    assert_eq!(ran.dispatcher.wants_window(), window);
    assert_eq!(ran.dispatcher.wants_window(), None);
}

#[test]
fn expired_credentials_are_signed_again_and_no_record_fails() {
    let mut refusals = 0;
    let ran = run(200, settings(200, limits()), |request| {
        let expired = (6..10).contains(&request.number);
        refusals += u32::from(expired);
        (if expired { unauthorised() } else { all_done(request) }, 10 * SECOND)
    });
    assert_eq!((ran.count("succeeded"), refusals, ran.stop), (200, 4, None));
}

#[test]
fn credentials_refused_twice_stop_the_run_with_nothing_marked() {
    let ran = run(200, settings(200, limits()), |_| (unauthorised(), 10 * SECOND));
    assert_eq!(
        ran.stop,
        Some(StopCause::Credentials { status: 401, code: None, clock_ahead: None })
    );
    assert!(ran.last.values().all(|verdict| verdict.mark == Mark::None));
}

#[test]
fn a_wrong_endpoint_stops_at_once_and_only_405_is_certain_not_to_have_applied() {
    for (status, marked) in [(302, true), (404, true), (501, true), (405, false)] {
        let ran = run(200, settings(200, limits()), |_| {
            (read(Some(status), Reading::WrongEndpoint { what: "html" }), SECOND)
        });
        assert_eq!(ran.stop, Some(StopCause::WrongEndpoint { status, what: "html".into() }));
        assert_eq!(ran.sent.len(), 1);
        assert!(ran.last.values().all(|v| v.mark.may_have_been_applied() == marked));
    }
}

#[test]
fn nothing_follows_the_canary_until_it_has_settled() {
    let mut with_canary = settings(200, limits());
    with_canary.canary = 15;
    let ran = run(200, with_canary, |request| {
        let lost = request.number == 2;
        (if lost { server_error(500) } else { all_done(request) }, 20 * SECOND)
    });
    assert_eq!(
        ran.sent[..3].iter().map(|s| s.cut.name()).collect::<Vec<_>>(),
        ["canary", "canary", "retry"]
    );
    assert_eq!((ran.sent[0].len, ran.sent[1].len), (10, 5));
    assert!(ran.sent[3].cut == Cut::First && ran.sent[3].at >= ran.sent[2].at + 20 * SECOND);
    assert_eq!(ran.count("succeeded"), 200);
}

#[test]
fn a_failure_in_the_canary_stops_the_run() {
    let mut with_canary = settings(200, limits());
    with_canary.canary = 5;
    let ran = run(200, with_canary, |request| {
        (verdicts(request, |r| if r.ordinal == 2 { not_found() } else { done() }), SECOND)
    });
    assert_eq!(ran.stop, Some(StopCause::Canary { failed: 1, records: 5 }));
    assert_eq!(ran.last.len(), 5);
}

#[test]
fn a_refused_canary_is_split_although_first_cuts_remain() {
    let mut with_canary = settings(200, limits());
    with_canary.canary = 4;
    let ran = run(200, with_canary, |request| {
        (if request.holds(2) { refused() } else { all_done(request) }, SECOND)
    });
    assert_eq!(ran.stop, Some(StopCause::Canary { failed: 1, records: 4 }));
    assert_eq!(ran.word(2), "failed");
}

#[test]
fn an_id_deleted_that_nobody_sent_stops_a_delete_but_not_an_update() {
    for (operation, stops) in [(Operation::BulkDelete, true), (Operation::BulkUpdate, false)] {
        let settings = DispatchSettings { spec: *operation.spec(), ..settings(30, limits()) };
        let ran = run(30, settings, |request| {
            let named = request.records.iter().map(|_| done()).collect();
            let reading = Reading::Verdicts(Verdicts {
                named,
                unexpected_successes: 1,
                ..Verdicts::default()
            });
            (read(Some(200), reading), SECOND)
        });
        assert_eq!(ran.stop == Some(StopCause::UnexpectedIds { ids: 1 }), stops);
    }
}

#[test]
fn records_left_out_of_answers_go_again_together() {
    let ran = run(300, settings(300, limits()), |request| {
        let first = request.cut == Cut::First;
        (
            verdicts(
                request,
                |r| if first && r.ordinal % 10 == 4 { Named::Nowhere } else { done() },
            ),
            SECOND,
        )
    });
    assert_eq!(ran.count("succeeded"), 300);
    assert!(ran.sent.len() < 45, "{}", ran.sent.len());
    assert_eq!((ran.last[&4].attempts, ran.last[&4].mark), (1, Mark::LostAnswer));
}

#[test]
fn a_record_never_named_is_unknown_in_the_end() {
    let ran = run(30, settings(30, limits()), |request| {
        (verdicts(request, |r| if r.ordinal == 4 { Named::Nowhere } else { done() }), SECOND)
    });
    assert_eq!((ran.word(4), ran.last[&4].attempts), ("noVerdict", 5));
}

#[test]
fn a_record_in_both_lists_is_unknown() {
    let ran = run(10, settings(10, limits()), |request| {
        let both = |r: &Record| match r.ordinal {
            4 => Named::InBoth(Refusal::default()),
            _ => done(),
        };
        (verdicts(request, both), SECOND)
    });
    assert_eq!((ran.word(4), ran.count("succeeded")), ("inBothLists", 9));
}

#[test]
fn a_batch_that_did_not_leave_goes_again_unmarked_under_a_new_number() {
    let now = Instant::now();
    let mut dispatcher = Dispatcher::new(settings(1, limits()), now);
    dispatcher.feed(Record::only_id(0, "a"));
    dispatcher.end_of_input();
    let Step::Send(batch) = dispatcher.poll(now) else { panic!("a batch") };
    let settled = dispatcher.never_left(batch);
    assert_eq!((settled.kind, settled.verdicts[0].mark), ("not-sent", Mark::None));
    assert_eq!(dispatcher.counts().sent, 0);
    let Step::Send(batch) = dispatcher.poll(now) else { panic!("again") };
    assert_eq!((batch.request, batch.cut), (2, Cut::First));
    let settled = dispatcher.cut_short(batch, now);
    assert_eq!((settled.kind, settled.verdicts[0].mark), ("cut-short", Mark::LostAnswer));
}

#[test]
fn a_stop_lets_nothing_new_leave_and_finishes_when_nothing_is_in_flight() {
    let now = Instant::now();
    let mut dispatcher = Dispatcher::new(settings(20, limits()), now);
    (0..20).for_each(|n| dispatcher.feed(Record::only_id(n, "a")));
    let Step::Send(batch) = dispatcher.poll(now) else { panic!("a batch") };
    dispatcher.stop(StopCause::Signal { signal: "SIGINT".into() });
    dispatcher.stop(StopCause::MaxDuration { seconds: 1 });
    assert!(!dispatcher.ready(now) && !dispatcher.wants_input());
    assert!(matches!(dispatcher.poll(now), Step::Wait(None)));
    dispatcher.cut_short(batch, now);
    assert!(matches!(dispatcher.poll(now), Step::Finished));
    assert_eq!(dispatcher.stopped(), Some(&StopCause::Signal { signal: "SIGINT".into() }));
}

#[test]
fn an_operation_that_is_not_idempotent_is_never_sent_again_after_a_lost_answer() {
    let spec = OperationSpec {
        idempotent: false,
        effect: Effect::Create,
        ..*Operation::BulkUpdate.spec()
    };
    let create = || DispatchSettings { spec, ..settings(30, limits()) };
    let contact =
        |n: u32| Record::contact(n, &format!("{n:024x}"), &format!(r#"{{"id":"{n:024x}"}}"#));
    for lost in [timed_out, || server_error(503), || server_error(500)] {
        let ran = run_records((0..30).map(contact).collect(), create(), |request| {
            (if request.holds(13) { lost() } else { all_done(request) }, SECOND)
        });
        assert_eq!((ran.count("lostAnswer"), ran.count("succeeded"), ran.sent.len()), (10, 20, 3));
        assert!(ran.last[&13].mark.may_have_been_applied() && ran.last[&13].attempts == 1);
    }
    // What has certainly not left goes again; what an answer leaves out does not.
    let mut first = true;
    let ran = run_records((0..30).map(contact).collect(), create(), |request| {
        if std::mem::take(&mut first) {
            return (connect_failed(), SECOND);
        }
        (verdicts(request, |r| if r.ordinal == 4 { Named::Nowhere } else { done() }), SECOND)
    });
    assert_eq!((ran.word(4), ran.count("succeeded"), ran.sent.len()), ("noVerdict", 29, 4));
}

#[test]
fn no_way_to_the_server_stops_the_run_at_once_with_nothing_marked() {
    let message = || "the certificate is not trusted".to_owned();
    let ran = run(200, settings(200, limits()), |_| {
        (read(None, Reading::NoWay { kind: "certificate", message: message() }), SECOND / 10)
    });
    assert_eq!(ran.stop, Some(StopCause::NoWay { kind: "certificate".into(), message: message() }));
    assert!(ran.last.values().all(|v| v.mark == Mark::None && v.kind == VerdictKind::Pending));
    assert_eq!(ran.sent.len(), 1);
}

#[test]
fn a_success_that_denies_itself_is_unknown_and_not_sent_again() {
    let ran = run(10, settings(10, limits()), |request| {
        let named = |r: &Record| match r.ordinal {
            4 => Named::Contradictory {
                how: "`success` is false".into(),
                refusal: Refusal::default(),
            },
            _ => done(),
        };
        (verdicts(request, named), SECOND)
    });
    let VerdictKind::Unknown { ref doubt, .. } = ran.last[&4].kind else { panic!("{ran:?}") };
    insta::assert_snapshot!(doubt, @"contradictory: the answer names it as done and denies it: `success` is false");
    assert_eq!((ran.sent.len(), ran.count("succeeded")), (1, 9));
}

#[test]
fn the_reason_says_what_the_attempts_met_and_for_how_long_an_outage_is_waited_out() {
    let ran = run(10, settings(10, limits()), |_| (server_error(500), SECOND));
    let VerdictKind::Unknown { ref doubt, .. } = ran.last[&4].kind else { panic!("{ran:?}") };
    insta::assert_snapshot!(doubt, @"attemptsUsedUp: 5 answers were errors: server-error it was");
    let short = Limits { max_outage: 20 * SECOND, ..limits() };
    let mut ran = run(10, settings(10, short), |_| (connect_failed(), SECOND));
    let message: Vec<String> = ran
        .dispatcher
        .take_events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Notice { message } => Some(message),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(message.join("; "), @"the server is out of reach (connect-failed: connect-failed it was): small batches ask whether it is back, for at most 20 s (`limits.max_outage`)");
}
