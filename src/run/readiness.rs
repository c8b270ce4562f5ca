//! All that a run needs, tried: everything but the sending.

mod finding;
mod server;

use std::fmt::Write as _;

pub(crate) use self::finding::Finding;
use crate::base::numbers::{counted, thousands};
use crate::config::Plan;
use crate::model::{Exit, Ledger, Moment, RunError};
use crate::run::approve::{measure, window};
use crate::run::audit;
use crate::run::check::questions;
use crate::run::check::survey::Survey;
use crate::run::close::notifications;
use crate::run::open::Locked;
use crate::run::options::{OutputForm, Screen};
use crate::run::past::undone;
use crate::run::signals::Signals;
use crate::run::{view, way_on};

/// Job file, input, guards, who is notified, secrets, clock, TLS, and one signed GET that changes nothing. `yes`: of a run
/// with `--yes`.
///
/// # Errors
/// Exit 4 after a signal.
pub(crate) async fn readiness(plan: &Plan, yes: bool) -> Result<Vec<Finding>, RunError> {
    let mut job = format!("{} `{}` on {}", plan.operation, plan.name, view::host(&plan.target));
    if let Some(profile) = &plan.profile {
        write!(job, ", profile `{}`", profile.name).expect("a String takes any text");
    }
    let mut findings = vec![Finding::new("job file", true, job)];
    let mut signals = Signals::listen()?;
    let of = plan.clone();
    let held = signals.unless_signalled(async move { Ok(undone::hold(&of).err()) }).await?;
    if let Some(error) = held {
        findings.push(Finding::of("guard", error)?);
    }
    findings.extend(confirmed(plan, yes));
    places(plan, &mut findings, &mut signals).await?;
    input(plan, &mut findings, &mut signals).await?;
    notified(plan, &mut findings, &mut signals).await?;
    server::target(plan, &mut findings, &mut signals).await?;
    Ok(findings)
}

/// The target alone.
///
/// # Errors
/// Exit 4 after a signal.
pub(crate) async fn of_target(
    plan: &Plan,
    signals: &mut Signals,
) -> Result<Vec<Finding>, RunError> {
    let mut findings = Vec::new();
    server::target(plan, &mut findings, signals).await?;
    Ok(findings)
}

/// What is in the place of a person who confirms the number of records; nothing where none is needed.
fn confirmed(plan: &Plan, yes: bool) -> Option<Finding> {
    let is_guarded = plan.guard.max_records.is_some() || plan.guard.max_growth.is_some();
    let refused = !(yes || is_guarded || plan.target.is_sandbox());
    refused.then(|| {
        let detail = "nobody is there to confirm the number of records of a run by itself: set \
                      `[guard] max_records`, or check it with `--yes` where it is run so";
        Finding::new("guard", false, detail).ending(Exit::Guarded)
    })
}

/// Where a run writes beside its own directory: its job's lock, the audit. Another run that goes on ends by itself.
async fn places(
    plan: &Plan,
    findings: &mut Vec<Finding>,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let of = plan.clone();
    let looking = async move {
        let locked = Locked::take(&of).map(drop);
        Ok((locked, audit::can_be_written(&of.runs.dir)))
    };
    let (lock, audit) = signals.unless_signalled(looking).await?;
    match lock {
        Err(error) if error.exit == Exit::Busy => {
            findings.push(Finding::new("lock", true, error.message));
        }
        Err(error) => findings.push(Finding::of("lock", error)?),
        Ok(()) => {}
    }
    if let Err(error) = audit {
        findings.push(Finding::of("audit", error)?);
    }
    Ok(())
}

/// The input as a run that nobody watches would find it, and what the guards say of it.
async fn input(
    plan: &Plan,
    findings: &mut Vec<Finding>,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let now = Moment::now();
    let unread = match plan.is_from_account() {
        true => Some("the account: it is not read for a check"),
        false => plan
            .input
            .paths
            .iter()
            .any(|path| path == "-")
            .then_some("standard input: nobody knows it before it is read"),
    };
    if let Some(unread) = unread {
        findings.push(Finding::new("input", true, unread));
        let guards = measure::input_age(plan, &now).into_iter().chain(window::guard(plan, &now));
        findings.extend(guards.map(|guard| Finding::guard(guard, plan, &now)));
        return Ok(());
    }
    let surveyed = async {
        let rows = questions::unasked(plan, &now, signals).await?;
        let screen = Screen { quiet: true, form: OutputForm::Text };
        Survey::of(plan, Some(rows), &now, (screen, false), signals).await
    };
    match surveyed.await {
        Ok(Survey { findings: found, guards }) => {
            let ledger =
                Ledger { succeeded: found.sendable(), unsent: 0, unknown: 0, ..found.ledger };
            let Ledger { rejected, skipped, .. } = ledger;
            let detail = format!(
                "{} to send, {} rejected, {} skipped",
                counted(found.sendable(), "record"),
                thousands(rejected),
                thousands(skipped)
            );
            // As a run of which all that is sent succeeds.
            let exit = Exit::of(&ledger, None, &plan.accept);
            let good = exit == Exit::Finished;
            findings.push(Finding::new("input", good, detail).ending(exit));
            let undoing = way_on::undoing(plan, found.sendable());
            findings.extend(undoing.map(|words| Finding::new("undo", true, words)));
            findings.extend(guards.into_iter().map(|guard| Finding::guard(guard, plan, &now)));
        }
        Err(error) => findings.push(Finding::of("input", error)?),
    }
    Ok(())
}

/// Whoever is to hear of the run: looked up, and sent nothing.
async fn notified(
    plan: &Plan,
    findings: &mut Vec<Finding>,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let of = plan.clone();
    let known = signals.unless_signalled(async move { Ok(notifications::known(&of)) }).await?;
    findings.extend(known.into_iter().map(|(name, found)| match found {
        Ok(()) => Finding::new("notify", true, format!("{name}: found")),
        Err(why) => Finding::new("notify", false, format!("{name}: {why}")),
    }));
    Ok(())
}
