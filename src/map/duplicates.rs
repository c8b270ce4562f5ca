//! Records of the same id. 24 bytes a record, in chunks that are sorted in place and merged.
//!
//! The one thing in pass 1 that grows with the input (`ARCHITECTURE.md`, "Scale").

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::settings::OnDuplicate;
use crate::model::{Ordinal, Record};

use super::id;

/// Entries of a chunk: 1.5 MiB.
const CHUNK: usize = 65_536;

/// What happens to a record because of another with its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is not sent: `of` is sent instead.
    Skipped {
        /// The record of the same id that is sent.
        of: Ordinal,
    },
    /// It cannot be sent: `other` has the same id and different content.
    Rejected {
        /// A record of the same id with different content.
        other: Ordinal,
    },
    /// It cannot be sent: in a review file, its row has a mark beside another contact, too.
    ChosenTwice {
        /// The line of the other mark.
        other: Ordinal,
    },
}

/// One checked record. Compared by id, then by place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id_key: [u8; 12],
    ordinal: Ordinal,
    /// As bytes, so that an entry has 24 of them and not 32.
    content: [u8; 8],
}

/// The table of all checked records of a run.
#[derive(Default)]
pub struct Duplicates {
    full: Vec<Vec<Entry>>,
    filling: Vec<Entry>,
}

impl Duplicates {
    /// Enters a checked record.
    pub fn enter(&mut self, record: &Record) {
        let key = record.key();
        // What follows the id: its letters may be in another case and still be the same id.
        self.push(record.ordinal, id::key(key), xxh3_64(record.after_key().as_bytes()));
    }

    /// Enters a record by the key of its id, as [`id::key`] has it, and a hash of its other content.
    pub fn push(&mut self, ordinal: Ordinal, id_key: [u8; 12], content_hash: u64) {
        if self.filling.capacity() == 0 {
            self.filling.reserve_exact(CHUNK);
        }
        self.filling.push(Entry { id_key, ordinal, content: content_hash.to_ne_bytes() });
        if self.filling.len() == CHUNK {
            self.close_chunk();
        }
    }

    fn close_chunk(&mut self) {
        let mut chunk = std::mem::take(&mut self.filling);
        chunk.sort_unstable();
        self.full.push(chunk);
    }

    /// What happens to the records that share their id with another, sorted by place. Records of
    /// the same id and content are duplicates of the first of them whatever the policy is.
    pub fn resolve(mut self, policy: OnDuplicate) -> Vec<(Ordinal, Disposition)> {
        self.close_chunk();
        let mut found = Vec::new();
        let mut group: Vec<Entry> = Vec::new();
        merge(&self.full, |entry| {
            if group.first().is_some_and(|first| first.id_key != entry.id_key) {
                settle(&group, policy, &mut found);
                group.clear();
            }
            group.push(entry);
        });
        settle(&group, policy, &mut found);
        found.sort_unstable_by_key(|(ordinal, _)| *ordinal);
        found
    }
}

/// Walks over sorted chunks in the order of all their entries.
fn merge(chunks: &[Vec<Entry>], mut visit: impl FnMut(Entry)) {
    let mut heads: BinaryHeap<Reverse<(Entry, usize, usize)>> = chunks
        .iter()
        .enumerate()
        .filter_map(|(chunk, entries)| Some(Reverse((*entries.first()?, chunk, 0))))
        .collect();
    while let Some(mut head) = heads.peek_mut() {
        let Reverse((entry, chunk, at)) = *head;
        visit(entry);
        match chunks[chunk].get(at + 1) {
            Some(next) => *head = Reverse((*next, chunk, at + 1)),
            None => drop(PeekMut::pop(head)),
        }
    }
}

/// Decides over the records of one id, which are in the order of the input.
fn settle(group: &[Entry], policy: OnDuplicate, found: &mut Vec<(Ordinal, Disposition)>) {
    let [first, rest @ ..] = group else { return };
    let Some(different) = rest.iter().find(|entry| entry.content != first.content) else {
        return skip_all_but(first, group, found);
    };
    match policy {
        OnDuplicate::First => skip_all_but(first, group, found),
        OnDuplicate::Last => skip_all_but(rest.last().unwrap_or(first), group, found),
        OnDuplicate::Reject => found.extend(group.iter().map(|entry| {
            let other = if entry.content == first.content { different } else { first };
            (entry.ordinal, Disposition::Rejected { other: other.ordinal })
        })),
    }
}

fn skip_all_but(kept: &Entry, group: &[Entry], found: &mut Vec<(Ordinal, Disposition)>) {
    let others = group.iter().filter(|entry| entry.ordinal != kept.ordinal);
    found.extend(others.map(|e| (e.ordinal, Disposition::Skipped { of: kept.ordinal })));
}

