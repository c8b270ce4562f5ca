//! `reconcile`: what a run left unknown is settled by reading the account.

use crate::config;
use crate::model::{Exit, RunError};
use crate::run::open::Locked;
use crate::run::options::AgainOptions;
use crate::run::past::incomplete;
use crate::run::signals::Signals;
use crate::run::stored::stored_plan;
use crate::run::{self, block_on};

/// Settles what run `run` left unknown; the exit that it has then.
///
/// # Errors
/// Exit 2 for a run that sent nothing; where the account cannot be read, exit 4 for what passes and 6 where a person
/// is needed; exit 75 while the run, or another reading, is going on. Nothing has changed then.
pub fn reconcile(run: &str, how: &AgainOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let dir = how.runs.find(run)?;
        let plan = stored_plan(&incomplete::open_to_read(&dir)?)?;
        let plan = config::amend(plan, &how.over, &how.environment)?;
        let locked = Locked::new(plan, how.of_the_run(), &mut signals).await;
        let locked = locked.map_err(RunError::of_later_session)?;
        run::settled(locked.reopen(dir, &mut signals).await?, &mut signals).await
    })
}
