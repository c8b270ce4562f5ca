//! What later runs took over from a run: each record has one run that may send it, and only that one.
//!
//! Noted in the journal of the run that left them, before the later run sends its first byte. A run
//! that never began to send took nothing; of one that is gone nobody can tell, so it keeps what it took.

use serde::{Deserialize, Serialize};

use super::incomplete;
use crate::journal::{Fact, Journal, Phase};
use crate::model::record_set::{RecordSet, from_ranges};
use crate::model::{Exit, RunError};
use crate::run::run_dir::RunDir;

/// Oldest first.
const RETRIED: Fact<Vec<Note>> = Fact::new("retried");

#[derive(Serialize, Deserialize)]
struct Note {
    /// The later run's id.
    by: String,
    /// Ordinals of the run that left them, as ranges.
    records: String,
}

/// What was taken over from a run.
#[derive(Debug, Default)]
pub(crate) struct Retried {
    /// The records that are no longer this run's.
    records: RecordSet,
    /// The run that took some of them last, where one did.
    last: Option<RunDir>,
}

impl Retried {
    /// As the journal of `run` has it.
    pub(crate) fn of(journal: &Journal, run: &RunDir) -> Result<Self, RunError> {
        let mut retried = Self::default();
        for note in notes(journal)? {
            let later = run.beside(&note.by);
            if sent_nothing(&later) {
                continue;
            }
            for ordinal in from_ranges(&note.records).ok_or_else(damaged)? {
                retried.records.insert(ordinal);
            }
            retried.last = Some(later);
        }
        Ok(retried)
    }

    /// Takes them out of what is to be sent.
    ///
    /// # Errors
    /// Exit 3 when that leaves nothing, naming the run to `go_on` with instead.
    pub(crate) fn take_from(&self, left: &mut RecordSet, go_on: &str) -> Result<(), RunError> {
        let Some(last) = &self.last else { return Ok(()) };
        let before = left.len();
        left.remove_all(&self.records);
        if before == 0 || !left.is_empty() {
            return Ok(());
        }
        let message =
            format!("what this run left was sent again by run `{}`; nothing was sent", last.id);
        let now = current(last);
        Err(RunError::new(Exit::Guarded, message)
            .hint(format!("what that one left goes on with `korebulk {go_on} {}`", now.id)))
    }

    /// Takes them out of a set, whatever that leaves.
    pub(crate) fn leave_out(&self, of: &mut RecordSet) {
        of.remove_all(&self.records);
    }

    /// Whether any record was taken over.
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_none()
    }
}

/// Notes that `records` of `parent` belong to run `by` from now on.
pub(crate) fn hand_over(parent: &RunDir, by: &str, records: &RecordSet) -> Result<(), RunError> {
    let journal = incomplete::open(parent)?;
    let mut notes = notes(&journal)?;
    notes.push(Note { by: by.to_owned(), records: records.to_ranges() });
    Ok(journal.set(RETRIED, &notes)?)
}

/// The ids of the runs that took something over, oldest first, those that never sent left out.
pub(crate) fn by(journal: &Journal, run: &RunDir) -> Result<Vec<String>, RunError> {
    let notes = notes(journal)?.into_iter();
    Ok(notes.map(|note| note.by).filter(|by| !sent_nothing(&run.beside(by))).collect())
}

fn notes(journal: &Journal) -> Result<Vec<Note>, RunError> {
    Ok(journal.get(RETRIED)?.unwrap_or_default())
}

fn damaged() -> RunError {
    RunError::internal("the journal's `retried` is damaged")
}

/// Whether it is there and says so itself.
pub(crate) fn sent_nothing(run: &RunDir) -> bool {
    let phase = incomplete::open_to_read(run).and_then(|journal| journal.phase());
    phase.is_ok_and(|phase| phase < Phase::Sending)
}

/// The end of a chain of retries.
fn current(run: &RunDir) -> RunDir {
    let later = |run: &RunDir| {
        let journal = incomplete::open_to_read(run).ok()?;
        Some(run.beside(&by(&journal, run).ok()?.pop()?))
    };
    // Longer than any chain; a damaged one could go in a circle.
    let chain = std::iter::successors(Some(run.clone()), later).take(1_000);
    chain.last().unwrap_or_else(|| run.clone())
}
