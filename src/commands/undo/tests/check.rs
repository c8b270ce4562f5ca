//! What has to be true of a run and its undo, by the server's own history.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::server::{Change, History};

/// The requests of a run, and what its report says.
pub(super) struct Window {
    /// Behind this one, up to that one.
    pub(super) requests: (i64, i64),
    pub(super) excused: Excused,
    /// Whether answers of it may have been lost.
    pub(super) is_lossy: bool,
}

/// The records that the report of a run does not say were done.
pub(super) enum Excused {
    /// It did not come to its end.
    All,
    These(BTreeSet<String>),
}

impl Excused {
    fn has(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(id),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::These(ids) => ids.len(),
        }
    }
}

/// Those that failed or are unknown by the report of the run in this directory.
pub(super) fn excused(run: &Path, is_finished: bool) -> Excused {
    let report = fs::read_to_string(run.join("report.json")).ok();
    let (true, Some(report)) = (is_finished, report) else { return Excused::All };
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["unsent"], 0, "{report}");
    let lists = ["unknownRecords", "failedRecords"];
    let entries = lists.iter().flat_map(|list| report[*list].as_array().unwrap());
    // A contact that is created anew has no id yet.
    Excused::These(
        entries
            .map(|entry| {
                entry["id"].as_str().map_or_else(|| entry["row"].to_string(), str::to_owned)
            })
            .collect(),
    )
}

/// Of what the run changed: how much was put back, and how much somebody else has changed since.
pub(super) fn undone(
    history: &History,
    run: &Window,
    undo: &Window,
    is_update: bool,
    seed: u64,
) -> (u64, u64) {
    match is_update {
        true => updates(history, run, undo, seed),
        false => created_anew(history, run, undo, seed),
    }
}

/// The same of the undo, and the undo that takes it back.
pub(super) fn undone_again(
    history: &History,
    undo: &Window,
    again: &Window,
    is_update: bool,
    seed: u64,
) {
    match is_update {
        true => drop(updates(history, undo, again, seed)),
        false => deleted_again(history, undo, again, seed),
    }
}

fn updates(history: &History, run: &Window, undo: &Window, seed: u64) -> (u64, u64) {
    let (mut back, mut edited) = (0, 0);
    let ids: BTreeSet<&str> = history.ours(run.requests).map(|(_, one)| &*one.id).collect();
    for (_, change) in history.ours(undo.requests) {
        assert!(ids.contains(&*change.id), "seed {seed}: the undo changed {}", change.id);
    }
    for id in ids {
        let of = |window: &Window| {
            let all = history.ours(window.requests).filter(|(_, change)| change.id == id);
            all.collect::<Vec<(usize, &Change)>>()
        };
        let (writes, undos) = (of(run), of(undo));
        let (last, left) = *writes.last().unwrap();
        let mut before = None;
        for (_, change) in &writes {
            let shown = history.seen(id, history.look_before(change.request));
            if before.is_none() || shown != Some(&left.contact) {
                before = shown;
            }
        }
        let mut ours = vec![&left.contact];
        for (_, change) in &undos {
            let look = history.look_before(change.request);
            let shown = history.seen(id, look).unwrap_or_default();
            assert!(
                ours.iter().any(|own| *own == shown),
                "seed {seed}: {id} was {shown} at the look of request {look}, and written over by {}: {}",
                change.request,
                history.of(id)
            );
            ours.push(&change.contact);
        }
        let now = history.seen(id, undo.requests.1 + 1);
        if history.foreign(id, last, undo.requests.1, true) {
            edited += 1;
        } else if !undo.excused.has(id) {
            assert_eq!(now, before, "seed {seed}: {id} was not put back: {}", history.of(id));
            back += 1;
        }
    }
    (back, edited)
}

fn created_anew(history: &History, run: &Window, undo: &Window, seed: u64) -> (u64, u64) {
    let mut expected: Vec<&str> = Vec::new();
    for (_, change) in history.ours(run.requests) {
        let look = history.look_before(change.request);
        expected.push(history.seen(&change.id, look).unwrap());
    }
    // Where answers were lost, nobody can say who deleted what is not there any more.
    let deleted = history.changes.iter().filter(|_| run.is_lossy).map(|change| &change.contact);
    let mut perhaps: Vec<String> = deleted
        .filter_map(|text| Some(format!("ACTIVE{}", text.strip_prefix("INACTIVE")?)))
        .collect();
    let mut back = 0;
    for (_, change) in history.ours(undo.requests) {
        if let Some(at) = expected.iter().position(|was| *was == change.contact) {
            expected.swap_remove(at);
            back += 1;
        } else if let Some(at) = perhaps.iter().position(|was| *was == change.contact) {
            perhaps.swap_remove(at);
        } else {
            panic!("seed {seed}: {} was created, and never deleted", change.contact);
        }
    }
    assert!(expected.len() <= undo.excused.count(), "seed {seed}: not created anew: {expected:?}");
    (back, 0)
}

fn deleted_again(history: &History, undo: &Window, again: &Window, seed: u64) {
    let created: Vec<(usize, &Change)> = history.ours(undo.requests).collect();
    for (_, change) in history.ours(again.requests) {
        assert!(
            created.iter().any(|(_, one)| one.id == change.id),
            "seed {seed}: {} was deleted",
            change.id
        );
    }
    for (place, one) in created {
        let deleted = history.ours(again.requests).find(|(_, change)| change.id == one.id);
        if let Some((_, change)) = deleted {
            let look = history.look_before(change.request);
            let is_edited = history.foreign(&one.id, place, look - 1, undo.is_lossy);
            assert!(
                !is_edited,
                "seed {seed}: {} was edited before request {look}, and deleted:\n{}",
                one.id,
                history.of(&one.id)
            );
        } else {
            let is_edited = history.foreign(&one.id, place, again.requests.1, false);
            assert!(
                is_edited || again.excused.has(&one.id),
                "seed {seed}: {} is still there:\n{}",
                one.id,
                history.of(&one.id)
            );
        }
    }
}
