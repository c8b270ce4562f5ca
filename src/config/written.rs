//! A job file is checked whole: what an option overrides tonight must still be fit to stand tomorrow.

use super::Plan;
use super::asked::{Asked, Environment};
use super::guards::{accept, canary, guard, report};
use super::host;
use super::input::{except, input, map};
use super::job::JobFile;
use super::limits::{self, limits};
use super::notify::{metrics_file, notify};
use super::options::Options;
use super::resolve::operation;
use super::runs::{name, runs};
use super::target::target;
use crate::model::RunError;

/// Refuses what is written under a key that an option overrides, where it could not stand by itself.
pub(super) fn overridden(
    job: Option<&JobFile>,
    options: &Options,
    environment: &Environment,
    plan: &Plan,
) -> Result<(), RunError> {
    let Some(job) = job else { return Ok(()) };
    let written = Options(job.tables.clone()).typed();
    let typed = options.typed();
    let is_written = |key: &str| written.iter().any(|(written, _)| written == key);
    let overridden: Vec<&str> =
        typed.iter().map(|(key, _)| key.as_str()).filter(|key| is_written(key)).collect();
    if overridden.is_empty() {
        return Ok(());
    }
    let directory = environment.directory.clone();
    let surroundings = Environment { directory, ..Environment::default() };
    let asked = Asked::as_written(job, &surroundings);
    // What is missing, and what two keys say together, is the resolved plan's affair.
    let about_one = |error: &RunError| {
        overridden.iter().any(|key| error.message.starts_with(&format!("{}:", asked.place(key))))
    };
    match refusals(&asked, plan).into_iter().flatten().find(about_one) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// What each part of the plan says to the job file as it is written.
fn refusals(asked: &Asked<'_>, plan: &Plan) -> [Option<RunError>; 12] {
    let written = asked.keys.target.host.as_ref().map_or(&plan.target.host, |host| &host.0);
    let named = host::host(written).ok();
    let (sandbox, local) =
        named.map_or((false, false), |host| (host.origin == host::SANDBOX, host.local));
    [
        operation(asked).err(),
        target(asked).err(),
        limits(asked, limits::defaults(sandbox), local).err(),
        name(asked, plan.operation).err(),
        input(asked).err().or(except(asked).err()),
        map(asked, plan.operation, &plan.limits).err(),
        guard(asked).err(),
        canary(asked).err(),
        accept(asked).err(),
        report(asked).err(),
        runs(asked).err(),
        notify(asked).err().or(metrics_file(asked).err()),
    ]
}
