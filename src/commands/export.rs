//! `export`: the account's contacts, or its contact lists, as a table, read whole or not at all.

use crate::base::terminal;
use crate::config::{Plan, edit_job};
use crate::model::{Exit, RunError};
use crate::run::block_on;
use crate::run::export::{self, destination};
use crate::run::options::{ExportOf, ExportOptions};

/// Writes the account's contacts, and prints the job that takes them back.
///
/// # Errors
/// See [`export::export`].
pub fn export(plan: &Plan, how: &ExportOptions) -> Result<Exit, RunError> {
    let to = destination(plan, how)?;
    let mut shown = block_on(export::export(plan, &to, how))?;
    if let Some(path) = &to.path {
        if how.of == ExportOf::Contacts {
            terminal::print(&edit_job(plan, path))?;
        }
        shown = format!("{}: {shown}", path.display());
    }
    if !how.quiet {
        terminal::say(&format!("{}\n", terminal::line(&shown)));
    }
    Ok(Exit::Finished)
}
