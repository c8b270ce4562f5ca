//! What the guards look at, measured: earlier runs of the job, the age of its input. What cannot be measured says why.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{constants, window};
use crate::base::numbers::{counted, time};
use crate::base::terminal;
use crate::config::guard_check::{self, History};
use crate::config::{self, Plan};
use crate::journal::{Journal, JournalError, Phase, fact};
use crate::load::{InputPath, expand};
use crate::model::{Exit, Moment, RunError};
use crate::report::plan_view::PlanGuard;
use crate::run::check::findings::Findings;
use crate::run::open::Run;
use crate::run::run_dir::RunDir;
use crate::run::{run_dir, view};

/// Finished runs that `max_growth` looks at.
const LOOKS_AT: usize = 7;
/// How far the clocks of two machines may differ.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

/// Every guard of the plan with its numbers, for the run in `own` that would send what was found.
/// `of_files`: what another run left has no age of its own.
pub(crate) fn guards(
    plan: &Plan,
    own: &RunDir,
    of_files: bool,
    findings: &Findings,
    now: &Moment,
) -> Vec<PlanGuard> {
    let would_send = findings.selected();
    let mut guards = guard_check::records(&plan.guard, would_send);
    if let Some(most) = plan.guard.max_growth {
        let history = history(&plan.runs.dir, &plan.name, &own.id);
        guards.push(guard_check::growth(most, &history, would_send));
    }
    if let (Some(most), Some(account)) = (plan.guard.max_selected, &findings.of_account) {
        let noun = if account.read.of_lists { "contact list" } else { "contact" };
        guards.push(guard_check::selected(most, would_send, (account.read.contacts, noun)));
    }
    let matches = findings.of_account.as_ref().and_then(|of| Some((of.matches.as_ref()?, of)));
    if let (Some(least), Some((matches, account))) = (plan.guard.min_match, matches) {
        guards.push(guard_check::matched(least, matches, account.unusable));
    }
    guards.extend(of_input(plan, of_files && !plan.is_from_account(), now));
    guards.extend(constants::guard(findings));
    guards
}

/// What may hold a run back before anybody is asked and anything is read: the plan that was approved, and the guards.
///
/// # Errors
/// Exit 3 where something does.
pub(crate) fn beforehand(run: &Run, findings: &Findings, began: &Moment) -> Result<(), RunError> {
    as_planned(run, findings)?;
    let of_files = run.parent.is_none();
    let mut guards = guards(&run.plan, &run.dir, of_files, findings, began);
    // A person may say that it is meant.
    guards.retain(|guard| guard.name != constants::NAME || !terminal::can_ask());
    pass(&guards, &run.plan, began)?;
    run.asks(findings.sendable(), true).map(drop)
}

/// Whether the plan is the one that was approved, where one was.
///
/// # Errors
/// Exit 3 where it is another one.
pub(super) fn as_planned(run: &Run, findings: &Findings) -> Result<(), RunError> {
    let found = || view::plan_id(&run.plan, findings);
    let Some(expected) = run.how.plan_id.as_ref().filter(|expected| **expected != found()) else {
        return Ok(());
    };
    let message = format!(
        "plan `{expected}` no longer holds: input, mapping, target or operation have changed since, the account was read again, or other records would be sent by now"
    );
    Err(RunError::new(Exit::Guarded, message)
        .hint("look at it again with `korebulk plan`, which prints the id that holds"))
}

/// Those that do not depend on what would be sent.
pub(crate) fn of_input(plan: &Plan, of_files: bool, now: &Moment) -> Vec<PlanGuard> {
    let age = input_age(plan, now).filter(|_| of_files);
    age.into_iter().chain(window::guard(plan, now)).collect()
}

/// Whether all guards let the run go on.
///
/// # Errors
/// Exit 3 where one does not.
pub(crate) fn pass(guards: &[PlanGuard], plan: &Plan, now: &Moment) -> Result<(), RunError> {
    let failed = guards.iter().find(|guard| !guard.passed);
    failed.map_or(Ok(()), |failed| Err(held_back(failed, plan, now)))
}

fn held_back(guard: &PlanGuard, plan: &Plan, now: &Moment) -> RunError {
    let PlanGuard { name, detail, .. } = guard;
    let error = RunError::new(Exit::Guarded, format!("`{name}`: {detail}; nothing was sent"));
    error.hint(match name.as_str() {
        window::GUARD => window::wait(plan, now),
        name => {
            let option = config::settings().find(|setting| setting.key == name);
            let option = option.and_then(|setting| setting.option).unwrap_or(name);
            format!("look at the input; where it is right, allow this run with `{option}`")
        }
    })
}

