//! `plan`: what a job would do. Sends nothing, and leaves nothing behind.

use crate::base::terminal;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::settings::Values;
use crate::model::{Exit, Moment, RunError};
use crate::report::PlanView;
use crate::run::findings::Findings;
use crate::run::options::{OutputForm, PlanOptions, Screen};
use crate::run::place::RunDir;
use crate::run::reader::Reader;
use crate::run::signals::Signals;
use crate::run::{block_on, constants, head, learned, measure, questions, view, window};

/// Shows what a job would do.
///
/// # Errors
/// Exit 2 for input that cannot be used.
pub fn plan(mut plan: Plan, how: &PlanOptions) -> Result<Exit, RunError> {
    let view = block_on(async move {
        let (mut signals, now) = (Signals::listen()?, Moment::now());
        let rows = questions::files(&mut plan, &now, &mut signals).await?;
        let at = now.clone();
        let (plan, guessed) =
            signals.unless_told(async move { head::guess_columns(plan, &at) }).await?;
        let dir = RunDir::create(&plan.runs.dir, "plan", now.timestamp())?;
        let read = match Journal::create(&dir.journal()) {
            Ok(journal) => {
                let screen = Screen { form: how.form, quiet: false };
                let (run, signals) = (&dir, &mut signals);
                let mut reader = Reader { plan: &plan, run, signals, screen, logged: false };
                reader.read(rows, journal, &now).await
            }
            Err(error) => Err(error.into()),
        };
        let view = read.map(|(findings, _)| {
            let mut view = shown(&plan, &dir, &findings, *how, &now);
            view.guessed(&guessed);
            view
        });
        // What stays of it by accident is scrubbed with old runs.
        let _ = dir.remove();
        view
    })?;
    terminal::print(&match how.form {
        OutputForm::Text => view.render(),
        OutputForm::Json => serde_json::to_string(&view).unwrap_or_default() + "\n",
    })?;
    Ok(Exit::Finished)
}

fn shown(
    plan: &Plan,
    dir: &RunDir,
    findings: &Findings,
    how: PlanOptions,
    now: &Moment,
) -> PlanView {
    let values = if how.show_values { Values::Full } else { plan.report.values };
    let estimate = findings.estimate(plan, learned::batch_size(plan));
    let mut guards = measure::guards(plan, dir, true, findings.sendable(), now);
    guards.extend(constants::guard(findings));
    let mut view = view::plan_view(plan, findings, guards, &estimate, values);
    view.notices.extend(window::fit(plan, &estimate, now));
    view
}
