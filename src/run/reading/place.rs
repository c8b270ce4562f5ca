//! Where what was read of accounts lies: whose it is, and when it goes.

use jiff::Timestamp;

use crate::account::{AccountKey, Reading, Readings};
use crate::base::state::StateDirs;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::RunError;
use crate::model::settings::{AccountSettings, Target};
use crate::run::environment::state_dirs;
use crate::run::run_dir::RunDir;
use crate::run::stored::ACCOUNT;

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
    account: &AccountSettings,
    since: Option<Timestamp>,
) -> Result<Reading, RunError> {
    let now = Timestamp::now();
    let Some(since) = since else { return Reading::current(readings, target, account, now) };
    let latest = Reading::latest(readings, key, now);
    match latest.filter(|reading| reading.facts().began > since) {
        Some(reading) => Ok(reading),
        None => Reading::create(readings, target, account.keep, now),
    }
}
