//! The report's keys are the contract's, whatever the entries hold.

use super::*;
use crate::model::settings::Contacts;
use crate::report::part::{Part, REPORT};

fn facts() -> ReportFacts {
    ReportFacts {
        job: "nightly".into(),
        run: "nightly-20260730T020000Z-x7k2".into(),
        parent_run: None,
        from_runs: Vec::new(),
        taken_up_by: Vec::new(),
        undoes: None,
        undo: None,
        undone_by: None,
        backup: PreviousContacts::none("`backup.contacts` is false"),
        operation: Operation::BulkDelete,
        target: ReportTarget {
            host: "https://platform.kore.ai".into(),
            stream: "st-1".into(),
            account: "a".into(),
            client_id: "cs-1".into(),
        },
        started_at: "2026-07-30T02:00:00Z".parse().unwrap(),
        finished_at: "2026-07-30T02:20:00Z".parse().unwrap(),
        exit_code: 4,
        stopped: Some(StopCause::Signal { signal: "SIGTERM".into() }),
        tool_version: "0.1.0".into(),
        user: "ops".into(),
        machine: "box".into(),
        input: vec![InputFile { file: "a.csv".into(), sheet: None, rows: 9, sha256: "00".into() }],
        overrides: vec!["limits.rate = 30/min".into()],
        ledger: Ledger { read: 9, succeeded: 4, failed: 2, unknown: 3, ..Ledger::default() },
        requests: RequestCounts { sent: 3, retried: 1, split: 0, throttled: 1 },
        matches: None,
        not_covered: &[],
        account: None,
    }
}

fn entry(server: &[u8]) -> ReportEntry {
    ReportEntry {
        id: Some("a".into()),
        source: EntrySource { file: "a.csv".into(), sheet: None, row: 2 },
        reason: "said \"no\"\n".into(),
        status: Some(200),
        attempts: 1,
        may_have_been_applied: false,
        fields: vec!["firstName".into()],
        server: Some(raw_entry(server)),
    }
}

fn report(fill: impl FnOnce(&mut Tail)) -> serde_json::Value {
    let dir = tempfile::tempdir().unwrap();
    let mut tail = Part::create(dir.path(), Contacts::Full).unwrap().close().unwrap();
    fill(&mut tail);
    tail.finish().unwrap();
    serde_json::from_slice(&std::fs::read(dir.path().join(REPORT)).unwrap()).unwrap()
}

#[test]
fn the_keys_are_those_of_the_contract() {
    let report = report(|tail| tail.facts(&facts()).unwrap());
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(keys.join(" "), @"alreadyGone backup contradictoryCounts diverged divergedRecords doubtfulAnswers exitCode failed failedRecords finishedAt format input job machine notFound operation overrides parentRun read rejected rejectedRecords requests run skipped skippedRecords startedAt stopped successful successfulRecords target toolVersion totalRequested unexpected unexpectedRecords unknown unknownRecords unsent user withoutId");
    assert_eq!(report["totalRequested"], 9);
    assert_eq!(report["stopped"], serde_json::json!({"cause": "signal", "signal": "SIGTERM"}));
    assert_eq!(report["target"]["clientId"], "cs-1");
    assert_eq!(report["input"][0]["sha256"], "00");
}

#[test]
fn an_entry_has_every_key_and_the_raw_words_of_the_server() {
    let report = report(|tail| {
        tail.begin(ReportList::Failed).unwrap();
        tail.entry(&entry(b"{\"id\":\"a\",\n\"n\":1.50}")).unwrap();
        tail.entry(&entry(b"<html>")).unwrap();
        tail.begin(ReportList::Unexpected).unwrap();
        tail.entry(&UnexpectedEntry {
            request: 7,
            kind: "notSent".into(),
            server: raw_entry(b"\"z\""),
        })
        .unwrap();
        tail.facts(&facts()).unwrap();
    });
    assert_eq!(
        report["failedRecords"][0],
        serde_json::json!({
            "id": "a", "source": {"file": "a.csv", "sheet": null, "row": 2},
            "reason": "said \"no\"\n", "status": 200, "attempts": 1,
            "mayHaveBeenApplied": false, "fields": ["firstName"],
            "server": {"id": "a", "n": 1.50}
        })
    );
    assert_eq!(report["failedRecords"][1]["server"], "<html>");
    assert_eq!(
        report["unexpectedRecords"],
        serde_json::json!([{"request": 7, "kind": "notSent", "server": "z"}])
    );
    assert_eq!(report["unknownRecords"], serde_json::json!([]));
}
