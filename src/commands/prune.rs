//! `prune`: contact data leaves old runs now, as each run does with those before it when it starts.

use jiff::Timestamp;

use crate::account::Expired;
use crate::base::numbers::counted;
use crate::base::shell::quoted;
use crate::base::state::StateDirs;
use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::run::close::outbox::Effort;
use crate::run::leftovers;
use crate::run::options::PruneOptions;
use crate::run::past::old::{USUAL_DAYS, each_old};
use crate::run::past::runs_dirs::remembered;
use crate::run::past::settle::settle_all;
use crate::run::run_dir::all;

/// `korebulk prune`.
///
/// # Errors
/// Exit 2 without runs, exit 70 when one could not be scrubbed.
pub fn prune(how: &PruneOptions) -> Result<Exit, RunError> {
    let mut count = 0u64;
    let (mut failed, mut printed) = (None, Ok(()));
    let dirs = StateDirs::find();
    for reading in dirs.iter().flat_map(|dirs| Expired::all(dirs, Timestamp::now())) {
        count += 1;
        let said = terminal::print(&format!("{}\n", reading.sentence(how.dry_run)));
        printed = printed.and(said);
        if !how.dry_run {
            failed = reading.delete().err().or(failed.take());
        }
    }
    // Whoever has only read accounts has no runs.
    if count > 0 && !how.runs_dir.exists() {
        printed?;
        return failed.map_or(Ok(Exit::Finished), Err);
    }
    if let (false, Some(there)) = (how.runs_dir.exists(), remembered().first()) {
        let message = format!("{}: there are no runs here", how.runs_dir.display());
        let there = quoted(&there.to_string_lossy()).into_owned();
        return Err(RunError::usage(message).hint(format!(
            "runs are in other places (`korebulk runs`): `korebulk prune --runs-dir {there}`"
        )));
    }
    if !how.dry_run {
        settle_all(&all(&how.runs_dir)?, Effort::Again);
    }
    each_old(
        &how.runs_dir,
        |_| how.keep_days,
        |old| {
            count += 1;
            let said = terminal::print(&format!("{}\n", old.sentence(how.dry_run)));
            printed = std::mem::replace(&mut printed, Ok(())).and(said);
            if !how.dry_run {
                failed = old.scrub().err().or(failed.take());
            }
        },
    )?;
    let days = how.keep_days.unwrap_or(USUAL_DAYS);
    for file in leftovers::older_than(&how.runs_dir, days, None) {
        count += 1;
        let be = if how.dry_run { "would be" } else { "is" };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let (name, age) = (terminal::line(&name), counted(u64::from(days), "day"));
        let said = format!("{name}: of a plan, older than {age}, {be} removed\n");
        printed = std::mem::replace(&mut printed, Ok(())).and(terminal::print(&said));
        if !how.dry_run {
            failed = leftovers::remove(&file).err().or(failed.take());
        }
    }
    if count == 0 {
        printed = terminal::print("nothing to scrub\n");
    }
    printed?;
    failed.map_or(Ok(Exit::Finished), Err)
}
