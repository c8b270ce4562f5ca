//! What earlier runs of this machine deleted: asked only for the records that a server does not know.
//!
//! The looking is somebody else's and takes files; here is who is asked for, and what the answer changes.

use std::sync::Arc;

use crate::api::reading::{Named, Read, Reading};
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
        let Reading::Verdicts(verdicts) = &read.reading else { return None };
        let in_question = |(record, named): (&Record, &Named)| {
            let gone = matches!(named, Named::Failed(refusal) if refusal.not_found);
            gone && record.mark != Mark::LostAnswer
        };
        let pairs = records.iter().zip(&verdicts.named).enumerate();
        let (places, ids): (Vec<_>, Vec<_>) = pairs
            .filter(|(_, pair)| in_question(*pair))
            .map(|(place, (record, _))| (place, record.key().into()))
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
        let Reading::Verdicts(verdicts) = &mut read.reading else { return };
        for (place, run) in self.places.into_iter().zip(self.by) {
            if let Some(Named::Failed(Refusal { deleted_by, .. })) = verdicts.named.get_mut(place) {
                *deleted_by = run;
            }
        }
    }
}
