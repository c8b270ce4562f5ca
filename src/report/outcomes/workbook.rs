//! `outcome.xlsx`: every row of the input with its outcome beside it, to look at, to filter, to send again.
//!
//! Cells are text and nothing else: a spreadsheet changes no number and runs no formula in them. Where
//! something does not fit a workbook, there is none, and that is said; nothing is cut.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Color, Format, Workbook, Worksheet, XlsxError};

use super::lines::write_object;
use super::{Note, cell, part};
use crate::base::private;
use crate::model::outcome_file::{self, COLUMNS, RECORD, guarded, unguarded};
use crate::model::settings::Contacts;
use crate::model::{Cells, Outcome, Row, Source};

const FILE: &str = "outcome.xlsx";

/// Rows of a sheet, columns of a sheet, UTF-16 units of a cell: what the format has room for.
pub(super) const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
const MOST_UNITS: usize = 32_767;

/// Sheets of one workbook; each needs a file of its own while it is written.
const MOST_SHEETS: usize = 200;

/// Rows by which the columns' widths are found, and the widest, in characters.
const WIDTH_ROWS: u32 = 200;
const WIDEST: usize = 60;

/// The workbook of one run, being written.
pub(super) struct OutcomeBook {
    dir: PathBuf,
    book: Workbook,
    keep: Contacts,
    /// Rows that a sheet takes, its header among them.
    sheet_rows: u32,
    sheet: Option<Sheet>,
    sheets: usize,
    names: HashSet<String>,
    text: Format,
    heading: Format,
    colours: [Format; Outcome::ALL.len()],
    /// Why there will be no workbook.
    unfit: Option<Unfit>,
}

/// The sheet that is being written.
struct Sheet {
    source: u16,
    /// Indices of the source's columns that are shown; `None`: its records are JSON objects.
    columns: Option<Vec<usize>>,
    /// Of the source's header.
    width: usize,
    own: bool,
    next: u32,
    widths: Vec<usize>,
}

