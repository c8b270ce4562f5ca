//! `resume`: an interrupted run sends exactly what it left unknown or unsent.

use crate::config;
use crate::model::{Exit, RunError};
use crate::run::open::Locked;
use crate::run::options::AgainOptions;
use crate::run::past::incomplete;
use crate::run::signals::Signals;
use crate::run::stored::stored_plan;
use crate::run::{self, block_on};

/// Finishes a run.
///
/// # Errors
/// Exit 2 when there is nothing that could be resumed, 3 when nobody confirms an old run.
pub fn resume(run: &str, how: AgainOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let dir = how.runs.find(run)?;
        let plan = stored_plan(&incomplete::open_to_read(&dir)?)?;
        let plan = config::amend(plan, &how.over, &how.environment)?;
        let locked = Locked::new(plan, how.of_the_run(), &mut signals).await;
        let locked = locked.map_err(RunError::of_later_session)?;
        run::rest(locked.reopen(dir, &mut signals).await?, &mut signals).await
    })
}
