//! `schedule`: a job's plan as the plain data that units are made of.

use std::path::Path;

use crate::base::state::OF_THE_MACHINE;
use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::{Credentials, Profile, SecretSource};
use crate::model::{Effect, Exit, RunError};
use crate::run::options::ScheduleOptions;
use crate::schedule::{ScheduledJob, Scheduler, Secret, unit};

/// Prints the unit that runs this job by itself.
///
/// # Errors
/// Exit 2 for a job that nobody should leave alone: a sandbox, or one without a guard.
pub fn schedule(plan: &Plan, how: &ScheduleOptions) -> Result<Exit, RunError> {
    let job = scheduled(plan)?;
    profile(plan, &how.scheduler)?;
    terminal::print(&unit(&job, &how.when, &how.scheduler)?)?;
    Ok(Exit::Finished)
}

fn scheduled(plan: &Plan) -> Result<ScheduledJob, RunError> {
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
    let job_file = plan
        .job_file
        .clone()
        .ok_or_else(|| RunError::internal("a job without a file cannot be scheduled"))?;
    let program = std::env::current_exe()
        .map_err(|error| RunError::internal(format!("no path of korebulk: {error}")))?;
    let credentials = &plan.target.credentials;
    Ok(ScheduledJob {
        name: plan.name.clone(),
        operation: plan.operation,
        host: plan.target.host.clone(),
        program: utf8("korebulk's own path", &program)?,
        job_file: utf8("the job file", &job_file)?,
        inputs: plan.input.paths.clone(),
        // What the job file says is UTF-8, and so is the directory that it is relative to.
        runs_dir: text(&plan.runs.dir),
        metrics_file: plan.metrics_file.as_deref().map(text),
        ca_file: plan.target.ca_file.as_deref().map(text),
        secrets: secrets(plan),
        runs_a_command: matches!(
            credentials,
            Credentials::Secret(SecretSource::Command(_))
                | Credentials::Token(SecretSource::Command(_))
        ),
        grace: plan.limits.grace,
        yes: plan.guard.max_records.is_none(),
        window: plan.limits.window.map(|window| window.to_string()),
        zone: jiff::tz::TimeZone::system().iana_name().map(str::to_owned),
    })
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
        Scheduler::Cron { user: None } => Ok(()),
        _ if file.starts_with(OF_THE_MACHINE) => Ok(()),
        _ => refused(
            format!("{}: another user has no profile `{name}` of yours", file.display()),
            "write it into /etc/korebulk/profiles.toml, or what it says into the job file",
        ),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn utf8(what: &str, path: &Path) -> Result<String, RunError> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let path = path.display();
        RunError::usage(format!("{what} `{path}` is not UTF-8: no scheduler can be given it"))
            .hint("give it another name")
    })
}

fn secrets(plan: &Plan) -> Vec<Secret> {
    let url = |name, option, source: &Option<SecretSource>| {
        source.as_ref().and_then(|source| Secret::from(name, option, source))
    };
    let notify = &plan.notify;
    let mut secrets: Vec<Secret> = Secret::of(&plan.target.credentials).into_iter().collect();
    secrets.extend(url("ping-url", "--ping-url-file", &notify.ping_url));
    secrets.extend(url("webhook-url", "--webhook-url-file", &notify.webhook_url));
    secrets.extend(url("push-url", "--push-url-file", &notify.push_url));
    secrets
}
