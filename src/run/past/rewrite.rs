//! Report and outcome files of a run that ended, or was killed, written anew from what is on disk.

use crate::journal::{Journal, fact};
use crate::model::{Exit, RunError};
use crate::run::record::files::{Purpose, Writing};
use crate::run::run_dir::RunDir;
use crate::run::stored::{Input, stored_plan};

/// Writes them; the exit that the run has by them.
///
/// # Errors
/// Exit 2 for a run that never read its input.
pub(crate) fn rewrite(
    run: &RunDir,
    journal: &Journal,
    format: &'static str,
) -> Result<Exit, RunError> {
    let plan = stored_plan(journal)?;
    journal.recover()?;
    let writing = Writing {
        purpose: Purpose::Again(format),
        plan: &plan,
        run,
        journal,
        input: &mut Input::stored(journal, &plan)?,
        stopped: &mut journal.get(fact::STOPPED)?,
    };
    let end = writing.write(None, None);
    end.faults.say();
    Ok(end.exit())
}
