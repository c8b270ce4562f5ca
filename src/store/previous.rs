//! What is about to be sent, and what it was before (`previous.jsonl.zst`): written before the first byte of a run that has read
//! its contacts, in the order in which they leave.
//!
//! A line that says what the file is, then one JSON object a record. zstd, any number of frames. A later line of a record
//! takes the place of an earlier one.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zstd::stream::{read::Decoder, write::Encoder};

use crate::base::private;
use crate::model::{Ordinal, Record, RunError};

/// Its name in the run's directory.
pub const PREVIOUS: &str = "previous.jsonl.zst";

/// The first line.
const HEAD: &str = r#"{"korebulk":"previous","format":1}"#;

/// zstd's level: the file stays for weeks.
const LEVEL: i32 = 3;

/// A record, and its contact as it was.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the key that the file has")]
pub struct Previous<'a> {
    /// The record.
    pub ordinal: Ordinal,
    /// Index of its source.
    pub source: u16,
    /// Its row as the person counts it.
    pub row: u64,
    /// The page of the reading that the contact was on.
    pub page: i64,
    /// When that page was read.
    pub read_at: Timestamp,
    /// The whole contact, as the server gave it; `None` where the account does not have it.
    #[serde(borrow)]
    pub previous: Option<&'a RawValue>,
    /// The record as it is in a request.
    #[serde(borrow)]
    pub sent: &'a RawValue,
    /// Where its values come from: a letter a field of the API, in their order, without the id.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub from: Option<Cow<'a, str>>,
    /// What it is known by where it has no id yet: its phone number.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub number: Option<Cow<'a, str>>,
    /// The id that a contact had which is created anew.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub was: Option<Cow<'a, str>>,
}

impl Previous<'_> {
    /// The record as it is sent; `None` where it is none.
    pub fn record(&self) -> Option<Record> {
        let mut record = match &self.number {
            Some(number) => Record::new_contact(self.ordinal, number, self.sent.get()),
            None => Record::stored(self.ordinal, self.sent.get())?,
        };
        (record.source, record.line) = (self.source, self.row);
        Some(record)
    }
}

/// Writes the file.
pub struct PreviousWriter {
    path: PathBuf,
    out: Encoder<'static, File>,
    line: Vec<u8>,
}

impl PreviousWriter {
    /// A new file, readable by its owner only.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        let out = private::create(path).and_then(|file| {
            let mut out = Encoder::new(file, LEVEL)?;
            out.include_checksum(true)?;
            writeln!(out, "{HEAD}")?;
            Ok(out)
        });
        let out = out.map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), out, line: Vec::new() })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn put(&mut self, previous: &Previous<'_>) -> Result<(), RunError> {
        self.line.clear();
        line(previous, &mut self.line)
            .and_then(|()| self.out.write_all(&self.line))
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// On disk when it returns.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn finish(self) -> Result<(), RunError> {
        let file = self.out.finish().map_err(|error| unwritable(&self.path, &error))?;
        file.sync_all().map_err(|error| unwritable(&self.path, &error))
    }
}

/// Reads the file, line by line.
pub struct PreviousReader {
    path: PathBuf,
    lines: BufReader<Decoder<'static, BufReader<File>>>,
    line: String,
}

impl PreviousReader {
    /// Opens it.
    ///
    /// # Errors
    /// Exit 70 where it is missing, damaged or of another version.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let lines = private::read(path).and_then(Decoder::new).map(BufReader::new);
        let lines = lines.map_err(|error| unreadable(path, &error))?;
        let mut reader = Self { path: path.to_owned(), lines, line: String::new() };
        match reader.next_line()? && reader.line.trim_end() == HEAD {
            true => Ok(reader),
            false => Err(unreadable(path, &"it is of another version of korebulk")),
        }
    }

    /// The next record; `None` behind the last.
    ///
    /// # Errors
    /// Exit 70 where the file is damaged.
    pub fn read(&mut self) -> Result<Option<Previous<'_>>, RunError> {
        if !self.next_line()? {
            return Ok(None);
        }
        let previous = serde_json::from_str(&self.line);
        previous.map(Some).map_err(|_| unreadable(&self.path, &"it is damaged"))
    }

    fn next_line(&mut self) -> Result<bool, RunError> {
        self.line.clear();
        let read = self.lines.read_line(&mut self.line);
        read.map(|bytes| bytes > 0).map_err(|error| unreadable(&self.path, &error))
    }
}

/// Adds a record's line to what is to be written.
pub(super) fn line(previous: &Previous<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    serde_json::to_writer(&mut *out, previous).map_err(io::Error::from)?;
    // In JSON a line break is between values only.
    let breaks = out.iter_mut().skip(start).filter(|byte| matches!(byte, b'\n' | b'\r'));
    breaks.for_each(|byte| *byte = b' ');
    out.push(b'\n');
    Ok(())
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> RunError {
    RunError::internal(format!("{}: cannot be written: {error}", path.display()))
}

pub(super) fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> RunError {
    RunError::internal(format!("{}: cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Vec<(Ordinal, String, String)> {
        let mut reader = PreviousReader::open(path).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = reader.read().unwrap() {
            let record = line.record().unwrap();
            lines.push((
                line.ordinal,
                record.key().to_owned(),
                line.previous.unwrap().get().to_owned(),
            ));
        }
        lines
    }

    #[test]
    fn what_was_written_is_read_back_and_more_can_be_added() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(PREVIOUS);
        let mut writer = PreviousWriter::create(&path).unwrap();
        let mut put = |ordinal, previous: &str, sent: &str| {
            let previous = Previous {
                ordinal,
                source: 0,
                row: 2,
                page: 1,
                read_at: Timestamp::UNIX_EPOCH,
                previous: Some(serde_json::from_str(previous).unwrap()),
                sent: serde_json::from_str(sent).unwrap(),
                from: None,
                number: None,
                was: None,
            };
            writer.put(&previous).unwrap();
        };
        put(7, "{\n\"a\":\"\\n\"}", r#"{"id":"x","b":1}"#);
        put(3, "{}", r#""y""#);
        writer.finish().unwrap();
        let expected = [(7, "x", r#"{ "a":"\n"}"#), (3, "y", "{}")];
        let expected = expected.map(|(n, id, text)| (n, id.to_owned(), text.to_owned()));
        assert_eq!(lines(&path), expected);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let mut reader = PreviousReader::open(&path).unwrap();
        let broken = (0..3).find_map(|_| reader.read().map(drop).err()).unwrap();
        assert_eq!(broken.exit, crate::model::Exit::Internal);
    }
}
