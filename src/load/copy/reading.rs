//! Reads the kept copy back, from its start or from any row.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::vocabulary::{CellKind, CellMark, Cells, Ordinal, Row, RowFault, Source};

use super::{CopyError, FOOTER, kind};

type Records = csv::Reader<zstd::stream::read::Decoder<'static, BufReader<File>>>;

/// Gives a run's rows back exactly as they were kept.
pub struct CopyReader {
    path: PathBuf,
    records: Records,
    record: StringRecord,
    sources: Vec<Source>,
    chunks: Vec<(u64, u64)>,
    /// Rows there are.
    rows: u64,
    /// The row that comes next.
    at: u64,
}

impl CopyReader {
    /// Opens a copy that was finished; one that is cut short is an error here already.
    pub fn open(path: &Path) -> Result<Self, CopyError> {
        let unreadable = |e: std::io::Error| CopyError::unreadable(path, &e);
        let mut file = File::open(path).map_err(unreadable)?;
        let trailer = trailer_offset(&mut file).map_err(unreadable)?;
        let trailer = trailer.ok_or_else(|| CopyError::damaged(path))?;
        let mut reader = Self {
            path: path.to_owned(),
            records: records(file.try_clone().map_err(unreadable)?, trailer).map_err(unreadable)?,
            record: StringRecord::new(),
            sources: Vec::new(),
            chunks: Vec::new(),
            rows: 0,
            at: 0,
        };
        while !reader.trailer()? {}
        reader.records = records(file, 0).map_err(unreadable)?;
        Ok(reader)
    }

    /// The tables that the rows come from.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Rows in the copy.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads the next row into `row`, which is meant to be used again; false behind the last.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, CopyError> {
        if self.at == self.rows {
            return Ok(false);
        }
        self.read()?;
        fill(&self.record, row).ok_or_else(|| CopyError::damaged(&self.path))?;
        self.at += 1;
        Ok(true)
    }

    /// Goes to a row without reading those before its chunk; behind the last one is allowed.
    pub fn skip_to(&mut self, ordinal: Ordinal) -> Result<(), CopyError> {
        let wanted = u64::from(ordinal).min(self.rows);
        let chunk = self.chunks.partition_point(|(_, first)| *first <= wanted);
        let start = chunk.checked_sub(1).map(|c| self.chunks[c]);
        if let Some((offset, first)) = start.filter(|(_, f)| *f > self.at || wanted < self.at) {
            let file = self.records.get_ref().get_ref().get_ref().try_clone();
            self.records = file
                .and_then(|file| records(file, offset))
                .map_err(|e| CopyError::unreadable(&self.path, &e))?;
            self.at = first;
        }
        while self.at < wanted {
            self.read()?;
            self.at += 1;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), CopyError> {
        match self.records.read_record(&mut self.record) {
            Ok(true) => Ok(()),
            Ok(false) => Err(CopyError::damaged(&self.path)),
            Err(e) => match e.into_kind() {
                csv::ErrorKind::Io(e) => Err(CopyError::unreadable(&self.path, &e)),
                // csv's words may name values: rows are contact data.
                _ => Err(CopyError::damaged(&self.path)),
            },
        }
    }

    /// Reads one record of the trailer; true at its end.
    fn trailer(&mut self) -> Result<bool, CopyError> {
        self.read()?;
        let mut fields = self.record.iter();
        let mut text = || fields.next().map(str::to_owned);
        let number = |field: Option<String>| field.and_then(|f| f.parse::<u64>().ok());
        let read = match text().as_deref() {
            Some(kind::SOURCE) => (|| {
                let file = text()?;
                let sheet = (text()? == "sheet", text()?);
                let (sha256, detected) = (text()?, text()?);
                let header = std::iter::from_fn(&mut text).collect();
                let sheet = sheet.0.then_some(sheet.1);
                self.sources.push(Source { file, sheet, header, sha256, detected });
                Some(false)
            })(),
            Some(kind::CHUNK) => number(text()).zip(number(text())).map(|chunk| {
                self.chunks.push(chunk);
                false
            }),
            Some(kind::END) => number(text()).map(|rows| {
                self.rows = rows;
                true
            }),
            _ => None,
        };
        read.ok_or_else(|| CopyError::damaged(&self.path))
    }
}

fn records(mut file: File, offset: u64) -> std::io::Result<Records> {
    file.seek(SeekFrom::Start(offset))?;
    let bytes = zstd::stream::read::Decoder::new(file)?;
    Ok(csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 << 10)
        .from_reader(bytes))
}

/// Where the footer says that the trailer starts.
fn trailer_offset(file: &mut File) -> std::io::Result<Option<u64>> {
    let mut footer = [0; 16];
    let end = file.seek(SeekFrom::End(0))?;
    let Some(start) = end.checked_sub(16) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut footer)?;
    let (magic, offset) = footer.split_at(8);
    let offset = offset.try_into().ok().map(u64::from_le_bytes).filter(|o| *o < start);
    Ok(offset.filter(|_| magic == FOOTER))
}

/// Fills `row` from a record; `None` when it is none.
fn fill(record: &StringRecord, row: &mut Row) -> Option<()> {
    let mut fields = record.iter();
    let flags = fields.next()?;
    row.source = fields.next()?.parse().ok()?;
    row.line = fields.next()?.parse().ok()?;
    row.hidden = flags.contains(kind::HIDDEN);
    row.fault = None;
    if flags.contains(kind::FAULT) {
        let (problem, rule) = (fields.next()?.to_owned(), fields.next()?.to_owned());
        row.fault = Some(RowFault { problem, rule });
    }
    row.marks.clear();
    if flags.contains(kind::MARKS) {
        for _ in 0..fields.next()?.parse::<usize>().ok()? {
            row.marks.push(mark(fields.next()?)?);
        }
    }
    if flags.starts_with(kind::OBJECT) {
        let text = fields.next()?;
        if let Cells::Object(object) = &mut row.cells {
            object.clear();
            object.push_str(text);
        } else {
            row.cells = Cells::Object(text.to_owned());
        }
    } else if let Cells::Table(cells) = &mut row.cells {
        cells.clear();
        fields.for_each(|field| cells.push_field(field));
    } else {
        row.cells = Cells::Table(fields.collect());
    }
    Some(())
}

fn mark(text: &str) -> Option<CellMark> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let column = text[..digits].parse().ok()?;
    let mut rest = text[digits..].chars();
    let kind = match rest.next()? {
        'n' => CellKind::Number,
        'd' => CellKind::Date,
        'e' => CellKind::Error(rest.as_str().to_owned()),
        _ => return None,
    };
    Some(CellMark { column, kind })
}
