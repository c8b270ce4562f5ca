//! How a row is written in the stored copy: numbers as LEB128, texts behind their lengths.
//!
//! Nothing is quoted or escaped, so a row is written and read without a look at each of its bytes.

use csv::StringRecord;

use crate::model::{CellKind, CellMark, Cells, Row, RowFault, Source};

/// What a row has; the first byte of each.
mod flag {
    /// It is one JSON object, not cells.
    pub(super) const OBJECT: u8 = 1;
    /// Problem and rule of a fault come before the values.
    pub(super) const FAULT: u8 = 2;
    /// Marks come before the values, behind their count.
    pub(super) const MARKS: u8 = 4;
    /// It is hidden.
    pub(super) const HIDDEN: u8 = 8;
}

/// Writes a row behind what is there.
pub(super) fn write_row(out: &mut Vec<u8>, row: &Row) {
    let flags = [
        (matches!(row.cells, Cells::Object(_)), flag::OBJECT),
        (row.fault.is_some(), flag::FAULT),
        (!row.marks.is_empty(), flag::MARKS),
        (row.hidden, flag::HIDDEN),
    ];
    out.push(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum());
    write_number(out, row.source.into());
    write_number(out, row.line);
    if let Some(fault) = &row.fault {
        write_text(out, &fault.problem);
        write_text(out, &fault.rule);
    }
    if !row.marks.is_empty() {
        write_len(out, row.marks.len());
        for mark in &row.marks {
            write_mark(out, mark);
        }
    }
    match &row.cells {
        Cells::Table(cells) => {
            write_len(out, cells.len());
            for cell in cells {
                write_len(out, cell.len());
            }
            out.extend_from_slice(cells.as_byte_record().as_slice());
        }
        Cells::Object(text) => write_text(out, text),
    }
}

fn write_mark(out: &mut Vec<u8>, mark: &CellMark) {
    write_number(out, mark.column.into());
    match &mark.kind {
        CellKind::Number => out.push(b'n'),
        CellKind::Fraction => out.push(b'f'),
        CellKind::Date => out.push(b'd'),
        CellKind::Boolean => out.push(b'b'),
        CellKind::Guessed => out.push(b'g'),
        CellKind::Merged => out.push(b'm'),
        CellKind::Formatted => out.push(b'o'),
        CellKind::Error(text) => {
            out.push(b'e');
            write_text(out, text);
        }
    }
}

/// Writes a source behind what is there.
pub(super) fn write_source(out: &mut Vec<u8>, source: &Source) {
    write_text(out, &source.file);
    write_len(out, source.sheet.iter().len());
    if let Some(sheet) = &source.sheet {
        write_text(out, sheet);
    }
    write_text(out, &source.sha256);
    write_text(out, &source.detected);
    write_len(out, source.header.len());
    for name in &source.header {
        write_text(out, name);
    }
}

/// Seven bits a byte, the lowest first; all but the last byte have their high bit set.
pub(super) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(0x80 | number.to_le_bytes()[0]);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// A length or count.
pub(super) fn write_len(out: &mut Vec<u8>, len: usize) {
    write_number(out, len as u64);
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    write_len(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// What is left to read. Every method gives `None` where the bytes are not what was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left<'a>(pub(super) &'a [u8]);

impl<'a> Left<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A length or count.
    pub(super) fn len(&mut self) -> Option<usize> {
        self.number()?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = self.len()?;
        std::str::from_utf8(self.bytes(len)?).ok()
    }

    /// Reads a row into `row`, whose memory is used again.
    pub(super) fn row(&mut self, row: &mut Row) -> Option<()> {
        let flags = self.byte()?;
        row.source = self.number()?.try_into().ok()?;
        row.line = self.number()?;
        row.hidden = flags & flag::HIDDEN != 0;
        row.fault = None;
        if flags & flag::FAULT != 0 {
            let [problem, rule] = [self.text()?, self.text()?].map(str::to_owned);
            row.fault = Some(RowFault { problem, rule });
        }
        row.marks.clear();
        if flags & flag::MARKS != 0 {
            for _ in 0..self.len()? {
                row.marks.push(self.mark()?);
            }
        }
        if flags & flag::OBJECT != 0 {
            let text = self.text()?;
            if let Cells::Object(object) = &mut row.cells {
                object.clear();
                object.push_str(text);
            } else {
                row.cells = Cells::Object(text.to_owned());
            }
            return Some(());
        }
        if !matches!(row.cells, Cells::Table(_)) {
            row.cells = Cells::default();
        }
        if let Cells::Table(cells) = &mut row.cells { self.cells(cells) } else { None }
    }

    fn cells(&mut self, cells: &mut StringRecord) -> Option<()> {
        cells.clear();
        let count = self.len()?;
        let mut lengths = *self;
        let mut all = 0_usize;
        for _ in 0..count {
            all = all.checked_add(self.len()?)?;
        }
        let mut text = std::str::from_utf8(self.bytes(all)?).ok()?;
        for _ in 0..count {
            let (cell, rest) = text.split_at_checked(lengths.len()?)?;
            cells.push_field(cell);
            text = rest;
        }
        Some(())
    }

    fn mark(&mut self) -> Option<CellMark> {
        let column = self.number()?.try_into().ok()?;
        let kind = match self.byte()? {
            b'n' => CellKind::Number,
            b'f' => CellKind::Fraction,
            b'd' => CellKind::Date,
            b'b' => CellKind::Boolean,
            b'g' => CellKind::Guessed,
            b'm' => CellKind::Merged,
            b'o' => CellKind::Formatted,
            b'e' => CellKind::Error(self.text()?.to_owned()),
            _ => return None,
        };
        Some(CellMark { column, kind })
    }

    pub(super) fn source(&mut self) -> Option<Source> {
        let file = self.text()?.to_owned();
        let sheet = match self.len()? {
            0 => None,
            _ => Some(self.text()?.to_owned()),
        };
        let [sha256, detected] = [self.text()?, self.text()?].map(str::to_owned);
        let names = self.len()?;
        let header = (0..names).map(|_| self.text().map(str::to_owned)).collect::<Option<_>>()?;
        Some(Source { file, sheet, header, sha256, detected })
    }
}
