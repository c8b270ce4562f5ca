//! `check`: everything but the sending, tried.

use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::run::block_on;
use crate::run::options::{CheckOptions, OutputForm};
use crate::run::readiness::{Finding, readiness};

/// The exit is that of a run which would meet the worst of what was found: 4 where only the server is in the way, out of
/// reach or failing for now.
///
/// # Errors
/// Exit 4 after a signal, 70 where the result cannot be printed.
pub fn check(plan: &Plan, how: CheckOptions) -> Result<Exit, RunError> {
    let findings = block_on(readiness(plan, how.yes))?;
    terminal::print(&match how.form {
        OutputForm::Json => serde_json::to_string(&findings).unwrap_or_default() + "\n",
        OutputForm::Text => findings.iter().map(ToString::to_string).collect(),
    })?;
    Ok(findings.iter().map(Finding::exit).max().unwrap_or(Exit::Finished))
}
