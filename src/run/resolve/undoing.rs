//! What an undo needs beside its rows: counts, and who has the numbers of contacts that are to be created anew.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use crate::account::Reading;
use crate::api::wire::{AccountContact, phone_keys};
use crate::model::{Cells, Effect, RecordSet, Row, RunError, UndoCounts};
use crate::store::CopyReader;

/// What an undo needs beside the rows.
#[derive(Default)]
pub(super) struct Undoing {
    pub(super) counts: UndoCounts,
    /// Who has the phone number of a contact that is to be created anew: the hash of the number, and an id.
    holders: HashMap<u64, String>,
}

impl Undoing {
    /// For these rows. Where contacts are created anew, the active ones with their numbers are looked for first.
    pub(super) fn of(
        effect: Effect,
        copy: &Path,
        to_send: &RecordSet,
        reading: &Reading,
    ) -> Result<Self, RunError> {
        let mut undoing = Self::default();
        if effect != Effect::Create {
            return Ok(undoing);
        }
        let mut numbers = HashSet::new();
        let (mut rows, mut row, mut ordinal) = (CopyReader::open(copy)?, Row::default(), 0);
        while rows.next(&mut row)? {
            if let (true, Cells::Object(text)) = (to_send.contains(ordinal), &row.cells)
                && let Some(was) = AccountContact::read(text)
            {
                numbers.extend(phone_keys(&was).iter().map(|key| hash(key)));
            }
            ordinal = ordinal.saturating_add(1);
        }
        reading.each_contact(|stored| {
            let contact = AccountContact::read(stored.text).ok_or_else(damaged)?;
            for key in phone_keys(&contact).iter().map(|key| hash(key)) {
                if contact.is_active() && numbers.contains(&key) {
                    undoing.holders.insert(key, stored.id.to_owned());
                }
            }
            Ok::<(), RunError>(())
        })?;
        Ok(undoing)
    }

    /// Another contact that has the number of this one.
    pub(super) fn holder_of(&self, was: &AccountContact<'_>) -> Option<String> {
        phone_keys(was).iter().find_map(|key| self.holders.get(&hash(key)).cloned())
    }
}

fn hash(key: &str) -> u64 {
    xxh3_64(key.as_bytes())
}

fn damaged() -> RunError {
    RunError::internal("a stored contact is damaged")
}
