//! A JSON array of objects → rows, one element at a time: the array itself is never in memory.
//!
//! A row is called by its place in the array, from 1; what is wrong with the file by its line.
//! An element that is no object is a faulty row; a syntax error is a broken file.

use crate::model::Row;

use super::broken::Broken;
use super::fit::Fit;
use super::jsonl;
use super::object::{self, ObjectCheck};
use super::table::{MAX_ROW_BYTES, Rows, Table};
use super::window::{MARK, Position, Window};

/// A file that is one JSON array.
pub(super) struct JsonArray {
    window: Window,
    position: Position,
    check: ObjectCheck,
    at: At,
    /// Elements so far: an array may be one line, so that its lines tell nothing apart.
    elements: u64,
    fit: Fit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Element,
    End,
}

impl JsonArray {
    pub(super) fn open(window: Window) -> Table {
        let (position, check) = (Position::default(), ObjectCheck::default());
        let rows =
            Self { window, position, check, at: At::Start, elements: 0, fit: Fit::default() };
        let detected = vec!["json".to_owned()];
        Table { rows: Box::new(rows), sheet: None, header: Vec::new(), detected, encoding: None }
    }

    /// The next byte that is no white space; `None` at the end of the text.
    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        loop {
            let bytes = self.window.bytes();
            let blanks = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let next = bytes.get(blanks).copied();
            self.pass(blanks);
            if next == Some(MARK[0]) {
                let read = self.window.at_least(MARK.len());
                read.map_err(|e| Broken::unreadable(&e).at(self.position.line))?;
                if self.window.bytes().starts_with(&MARK) {
                    self.window.pass(MARK.len());
                    continue;
                }
            }
            if next.is_some() {
                return Ok(next);
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    fn more(&mut self) -> Result<bool, Broken> {
        self.window.more().map_err(|e| Broken::unreadable(&e).at(self.position.line))
    }

    fn pass(&mut self, n: usize) {
        self.position.pass(&self.window.bytes()[..n]);
        self.window.pass(n);
    }

    fn broken(&self, what: &str) -> Broken {
        let column = self.position.column + 1;
        Broken::new(format!("broken JSON at column {column}: {what}"))
            .at(self.position.line)
            .hint("the file is cut short or damaged: fetch it again")
    }

    /// Goes to the start of the next element; false behind the end of the array.
    fn element(&mut self) -> Result<bool, Broken> {
        let before = (self.at, self.peek()?);
        match before {
            (At::Start, Some(b'[')) => {
                self.pass(1);
                self.at = At::Element;
                if self.peek()? != Some(b']') {
                    return Ok(true);
                }
                self.pass(1);
            }
            (At::Start, _) => {
                return Err(self.broken("the file is no array").hint(
                    "give an array of objects `[…]`, or one object a line with `format = \"jsonl\"`",
                ));
            }
            (At::Element, Some(b',')) => {
                self.pass(1);
                return Ok(true);
            }
            (At::Element, Some(b']')) => self.pass(1),
            (At::Element, Some(_)) => return Err(self.broken("expected `,` or `]`")),
            (At::Element, None) => return Err(self.broken("the array is never closed")),
            (At::End, _) => {}
        }
        self.at = At::End;
        match self.peek()? {
            None => Ok(false),
            Some(b'[') => Err(Broken::new("a second array begins: were two files joined?")
                .at(self.position.line)
                .hint("give each file by itself, or make one array of both")),
            Some(_) => Err(self.broken("text behind the array")),
        }
    }

    /// The length of the element at the start of the window.
    fn extent(&mut self) -> Result<usize, Broken> {
        let mut scan = Scan::default();
        let mut length = 0;
        loop {
            let bytes = &self.window.bytes()[length..];
            let end = bytes.iter().position(|&byte| scan.ends_before(byte));
            length += end.unwrap_or(bytes.len());
            if length > MAX_ROW_BYTES {
                return Err(Broken::new("the record is longer than 8 MiB").at(self.position.line));
            }
            if end.is_some() || scan.complete {
                return Ok(length);
            }
            if !self.more()? {
                return Err(self.broken("the record that starts here never ends"));
            }
        }
    }
}

impl Rows for JsonArray {
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        if !self.element()? {
            return Ok(false);
        }
        if self.peek()?.is_none() {
            return Err(self.broken("the array is never closed"));
        }
        let length = self.extent()?;
        if length == 0 {
            return Err(self.broken("expected a record"));
        }
        self.elements += 1;
        row.line = self.elements;
        let mut broken = None;
        let object = &self.window.bytes()[..length];
        let fits = jsonl::fill(row, object, |text| {
            self.check.check(text).unwrap_or_else(|e| {
                broken = Some(e);
                None
            })
        });
        self.fit.note(std::iter::once(object), fits, self.position.line);
        if let Some(error) = broken {
            let lines = u64::try_from(error.line().saturating_sub(1)).unwrap_or(0);
            let columns = u64::try_from(error.column()).unwrap_or(0).saturating_sub(1);
            self.position.column =
                if lines == 0 { self.position.column + columns } else { columns };
            self.position.line += lines;
            return Err(self.broken(&object::message(&error)));
        }
        self.pass(length);
        Ok(true)
    }

    fn fit(&self) -> Option<&Fit> {
        Some(&self.fit)
    }
}

/// Finds the end of a JSON value by its brackets and quotes alone; `serde_json` judges it afterwards.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    complete: bool,
}

impl Scan {
    /// Whether the value ended before `byte`.
    fn ends_before(&mut self, byte: u8) -> bool {
        if self.complete {
            return true;
        }
        if self.in_string {
            self.in_string = self.escaped || byte != b'"';
            self.escaped = byte == b'\\' && !self.escaped;
            self.complete = !self.in_string && self.depth == 0;
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' | b',' if self.depth == 0 => return true,
            b'}' | b']' => {
                self.depth -= 1;
                self.complete = self.depth == 0;
            }
            _ => return self.depth == 0 && byte.is_ascii_whitespace(),
        }
        false
    }
}
