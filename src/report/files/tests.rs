//! What the files of an end ask of the journal, and that no two are alike.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;

use super::*;
use crate::journal::{Journal, RecordRow};
use crate::model::settings::{Contacts, Values};
use crate::model::{Ledger, Operation, Outcome, PreviousContacts, RequestCounts, Row, Source};
use crate::report::json::{ReportFacts, ReportTarget};
use crate::report::words::GoOn;
use crate::store::CopyWriter;

fn facts(ledger: Ledger) -> ReportFacts {
    ReportFacts {
        job: "night".into(),
        run: "night-20260730T020000Z-x7k2".into(),
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
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: Timestamp::UNIX_EPOCH,
        exit_code: 1,
        stopped: None,
        tool_version: "0.1.0".into(),
        user: "ops".into(),
        machine: "box".into(),
        input: Vec::new(),
        overrides: Vec::new(),
        ledger,
        requests: RequestCounts::default(),
        matches: None,
        not_covered: &[],
        account: None,
    }
}

/// A journal of `rows` failures and the copy of their rows.
fn failures(dir: &Path, rows: u32) -> Journal {
    let journal = Journal::create(&dir.join("journal.db")).unwrap();
    let mut copy = CopyWriter::create(&dir.join("input.zst")).unwrap();
    journal.begin().unwrap();
    for ordinal in 0..rows {
        let line = u64::from(ordinal) + 2;
        copy.write(&Row { line, ..Row::default() }).unwrap();
        let row = RecordRow::bare(ordinal, Outcome::Failed);
        journal.put(&RecordRow { source: Some(0), line: Some(line), ..row }).unwrap();
    }
    journal.end().unwrap();
    copy.finish(&sources()).unwrap();
    journal
}

fn sources() -> [Source; 1] {
    [Source {
        file: "a.csv".into(),
        sheet: None,
        header: Vec::new(),
        sha256: String::new(),
        detected: String::new(),
    }]
}

#[test]
fn an_end_of_failures_reads_each_of_them_once_for_its_counts_and_once_for_each_file_that_lists_it()
{
    const ROWS: u32 = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let (journal, sources) = (failures(dir.path(), ROWS), sources());
    let ledger = journal.ledger(u64::from(ROWS)).unwrap();
    assert_eq!(ledger.failed, u64::from(ROWS));
    let mut outcome = RunOutcome {
        dir: dir.path(),
        journal: &journal,
        sources: &sources,
        copy: Some(dir.path().join("input.zst")),
        facts: facts(ledger),
        again: false,
        report_offset: 0,
        contacts: Contacts::Full,
        workbook: false,
        created: false,
        values: Values::Masked,
        per_minute: None,
        settings: Vec::new(),
        go_on: &|| GoOn {
            dir: dir.path().to_owned(),
            unit: None,
            reads_back: false,
            fixed: None,
            ..GoOn::default()
        },
        written: Vec::new(),
        clusters: RefCell::default(),
    };
    let mut read = Vec::new();
    for file in RUN_FILES {
        let before = journal.rows_read();
        outcome.add(file.write(&outcome).unwrap());
        read.push((file.format(), (journal.rows_read() - before) / u64::from(ROWS)));
    }
    assert_eq!(
        read,
        [("csv", 1), ("review", 0), ("edited", 0), ("json", 1), ("junit", 1), ("html", 0)]
    );
    assert_eq!(outcome.clusters().unwrap()[0].rows, u64::from(ROWS));
    let names = outcome.written.iter().map(|path| path.file_name().unwrap().to_str().unwrap());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["report.json", "failed.csv", "junit.xml", "report.html"]
    );
}

#[test]
fn no_two_files_have_a_name_or_a_form_in_common() {
    let names: Vec<&str> = RUN_FILES.iter().flat_map(|file| file.names()).copied().collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    let formats: HashSet<&str> = RUN_FILES.iter().map(|file| file.format()).collect();
    assert_eq!(formats.len(), RUN_FILES.len());
    assert!(named("csv").is_some() && named("none").is_none());
}
