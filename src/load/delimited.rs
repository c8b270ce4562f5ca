//! Delimited text → rows: CSV, TSV and their kin.
//!
//! csv-core does the parsing; here are the positions, the limits and the faults that it does not report.
//! (The `csv` crate's own reader counts only `\n`, has no limit on a row and takes an open quote silently.)

use csv::StringRecord;
use csv_core::ReadRecordResult;

use crate::model::outcome_file::COLUMNS;
use crate::model::shape::Shape;
use crate::model::{CellKind, CellMark, Cells, Row, RowFault};

use super::broken::Broken;
use super::dialect::Dialect;
use super::fit::Fit;
use super::outcome;
use super::quoting::{self, Spaced};
use super::record::Parsed;
use super::swallow;
use super::table::{MAX_ROW_BYTES, Rows, Table};
use super::window::{Position, Window};

/// A delimited file, read row by row.
pub(super) struct Delimited {
    window: Window,
    position: Position,
    core: csv_core::Reader,
    delimiter: u8,
    /// Fields of the header; 0 while it is read.
    width: usize,
    /// Fields before korebulk's own columns: what an answer said may be in those.
    own_at: usize,
    blank: u64,
    record: Parsed,
    /// What is wrong with the quotes of the record.
    misquoted: Option<Misquoted>,
    /// The first row is no header, and read already.
    first_is_data: bool,
    /// Some row has more fields than the header.
    surplus: bool,
    fit: Fit,
}

/// A row whose quotes leave its fields open to doubt.
#[derive(Clone, Copy)]
enum Misquoted {
    /// Text is behind a closing quote.
    Trailing,
    /// A quote behind a blank is not closed.
    Open,
}

impl Delimited {
    /// Reads everything up to and including the header.
    pub(super) fn open(mut window: Window, dialect: &Dialect) -> Result<Table, Broken> {
        let layout = dialect.layout(window.bytes(), window.ended());
        let mut position = Position::default();
        position.pass(&window.bytes()[..layout.lead_in]);
        window.pass(layout.lead_in);
        let core = csv_core::ReaderBuilder::new().delimiter(layout.delimiter).build();
        let delimiter = layout.delimiter;
        let mut rows = Self {
            window,
            position,
            core,
            delimiter,
            width: 0,
            own_at: usize::MAX,
            blank: 0,
            record: Parsed::default(),
            misquoted: None,
            first_is_data: false,
            surplus: false,
            fit: Fit::default(),
        };
        let header = match dialect.header_row() {
            Some(0) => rows.nameless()?,
            row => rows.header(row)?,
        };
        rows.width = header.len();
        if outcome::is_own_header(&header) {
            rows.own_at = header.len() - COLUMNS.len();
        }
        let mut detected = vec!["csv".to_owned(), name(delimiter)];
        if layout.sep_line {
            detected.push("`sep=` line".to_owned());
        }
        if rows.first_is_data {
            detected.push("no header".to_owned());
        } else if rows.record.line > 1 {
            detected.push(format!("header in row {}", rows.record.line));
        }
        Ok(Table { rows: Box::new(rows), sheet: None, header, detected, encoding: None })
    }

    /// A header without names, as wide as the first row.
    fn nameless(&mut self) -> Result<Vec<String>, Broken> {
        self.first_is_data = self.read()?;
        Ok(vec![String::new(); self.record.fields()])
    }

    fn header(&mut self, row: Option<u32>) -> Result<Vec<String>, Broken> {
        let found = self.read()? && row.is_none_or(|r| self.record.line == u64::from(r));
        if !found {
            let line = row.map_or(1, u64::from);
            return Err(Broken::new("there is no header in this row").at(line));
        }
        let mut cells = StringRecord::new();
        let fault = |what: &str| Broken::new(format!("the header {what}")).at(self.record.line);
        let fits = self.record.fill(&mut cells, |_| ());
        self.fit.note(self.record.iter(), fits, self.record.line);
        if cells.len() > usize::from(u16::MAX) {
            return Err(fault("has more than 65,535 columns"));
        }
        if cells.iter().all(|name| name.trim().is_empty()) {
            return Err(fault("names no column").hint("say where it is with `--header-row`"));
        }
        Ok(cells.iter().map(str::to_owned).collect())
    }

    /// Parses the next record that is no blank line; false at the end.
    fn read(&mut self) -> Result<bool, Broken> {
        let unreadable = |e: &std::io::Error, line| Broken::unreadable(e).at(line);
        if !self
            .position
            .skip_breaks(&mut self.window)
            .map_err(|e| unreadable(&e, self.position.line))?
        {
            return Ok(false);
        }
        self.record.begin(self.position.line);
        let mut read = 0;
        loop {
            if read > MAX_ROW_BYTES {
                return Err(self.too_long(read));
            }
            if read == self.window.bytes().len() && !self.window.ended() {
                self.window.more().map_err(|e| unreadable(&e, self.position.line))?;
                continue;
            }
            let rest = &self.window.bytes()[read..];
            // A line break behind the last row ends it, unless it is in quotes.
            let closing = rest.is_empty();
            let input = if closing { b"\n".as_slice() } else { rest };
            let (result, n) = self.record.feed(&mut self.core, input);
            if !closing {
                read += n;
            }
            match result {
                ReadRecordResult::Record if read > MAX_ROW_BYTES => return Err(self.too_long(read)),
                ReadRecordResult::Record => break,
                ReadRecordResult::InputEmpty if closing => return Err(self.never_closed(read)),
                _ => {}
            }
        }
        self.settle(read)?;
        Ok(true)
    }

