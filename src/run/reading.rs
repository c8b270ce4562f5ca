//! Reads the account for a command: what it takes is said and asked first, and a reading that is young enough is taken as it is.

mod fit;
mod how;
mod place;
mod to_store;

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::Timestamp;

pub(crate) use self::fit::not_read;
use self::how::What;
pub(crate) use self::how::{Known, READ_IT, ReadHow, stopped};
use self::place::to_go_by;
pub(crate) use self::place::{dirs, drop_own, forget, forget_all, own};
pub(crate) use self::to_store::to_store;
use super::approve::access::{self, Access};
use super::approve::measure;
use super::check::rows::{AccountRows, ListRows, Rows};
use super::options::RunOptions;
use super::run_dir::RunDir;
use super::signals::Signals;
use crate::account::{
    AccountKey, ContactLists, Expired, ListReader, Part, Patience, ReadProgress, Reader, Reading,
    ReadingLock, Readings, Way,
};
use crate::base::numbers::{counted, moment};
use crate::base::state::StateDirs;
use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::{AccountSettings, Limits};
use crate::model::{Moment, RunError};
use crate::report::screen::ScreenMode;

/// For whom an account is read that a plan rests on.
#[derive(Clone, Copy)]
pub(crate) struct For {
    /// Nobody is asked.
    pub(crate) yes: bool,
    /// Only what is wrong is said.
    pub(crate) quiet: bool,
    /// A run that was approved by the id of a plan: it goes by what that plan has read, and by nothing else.
    pub(crate) planned: bool,
}

impl From<&RunOptions> for For {
    fn from(how: &RunOptions) -> Self {
        Self { yes: how.yes, quiet: how.screen.quiet, planned: how.plan_id.is_some() }
    }
}

/// Reads the account that a plan rests on: these contacts alone where that takes less.
///
/// # Errors
/// Those of [`read`]; exit 3 where what a plan has read is gone.
pub(crate) async fn for_plan(
    plan: &Plan,
    dir: &RunDir,
    For { yes, quiet, planned }: For,
    few: Option<BTreeSet<String>>,
    access: &Access,
    signals: &mut Signals,
) -> Result<Known, RunError> {
    // Contacts are read again before they are sent, so what was read may be older. But where nobody is found, that must not
    // be so because they are new; and an undo says beforehand what somebody has edited since.
    let dirs = dirs(plan, Some(dir))?;
    let budget = plan.account.read_budget.filter(|_| plan.selects_contacts());
    let what = match (few, budget.filter(|_| plan.undoes.is_none())) {
        (_, Some(budget)) => What::Part(place::goes_on(plan), budget),
        (Some(few), None) => What::Few(few),
        (None, None) => What::Whole,
    };
    if planned && !plan.target.is_sandbox() {
        let key = AccountKey::of(&access.target);
        return place::planned(&Readings::open(&dirs)?, &key, what);
    }
    let AccountSettings { max_age, keep, .. } = plan.account;
    let now = Timestamp::now();
    let (since, age) = match (&plan.undoes, plan.map.matching) {
        (Some(_), _) => (Some(now), max_age),
        (None, Some(_)) => (now.checked_sub(max_age).ok(), max_age),
        (None, None) if plan.account.no_read => (None, max_age),
        (None, None) => (None, keep),
    };
    let how = ReadHow {
        yes: yes || plan.target.is_sandbox(),
        quiet,
        since,
        age,
        fits: &|_| Ok(()),
        question: READ_IT,
        nothing: "nothing was changed",
    };
    Box::pin(known(plan, &dirs, access, &how, what, signals)).await
}

/// The contacts of the account as the rows of a run, and the way to it. Cheap guards come first, then the secret.
///
/// # Errors
/// Exit 3 for a guard; those of [`read`].
pub(crate) async fn rows(
    plan: &Plan,
    dir: &RunDir,
    of: For,
    now: &Moment,
    signals: &mut Signals,
) -> Result<(Rows, (Access, Option<Known>)), RunError> {
    measure::pass(&measure::of_input(plan, false, now), plan, now)?;
    let access = access::of(plan, dir, signals).await?;
    if plan.selects_lists() {
        let For { yes, quiet, .. } = of;
        let age = plan.account.max_age;
        let how = ReadHow {
            yes,
            quiet,
            since: None,
            age,
            fits: &|_| Ok(()),
            question: READ_IT,
            nothing: "nothing was changed",
        };
        let lists = lists(plan, &access, &how, signals).await?;
        let rows = ListRows::of(&plan.target.account_id, &lists)?;
        return Ok((Rows::Lists(Box::new(rows)), (access, None)));
    }
    let known = for_plan(plan, dir, of, None, &access, signals).await?;
    let readings = Readings::open(&dirs(plan, Some(dir))?)?;
    let key = AccountKey::of(&access.target);
    let again = Reading::with_id(&readings, &key, &known.reading.facts().id)
        .ok_or_else(|| RunError::internal("what was read of the account is gone"))?;
    Ok((Rows::Account(Box::new(AccountRows::of(again))), (access, Some(known))))
}

