//! One row on its way into a sheet, cell by cell, and why it may not fit.

use std::io;

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

/// Columns of a sheet, UTF-16 units of a cell: what the format has room for.
const MOST_COLUMNS: usize = 16_384;
const MOST_UNITS: usize = 32_767;

/// Rows by which the columns' widths are found, and the widest, in characters.
const WIDTH_ROWS: u32 = 200;
pub(super) const WIDEST: usize = 60;

/// A row on its way into a sheet.
pub(super) struct Line<'a> {
    pub(super) page: &'a mut Worksheet,
    pub(super) row: u32,
    pub(super) column: usize,
    pub(super) widths: &'a mut Vec<usize>,
}

impl Line<'_> {
    pub(super) fn put(&mut self, text: &str, format: &Format) -> Result<(), Refusal> {
        if text.len() > MOST_UNITS && text.encode_utf16().count() > MOST_UNITS {
            return Err(Refusal::Unfit(Unfit("a cell of more than 32,767 characters")));
        }
        let column = index(self.column)?;
        if text.is_empty() {
            self.page.write_blank(self.row, column, format)?;
        } else {
            self.page.write_string_with_format(self.row, column, text, format)?;
        }
        if self.row < WIDTH_ROWS {
            let width = text.lines().map(|line| line.chars().take(WIDEST).count()).max();
            self.widths.resize(self.widths.len().max(self.column + 1), 0);
            let widest = &mut self.widths[self.column];
            *widest = (*widest).max(width.unwrap_or(0));
        }
        self.column += 1;
        Ok(())
    }
}

/// Why something was not written.
pub(super) enum Refusal {
    Unfit(Unfit),
    Disk(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<XlsxError> for Refusal {
    fn from(error: XlsxError) -> Self {
        Self::Disk(failed(error))
    }
}

/// The crate's own words may repeat what is in a cell.
pub(super) fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        _ => io::Error::other("the workbook cannot be written"),
    }
}

pub(super) fn index(column: usize) -> Result<u16, Refusal> {
    let fits = u16::try_from(column).ok().filter(|_| column < MOST_COLUMNS);
    fits.ok_or(Refusal::Unfit(Unfit("more than 16,384 columns")))
}

/// What a workbook has no room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unfit(pub(super) &'static str);
