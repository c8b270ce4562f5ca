//! The question before the first byte: asked on a terminal, answered by `--yes` or a guard without one.

use super::options::RunOptions;
use super::person::person;
use super::signals::Signals;
use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::report::PromptView;

/// Lets the run go on, or not (design section 6).
///
/// # Errors
/// Exit 3 when nobody allowed it.
pub(crate) async fn ask(
    plan: &Plan,
    how: &RunOptions,
    view: PromptView,
    signals: &mut Signals,
) -> Result<(), RunError> {
    if how.yes || plan.target.is_sandbox() || how.plan_id.is_some() {
        return Ok(());
    }
    if terminal::can_ask() {
        // Refused, not stopped: of what nobody has allowed there is nothing to resume.
        let refused = |error: RunError| RunError { exit: error.exit.max(Exit::Guarded), ..error };
        return signals.unless_told(async move { on_terminal(&view) }).await.map_err(refused);
    }
    if plan.guard.max_records.is_some() {
        return Ok(());
    }
    Err(RunError::new(
        Exit::Guarded,
        format!("nobody is there to confirm {} records; nothing was sent", view.to_send),
    )
    .hint("set `[guard] max_records` for runs that nobody watches, or say `--yes`"))
}

fn on_terminal(view: &PromptView) -> Result<(), RunError> {
    match person().line(&view.render())? {
        typed if view.accepts(&typed) => Ok(()),
        _ => Err(RunError::new(
            Exit::Guarded,
            "not confirmed: the number of records was not typed; nothing was sent",
        )),
    }
}
