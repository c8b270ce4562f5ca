//! What the growing report holds after any way of stopping.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::model::settlement::{Cut, Gone, Refusal};
use crate::model::{Ending, Mark, Verdict};

fn settlement(answer: &str, kinds: Vec<VerdictKind>) -> Settlement {
    let verdict = |(n, kind)| Verdict { ordinal: n, attempts: 1, mark: Mark::None, kind };
    Settlement {
        request: 1,
        cut: Cut::First,
        ending: Ending {
            status: Some(200),
            kind: "verdicts",
            message: String::new(),
            latency: Duration::ZERO,
        },
        answer: Bytes::copy_from_slice(answer.as_bytes()),
        said: None,
        verdicts: (0..).zip(kinds).map(verdict).collect(),
        unexpected: Vec::new(),
        miscount: None,
    }
}

fn succeeded(entry: Option<std::ops::Range<usize>>) -> VerdictKind {
    VerdictKind::Succeeded { entry, diverged: Vec::new(), gone: None, created: None }
}

/// An object, a bare string, a failure, a success without an entry.
fn four() -> Settlement {
    let answer = r#"[{"_id":"a","n":1.50},"b"]"#;
    let failed = VerdictKind::Failed(Refusal::default());
    settlement(
        answer,
        vec![succeeded(Some(1..21)), succeeded(Some(22..25)), failed, succeeded(None)],
    )
}

fn ids(position: usize) -> Option<&'static str> {
    ["a", "b", "c", "d"].get(position).copied()
}

fn finished(dir: &Path, part: Part) -> serde_json::Value {
    part.close().unwrap().finish().unwrap();
    serde_json::from_slice(&std::fs::read(dir.join(REPORT)).unwrap()).unwrap()
}

#[test]
fn entries_are_the_servers_own_and_ids_take_the_place_of_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let mut part = Part::create(dir.path(), Contacts::Full).unwrap();
    part.append(&four(), ids).unwrap();
    part.flush_and_sync().unwrap();
    let text = std::fs::read_to_string(dir.path().join(PART)).unwrap();
    insta::assert_snapshot!(text, @r#"
    {"format":1,
    "successfulRecords":[
    {"_id":"a","n":1.50},
    {"id":"b"},
    {"id":"d"}
    "#);
}

#[test]
fn what_was_gone_already_is_named_by_its_id_not_by_its_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let mut part = Part::create(dir.path(), Contacts::Full).unwrap();
    let gone = VerdictKind::Succeeded {
        entry: Some(0..22),
        diverged: Vec::new(),
        gone: Some(Gone::LostAnswer),
        created: None,
    };
    part.append(&settlement(r#"{"errors":[{"code":404}]}"#, vec![gone]), ids).unwrap();
    let report = finished(dir.path(), part);
    assert_eq!(report["successfulRecords"], serde_json::json!([{"id":"a"}]));
}

#[test]
fn only_ids_are_kept_when_contacts_are_not_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let mut part = Part::create(dir.path(), Contacts::Ids).unwrap();
    part.append(&four(), ids).unwrap();
    let report = finished(dir.path(), part);
    assert_eq!(report["successfulRecords"], serde_json::json!([{"id":"a"},{"id":"b"},{"id":"d"}]));
}

#[test]
fn a_resumed_report_is_cut_back_to_what_the_journal_committed() {
    let dir = tempfile::tempdir().unwrap();
    let mut part = Part::create(dir.path(), Contacts::Ids).unwrap();
    part.append(&four(), ids).unwrap();
    let committed = part.flush_and_sync().unwrap();
    part.append(&four(), ids).unwrap();
    part.flush_and_sync().unwrap();
    drop(part);
    let mut part = Part::open_at(dir.path(), committed, Contacts::Ids).unwrap();
    part.append(&settlement("", vec![succeeded(None)]), |_| Some("e")).unwrap();
    let report = finished(dir.path(), part);
    let want = serde_json::json!([{"id":"a"},{"id":"b"},{"id":"d"},{"id":"e"}]);
    assert_eq!(report["successfulRecords"], want);
}

#[test]
fn a_finished_report_of_a_stopped_run_can_grow_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut part = Part::create(dir.path(), Contacts::Ids).unwrap();
    let committed = part.flush_and_sync().unwrap();
    finished(dir.path(), part);
    let mut part = Part::open_at(dir.path(), committed, Contacts::Ids).unwrap();
    assert!(!dir.path().join(REPORT).exists());
    part.append(&four(), ids).unwrap();
    assert_eq!(finished(dir.path(), part)["successfulRecords"][2]["id"], "d");
    assert!(!dir.path().join(PART).exists());
}

#[test]
fn a_run_without_a_committed_offset_starts_its_report_anew() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(PART), "half a li").unwrap();
    let part = Part::open_at(dir.path(), 0, Contacts::Ids).unwrap();
    assert_eq!(finished(dir.path(), part)["successfulRecords"], serde_json::json!([]));
}

#[test]
fn a_report_shorter_than_the_journal_remembers_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    Part::create(dir.path(), Contacts::Ids).unwrap().flush_and_sync().unwrap();
    let error = Part::open_at(dir.path(), 10_000, Contacts::Ids).unwrap_err();
    assert_eq!(error.to_string(), "`report.json.part` is shorter than the journal remembers");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    Part::create(dir.path(), Contacts::Full).unwrap();
    let mode = std::fs::metadata(dir.path().join(PART)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
