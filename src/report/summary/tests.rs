//! The summary as people see it.

use super::*;
use crate::report::cluster::{Clusters, Voice};

fn summary() -> Summary {
    let mut clusters = Clusters::default();
    for row in [12, 57, 58, 90] {
        let reason = "`Phone Number` has letters (digits only, without the country code; set `[phone] region` to read others)";
        clusters.observe(Outcome::Rejected, Voice::Own, reason, row);
    }
    let reason = "Contact 6960cbe9b155d194e2f00001 not found";
    clusters.observe(Outcome::Failed, Voice::Server, reason, 77);
    Summary {
        job: "nightly-clean-up".into(),
        run: "nightly-clean-up-20260730T020000Z-x7k2".into(),
        dir: "/srv/runs/nightly-clean-up-20260730T020000Z-x7k2".into(),
        go_on: GoOn {
            dir: "/srv/runs/nightly-clean-up-20260730T020000Z-x7k2".into(),
            fixed: Some("korebulk run /srv/night.toml --input /srv/runs/nightly-clean-up-20260730T020000Z-x7k2/rejected.csv".into()),
            ..GoOn::default()
        },
        operation: Operation::BulkDelete,
        host: "https://platform.kore.ai".into(),
        account: "67777ce93e25326494e00001".into(),
        ledger: Ledger {
            read: 100_005,
            succeeded: 100_000,
            failed: 1,
            rejected: 4,
            not_found: 1,
            ..Ledger::default()
        },
        requests: RequestCounts { sent: 1012, retried: 11, split: 0, throttled: 1 },
        matches: None,
        read: None,
        duration: Duration::from_secs(1225),
        sending: Duration::from_secs(1220),
        per_minute: Some(50.0),
        stopped: None,
        exit: Exit::SomeFailed,
        ends_with: Exit::SomeFailed,
        clusters: clusters.all(),
        values: Values::Masked,
        files: vec!["/srv/runs/nightly-clean-up-20260730T020000Z-x7k2/report.json".into()],
        undoes: None,
        undone: None,
        touched: None,
        backup: None,
        kept_until: Some("2026-08-29T02:00:00Z".parse().unwrap()),
    }
}

fn stopped() -> Summary {
    let cause =
        StopCause::Credentials { status: 401, code: Some("4002".into()), clock_ahead: None };
    let ledger = Ledger {
        read: 500,
        succeeded: 200,
        unknown: 3,
        unsent: 297,
        diverged: 7,
        ..Ledger::default()
    };
    let (exit, stopped) = (cause.exit(), Some(cause));
    Summary {
        ledger,
        exit,
        ends_with: exit,
        stopped,
        clusters: Vec::new(),
        files: Vec::new(),
        ..summary()
    }
}

#[test]
fn a_mixed_run_reads_well() {
    insta::assert_snapshot!(summary().render().text, @"
    bulk-delete nightly-clean-up
      https://platform.kore.ai, account 67777ce93e25326494e00001
      run nightly-clean-up-20260730T020000Z-x7k2

      read              100,005
      succeeded         100,000    99.9 %
      failed                  1     0.1 %
      rejected                4     0.1 %
      1 failed because the server does not know the id
      deleted contacts are set to INACTIVE; not covered: contact lists, campaigns
        and conversations that hold their data

      1,012 requests in 20 min 25 s (11 retried, 1 throttled), 49.8 of 50 per minute

    failed
      row 77: Contact <id> not found

    rejected
      4 rows: `Phone Number` has letters (digits only, without the country code; set
        `[phone] region` to read others), e.g. rows 12, 57, 58

    files in /srv/runs/nightly-clean-up-20260730T020000Z-x7k2
      report.json

    What is left can be sent again until 2026-08-29; then its contact data is
    scrubbed (`runs.keep_days`).
    Finished: 100,000 contacts were deleted, 1 failed and 4 were rejected. (exit 1)
    Once the cause is fixed, send the failed records again with:
      korebulk retry --failed /srv/runs/nightly-clean-up-20260730T020000Z-x7k2
    ");
}

#[test]
fn no_rate_above_the_quota_is_shown() {
    let minute = Duration::from_mins(1);
    let requests = RequestCounts { sent: 51, ..RequestCounts::default() };
    let text = Summary { requests, sending: minute, ..summary() }.render().text;
    assert!(text.contains("51 requests in"), "{text}");
    assert!(text.contains("50 of 50 per minute"), "{text}");
}

#[test]
fn a_stopped_run_ends_with_cause_and_command() {
    insta::assert_snapshot!(stopped().render().text, @"
    bulk-delete nightly-clean-up
      https://platform.kore.ai, account 67777ce93e25326494e00001
      run nightly-clean-up-20260730T020000Z-x7k2

      read                  500
      succeeded             200    40.0 %
      unknown                 3     0.6 %
      unsent                297    59.4 %
      deleted contacts are set to INACTIVE; not covered: contact lists, campaigns
        and conversations that hold their data

      1,012 requests in 20 min 25 s (11 retried, 1 throttled), 49.8 of 50 per minute

    warning: 7 records succeeded, but the server shows other values than were sent;
      see `divergedRecords` in report.json

    What is left can be sent again until 2026-08-29; then its contact data is
    scrubbed (`runs.keep_days`).
    Stopped: the server refused the credentials twice (HTTP 401, code 4002); none of
    these records is at fault; 200 contacts were deleted, 3 are unknown and 297 were
    not sent. (exit 6)
    Correct the credentials, then finish it with:
      korebulk resume /srv/runs/nightly-clean-up-20260730T020000Z-x7k2
    ");
}

#[test]
fn quiet_says_only_what_is_wrong() {
    insta::assert_snapshot!(summary().render_quiet().text, @"
    bulk-delete nightly-clean-up
      /srv/runs/nightly-clean-up-20260730T020000Z-x7k2

    failed
      row 77: Contact <id> not found

    rejected
      4 rows: `Phone Number` has letters (digits only, without the country code; set
        `[phone] region` to read others), e.g. rows 12, 57, 58

    What is left can be sent again until 2026-08-29; then its contact data is
    scrubbed (`runs.keep_days`).
    Finished: 100,000 contacts were deleted, 1 failed and 4 were rejected. (exit 1)
    Once the cause is fixed, send the failed records again with:
      korebulk retry --failed /srv/runs/nightly-clean-up-20260730T020000Z-x7k2
    ");
    let good = Summary { exit: Exit::Finished, ends_with: Exit::Finished, ..summary() };
    assert_eq!(good.render_quiet().text, "");
}

#[test]
fn lines_keep_to_the_width_with_and_without_colour() {
    for text in [summary().render().render(true), stopped().render().render(true)] {
        let plain = console::strip_ansi_codes(&text).into_owned();
        assert!(text.len() > plain.len(), "colour is asked for");
        assert!(plain.lines().filter(|l| !l.contains("/srv/")).all(|l| l.chars().count() <= 80));
    }
    assert_eq!(
        console::strip_ansi_codes(&summary().render().render(true)),
        summary().render().text
    );
}
