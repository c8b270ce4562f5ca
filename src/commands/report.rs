//! `report`: report and outcome files of a run written again, from its journal.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::chain::Event;
use crate::base::terminal;
use crate::journal::{Journal, fact};
use crate::model::{Exit, RunError};
use crate::report::part::Part;
use crate::run::closing::Closing;
use crate::run::finish::OUTCOME_FILES;
use crate::run::options::{ReportKind, ReportOptions, Screen};
use crate::run::place::RunDir;
use crate::run::resume::{Stored, stored_plan};

/// Writes a run's report and outcome files again from its journal, and names what was asked for.
///
/// # Errors
/// Exit 2 when there is no such run, or it never sent.
pub fn report(run: &str, how: &ReportOptions) -> Result<Exit, RunError> {
    let dir = how.runs.find(run)?;
    let exit = write_again(&dir, Journal::open(&dir.journal())?, how.kind)?;
    crate::run::audit::changed(&dir, Event::Report)?;
    let names: &[&str] = match how.kind {
        ReportKind::Json => &["report.json"],
        ReportKind::Html => &["report.html"],
        ReportKind::Csv => &OUTCOME_FILES,
    };
    for name in names.iter().map(|name| dir.path.join(name)).filter(|path| path.is_file()) {
        terminal::print(&format!("{}\n", terminal::line(&name.to_string_lossy())))?;
    }
    Ok(exit)
}

/// Writes report and outcome files of a run that ended, or was killed, from what is on disk.
pub(crate) fn write_again(
    dir: &RunDir,
    journal: Journal,
    kind: ReportKind,
) -> Result<Exit, RunError> {
    let plan = stored_plan(&journal)?;
    journal.recover()?;
    let stored = Stored::of(&journal)?;
    let stopped = journal.get(fact::STOPPED)?;
    let offset = journal.totals()?.report_offset;
    let part = match kind {
        // The outcome files come from the journal and the kept copy alone.
        ReportKind::Csv => None,
        ReportKind::Json | ReportKind::Html => {
            let part = Part::open_at(&dir.path, offset, plan.report.contacts);
            Some(part.map_err(|error| unopened(dir, &error))?)
        }
    };
    let mut mappers = stored.mappers(&plan, &Arc::default())?;
    let closing = Closing {
        plan: &plan,
        run: dir,
        journal,
        part,
        sources: &stored.sources,
        rows: &stored.rows,
        mappers: &mut mappers,
        read: stored.read,
        counted: None,
        stopped,
        broken: None,
        at_least: Exit::Finished,
        sending: Duration::ZERO,
        screen: Screen { quiet: true, ..Screen::default() },
        again: true,
    };
    Ok(closing.write_again())
}

fn unopened(dir: &RunDir, error: &io::Error) -> RunError {
    if error.kind() != io::ErrorKind::NotFound {
        return RunError::internal(format!("the report cannot be written: {error}"));
    }
    let gone = dir.path.join("report.json");
    RunError::usage(format!(
        "{}: is gone, and with it what the server said of each success",
        gone.display()
    ))
    .hint("`--format csv` writes the outcome files again")
}
