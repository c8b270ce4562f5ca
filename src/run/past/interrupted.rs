//! The run of a job that was interrupted, and that its next run finishes instead.

use super::incomplete;
use super::retried::Retried;
use super::undone;
use crate::config::Plan;
use crate::journal::{Journal, Phase, fact};
use crate::model::{Exit, RunError};
use crate::run::run_dir::{self, RunDir};
use crate::run::stored::{same_job, stored_plan};

/// The newest run of this job that was interrupted and can be finished. Runs that sent nothing do not count.
pub(crate) fn interrupted(plan: &Plan) -> Result<Option<RunDir>, RunError> {
    if !plan.runs.dir.is_dir() {
        return Ok(None);
    }
    let runs = run_dir::all(&plan.runs.dir)?.into_iter().rev();
    for run in runs.filter(|run| run.job() == plan.name) {
        let journal = incomplete::open_to_read(&run)?;
        let left = match journal.phase()? {
            Phase::Reading | Phase::Checked => continue,
            Phase::Sending => true,
            Phase::Finished => {
                let exit = journal.get(fact::EXIT)?;
                matches!(exit, Some(Exit::Stopped | Exit::NeedsPerson | Exit::Internal))
            }
        };
        // What was retried is no longer this run's to finish.
        let left = left && Retried::of(&journal, &run)?.is_empty() && run.copy().is_file();
        let stored = stored_plan(&journal)?;
        // An undo is no run of the job, and a run that was taken back is over.
        if stored.undoes.is_some() || left && !same_job(plan, &stored) {
            continue;
        }
        let left = left && undone::by(&journal, &run)?.is_none();
        if !left && !run.copy().is_file() {
            refuse_without_copy(&journal, &run)?;
        }
        return Ok(left.then_some(run));
    }
    Ok(None)
}

/// An interrupted run whose stored copy is gone, though nobody has scrubbed it, cannot be finished: a new run would send again
/// what it has sent.
///
/// # Errors
/// Exit 70 naming it.
fn refuse_without_copy(journal: &Journal, run: &RunDir) -> Result<(), RunError> {
    let over = journal.get(fact::SCRUBBED_AT)?.is_some()
        || undone::by(journal, run)?.is_some()
        || !Retried::of(journal, run)?.is_empty()
        || journal.phase()? == Phase::Finished && journal.get(fact::EXIT)? != Some(Exit::Stopped)
        || journal.unsettled(journal.need(fact::READ)?)?.is_empty();
    if over {
        return Ok(());
    }
    let copy = run.copy();
    let message =
        format!("{}: is gone, and its run is not finished; nothing was sent", copy.display());
    Err(RunError::internal(message).hint(
        "put it back; or begin anew without `--or-resume`: what this run has sent is then sent again",
    ))
}