/// `--first N`: counts the records that would be sent, in their order.
#[derive(Debug, Clone, Copy)]
pub struct First {
    limit: u64,
    sendable: u64,
}

impl First {
    /// `limit` records are let through; 0 means all.
    pub const fn new(limit: u64) -> Self {
        Self { limit, sendable: 0 }
    }

    /// Whether the next sendable record is among the first N. Ask once for each.
    pub const fn admits(&mut self) -> bool {
        self.sendable += 1;
        self.limit == 0 || self.sendable <= self.limit
    }

    /// The rule by which the others are skipped.
    pub fn rule(&self) -> String {
        format!("beyond --first {}", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use Disposition::{Rejected, Skipped};

    fn resolved(records: &[(u8, u64)], policy: OnDuplicate) -> Vec<(Ordinal, Disposition)> {
        let mut table = Duplicates::default();
        for (ordinal, (id, content)) in (0..).zip(records) {
            table.push(ordinal, [*id; 12], *content);
        }
        table.resolve(policy)
    }

    #[test]
    fn an_entry_has_24_bytes() {
        assert_eq!(size_of::<Entry>(), 24);
    }

    #[test]
    fn exact_duplicates_are_skipped_whatever_the_policy() {
        for policy in [OnDuplicate::Reject, OnDuplicate::First, OnDuplicate::Last] {
            let found = resolved(&[(1, 7), (2, 7), (1, 7), (1, 7)], policy);
            assert_eq!(found, [(2, Skipped { of: 0 }), (3, Skipped { of: 0 })]);
        }
    }

    #[test]
    fn different_content_follows_the_policy() {
        let records = [(1, 7), (1, 7), (2, 5), (1, 8)];
        assert_eq!(
            resolved(&records, OnDuplicate::Reject),
            [(0, Rejected { other: 3 }), (1, Rejected { other: 3 }), (3, Rejected { other: 0 })]
        );
        assert_eq!(
            resolved(&records, OnDuplicate::First),
            [(1, Skipped { of: 0 }), (3, Skipped { of: 0 })]
        );
        assert_eq!(
            resolved(&records, OnDuplicate::Last),
            [(0, Skipped { of: 3 }), (1, Skipped { of: 3 })]
        );
    }

    #[test]
    fn duplicates_are_found_across_chunks() {
        let mut table = Duplicates::default();
        let key = |n: u32| {
            let mut key = [0; 12];
            key[..4].copy_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
            key
        };
        let each = Ordinal::try_from(CHUNK).unwrap() + 5;
        for n in 0..2 * each {
            table.push(n, key(n % each), 1);
        }
        let found = table.resolve(OnDuplicate::Reject);
        let expected: Vec<_> = (each..2 * each).map(|n| (n, Skipped { of: n - each })).collect();
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn one_record_of_each_id_is_sent_or_all_are_rejected(
            records in proptest::collection::vec((0_u8..6, 0_u64..3), 0..40),
            policy in proptest::sample::select(
                &[OnDuplicate::Reject, OnDuplicate::First, OnDuplicate::Last]),
        ) {
            let found = resolved(&records, policy);
            prop_assert!(found.is_sorted_by_key(|(ordinal, _)| *ordinal));
            let found: BTreeMap<_, _> = found.into_iter().collect();
            let at = |n: Ordinal| records[usize::try_from(n).unwrap()];
            let mut sent = BTreeMap::<u8, Ordinal>::new();
            for n in 0..Ordinal::try_from(records.len()).unwrap() {
                if !found.contains_key(&n) {
                    prop_assert!(sent.insert(at(n).0, n).is_none(), "two records of one id");
                }
            }
            for (n, disposition) in found {
                match disposition {
                    Skipped { of } => prop_assert_eq!(sent.get(&at(n).0), Some(&of)),
                    Rejected { other } => {
                        prop_assert_eq!(at(other).0, at(n).0);
                        prop_assert_ne!(at(other).1, at(n).1);
                        prop_assert!(!sent.contains_key(&at(n).0));
                    }
                    other @ Disposition::ChosenTwice { .. } => {
                        prop_assert!(false, "{:?} is none of its own", other);
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_n_sendable_records_are_admitted() {
        let mut first = First::new(2);
        assert_eq!([first.admits(), first.admits(), first.admits()], [true, true, false]);
        assert_eq!(first.rule(), "beyond --first 2");
        let mut all = First::new(0);
        assert!(all.admits() && all.admits());
    }
}
