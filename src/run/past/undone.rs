//! Runs that were taken back: nothing of them is sent any more, and their job waits until somebody has changed something.
//!
//! Noted in the journal of the run that is taken back, once its undo is approved. An undo that never began to send took
//! nothing back, and neither did one that was taken back itself.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::incomplete;
use super::retried::{self, sent_nothing};
use crate::audit::chain::hash_of;
use crate::base::shell::quoted;
use crate::config::Plan;
use crate::journal::{Fact, Journal, JournalError, Phase, fact};
use crate::load::expand;
use crate::model::{Exit, Moment, RunError, Source};
use crate::run::run_dir::{self, RunDir};
use crate::run::stored::{same_target, stored_plan};

/// Oldest first.
const UNDONE: Fact<Vec<Note>> = Fact::new("undone");

/// Longer than any chain of undos; a damaged one could go in a circle.
const LONGEST: usize = 100;

#[derive(Serialize, Deserialize)]
struct Note {
    /// The id of the undo.
    by: String,
    /// SHA-256 of the job file then, where there was one.
    job: Option<String>,
}

/// Notes that the run with the id `by`, of this plan, takes `parent` back.
///
/// # Errors
/// Exit 70 for the disk.
pub(crate) fn note(parent: &RunDir, by: &str, plan: &Plan) -> Result<(), RunError> {
    let journal = incomplete::open(parent)?;
    let mut notes = journal.get(UNDONE)?.unwrap_or_default();
    let job = plan.job_file.as_deref().and_then(hash);
    notes.push(Note { by: by.to_owned(), job });
    Ok(journal.set(UNDONE, &notes)?)
}

/// The run that has taken `run` back, where one has.
///
/// # Errors
/// Exit 70 for a damaged journal.
pub(crate) fn by(journal: &Journal, run: &RunDir) -> Result<Option<RunDir>, RunError> {
    Ok(note_of(journal, run, LONGEST)?.map(|note| run.beside(&note.by)))
}

fn note_of(journal: &Journal, run: &RunDir, depth: usize) -> Result<Option<Note>, RunError> {
    for note in journal.get(UNDONE)?.unwrap_or_default().into_iter().rev() {
        let undo = run.beside(&note.by);
        if sent_nothing(&undo) {
            continue;
        }
        // One that cannot be looked at has its effect.
        let back = match incomplete::open_to_read(&undo) {
            Ok(journal) if depth > 0 => note_of(&journal, &undo, depth - 1)?,
            _ => None,
        };
        if back.is_none() {
            return Ok(Some(note));
        }
    }
    Ok(None)
}

/// Nothing of a run that was taken back goes on.
///
/// # Errors
/// Exit 3 naming the run that took it back.
pub(crate) fn refuse(journal: &Journal, run: &RunDir) -> Result<(), RunError> {
    let Some(undo) = by(journal, run)? else { return Ok(()) };
    let message = format!("this run was taken back by run `{}`; nothing was sent", undo.id);
    let hint = format!("to take that back in its turn: `korebulk undo {}`", shown(&undo));
    Err(RunError::new(Exit::Guarded, message).hint(hint))
}

/// What is left of an undo is not put back once its job has run again: that run's values are not the ones that it takes back.
///
/// # Errors
/// Exit 3 naming the later run.
pub(crate) fn refuse_overtaken(plan: &Plan, run: &RunDir) -> Result<(), RunError> {
    let Some(undoes) = &plan.undoes else { return Ok(()) };
    let is_same = |other: &RunDir| {
        let stored =
            incomplete::open_to_read(other).map_err(RunError::from).and_then(|it| stored_plan(&it));
        // One that cannot be looked at may be.
        stored.is_ok_and(|stored| !same_target(plan, &stored))
    };
    let all = run_dir::all(run.runs())?.into_iter().rev();
    let mut later =
        all.take_while(|other| other.id != run.id).filter(|other| other.job() == run.job());
    let Some(later) = later.find(|other| !sent_nothing(other) && !is_same(other)) else {
        return Ok(());
    };
    let message = format!(
        "run `{}` of this job has sent since this undo was stopped; nothing was sent over it",
        later.id
    );
    let hint =
        format!("`korebulk undo {}` looks at every contact anew", shown(&run.beside(&undoes.run)));
    Err(RunError::new(Exit::Guarded, message).hint(hint))
}

