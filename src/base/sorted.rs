//! Records sorted by a number, on disk, so that memory does not grow with them.
//!
//! They are sorted in chunks, which are appended to one file and merged when they are read. The file has no name while it
//! is used, so that nothing of it is left behind, also after a kill. Knows nothing of what a record holds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::private::{self, Unnamed};
use super::system;

/// Bytes of the records that are sorted at once.
const CHUNK: usize = 1 << 20;
/// Bytes of a chunk that are read at once.
const PIECE: usize = 16 << 10;
/// Bytes in front of a record: its key and its length.
const HEAD: usize = 12;

/// Collects records.
#[derive(Debug)]
pub(crate) struct Sorter {
    path: PathBuf,
    /// `None` while the first chunk is not full.
    file: Option<Nameless>,
    chunks: Vec<Range<u64>>,
    /// The chunk that is being filled, in the order in which records came.
    filling: Vec<u8>,
    /// Key and place of each record in it.
    places: Vec<(u64, u32)>,
}

impl Sorter {
    /// An empty one. Where its records need a file, that is made at this path, in place of what is there.
    pub(crate) fn new(path: &Path) -> Self {
        let (filling, places) = (Vec::new(), Vec::new());
        Self { path: path.to_owned(), file: None, chunks: Vec::new(), filling, places }
    }

    /// Adds a record of less than 4 GiB.
    pub(crate) fn add(&mut self, key: u64, record: &[u8]) -> io::Result<()> {
        if self.filling.len() + HEAD + record.len() > CHUNK && !self.filling.is_empty() {
            self.close_chunk()?;
        }
        let length = u32::try_from(record.len()).map_err(io::Error::other)?;
        let place = u32::try_from(self.filling.len()).map_err(io::Error::other)?;
        self.places.push((key, place));
        self.filling.extend_from_slice(&key.to_le_bytes());
        self.filling.extend_from_slice(&length.to_le_bytes());
        self.filling.extend_from_slice(record);
        Ok(())
    }

    fn close_chunk(&mut self) -> io::Result<()> {
        let mut sorted = Vec::with_capacity(self.filling.len());
        self.sort_into(&mut sorted);
        let file = match &mut self.file {
            Some(file) => file,
            empty @ None => empty.insert(nameless(&self.path)?),
        };
        file.write_all(&sorted)?;
        let start = self.chunks.last().map_or(0, |chunk| chunk.end);
        self.chunks.push(start..start + sorted.len() as u64);
        self.filling.clear();
        self.places.clear();
        Ok(())
    }

    /// Records of one key stay in the order in which they came.
    fn sort_into(&mut self, sorted: &mut Vec<u8>) {
        self.places.sort_unstable();
        for (_, place) in &self.places {
            let record = &self.filling[*place as usize..];
            let end = length(record).map_or(record.len(), |length| HEAD + length);
            sorted.extend_from_slice(&record[..end]);
        }
    }

    /// All of them, in the order of their keys; those of one key in the order in which they came.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted> {
        let mut last = Vec::new();
        self.sort_into(&mut last);
        let of_file = self.chunks.into_iter().map(|left| Chunk { left, ..Chunk::default() });
        let chunks: Vec<Chunk> =
            of_file.chain([Chunk { piece: last, ..Chunk::default() }]).collect();
        let mut sorted = Sorted { file: self.file, chunks, heads: BinaryHeap::new() };
        for at in 0..sorted.chunks.len() {
            sorted.chunks[at].fill(file_of(sorted.file.as_ref()))?;
            sorted.heads.extend(sorted.chunks[at].key().map(|key| Reverse((key, at))));
        }
        Ok(sorted)
    }
}

/// A new file to be written and read, whose name is taken away at once.
pub(super) fn nameless(path: &Path) -> io::Result<Nameless> {
    private::create(path)?;
    let file = private::reopen(path)?;
    Ok(Nameless { file, _name: private::unname(path)? })
}

/// The file, and behind it its name, so that it is closed first.
#[derive(Debug)]
pub(super) struct Nameless {
    pub(super) file: File,
    _name: Unnamed,
}

impl Write for Nameless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn file_of(nameless: Option<&Nameless>) -> Option<&File> {
    nameless.map(|nameless| &nameless.file)
}

