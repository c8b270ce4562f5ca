//! What of a run's records was written down anew, because their contacts had changed (`previous-again.jsonl`).
//!
//! A line of a record takes the place of every earlier one, and of that in `previous.jsonl.zst`. Not compressed: what a kill
//! cut short is cut off, and nothing of it was sent.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::previous::{PREVIOUS, Previous, PreviousReader, line, unreadable, unwritable};
use crate::base::private;
use crate::model::{Ordinal, RunError};

/// Its name in the run's directory.
pub const AGAIN: &str = "previous-again.jsonl";

/// Writes the file.
pub struct AgainWriter {
    path: PathBuf,
    file: Option<File>,
    /// The last line of each record.
    last: HashMap<Ordinal, u64>,
    lines: Vec<u8>,
}

impl AgainWriter {
    /// For the run in this directory; what an earlier session wrote stays.
    ///
    /// # Errors
    /// Exit 70 for the disk, and where the file is damaged.
    pub fn open(dir: &Path) -> Result<Self, RunError> {
        let path = dir.join(AGAIN);
        let mut last = HashMap::new();
        let whole = read(&path, |number, previous| {
            last.insert(previous.ordinal, number);
            Ok(true)
        })?;
        let file = whole.map(|whole| {
            let mut file = private::reopen(&path)?;
            file.set_len(whole)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        });
        let file = file.transpose().map_err(|error| unwritable(&path, &error))?;
        Ok(Self { path, file, last, lines: Vec::new() })
    }

    /// Whether it has a record.
    pub fn has(&self, ordinal: Ordinal) -> bool {
        self.last.contains_key(&ordinal)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// Exit 70 where it cannot be written as JSON.
    pub fn put(&mut self, previous: &Previous<'_>) -> Result<(), RunError> {
        line(previous, &mut self.lines).map_err(|error| unwritable(&self.path, &error))?;
        self.last.insert(previous.ordinal, 0);
        Ok(())
    }

    /// On disk when it returns.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn sync(&mut self) -> Result<(), RunError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let unwritten = |error: io::Error| unwritable(&self.path, &error);
        let mut file = match self.file.take() {
            Some(file) => file,
            None => private::create(&self.path).map_err(unwritten)?,
        };
        let written = file.write_all(&self.lines).and_then(|()| file.sync_all());
        written.map_err(|error| unwritable(&self.path, &error))?;
        self.file = Some(file);
        self.lines.clear();
        Ok(())
    }
}

/// Every record of the run in this directory once, as it was written down last; until `visit` says false.
///
/// # Errors
/// Those of `visit`; exit 70 where a file is missing or damaged.
pub fn each_latest(
    dir: &Path,
    mut visit: impl FnMut(&Previous<'_>) -> Result<bool, RunError>,
) -> Result<(), RunError> {
    let again = dir.join(AGAIN);
    let mut last: HashMap<Ordinal, u64> = HashMap::new();
    // Lines that are added meanwhile are of records that were visited before.
    read(&again, |number, previous| {
        last.insert(previous.ordinal, number);
        Ok(true)
    })?;
    let mut reader = PreviousReader::open(&dir.join(PREVIOUS))?;
    while let Some(previous) = reader.read()? {
        if !last.contains_key(&previous.ordinal) && !visit(&previous)? {
            return Ok(());
        }
    }
    let mut left = last.len();
    read(&again, |number, previous| {
        if last.get(&previous.ordinal) == Some(&number) {
            left -= 1;
            return Ok(visit(previous)? && left > 0);
        }
        Ok(left > 0)
    })
    .map(drop)
}

/// Every line with its number, until `visit` says false; the bytes of whole lines, `None` where there is no such file.
fn read(
    path: &Path,
    mut visit: impl FnMut(u64, &Previous<'_>) -> Result<bool, RunError>,
) -> Result<Option<u64>, RunError> {
    let mut file = match private::read(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let (mut whole, mut text) = (0, String::new());
    for number in 0.. {
        text.clear();
        // A line that was cut short may end within a character.
        let read = match file.read_line(&mut text) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => break,
            read => read.map_err(|error| unreadable(path, &error))?,
        };
        if !text.ends_with('\n') {
            break;
        }
        whole += read as u64;
        let previous = serde_json::from_str(&text).map_err(|_| unreadable(path, &"damaged"))?;
        if !visit(number, &previous)? {
            break;
        }
    }
    Ok(Some(whole))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::PreviousWriter;
    use super::*;

    fn previous<'a>(ordinal: Ordinal, text: &'a str, sent: &'a str) -> Previous<'a> {
        Previous {
            ordinal,
            source: 0,
            row: 2,
            page: 1,
            read_at: Timestamp::UNIX_EPOCH,
            previous: Some(serde_json::from_str(text).unwrap()),
            sent: serde_json::from_str(sent).unwrap(),
            from: None,
            number: None,
            was: None,
        }
    }

    fn latest(dir: &Path) -> Vec<(Ordinal, String)> {
        let mut found = Vec::new();
        each_latest(dir, |previous| {
            found.push((previous.ordinal, previous.sent.get().to_owned()));
            Ok(true)
        })
        .unwrap();
        found
    }

    #[test]
    fn the_last_line_of_a_record_counts_and_one_that_was_cut_short_does_not() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path();
        let mut writer = PreviousWriter::create(&dir.join(PREVIOUS)).unwrap();
        for ordinal in [4, 5, 6] {
            writer.put(&previous(ordinal, "{}", "\"first\"")).unwrap();
        }
        writer.finish().unwrap();
        let mut again = AgainWriter::open(dir).unwrap();
        again.sync().unwrap();
        assert!(!dir.join(AGAIN).exists());
        for text in ["\"second\"", "\"third\""] {
            again.put(&previous(5, "{\n}", text)).unwrap();
            again.sync().unwrap();
        }
        let expected =
            [(4, "\"first\""), (6, "\"first\""), (5, "\"third\"")].map(|(n, s)| (n, s.to_owned()));
        assert_eq!(latest(dir), expected);
        let whole = std::fs::read(dir.join(AGAIN)).unwrap();
        std::fs::write(dir.join(AGAIN), &whole[..whole.len() - 3]).unwrap();
        assert_eq!(latest(dir)[2], (5, "\"second\"".to_owned()));
        let mut again = AgainWriter::open(dir).unwrap();
        assert!(again.has(5) && !again.has(4));
        again.put(&previous(4, "{}", "\"fourth\"")).unwrap();
        again.sync().unwrap();
        let expected = [(6, "\"first\""), (5, "\"second\""), (4, "\"fourth\"")];
        assert_eq!(latest(dir), expected.map(|(n, s)| (n, s.to_owned())));
    }
}
