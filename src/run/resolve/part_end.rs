//! Where a selection out of a part of the account ends: the job's next run goes on there.

use crate::account::{Part, Place};

/// The contacts of a part, as they are met.
#[derive(Debug, Default)]
pub(super) struct PartEnd {
    part: Option<Part>,
    /// Contacts met, the one at hand among them.
    met: u64,
    /// The id of the contact at hand, and of the one before.
    ids: [String; 2],
    /// Before the first contact that a later run takes.
    later: Option<Place>,
}

impl PartEnd {
    pub(super) fn of(part: Option<&Part>) -> Self {
        Self { part: part.cloned(), ..Self::default() }
    }

    /// The next contact of the part.
    pub(super) fn meet(&mut self, id: &str) {
        if self.part.is_some() && self.later.is_none() {
            self.met += 1;
            self.ids.rotate_right(1);
            id.clone_into(&mut self.ids[0]);
        }
    }

    /// A later run takes the contact at hand.
    pub(super) fn leave(&mut self) {
        if let (Some(part), None) = (&self.part, &self.later) {
            let skip = part.begins + self.met.saturating_sub(1);
            self.later = Some(Place { skip, after: self.ids[1].clone(), total: part.total() });
        }
    }

    /// Where the next run goes on; `None` where the account was read whole.
    pub(super) fn next(self) -> Option<Place> {
        let part = self.part?;
        Some(self.later.unwrap_or_else(|| part.next()))
    }
}
