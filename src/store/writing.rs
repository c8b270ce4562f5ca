//! Writes the stored copy, a chunk of rows at a time.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::base::private;
use crate::model::{Row, Source};

use super::form::{write_len, write_number, write_row, write_source};
use super::{Chunk, CopyError, FOOTER};

/// Bytes of rows that make one zstd frame.
const CHUNK: usize = 1 << 20;

/// zstd's level: as fast as it goes, the copy lives hours.
const LEVEL: i32 = 1;

/// Writes a run's rows as they were read.
pub struct CopyWriter {
    path: PathBuf,
    file: File,
    zstd: zstd::bulk::Compressor<'static>,
    /// Rows that wait to be written.
    waiting: Vec<u8>,
    /// Bytes in the file.
    offset: u64,
    rows: u64,
    chunks: Vec<Chunk>,
    chunk_start: u64,
}

impl CopyWriter {
    /// Creates the file, readable by its owner only; one that is there is overwritten.
    pub fn create(path: &Path) -> Result<Self, CopyError> {
        let unwritable = |e| CopyError::unwritable(path, &e);
        let file = private::create(path).map_err(unwritable)?;
        let mut zstd = zstd::bulk::Compressor::new(LEVEL).map_err(unwritable)?;
        zstd.include_checksum(true).map_err(unwritable)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            zstd,
            waiting: Vec::new(),
            offset: 0,
            rows: 0,
            chunks: Vec::new(),
            chunk_start: 0,
        })
    }

    /// Writes one row.
    pub fn write(&mut self, row: &Row) -> Result<(), CopyError> {
        write_row(&mut self.waiting, row);
        self.rows += 1;
        if self.waiting.len() < CHUNK { Ok(()) } else { self.end_chunk() }
    }

    /// Writes what is left and the trailer; on disk when it returns.
    pub fn finish(mut self, sources: &[Source]) -> Result<(), CopyError> {
        self.end_chunk()?;
        let trailer = self.offset;
        write_len(&mut self.waiting, sources.len());
        for source in sources {
            write_source(&mut self.waiting, source);
        }
        write_len(&mut self.waiting, self.chunks.len());
        for Chunk { offset, first, bytes } in std::mem::take(&mut self.chunks) {
            for number in [offset, first, bytes] {
                write_number(&mut self.waiting, number);
            }
        }
        write_number(&mut self.waiting, self.rows);
        self.write_frame()?;
        self.file
            .write_all(&FOOTER)
            .and_then(|()| self.file.write_all(&trailer.to_le_bytes()))
            .and_then(|()| self.file.sync_all())
            .map_err(|e| CopyError::unwritable(&self.path, &e))
    }

    fn end_chunk(&mut self) -> Result<(), CopyError> {
        let bytes = self.waiting.len() as u64;
        self.chunks.push(Chunk { offset: self.offset, first: self.chunk_start, bytes });
        self.chunk_start = self.rows;
        self.write_frame()
    }

    fn write_frame(&mut self) -> Result<(), CopyError> {
        let unwritable = |e| CopyError::unwritable(&self.path, &e);
        let frame = self.zstd.compress(&self.waiting).map_err(unwritable)?;
        self.file.write_all(&frame).map_err(unwritable)?;
        self.offset += frame.len() as u64;
        self.waiting.clear();
        Ok(())
    }
}
