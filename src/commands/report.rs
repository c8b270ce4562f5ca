//! `report`: report and outcome files of a run written again, from its journal.

use crate::audit::line::Event;
use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::report::files::{RUN_FILES, RunFile, named};
use crate::run::close::debt::Debt;
use crate::run::close::outbox;
use crate::run::close::outbox::Effort;
use crate::run::options::ReportOptions;
use crate::run::past::incomplete;
use crate::run::past::rewrite::rewrite;
use crate::run::past::settle::settle;
use crate::run::stored::scrubbed;

/// What `--format` takes.
pub fn report_formats() -> impl Iterator<Item = &'static str> {
    RUN_FILES.into_iter().map(RunFile::format)
}

/// Writes a run's report and outcome files again from its journal, and names what was asked for.
///
/// # Errors
/// Exit 2 when there is no such run, or it never sent.
pub fn report(run: &str, how: &ReportOptions) -> Result<Exit, RunError> {
    let dir = how.runs.find(run)?;
    settle(&dir, Effort::Once)?;
    let journal = incomplete::open(&dir)?;
    // Owed before the report is another one: should this process die, the next one pays.
    outbox::mark(&dir, true);
    journal.owe(&Debt::Changed(Event::Report))?;
    let exit = rewrite(&dir, &journal, how.format);
    outbox::pay(&dir, &journal, Effort::Once)?;
    let exit = exit?;
    let names = named(how.format).map_or(&[][..], RunFile::names);
    let written: Vec<_> =
        names.iter().map(|name| dir.path.join(name)).filter(|path| path.is_file()).collect();
    if written.is_empty() {
        let files =
            format!("there is nothing that `--format {}` could be written from", how.format);
        if let Some(gone) = scrubbed(&journal, &files)? {
            return Err(gone);
        }
        terminal::say("no record needs a file of this format\n");
    }
    for name in written {
        terminal::print(&format!("{}\n", terminal::line(&name.to_string_lossy())))?;
    }
    Ok(exit)
}