/// `guard.max_input_age`, where it is set.
pub(crate) fn input_age(plan: &Plan, now: &Moment) -> Option<PlanGuard> {
    let oldest = plan.guard.max_input_age?;
    Some(guard_check::input_age(oldest, &age(plan, now)))
}

/// The job's last finished runs before `own`. What a retry sent is a part of one of them.
fn history(runs: &Path, job: &str, own: &str) -> History {
    let mut history = History::default();
    let all = match runs.is_dir() {
        true => run_dir::all(runs),
        false => Ok(Vec::new()),
    };
    let all = match all {
        Ok(all) => all,
        Err(error) => return History { unreadable: Some(error.message), ..history },
    };
    let mut unreadable = 0u64;
    for run in all.into_iter().rev().filter(|run| run.job() == job && run.id != own) {
        match size(&run.journal()) {
            Ok(size) => history.sizes.extend(size),
            // One that goes on has not finished.
            Err(error) if error.is_busy() => {}
            Err(_) => unreadable += 1,
        }
        if history.sizes.len() == LOOKS_AT {
            break;
        }
    }
    if unreadable > 0 {
        history.unreadable = Some(format!("{} cannot be read", counted(unreadable, "other run")));
    }
    history
}

/// How many records a run that came to its own end was to send.
fn size(journal: &Path) -> Result<Option<u64>, JournalError> {
    let journal = Journal::open_to_read(journal)?;
    let whole = journal.phase()? == Phase::Finished
        && journal.get(fact::STOPPED)?.is_none()
        && journal.get(fact::PARENT_RUN)?.is_none();
    if whole { journal.get(fact::WOULD_SEND) } else { Ok(None) }
}

/// The age of the oldest input file, or why nobody knows it.
fn age(plan: &Plan, now: &Moment) -> Result<Duration, String> {
    let mut oldest = Duration::ZERO;
    for input in expand(&plan.input, now).map_err(|error| error.to_string())? {
        oldest = oldest.max(age_of(&input)?);
    }
    Ok(oldest)
}

/// The age of a file, or why nobody knows it.
pub(crate) fn age_of(input: &InputPath) -> Result<Duration, String> {
    let Some(path) = input.path() else { return Err("standard input has no age".to_owned()) };
    let shown = input.shown();
    let file = fs::metadata(path).map_err(|error| format!("`{shown}`: {error}"))?;
    if !file.is_file() {
        return Err(format!("`{shown}` is no file and has no age"));
    }
    let modified = file.modified().map_err(|error| format!("`{shown}`: {error}"))?;
    match SystemTime::now().duration_since(modified) {
        Ok(age) => Ok(age),
        Err(ahead) if ahead.duration() <= CLOCKS_DIFFER => Ok(Duration::ZERO),
        Err(ahead) => Err(format!("`{shown}` is dated {} in the future", time(ahead.duration()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seven_finished_runs_of_the_job_are_its_history() {
        let dir = tempfile::tempdir().unwrap();
        let made = |name: &str, size: u64, phase: Phase, stopped: bool| {
            let run = dir.path().join(name);
            fs::create_dir(&run).unwrap();
            let journal = Journal::create(&run.join("journal.db")).unwrap();
            journal.set(fact::WOULD_SEND, &size).unwrap();
            if stopped {
                let cause = crate::model::StopCause::MaxDuration { seconds: 1 };
                journal.set(fact::STOPPED, &cause).unwrap();
            }
            journal.set_phase(phase).unwrap();
            journal
        };
        for day in 1..=9 {
            made(&format!("night-202611{day:02}T020000Z-abcd"), day, Phase::Finished, false);
        }
        made("night-20261110T020000Z-abcd", 10, Phase::Sending, false);
        made("night-20261111T020000Z-abcd", 11, Phase::Finished, true);
        made("other-20261112T020000Z-abcd", 12, Phase::Finished, false);
        let retry = made("night-20261113T020000Z-abcd", 13, Phase::Finished, false);
        retry.set(fact::PARENT_RUN, "night-20261109T020000Z-abcd").unwrap();
        drop(retry);
        let _own = made("night-20261114T020000Z-abcd", 14, Phase::Finished, false);
        let history = || history(dir.path(), "night", "night-20261114T020000Z-abcd");
        assert_eq!(history().sizes, [9, 8, 7, 6, 5, 4, 3]);
        assert_eq!(history().unreadable, None);
        fs::create_dir(dir.path().join("night-20261115T020000Z-abcd")).unwrap();
        fs::write(dir.path().join("night-20261115T020000Z-abcd/journal.db"), "x").unwrap();
        assert_eq!(history().unreadable.as_deref(), Some("1 other run cannot be read"));
    }
}
