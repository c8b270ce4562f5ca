//! `keep_days`: contact data leaves old runs; ids, outcomes and times stay.
//!
//! Runs that somebody is writing are left alone. A run that was never finished ends here too: it is said.

use std::path::Path;
use std::{fs, io};

use jiff::{SignedDuration, Timestamp};
use tracing::{error, warn};

use super::report;
use crate::audit::chain::Event;
use crate::audit::report_file;
use crate::base::private;
use crate::base::terminal;
use crate::config::Plan;
use crate::journal::{Journal, Phase};
use crate::model::{Exit, RunError};
use crate::run::options::{PruneOptions, ReportKind};
use crate::run::place::{self, RunDir};
use crate::run::resume::stored_plan;

/// Says that a run is scrubbed, and saves opening its journal.
const MARKER: &str = "scrubbed";
/// Days for a run whose own plan cannot be read.
const USUAL_DAYS: u32 = 30;
/// How the names of files begin that hold contact data and nothing that stays.
const CONTACTS: [&str; 9] = [
    "input.zst",
    "failed.",
    "rejected.",
    "unknown.",
    "unsent.",
    "outcome.",
    "report.html",
    "report.json.new",
    "sandbox.db",
];
const REPORTS: [&str; 2] = ["report.json", "report.json.part"];
const NEW: &str = "report.json.new";

/// A run that is old enough.
struct Old {
    run: RunDir,
    journal: Journal,
    days: u32,
    /// Whether it could still have been resumed.
    resumable: bool,
    /// Whether it was killed before its report was written.
    unfinished: bool,
}

/// Scrubs the old runs beside a run that is about to start. What fails is said: it is tried again next time.
pub(crate) fn before(plan: &Plan) {
    if !plan.runs.dir.is_dir() {
        return;
    }
    let keep = |run: &RunDir| (run.job() == plan.name).then_some(plan.runs.keep_days);
    let found = each_old(&plan.runs.dir, keep, |old| {
        if old.resumable {
            terminal::say(&format!("{}\n", sentence(&old, false)));
        }
        let id = old.run.id.clone();
        if let Err(error) = scrub(old) {
            error!(run = id, error = %error, "an old run could not be scrubbed");
        }
    });
    if let Err(error) = found {
        error!(error = %error, "old runs could not be looked at");
    }
}

/// `korebulk prune`.
///
/// # Errors
/// Exit 2 without runs, exit 70 when one could not be scrubbed.
pub fn prune(how: &PruneOptions) -> Result<Exit, RunError> {
    let mut count = 0u64;
    let (mut failed, mut printed) = (None, Ok(()));
    each_old(
        &how.runs_dir,
        |_| how.keep_days,
        |old| {
            count += 1;
            let said = terminal::print(&format!("{}\n", sentence(&old, how.dry_run)));
            printed = std::mem::replace(&mut printed, Ok(())).and(said);
            if !how.dry_run {
                failed = scrub(old).err().or(failed.take());
            }
        },
    )?;
    if count == 0 {
        printed = terminal::print("nothing to scrub\n");
    }
    printed?;
    failed.map_or(Ok(Exit::Finished), Err)
}

/// When this run's contact data is scrubbed.
pub(crate) fn due(run: &RunDir, keep_days: u32) -> Option<Timestamp> {
    run.started()?.checked_add(SignedDuration::from_hours(24 * i64::from(keep_days))).ok()
}

fn each_old(
    runs: &Path,
    keep: impl Fn(&RunDir) -> Option<u32>,
    mut each: impl FnMut(Old),
) -> Result<(), RunError> {
    let now = Timestamp::now();
    for run in place::all(runs)? {
        let known = keep(&run);
        let young = known.is_some_and(|days| due(&run, days).is_none_or(|due| due > now));
        if young || run.path.join(MARKER).exists() {
            continue;
        }
        let Ok(journal) = Journal::open(&run.journal()) else {
            // Somebody writes it, or nobody can read it.
            continue;
        };
        let planned = || stored_plan(&journal).map_or(USUAL_DAYS, |plan| plan.runs.keep_days);
        let days = known.unwrap_or_else(planned);
        if due(&run, days).is_some_and(|due| due <= now) {
            let phase = journal.phase().ok();
            let resumable = phase >= Some(Phase::Sending) && run.copy().is_file();
            let unfinished = phase == Some(Phase::Sending);
            each(Old { run, journal, days, resumable, unfinished });
        }
    }
    Ok(())
}

fn sentence(old: &Old, dry_run: bool) -> String {
    let be = if dry_run { "would be" } else { "is" };
    let end =
        if old.resumable { "; it left records unsettled and can no longer be resumed" } else { "" };
    format!("{}: older than {} days, its contact data {be} scrubbed{end}", old.run.id, old.days)
}

/// Gives a run that was killed the end it never had: what was under way has its ids in the kept copy
/// alone, and what stands in its report beyond the journal's word is not true.
fn ended(run: &RunDir, journal: Journal) -> Result<Journal, RunError> {
    // What cannot be told any more is no reason to keep contact data.
    if let Err(error) = report::write_again(run, journal, ReportKind::Json) {
        warn!(run = run.id, error = %error, "the report of a killed run could not be written");
    }
    Ok(Journal::open(&run.journal())?)
}

fn scrub(mut old: Old) -> Result<(), RunError> {
    if old.unfinished {
        old.journal = ended(&old.run, old.journal)?;
    }
    let dir = &old.run.path;
    let disk = |error: io::Error| {
        RunError::internal(format!("{}: cannot be scrubbed: {error}", dir.display()))
    };
    let new = dir.join(NEW);
    let report = REPORTS.iter().map(|name| dir.join(name)).find(|path| path.is_file());
    let offset = match &report {
        Some(report) => report_file::scrub(report, &new).map_err(disk)?,
        None => 0,
    };
    old.journal.scrub(offset, Timestamp::now())?;
    if let Some(report) = &report {
        report_file::take_place(&new, report).map_err(disk)?;
    }
    for entry in fs::read_dir(dir).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        let name = entry.file_name();
        if CONTACTS.iter().any(|start| name.to_string_lossy().starts_with(start)) {
            private::remove(&entry.path()).map_err(disk)?;
        }
    }
    crate::run::audit::changed(&old.run, Event::Scrub)?;
    private::replace(&dir.join(MARKER), &format!("{}\n", Timestamp::now()), 0o600).map_err(disk)
}
