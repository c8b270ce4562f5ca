//! JSON lines → rows: one object a line. A line that is none is a faulty row, not a broken file.

use std::borrow::Cow;

use crate::model::{CellKind, CellMark, Cells, Row, RowFault};

use super::broken::Broken;
use super::fit::Fit;
use super::object::{self, ObjectCheck};
use super::table::{MAX_ROW_BYTES, Rows, Table};
use super::window::{Position, Window};

/// A file of JSON lines.
pub(super) struct Jsonl {
    window: Window,
    position: Position,
    check: ObjectCheck,
    fit: Fit,
}

impl Jsonl {
    pub(super) fn open(window: Window) -> Result<Table, Broken> {
        if spread_out(window.bytes()) {
            return Err(Broken::new("is JSON over several lines, not one object a line")
                .hint("write each object on one line, or all of them as one array `[…]`"));
        }
        let (position, check) = (Position::default(), ObjectCheck::default());
        let rows = Self { window, position, check, fit: Fit::default() };
        let detected = vec!["jsonl".to_owned()];
        Ok(Table {
            rows: Box::new(rows),
            sheet: None,
            header: Vec::new(),
            detected,
            encoding: None,
        })
    }

    /// The length of the line at the start of the window.
    fn line(&mut self) -> Result<usize, Broken> {
        let mut searched = 0;
        loop {
            let bytes = &self.window.bytes()[searched..];
            let end = bytes.iter().position(|b| matches!(b, b'\r' | b'\n'));
            searched += end.unwrap_or(bytes.len());
            if searched > MAX_ROW_BYTES {
                return Err(Broken::new("the line is longer than 8 MiB").at(self.position.line));
            }
            if end.is_some() {
                return Ok(searched);
            }
            let more = self.window.more();
            if !more.map_err(|e| Broken::unreadable(&e).at(self.position.line))? {
                return Ok(searched);
            }
        }
    }
}

impl Rows for Jsonl {
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        loop {
            let more = self.position.skip_breaks(&mut self.window);
            if !more.map_err(|e| Broken::unreadable(&e).at(self.position.line))? {
                return Ok(false);
            }
            let length = self.line()?;
            let line = &self.window.bytes()[..length];
            let object = line.trim_ascii();
            row.line = self.position.line;
            let blank = object.is_empty();
            if !blank {
                let fits = fill(row, object, |text| {
                    self.check.check(text).unwrap_or_else(|e| Some(broken(&e)))
                });
                self.fit.note(std::iter::once(object), fits, row.line);
            }
            self.position.pass_line(line);
            self.window.pass(length);
            if !blank {
                return Ok(true);
            }
        }
    }

    fn fit(&self) -> Option<&Fit> {
        Some(&self.fit)
    }
}

fn broken(error: &serde_json::Error) -> RowFault {
    let problem = format!("is no JSON: {} at column {}", object::message(error), error.column());
    object::fault(&problem, "each line is one JSON object")
}

/// Puts the text of one object, and its fault, into a row that is used again; false where it is no
/// UTF-8.
pub(super) fn fill(
    row: &mut Row,
    object: &[u8],
    check: impl FnOnce(&str) -> Option<RowFault>,
) -> bool {
    let valid = String::from_utf8_lossy(object);
    let fits = matches!(valid, Cow::Borrowed(_));
    if !matches!(row.cells, Cells::Object(_)) {
        row.cells = Cells::Object(String::new());
    }
    if let Cells::Object(text) = &mut row.cells {
        text.clear();
        text.push_str(&valid);
        row.fault = check(&valid);
    }
    row.hidden = false;
    row.marks.clear();
    if !fits {
        row.marks.push(CellMark { column: 0, kind: CellKind::Guessed });
    }
    fits
}

/// An object whose first line is not all of it, and whose second starts no other.
fn spread_out(head: &[u8]) -> bool {
    let mut lines = head
        .split(|b| matches!(b, b'\r' | b'\n'))
        .map(<[u8]>::trim_ascii)
        .filter(|l| !l.is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let cut = serde_json::from_slice::<serde::de::IgnoredAny>(first).is_err_and(|e| e.is_eof());
    cut && !second.starts_with(b"{")
}
