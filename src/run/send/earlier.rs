//! What earlier runs of this machine deleted at the same target: looked up in their reports, for the
//! records in question only (`docs/contract.md`, "Not found").
//!
//! Reads journals and reports, each once; changes nothing. A journal that a live run holds is skipped, and said so, and so is
//! what cannot be read of a report: what nobody can show to be our own doing is not.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::audit::report_file;
use crate::base::lookup::{Lookup, VALUE};
use crate::base::numbers::counted;
use crate::base::origin::is_same_server;
use crate::base::sorted::Sorter;
use crate::config::Plan;
use crate::dispatch::pool::EarlierRuns;
use crate::journal::{Journal, JournalError};
use crate::map::id_key_in_any_case;
use crate::model::settings::Target;
use crate::model::{Effect, IdKind};
use crate::run::past::runs_dirs;
use crate::run::run_dir;
use crate::run::run_dir::RunDir;
use crate::run::stored::PLAN;

/// A finished report, or one of a run that was not finished.
const REPORTS: [&str; 2] = ["report.json", "report.json.part"];

/// Where what was deleted is sorted while this run goes; the files lose their names at once.
const TABLE: &str = "earlier.tmp";

/// Where runs are, and what one must have in common with this one to count.
#[derive(Debug)]
pub(crate) struct Earlier {
    runs_dirs: Vec<PathBuf>,
    own: RunDir,
    target: Target,
    id_kind: IdKind,
    /// Read when it is first needed; empty where that failed.
    deleted: OnceLock<Option<Deleted>>,
}

/// The ids that the runs that count deleted, newest run first.
#[derive(Debug)]
struct Deleted {
    runs: Vec<String>,
    ids: Lookup,
}

/// A run that counts, and how many of its records it deleted itself.
struct Counts {
    run: RunDir,
    deleted: u64,
}

impl Earlier {
    /// Earlier runs beside `run`; `None` for a sandbox, which is another one in every run.
    pub(crate) fn beside(run: &RunDir, plan: &Plan) -> Option<Self> {
        let delete = plan.operation.effect() == Effect::Delete;
        (delete && !plan.target.is_sandbox()).then(|| Self {
            runs_dirs: dirs(&plan.runs.dir),
            own: run.clone(),
            target: plan.target.clone(),
            id_kind: plan.operation.spec().id_kind,
            deleted: OnceLock::new(),
        })
    }

    /// What the runs that count deleted, and what cannot be looked at.
    fn read(&self, notices: &mut Vec<String>) -> io::Result<Deleted> {
        let path = self.own.path.join(TABLE);
        let (mut runs, mut ids) = (Vec::new(), Sorter::new(&path));
        for Counts { run, deleted } in self.runs(notices) {
            let place = u32::try_from(runs.len()).map_err(io::Error::other)?;
            let found = REPORTS.iter().map(|name| run.path.join(name)).find(|path| path.is_file());
            let Some(report) = found else {
                if deleted > 0 {
                    notices.push(unread(&run.id, "its report is gone"));
                }
                continue;
            };
            let mut listed = 0;
            let whole = report_file::each_succeeded(&report, &mut |id| {
                let Some(id) = id else { return Ok(()) };
                listed += 1;
                let (key, value) = entry(id, place);
                ids.add(key, &value)
            });
            match whole {
                Err(error) => notices.push(unread(&run.id, &error.to_string())),
                Ok(_) if listed < deleted => {
                    let (listed, of) = (counted(listed, "contact"), counted(deleted, "contact"));
                    notices.push(unread(&run.id, &format!("its report has {listed} of {of}")));
                }
                Ok(_) => {}
            }
            runs.push(run.id);
        }
        Ok(Deleted { runs, ids: Lookup::of(ids.sorted()?, &path)? })
    }

