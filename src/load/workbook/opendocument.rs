//! `content.xml` of an `OpenDocument` spreadsheet before calamine: cells and rows may be repeated by a
//! number, and calamine writes them all out, so their sum is limited here; hidden rows, merged cells, and numbers that are
//! shown otherwise than they are stored.

use std::io::{BufReader, Read};

use quick_xml::events::{BytesStart, Event};

use super::super::broken::Broken;
use super::facts::{self, Facts, Merged, SheetFacts, attribute};
use super::kind::encrypted;
use super::number_format::Look;
use super::parts::{MAX_SHEET, Package, actual, damaged, elements};

/// Cells written out, over all sheets.
const MAX_CELLS: u64 = 20_000_000;

/// Bytes of text written out, over all sheets.
const MAX_TEXT: u64 = 512 << 20;

/// Rows of a sheet, as calamine has it.
const MAX_ROWS: u64 = 1 << 20;

/// The hidden rows of each sheet, if what it all comes to is within the limits.
pub(super) fn check(package: &mut Package) -> Result<Facts, Broken> {
    let mut secret = false;
    // A manifest that cannot be read says nothing; calamine will.
    let _ = elements(package, "META-INF/manifest.xml", |e| {
        secret |= e.local_name().as_ref() == "encryption-data";
    });
    if secret {
        return Err(encrypted());
    }
    let name = actual(package, "content.xml").ok_or_else(damaged)?;
    let part = package.by_name(&name).map_err(|_| damaged())?.take(MAX_SHEET);
    let mut reader = facts::reader(BufReader::new(part));
    let mut content = Content::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| damaged())? {
            Event::Start(e) => content.open(&e),
            Event::Empty(e) => {
                content.open(&e);
                content.close(e.name().as_ref());
            }
            Event::End(e) => content.close(e.name().as_ref()),
            Event::Text(text) => {
                content.text += length(text.as_ref().len());
                content.show(text.as_ref());
            }
            Event::GeneralRef(name) => {
                content.show(if name.as_ref().starts_with('#') { "x" } else { " " });
            }
            Event::Eof => return Ok(content.facts),
            _ => {}
        }
        if content.cells > MAX_CELLS || content.written > MAX_TEXT {
            return Err(Broken::new("unpacks to more than korebulk reads from a workbook")
                .hint("save the sheet as CSV"));
        }
    }
}

#[derive(Default)]
struct Content {
    facts: Facts,
    /// Cells and bytes of text that were written out so far.
    cells: u64,
    written: u64,
    sheet: String,
    rows: SheetFacts,
    /// Of the sheet: rows so far, rows up to the last filled one, columns.
    row: u64,
    filled_rows: u64,
    width: u64,
    /// Of the row.
    repeated: u64,
    column: u64,
    filled_columns: u64,
    row_text: u64,
    /// Of the cell.
    columns: u64,
    text: u64,
    /// Of the cell: the number that it holds, what it shows, and how deep in what is not shown the reader is.
    number: Option<f64>,
    shown: String,
    is_text: bool,
    aside: u64,
}

/// The longest text that is compared with its number.
const MAX_SHOWN: usize = 400;

impl Content {
    fn open(&mut self, e: &BytesStart<'_>) {
        match e.name().as_ref() {
            "table:table" => {
                self.sheet = attribute(e, "name").unwrap_or_default();
                self.rows = SheetFacts::default();
                (self.row, self.filled_rows, self.width) = (0, 0, 0);
            }
            "table:table-row" => {
                self.repeated = number(e, "number-rows-repeated").min(MAX_ROWS);
                (self.column, self.filled_columns, self.row_text) = (0, 0, 0);
                if let Some(how @ ("collapse" | "filter")) = attribute(e, "visibility").as_deref() {
                    self.rows.filtered |= how == "filter";
                    self.rows.hidden.add(self.row + 1, self.row.saturating_add(self.repeated));
                }
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.columns = number(e, "number-columns-repeated").min(1 << 14);
                self.merge(e);
                self.column = self.column.saturating_add(self.columns);
                self.shown.clear();
                let value_type = attribute(e, "value-type");
                let is_number =
                    matches!(value_type.as_deref(), Some("float" | "currency" | "percentage"));
                if value_type.is_none() && attribute(e, "formula").is_some() {
                    self.uncomputed();
                }
                let number = attribute(e, "value").filter(|_| is_number);
                self.number = number.and_then(|number| number.parse().ok());
                self.text = length(e.len());
                if attribute(e, "value-type").or_else(|| attribute(e, "formula")).is_some() {
                    self.filled_columns = self.column.min(1 << 14);
                }
            }
            "text:p" => self.is_text = true,
            "office:annotation" => self.aside += 1,
            "text:s" => self.text = self.text.saturating_add(number(e, "c")),
            _ => {}
        }
    }

    /// A formula whose value no program has stored.
    fn uncomputed(&mut self) {
        let rows = (self.row + 1, self.row.saturating_add(self.repeated));
        for column in self.column.saturating_sub(self.columns)..self.column {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            self.rows.uncomputed.entry(column).or_default().add(rows.0, rows.1);
        }
    }

    /// Text of the cell, not of a note on it.
    fn show(&mut self, text: &str) {
        let is_shown = self.number.is_some() && self.is_text && self.aside == 0;
        if is_shown && self.shown.len() < MAX_SHOWN {
            self.shown.push_str(text);
        }
    }

    /// Notes how a number is shown; some programs do not say it.
    fn look(&mut self) {
        let Some(number) = self.number.take().filter(|_| !self.shown.is_empty()) else { return };
        let look = Look::of_shown(number, &self.shown);
        if look != Look::Same {
            let rows = (self.row + 1, self.row.saturating_add(self.repeated));
            for column in self.column.saturating_sub(self.columns)..self.column {
                let column = u16::try_from(column).unwrap_or(u16::MAX);
                self.rows.looks.add_shown(rows, column, look);
            }
        }
    }

    /// A cell that spans others covers them.
    fn merge(&mut self, e: &BytesStart<'_>) {
        let rows = number(e, "number-rows-spanned").min(MAX_ROWS);
        let columns = number(e, "number-columns-spanned").min(1 << 14);
        if rows * columns > 1 {
            let column = |at: u64| u16::try_from(at).unwrap_or(u16::MAX);
            self.rows.merged.push(Merged {
                rows: (self.row + 1, self.row + rows),
                columns: (column(self.column), column(self.column + columns - 1)),
            });
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "text:p" => self.is_text = false,
            "office:annotation" => self.aside = self.aside.saturating_sub(1),
            "table:table-cell" | "table:covered-table-cell" => {
                self.look();
                let text = self.text.saturating_mul(self.columns);
                self.row_text = self.row_text.saturating_add(text);
                self.written = self.written.saturating_add(text);
            }
            "table:table-row" => {
                self.row = self.row.saturating_add(self.repeated);
                self.cells += self.filled_columns;
                if self.filled_columns > 0 {
                    let text = self.row_text.saturating_mul(self.repeated.saturating_sub(1));
                    self.written = self.written.saturating_add(text);
                    self.filled_rows = self.row.min(MAX_ROWS);
                    self.width = self.width.max(self.filled_columns);
                }
            }
            "table:table" => {
                self.cells += self.filled_rows * self.width;
                self.facts.insert(std::mem::take(&mut self.sheet), std::mem::take(&mut self.rows));
            }
            _ => {}
        }
    }
}

/// A count that is at least one.
fn number(e: &BytesStart<'_>, name: &str) -> u64 {
    attribute(e, name).map_or(1, |n| n.parse().unwrap_or(u64::MAX)).max(1)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