/// Reads the account whole, or takes what was read just now.
///
/// # Errors
/// Exit 3 where it takes too long or somebody says no; those of [`Reader::whole`]; exit 75 while another process reads.
pub(crate) async fn read(
    plan: &Plan,
    dirs: &StateDirs,
    access: &Access,
    how: &ReadHow<'_>,
    signals: &mut Signals,
) -> Result<Reading, RunError> {
    Ok(known(plan, dirs, access, how, What::Whole, signals).await?.reading)
}

async fn known(
    plan: &Plan,
    dirs: &StateDirs,
    access: &Access,
    how: &ReadHow<'_>,
    what: What,
    signals: &mut Signals,
) -> Result<Known, RunError> {
    for expired in Expired::all(dirs, Timestamp::now()) {
        expired.delete()?;
    }
    let readings = Readings::open(dirs)?;
    let key = AccountKey::of(&access.target);
    let lock = ReadingLock::acquire(&readings, &key, plan.limits.max_wait, |holder| {
        let holder = terminal::line(holder).into_owned();
        terminal::say(&format!("waiting: another korebulk is reading this account ({holder})\n"));
    });
    let _lock = how.unless_signalled(signals, lock).await?;
    let now = Timestamp::now();
    let account = &AccountSettings { max_age: how.age, ..plan.account.clone() };
    let reading = to_go_by((&readings, &key), &access.target, (account, how.since), &what)?;
    let is_over = reading.facts().part.as_ref().is_some_and(Part::is_over);
    if is_over || reading.facts().is_complete_since(account.max_age, now) {
        return Ok(Known { reading, only: None });
    }
    if account.no_read {
        return Err(not_read());
    }
    if reading.facts().contacts > 0 && !how.quiet {
        let (contacts, began) =
            (counted(reading.facts().contacts, "contact"), reading.facts().began);
        let since = moment(&began);
        terminal::say(&format!("goes on with what was read since {since}: {contacts}\n"));
    }
    let mut progress = ReadProgress::new(ScreenMode::of_stderr(how.quiet));
    let mut watch = |event: &_| progress.on(event, Instant::now());
    let Access { client, signing, pace, target, .. } = access;
    let way = Way { client, signing, pace, target };
    let of = (readings, reading);
    let mut reader = Reader::new(way, of, &account.read_rate, patience(&plan.limits), &mut watch);
    let mut cost = how.unless_signalled(signals, reader.begin_part()).await?;
    if let What::Few(few) = &what {
        let (sought, each) = (few.len() as u64, reader.reading().facts().requests_to_seek());
        let seeking = each.map_or(u64::MAX, |each| each.saturating_mul(sought));
        let is_part = sought < cost.contacts && cost.requests > 1;
        cost.sought = is_part.then_some(sought);
        cost.requests = cost.requests.min(seeking);
    }
    how.approve(plan, &cost, signals).await?;
    let known = match what {
        What::Whole | What::Part(..) => {
            how.unless_signalled(signals, reader.part()).await.map(|reading| (reading, None))
        }
        What::Few(mut few) => {
            let since = now.checked_sub(account.max_age).unwrap_or(now);
            let found = how.unless_signalled(signals, reader.find(&few, since)).await;
            found.map(|missing| {
                few.retain(|id| !missing.contains(id));
                (reader.into_reading(), Some(few))
            })
        }
    };
    progress.finish();
    known.map(|(reading, only)| Known { reading, only })
}

/// Reads the contact lists of the account, which come all at once.
///
/// # Errors
/// Those of [`ListReader::read`].
pub(crate) async fn lists(
    plan: &Plan,
    access: &Access,
    how: &ReadHow<'_>,
    signals: &mut Signals,
) -> Result<ContactLists, RunError> {
    each_list(plan, access, how, signals, async |reader| reader.read().await).await
}

/// Does something with the reader of an account's contact lists.
///
/// # Errors
/// Those of `work`; exit 4 after a signal.
pub(crate) async fn each_list<T>(
    plan: &Plan,
    access: &Access,
    how: &ReadHow<'_>,
    signals: &mut Signals,
    work: impl AsyncFnOnce(&mut ListReader<'_>) -> Result<T, RunError>,
) -> Result<T, RunError> {
    if plan.account.no_read {
        return Err(not_read());
    }
    let mut progress = ReadProgress::new(ScreenMode::of_stderr(how.quiet));
    let mut watch = |event: &_| progress.on(event, Instant::now());
    let Access { client, signing, pace, target, .. } = access;
    let way = Way { client, signing, pace, target };
    let rate = &plan.account.read_rate;
    let mut reader = ListReader::new(way, rate, patience(&plan.limits), &mut watch);
    let done = how.unless_signalled(signals, work(&mut reader)).await;
    progress.finish();
    done
}

pub(crate) fn patience(limits: &Limits) -> Patience {
    let Limits { max_attempts, max_wait, max_outage, .. } = *limits;
    Patience { max_attempts, max_wait, max_outage }
}
