//! Which contacts of a pass were seen before.
//!
//! While ids come in one order, the least and the greatest of them say it, and the stored pages where an id lies
//! between. In any other order a hash of each id is remembered: 8 bytes a contact, in a table that is at most half empty.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use super::paging::Order;

/// The ids seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The least and the greatest.
    range: Option<(String, String)>,
    /// Every one, once they are in no order.
    hashes: Option<Hashes>,
}

type Hashes = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// The hash of a number that is a hash already.
#[derive(Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Where the ids of a page have to be looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nowhere: each is new or not.
    Nowhere,
    /// In the stored pages, for those between the least and the greatest seen.
    InPages { least: String, greatest: String },
    /// In every stored page: from now on each id is remembered.
    Everywhere,
}

impl Seen {
    /// What was stored of a pass in order.
    pub(super) fn in_order(range: Option<(String, String)>) -> Self {
        Self { range, hashes: None }
    }

    /// Where one has to look before [`Seen::fresh`] can say of each of these ids whether it is new.
    pub(super) fn look(&self, ids: &[&str]) -> Look {
        let Some((low, high)) = self.range.as_ref().filter(|_| self.hashes.is_none()) else {
            let needs_all = self.hashes.is_none() && Order::of(ids) == Order::None;
            return if needs_all { Look::Everywhere } else { Look::Nowhere };
        };
        if Order::of(ids) == Order::None {
            return Look::Everywhere;
        }
        let between = || ids.iter().filter(|id| **id > low.as_str() && **id < high.as_str());
        match between().min().zip(between().max()) {
            None => Look::Nowhere,
            Some((least, greatest)) => {
                Look::InPages { least: (*least).to_owned(), greatest: (*greatest).to_owned() }
            }
        }
    }

    /// Remembers each id from now on; `stored` are those seen so far.
    pub(super) fn remember(&mut self, stored: impl Iterator<Item = u64>) {
        self.hashes = Some(stored.collect());
    }

    /// Which of the ids are new; `stored` holds those that [`Look::InPages`] found.
    pub(super) fn fresh(&self, ids: &[&str], stored: &HashSet<String>) -> Vec<bool> {
        let mut here = HashSet::with_capacity(ids.len());
        let is_new = |id: &str| match (&self.hashes, &self.range) {
            (Some(hashes), _) => !hashes.contains(&hash(id)),
            (None, Some((low, high))) => {
                id < low.as_str()
                    || id > high.as_str()
                    || (id != low && id != high && !stored.contains(id))
            }
            (None, None) => true,
        };
        ids.iter().map(|id| here.insert(*id) && is_new(id)).collect()
    }

    /// These were stored.
    pub(super) fn add(&mut self, ids: &[&str]) {
        if let Some(hashes) = &mut self.hashes {
            hashes.extend(ids.iter().map(|id| hash(id)));
        }
        let (Some(least), Some(greatest)) = (ids.iter().min(), ids.iter().max()) else { return };
        match &mut self.range {
            None => self.range = Some(((*least).to_owned(), (*greatest).to_owned())),
            Some((low, high)) => {
                if *least < low.as_str() {
                    (*least).clone_into(low);
                }
                if *greatest > high.as_str() {
                    (*greatest).clone_into(high);
                }
            }
        }
    }
}

/// The hash by which an id is remembered.
pub(super) fn hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_new_exactly_when_no_page_had_it(
            pages in prop::collection::vec(prop::collection::vec(0_u8..60, 0..8), 0..12),
            sorted in any::<bool>(),
        ) {
            let (mut seen, mut stored) = (Seen::default(), Vec::<String>::new());
            for mut page in pages {
                if sorted {
                    page.sort_unstable();
                    page.dedup();
                }
                let ids: Vec<String> = page.iter().map(|n| format!("{n:02}")).collect();
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let mut between = HashSet::new();
                match seen.look(&ids) {
                    Look::Nowhere => {}
                    Look::InPages { least, greatest } => {
                        between.extend(stored.iter().filter(|id| **id >= least && **id <= greatest).cloned());
                    }
                    Look::Everywhere => seen.remember(stored.iter().map(|id| hash(id))),
                }
                let fresh = seen.fresh(&ids, &between);
                for (at, id) in ids.iter().enumerate() {
                    let known = stored.iter().any(|stored| stored == id) || ids[..at].contains(id);
                    prop_assert_eq!(fresh[at], !known, "{}", id);
                }
                seen.add(&ids);
                stored.extend(ids.iter().map(|id| (*id).to_owned()));
            }
            prop_assert!(!sorted || seen.hashes.is_none());
        }
    }
}