    /// The runs that count, newest first of each runs directory.
    fn runs(&self, notices: &mut Vec<String>) -> Vec<Counts> {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for dir in &self.runs_dirs {
            for run in run_dir::all(dir).unwrap_or_default().into_iter().rev() {
                if run.id == self.own.id {
                    continue;
                }
                match self.counts(&run) {
                    Ok(Some(deleted)) => found.push(Counts { run, deleted }),
                    Ok(None) => {}
                    Err(why) => unreadable.push(unread(&run.id, &why)),
                }
            }
        }
        if let [first, _, ..] = &unreadable[..] {
            // Runs of an older version are many, and all alike.
            let others = counted(unreadable.len() as u64 - 1, "other run");
            unreadable = vec![format!("{first}; nor is that of {others}")];
        }
        notices.append(&mut unreadable);
        found
    }

    /// How many records a run deleted itself, where it deleted things of this kind at this target.
    fn counts(&self, run: &RunDir) -> Result<Option<u64>, String> {
        let words = |error: JournalError| match error.is_busy() {
            true => "it is going on".to_owned(),
            false => error.to_string(),
        };
        let journal = Journal::open_to_read(&run.journal()).map_err(words)?;
        let Some(plan) = journal.get(PLAN).map_err(words)? else {
            return Ok(None);
        };
        let Target { host, stream_id, account_id, .. } = &plan.target;
        let same = is_same_server(host, &self.target.host)
            && *stream_id == self.target.stream_id
            && *account_id == self.target.account_id;
        let spec = plan.operation.spec();
        if !same || spec.effect != Effect::Delete || spec.id_kind != self.id_kind {
            return Ok(None);
        }
        let ledger = journal.ledger(0).map_err(words)?;
        Ok(Some(ledger.succeeded.saturating_sub(ledger.already_gone)))
    }
}

fn unread(run: &str, why: &str) -> String {
    format!("what run {run} deleted is not looked up: {why}")
}

/// The key of an id in the table, and the value under it: the end of the id, and the place of its run. A hash: ids of one
/// second begin alike, and those under one key are looked at one by one.
fn entry(id: &str, run: u32) -> (u64, [u8; VALUE]) {
    let id = id_key_in_any_case(id);
    let mut value = [0; VALUE];
    value[..4].copy_from_slice(&id[8..]);
    value[4..].copy_from_slice(&run.to_le_bytes());
    (xxh3_64(&id), value)
}

impl Deleted {
    /// The run that deleted it.
    fn by(&self, id: &str) -> io::Result<Option<String>> {
        let (key, sought) = entry(id, 0);
        self.ids.find(key, |value| {
            let (mut run, is_it) = ([0; 4], value[..4] == sought[..4]);
            run.copy_from_slice(&value[4..]);
            let run = usize::try_from(u32::from_le_bytes(run)).ok()?;
            is_it.then(|| self.runs.get(run).cloned()).flatten()
        })
    }
}

/// The runs directory, and every other that a run of this user was ever made in.
fn dirs(runs: &Path) -> Vec<PathBuf> {
    let here = dunce::canonicalize(runs).unwrap_or_else(|_| runs.to_owned());
    let others = runs_dirs::remembered().into_iter().filter(|path| *path != here);
    std::iter::once(here.clone()).chain(others).collect()
}

impl EarlierRuns for Earlier {
    fn deleted(&self, ids: &[Box<str>]) -> (Vec<Option<String>>, Vec<String>) {
        let mut notices = Vec::new();
        let failed = |error| format!("what earlier runs deleted is not looked up: {error}");
        let deleted = self.deleted.get_or_init(|| {
            let read = self.read(&mut notices);
            read.map_err(|error| notices.push(failed(error))).ok()
        });
        let Some(deleted) = deleted else { return (vec![None; ids.len()], notices) };
        let found = ids.iter().map(|id| deleted.by(id)).collect::<io::Result<_>>();
        let found = found.unwrap_or_else(|error| {
            notices.push(failed(error));
            vec![None; ids.len()]
        });
        (found, notices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_begin_alike_are_not_under_one_key() {
        let keys: std::collections::BTreeSet<u64> =
            (0..1_000_u32).map(|n| entry(&format!("6964af60aabbccdd{n:08x}"), 0).0).collect();
        assert_eq!(keys.len(), 1_000);
        assert_eq!(entry("6964AF60AABBCCDD00000001", 7), entry("6964af60aabbccdd00000001", 7));
    }
}
