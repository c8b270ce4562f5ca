//! Reads the stored copy back, from its start or from any row.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::base::private;
use crate::model::{Ordinal, Row, Source};

use super::form::Left;
use super::{Chunk, CopyError, FOOTER};

/// The most that a chunk may unpack to, whatever it claims: one ends with the row that fills a MiB, and
/// no row has much more than eight.
const MOST_OF_CHUNK: usize = 64 << 20;

/// The most that the trailer may unpack to.
const MOST_OF_TRAILER: u64 = 1 << 30;

/// Gives a run's rows back exactly as they were written.
pub struct CopyReader {
    path: PathBuf,
    file: File,
    zstd: zstd::bulk::Decompressor<'static>,
    trailer: Trailer,
    /// A chunk's frame as it is in the file.
    frame: Vec<u8>,
    /// The rows of the chunk at hand, and how much of them has been read.
    rows: Vec<u8>,
    read: usize,
    /// The chunk that comes next.
    chunk: usize,
    /// The row that comes next.
    at: u64,
}

/// What is behind the rows.
struct Trailer {
    /// Where it begins, and the last chunk ends.
    offset: u64,
    sources: Vec<Source>,
    chunks: Vec<Chunk>,
    rows: u64,
}

impl CopyReader {
    /// Opens a copy that was finished; one that is cut short is an error here already.
    pub fn open(path: &Path) -> Result<Self, CopyError> {
        let unreadable = |e: std::io::Error| CopyError::unreadable(path, &e);
        let mut file = private::read(path).map_err(unreadable)?;
        let trailer = Trailer::read(&mut file).map_err(unreadable)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            zstd: zstd::bulk::Decompressor::new().map_err(unreadable)?,
            trailer: trailer.ok_or_else(|| CopyError::damaged(path))?,
            frame: Vec::new(),
            rows: Vec::new(),
            read: 0,
            chunk: 0,
            at: 0,
        })
    }

    /// The tables that the rows come from.
    pub fn sources(&self) -> &[Source] {
        &self.trailer.sources
    }

    /// Rows in the copy.
    pub fn rows(&self) -> u64 {
        self.trailer.rows
    }

    /// Reads the next row into `row`, which is meant to be used again; false behind the last.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, CopyError> {
        if self.at == self.trailer.rows {
            return Ok(false);
        }
        while self.read == self.rows.len() {
            self.open_chunk()?;
        }
        let mut left = Left(self.rows.get(self.read..).unwrap_or_default());
        left.row(row).ok_or_else(|| CopyError::damaged(&self.path))?;
        self.read = self.rows.len() - left.0.len();
        self.at += 1;
        Ok(true)
    }

    /// Goes to a row without reading those before its chunk; behind the last one is allowed.
    pub fn skip_to(&mut self, ordinal: Ordinal) -> Result<(), CopyError> {
        let wanted = u64::from(ordinal).min(self.trailer.rows);
        let chunk = self.trailer.chunks.partition_point(|chunk| chunk.first <= wanted);
        let chunk = chunk.saturating_sub(1);
        let first = self.trailer.chunks.get(chunk).map_or(0, |chunk| chunk.first);
        if first > self.at || wanted < self.at {
            (self.chunk, self.at) = (chunk, first);
            self.rows.clear();
            self.read = 0;
        }
        let mut passed = Row::default();
        while self.at < wanted && self.next(&mut passed)? {}
        Ok(())
    }

    fn open_chunk(&mut self) -> Result<(), CopyError> {
        let opened = self.read_chunk().map_err(|e| CopyError::unreadable(&self.path, &e))?;
        opened.ok_or_else(|| CopyError::damaged(&self.path))
    }

    /// Puts the next chunk at hand; `None` where the file is not what its trailer says.
    fn read_chunk(&mut self) -> std::io::Result<Option<()>> {
        let chunks = &self.trailer.chunks;
        let Some(chunk) = chunks.get(self.chunk) else { return Ok(None) };
        let end = chunks.get(self.chunk + 1).map_or(self.trailer.offset, |next| next.offset);
        let Some(length) = end.checked_sub(chunk.offset) else { return Ok(None) };
        self.chunk += 1;
        self.frame.clear();
        self.file.seek(SeekFrom::Start(chunk.offset))?;
        Read::by_ref(&mut self.file).take(length).read_to_end(&mut self.frame)?;
        let bytes = usize::try_from(chunk.bytes).ok().filter(|bytes| *bytes <= MOST_OF_CHUNK);
        let Some(bytes) = bytes else { return Ok(None) };
        self.rows.clear();
        self.read = 0;
        self.rows.reserve(bytes);
        // A frame that zstd cannot read, its checksum included, is damaged.
        let whole = self.zstd.decompress_to_buffer(&self.frame, &mut self.rows);
        Ok(whole.ok().filter(|read| *read == bytes).map(drop))
    }
}

impl Trailer {
    /// Finds it by the footer; `None` where there is none, or it is damaged.
    fn read(file: &mut File) -> std::io::Result<Option<Self>> {
        let mut footer = [0; 16];
        let end = file.seek(SeekFrom::End(0))?;
        let Some(start) = end.checked_sub(16) else { return Ok(None) };
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut footer)?;
        let (magic, offset) = footer.split_at(8);
        let offset = offset.try_into().ok().map(u64::from_le_bytes).filter(|o| *o < start);
        let Some(offset) = offset.filter(|_| magic == FOOTER) else { return Ok(None) };
        file.seek(SeekFrom::Start(offset))?;
        let frame = Read::by_ref(file).take(start - offset);
        let mut bytes = Vec::new();
        let read = zstd::Decoder::new(frame)
            .and_then(|frame| frame.take(MOST_OF_TRAILER).read_to_end(&mut bytes));
        Ok(read.ok().and_then(|_| Self::parsed(offset, &bytes)))
    }

    fn parsed(offset: u64, bytes: &[u8]) -> Option<Self> {
        let mut left = Left(bytes);
        let sources = left.len()?;
        let sources = (0..sources).map(|_| left.source()).collect::<Option<_>>()?;
        let chunks = left.len()?;
        let mut chunk = || {
            let [offset, first, bytes] = [left.number()?, left.number()?, left.number()?];
            Some(Chunk { offset, first, bytes })
        };
        let chunks = (0..chunks).map(|_| chunk()).collect::<Option<_>>()?;
        Some(Self { offset, sources, chunks, rows: left.number()? })
    }
}
