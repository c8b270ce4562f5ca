//! Reads the account for a command: what it takes is said and asked first, and a reading that is young enough is taken as it is.

mod fit;
mod place;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::{Timestamp, Zoned};

pub(crate) use self::fit::not_read;
use self::place::to_go_by;
pub(crate) use self::place::{dirs, drop_own, forget, forget_all, own};
use super::approve::access::{self, Access};
use super::approve::measure;
use super::check::rows::{AccountRows, ListRows, Rows};
use super::person::person;
use super::run_dir::RunDir;
use super::signals::Signals;
use crate::account::{
    AccountKey, ContactLists, Cost, Expired, ListReader, Patience, ReadProgress, Reader, Reading,
    ReadingLock, Readings, Way,
};
use crate::base::numbers::{counted, moment};
use crate::base::state::StateDirs;
use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::{AccountSettings, Limits};
use crate::model::{Exit, Moment, RunError};
use crate::report::screen::ScreenMode;

/// How an account is read, this once.
pub(crate) struct ReadHow<'a> {
    /// Nobody is asked.
    pub(crate) yes: bool,
    /// Only what is wrong is said.
    pub(crate) quiet: bool,
    /// Nothing that was read before counts.
    pub(crate) since: Option<Timestamp>,
    /// How old what was read may be.
    pub(crate) age: Duration,
    /// What else the cost may not be too much for.
    pub(crate) fits: &'a (dyn Fn(&Cost) -> Result<(), RunError> + Sync),
    /// Said where the reading ends early: `no file was written`.
    pub(crate) nothing: &'static str,
}

/// What is known of an account.
pub(crate) struct Known {
    pub(crate) reading: Reading,
    /// The contacts that were looked for and are there; `None`: the account was read whole.
    pub(crate) only: Option<BTreeSet<String>>,
}

/// Reads the account that a plan rests on: these contacts alone where that takes less. `how`: nobody is asked; only what is
/// wrong is said.
///
/// # Errors
/// Those of [`read`].
pub(crate) async fn for_plan(
    plan: &Plan,
    dir: &RunDir,
    (yes, quiet): (bool, bool),
    few: Option<BTreeSet<String>>,
    access: &Access,
    signals: &mut Signals,
) -> Result<Known, RunError> {
    // Contacts are read again before they are sent, so what was read may be older. But where nobody is found, that must not
    // be so because they are new; and an undo says beforehand what somebody has edited since.
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
        nothing: "nothing was changed",
    };
    Box::pin(known(plan, &dirs(plan, Some(dir))?, access, &how, few, signals)).await
}

/// The contacts of the account as the rows of a run, and the way to it. Cheap guards come first, then the secret.
///
/// # Errors
/// Exit 3 for a guard; those of [`read`].
pub(crate) async fn rows(
    plan: &Plan,
    dir: &RunDir,
    how: (bool, bool),
    now: &Moment,
    signals: &mut Signals,
) -> Result<(Rows, (Access, Option<Known>)), RunError> {
    measure::pass(&measure::of_input(plan, false, now), plan, now)?;
    let access = access::of(plan, dir, &mut Vec::new(), signals).await?;
    if plan.selects_lists() {
        let (yes, quiet) = how;
        let age = plan.account.max_age;
        let how = ReadHow {
            yes,
            quiet,
            since: None,
            age,
            fits: &|_| Ok(()),
            nothing: "nothing was changed",
        };
        let lists = lists(plan, &access, &how, signals).await?;
        let rows = ListRows::of(&plan.target.account_id, &lists)?;
        return Ok((Rows::Lists(Box::new(rows)), (access, None)));
    }
    let known = for_plan(plan, dir, how, None, &access, signals).await?;
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
    Ok(known(plan, dirs, access, how, None, signals).await?.reading)
}

async fn known(
    plan: &Plan,
    dirs: &StateDirs,
    access: &Access,
    how: &ReadHow<'_>,
    few: Option<BTreeSet<String>>,
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
    let reading = to_go_by((&readings, &key), &access.target, account, how.since)?;
    if reading.facts().is_complete_since(account.max_age, now) {
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
    let mut cost = how.unless_signalled(signals, reader.begin()).await?;
    if let (Some(few), Some(each)) = (&few, reader.reading().facts().requests_to_seek())
        && each * (few.len() as u64) < cost.requests
    {
        let contacts = few.len() as u64;
        cost = Cost { contacts, requests: each * contacts, ..cost };
    }
    how.approve(plan, &cost, signals).await?;
    let known = match few {
        None => how.unless_signalled(signals, reader.whole()).await.map(|reading| (reading, None)),
        Some(mut few) => {
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

impl ReadHow<'_> {
    /// Says what it takes, and stops where that is too much.
    async fn approve(
        &self,
        plan: &Plan,
        cost: &Cost,
        signals: &mut Signals,
    ) -> Result<(), RunError> {
        if !self.quiet {
            terminal::say(&format!("{}\n", cost.words(&Zoned::now())));
        }
        (self.fits)(cost)?;
        fit::fits(plan, cost)?;
        if self.yes || cost.requests <= plan.account.ask_above || !terminal::can_ask() {
            return Ok(());
        }
        let question = "read it? (yes/no): ".to_owned();
        let answer = signals.unless_signalled(async move { person().line(&question) }).await;
        let refused = |error: RunError| RunError { exit: error.exit.max(Exit::Guarded), ..error };
        match answer.map_err(refused)? {
            answer if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Ok(()),
            _ => Err(RunError::new(Exit::Guarded, format!("not confirmed; {}", self.nothing))),
        }
    }

    /// What `work` comes to, unless a signal ends it.
    pub(crate) async fn unless_signalled<T>(
        &self,
        signals: &mut Signals,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        tokio::select! {
            biased;
            signal = signals.next() => Err(stopped(signal, self.nothing)),
            done = work => done,
        }
    }
}

pub(crate) fn patience(limits: &Limits) -> Patience {
    let Limits { max_attempts, max_wait, max_outage, .. } = *limits;
    Patience { max_attempts, max_wait, max_outage }
}

/// What a signal means while an account is read or written down.
pub(crate) fn stopped(signal: &str, nothing: &str) -> RunError {
    RunError::new(Exit::Stopped, format!("stopped by {signal}; {nothing}"))
        .hint("what was read is stored: the same command goes on from there")
}
