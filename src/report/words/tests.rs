//! Every cause and every exit has its words, and they are pinned here.

use super::*;

fn causes() -> Vec<StopCause> {
    vec![
        StopCause::Signal { signal: "SIGTERM".into() },
        StopCause::MaxDuration { seconds: 7200 },
        StopCause::LongThrottle { until: "2026-07-30T04:00:00Z".into(), max_wait_seconds: 3600 },
        StopCause::Outage { seconds: 904, last: "connect-failed".into() },
        StopCause::Credentials { status: 401, code: Some("4002".into()), clock_ahead: None },
        StopCause::Credentials { status: 401, code: None, clock_ahead: Some(-7200) },
        StopCause::WrongEndpoint { status: 301, what: "redirect".into() },
        StopCause::Breaker { status: 400, code: None, batches: 3, records: 6 },
        StopCause::FailureShare { failed: 140, verdicts: 230 },
        StopCause::Canary { failed: 1, records: 10 },
        StopCause::UnexpectedIds { ids: 1 },
        StopCause::Internal { what: "the journal's thread panicked".into() },
    ]
}

fn ledger() -> Ledger {
    Ledger { read: 1200, succeeded: 1000, failed: 150, unsent: 50, ..Ledger::default() }
}

fn said(exit: Exit, cause: Option<&StopCause>, ledger: &Ledger) -> String {
    let mut text = verdict(exit, cause, Operation::BulkDelete, ledger);
    let fixed = "korebulk run /srv/night.toml --input '/srv/my runs/x/rejected.csv'".to_owned();
    let go_on = GoOn {
        dir: "/srv/my runs/x".into(),
        unit: None,
        reads_back: false,
        fixed: Some(fixed),
        ..GoOn::default()
    };
    for way in ways_on(exit, cause, ledger, &go_on) {
        text = format!("{text}\n  {} {}", way.advice, way.command);
    }
    text
}

