//! `plan`: what jobs would do. Sends nothing, and leaves nothing behind.

use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::Values;
use crate::model::{Exit, Moment, RunError};
use crate::report::PlanView;
use crate::report::diff::DiffFile;
use crate::report::words::{GoOn, after_matching};
use crate::run::approve::window;
use crate::run::check::survey::Survey;
use crate::run::check::{head, questions};
use crate::run::options::{OutputForm, PlanOptions, Screen};
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::run::{block_on, learned, leftovers, view};

/// Shows what each of the jobs would do.
///
/// # Errors
/// Exit 2 for input that cannot be used, and for a file of changes that is there or cannot be one.
pub fn plan(plans: Vec<Plan>, how: &PlanOptions) -> Result<Exit, RunError> {
    let diff = how.diff.as_deref().map(DiffFile::at).transpose()?;
    if diff.is_some() && plans.len() > 1 {
        return Err(RunError::usage("`--diff` takes the changes of one job")
            .hint("plan the jobs one by one"));
    }
    for plan in plans {
        let view = block_on(seen(plan, how, diff.clone()))?;
        terminal::print(&match how.form {
            OutputForm::Text => view.render(),
            OutputForm::Json => serde_json::to_string(&view).unwrap_or_default() + "\n",
        })?;
    }
    Ok(Exit::Finished)
}

async fn seen(
    mut plan: Plan,
    how: &PlanOptions,
    diff: Option<DiffFile>,
) -> Result<PlanView, RunError> {
    let (mut signals, now) = (Signals::listen()?, Moment::now());
    let (rows, plan, guessed) = if plan.is_from_account() {
        (None, plan, Vec::new())
    } else {
        let rows = questions::files(&mut plan, &now, &mut signals).await?;
        let at = now.clone();
        let guessing = async move { head::guess_columns(plan, &at) };
        let (plan, guessed) = signals.unless_signalled(guessing).await?;
        (Some(rows), plan, guessed)
    };
    let screen = Screen { form: how.form, quiet: false };
    let look = move |dir: &RunDir| match &diff {
        None => Ok(()),
        Some(diff) if dir.previous().is_file() => diff.write(&dir.path),
        Some(_) => {
            Err(RunError::usage("`--diff` lists changes of contacts, and this plan reads none")
                .hint("say `--backup true` to have them read"))
        }
    };
    let survey = Survey::looked_at(&plan, rows, &now, (screen, true), &look, &mut signals);
    let Survey { findings, guards } = Box::pin(survey).await?;
    let values = if how.show_values { Values::Full } else { plan.report.values };
    let estimate = findings.estimate(&plan, learned::batch_size(&plan));
    let mut view = view::plan_view(&plan, &findings, guards, &estimate, values);
    view.notices.extend(window::fit(&plan, &estimate, &now));
    let mut go_on = GoOn::default();
    let of_plan = |name: &str| leftovers::of_plan(&plan.runs.dir, &plan.name, name);
    leftovers::go_on(&plan, of_plan, &mut go_on);
    view.ways = after_matching(&go_on);
    view.guessed(&guessed);
    if let Some(to) = &how.diff {
        terminal::say(&format!("every change: {}\n", terminal::line(&to.to_string_lossy())));
    }
    Ok(view)
}
