//! Earlier runs that left answers lost over the very files of a new one, where a second send does harm.

use std::collections::HashSet;
use std::fs::File;

use super::incomplete;
use crate::audit::chain::hash_of;
use crate::base::shell::quoted;
use crate::config::Plan;
use crate::journal::{Journal, Phase, fact};
use crate::load::{InputPath, expand};
use crate::model::{Exit, Moment, RunError};
use crate::run::run_dir;
use crate::run::stored::same_job;
use crate::run::stored::stored_plan;

/// Holds back a job over a file of which an earlier run left records unknown that may have been applied: their rows
/// would be sent a second time. A file that was changed is another one.
///
/// # Errors
/// Exit 3 naming that run; those of reading its journal.
pub(crate) fn refuse_to_send_twice(plan: &Plan) -> Result<(), RunError> {
    if plan.operation.spec().idempotent || plan.target.is_sandbox() {
        // A sandbox of a run's own goes with the run.
        return Ok(());
    }
    // What cannot be read is said by pass 1.
    let files = expand(&plan.input, &Moment::now()).unwrap_or_default();
    let hash = |path: &InputPath| hash_of(File::open(path.path()?).ok()?).ok();
    let today: HashSet<String> = files.iter().filter_map(hash).collect();
    for run in run_dir::all(&plan.runs.dir).unwrap_or_default().into_iter().rev() {
        let journal = match incomplete::open_to_read(&run) {
            Ok(journal) => journal,
            // One that goes on is another job's: this one's lock is held here.
            Err(error) if error.is_busy() => continue,
            Err(error) => return Err(error.into()),
        };
        let read_it = journal.sources()?.iter().any(|source| today.contains(&source.sha256));
        if !read_it || journal.phase()? < Phase::Sending || !same_job(plan, &stored_plan(&journal)?)
        {
            continue;
        }
        let unknown = unknown(&journal)?;
        if unknown > 0 {
            let message = format!(
                "run `{}` has sent this file and left {unknown} of its records unknown; sent again they could be \
                 there twice",
                run.id
            );
            let settle = format!("korebulk reconcile {}", quoted(&run.path.to_string_lossy()));
            let hint = format!("settle them by reading the account, with `{settle}`");
            return Err(RunError::new(Exit::Guarded, message).hint(hint));
        }
    }
    Ok(())
}

fn unknown(journal: &Journal) -> Result<u64, RunError> {
    Ok(journal.ledger(journal.need(fact::READ)?)?.unknown)
}