#[test]
fn every_cause_has_a_sentence_and_a_way_on() {
    let all: Vec<String> =
        causes().iter().map(|cause| said(cause.exit(), Some(cause), &ledger())).collect();
    insta::assert_snapshot!(all.join("\n"), @"
    Stopped: interrupted by SIGTERM; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Finish it with: korebulk resume '/srv/my runs/x'
    Stopped: `limits.max_duration` of 2 h is over; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Finish it with: korebulk resume '/srv/my runs/x'
    Stopped: the rate limit lasts until 2026-07-30 04:00:00 UTC, longer than `limits.max_wait` of 1 h; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Once the limit is over, finish it with: korebulk resume '/srv/my runs/x'
    Stopped: the server was out of reach for 15 min 4 s (last: connect-failed); 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Once the server is back, finish it with: korebulk resume '/srv/my runs/x'
    Stopped: the server refused the credentials twice (HTTP 401, code 4002); none of these records is at fault; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Correct the credentials, then finish it with: korebulk resume '/srv/my runs/x'
    Stopped: the server refused the credentials twice (HTTP 401), and this machine's clock is 2 h behind the server's: tokens live 60 s; none of these records is at fault; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Set this machine's clock right, then finish it with: korebulk resume '/srv/my runs/x'
    Stopped: the answer is none that this API gives (HTTP 301, redirect): check host and stream id; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Check host and ids (`korebulk check`), then go on with: korebulk resume '/srv/my runs/x'
    Stopped: the first 3 batches were all refused alike (HTTP 400) before anything succeeded, and so were 6 records of them alone; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Look at the reasons above; once the cause is fixed, go on with: korebulk resume '/srv/my runs/x'
    Stopped: 140 of 230 verdicts were failures (60.9 %), more than `limits.max_failure_share` allows; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Look at the reasons above; once the cause is fixed, go on with: korebulk resume '/srv/my runs/x'
    Stopped: 1 of the 10 records in the canary batch did not succeed; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Look at the reasons above; once the cause is fixed, go on with: korebulk resume '/srv/my runs/x'
    Stopped: the server says it deleted 1 id that nobody sent; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Find out why before anything else (see `unexpectedRecords` in report.json); then go on with: korebulk resume '/srv/my runs/x'
    Stopped: korebulk itself failed: the journal's thread panicked; 1,000 contacts were deleted, 150 failed and 50 were not sent.
      What was settled is safe; finish it with: korebulk resume '/srv/my runs/x'
    ");
}

#[test]
fn what_only_a_unit_has_the_credentials_for_is_finished_by_starting_it() {
    let unit = Some("korebulk-night.service".to_owned());
    let go_on = GoOn { dir: "/srv/runs/x".into(), unit, reads_back: false, ..GoOn::default() };
    let command = |exit, ledger: &Ledger| ways_on(exit, None, ledger, &go_on).remove(0).command;
    assert_eq!(command(Exit::Stopped, &ledger()), "systemctl start korebulk-night.service");
    assert_eq!(command(Exit::SomeFailed, &ledger()), "korebulk retry --failed /srv/runs/x");
    // The unit's next run does not take up what has come to its end.
    let unknown = Ledger { unknown: 1, ..ledger() };
    assert_eq!(command(Exit::SomeUnknown, &unknown), "korebulk resume /srv/runs/x");
    let readable = GoOn { reads_back: true, ..go_on.clone() };
    let way = ways_on(Exit::SomeUnknown, None, &unknown, &readable).remove(0);
    assert_eq!(way.command, "korebulk reconcile /srv/runs/x");
}

#[test]
fn an_end_that_is_not_good_and_leaves_nothing_to_do_names_where_all_of_it_is() {
    let go_on = GoOn { dir: "/srv/runs/x".into(), ..GoOn::default() };
    let none = Ledger { read: 3, rejected: 3, ..Ledger::default() };
    let ways = ways_on(Exit::SomeFailed, None, &none, &go_on);
    assert_eq!(
        ways.into_iter().map(|way| way.command).collect::<Vec<_>>(),
        ["korebulk runs /srv/runs/x"]
    );
}

#[test]
fn every_exit_has_a_sentence() {
    let all: Vec<String> = Exit::ALL
        .into_iter()
        .map(|exit| format!("{} {}", exit.code(), said(exit, None, &ledger())))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @"
    0 Finished: 1,000 contacts were deleted, 150 failed and 50 were not sent, within what `[accept]` allows.
    1 Finished: 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Once the cause is fixed, send the failed records again with: korebulk retry --failed '/srv/my runs/x'
    5 Finished: 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Once the cause is fixed, send the failed records again with: korebulk retry --failed '/srv/my runs/x'
    4 Stopped before the end: 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Finish it with: korebulk resume '/srv/my runs/x'
    6 Stopped before the end: 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Finish it with: korebulk resume '/srv/my runs/x'
    3 Nothing was sent: a guard held it back, or nobody confirmed it.
    75 Nothing was sent: another run of this job is going on.
    2 Nothing was sent: what was given cannot be used.
    70 An error of korebulk itself or of its disk: 1,000 contacts were deleted, 150 failed and 50 were not sent.
      Finish it with: korebulk resume '/srv/my runs/x'
    ");
}

#[test]
fn counts_read_as_people_say_them() {
    let all = [
        Ledger { read: 1, succeeded: 1, ..Ledger::default() },
        Ledger { read: 7, succeeded: 7, ..Ledger::default() },
        Ledger { read: 3, succeeded: 1, rejected: 1, skipped: 1, ..Ledger::default() },
        Ledger { read: 2, unknown: 1, rejected: 1, ..Ledger::default() },
        Ledger::default(),
    ]
    .map(|ledger| verdict(Exit::Finished, None, Operation::BulkUpdate, &ledger));
    insta::assert_snapshot!(all.join("\n"), @"
    Finished: the one contact was updated.
    Finished: all 7 contacts were updated.
    Finished: 1 contact was updated, 1 was rejected and 1 was skipped, within what `[accept]` allows.
    Finished: no contact was updated, 1 was rejected and 1 is unknown, within what `[accept]` allows.
    Finished: there was nothing to do.
    ");
}

#[test]
fn credentials_that_are_gone_are_not_called_refused() {
    let gone = stop(&StopCause::Credentials { status: 0, code: None, clock_ahead: None });
    assert!(gone.starts_with("the credentials could not be read any more"), "{gone}");
}

#[test]
fn rejected_rows_have_their_whole_command_whatever_else_is_left() {
    let only = Ledger { read: 3, succeeded: 2, rejected: 1, ..Ledger::default() };
    let both = Ledger { failed: 1, succeeded: 1, ..only };
    let all = [said(Exit::SomeFailed, None, &only), said(Exit::SomeFailed, None, &both)];
    insta::assert_snapshot!(all.join("\n"), @"
    Finished: 2 contacts were deleted and 1 was rejected.
      Fix or delete the rejected rows, then send their file with: korebulk run /srv/night.toml --input '/srv/my runs/x/rejected.csv'
    Finished: 1 contact was deleted, 1 failed and 1 was rejected.
      Once the cause is fixed, send the failed records again with: korebulk retry --failed '/srv/my runs/x'
      Fix or delete the rejected rows, then send their file with: korebulk run /srv/night.toml --input '/srv/my runs/x/rejected.csv'
    ");
}
