//! Entries of one length, sorted by a number, on disk: looked up by it, so that memory does not grow with them.
//!
//! The file has no name while it is used. Knows nothing of what an entry holds.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use super::sorted::{Nameless, Sorted, nameless};
use super::system;

/// Bytes of a key.
const KEY: usize = size_of::<u64>();
/// Bytes of the value under it.
pub(crate) const VALUE: usize = 8;
/// Bytes of an entry.
const ENTRY: usize = KEY + VALUE;

/// A table of entries.
#[derive(Debug)]
pub(crate) struct Lookup {
    file: Nameless,
    entries: u64,
}

impl Lookup {
    /// A table of all records that are left in `sorted`, which have [`VALUE`] bytes each. Its file is made at this path.
    pub(crate) fn of(mut sorted: Sorted, path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::new(nameless(path)?);
        let (mut record, mut entries) = (Vec::new(), 0);
        while let Some(key) = sorted.next(&mut record)? {
            let value = <[u8; VALUE]>::try_from(&record[..]).map_err(io::Error::other)?;
            out.write_all(&key.to_le_bytes())?;
            out.write_all(&value)?;
            entries += 1;
        }
        Ok(Self { file: out.into_inner().map_err(io::IntoInnerError::into_error)?, entries })
    }

    /// The first of the values under this key for which `which` gives something.
    pub(crate) fn find<T>(
        &self,
        key: u64,
        which: impl Fn([u8; VALUE]) -> Option<T>,
    ) -> io::Result<Option<T>> {
        let (mut low, mut high) = (0, self.entries);
        while low < high {
            let middle = low.midpoint(high);
            match self.entry(middle)?.0 < key {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        for at in low..self.entries {
            match self.entry(at)? {
                (found, value) if found == key => {
                    if let Some(value) = which(value) {
                        return Ok(Some(value));
                    }
                }
                _ => break,
            }
        }
        Ok(None)
    }

    fn entry(&self, at: u64) -> io::Result<(u64, [u8; VALUE])> {
        let (mut key, mut value) = ([0; KEY], [0; VALUE]);
        let mut entry = [0; ENTRY];
        system::read_exact_at(&self.file.file, &mut entry, at * ENTRY as u64)?;
        key.copy_from_slice(&entry[..KEY]);
        value.copy_from_slice(&entry[KEY..]);
        Ok((u64::from_le_bytes(key), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sorted::Sorter;

    #[test]
    fn every_entry_is_found_by_its_key_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(&dir.path().join("sorted"));
        for n in (0..100_000_u64).rev() {
            sorter.add(n / 2 * 3, &n.to_le_bytes()).unwrap();
        }
        let table = Lookup::of(sorter.sorted().unwrap(), &dir.path().join("table")).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let all = |key| {
            let found = std::cell::RefCell::default();
            let note = |value| -> Option<()> {
                Vec::push(&mut found.borrow_mut(), u64::from_le_bytes(value));
                None
            };
            table.find(key, note).unwrap();
            found.into_inner()
        };
        for n in [0, 2, 4, 50_000, 99_998] {
            assert_eq!(all(n / 2 * 3), [n + 1, n], "in the order in which they came");
            assert_eq!(all(n / 2 * 3 + 1), [0_u64; 0]);
        }
        assert_eq!(table.find(0, |_| Some(7)).unwrap(), Some(7));
        assert_eq!((all(149_998), all(u64::MAX)), (Vec::new(), Vec::new()));
        let empty = Sorter::new(&dir.path().join("none")).sorted().unwrap();
        let empty = Lookup::of(empty, &dir.path().join("empty")).unwrap();
        assert_eq!(empty.find(1, Some).unwrap(), None);
    }
}
