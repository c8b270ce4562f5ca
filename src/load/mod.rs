//! Files → [`Row`]s with their origin, streaming, and the kept copy that the second pass reads.
//!
//! Knows formats, encodings and places in files; must not know contacts, fields of the API or HTTP.
//! One file per format. A broken row is a [`Row`] with a fault; a broken file is a [`LoadError`].

mod broken;
mod delimited;
mod dialect;
mod encoding;
mod json_array;
mod jsonl;
mod object;
mod opening;
mod outcome;
mod paths;
mod quoting;
mod sniff;
mod stored;
mod text;
mod window;
mod workbook;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use crate::model::settings::InputSettings;
use crate::model::{Moment, Row, Source};

use broken::Broken;
pub use broken::{LoadError, Question};
pub use paths::{InputPath, expand};

/// The most bytes that one row may have; a longer one is a broken file (a quote never closed, mostly).
pub const MAX_ROW_BYTES: usize = 8 << 20;

/// The rows of one opened table, each read into a row that is used again and again.
trait Rows: Send {
    /// Reads the next row into `row` (all of it but `source`); false at the end of the table.
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken>;

    /// Rows without any value, which were passed over so far.
    fn blank_rows(&self) -> u64 {
        0
    }

    /// The table that follows in the same file; asked for at the end of this one.
    fn following(self: Box<Self>) -> Option<Table> {
        None
    }
}

/// One table that was opened: its rows, and what its [`Source`] says of it.
struct Table {
    rows: Box<dyn Rows>,
    sheet: Option<String>,
    header: Vec<String>,
    detected: Vec<String>,
}

/// The SHA-256 of a file, there once it has been read to its end.
type Digest = Arc<OnceLock<String>>;

/// All input of a run, row by row in reading order, in memory that does not grow with it.
pub struct Loader {
    settings: InputSettings,
    waiting: std::vec::IntoIter<InputPath>,
    sources: Vec<Source>,
    /// Of the source that is being read.
    index: u16,
    current: Option<(Table, Digest)>,
}

impl Loader {
    /// Finds the files and opens the first, so that its header is known before its first row.
    ///
    /// `now` fills strftime patterns in paths.
    pub fn open(settings: &InputSettings, now: &Moment) -> Result<Self, LoadError> {
        let waiting = expand(settings, now)?.into_iter();
        let mut loader = Self {
            settings: settings.clone(),
            waiting,
            sources: Vec::new(),
            index: 0,
            current: None,
        };
        loader.open_next()?;
        Ok(loader)
    }

    /// Reads the next row into `row`, which is meant to be used again; false at the end of all input.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, LoadError> {
        loop {
            let Some((table, _)) = &mut self.current else { return Ok(false) };
            let file = &self.sources[usize::from(self.index)].file;
            if table.rows.next(row).map_err(|b| b.within(file))? {
                row.source = self.index;
                return Ok(true);
            }
            if !self.go_on()? {
                self.open_next()?;
            }
        }
    }

    /// The tables opened so far; grows while reading. `sha256` stands once a file was read to its end.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    fn open_next(&mut self) -> Result<(), LoadError> {
        let Some(path) = self.waiting.next() else { return Ok(()) };
        let (table, digest) = opening::open(&path, &self.settings)?;
        self.begin(path.shown(), table, digest)
    }

    fn begin(&mut self, file: &str, table: Table, digest: Digest) -> Result<(), LoadError> {
        self.index = u16::try_from(self.sources.len()).map_err(|_| {
            Broken::new("is one table too many: a run reads 65,536 at most").within(file)
        })?;
        self.sources.push(Source {
            file: file.to_owned(),
            sheet: table.sheet.clone(),
            header: table.header.clone(),
            sha256: String::new(),
            detected: table.detected.join(", "),
        });
        self.current = Some((table, digest));
        Ok(())
    }

    /// Closes the table at hand and goes on with the next of its file; false where there is none.
    fn go_on(&mut self) -> Result<bool, LoadError> {
        let (Some((mut table, digest)), Some(source)) =
            (self.current.take(), self.sources.last_mut())
        else {
            return Ok(false);
        };
        source.sha256 = digest.get().cloned().unwrap_or_default();
        let blank = table.rows.blank_rows();
        if blank > 0 {
            table.detected.push(format!("{} passed over", rows_of(blank, "blank")));
            source.detected = table.detected.join(", ");
        }
        let file = source.file.clone();
        let Some(following) = table.rows.following() else { return Ok(false) };
        self.begin(&file, following, digest)?;
        Ok(true)
    }
}

/// `1 blank row`, `2 blank rows`.
fn rows_of(count: u64, kind: &str) -> String {
    format!("{count} {kind} {}", if count == 1 { "row" } else { "rows" })
}
