//! Leaves in order what an earlier process could not bring to its end, before anything else is done with a run.

use std::fs;
use std::path::Path;

use tracing::warn;

use super::incomplete;
use super::scrub;
use crate::base::private;
use crate::config::Plan;
use crate::journal::{Journal, Phase, fact};
use crate::model::{Exit, RunError};
use crate::report::part::NEW;
use crate::run::close::outbox;
use crate::run::close::outbox::Effort;
use crate::run::run_dir;
use crate::run::run_dir::RunDir;
use crate::run::stored::{PLAN, same_job, stored_plan};

/// Ends what was begun with `run`: the scrubbing of its data, the notifications of its end. Nothing while somebody
/// else works on it.
///
/// # Errors
/// Exit 70 when the disk refuses.
pub(crate) fn settle(run: &RunDir, effort: Effort) -> Result<(), RunError> {
    if !outbox::may_owe(run) {
        return Ok(());
    }
    match incomplete::open(run) {
        Ok(journal) => settle_open(run, &journal, effort).map(drop),
        Err(error) if error.is_busy() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The same for a journal that is open. Gives whether the run's end was still unknown to somebody.
pub(crate) fn settle_open(
    run: &RunDir,
    journal: &Journal,
    effort: Effort,
) -> Result<bool, RunError> {
    let open = outbox::pay(run, journal, effort)?;
    // Nothing of an end that was written is half written: these are of a `report` that was killed.
    remove_parts(run, journal.phase()? == Phase::Finished);
    if scrub::begun(journal)?.is_some() {
        scrub::scrub(run, journal)?;
    }
    Ok(open)
}

/// Removes what was to become a file. What cannot be removed is replaced by the next `report`.
fn remove_parts(run: &RunDir, is_over: bool) {
    let entries = fs::read_dir(&run.path).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_half_written(&entry.path(), is_over)) {
        let _ = private::remove(&entry.path());
    }
}

/// A run that is not over goes on in its own parts.
fn is_half_written(path: &Path, is_over: bool) -> bool {
    let is_part = path.extension().is_some_and(|end| end == "part");
    path.ends_with(NEW) || is_over && is_part
}

/// Settles these runs. What cannot be settled is said and left for the next time.
pub(crate) fn settle_all(runs: &[RunDir], effort: Effort) {
    for run in runs {
        if let Err(error) = settle(run, effort) {
            warn!(run = run.id, error = %error, "an earlier run could not be settled");
        }
    }
}

/// The newest run of the job, where it had ended and its process was killed before everybody was notified:
/// they are notified now, and nothing is sent again. Gives its exit.
///
/// # Errors
/// Exit 70 when the disk refuses.
pub(crate) fn end_of_the_last(plan: &Plan) -> Result<Option<(RunDir, Exit)>, RunError> {
    let runs = run_dir::all(&plan.runs.dir).unwrap_or_default();
    for run in runs.into_iter().rev().filter(|run| run.job() == plan.name) {
        if !outbox::may_owe(&run) {
            return Ok(None);
        }
        let journal = incomplete::open(&run)?;
        if journal.get(PLAN)?.is_some_and(|plan| plan.undoes.is_some()) {
            continue;
        }
        let Some(exit) = journal.get(fact::EXIT)? else {
            match journal.phase()? {
                // It sent nothing: as if it had not been.
                Phase::Reading | Phase::Checked => continue,
                Phase::Sending | Phase::Finished => return Ok(None),
            }
        };
        // What can be gone on with is gone on with.
        let resumable = matches!(exit, Exit::Stopped | Exit::NeedsPerson | Exit::Internal);
        if resumable || !same_job(plan, &stored_plan(&journal)?) {
            return Ok(None);
        }
        let open = settle_open(&run, &journal, Effort::Again)?;
        return Ok(open.then_some((run, exit)));
    }
    Ok(None)
}