/// Another run that sent what `run` left, or left what `run` sent, and was not taken back: the latest of them, and its plan.
pub(crate) fn belongs_to(run: &RunDir) -> Option<(Plan, RunDir)> {
    let journal = |run: &RunDir| incomplete::open_to_read(run).ok();
    let mut all = vec![run.clone()];
    let mut next = 0;
    // Longer than any chain; a damaged one could go in a circle.
    while let Some(run) = all.get(next).filter(|_| next < LONGEST).cloned() {
        next += 1;
        let Some(journal) = journal(&run) else { continue };
        let is_undo = stored_plan(&journal).is_ok_and(|plan| plan.undoes.is_some());
        let parent = journal.get(fact::PARENT_RUN).ok().flatten().filter(|_| !is_undo);
        let later = retried::by(&journal, &run).unwrap_or_default();
        for other in parent.into_iter().chain(later).map(|id| run.beside(&id)) {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all.retain(|other| other.id != run.id && !sent_nothing(other));
    run_dir::sort(&mut all);
    all.into_iter().rev().find_map(|other| {
        let journal = journal(&other)?;
        let is_back = by(&journal, &other).ok()?.is_some();
        Some((stored_plan(&journal).ok()?, other)).filter(|_| !is_back)
    })
}

/// Holds back a job whose last run was taken back, as long as neither its file nor its input is another one: it would do the
/// same again.
///
/// # Errors
/// Exit 3 naming the undo; those of reading a journal.
pub(crate) fn hold(plan: &Plan) -> Result<(), RunError> {
    for run in run_dir::all(&plan.runs.dir).unwrap_or_default().into_iter().rev() {
        if run.job() != plan.name {
            continue;
        }
        let journal = match incomplete::open_to_read(&run) {
            Ok(journal) => journal,
            // One that goes on is another job's: this one's lock is held here.
            Err(error) if error.is_busy() => continue,
            // Says itself what is known, and what to do.
            Err(error @ JournalError::Behind { .. }) => return Err(error.into()),
            Err(error) => return Err(cannot_tell(&run, &error)),
        };
        if journal.phase()? < Phase::Sending {
            continue;
        }
        let stored = stored_plan(&journal)?;
        if stored.undoes.is_some() || !same_target(plan, &stored) {
            continue;
        }
        let Some(note) = note_of(&journal, &run, LONGEST)? else { return Ok(()) };
        let is_changed = has_changed(plan, &note, &journal.sources()?);
        return if is_changed { Ok(()) } else { Err(held(&run, &run.beside(&note.by))) };
    }
    Ok(())
}

fn cannot_tell(run: &RunDir, error: &JournalError) -> RunError {
    let message = format!(
        "nobody can tell whether run `{}` of this job was taken back: {}; nothing was sent",
        run.id, error
    );
    RunError::new(Exit::Guarded, message)
        .hint("bring its journal back, move the run elsewhere, or run the job with `--after-undo`")
}

fn held(run: &RunDir, undo: &RunDir) -> RunError {
    let message = format!(
        "the last run of this job, `{}`, was taken back by `{}`, and neither the job file nor its input has changed \
         since: it would do the same again; nothing was sent",
        run.id, undo.id
    );
    RunError::new(Exit::Guarded, message)
        .hint("correct the job or its input, or run it as it is with `--after-undo`")
}

/// Whether the job file is another one than when the undo began, or a file of the input another one than was read.
fn has_changed(today: &Plan, note: &Note, sources: &[Source]) -> bool {
    let job = today.job_file.as_deref().and_then(hash);
    if job.is_some() && note.job.is_some() && job != note.job {
        return true;
    }
    if today.is_from_account() {
        return false;
    }
    // Where today's file is missing, nothing can be sent anyway.
    let files = expand(&today.input, &Moment::now()).unwrap_or_default();
    files
        .iter()
        .filter_map(|file| hash(file.path()?))
        .any(|hash| !sources.iter().any(|source| source.sha256 == hash))
}

fn hash(path: &Path) -> Option<String> {
    File::open(path).and_then(hash_of).ok()
}

fn shown(run: &RunDir) -> String {
    quoted(&run.path.to_string_lossy()).into_owned()
}
