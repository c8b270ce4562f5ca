//! Writes the kept copy, a chunk of rows at a time.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::vocabulary::{CellKind, CellMark, Cells, Row, Source};

use super::{CopyError, FOOTER, kind};

/// Bytes of CSV that make one zstd frame.
const CHUNK: usize = 1 << 20;

/// zstd's level: as fast as it goes, the copy lives hours.
const LEVEL: i32 = 1;

/// Writes a run's rows as they were read.
pub struct CopyWriter {
    path: PathBuf,
    file: File,
    zstd: zstd::bulk::Compressor<'static>,
    csv: csv::Writer<Vec<u8>>,
    number: String,
    /// Bytes in the file.
    offset: u64,
    rows: u64,
    /// Offset and first row of each chunk.
    chunks: Vec<(u64, u64)>,
    chunk_start: u64,
}

impl CopyWriter {
    /// Creates the file, readable by its owner only; one that is there is overwritten.
    pub fn create(path: &Path) -> Result<Self, CopyError> {
        let unwritable = |e| CopyError::unwritable(path, &e);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(unwritable)?;
        let mut zstd = zstd::bulk::Compressor::new(LEVEL).map_err(unwritable)?;
        zstd.include_checksum(true).map_err(unwritable)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            zstd,
            csv: csv::WriterBuilder::new()
                .flexible(true)
                .from_writer(Vec::with_capacity(CHUNK * 9 / 8)),
            number: String::new(),
            offset: 0,
            rows: 0,
            chunks: Vec::new(),
            chunk_start: 0,
        })
    }

    /// Keeps one row.
    pub fn keep(&mut self, row: &Row) -> Result<(), CopyError> {
        self.write(row).map_err(|e| CopyError::unwritable(&self.path, &e.into()))?;
        self.rows += 1;
        if self.csv.get_ref().len() >= CHUNK {
            self.chunks.push((self.offset, self.chunk_start));
            self.chunk_start = self.rows;
            self.flush()?;
        }
        Ok(())
    }

    /// Rows kept so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes what is left and the trailer; on disk when it returns.
    pub fn finish(mut self, sources: &[Source]) -> Result<(), CopyError> {
        self.chunks.push((self.offset, self.chunk_start));
        self.flush()?;
        let trailer = self.offset;
        self.trailer(sources).map_err(|e| CopyError::unwritable(&self.path, &e.into()))?;
        self.flush()?;
        self.file
            .write_all(&FOOTER)
            .and_then(|()| self.file.write_all(&trailer.to_le_bytes()))
            .and_then(|()| self.file.sync_all())
            .map_err(|e| CopyError::unwritable(&self.path, &e))
    }

    fn write(&mut self, row: &Row) -> Result<(), csv::Error> {
        self.number.clear();
        self.number.push(if matches!(row.cells, Cells::Table(_)) {
            kind::TABLE
        } else {
            kind::OBJECT
        });
        let flags = [
            (row.fault.is_some(), kind::FAULT),
            (!row.marks.is_empty(), kind::MARKS),
            (row.hidden, kind::HIDDEN),
        ];
        self.number.extend(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag));
        self.csv.write_field(&self.number)?;
        self.number(row.source)?;
        self.number(row.line)?;
        if let Some(fault) = &row.fault {
            self.csv.write_field(&fault.problem)?;
            self.csv.write_field(&fault.rule)?;
        }
        if !row.marks.is_empty() {
            self.number(row.marks.len())?;
            row.marks.iter().try_for_each(|mark| self.mark(mark))?;
        }
        match &row.cells {
            Cells::Table(cells) => cells.iter().try_for_each(|cell| self.csv.write_field(cell))?,
            Cells::Object(text) => self.csv.write_field(text)?,
        }
        self.csv.write_record(None::<&[u8]>)
    }

    /// `3n`, `4d`, `6eG12 #REF!`: column, kind, text of an error.
    fn mark(&mut self, mark: &CellMark) -> Result<(), csv::Error> {
        let (letter, text) = match &mark.kind {
            CellKind::Number => ('n', ""),
            CellKind::Date => ('d', ""),
            CellKind::Error(text) => ('e', text.as_str()),
        };
        self.number.clear();
        write!(self.number, "{}{letter}{text}", mark.column).expect("a String takes any text");
        self.csv.write_field(&self.number)
    }

    fn number(&mut self, number: impl std::fmt::Display) -> Result<(), csv::Error> {
        self.number.clear();
        write!(self.number, "{number}").expect("a String takes any text");
        self.csv.write_field(&self.number)
    }

    fn trailer(&mut self, sources: &[Source]) -> Result<(), csv::Error> {
        for source in sources {
            let has_sheet = if source.sheet.is_some() { "sheet" } else { "" };
            let sheet = source.sheet.as_deref().unwrap_or_default();
            let fixed =
                [kind::SOURCE, &source.file, has_sheet, sheet, &source.sha256, &source.detected];
            fixed.iter().try_for_each(|field| self.csv.write_field(field))?;
            source.header.iter().try_for_each(|name| self.csv.write_field(name))?;
            self.csv.write_record(None::<&[u8]>)?;
        }
        for (offset, first) in std::mem::take(&mut self.chunks) {
            self.csv.write_field(kind::CHUNK)?;
            self.number(offset)?;
            self.number(first)?;
            self.csv.write_record(None::<&[u8]>)?;
        }
        self.csv.write_field(kind::END)?;
        self.number(self.rows)?;
        self.csv.write_record(None::<&[u8]>)
    }

    /// Writes what is in the chunk as one zstd frame.
    fn flush(&mut self) -> Result<(), CopyError> {
        let unwritable = |e: &std::io::Error| CopyError::unwritable(&self.path, e);
        let empty = csv::Writer::from_writer(Vec::new());
        let mut chunk = std::mem::replace(&mut self.csv, empty)
            .into_inner()
            .map_err(|e| unwritable(e.error()))?;
        let frame = self.zstd.compress(&chunk).map_err(|e| unwritable(&e))?;
        self.file.write_all(&frame).map_err(|e| unwritable(&e))?;
        self.offset += u64::try_from(frame.len()).expect("a frame is no larger than memory");
        chunk.clear();
        self.csv = csv::WriterBuilder::new().flexible(true).from_writer(chunk);
        Ok(())
    }
}
