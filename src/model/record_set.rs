//! A set of records by ordinal, one bit each, and its short form in text.

use std::borrow::Borrow;

use super::record::Ordinal;

/// Ordinals, one bit each: 1.25 MB for ten million records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordSet {
    words: Vec<u64>,
}

impl RecordSet {
    /// The set of all ordinals below `count`.
    pub fn all(count: u64) -> Self {
        let full = usize::try_from(count / 64).expect("ordinals fit the address space");
        let mut words = vec![u64::MAX; full];
        if !count.is_multiple_of(64) {
            words.push((1 << (count % 64)) - 1);
        }
        Self { words }
    }

    /// Adds one.
    pub fn insert(&mut self, ordinal: Ordinal) {
        let (word, bit) = place(ordinal);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Takes one out.
    pub fn remove(&mut self, ordinal: Ordinal) {
        let (word, bit) = place(ordinal);
        if let Some(bits) = self.words.get_mut(word) {
            *bits &= !bit;
        }
    }

    /// Whether it is in the set.
    pub fn contains(&self, ordinal: Ordinal) -> bool {
        let (word, bit) = place(ordinal);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Takes out all that `others` holds.
    pub fn remove_all(&mut self, others: &Self) {
        for (bits, out) in self.words.iter_mut().zip(&others.words) {
            *bits &= !out;
        }
    }

    /// Its ordinals, upwards.
    pub fn iter(&self) -> impl Iterator<Item = Ordinal> {
        let bits = |(word, bits): (usize, &u64)| {
            let (first, bits) = (u32::try_from(word).unwrap_or(u32::MAX) * 64, *bits);
            (0..64u32).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| first + bit)
        };
        self.words.iter().enumerate().flat_map(bits)
    }

    /// The set as [`from_ranges`] reads it: `0-99,105`.
    pub fn to_ranges(&self) -> String {
        to_ranges(self.iter())
    }

    /// How many are in the set.
    pub fn len(&self) -> u64 {
        self.words.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }

    /// Whether none is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|bits| *bits == 0)
    }
}

impl FromIterator<Ordinal> for RecordSet {
    fn from_iter<I: IntoIterator<Item = Ordinal>>(ordinals: I) -> Self {
        let mut set = Self::default();
        for ordinal in ordinals {
            set.insert(ordinal);
        }
        set
    }
}

fn place(ordinal: Ordinal) -> (usize, u64) {
    let word = usize::try_from(ordinal / 64).expect("ordinals fit the address space");
    (word, 1 << (ordinal % 64))
}

/// Writes ordinals as ranges in their own order: `0-99,105,104`. Runs only upwards.
pub fn to_ranges(ordinals: impl IntoIterator<Item = impl Borrow<Ordinal>>) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let mut rest = ordinals.into_iter().map(|ordinal| *ordinal.borrow()).peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while let Some(next) = rest.next_if(|next| last.checked_add(1) == Some(*next)) {
            last = next;
        }
        let comma = if text.is_empty() { "" } else { "," };
        let written = if first == last {
            write!(text, "{comma}{first}")
        } else {
            write!(text, "{comma}{first}-{last}")
        };
        written.expect("a String takes any text");
    }
    text
}

/// Reads what [`to_ranges`] wrote; `None` for anything else.
pub fn from_ranges(text: &str) -> Option<Vec<Ordinal>> {
    let mut ordinals = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (Ordinal, Ordinal) = (first.parse().ok()?, last.parse().ok()?);
        if last < first {
            return None;
        }
        ordinals.extend(first..=last);
    }
    Some(ordinals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_read_well() {
        assert_eq!(to_ranges([0, 1, 2, 7, 9, 8]), "0-2,7,9,8");
        assert_eq!(to_ranges([0; 0]), "");
        assert_eq!(to_ranges([Ordinal::MAX - 1, Ordinal::MAX]), "4294967294-4294967295");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["a", "3-1", "1-", "-1", "1..2"] {
            assert_eq!(from_ranges(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_come_back_as_they_went(ordinals in prop::collection::vec(0u32..500, 0..80)) {
            prop_assert_eq!(from_ranges(&to_ranges(&ordinals)), Some(ordinals));
        }

        #[test]
        fn a_set_holds_what_was_put_in(count in 0u64..300, out in prop::collection::vec(0u32..400, 0..40)) {
            let mut set = RecordSet::all(count);
            let mut model: std::collections::BTreeSet<u32> = (0..u32::try_from(count).unwrap()).collect();
            for ordinal in out {
                if ordinal % 2 == 0 { set.remove(ordinal); model.remove(&ordinal); }
                else { set.insert(ordinal); model.insert(ordinal); }
            }
            prop_assert_eq!(set.len(), model.len() as u64);
            for ordinal in 0..500 { prop_assert_eq!(set.contains(ordinal), model.contains(&ordinal)); }
            prop_assert_eq!(from_ranges(&set.to_ranges()), Some(model.iter().copied().collect::<Vec<_>>()));
            let mut none = RecordSet::all(500);
            none.remove_all(&set);
            for ordinal in 0..500 { prop_assert_eq!(none.contains(ordinal), !model.contains(&ordinal)); }
        }
    }
}
