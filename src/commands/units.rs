//! Plans of one account → what its unit has to know.

use std::path::Path;

use crate::config::Plan;
use crate::model::RunError;
use crate::model::settings::{Credentials, SecretSource};
use crate::schedule::{OfFleet, ScheduledJob, Secret};

/// What the unit of these plans, which are those of one account, has to know.
pub(super) fn scheduled(
    plans: &[Plan],
    account: Option<OfFleet>,
) -> Result<ScheduledJob, RunError> {
    let Some(first) = plans.first() else {
        return Err(RunError::internal("a unit without a job"));
    };
    let mut job_files = Vec::new();
    for plan in plans {
        let file = plan.job_file.clone();
        let file = file.ok_or_else(|| RunError::internal("a job without a file"))?;
        let file = utf8("the job file", &file)?;
        if !job_files.contains(&file) {
            job_files.push(file);
        }
    }
    let program = std::env::current_exe()
        .map_err(|error| RunError::internal(format!("no path of korebulk: {error}")))?;
    let name = match &account {
        None => first.name.clone(),
        Some(of) => format!("{}-{}", of.fleet, of.profiles[0]),
    };
    Ok(ScheduledJob {
        name,
        title: title(plans, account.as_ref()),
        host: first.target.host.clone(),
        program: utf8("korebulk's own path", &program)?,
        job_files,
        inputs: of_all(plans, |plan| plan.input.paths.clone()),
        // What the job file says is UTF-8, and so is the directory that it is relative to.
        runs_dirs: of_all(plans, |plan| vec![text(&plan.runs.dir)]),
        metrics_files: of_all(plans, |plan| plan.metrics_file.as_deref().map(text)),
        ca_file: first.target.ca_file.as_deref().map(text),
        secrets: secrets(plans, account.is_some())?,
        runs_a_command: plans.iter().any(|plan| {
            matches!(
                plan.target.credentials,
                Credentials::Secret(SecretSource::Command(_))
                    | Credentials::Token(SecretSource::Command(_))
            )
        }),
        grace: plans.iter().map(|plan| plan.limits.grace).max().unwrap_or_default(),
        yes: plans.iter().any(|plan| plan.guard.max_records.is_none()),
        window: first.limits.window.map(|window| window.to_string()),
        zone: jiff::tz::TimeZone::system().iana_name().map(str::to_owned),
        account,
    })
}

/// What all plans have, each once, in their order.
fn of_all<T: IntoIterator<Item = String>>(
    plans: &[Plan],
    part: impl Fn(&Plan) -> T,
) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for one in plans.iter().flat_map(part) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// What is done: the operation, and the job's name where that says more.
pub(super) fn title(plans: &[Plan], account: Option<&OfFleet>) -> String {
    let one = |plan: &Plan| match plan.operation.name() == plan.name {
        true => plan.name.clone(),
        false => format!("{} `{}`", plan.operation, plan.name),
    };
    let all = of_all(plans, |plan| vec![one(plan)]).join(", ");
    match account {
        None => all,
        Some(of) => format!("{all} for `{}`", of.profiles.join("`, `")),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn utf8(what: &str, path: &Path) -> Result<String, RunError> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let path = path.display();
        RunError::usage(format!("{what} `{path}` is not UTF-8: no scheduler can be given it"))
            .hint("give it another name")
    })
}

/// Credentials and URLs of all plans, each once. Those of a fleet's accounts belong to their profiles.
fn secrets(plans: &[Plan], is_fleet: bool) -> Result<Vec<Secret>, RunError> {
    let mut secrets: Vec<Secret> = Vec::new();
    for plan in plans {
        let profile = plan.profile.as_ref().filter(|_| is_fleet);
        let own = Secret::of(&plan.target.credentials).map(|secret| Secret {
            profile: profile.map(|profile| profile.name.clone()),
            ..secret
        });
        let notify = &plan.notify;
        let urls = [
            ("ping-url", "--ping-url-file", &notify.ping_url),
            ("webhook-url", "--webhook-url-file", &notify.webhook_url),
            ("push-url", "--push-url-file", &notify.push_url),
        ];
        let urls = urls
            .into_iter()
            .filter_map(|(name, option, source)| Secret::from(name, option, source.as_ref()?));
        for secret in own.into_iter().chain(urls) {
            let is_it =
                |other: &&Secret| (other.name, &other.profile) == (secret.name, &secret.profile);
            match secrets.iter().find(is_it) {
                None => secrets.push(secret),
                Some(other) if *other == secret => {}
                Some(_) => {
                    let message = format!("the jobs have two places for `{}`", secret.name);
                    return Err(RunError::usage(message).hint("name one place in all of them"));
                }
            }
        }
    }
    Ok(secrets)
}
