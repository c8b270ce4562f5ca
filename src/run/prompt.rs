//! The question before the first byte: asked on a terminal, answered by `--yes` or a guard without one.

use std::io::{self, BufRead as _};

use super::options::RunOptions;
use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::report::PromptView;

/// Lets the run go on, or not (design section 6).
///
/// # Errors
/// Exit 3 when nobody allowed it.
pub(crate) fn ask(plan: &Plan, how: &RunOptions, view: &PromptView) -> Result<(), RunError> {
    if how.yes || plan.target.is_sandbox() || how.plan_id.is_some() {
        return Ok(());
    }
    if terminal::can_ask() {
        return on_terminal(view);
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
    let mut typed = String::new();
    terminal::say(&view.render());
    let answered = io::stdin().lock().read_line(&mut typed);
    if answered.is_ok() && view.accepts(&typed) {
        return Ok(());
    }
    Err(RunError::new(Exit::Guarded, "not confirmed; nothing was sent"))
}
