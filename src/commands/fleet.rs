//! `schedule --accounts`: the plans of many accounts as the plain data that a fleet is made of.

use std::collections::BTreeSet;
use std::path::Path;

use super::units::{scheduled, title, utf8};
use crate::base::small;
use crate::config::Plan;
use crate::model::RunError;
use crate::run::options::FleetOptions;
use crate::schedule::{Fleet, INPUT, OfFleet, ScheduledJob, Scheduler};

/// One unit for each account; refused is what would not be there where it runs.
pub(super) fn fleet_of(
    accounts: &[Vec<Plan>],
    how: &FleetOptions,
    scheduler: &Scheduler,
) -> Result<Fleet, RunError> {
    let table = utf8("the table of accounts", &how.table)?;
    let of_account = |plans: &Vec<Plan>| account(plans, how, &table);
    let jobs = accounts.iter().map(of_account).collect::<Result<Vec<_>, _>>()?;
    jobs.iter().try_for_each(|job| is_there(job, scheduler))?;
    if !matches!(scheduler, Scheduler::Kubernetes { .. }) {
        histories_apart(&jobs)?;
    }
    let mut files = Vec::new();
    if matches!(scheduler, Scheduler::Kubernetes { .. }) {
        let own = jobs.first().into_iter().flat_map(|job| &job.job_files);
        files = config_files(how, own)?;
    }
    let title = accounts.first().map_or_else(String::new, |plans| {
        let of_one = plans.iter().filter(|plan| plan.profile == plans[0].profile).cloned();
        title(&of_one.collect::<Vec<_>>(), None)
    });
    Ok(Fleet { name: how.name.clone(), title, accounts: jobs, table, files })
}

/// What the unit of an account has to know.
fn account(plans: &[Plan], how: &FleetOptions, table: &str) -> Result<ScheduledJob, RunError> {
    let names = plans.iter().filter_map(|plan| plan.profile.as_ref());
    let mut profiles: Vec<String> = names.map(|profile| profile.name.clone()).collect();
    profiles.dedup();
    let target = &plans[0].target;
    let key = format!("{}/{}", target.host, target.account_id);
    let of = OfFleet { fleet: how.name.clone(), accounts: table.to_owned(), profiles, key };
    scheduled(plans, Some(of))
}

/// One for each profile of the accounts, or for the one that is asked for: under the name of its account's unit.
pub(super) fn of_each_profile(
    accounts: &[Vec<Plan>],
    how: &FleetOptions,
) -> Result<Vec<ScheduledJob>, RunError> {
    let table = utf8("the table of accounts", &how.table)?;
    let mut jobs = Vec::new();
    for plans in accounts {
        let unit = account(plans, how, &table)?;
        for profile in unit.account.iter().flat_map(|of| &of.profiles) {
            if how.only.as_ref().is_some_and(|only| only != profile) {
                continue;
            }
            let is_its = |plan: &&Plan| plan.profile.as_ref().is_some_and(|p| p.name == *profile);
            let own: Vec<Plan> = plans.iter().filter(is_its).cloned().collect();
            jobs.push(ScheduledJob { name: unit.name.clone(), ..account(&own, how, &table)? });
        }
    }
    Ok(jobs)
}

/// Refuses what an account's unit would not find, or would share with that of another account.
fn is_there(job: &ScheduledJob, scheduler: &Scheduler) -> Result<(), RunError> {
    is_in_container(job, scheduler)?;
    if let Scheduler::Kubernetes { .. } = scheduler {
        return Ok(());
    }
    let refused = |what: String, hint: &str| Err(RunError::usage(what).hint(hint));
    match job.secrets.iter().find_map(|secret| secret.source.variable()) {
        Some(name) => refused(
            format!("no scheduler has the variable `{name}`"),
            "name files in a fleet: `client_secret_file = \"/etc/korebulk/{profile}.secret\"`",
        ),
        None => Ok(()),
    }
}

/// Refuses files that jobs would not find in a container: where there are several, no option names another place.
pub(super) fn is_in_container(job: &ScheduledJob, scheduler: &Scheduler) -> Result<(), RunError> {
    let refused = |what: String, hint: &str| Err(RunError::usage(what).hint(hint));
    if !matches!(scheduler, Scheduler::Kubernetes { .. }) {
        return Ok(());
    }
    let outside = job.inputs.iter().find(|path| !path.starts_with(&format!("{INPUT}/")));
    match (outside, job.metrics_files.first()) {
        (Some(path), _) => refused(
            format!("`input.path`: `{path}` is not in a container of several jobs"),
            "its input is below `/input`: write `/input/{profile}/…`, or `/input/…`",
        ),
        (_, Some(_)) => refused(
            "`report.metrics_file`: nothing collects files of a container".to_owned(),
            "push the metrics: `push_url_env` in the place of `metrics_file`",
        ),
        _ => Ok(()),
    }
}

/// On one machine two accounts with one runs directory would be one job, with one history and one lock.
fn histories_apart(jobs: &[ScheduledJob]) -> Result<(), RunError> {
    let mut seen = BTreeSet::new();
    match jobs.iter().flat_map(|job| &job.runs_dirs).find(|dir| !seen.insert(*dir)) {
        None => Ok(()),
        Some(dir) => {
            Err(RunError::usage(format!("the runs of several accounts would be one job in {dir}"))
                .hint("put `{profile}` into `runs.dir`: each account has runs of its own"))
        }
    }
}

/// Table and job files, as they are in a container.
fn config_files<'a>(
    fleet: &FleetOptions,
    jobs: impl Iterator<Item = &'a String>,
) -> Result<Vec<(String, String)>, RunError> {
    let read = |path: &Path| {
        small::read_at_most(1, path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()))
    };
    let named = jobs.map(|job| {
        let path = Path::new(job);
        (path.file_name().map(|name| name.to_string_lossy().into_owned()), path)
    });
    let table = (Some(format!("{}.csv", fleet.name)), fleet.table.as_path());
    let mut files: Vec<(String, String)> = Vec::new();
    for (name, path) in [table].into_iter().chain(named) {
        let name = name.unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.chars().all(plain) || files.iter().any(|(known, _)| *known == name) {
            return Err(RunError::usage(format!(
                "{}: a `ConfigMap` takes each name once, of letters, digits, `-`, `_` and `.`",
                path.display()
            )));
        }
        let text =
            read(path).map_err(|why| RunError::usage(format!("{}: {why}", path.display())))?;
        files.push((name, text));
    }
    Ok(files)
}
