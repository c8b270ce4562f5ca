//! Where what was read of accounts lies: whose it is, and when it goes.

use jiff::Timestamp;

use super::how::{Known, What};
use crate::account::{AccountKey, Part, Place, Reading, Readings};
use crate::base::state::StateDirs;
use crate::config::Plan;
use crate::journal::{Journal, Phase, fact};
use crate::model::settings::{AccountSettings, Target};
use crate::model::{Exit, RunError};
use crate::run::environment::state_dirs;
use crate::run::run_dir::{self, RunDir};
use crate::run::stored::{ACCOUNT, READ_TO, stored_plan};

/// Where the readings of a target lie; those of a run's own sandbox in its directory.
///
/// # Errors
/// Exit 2 where there is no place for state.
pub(crate) fn dirs(plan: &Plan, dir: Option<&RunDir>) -> Result<StateDirs, RunError> {
    match dir.filter(|_| plan.target.is_sandbox()) {
        Some(dir) => {
            let path = dir.path.clone();
            Ok(StateDirs { shared: path.clone(), own: Some(path), notice: None })
        }
        None => state_dirs(),
    }
}

/// What was read of the account that a run goes by, for it alone; `None` where that is gone, because its time was over or
/// because another run has changed the account since.
///
/// # Errors
/// Exit 70 for the disk.
pub(crate) fn own(
    plan: &Plan,
    dir: &RunDir,
    journal: &Journal,
    target: &Target,
) -> Result<Option<Reading>, RunError> {
    let Some(read) = journal.get(ACCOUNT)? else { return Ok(None) };
    let readings = Readings::open(&dirs(plan, Some(dir))?)?;
    let found = Reading::with_id(&readings, &AccountKey::of(target), &read.reading);
    let Some(mut reading) = found else { return Ok(None) };
    Ok(reading.take_over()?.then_some(reading))
}

/// What a plan has read of the account.
///
/// # Errors
/// Exit 3 where that is gone; exit 70 for the disk.
pub(super) fn planned(
    readings: &Readings,
    key: &AccountKey,
    what: What,
) -> Result<Known, RunError> {
    let now = Timestamp::now();
    let latest = Reading::latest(readings, key, now);
    let is_whole = |reading: &Reading| reading.facts().proof.is_some();
    let found = match &what {
        What::Few(_) => latest,
        What::Whole => latest.filter(is_whole),
        What::Part(from, budget) => latest.filter(is_whole).or_else(|| {
            let part = Reading::part_from(readings, key, (from, *budget), now);
            part.filter(|reading| reading.facts().part.as_ref().is_some_and(Part::is_over))
        }),
    };
    let reading = found.ok_or_else(|| {
        let message = "the plan no longer holds: what it has read of the account is gone, because its time is over or another run has changed the account since";
        RunError::new(Exit::Guarded, message)
            .hint("look at it again with `korebulk plan`, which prints the id that holds")
    })?;
    // What the plan did not find was not there: it is not sought again.
    let only = match what {
        What::Few(few) if !is_whole(&reading) => Some(&few - &reading.not_read(&few)?),
        _ => None,
    };
    Ok(Known { reading, only })
}

/// Where the job's last run that came to its end has ended its part of the account: the next one goes on there.
pub(super) fn goes_on(plan: &Plan) -> Place {
    let all = run_dir::all(&plan.runs.dir).unwrap_or_default();
    let mut of_job = all.into_iter().rev().filter(|run| run.job() == plan.name);
    of_job.find_map(|run| ended(&run, plan).ok().flatten()).unwrap_or_default()
}

fn ended(run: &RunDir, plan: &Plan) -> Result<Option<Place>, RunError> {
    let journal = Journal::open_to_read(&run.journal())?;
    let is_ended = journal.phase()? == Phase::Finished
        && journal.get(fact::STOPPED)?.is_none()
        && journal.get(fact::PARENT_RUN)?.is_none();
    if !is_ended {
        return Ok(None);
    }
    let of_account = AccountKey::of(&stored_plan(&journal)?.target);
    let same = of_account == AccountKey::of(&plan.target);
    Ok(if same { journal.get(READ_TO)? } else { None })
}

/// Deletes it once nothing of the run can be gone on with.
pub(crate) fn drop_own(plan: &Plan, dir: &RunDir, journal: &Journal) {
    let target = &plan.target;
    let dropped =
        own(plan, dir, journal, target).and_then(|own| own.map_or(Ok(()), Reading::delete));
    if let Err(error) = dropped {
        tracing::warn!(%error, "what was read of the account stays until its time is over");
    }
}

/// Deletes what was read of the account that a run changes: nothing may be filled from what was there before, and no export
/// may show it.
///
/// # Errors
/// Exit 70 for the disk.
pub(crate) fn forget(plan: &Plan, dir: &RunDir) -> Result<(), RunError> {
    // Without a place for state there are no readings either.
    let readings = dirs(plan, Some(dir)).ok().and_then(|dirs| Readings::existing(&dirs));
    readings.map_or(Ok(()), |readings| readings.forget(&AccountKey::of(&plan.target)))
}

/// The same once a run has sent: also what others read meanwhile.
pub(crate) fn forget_all(plan: &Plan, dir: &RunDir) {
    if let Err(error) = forget(plan, dir) {
        tracing::warn!(%error, "what was read of the account meanwhile stays");
    }
}

/// The reading to go by or to go on with: one that began behind `since`, where that is said.
///
/// # Errors
/// Exit 70 for the disk.
pub(super) fn to_go_by(
    (readings, key): (&Readings, &AccountKey),
    target: &Target,
    (account, since): (&AccountSettings, Option<Timestamp>),
    what: &What,
) -> Result<Reading, RunError> {
    let now = Timestamp::now();
    if let What::Part(from, budget) = what {
        let whole = Reading::latest(readings, key, now);
        return match whole.filter(|one| one.facts().is_complete_since(account.max_age, now)) {
            Some(whole) => Ok(whole),
            None => Reading::of_part(readings, target, (account.keep, now), (from, *budget)),
        };
    }
    let Some(since) = since else { return Reading::current(readings, target, account, now) };
    let latest = Reading::latest(readings, key, now);
    match latest.filter(|reading| reading.facts().began > since) {
        Some(reading) => Ok(reading),
        None => Reading::create(readings, target, account.keep, now),
    }
}
