//! Delimited text → rows: CSV, TSV and their kin.
//!
//! csv-core does the parsing; here stand the places, the limits and the faults it does not speak of.
//! (The `csv` crate's own reader counts only `\n`, has no limit on a row and takes an open quote silently.)

use csv::StringRecord;
use csv_core::ReadRecordResult;

use crate::model::{Cells, Row, RowFault};

use super::broken::Broken;
use super::dialect::Dialect;
use super::quoting::{self, Quoting};
use super::window::{Place, Window};
use super::{MAX_ROW_BYTES, Rows, Table};

/// A delimited file, read row by row.
pub(super) struct Delimited {
    window: Window,
    place: Place,
    core: csv_core::Reader,
    delimiter: u8,
    width: usize,
    blank: u64,
    record: Parsed,
}

/// One record as csv-core leaves it: its fields one behind the other, and where each ends.
#[derive(Default)]
struct Parsed {
    text: Vec<u8>,
    ends: Vec<usize>,
    text_len: usize,
    fields: usize,
    line: u64,
    quoting: Quoting,
}

impl Delimited {
    /// Reads everything up to and including the header.
    pub(super) fn open(mut window: Window, dialect: &Dialect) -> Result<Table, Broken> {
        let layout = dialect.layout(window.bytes(), window.ended());
        let mut place = Place::default();
        place.pass(&window.bytes()[..layout.lead_in]);
        window.pass(layout.lead_in);
        let core = csv_core::ReaderBuilder::new().delimiter(layout.delimiter).build();
        let record = Parsed { text: vec![0; 4096], ends: vec![0; 64], ..Parsed::default() };
        let delimiter = layout.delimiter;
        let mut rows = Self { window, place, core, delimiter, width: 0, blank: 0, record };
        let header = rows.header(dialect.header_row())?;
        rows.width = header.len();
        let mut detected = vec!["csv".to_owned(), name(delimiter)];
        if layout.sep_line {
            detected.push("`sep=` line".to_owned());
        }
        if rows.record.line > 1 {
            detected.push(format!("header in row {}", rows.record.line));
        }
        Ok(Table { rows: Box::new(rows), sheet: None, header, detected })
    }

    fn header(&mut self, row: Option<u32>) -> Result<Vec<String>, Broken> {
        let found = self.read()? && row.is_none_or(|r| self.record.line == u64::from(r));
        if !found {
            let line = row.map_or(1, u64::from);
            return Err(Broken::new("there is no header in this row").at(line));
        }
        let mut cells = StringRecord::new();
        let fault = |what: &str| Broken::new(format!("the header {what}")).at(self.record.line);
        if !self.record.fill(&mut cells) {
            return Err(fault("is not valid UTF-8").hint("give the file's `--encoding`"));
        }
        if cells.len() > usize::from(u16::MAX) {
            return Err(fault("has more than 65,535 columns"));
        }
        if cells.iter().all(|name| name.trim().is_empty()) {
            return Err(fault("names no column").hint("say where it stands with `--header-row`"));
        }
        let header: Vec<String> = cells.iter().map(str::to_owned).collect();
        no_name_twice(&header, |at| (at + 1).to_string())
            .map_err(|broken| broken.at(self.record.line))?;
        Ok(header)
    }