    /// Moves past the record's `read` bytes and looks at its quotes.
    fn settle(&mut self, read: usize) -> Result<(), Broken> {
        self.misquoted = None;
        let raw = &self.window.bytes()[..read];
        if !raw.contains(&b'"') {
            self.position.pass_line(raw);
            self.window.pass(read);
            return Ok(());
        }
        let quoting = quoting::examine(raw, self.delimiter, &mut self.position);
        let (delimiter, fields) = (self.delimiter, self.record.fields());
        let width = if self.width == 0 { fields } else { self.width };
        let table = swallow::Table { delimiter, width, fields };
        let swallowed = quoting.swallowed(raw, table, self.own_at);
        let is_spaced = |field: &[u8]| {
            let text = field.trim_ascii_start();
            text.len() < field.len() && text.first() == Some(&b'"')
        };
        if quoting.trailing.is_some() {
            self.misquoted = Some(Misquoted::Trailing);
        } else if self.record.iter().any(is_spaced) {
            match quoting::spaced(raw, self.delimiter) {
                Spaced::Fields(fields) => self.record.replace(&fields),
                Spaced::Open => self.misquoted = Some(Misquoted::Open),
                Spaced::Plain => {}
            }
        }
        self.window.pass(read);
        let hint = "a quote within a quoted field is written twice";
        match (quoting.trailing, swallowed) {
            // Whole rows may be between those quotes.
            (Some((opened, closed)), _) if opened != closed => Err(Broken::new(format!(
                "the quote that opens here closes on line {closed} in the middle of a field"
            ))
            .at(opened)
            .hint(hint)),
            (_, Some((opened, closed))) => Err(Broken::new(format!(
                "the quote that opens here closes on line {closed}, and whole rows seem to be between"
            ))
            .at(opened)
            .hint(format!("{hint}; where the field is right as it is, save the table as .xlsx"))),
            _ => Ok(()),
        }
    }

    fn never_closed(&mut self, read: usize) -> Broken {
        let raw = &self.window.bytes()[..read];
        let open = quoting::examine(raw, self.delimiter, &mut self.position.clone()).open;
        Broken::new("the quote that opens here is never closed")
            .at(open.unwrap_or(self.position.line))
            .hint("the file is cut short, or a quote within a quoted field is not written twice")
    }

    fn too_long(&mut self, read: usize) -> Broken {
        let raw = &self.window.bytes()[..read];
        match quoting::examine(raw, self.delimiter, &mut self.position.clone()).open {
            Some(_) => self.never_closed(read),
            None => Broken::new("the row is longer than 8 MiB").at(self.position.line),
        }
    }

    fn fault(&self, cells: &StringRecord) -> Option<RowFault> {
        if self.record.text().contains(&0) {
            return Some(RowFault {
                problem: "has a NUL byte".into(),
                rule: "text has none: the file may be damaged".into(),
            });
        }
        if let Some(misquoted) = self.misquoted {
            let (problem, rule) = match misquoted {
                Misquoted::Trailing => (
                    "has text behind a closing quote",
                    "a quote within a quoted field is written twice",
                ),
                Misquoted::Open => (
                    "has a quote behind a blank that is not closed on its line",
                    "no blank between a delimiter and a quote",
                ),
            };
            return Some(RowFault { problem: problem.into(), rule: rule.into() });
        }
        let beyond = cells.iter().skip(self.width);
        let blank = beyond.clone().all(|cell| cell.trim().is_empty());
        (beyond.count() > 0)
            .then(|| Shape { fields: cells.len(), width: self.width, blank }.fault())
    }
}

impl Rows for Delimited {
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        while std::mem::take(&mut self.first_is_data) || self.read()? {
            if self.record.text().trim_ascii().is_empty() {
                self.blank += 1;
                continue;
            }
            if !matches!(row.cells, Cells::Table(_)) {
                row.cells = Cells::default();
            }
            row.marks.clear();
            if let Cells::Table(cells) = &mut row.cells {
                let mark = |column| row.marks.push(CellMark { column, kind: CellKind::Guessed });
                let fits = self.record.fill(cells, mark);
                self.fit.note(self.record.iter(), fits, self.record.line);
                row.fault = self.fault(cells);
                self.surplus |= cells.len() > self.width;
            }
            row.line = self.record.line;
            row.hidden = false;
            return Ok(true);
        }
        Ok(false)
    }

    fn blank_rows(&self) -> u64 {
        self.blank
    }

    fn fit(&self) -> Option<&Fit> {
        Some(&self.fit)
    }

    fn has_surplus(&self) -> bool {
        self.surplus
    }
}

fn name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "bar".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}
