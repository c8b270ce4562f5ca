//! The journal's own promises: what is committed is found again, and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::{
    Disposition, Entry, Fact, Journal, JournalError, Owed, Phase, RecordRow, Select, fact,
};
use crate::base::cases::cases;
use crate::model::settlement::{
    Cut, Doubt, Intent, Refusal, SentRecord, Unexpected, UnexpectedKind,
};
use crate::model::{Ending, Exit, Mark, Outcome, RecordSet, Settlement, Verdict, VerdictKind};

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    (dir, path)
}

fn intent(request: u64, records: std::ops::Range<u32>) -> Intent {
    Intent { request, cut: Cut::First, records: records.collect(), body_bytes: 10 }
}

fn settlement(request: u64, first: u32, kinds: Vec<(Mark, VerdictKind)>) -> Settlement {
    Settlement {
        request,
        cut: Cut::First,
        ending: Ending {
            status: Some(200),
            kind: "verdicts",
            message: "why".into(),
            latency: Duration::from_millis(7),
        },
        answer: Bytes::from_static(b"{\"id\":\"x\"}"),
        said: None,
        verdicts: (first..)
            .zip(kinds)
            .map(|(ordinal, (mark, kind))| Verdict { ordinal, attempts: 1, mark, kind })
            .collect(),
        unexpected: Vec::new(),
        miscount: None,
    }
}

fn sent(count: usize) -> Vec<SentRecord> {
    let one = |line| SentRecord { id: Some(format!("id{line}").into()), source: 0, line };
    (2u64..).take(count).map(one).collect()
}

fn done() -> VerdictKind {
    VerdictKind::Succeeded { entry: Some(0..10), diverged: Vec::new(), gone: None, created: None }
}

fn commit(journal: &Journal, settlement: &Settlement) {
    let sent = sent(settlement.verdicts.len());
    journal.commit(&[Entry::Settled { settlement, sent: &sent, report_offset: 99 }]).unwrap();
}

#[test]
fn a_killed_session_leaves_its_open_requests_unknown_and_the_rest_unsent() {
    let (_dir, path) = place();
    let mut journal = Journal::create(&path).unwrap();
    journal.begin_session();
    journal.commit(&[Entry::Intent(&intent(1, 0..3)), Entry::Intent(&intent(2, 3..5))]).unwrap();
    commit(&journal, &settlement(1, 0, vec![(Mark::None, done()); 3]));
    drop(journal);

    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.recover().unwrap(), 1);
    let ledger = journal.ledger(8).unwrap();
    assert!(ledger.closes(), "{ledger:?}");
    assert_eq!((ledger.succeeded, ledger.unknown, ledger.unsent), (3, 2, 3));
    assert_eq!(journal.marks().unwrap(), [(3, Mark::LostAnswer), (4, Mark::LostAnswer)]);
    assert_eq!(journal.unsettled(8).unwrap().len(), 5);
    assert_eq!(journal.totals().unwrap().next_request, 3);
    assert_eq!(journal.totals().unwrap().report_offset, 99);
    assert_eq!(journal.recover().unwrap(), 0, "a second recovery finds nothing open");
}

#[test]
fn a_request_without_an_end_is_unknown_even_where_nothing_can_be_written() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.commit(&[Entry::Intent(&intent(1, 0..3))]).unwrap();
    let ledger = journal.ledger(5).unwrap();
    assert_eq!((ledger.unknown, ledger.unsent), (3, 2));
    journal.recover().unwrap();
    assert_eq!(journal.ledger(5).unwrap(), ledger, "recovery says the same");
}

#[test]
fn a_record_missing_from_an_answer_is_never_read_as_done() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.commit(&[Entry::Intent(&intent(1, 0..2))]).unwrap();
    commit(
        &journal,
        &settlement(1, 0, vec![(Mark::None, done()), (Mark::None, VerdictKind::Pending)]),
    );
    let ledger = journal.ledger(2).unwrap();
    assert_eq!((ledger.succeeded, ledger.unknown), (1, 1));
}

#[test]
fn a_later_success_settles_an_unknown_record() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.commit(&[Entry::Intent(&intent(1, 0..1))]).unwrap();
    commit(&journal, &settlement(1, 0, vec![(Mark::LostAnswer, VerdictKind::Pending)]));
    assert_eq!(journal.ledger(1).unwrap().unknown, 1);
    journal.commit(&[Entry::Intent(&Intent { cut: Cut::Retry, ..intent(2, 0..1) })]).unwrap();
    commit(&journal, &settlement(2, 0, vec![(Mark::LostAnswer, done())]));
    let ledger = journal.ledger(1).unwrap();
    assert_eq!((ledger.succeeded, ledger.unknown), (1, 0));
    assert!(ledger.closes());
}

