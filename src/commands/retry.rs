//! `retry`: a new run over what another run left, linked both ways.

use crate::config::{self, Plan};
use crate::journal::{Journal, JournalError, Phase, Select, fact};
use crate::model::{Exit, Outcome, RecordSet, RunError};
use crate::run::check::rows::{Left, Rows};
use crate::run::close::outbox::Effort;
use crate::run::open::Locked;
use crate::run::options::RetryOptions;
use crate::run::past::incomplete;
use crate::run::past::retried::Retried;
use crate::run::past::settle::settle;
use crate::run::past::undone;
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::run::stored::{never_sent, scrubbed, stored_plan};
use crate::run::{self, block_on};
use crate::store::CopyReader;

/// Sends what run `run` left unknown, unsent or failed for a passing reason; with `every_failed`
/// every failed record.
///
/// # Errors
/// Exit 2 when it left nothing, or its stored copy is gone; 3 when later runs have taken it over.
pub fn retry(run: &str, how: RetryOptions) -> Result<Exit, RunError> {
    let RetryOptions { again, every_failed } = how;
    block_on(async move {
        let mut signals = Signals::listen()?;
        let parent = again.runs.find(run)?;
        let plan = stored_plan(&incomplete::open_to_read(&parent)?)?;
        let plan = config::amend(plan, &again.over, &again.environment)?;
        let locked = Locked::new(uncut(plan), again.of_the_run(), &mut signals).await?;
        let dir = parent.clone();
        let left = signals.unless_signalled(async move { left(&dir, every_failed) }).await?;
        let opened = locked.open_over(parent, Rows::Left(Box::new(left)), &mut signals).await?;
        run::whole(opened, &mut signals).await
    })
}

/// What another run left was cut by that run already.
fn uncut(mut plan: Plan) -> Plan {
    plan.map.first = 0;
    plan
}

fn left(dir: &RunDir, every_failed: bool) -> Result<Left, RunError> {
    settle(dir, Effort::Again)?;
    let journal = incomplete::open(dir)?;
    if journal.phase()? < Phase::Sending {
        return Err(never_sent(&journal)?);
    }
    if let Some(gone) = scrubbed(&journal, "nothing of it can be sent again")? {
        return Err(gone);
    }
    undone::refuse(&journal, dir)?;
    journal.recover()?;
    let mut pick = pick(&journal, every_failed)?;
    Retried::of(&journal, dir)?.take_from(&mut pick, "retry")?;
    if pick.is_empty() {
        let failed = if every_failed { "" } else { " (`--failed` takes every failed record)" };
        let message = format!("run `{}` left nothing to send again{failed}", dir.id);
        return Err(RunError::usage(message));
    }
    if !dir.copy().is_file() {
        let gone = format!("{}: the stored copy of the input is gone", dir.path.display());
        return Err(RunError::usage(gone)
            .hint("give the outcome files to the job instead, where there are any"));
    }
    let marks = journal.marks()?.into_iter().peekable();
    Ok(Left { copy: CopyReader::open(&dir.copy())?, pick, marks, next: 0 })
}

fn pick(journal: &Journal, every_failed: bool) -> Result<RecordSet, RunError> {
    let mut pick = journal.unsettled(journal.need(fact::READ)?)?;
    let failed = match every_failed {
        true => Select::Outcome(Outcome::Failed),
        false => Select::FailedInPassing,
    };
    journal.for_each_record(failed, |row| {
        pick.insert(row.ordinal);
        Ok::<(), JournalError>(())
    })?;
    Ok(pick)
}