/// The records of a [`Sorter`], in order.
#[derive(Debug)]
pub(crate) struct Sorted {
    file: Option<Nameless>,
    chunks: Vec<Chunk>,
    /// The next key of each chunk, and the place of the chunk.
    heads: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Sorted {
    /// The key of the next record.
    pub(crate) fn key(&self) -> Option<u64> {
        self.heads.peek().map(|Reverse((key, _))| *key)
    }

    /// The next record, in place of what is in `record`, and its key; `None` behind the last.
    pub(crate) fn next(&mut self, record: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((key, at)) = *head;
        let chunk = &mut self.chunks[at];
        record.clear();
        record.extend_from_slice(chunk.take());
        chunk.fill(file_of(self.file.as_ref()))?;
        match chunk.key() {
            Some(next) => *head = Reverse((next, at)),
            None => drop(PeekMut::pop(head)),
        }
        Ok(Some(key))
    }
}

/// A sorted chunk while it is read.
#[derive(Debug, Default)]
struct Chunk {
    /// What of the file was not read so far.
    left: Range<u64>,
    piece: Vec<u8>,
    /// Where the next record begins in the piece.
    at: usize,
}

impl Chunk {
    fn key(&self) -> Option<u64> {
        let bytes = self.piece.get(self.at..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    fn take(&mut self) -> &[u8] {
        let start = self.at + HEAD;
        self.at = start + length(&self.piece[self.at..]).unwrap_or_default();
        &self.piece[start..self.at]
    }

    /// Reads on where the next record is not whole in the piece.
    fn fill(&mut self, file: Option<&File>) -> io::Result<()> {
        loop {
            let rest = &self.piece[self.at..];
            let is_whole = length(rest).is_some_and(|length| HEAD + length <= rest.len());
            let (Some(file), false, false) = (file, is_whole, self.left.is_empty()) else {
                return Ok(());
            };
            self.piece.drain(..self.at);
            self.at = 0;
            let known = self.piece.len();
            let more = usize::try_from(self.left.end - self.left.start).unwrap_or(PIECE).min(PIECE);
            self.piece.resize(known + more, 0);
            system::read_exact_at(file, &mut self.piece[known..], self.left.start)?;
            self.left.start += more as u64;
        }
    }
}

/// The length of the record at the start of these bytes.
fn length(record: &[u8]) -> Option<usize> {
    let bytes = record.get(size_of::<u64>()..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(all_of: Sorter) -> Vec<(u64, Vec<u8>)> {
        let (mut entries, mut record, mut all) = (all_of.sorted().unwrap(), Vec::new(), Vec::new());
        while let Some(next) = entries.key() {
            assert_eq!(entries.next(&mut record).unwrap(), Some(next));
            all.push((next, record.clone()));
        }
        assert_eq!(entries.next(&mut record).unwrap(), None);
        all
    }

    /// So many bytes that few of them make a chunk.
    fn long(n: usize) -> Vec<u8> {
        n.to_le_bytes().into_iter().cycle().take(n * 1_000).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn records_come_in_the_order_of_their_keys_and_else_as_they_came(
            records in proptest::collection::vec((0_u64..9, 0_usize..900), 0..60),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::new(&dir.path().join("sorted"));
            for (key, n) in &records {
                sorter.add(*key, &long(*n)).unwrap();
            }
            let mut expected = records;
            expected.sort_by_key(|(key, _)| *key);
            let expected: Vec<_> = expected.into_iter().map(|(key, n)| (key, long(n))).collect();
            prop_assert!(read(sorter) == expected);
        }
    }

    #[test]
    fn the_file_of_many_records_has_no_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sorted");
        std::fs::write(&path, "what a killed process left").unwrap();
        let mut sorter = Sorter::new(&path);
        for n in 0..200_000_u64 {
            sorter.add(n.wrapping_mul(7_919) % 200_000, &[b'x'; 40]).unwrap();
        }
        assert!(sorter.chunks.len() > 1);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let keys: Vec<u64> = read(sorter).into_iter().map(|(key, _)| key).collect();
        assert!(keys.into_iter().eq(0..200_000));
    }
}