fn doubt(code: &'static str) -> Doubt {
    Doubt { code, message: "nobody can say".into() }
}

#[test]
fn a_record_in_both_lists_stays_marked_until_a_later_answer_settles_it() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.commit(&[Entry::Intent(&intent(1, 0..1))]).unwrap();
    let both = VerdictKind::Unknown { doubt: doubt("inBothLists"), refusal: None };
    commit(&journal, &settlement(1, 0, vec![(Mark::None, both)]));
    let marks = journal.marks().unwrap();
    assert_eq!(marks, [(0, Mark::LostAnswer)]);
    journal.commit(&[Entry::Intent(&intent(2, 0..1))]).unwrap();
    commit(&journal, &settlement(2, 0, vec![(marks[0].1, done())]));
    assert_eq!(journal.ledger(1).unwrap().succeeded, 1);
}

#[test]
fn what_is_in_flight_is_unknown_to_whoever_looks() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.commit(&[Entry::Intent(&intent(1, 0..2))]).unwrap();
    commit(&journal, &settlement(1, 0, vec![(Mark::LostAnswer, VerdictKind::Pending); 2]));
    journal.commit(&[Entry::Intent(&intent(2, 1..4))]).unwrap();
    let ledger = journal.ledger(5).unwrap();
    assert_eq!((ledger.unknown, ledger.unsent), (4, 1));
}

#[test]
fn failures_keep_the_servers_words_and_entry() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.commit(&[Entry::Intent(&intent(1, 0..1))]).unwrap();
    let refusal = Refusal {
        reason: "no such contact".into(),
        code: Some("404".into()),
        status: Some(200),
        entry: Some(0..10),
        in_use: false,
        not_found: true,
        passing: false,
        deleted_by: None,
    };
    commit(&journal, &settlement(1, 0, vec![(Mark::None, VerdictKind::Failed(refusal))]));
    let mut rows = Vec::new();
    journal
        .for_each_record(Select::All, |row| {
            rows.push(row);
            Ok::<(), JournalError>(())
        })
        .unwrap();
    let [row] = rows.as_slice() else { panic!("one row, not {}", rows.len()) };
    assert_eq!(row.outcome, Outcome::Failed);
    assert_eq!((row.reason.as_deref(), row.message.as_deref()), (None, Some("no such contact")));
    assert_eq!(row.why().as_deref(), Some("no such contact"));
    assert_eq!(row.server.as_deref(), Some("{\"id\":\"x\"}"));
    assert_eq!(row.line, Some(2));
    assert_eq!(journal.ledger(1).unwrap().not_found, 1);
}

#[test]
fn a_second_writer_is_said_that_the_run_is_open() {
    let (_dir, path) = place();
    let _first = Journal::create(&path).unwrap();
    assert!(Journal::open(&path).unwrap_err().is_busy());
    assert!(Journal::open_to_read(&path).unwrap_err().is_busy());
}

#[test]
fn a_journal_that_somebody_reads_for_a_moment_is_opened_all_the_same() {
    let (_dir, path) = place();
    drop(Journal::create(&path).unwrap());
    let reader = Journal::open_to_read(&path).unwrap();
    reader.db.execute_batch("BEGIN; SELECT count(*) FROM requests").unwrap();
    let (opens, opening) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        opening.recv().unwrap();
        drop(reader);
    });
    opens.send(()).unwrap();
    Journal::open(&path).unwrap();
    reading.join().unwrap();
}

#[test]
fn a_newer_or_foreign_file_is_refused() {
    let (_dir, path) = place();
    drop(Journal::create(&path).unwrap());
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let refused = crate::model::RunError::from(Journal::open_to_read(&path).unwrap_err());
    assert!(refused.message.contains("another version of korebulk"), "{}", refused.message);
    assert!(matches!(Journal::open(&path), Err(JournalError::OtherVersion { found: 99, .. })));
    std::fs::write(&path, "id,name\n1,2\n".repeat(100)).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::Foreign { .. })));
}

