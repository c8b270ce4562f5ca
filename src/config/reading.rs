//! What is resolved for whoever reads an account and changes nothing: target, limits, `[account]`.

use super::environment::Environment;
use super::job::JobFile;
use super::layers::Layers;
use super::plan::Plan;
use super::problem::Problem;
use super::resolve::target;
use super::rows::settings;
use super::setting::Setting;
use super::values::Options;
use crate::model::RunError;
use crate::model::settings::InputFrom;

impl Setting {
    /// Whether it has a part in reading an account.
    pub fn is_for_reading(&self) -> bool {
        const OF_SENDING: [&str; 6] = [
            "limits.batch_size",
            "limits.max_batch_size",
            "limits.max_batch_bytes",
            "limits.concurrency",
            "limits.grace",
            "limits.max_failure_share",
        ];
        let parts = ["target.", "limits.", "account."];
        parts.iter().any(|part| self.key.starts_with(part)) && !OF_SENDING.contains(&self.key)
    }
}

/// Resolves what reading an account needs, into a plan whose other parts are empty. Errors as [`super::resolve()`].
pub fn reading(
    job: Option<&JobFile>,
    options: &Options,
    environment: &Environment,
) -> Result<Plan, RunError> {
    let layers = Layers::new(job, options, environment)?.with_profile()?;
    layers.check_written()?;
    let mut plan = Plan::blank();
    for setting in settings().filter(|setting| setting.is_for_reading()) {
        layers.enter(setting, &mut plan)?;
    }
    // What is read is the account itself: a sandbox of its own holds the sample account.
    plan.input.from = Some(InputFrom::Account);
    target(&layers, &mut plan)?;
    if plan.account.read_budget.is_some() {
        let problem = "what is read here has to be whole, and a budget reads a part of the account";
        let problem = Problem::new(problem, "leave it out");
        return Err(layers.refuse_key("account.read_budget", problem));
    }
    plan.job_file = job.map(|job| environment.absolute(&job.path));
    plan.overrides = options.lines(|_| true);
    Ok(plan)
}
