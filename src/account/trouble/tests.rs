//! What follows from each class of answer, as a table.

use super::*;
use crate::api::reading::Verdicts;
use crate::model::settlement::Refusal;

const PATIENCE: Patience = Patience {
    max_attempts: 3,
    max_wait: Duration::from_hours(1),
    max_outage: Duration::from_mins(15),
};

fn on(reading: Reading, retry_after: Option<u64>, other: Other) -> Next {
    let read = Read { status: None, retry_after: retry_after.map(Duration::from_secs), reading };
    let mut random = fastrand::Rng::with_seed(1);
    Trouble::none(PATIENCE).on(read, other, Instant::now(), &mut random)
}

fn fault(kind: &'static str) -> Reading {
    Reading::NoVerdict(NoVerdict {
        kind,
        may_have_left: true,
        message: String::new(),
        refusal: None,
    })
}

/// The exit, where nothing more is asked.
fn exit(next: &Next) -> Option<u8> {
    match next {
        Next::Stop(error) => Some(error.exit.code()),
        _ => None,
    }
}

#[test]
fn each_class_of_answer_leads_where_it_should() {
    let minute = Duration::from_mins(1);
    let throttled = |window| Reading::Throttled(window);
    let wait = Next::Wait { why: "rate limit", wait: minute };
    assert_eq!(on(throttled(ThrottledWindow::Minute), None, Other::Nothing), wait);
    let seconds = |wait| Next::Wait { why: "rate limit", wait: Duration::from_secs(wait) };
    assert_eq!(on(throttled(ThrottledWindow::Minute), Some(7), Other::Nothing), seconds(7));
    assert_eq!(on(throttled(ThrottledWindow::Minute), Some(0), Other::Nothing), seconds(1));
    let hourly = on(throttled(ThrottledWindow::Hour), None, Other::Nothing);
    assert_eq!(hourly, Next::Hourly { wait: minute });
    let long = on(throttled(ThrottledWindow::Minute), Some(3_601), Other::Nothing);
    assert_eq!(exit(&long), Some(4));
    let endpoint = || Reading::WrongEndpoint { what: "redirect" };
    assert_eq!(exit(&on(endpoint(), None, Other::SmallerPage)), Some(6));
    assert_eq!(on(endpoint(), None, Other::Method), Next::Refused);
    let no_way = Reading::NoWay { kind: "certificate", message: "it is out of date".to_owned() };
    assert_eq!(exit(&on(no_way, None, Other::Nothing)), Some(2));
    let refused = Reading::Refused { refusal: Refusal::default(), hints: Vec::new() };
    assert_eq!(on(refused, None, Other::Nothing), Next::Refused);
    assert_eq!(on(Reading::TooLarge(Refusal::default()), None, Other::Nothing), Next::Refused);
    let verdicts = on(Reading::Verdicts(Verdicts::default()), None, Other::Nothing);
    assert!(matches!(verdicts, Next::Wait { why: "unreadable", .. }));
    for kind in ["connect-failed", "timeout", "server-error", "connection-lost"] {
        let next = on(fault(kind), None, Other::SmallerPage);
        assert!(matches!(next, Next::Wait { why, .. } if why == kind), "{next:?}");
    }
}

#[test]
fn credentials_are_signed_with_once_more_and_then_a_person_is_needed() {
    let (mut trouble, mut random) = (Trouble::none(PATIENCE), fastrand::Rng::with_seed(1));
    let mut on = |clock_ahead| {
        let reading = Reading::Unauthorised { code: Some("4002".to_owned()), clock_ahead };
        trouble.on(Read::of(Some(401), reading), Other::Nothing, Instant::now(), &mut random)
    };
    assert_eq!(on(None), Next::SignAgain);
    let Next::Stop(error) = on(Some(90)) else { panic!("it goes on") };
    assert_eq!(error.exit, Exit::NeedsPerson);
    insta::assert_snapshot!(error, @"the server refuses the credentials (401 or 403, code 4002); this machine's clock is 90 s ahead of the server's");
}

#[test]
fn a_page_that_the_server_fails_on_twice_is_asked_for_smaller() {
    let (mut trouble, mut random) = (Trouble::none(PATIENCE), fastrand::Rng::with_seed(1));
    let mut on = |kind| {
        let read = Read::of(None, fault(kind));
        trouble.on(read, Other::SmallerPage, Instant::now(), &mut random)
    };
    assert!(matches!(on("connect-failed"), Next::Wait { .. }));
    assert!(matches!(on("connect-failed"), Next::Wait { .. }), "not for want of a server");
    assert_eq!(on("timeout"), Next::Refused);
}

#[test]
fn an_outage_ends_after_its_time_and_garbage_after_its_attempts() {
    let (mut trouble, mut random) = (Trouble::none(PATIENCE), fastrand::Rng::with_seed(1));
    let began = Instant::now();
    let mut at = began;
    let error = loop {
        let read = Read::of(Some(503), fault("server-error"));
        match trouble.on(read, Other::Nothing, at, &mut random) {
            Next::Wait { wait, .. } => at += wait.max(Duration::from_millis(1)),
            Next::Stop(error) => break error,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(error.exit, Exit::Stopped);
    let took = at - began;
    assert!(took >= PATIENCE.max_outage && took <= PATIENCE.max_outage + LEAST, "{took:?}");
    let mut trouble = Trouble::none(PATIENCE);
    let ends = (0..3).map(|_| {
        let read = Read::of(Some(200), fault("unreadable"));
        exit(&trouble.on(read, Other::Nothing, began, &mut random))
    });
    assert_eq!(ends.collect::<Vec<_>>(), [None, None, Some(6)]);
}