#[test]
fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_dir, path) = place();
    let _journal = Journal::create(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn facts_and_phases_come_back() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    assert_eq!(journal.phase().unwrap(), Phase::Reading);
    journal.set_phase(Phase::Sending).unwrap();
    journal.set(fact::JOB, "nightly").unwrap();
    journal.set(fact::EXIT, &Exit::Busy).unwrap();
    journal.unset(fact::REASON).unwrap();
    drop(journal);
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.phase().unwrap(), Phase::Sending);
    assert_eq!(journal.get(fact::JOB).unwrap().as_deref(), Some("nightly"));
    assert_eq!(journal.get(fact::EXIT).unwrap(), Some(Exit::Busy));
    assert_eq!(journal.get(fact::REASON).unwrap(), None);
    let missing = journal.need(fact::READ).unwrap_err();
    assert!(matches!(missing, JournalError::Damaged { what: "read", .. }), "{missing}");
    let other: Fact<u64> = Fact::new("job");
    assert!(matches!(journal.get(other), Err(JournalError::Damaged { what: "job", .. })));
}

fn any_kind() -> impl Strategy<Value = (Mark, VerdictKind)> {
    prop_oneof![
        Just((Mark::None, done())),
        Just((Mark::LostAnswer, done())),
        Just((Mark::None, VerdictKind::Failed(Refusal::default()))),
        Just((Mark::LostAnswer, VerdictKind::Unknown { doubt: doubt("noVerdict"), refusal: None })),
        Just((Mark::LostAnswer, VerdictKind::Pending)),
        Just((Mark::RefusedBatch(1), VerdictKind::Pending)),
        Just((Mark::None, VerdictKind::Pending)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(12)))]
    #[test]
    fn the_ledger_from_disk_closes_and_agrees_with_what_is_left(
        batches in prop::collection::vec(prop::collection::vec(any_kind(), 1..6), 1..6),
        held in 0u32..4,
        beyond in 0u64..4,
    ) {
        let (_dir, path) = place();
        let journal = Journal::create(&path).unwrap();
        let mut next = 0;
        for ordinal in 0..held {
            journal.keep_back(&Disposition {
                ordinal, outcome: Outcome::Rejected, source: 0, line: 2, id: None, reason: "x",
            }).unwrap();
            next = ordinal + 1;
        }
        for (request, kinds) in (1u64..).zip(batches) {
            let end = next + u32::try_from(kinds.len()).unwrap();
            journal.commit(&[Entry::Intent(&intent(request, next..end))]).unwrap();
            commit(&journal, &settlement(request, next, kinds));
            next = end;
        }
        let read = u64::from(next) + beyond;
        let ledger = journal.ledger(read).unwrap();
        prop_assert!(ledger.closes(), "{:?}", ledger);
        prop_assert_eq!(ledger.rejected, u64::from(held));
        prop_assert_eq!(journal.unsettled(read).unwrap().len(), ledger.unknown + ledger.unsent);
        prop_assert_eq!(journal.succeeded().unwrap().len(), ledger.succeeded);
        prop_assert!(RecordSet::all(read).len() == read);
    }
}

#[test]
fn once_a_run_may_send_every_commit_waits_for_the_disk() {
    const FULL: i64 = 2;
    let (_dir, path) = place();
    let synchronous =
        |journal: &Journal| journal.one::<i64>("read the journal", "PRAGMA synchronous").unwrap();
    let journal = Journal::create(&path).unwrap();
    assert_eq!(synchronous(&journal), FULL - 1, "nothing was sent: a power cut may take it back");
    journal.set_phase(Phase::Sending).unwrap();
    assert_eq!(synchronous(&journal), FULL);
    drop(journal);
    assert_eq!(synchronous(&Journal::open(&path).unwrap()), FULL, "a run taken up again");
}

#[test]
fn folding_leaves_one_file_with_everything_in_it() {
    let (dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.set(fact::JOB, "now").unwrap();
    journal.fold().unwrap();
    assert_eq!(std::fs::metadata(dir.path().join("journal.db-wal")).unwrap().len(), 0);
    // Without its log, as after a power cut that took the directory's last changes.
    let alone = dir.path().join("alone.db");
    std::fs::copy(&path, &alone).unwrap();
    assert_eq!(Journal::open(&alone).unwrap().get(fact::JOB).unwrap().unwrap(), "now");
}

#[test]
fn what_is_owed_is_found_again_until_it_is_paid() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    journal.begin().unwrap();
    let items: Vec<i64> = ["a", "b"].iter().map(|debt| journal.owe(debt).unwrap()).collect();
    journal.end().unwrap();
    journal.paid(items[0]).unwrap();
    journal.tried(items[1]).unwrap();
    drop(journal);
    let owed = Journal::open(&path).unwrap().owed::<String>().unwrap();
    assert_eq!(owed, [Owed { item: items[1], debt: "b".to_owned(), tried: true }]);
}

