//! What is sorted on the way from rows and contacts to who is meant.
//!
//! All of it is contact data: a debug print shows ids and places alone.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::account::matching::{Candidate, Match, Name};
use crate::base::sorted::{Sorted, Sorter};
use crate::model::{Ordinal, RunError};

/// A contact that a row may mean.
#[derive(Clone, Serialize, Deserialize)]
pub struct Holder<'a> {
    /// As it is judged.
    #[serde(borrow)]
    pub candidate: Candidate<'a>,
    /// Its name, as it is written.
    pub name: &'a str,
    /// Its number in full, its digits.
    pub phone: Option<i64>,
    /// Its last change, as the server gave it.
    pub updated: Option<&'a str>,
}

impl std::fmt::Debug for Holder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder").field("id", &self.candidate.id).finish_non_exhaustive()
    }
}

impl<'a> Borrow<Candidate<'a>> for Holder<'a> {
    fn borrow(&self) -> &Candidate<'a> {
        &self.candidate
    }
}

/// A row that looks for its contact, as it is carried along.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct StoredRow<'a> {
    /// Its place.
    pub ordinal: Ordinal,
    /// The same for rows that say the same.
    pub content: u64,
    /// The row, as whoever added it has packed it.
    #[serde(serialize_with = "as_bytes")]
    pub bytes: &'a [u8],
}

impl std::fmt::Debug for StoredRow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredRow").field("ordinal", &self.ordinal).finish_non_exhaustive()
    }
}

/// A row by what it looks for.
#[derive(Serialize, Deserialize)]
pub(super) struct Sought<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Name<'a>>,
    pub(super) row: StoredRow<'a>,
}

/// A row that was judged.
#[derive(Debug, Serialize, Deserialize)]
pub struct Judged<'a> {
    /// The row.
    #[serde(borrow)]
    pub row: StoredRow<'a>,
    /// What became of it.
    pub what: Match,
    /// The contact that it means; else those active ones among whom a person may choose, in the order of their ids.
    pub holders: Vec<Holder<'a>>,
}

fn as_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Bytes that most entries fit into.
const ENTRY: usize = 512;

/// Entries that are sorted by a number.
#[derive(Debug)]
pub(super) struct Entries {
    path: PathBuf,
    sorter: Sorter,
    /// Room for an entry while it is added; never empty.
    bytes: Vec<u8>,
}

impl Entries {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), sorter: Sorter::new(path), bytes: vec![0; ENTRY] }
    }

    pub(super) fn add(&mut self, key: u64, entry: &impl Serialize) -> Result<(), RunError> {
        let entry = loop {
            match postcard::to_slice(entry, &mut self.bytes) {
                Ok(written) => break written.len(),
                // Few are this long.
                Err(postcard::Error::SerializeBufferFull) => {
                    self.bytes.resize(2 * self.bytes.len(), 0);
                }
                Err(error) => return Err(failed(&self.path, &error)),
            }
        };
        let entry = &self.bytes[..entry];
        self.sorter.add(key, entry).map_err(|error| failed(&self.path, &error))
    }

    /// Walks over these rows beside the contacts that have the same number; of more than `most` contacts the first are shown.
    pub(super) fn meet(
        self,
        contacts: Self,
        most: usize,
        mut visit: impl FnMut(&Sought<'_>, &[Holder<'_>]) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let Self { path, sorter: rows, .. } = self;
        let disk = |error| failed(&path, &error);
        let mut rows = rows.sorted().map_err(disk)?;
        let mut contacts = contacts.sorter.sorted().map_err(disk)?;
        let (mut row, mut contact, mut group) = (Vec::new(), Vec::new(), Group::default());
        while let Some(key) = rows.key() {
            group.clear();
            while contacts.key().is_some_and(|other| other <= key) {
                let other = contacts.next(&mut contact).map_err(disk)?;
                if other == Some(key) && group.ends.len() < most {
                    group.add(&contact);
                }
            }
            let holders = group.holders().ok_or_else(|| failed(&path, &DAMAGED))?;
            while rows.key() == Some(key) {
                rows.next(&mut row).map_err(disk)?;
                visit(&read(&path, &row)?, &holders)?;
            }
        }
        Ok(())
    }

    /// Walks over these judged rows.
    pub(super) fn each(
        self,
        mut visit: impl FnMut(&Judged<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let Self { path, sorter, .. } = self;
        let disk = |error| failed(&path, &error);
        let (mut judged, mut bytes): (Sorted, _) = (sorter.sorted().map_err(disk)?, Vec::new());
        while judged.next(&mut bytes).map_err(disk)?.is_some() {
            visit(&read(&path, &bytes)?)?;
        }
        Ok(())
    }
}

/// The contacts of one number or name, as they were sorted.
#[derive(Default)]
struct Group {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Group {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn add(&mut self, contact: &[u8]) {
        self.bytes.extend_from_slice(contact);
        self.ends.push(self.bytes.len());
    }

    fn holders(&self) -> Option<Vec<Holder<'_>>> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let places = starts.zip(&self.ends).map(|(start, end)| self.bytes.get(*start..*end));
        places.map(|bytes| postcard::from_bytes(bytes?).ok()).collect()
    }
}

const DAMAGED: &str = "what was written to it comes back otherwise";

fn read<'a, T: Deserialize<'a>>(path: &Path, bytes: &'a [u8]) -> Result<T, RunError> {
    postcard::from_bytes(bytes).map_err(|_| failed(path, &DAMAGED))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> RunError {
    RunError::internal(format!("{}: cannot be used: {error}", path.display()))
}
