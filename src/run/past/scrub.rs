//! Scrubbing a run: contact data goes; ids, outcomes, counts and times stay.
//!
//! It is noted in the journal before it begins, and begun again until it has come to its end.

use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::Timestamp;
use tracing::warn;

use super::rewrite::rewrite;
use crate::audit::line::Event;
use crate::audit::report_file;
use crate::base::private;
use crate::journal::{Journal, Owed, Phase, fact};
use crate::model::RunError;
use crate::report::files::scrubbed_in_place;
use crate::report::log::LOG;
use crate::report::part::NEW;
use crate::run::audit;
use crate::run::close::debt::Debt;
use crate::run::close::outbox;
use crate::run::run_dir::{RunDir, SCRUBBED, UNFINISHED};

/// The journal; scrubbed by itself.
const JOURNAL: [&str; 3] = ["journal.db", "journal.db-wal", "journal.db-shm"];
/// What stays of a scrubbed run beside its journal and the file whose entries are scrubbed.
const STAYS: [&str; 3] = [LOG, SCRUBBED, UNFINISHED];

/// Scrubs the run, also one whose scrubbing was broken off.
///
/// # Errors
/// Exit 70 when something cannot be written or removed: then it is done again next time.
pub(crate) fn scrub(run: &RunDir, journal: &Journal) -> Result<(), RunError> {
    let disk = |error: io::Error| disk(run, &error);
    let debt = begun(journal)?;
    if debt.is_none() && journal.get(fact::SCRUBBED_AT)?.is_some() {
        // Only its mark is missing, and what was to become the mark may lie there.
        return remove_the_rest(run).and_then(|()| mark(run)).map_err(disk);
    }
    let item = if let Some(item) = debt {
        item
    } else {
        if journal.phase()? == Phase::Sending {
            give_an_end(run, journal);
        }
        outbox::mark(run, true);
        journal.owe(&Debt::Scrub)?
    };
    let (new, report) = (run.path.join(NEW), report(&run.path));
    let offset = match &report {
        Some(report) => report_file::scrub(report, &new).map_err(disk)?,
        None => 0,
    };
    journal.scrub(offset, Timestamp::now())?;
    if let Some(report) = &report {
        report_file::take_place(&new, report).map_err(disk)?;
    }
    remove_the_rest(run).map_err(disk)?;
    audit::append(run, &audit::changed(run, Event::Scrub))?;
    journal.paid(item)?;
    outbox::mark(run, !journal.owed::<Debt>()?.is_empty());
    mark(run).map_err(disk)
}

/// Scrubs a run whose journal nobody can read, and which therefore cannot be scrubbed itself.
///
/// # Errors
/// Those of [`scrub`].
pub(crate) fn scrub_unreadable(run: &RunDir) -> Result<(), RunError> {
    if let Some(report) = report(&run.path) {
        let new = run.path.join(NEW);
        // A report that nobody can read either goes as well.
        match report_file::scrub(&report, &new) {
            Ok(_) => report_file::take_place(&new, &report),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => private::remove(&report),
            Err(error) => Err(error),
        }
        .map_err(|error| disk(run, &error))?;
    }
    remove_the_rest(run).map_err(|error| disk(run, &error))?;
    mark(run).map_err(|error| disk(run, &error))?;
    for name in JOURNAL.iter().rev() {
        private::remove(&run.path.join(name)).map_err(|error| disk(run, &error))?;
    }
    Ok(())
}

fn disk(run: &RunDir, error: &io::Error) -> RunError {
    RunError::internal(format!("{}: cannot be scrubbed: {error}", run.path.display()))
}

/// Whether scrubbing was begun and not ended: its place in the outbox.
pub(crate) fn begun(journal: &Journal) -> Result<Option<i64>, RunError> {
    let owed: Vec<Owed<Debt>> = journal.owed()?;
    Ok(owed.iter().find(|owed| owed.debt == Debt::Scrub).map(|owed| owed.item))
}

/// Gives a run that was killed the end it never had: what was under way has its ids in the stored copy
/// alone, and what is in its report beyond the journal's word is not true.
fn give_an_end(run: &RunDir, journal: &Journal) {
    // What cannot be reported any more is no reason to keep contact data.
    if let Err(error) = rewrite(run, journal, "json") {
        warn!(run = run.id, error = %error, "the report of a killed run could not be written");
    }
}

/// The file whose entries are scrubbed, and which stays.
fn report(dir: &Path) -> Option<PathBuf> {
    scrubbed_in_place().map(|name| dir.join(name)).find(|path| path.is_file())
}

/// Whatever is not known to hold nothing of a contact goes.
fn remove_the_rest(run: &RunDir) -> io::Result<()> {
    let report = report(&run.path);
    for entry in fs::read_dir(&run.path)? {
        let entry = entry?;
        let known = |name: &str| STAYS.contains(&name) || JOURNAL.contains(&name);
        let stays = entry.file_name().to_str().is_some_and(known)
            || report.as_ref().is_some_and(|report| *report == entry.path());
        match entry.file_type()? {
            _ if stays => {}
            kind if kind.is_dir() => fs::remove_dir_all(entry.path())?,
            _ => private::remove(&entry.path())?,
        }
    }
    Ok(())
}

fn mark(run: &RunDir) -> io::Result<()> {
    private::replace(&run.path.join(SCRUBBED), &format!("{}\n", Timestamp::now()), 0o600)
}