    /// Parses the next record that is no blank line; false at the end.
    fn read(&mut self) -> Result<bool, Broken> {
        let unreadable = |e: &std::io::Error, line| Broken::unreadable(e).at(line);
        if !self.place.skip_breaks(&mut self.window).map_err(|e| unreadable(&e, self.place.line))? {
            return Ok(false);
        }
        let record = &mut self.record;
        (record.text_len, record.fields, record.line) = (0, 0, self.place.line);
        let mut read = 0;
        loop {
            if read > MAX_ROW_BYTES {
                return Err(self.too_long(read));
            }
            if read == self.window.bytes().len() && !self.window.ended() {
                self.window.more().map_err(|e| unreadable(&e, self.place.line))?;
                continue;
            }
            let rest = &self.window.bytes()[read..];
            // A line break behind the last row ends it, unless it stands in quotes.
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
        let raw = &self.window.bytes()[..read];
        self.record.quoting = if raw.contains(&b'"') {
            quoting::examine(raw, self.delimiter, &mut self.place)
        } else {
            self.place.pass_line(raw);
            Quoting::default()
        };
        self.window.pass(read);
        match self.record.quoting.trailing {
            // Whole rows may stand between those quotes.
            Some((opened, closed)) if opened != closed => Err(Broken::new(format!(
                "the quote that opens here closes on line {closed} in the middle of a field"
            ))
            .at(opened)
            .hint("a quote within a quoted field is written twice")),
            _ => Ok(()),
        }
    }

    fn never_closed(&mut self, read: usize) -> Broken {
        let raw = &self.window.bytes()[..read];
        let open = quoting::examine(raw, self.delimiter, &mut self.place.clone()).open;
        Broken::new("the quote that opens here is never closed")
            .at(open.unwrap_or(self.place.line))
            .hint("the file is cut short, or a quote within a quoted field is not written twice")
    }

    fn too_long(&mut self, read: usize) -> Broken {
        let raw = &self.window.bytes()[..read];
        match quoting::examine(raw, self.delimiter, &mut self.place.clone()).open {
            Some(_) => self.never_closed(read),
            None => Broken::new("the row is longer than 8 MiB").at(self.place.line),
        }
    }

    fn fault(&self, valid: bool, cells: &mut StringRecord) -> Option<RowFault> {
        if !valid {
            return Some(RowFault {
                problem: "is not valid UTF-8".into(),
                rule: "if the file is in another encoding, give it: `--encoding windows-1252`"
                    .into(),
            });
        }
        if self.record.text().contains(&0) {
            return Some(RowFault {
                problem: "has a NUL byte".into(),
                rule: "text has none: the file may be damaged".into(),
            });
        }
        if self.record.quoting.trailing.is_some() {
            return Some(RowFault {
                problem: "has text behind a closing quote".into(),
                rule: "a quote within a quoted field is written twice".into(),
            });
        }
        // Empty cells beyond the header are what a trailing delimiter leaves.
        if cells.len() > self.width && cells.iter().skip(self.width).all(str::is_empty) {
            cells.truncate(self.width);
        }
        (cells.len() != self.width).then(|| RowFault {
            problem: format!("has {} fields, the header has {}", cells.len(), self.width),
            rule: "a field that holds the delimiter stands in quotes".into(),
        })
    }
}

impl Rows for Delimited {
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        while self.read()? {
            if self.record.text().trim_ascii().is_empty() {
                self.blank += 1;
                continue;
            }
            if !matches!(row.cells, Cells::Table(_)) {
                row.cells = Cells::default();
            }
            if let Cells::Table(cells) = &mut row.cells {
                let valid = self.record.fill(cells);
                row.fault = self.fault(valid, cells);
            }
            row.line = self.record.line;
            row.hidden = false;
            row.marks.clear();
            return Ok(true);
        }
        Ok(false)
    }

    fn blank_rows(&self) -> u64 {
        self.blank
    }
}

impl Parsed {
    fn text(&self) -> &[u8] {
        &self.text[..self.text_len]
    }

    /// Hands `input` to csv-core and makes room where it asks for some; says how much it took.
    fn feed(&mut self, core: &mut csv_core::Reader, input: &[u8]) -> (ReadRecordResult, usize) {
        let (result, read, written, ended) =
            core.read_record(input, &mut self.text[self.text_len..], &mut self.ends[self.fields..]);
        self.text_len += written;
        self.fields += ended;
        match result {
            ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            _ => {}
        }
        (result, read)
    }

    /// Fills `cells`; false when a field is no UTF-8 (what is none then shows as U+FFFD).
    fn fill(&self, cells: &mut StringRecord) -> bool {
        cells.clear();
        let text = std::str::from_utf8(self.text()).ok();
        let mut start = 0;
        let mut valid = true;
        for &end in &self.ends[..self.fields] {
            // `get`: a character may be cut in two by a delimiter.
            if let Some(field) = text.and_then(|t| t.get(start..end)) {
                cells.push_field(field);
            } else {
                let field = String::from_utf8_lossy(&self.text[start..end]);
                valid &= matches!(field, std::borrow::Cow::Borrowed(_));
                cells.push_field(&field);
            }
            start = end;
        }
        valid
    }
}

/// Columns without a name may be many; no name may stand twice.
pub(super) fn no_name_twice(
    header: &[String],
    column: impl Fn(usize) -> String,
) -> Result<(), Broken> {
    let mut seen = std::collections::HashMap::with_capacity(header.len());
    for (at, name) in header.iter().enumerate().filter(|(_, name)| !name.trim().is_empty()) {
        if let Some(first) = seen.insert(name.as_str(), at) {
            let (first, second) = (column(first), column(at));
            return Err(Broken::new(format!(
                "the header has `{name}` twice, in columns {first} and {second}"
            ))
            .hint("rename one of them: which one is meant cannot be guessed"));
        }
    }
    Ok(())
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