/// How SQLite goes about a statement.
fn way(journal: &Journal, sql: &str) -> String {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = journal.db.prepare(&sql).unwrap();
    let values = vec![rusqlite::types::Null; statement.parameter_count()];
    let lines = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
    lines.map(Result::unwrap).collect::<Vec<String>>().join("; ")
}

#[test]
fn the_end_of_a_run_reads_rows_where_it_needs_them_and_else_an_index() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    for sql in [
        super::ledger::OUTCOMES,
        super::ledger::DIVERGED,
        super::ledger::GONE,
        super::ledger::NOT_FOUND,
        super::read::UNPLACED,
        &Select::Outcome(Outcome::Unknown).sql(),
        &Select::FailedInPassing.sql(),
        &Select::Diverged.sql(),
    ] {
        let way = way(&journal, sql);
        assert!(way.contains("INDEX records_") && !way.contains("TEMP B-TREE"), "{sql}: {way}");
    }
    let all = way(&journal, &Select::All.sql());
    assert_eq!(all, "SCAN records", "in the order in which they lie");
}

#[test]
fn what_failed_is_counted_and_listed_by_reading_each_row_once() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    let rows = 1_000;
    journal.begin().unwrap();
    for ordinal in 0..rows {
        journal.put(&RecordRow::bare(ordinal, Outcome::Failed)).unwrap();
    }
    journal.end().unwrap();
    let read = |work: &dyn Fn()| {
        let before = journal.rows_read();
        work();
        journal.rows_read() - before
    };
    let rows = u64::from(rows);
    assert_eq!(read(&|| assert!(journal.ledger(rows).unwrap().closes())), rows);
    let listed =
        |select| read(&|| journal.for_each_record(select, |_| Ok::<(), JournalError>(())).unwrap());
    assert_eq!(listed(Select::Outcome(Outcome::Failed)), rows);
    assert_eq!(listed(Select::Outcome(Outcome::Unknown)), 0);
    assert_eq!(listed(Select::Diverged), 0);
    assert_eq!(read(&|| drop(journal.marks().unwrap())), 0);
}

#[test]
fn what_an_answer_says_of_nobody_and_what_nobody_can_read_of_it_is_kept() {
    let (_dir, path) = place();
    let journal = Journal::create(&path).unwrap();
    let unread = |request, kind, answer: &'static [u8]| {
        journal.commit(&[Entry::Intent(&intent(request, 0..1))]).unwrap();
        let mut settlement = settlement(request, 0, vec![(Mark::LostAnswer, VerdictKind::Pending)]);
        settlement.answer = Bytes::from_static(answer);
        settlement.ending.kind = kind;
        settlement
    };
    let mut odd = unread(1, "verdicts", b"[1]{}");
    let of = |entry, kind| Unexpected { entry, kind };
    odd.unexpected = vec![of(0..3, UnexpectedKind::NotSent), of(3..5, UnexpectedKind::NoId)];
    odd.miscount = Some("`successful` is 0, listed are 4".into());
    commit(&journal, &odd);
    for request in 2..150 {
        commit(&journal, &unread(request, "unreadable", b"<html>"));
    }
    commit(&journal, &unread(150, "timeout", b""));
    let ledger = journal.ledger(1).unwrap();
    assert_eq!((ledger.unexpected, ledger.nameless, ledger.miscounted), (1, 1, 1));
    let expected = [(1, "notSent".into(), "[1]".into()), (1, "noId".into(), "{}".into())];
    assert_eq!(journal.unexpected().unwrap(), expected);
    let answers = journal.answers().unwrap();
    assert_eq!(answers.len(), 101, "the bodies of a hundred are enough");
    assert_eq!(
        (answers[0].reason.as_str(), answers[0].body.as_deref()),
        ("`successful` is 0, listed are 4", None)
    );
    assert_eq!((answers[1].reason.as_str(), answers[1].body.as_deref()), ("why", Some("<html>")));
    journal.scrub(0, jiff::Timestamp::UNIX_EPOCH).unwrap();
    assert!(journal.answers().unwrap().iter().all(|answer| answer.body.is_none()));
}
