//! `schedule`: which jobs can be left alone, and the units that start them.

use super::fleet::{fleet_of, is_in_container, of_each_profile};
use super::units::scheduled;
use crate::base::state::OF_THE_MACHINE;
use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::Profile;
use crate::model::{Effect, Exit, RunError};
use crate::run::options::{ScheduleOptions, Started};
use crate::schedule::{Scheduler, fleet_units, once, unit};

/// Prints the unit that runs these jobs by itself, or one for each account.
///
/// # Errors
/// Exit 2 for a job that nobody should leave alone: a sandbox, or one without a guard.
pub fn schedule(accounts: &[Vec<Plan>], how: &ScheduleOptions) -> Result<Exit, RunError> {
    accounts.iter().flatten().try_for_each(can_be_left_alone)?;
    let text = match (&how.fleet, &how.what) {
        (None, what) => {
            let plans = accounts.first().map_or(&[][..], Vec::as_slice);
            one_account(plans)?;
            plans.iter().try_for_each(|plan| profile(plan, &how.scheduler))?;
            let job = scheduled(plans, None)?;
            if job.job_files.len() > 1 {
                is_in_container(&job, &how.scheduler)?;
            }
            match what {
                Started::Jobs(when) => unit(&job, when, &how.scheduler)?,
                Started::Once(command) => once(&job, command, &how.scheduler)?,
            }
        }
        (Some(fleet), Started::Jobs(when)) => {
            fleet_units(&fleet_of(accounts, fleet, &how.scheduler)?, when, &how.scheduler)?
        }
        (Some(fleet), Started::Once(command)) => {
            let jobs = of_each_profile(accounts, fleet)?;
            jobs.iter().map(|job| once(job, command, &how.scheduler)).collect::<Result<_, _>>()?
        }
    };
    terminal::print(&text)?;
    Ok(Exit::Finished)
}

fn can_be_left_alone(plan: &Plan) -> Result<(), RunError> {
    if plan.target.is_sandbox() {
        return Err(RunError::usage(
            "`target.host` is a sandbox: there is nothing to do each night",
        )
        .hint("name the real host in the job file"));
    }
    if plan.guard.max_records.is_none() && plan.guard.max_growth.is_none() {
        return Err(RunError::usage(
            "the job has no guard: nobody is there to notice a broken export",
        )
        .hint("set `[guard] max_records`, or `max_growth = \"300%\"`, in the job file"));
    }
    let spec = plan.operation.spec();
    if plan.is_from_account() && spec.effect == Effect::Delete && !plan.except.is_given {
        return Err(RunError::usage(
            "the job deletes what rules select, and has no list of those that are never touched",
        )
        .hint(
            "name it in `[input] except`; where there is nobody to protect, write `except = []`",
        ));
    }
    Ok(())
}

/// The quota is an account's: a unit sends for one.
fn one_account(plans: &[Plan]) -> Result<(), RunError> {
    let of = |plan: &Plan| (plan.target.host.clone(), plan.target.account_id.clone());
    match plans.iter().find(|plan| of(plan) != of(&plans[0])) {
        None => Ok(()),
        Some(other) => Err(RunError::usage(format!(
            "`{}` and `{}` are jobs of two accounts: a unit sends for one",
            plans[0].name, other.name
        ))
        .hint("schedule them one by one, or give the accounts in a table (`--accounts`)")),
    }
}

/// A profile has to be where the unit runs.
fn profile(plan: &Plan, scheduler: &Scheduler) -> Result<(), RunError> {
    let Some(Profile { name, file, .. }) = &plan.profile else { return Ok(()) };
    let refused = |why: String, hint: &str| Err(RunError::usage(why).hint(hint));
    match scheduler {
        Scheduler::Kubernetes { .. } => refused(
            format!("a container has no profile `{name}`"),
            "write what it says into the `[target]` of the job file",
        ),
        Scheduler::Cron { user: None } | Scheduler::Windows { user: None } => Ok(()),
        _ if file.starts_with(OF_THE_MACHINE) => Ok(()),
        _ => refused(
            format!("{}: another user has no profile `{name}` of yours", file.display()),
            &format!(
                "write it into the profiles.toml of {OF_THE_MACHINE}, or what it says into the job file"
            ),
        ),
    }
}
