//! Report and outcome files of a run that ended, or was killed, written anew from what is on disk.

use std::time::Duration;

use super::close::{Closing, Purpose};
use super::options::{ReportKind, Screen};
use super::place::RunDir;
use super::stored::{Input, stored_plan};
use crate::journal::{Journal, fact};
use crate::model::{Exit, RunError};

/// Writes them; the exit that the run has by them.
///
/// # Errors
/// Exit 2 for a run that never read its input.
pub(crate) fn rewrite(run: &RunDir, journal: &Journal, kind: ReportKind) -> Result<Exit, RunError> {
    let plan = stored_plan(journal)?;
    journal.recover()?;
    let closing = Closing {
        purpose: Purpose::Again(kind),
        plan: &plan,
        run,
        journal,
        input: &mut Input::stored(journal, &plan)?,
        counted: None,
        stopped: journal.get(fact::STOPPED)?,
        broken: None,
        sent: true,
        sending: Duration::ZERO,
        screen: Screen { quiet: true, ..Screen::default() },
    };
    Ok(closing.write_again())
}
