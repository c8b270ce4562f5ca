//! `retry`: a new run over what another run left, linked both ways.

use super::options::{RetryOptions, RunOptions};
use super::outbox::Effort;
use super::retried::Retried;
use super::rows::{Left, Rows};
use super::run::{LeftBy, Origin, block_on, lock, start};
use super::settle::settle;
use super::signals::Signals;
use super::stored::{Stored, stored_plan};
use crate::config;
use crate::journal::{Journal, JournalError, Phase, Select};
use crate::model::{Exit, Moment, Outcome, RecordSet, RunError};
use crate::store::CopyReader;

/// Sends what run `run` left unknown, unsent or failed for a passing reason; with `every_failed`
/// every failed record.
///
/// # Errors
/// Exit 2 when it left nothing, or its kept copy is gone.
pub fn retry(run: &str, how: RetryOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let dir = how.again.runs.find(run)?;
        let journal = Journal::open_to_read(&dir.journal())?;
        let plan = stored_plan(&journal)?;
        let lock = lock(&plan, &mut signals).await?;
        if journal.phase()? < Phase::Sending {
            return Err(RunError::usage("nothing of that run was sent")
                .hint("start it again with `korebulk run`"));
        }
        drop(journal);
        settle(&dir, Effort::Again)?;
        let journal = Journal::open(&dir.journal())?;
        journal.recover()?;
        let stored = Stored::of(&journal)?;
        let mut pick = pick(&journal, stored.read, how.every_failed)?;
        Retried::of(&journal, &dir)?.take_from(&mut pick, "retry")?;
        if pick.is_empty() {
            let failed =
                if how.every_failed { "" } else { " (`--failed` takes every failed record)" };
            return Err(RunError::usage(format!(
                "run `{}` left nothing to send again{failed}",
                dir.id
            )));
        }
        if !dir.copy().is_file() {
            return Err(RunError::usage(format!(
                "{}: the kept copy of the input is gone",
                dir.path.display()
            ))
            .hint("give the outcome files to the job instead, where there are any"));
        }
        let left = Left {
            copy: CopyReader::open(&dir.copy())?,
            marks: journal.marks()?.into_iter().peekable(),
            pick: pick.clone(),
            next: 0,
        };
        let mut plan = config::amend(plan, &how.again.over, &how.again.environment)?;
        plan.map.first = 0;
        drop(journal);
        let options = RunOptions {
            yes: how.again.yes,
            reason: how.again.reason,
            screen: how.again.screen,
            ..RunOptions::default()
        };
        let rows = Rows::Left(Box::new(left));
        let left = LeftBy { parent: dir, rows, picked: pick };
        let origin = Origin { now: Moment::now(), left: Some(left) };
        start(plan, options, origin, &lock, &mut signals).await
    })
}

fn pick(journal: &Journal, read: u64, every_failed: bool) -> Result<RecordSet, RunError> {
    let mut pick = journal.unsettled(read)?;
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
