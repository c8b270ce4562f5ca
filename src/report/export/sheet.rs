//! A workbook of one sheet whose cells are text: a spreadsheet changes no number and runs no formula in it.

use std::fs::File;
use std::io;
use std::path::Path;

use rust_xlsxwriter::{Color, Format, Workbook, XlsxError};

/// UTF-16 units that a cell has room for.
const MOST_UNITS: usize = 32_767;
/// Rows by which the widths of columns are found, and the widest, in characters.
const WIDTH_ROWS: u32 = 200;
const WIDEST: usize = 60;
/// Rows of a sheet, its header among them.
const MOST_ROWS: u32 = 1_048_576;

/// A workbook that is being written.
pub(super) struct Sheet {
    book: Workbook,
    file: File,
    text: Format,
    next: u32,
    widths: Vec<usize>,
}

impl Sheet {
    /// A workbook for `file`, which lies at `path`.
    pub(super) fn new(file: File, path: &Path, header: &[&str]) -> io::Result<Self> {
        let mut book = Workbook::new();
        // Rows wait in unnamed files until the end; they are contacts, and stay on the disk of the file itself.
        book.set_tempdir(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        let text = Format::new().set_num_format("@");
        let heading = text.clone().set_bold().set_background_color(Color::RGB(0x00D9_D9D9));
        let page = book.add_worksheet_with_constant_memory().map_err(failed)?;
        page.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, name) in (0..).zip(header) {
            page.write_string_with_format(0, column, *name, &heading).map_err(failed)?;
        }
        let widths = header.iter().map(|name| name.len()).collect();
        Ok(Self { book, file, text, next: 1, widths })
    }

    pub(super) fn row(&mut self, values: &[Option<&str>]) -> io::Result<()> {
        if self.next == MOST_ROWS {
            return Err(io::Error::other("a sheet has no room for more than 1,048,575 rows"));
        }
        let page = self.book.worksheet_from_index(0).map_err(failed)?;
        for (column, value) in (0..).zip(values) {
            let value = value.unwrap_or_default();
            if is_too_long(value) {
                return Err(io::Error::other("a cell has no room for more than 32,767 characters"));
            }
            if value.is_empty() {
                // With its format, so that what is typed there stays text, too.
                page.write_blank(self.next, column, &self.text).map_err(failed)?;
            } else {
                page.write_string_with_format(self.next, column, value, &self.text)
                    .map_err(failed)?;
            }
            if self.next < WIDTH_ROWS {
                let width = value.chars().take(WIDEST).count();
                let widest = &mut self.widths[usize::from(column)];
                *widest = width.max(*widest);
            }
        }
        self.next += 1;
        Ok(())
    }

    /// The file, written.
    pub(super) fn finish(mut self) -> io::Result<File> {
        let page = self.book.worksheet_from_index(0).map_err(failed)?;
        let last = u16::try_from(self.widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        page.autofilter(0, 0, self.next - 1, last).map_err(failed)?;
        for (column, width) in (0..).zip(self.widths) {
            let width = u16::try_from(width.clamp(8, WIDEST) + 2).unwrap_or(u16::MAX);
            page.set_column_width(column, f64::from(width)).map_err(failed)?;
        }
        self.book.save_to_writer(&mut self.file).map_err(failed)?;
        Ok(self.file)
    }
}

/// Whether a cell has no room for it.
pub(super) fn is_too_long(value: &str) -> bool {
    value.len() > MOST_UNITS && value.encode_utf16().count() > MOST_UNITS
}

/// The crate's own message may repeat what is in a cell.
fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        _ => io::Error::other("the workbook cannot be written"),
    }
}
