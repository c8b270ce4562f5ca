//! What earlier runs of this machine deleted: asked only for the records that a server does not know.
//!
//! The looking is somebody else's and takes files; here is who is asked for, and what the answer changes.

use std::sync::Arc;

use crate::api::reading::{Named, Read, Reading, Verdicts};
use crate::model::settlement::Refusal;
use crate::model::{Effect, Mark, OperationSpec, Record};

/// Knows what earlier runs did at this target. Called on a thread that may wait for the disk.
pub trait EarlierRuns: Send + Sync + std::fmt::Debug {
    /// For each id the run that deleted it, where one did; and what a reader of the log should know.
    fn deleted(&self, ids: &[Box<str>]) -> (Vec<Option<String>>, Vec<String>);
}

/// The records of a batch that a delete did not find, and who can say whether an earlier run did it.
pub(super) struct Question {
    places: Vec<usize>,
    ids: Vec<Box<str>>,
    earlier: Arc<dyn EarlierRuns>,
}

/// The answer to a [`Question`].
pub(super) struct Found {
    places: Vec<usize>,
    by: Vec<Option<String>>,
    pub(super) notices: Vec<String>,
}

impl Question {
    /// `None` where nothing is in question: no delete, all found, or an answer of ours was lost,
    /// which says it already.
    pub(super) fn of(
        spec: &OperationSpec,
        records: &[Record],
        read: &Read,
        earlier: Option<&Arc<dyn EarlierRuns>>,
    ) -> Option<Self> {
        let earlier = Arc::clone(earlier.filter(|_| spec.effect == Effect::Delete)?);
        let in_question = |place: usize, record: &Record| match &read.reading {
            Reading::Verdicts(verdicts) => {
                let named = verdicts.named.get(place);
                let gone = matches!(named, Some(Named::Failed(refusal)) if refusal.not_found);
                gone && record.mark != Mark::LostAnswer
            }
            // Which of them it does not find, it does not say.
            Reading::Refused { refusal, .. } => refusal.not_found,
            _ => false,
        };
        let all = records.iter().enumerate();
        let (places, ids): (Vec<_>, Vec<_>) = all
            .filter(|(place, record)| in_question(*place, record))
            .map(|(place, record)| (place, record.key().into()))
            .unzip();
        (!places.is_empty()).then_some(Self { places, ids, earlier })
    }

    /// Looks. Waits for the disk.
    pub(super) fn look_up(self) -> Found {
        let (by, notices) = self.earlier.deleted(&self.ids);
        Found { places: self.places, by, notices }
    }
}

impl Found {
    /// Notes in the reading which of its records an earlier run deleted.
    pub(super) fn note(self, read: &mut Read) {
        match &mut read.reading {
            Reading::Verdicts(verdicts) => {
                for (place, run) in self.places.into_iter().zip(self.by) {
                    if let Some(Named::Failed(refusal)) = verdicts.named.get_mut(place) {
                        refusal.deleted_by = run;
                    }
                }
            }
            Reading::Refused { refusal, hints } => {
                let (gone, others): (Vec<usize>, Vec<usize>) =
                    self.places.iter().partition(|place| self.by[**place].is_some());
                if !others.is_empty() {
                    // Apart from the others they are found to be gone in one more request.
                    refusal.deleted_by = gone.first().and_then(|place| self.by[*place].clone());
                    *hints = if gone.len() < others.len() { gone } else { others };
                    return;
                }
                let gone = |run| Named::Failed(Refusal { deleted_by: run, ..refusal.clone() });
                let named = self.by.into_iter().map(gone).collect();
                read.reading = Reading::Verdicts(Verdicts { named, ..Verdicts::default() });
            }
            _ => {}
        }
    }
}
