//! `runs`: what is known of earlier runs.

use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::report::history::{in_full, table};
use crate::run::close::outbox::Effort;
use crate::run::options::{OutputForm, RunsOptions};
use crate::run::past::history::{lines, more};
use crate::run::past::settle::settle_all;

/// Lists the runs of a directory, or shows one in full.
///
/// # Errors
/// Exit 2 when there is no such run or directory.
pub fn runs(run: Option<&str>, how: &RunsOptions) -> Result<Exit, RunError> {
    if let Some(night) = &how.night {
        return super::night::night(night, how.form);
    }
    settle_all(&how.runs.runs().unwrap_or_default(), Effort::Once);
    if how.verify {
        return super::verify::verify(how);
    }
    let Some(name) = run else {
        let lines = lines(&how.runs.runs()?);
        terminal::print(&match how.form {
            OutputForm::Json => serde_json::to_string(&lines).unwrap_or_default() + "\n",
            OutputForm::Text => table(&lines),
        })?;
        return Ok(Exit::Finished);
    };
    let dir = how.runs.find(name)?;
    for line in lines(std::slice::from_ref(&dir)) {
        terminal::print(&match how.form {
            OutputForm::Json => serde_json::to_string(&line).unwrap_or_default() + "\n",
            OutputForm::Text => in_full(&line, &more(&line, &dir)?),
        })?;
    }
    Ok(Exit::Finished)
}
