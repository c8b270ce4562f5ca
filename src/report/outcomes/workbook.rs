//! `outcome.xlsx`: every row of the input with its outcome beside it, to look at, to filter, to send again.
//!
//! Cells are text and nothing else: a spreadsheet changes no number and runs no formula in them. Where
//! something does not fit a workbook, there is none, and that is said; nothing is cut.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Color, Format, Workbook};

use super::lines::write_object;
use super::note::{Note, cell, part};
use super::sheet_name::free_name;
use super::sheet_row::{Line, Refusal, Unfit, WIDEST, failed, index};
use crate::base::private;
use crate::model::outcome_file::{self, COLUMNS, RECORD, guarded, unguarded};
use crate::model::settings::Contacts;
use crate::model::{Cells, Outcome, Row, Source};

const FILE: &str = "outcome.xlsx";

/// Rows of a sheet that the format has room for.
pub(super) const MOST_ROWS: u32 = 1_048_576;

/// Sheets of one workbook; each needs a file of its own while it is written.
const MOST_SHEETS: usize = 200;

/// The workbook of one run, being written.
pub(super) struct OutcomeWorkbook {
    dir: PathBuf,
    workbook: Workbook,
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

impl OutcomeWorkbook {
    /// A workbook to be in `dir`. With `keep` of `Ids` the cells of succeeded rows stay empty; what is
    /// beyond `sheet_rows` goes on in another sheet.
    pub(super) fn create(dir: &Path, keep: Contacts, sheet_rows: u32) -> io::Result<Self> {
        let mut workbook = Workbook::new();
        // Rows wait in unnamed files until the end; they are contacts, and stay on the run's disk.
        workbook.set_tempdir(dir).map_err(failed)?;
        let text = Format::new().set_num_format("@");
        Ok(Self {
            dir: dir.to_owned(),
            workbook,
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
                (self.workbook, self.sheet, self.sheets) = (Workbook::new(), None, 0);
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
        let page = self.workbook.worksheet_from_index(self.sheets - 1)?;
        let mut line = Line { page, row: sheet.next, column: 0, widths: &mut sheet.widths };
        let line_number = row.line.to_string();
        let bare = outcome == Outcome::Succeeded && self.keep == Contacts::Ids;
        match (&row.cells, &sheet.columns) {
            (Cells::Table(cells), Some(columns)) => {
                for &column in columns {
                    let cell = match bare {
                        true => "".into(),
                        false => cell(cells, &row.marks, column, sheet.width),
                    };
                    line.put(&shown(&cell, sheet.own), &self.text)?;
                }
            }
            (Cells::Object(_), _) if bare => line.put("{}", &self.text)?,
            (Cells::Object(object), _) => {
                let file = sources.get(usize::from(row.source)).map_or("", |s| &s.file);
                let mut text = Vec::new();
                let note = Note { row: &line_number, outcome, reason, id: None, candidate: None };
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
        let page = self.workbook.add_worksheet_with_constant_memory()?;
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
        let page = self.workbook.worksheet_from_index(self.sheets - 1)?;
        let named = sheet.columns.map_or(1, |columns| columns.len()) + COLUMNS.len();
        page.autofilter(0, 0, sheet.next - 1, index(named - 1)?)?;
        for (column, width) in sheet.widths.into_iter().enumerate() {
            let width = u16::try_from(width.clamp(8, WIDEST) + 2).unwrap_or(u16::MAX);
            page.set_column_width(index(column)?, f64::from(width))?;
        }
        Ok(())
    }

    /// Writes the workbook; `None` where there is none.
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
        self.workbook.save_to_writer(&mut file).map_err(failed)?;
        private::appear(file, &part(&path), &path)?;
        Ok(Some(path))
    }
}

/// Text in a workbook is never run as a formula. Only what looks guarded already gets another `'`,
/// because one comes off when the file is read again.
pub(super) fn shown(text: &str, own: bool) -> Cow<'_, str> {
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

impl std::fmt::Debug for OutcomeWorkbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutcomeWorkbook").field("sheets", &self.sheets).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_guarded_is_guarded() {
        assert_eq!(shown("+91", false), "+91");
        assert_eq!(shown("'=x", false), "''=x");
        assert_eq!(shown("'+91", true), "+91");
        assert_eq!(shown("''=x", true), "''=x");
        assert_eq!(shown("'t Hooft", false), "'t Hooft");
    }
}
