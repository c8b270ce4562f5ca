//! What earlier runs of this machine deleted at the same target: looked up in their reports, for the
//! records in question only (`docs/contract.md`, "Not found").
//!
//! Reads journals and reports; changes nothing. A journal that a live run holds is skipped, and said so.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::audit::report_file;
use crate::base::numbers::counted;
use crate::base::origin::is_same_server;
use crate::config::Plan;
use crate::dispatch::pool::EarlierRuns;
use crate::journal::Journal;
use crate::model::settings::Target;
use crate::model::{Effect, IdKind};
use crate::run::past::runs_dirs;
use crate::run::run_dir;
use crate::run::run_dir::RunDir;
use crate::run::stored::PLAN;

/// A finished report, or one of a run that was not finished.
const REPORTS: [&str; 2] = ["report.json", "report.json.part"];

/// Where runs are, and what one must have in common with this one to count.
#[derive(Debug)]
pub(crate) struct Earlier {
    runs_dirs: Vec<PathBuf>,
    own: String,
    target: Target,
    id_kind: IdKind,
    /// The reports of the runs that count, newest first; found when they are first needed.
    reports: Mutex<Option<Vec<Report>>>,
}

#[derive(Debug, Clone)]
struct Report {
    run: String,
    path: PathBuf,
}

impl Earlier {
    /// Earlier runs beside `run`; `None` for a sandbox, which is another one in every run.
    pub(crate) fn beside(run: &RunDir, plan: &Plan) -> Option<Self> {
        let delete = plan.operation.effect() == Effect::Delete;
        (delete && !plan.target.is_sandbox()).then(|| Self {
            runs_dirs: dirs(&plan.runs.dir),
            own: run.id.clone(),
            target: plan.target.clone(),
            id_kind: plan.operation.spec().id_kind,
            reports: Mutex::new(None),
        })
    }

    /// The reports that count, and what cannot be looked at.
    fn find_reports(&self) -> (Vec<Report>, Vec<String>) {
        let (mut found, mut notices) = (Vec::new(), Vec::new());
        for dir in &self.runs_dirs {
            for run in run_dir::all(dir).unwrap_or_default().into_iter().rev() {
                if run.id == self.own {
                    continue;
                }
                match self.counts(&run) {
                    Ok(true) => {
                        let reports = REPORTS.iter().map(|name| run.path.join(name));
                        let report = reports.into_iter().find(|path| path.is_file());
                        found.extend(report.map(|path| Report { run: run.id, path }));
                    }
                    Ok(false) => {}
                    Err(why) => {
                        notices
                            .push(format!("what run {} deleted is not looked up: {why}", run.id));
                    }
                }
            }
        }
        if let [first, _, ..] = &notices[..] {
            // Runs of an older version are many, and all alike.
            let others = counted(notices.len() as u64 - 1, "other run");
            notices = vec![format!("{first}; nor is that of {others}")];
        }
        (found, notices)
    }

    /// Whether a run deleted things of this kind at this target.
    fn counts(&self, run: &RunDir) -> Result<bool, String> {
        let journal =
            Journal::open_to_read(&run.journal()).map_err(|error| match error.is_busy() {
                true => "it is going on".to_owned(),
                false => error.to_string(),
            })?;
        let Some(plan) = journal.get(PLAN).map_err(|error| error.to_string())? else {
            return Ok(false);
        };
        let Target { host, stream_id, account_id, .. } = &plan.target;
        let same = is_same_server(host, &self.target.host)
            && *stream_id == self.target.stream_id
            && *account_id == self.target.account_id;
        let spec = plan.operation.spec();
        Ok(same && spec.effect == Effect::Delete && spec.id_kind == self.id_kind)
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
        let reports = {
            let mut known = self.reports.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            known
                .get_or_insert_with(|| {
                    let (reports, found) = self.find_reports();
                    notices = found;
                    reports
                })
                .clone()
        };
        let folded: Vec<String> = ids.iter().map(|id| id.to_ascii_lowercase()).collect();
        let mut open: HashSet<String> = folded.iter().cloned().collect();
        let mut by = std::collections::HashMap::new();
        for Report { run, path } in reports {
            if open.is_empty() {
                break;
            }
            match report_file::succeeded_of(&path, &open) {
                Ok(found) => {
                    for id in found {
                        open.remove(&id);
                        by.insert(id, run.clone());
                    }
                }
                Err(error) => {
                    notices.push(format!("what run {run} deleted is not looked up: {error}"));
                }
            }
        }
        (folded.iter().map(|id| by.get(id).cloned()).collect(), notices)
    }
}
