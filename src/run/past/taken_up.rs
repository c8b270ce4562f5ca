//! Runs whose outcome files are the input of other runs (`unmatched.csv`, `rejected.csv`, a decided `review.xlsx`): each names the
//! other.
//!
//! Noted in both journals once the later run may send. One that never began to send took nothing up.

use std::path::Path;

use super::incomplete;
use super::retried::sent_nothing;
use crate::config::Plan;
use crate::journal::{Fact, Journal};
use crate::model::{RunError, Source};
use crate::run::run_dir::RunDir;

/// In the later one: the ids of the runs that its input came from.
const FROM: Fact<Vec<String>> = Fact::new("fromRuns");
/// In the earlier one: the ids of the runs that took files of it as their input.
const BY: Fact<Vec<String>> = Fact::new("takenUpBy");

/// Notes of the run with the id `run`, whose journal this is, which runs its input came from; and in them, that it has.
///
/// # Errors
/// Exit 70 for the run's own disk. An earlier run that cannot be written is named all the same.
pub(crate) fn note(
    plan: &Plan,
    sources: &[Source],
    journal: &Journal,
    run: &str,
) -> Result<(), RunError> {
    let earlier = earlier(plan, sources);
    if earlier.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = earlier.iter().map(|earlier| earlier.id.clone()).collect();
    journal.set(FROM, &ids)?;
    for earlier in earlier {
        let noted = incomplete::open(&earlier).and_then(|journal| {
            let mut by = journal.get(BY)?.unwrap_or_default();
            by.push(run.to_owned());
            journal.set(BY, &by)
        });
        if let Err(error) = noted {
            tracing::warn!(run = earlier.id, %error, "it does not know which run took its files up");
        }
    }
    Ok(())
}

/// The runs in whose directories the input lies.
fn earlier(plan: &Plan, sources: &[Source]) -> Vec<RunDir> {
    let base = Path::new(&plan.input.base);
    let mut runs: Vec<RunDir> = Vec::new();
    for source in sources {
        let directory = base.join(&source.file);
        let run = directory.parent().and_then(RunDir::at);
        runs.extend(run.filter(|run| !runs.contains(run)));
    }
    runs
}

/// The runs that its input came from.
///
/// # Errors
/// Exit 70 for a damaged journal.
pub(crate) fn from(journal: &Journal) -> Result<Vec<String>, RunError> {
    Ok(journal.get(FROM)?.unwrap_or_default())
}

/// The runs that took files of `run` as their input, oldest first, those that never sent left out.
///
/// # Errors
/// Exit 70 for a damaged journal.
pub(crate) fn by(journal: &Journal, run: &RunDir) -> Result<Vec<String>, RunError> {
    let all = journal.get(BY)?.unwrap_or_default().into_iter();
    Ok(all.filter(|by| !sent_nothing(&run.beside(by))).collect())
}
