//! A first walk over a sheet: how much it holds, where its header is, what it hides.

use super::super::broken::Broken;
use super::cell::Shown;
use super::facts::Facts;
use super::readers::{SheetRow, Workbook};

/// Filled rows among which the header is looked for.
const SAMPLE: usize = 50;

/// Cells of a sheet, empty ones included.
const MAX_CELLS: u64 = 100_000_000;

/// What a first walk over a sheet finds.
pub(super) struct Survey {
    pub(super) sheet: String,
    /// Filled rows, and hidden ones of them.
    pub(super) rows: u64,
    hidden: u64,
    /// Columns up to the last filled one of any row.
    width: usize,
    /// The first filled rows.
    sample: Vec<Sampled>,
    /// The header row that was given (0: there is none), where it is filled, and what is up to it.
    header_row: Option<u64>,
    given: Option<Sampled>,
    up_to_given: (u64, u64),
}

#[derive(Default)]
pub(super) struct Sampled {
    pub(super) number: u64,
    hidden: bool,
    /// Filled cells, and those of them that are text.
    filled: usize,
    texts: usize,
    pub(super) cells: Vec<String>,
}

impl Sampled {
    fn new(row: &SheetRow, hidden: bool) -> Self {
        let mut cells = Vec::new();
        for cell in &row.cells {
            cells.resize(usize::from(cell.column), String::new());
            cells.push(row.text(cell).to_owned());
        }
        let filled = cells.iter().filter(|text| !text.trim().is_empty()).count();
        let texts = row.cells.iter().filter(|cell| cell.shown == Shown::Text).count();
        Self { number: row.number, hidden, filled, texts, cells }
    }
}

impl Survey {
    pub(super) fn of(
        workbook: &mut Workbook,
        sheet: &str,
        header_row: Option<u64>,
        facts: &Facts,
    ) -> Result<Self, Broken> {
        let facts = facts.get(sheet).cloned().unwrap_or_default();
        let mut survey = Self {
            sheet: sheet.to_owned(),
            rows: 0,
            hidden: 0,
            width: 0,
            sample: Vec::new(),
            header_row,
            given: (header_row == Some(0)).then(Sampled::default),
            up_to_given: (0, 0),
        };
        workbook.walk(sheet, &facts.looks, &mut |row| {
            survey.add(row, facts.hidden.contains(row.number))?;
            Ok(true)
        })?;
        Ok(survey)
    }

    fn add(&mut self, row: &SheetRow, hidden: bool) -> Result<(), Broken> {
        self.rows += 1;
        self.hidden += u64::from(hidden);
        let width = row.cells.last().map_or(0, |cell| usize::from(cell.column) + 1);
        self.width = self.width.max(width);
        if self.sample.len() < SAMPLE {
            self.sample.push(Sampled::new(row, hidden));
        }
        if self.header_row.is_some_and(|given| row.number <= given) {
            self.up_to_given = (self.rows, self.hidden);
        }
        if self.header_row == Some(row.number) {
            self.given = Some(Sampled::new(row, hidden));
        }
        let width = u64::try_from(self.width).unwrap_or(u64::MAX);
        if self.rows.saturating_mul(width) > MAX_CELLS {
            return Err(Broken::new("the sheet spreads over more than 100 million cells")
                .hint("delete what is far outside the table, or save the sheet as CSV"));
        }
        Ok(())
    }

    /// The header row: the one given, else the first that has several texts and is about as wide as
    /// its neighbours (titles and notes above a table are not).
    pub(super) fn header(&self) -> Result<&Sampled, Broken> {
        if let Some(row) = self.header_row {
            return self
                .given
                .as_ref()
                .ok_or_else(|| Broken::new("there is no header in this row").at(row));
        }
        let widest = self.sample.iter().map(|row| row.filled).max().unwrap_or(0);
        let found = if widest == 1 {
            self.sample.first()
        } else {
            self.sample.iter().find(|row| row.texts > 1 && row.texts * 2 >= widest)
        };
        found.ok_or_else(|| {
            let problem = if widest == 0 { "the sheet is empty" } else { "no header row is found" };
            Broken::new(format!("{problem}: sheet `{}`", self.sheet))
                .hint("say where it is with `--header-row`")
        })
    }

    /// Filled rows below the header, and hidden ones of them.
    pub(super) fn data_rows(&self, header: u64) -> (u64, u64) {
        let (rows, hidden) = if self.header_row.is_some() {
            self.up_to_given
        } else {
            let above = || self.sample.iter().filter(|row| row.number <= header);
            let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
            (count(above().count()), count(above().filter(|row| row.hidden).count()))
        };
        (self.rows - rows, self.hidden - hidden)
    }

    /// The header's names, with unnamed columns up to the last one that holds something.
    pub(super) fn columns(&self, header: &Sampled) -> Vec<String> {
        let mut columns = header.cells.clone();
        columns.resize(self.width.max(columns.len()), String::new());
        columns
    }
}
