//! Runs whose contact data has been kept for long enough (`runs.keep_days`).
//!
//! Runs that somebody is writing are left alone. A run that was never finished ends here too: it is said.

use crate::base::numbers::counted;
use std::path::Path;

use jiff::Timestamp;
use tracing::error;

use super::incomplete;
use super::scrub::{scrub, scrub_unreadable};
use crate::account::Expired;
use crate::base::state::StateDirs;
use crate::base::terminal;
use crate::config::Plan;
use crate::journal::{Journal, Phase};
use crate::model::RunError;
use crate::run::leftovers;
use crate::run::run_dir;
use crate::run::run_dir::RunDir;
use crate::run::stored::stored_plan;

/// Days for a run whose own plan cannot be read.
pub(crate) const USUAL_DAYS: u32 = 30;

/// A run that is old enough.
pub(crate) struct Old {
    pub(crate) run: RunDir,
    /// `None`: nobody can read it.
    journal: Option<Journal>,
    days: u32,
    /// Whether what it left could still have been sent.
    resumable: bool,
    /// Whether it came to its end.
    finished: bool,
}

impl Old {
    /// What is done with it.
    pub(crate) fn sentence(&self, dry_run: bool) -> String {
        let be = if dry_run { "would be" } else { "is" };
        let end = match (&self.journal, self.resumable) {
            (None, _) => "; its journal, which nobody can read, goes with it",
            (_, true) if self.finished => "; what failed in it can no longer be sent again",
            (_, true) => "; it left records unsettled and can no longer be resumed",
            (_, false) => "",
        };
        let (run, days) = (&self.run.id, counted(u64::from(self.days), "day"));
        format!("{run}: older than {days}, its contact data {be} scrubbed{end}")
    }

    /// Scrubs it.
    ///
    /// # Errors
    /// Exit 70 when something cannot be written or removed.
    pub(crate) fn scrub(&self) -> Result<(), RunError> {
        match &self.journal {
            Some(journal) => scrub(&self.run, journal),
            None => scrub_unreadable(&self.run),
        }
    }
}

/// Scrubs the old runs beside a run that is about to start. What fails is said: it is tried again next time.
pub(crate) fn scrub_before(plan: &Plan) {
    delete_readings();
    if !plan.runs.dir.is_dir() {
        return;
    }
    let keep = |run: &RunDir| (run.job() == plan.name).then_some(plan.runs.keep_days);
    let found = each_old(&plan.runs.dir, keep, |old| {
        if old.resumable {
            terminal::say(&format!("{}\n", old.sentence(false)));
        }
        if let Err(error) = old.scrub() {
            error!(run = old.run.id, error = %error, "an old run could not be scrubbed");
        }
    });
    if let Err(error) = found {
        error!(error = %error, "old runs could not be looked at");
    }
    for file in leftovers::older_than(&plan.runs.dir, plan.runs.keep_days, Some(&plan.name)) {
        if let Err(error) = leftovers::remove(&file) {
            error!(error = %error, "what an old plan left could not be removed");
        }
    }
}

/// Deletes what was read of accounts and whose time is over.
fn delete_readings() {
    let Some(dirs) = StateDirs::find() else { return };
    for reading in Expired::all(&dirs, Timestamp::now()) {
        if let Err(error) = reading.delete() {
            error!(error = %error, "what was read of an account could not be deleted");
        }
    }
}

/// Every run in `runs` that is old enough; `keep` gives the days of a run where its own plan does not.
pub(crate) fn each_old(
    runs: &Path,
    keep: impl Fn(&RunDir) -> Option<u32>,
    mut each: impl FnMut(Old),
) -> Result<(), RunError> {
    let now = Timestamp::now();
    for run in run_dir::all(runs)? {
        let known = keep(&run);
        let young = known.is_some_and(|days| run.due(days).is_none_or(|due| due > now));
        if young || run.path.join(run_dir::SCRUBBED).exists() {
            continue;
        }
        let journal = match incomplete::open(&run) {
            Ok(journal) => Some(journal),
            Err(error) if error.is_unreadable() => None,
            // Somebody writes it, or the disk fails.
            Err(_) => continue,
        };
        let plan = journal.as_ref().and_then(|journal| stored_plan(journal).ok());
        let planned = plan.map_or(USUAL_DAYS, |plan| plan.runs.keep_days);
        let days = known.unwrap_or(planned);
        if run.due(days).is_some_and(|due| due <= now) {
            let phase = journal.as_ref().and_then(|journal| journal.phase().ok());
            let resumable = phase >= Some(Phase::Sending) && run.copy().is_file();
            let finished = phase == Some(Phase::Finished);
            each(Old { run, journal, days, resumable, finished });
        }
    }
    Ok(())
}
