//! The one pure function: what was written and typed, and the environment, become a [`Plan`].

use std::path::PathBuf;

use super::asked::{Asked, Environment, plain};
use super::credentials;
use super::guards::{accept, canary, guard, report};
use super::input::{except, input, map};
use super::job::JobFile;
use super::limits::{self, limits};
use super::notify::{metrics_file, notify};
use super::options::{Options, overrides};
use super::runs::{self, name, runs};
use super::target::{self, target};
use super::units::word;
use super::written::overridden;
use super::{Plan, host};
use crate::model::settings::{Auto, Credentials, Limits};
use crate::model::{Operation, RunError};

/// Resolves a job: option, then job file, then environment, then default.
///
/// Errors are exit 2 and start with the place to mend.
pub fn resolve(
    job: Option<&JobFile>,
    options: &Options,
    environment: &Environment,
) -> Result<Plan, RunError> {
    let asked = Asked::new(job, options, environment)?;
    let operation = operation(&asked)?;
    let target::Resolved { target, local, mut notices } = target(&asked)?;
    let limits = limits(&asked, limits::defaults(target.is_sandbox()), local)?;
    notices.extend(single_notice(operation, &limits));
    let plan = Plan {
        name: name(&asked, operation)?,
        operation,
        target,
        input: input(&asked)?,
        except: except(&asked)?,
        map: map(&asked, operation, &limits)?,
        limits,
        guard: guard(&asked)?,
        canary: canary(&asked)?,
        accept: accept(&asked)?,
        report: report(&asked)?,
        runs: runs(&asked)?,
        notify: notify(&asked)?,
        metrics_file: metrics_file(&asked)?,
        job_file: job.map(|job| plain(&environment.directory.join(&job.path))),
        overrides: overrides(options),
        notices,
    };
    overridden(job, options, environment, &plan)?;
    Ok(plan)
}

pub(super) fn operation(asked: &Asked<'_>) -> Result<Operation, RunError> {
    let operations = Operation::ALL.map(|operation| (operation.name(), operation));
    let operation = asked.keys.operation.as_ref();
    let operation = asked.read("operation", operation, |text| word(text, &operations))?;
    operation.ok_or_else(|| {
        asked
            .missing("operation")
            .hint(format!("write one of `{}`", Operation::ALL.map(Operation::name).join("`, `")))
    })
}

/// A batch size for an operation that has none is said, not dropped.
fn single_notice(operation: Operation, limits: &Limits) -> Option<String> {
    let pointless =
        !operation.is_bulk() && !matches!(limits.batch_size, Auto::Auto | Auto::Fixed(1));
    pointless.then(|| {
        format!("`limits.batch_size` has no effect: {operation} sends one record a request")
    })
}

/// A stored plan with what `resume` and `retry` may be given anew: `[limits]` and credential sources.
///
/// Everything else of `options` is left alone: the command line offers nothing else there.
pub fn amend(
    mut plan: Plan,
    options: &Options,
    environment: &Environment,
) -> Result<Plan, RunError> {
    let asked = Asked::new(None, options, environment)?;
    let local = host::host(&plan.target.host).is_ok_and(|host| host.local);
    plan.limits = limits(&asked, plan.limits, local)?;
    if let Some(named) = credentials::named(&asked)? {
        if plan.target.is_sandbox() {
            return Err(RunError::usage(
                "this run's target is its own sandbox, which needs no credentials",
            ));
        }
        if target::needs_client_id(&named) && plan.target.client_id.is_empty() {
            return Err(RunError::usage(
                "this run was planned with a ready token and has no client id to sign with",
            )
            .hint("give a token source: `--token-env`, `--token-file` or `--token-command`"));
        }
        plan.target.credentials = named;
    }
    plan.overrides.extend(overrides(options));
    Ok(plan)
}

/// A stored plan with what `run --or-resume` may give it anew from the job as it is today: `[limits]`,
/// credential sources, and who is told. What is sent, and where to, stays.
#[must_use]
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

/// Resolves the signer alone. Errors as [`resolve`]; a sandbox of a run's own cannot be signed for.
pub fn signer(
    job: Option<&JobFile>,
    options: &Options,
    environment: &Environment,
) -> Result<Signer, RunError> {
    let asked = Asked::new(job, options, environment)?;
    if asked.keys.target.host.as_ref().is_some_and(|named| named.0 == host::SANDBOX) {
        return Err(asked
            .refuse("target.host", "a sandbox of a run's own lives only as long as the run")
            .hint("start one with `korebulk sandbox`: it prints what to sign with"));
    }
    let credentials = credentials::credentials(&asked)?;
    Ok(Signer { client_id: target::client_id(&asked, &credentials)?, credentials })
}

/// Where runs are looked for when there is no job file: `--runs-dir`, the environment, the working directory.
pub fn runs_dir(options: &Options, environment: &Environment) -> Result<PathBuf, RunError> {
    runs::dir(&Asked::new(None, options, environment)?)
}
