//! What is resolved beside a whole job: a stored plan taken up again, a signer, where runs are.

use std::path::PathBuf;

use super::environment::Environment;
use super::job::JobFile;
use super::layers::Layers;
use super::plan::Plan;
use super::resolve::name;
use super::rows::{setting, settings};
use super::setting::{Family, Setting};
use super::values::Options;
use crate::model::RunError;
use crate::model::settings::Credentials;

impl Setting {
    /// Whether it may be given anew to a run that is taken up again.
    pub fn is_renewable(&self) -> bool {
        self.key.starts_with("limits.") || self.is_credential_source()
    }

    /// Whether it says where the secret or the token is found.
    pub fn is_credential_source(&self) -> bool {
        self.family() == Some(Family::Credential)
    }
}

/// A stored plan with what `resume` and `retry` may be given anew: `[limits]` and credential sources.
///
/// Everything else of `options` is left alone: the command line offers nothing else there.
pub fn amend(
    mut plan: Plan,
    options: &Options,
    environment: &Environment,
) -> Result<Plan, RunError> {
    let layers = Layers::new(None, options, environment)?;
    let had_own_sandbox = plan.target.is_sandbox();
    for setting in settings().filter(|setting| setting.is_renewable()) {
        layers.enter_typed(setting, &mut plan)?;
    }
    if had_own_sandbox && !plan.target.is_sandbox() {
        return Err(RunError::usage(
            "this run's target is its own sandbox, which needs no credentials",
        ));
    }
    let signs = matches!(plan.target.credentials, Credentials::Secret(_));
    if signs && plan.target.client_id.is_empty() {
        return Err(RunError::usage(
            "this run was planned with a ready token and has no client id to sign with",
        )
        .hint("give a token source: `--token-env`, `--token-file` or `--token-command`"));
    }
    plan.overrides.extend(options.lines(|key| setting(key).is_some_and(Setting::is_renewable)));
    Ok(plan)
}

/// A stored plan with what `run --or-resume` may give it anew from the job as it is today: `[limits]`,
/// credential sources, and who is notified. What is sent, and where to, stays.
pub fn renew(mut stored: Plan, today: Plan) -> Plan {
    stored.limits = today.limits;
    stored.target.client_id = today.target.client_id;
    stored.target.credentials = today.target.credentials;
    stored.notify = today.notify;
    stored.metrics_file = today.metrics_file;
    stored
}

/// Who signs: enough for `token`, which has no other use for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The `appId` claim; empty with a ready token.
    pub client_id: String,
    /// Where the secret or the token is found.
    pub credentials: Credentials,
}

/// Resolves the signer alone. Errors as [`super::resolve()`]; a sandbox of a run's own cannot be signed for.
pub fn signer(
    job: Option<&JobFile>,
    options: &Options,
    environment: &Environment,
) -> Result<Signer, RunError> {
    let layers = Layers::new(job, options, environment)?.with_profile()?;
    let mut plan = Plan::blank();
    for setting in settings().filter(|setting| setting.key.starts_with("target.")) {
        layers.enter(setting, &mut plan)?;
    }
    layers.no_own_sandbox(&plan.target.host, "what to sign with")?;
    let target = plan.target;
    if target.client_id.is_empty() && matches!(target.credentials, Credentials::Secret(_)) {
        return Err(layers.missing("target.client_id"));
    }
    Ok(Signer { client_id: target.client_id, credentials: target.credentials })
}

/// Where runs are looked for when there is no job file: `--runs-dir`, the environment, the working directory;
/// and whether one of the first two named it.
pub fn runs_dir(options: &Options, environment: &Environment) -> Result<(PathBuf, bool), RunError> {
    let layers = Layers::new(None, options, environment)?;
    let mut plan = Plan::blank();
    if let Some(dir) = setting("runs.dir") {
        layers.enter(dir, &mut plan)?;
    }
    Ok((plan.runs.dir, layers.is_given("runs.dir")))
}

/// Where the runs of a job lie, and the name that each begins with.
pub fn runs_of(job: &JobFile, environment: &Environment) -> Result<(PathBuf, String), RunError> {
    let options = Options::default();
    let layers = Layers::new(Some(job), &options, environment)?.with_profile()?;
    let mut plan = Plan::blank();
    for setting in ["name", "runs.dir"].into_iter().filter_map(setting) {
        layers.enter(setting, &mut plan)?;
    }
    name(&layers, &mut plan)?;
    Ok((plan.runs.dir, plan.name))
}