/// What a workbook has no room for.
#[derive(Debug, Clone, Copy)]
struct Unfit(&'static str);

impl OutcomeBook {
    /// A workbook to be in `dir`. With `keep` of `Ids` the cells of succeeded rows stay empty; what is
    /// beyond `sheet_rows` goes on in another sheet.
    pub(super) fn create(dir: &Path, keep: Contacts, sheet_rows: u32) -> io::Result<Self> {
        let mut book = Workbook::new();
        // Rows wait in unnamed files until the end; they are contacts, and stay on the run's disk.
        book.set_tempdir(dir).map_err(failed)?;
        let text = Format::new().set_num_format("@");
        Ok(Self {
            dir: dir.to_owned(),
            book,
            keep,
            sheet_rows: sheet_rows.clamp(2, MOST_ROWS),
            sheet: None,
            sheets: 0,
            names: HashSet::new(),
            heading: text.clone().set_bold().set_background_color(Color::RGB(0x00D9_D9D9)),
            colours: Outcome::ALL.map(|o| text.clone().set_background_color(colour(o))),
            text,
            unfit: None,
        })
    }

    /// Adds a row; rows come in input order.
    pub(super) fn write(
        &mut self,
        sources: &[Source],
        row: &Row,
        outcome: Outcome,
        reason: &str,
    ) -> io::Result<()> {
        if self.unfit.is_some() {
            return Ok(());
        }
        match self.try_write(sources, row, outcome, reason) {
            Err(Refusal::Unfit(unfit)) => {
                self.unfit = Some(unfit);
                // What was written so far is of no use to anybody.
                (self.book, self.sheet, self.sheets) = (Workbook::new(), None, 0);
                Ok(())
            }
            Err(Refusal::Disk(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    fn try_write(
        &mut self,
        sources: &[Source],
        row: &Row,
        outcome: Outcome,
        reason: &str,
    ) -> Result<(), Refusal> {
        let rows = self.sheet_rows;
        let is_open = |sheet: &Sheet| sheet.source == row.source && sheet.next < rows;
        if !self.sheet.as_ref().is_some_and(is_open) {
            self.begin(sources, row)?;
        }
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        let page = self.book.worksheet_from_index(self.sheets - 1)?;
        let mut line = Line { page, row: sheet.next, column: 0, widths: &mut sheet.widths };
        let line_number = row.line.to_string();
        let bare = outcome == Outcome::Succeeded && self.keep == Contacts::Ids;
        match (&row.cells, &sheet.columns) {
            (Cells::Table(cells), Some(columns)) => {
                for &column in columns {
                    let cell = if bare { "".into() } else { cell(cells, column, sheet.width) };
                    line.put(&shown(&cell, sheet.own), &self.text)?;
                }
            }
            (Cells::Object(_), _) if bare => line.put("{}", &self.text)?,
            (Cells::Object(object), _) => {
                let file = sources.get(usize::from(row.source)).map_or("", |s| &s.file);
                let mut text = Vec::new();
                let note = Note { row: &line_number, outcome, reason };
                write_object(&mut text, object, file, row.line, note)?;
                line.put(String::from_utf8_lossy(&text).trim_end(), &self.text)?;
            }
            (Cells::Table(_), None) => return Err(Refusal::Unfit(Unfit("rows of two kinds"))),
        }
        line.put(&line_number, &self.text)?;
        line.put(outcome.name(), &self.colours[outcome as usize])?;
        line.put(&short(reason), &self.text)?;
        sheet.next += 1;
        Ok(())
    }

    /// Ends the sheet at hand and begins one for the source of `row`.
    fn begin(&mut self, sources: &[Source], row: &Row) -> Result<(), Refusal> {
        self.end_sheet()?;
        if self.sheets == MOST_SHEETS {
            return Err(Refusal::Unfit(Unfit("more than 200 sheets")));
        }
        let source = sources.get(usize::from(row.source));
        let header = source.map(|source| source.header.as_slice()).unwrap_or_default();
        let own = outcome_file::is_own(header);
        let page = self.book.add_worksheet_with_constant_memory()?;
        page.set_name(free_name(&mut self.names, source, sources.len() == 1))?;
        page.set_freeze_panes(1, 0)?;
        page.set_landscape().set_print_fit_to_pages(1, 0);
        self.sheets += 1;
        let columns = matches!(row.cells, Cells::Table(_)).then(|| {
            (0..header.len()).filter(|n| !outcome_file::is_own_column(&header[*n])).collect()
        });
        let mut sheet = Sheet {
            source: row.source,
            columns,
            width: header.len(),
            own,
            next: 1,
            widths: Vec::new(),
        };
        let mut line = Line { page, row: 0, column: 0, widths: &mut sheet.widths };
        match &sheet.columns {
            Some(columns) => {
                for &column in columns {
                    line.put(&shown(&header[column], own), &self.heading)?;
                }
            }
            None => line.put(RECORD, &self.heading)?,
        }
        for name in COLUMNS {
            line.put(name, &self.heading)?;
        }
        self.sheet = Some(sheet);
        Ok(())
    }

    /// Gives the sheet at hand its filter and widths.
    fn end_sheet(&mut self) -> Result<(), Refusal> {
        let Some(sheet) = self.sheet.take() else { return Ok(()) };
        let page = self.book.worksheet_from_index(self.sheets - 1)?;
        let named = sheet.columns.map_or(1, |columns| columns.len()) + COLUMNS.len();
        page.autofilter(0, 0, sheet.next - 1, index(named - 1)?)?;
        for (column, width) in sheet.widths.into_iter().enumerate() {
            let width = u16::try_from(width.clamp(8, WIDEST) + 2).unwrap_or(u16::MAX);
            page.set_column_width(index(column)?, f64::from(width))?;
        }
        Ok(())
    }

    /// Puts the workbook in its place; `None` where there is none.
    pub(super) fn finish(mut self) -> io::Result<Option<PathBuf>> {
        let path = self.dir.join(FILE);
        let ended = self.end_sheet().err();
        match (ended, self.unfit) {
            (Some(Refusal::Disk(error)), _) => return Err(error),
            (Some(Refusal::Unfit(unfit)), _) | (None, Some(unfit)) => {
                let has = unfit.0;
                tracing::warn!(
                    has,
                    "outcome.xlsx is not written: the input does not fit a workbook"
                );
                self.sheets = 0;
            }
            (None, None) => {}
        }
        if self.sheets == 0 {
            private::remove(&path)?;
            return Ok(None);
        }
        let mut file = private::create(&part(&path))?;
        self.book.save_to_writer(&mut file).map_err(failed)?;
        private::appear(&file, &part(&path), &path)?;
        Ok(Some(path))
    }
}

/// A row on its way into a sheet.
struct Line<'a> {
    page: &'a mut Worksheet,
    row: u32,
    column: usize,
    widths: &'a mut Vec<usize>,
}

impl Line<'_> {
    fn put(&mut self, text: &str, format: &Format) -> Result<(), Refusal> {
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
enum Refusal {
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

/// The crate's own words may repeat what stands in a cell.
fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        _ => io::Error::other("the workbook cannot be written"),
    }
}

fn index(column: usize) -> Result<u16, Refusal> {
    let fits = u16::try_from(column).ok().filter(|_| column < MOST_COLUMNS);
    fits.ok_or(Refusal::Unfit(Unfit("more than 16,384 columns")))
}

/// Text in a workbook is never run as a formula. Only what looks guarded already gets another `'`,
/// because one comes off when the file is read again.
fn shown(text: &str, own: bool) -> Cow<'_, str> {
    let text = if own { unguarded(text) } else { text };
    if text.starts_with('\'') { guarded(text) } else { Cow::Borrowed(text) }
}

/// A reason is for reading; the outcome's own file has it whole.
fn short(reason: &str) -> Cow<'_, str> {
    const MOST: usize = 8_000;
    match reason.char_indices().nth(MOST) {
        None => Cow::Borrowed(reason),
        Some((end, _)) => Cow::Owned(format!("{} … (cut: too long for a cell)", &reason[..end])),
    }
}

/// A sheet's name that Excel takes and no other sheet has: 1 to 31 characters, none of `[]:*?/\`.
fn free_name(taken: &mut HashSet<String>, source: Option<&Source>, alone: bool) -> String {
    let sheet = source.and_then(|source| source.sheet.as_deref()).filter(|_| alone);
    let file = source.and_then(|source| Path::new(&source.file).file_stem()?.to_str());
    let wanted: String = sheet
        .or(file)
        .unwrap_or_default()
        .chars()
        .map(|c| if "[]:*?/\\".contains(c) || c.is_control() { ' ' } else { c })
        .collect();
    let wanted = wanted.trim_matches([' ', '\'', '-']);
    let wanted = if wanted.is_empty() || wanted.eq_ignore_ascii_case("history") {
        "Contacts"
    } else {
        wanted
    };
    for n in 1_u32.. {
        let tail = if n == 1 { String::new() } else { format!(" ({n})") };
        let mut name = String::new();
        for c in wanted.chars() {
            if name.encode_utf16().count() + c.len_utf16() + tail.len() > 31 {
                break;
            }
            name.push(c);
        }
        let name = name.trim_end_matches([' ', '\'']).to_owned() + &tail;
        if taken.insert(name.to_lowercase()) {
            return name;
        }
    }
    unreachable!("there are fewer sheets than numbers")
}

const fn colour(outcome: Outcome) -> Color {
    Color::RGB(match outcome {
        Outcome::Succeeded => 0x00C6_EFCE,
        Outcome::Failed => 0x00FF_C7CE,
        Outcome::Rejected => 0x00FF_EB9C,
        Outcome::Skipped => 0x00E7_E6E6,
        Outcome::Unknown => 0x00F4_B084,
        Outcome::Unsent => 0x00DD_EBF7,
    })
}

impl std::fmt::Debug for OutcomeBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutcomeBook").field("sheets", &self.sheets).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_a_workbook_takes() {
        let source = |file: &str, sheet: Option<&str>| Source {
            file: file.into(),
            sheet: sheet.map(str::to_owned),
            header: Vec::new(),
            sha256: String::new(),
            detected: String::new(),
        };
        let mut taken = HashSet::new();
        let mut name =
            |file, sheet, alone| free_name(&mut taken, Some(&source(file, sheet)), alone);
        assert_eq!(name("a.xlsx", Some("Leads"), true), "Leads");
        assert_eq!(name("a.xlsx", Some("Leads"), true), "Leads (2)");
        assert_eq!(name("x/leads.csv", None, false), "leads (3)");
        assert_eq!(name("a?*[b].csv", None, true), "a   b");
        assert_eq!(name("-", None, true), "Contacts");
        let long = "x".repeat(40) + ".csv";
        assert_eq!(name(&long, None, true).len(), 31);
        assert!(name(&long, None, true).ends_with("x (2)"));
    }

    #[test]
    fn only_what_looks_guarded_is_guarded() {
        assert_eq!(shown("+91", false), "+91");
        assert_eq!(shown("'=x", false), "''=x");
        assert_eq!(shown("'+91", true), "+91");
        assert_eq!(shown("''=x", true), "''=x");
        assert_eq!(shown("'t Hooft", false), "'t Hooft");
    }
}
