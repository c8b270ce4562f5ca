//! `runs --from` and `runs --under`: last night's runs of many accounts, out of logs or of many runs directories.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::base::{private, terminal};
use crate::config::{self, Account};
use crate::model::{Exit, RunError};
use crate::report::night::{Ended, Known, Night, page};
use crate::run::options::{NightFrom, NightOptions, OutputForm};
use crate::run::past::history::lines;
use crate::run::run_dir;

/// Directories below the one that was named.
const DEEPEST: u32 = 6;

/// Whoever has a look at the fleet reads the page; nothing of a contact is in it.
const PAGE_MODE: u32 = 0o644;

/// The longest line of a log.
const LONGEST: usize = 1 << 20;

/// Shows how last night went.
///
/// # Errors
/// Exit 2 when the accounts, the log or the directory cannot be read; 70 when the page cannot be written.
pub(super) fn night(how: &NightOptions, form: OutputForm) -> Result<Exit, RunError> {
    let known = |Account { profile, host, id, .. }| Known { name: profile, host, account: id };
    let accounts = how.accounts.as_deref().map(config::accounts).transpose()?;
    let known: Vec<Known> = accounts.into_iter().flatten().map(known).collect();
    let ended = match &how.from {
        NightFrom::Log(path) if path == Path::new("-") => of_log(io::stdin().lock(), path)?,
        NightFrom::Log(path) => {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            of_log(BufReader::new(file), path)?
        }
        NightFrom::Under(directory) => {
            let mut ended = Vec::new();
            below(directory, DEEPEST, &mut ended)?;
            ended
        }
    };
    if ended.is_empty() && known.is_empty() {
        return Err(nothing_in(&how.from));
    }
    let since = SignedDuration::try_from(how.since).unwrap_or(SignedDuration::MAX);
    let since = Timestamp::now().checked_sub(since).unwrap_or(Timestamp::MIN);
    let night = Night::new(&known, ended, since);
    if let Some(path) = &how.html {
        private::replace(path, &page(&night), PAGE_MODE).map_err(|error| {
            let message = format!("{}: the page cannot be written: {error}", path.display());
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => RunError::usage(message),
                _ => RunError::internal(message),
            }
        })?;
    }
    terminal::print(&match form {
        OutputForm::Json => serde_json::to_string(&night).unwrap_or_default() + "\n",
        OutputForm::Text => night.table(),
    })?;
    Ok(Exit::Finished)
}

/// Nothing of any run, and no table that says who should have begun: an empty night would look like a good one.
fn nothing_in(from: &NightFrom) -> RunError {
    match from {
        NightFrom::Log(path) => {
            RunError::usage(format!("{}: no line of it is the end of a run", path.display())).hint(
                "it takes the lines that `korebulk run --format json` prints, one for each job",
            )
        }
        NightFrom::Under(path) => RunError::usage(format!("{}: no run below it", path.display()))
            .hint("name a directory above the runs directories"),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> RunError {
    RunError::usage(format!("{}: cannot be read: {error}", path.display()))
}

/// The ends in a log; other lines in it are of no interest, whatever is in them.
fn of_log(mut log: impl BufRead, path: &Path) -> Result<Vec<Ended>, RunError> {
    let (mut ended, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        let read = io::Read::take(&mut log, LONGEST as u64).read_until(b'\n', &mut line);
        match read.map_err(|error| unreadable(path, &error))? {
            0 => return Ok(ended),
            _ => ended.extend(Ended::of_log(&String::from_utf8_lossy(&line))),
        }
    }
}

/// The ends of all runs below a directory. One that cannot be read is said, and hides no other.
fn below(directory: &Path, deeper: u32, ended: &mut Vec<Ended>) -> Result<(), RunError> {
    let runs = run_dir::all(directory).map_err(|error| RunError { hint: None, ..error })?;
    ended.extend(lines(&runs).iter().filter_map(Ended::of_run));
    let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
    let inner = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let inner: Vec<PathBuf> = inner.map(|entry| entry.path()).collect();
    for path in
        inner.into_iter().filter(|path| deeper > 0 && !path.join(run_dir::JOURNAL).is_file())
    {
        below(&path, deeper - 1, ended).unwrap_or_else(|error| tracing::warn!("{error}"));
    }
    Ok(())
}
