//! Which sheet is meant, where its header is, which of its rows are hidden; then its rows.

use csv::StringRecord;

use crate::model::outcome_file::{COLUMNS, RECORD};
use crate::model::review_file;
use crate::model::settings::{Format, HiddenRows as Answer, InputSettings};
use crate::model::{CellKind, CellMark, Cells, Row, RowFault, UNCOMPUTED};

use super::super::broken::{Broken, LoadError, Question, rows_of};
use super::super::outcome;
use super::cell::{Shown, letters};
use super::facts::{Facts, Merged, SheetFacts};
use super::kind::Kind;
use super::readers::{SheetRow, Workbook};
use super::survey::Survey;

/// A sheet ready to be read.
pub(super) struct SheetPlan {
    pub(super) sheet: String,
    pub(super) header: Vec<String>,
    pub(super) detected: Vec<String>,
    header_row: u64,
    /// The columns of an outcome sheet; what is beyond them was beyond the header it came from.
    own: Option<usize>,
    /// Its first column holds JSON objects.
    objects: bool,
    facts: SheetFacts,
    skip_hidden: bool,
}

/// Settles what is to be read, or asks: one sheet, but all sheets of an outcome workbook.
pub(super) fn choose(
    workbook: &mut Workbook,
    facts: &Facts,
    file: &str,
    settings: &InputSettings,
) -> Result<Vec<SheetPlan>, LoadError> {
    let within = |broken: Broken| broken.within(file);
    let found = filled(workbook, None, facts);
    if let Ok(surveys) = &found
        && !surveys.is_empty()
        && surveys.iter().all(is_own)
    {
        // An outcome workbook is read whatever the job says of its input.
        let plan = |survey| SheetPlan::of(survey, workbook.kind(), facts, file, settings);
        return surveys.iter().map(plan).collect();
    }
    fits(workbook.kind(), settings.format).map_err(within)?;
    let header_row = settings.header_row.map(u64::from);
    let survey = match (settings.sheet.as_deref(), header_row) {
        (Some(wanted), _) => {
            let name = named(workbook, wanted).map_err(within)?;
            Survey::of(workbook, &name, header_row, facts).map_err(within)?
        }
        (None, None) => only(found.map_err(within)?, file)?,
        (None, Some(_)) => only(filled(workbook, header_row, facts).map_err(within)?, file)?,
    };
    Ok(vec![SheetPlan::of(&survey, workbook.kind(), facts, file, settings)?])
}

fn is_own(survey: &Survey) -> bool {
    survey.header().is_ok_and(|header| outcome::is_own_header(&header.cells))
}

fn fits(kind: Kind, format: Format) -> Result<(), Broken> {
    let name = format.name();
    if format == Format::Auto || name == kind.name() {
        return Ok(());
    }
    Err(Broken::new(format!("is an .{} workbook, not {name}", kind.name()))
        .hint("leave `format` out: korebulk goes by the content"))
}

/// A sheet by its name, or by its number among those the workbook shows.
fn named(workbook: &Workbook, wanted: &str) -> Result<String, Broken> {
    let sheets = workbook.sheets();
    let visible: Vec<&str> = sheets.iter().filter(|s| s.visible).map(|s| s.name.as_str()).collect();
    let number = wanted.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    sheets
        .iter()
        .find(|sheet| sheet.name == wanted)
        .map(|sheet| sheet.name.clone())
        .or_else(|| number.and_then(|n| visible.get(n)).map(|&name| name.to_owned()))
        .ok_or_else(|| {
            Broken::new(format!("there is no sheet `{wanted}`"))
                .hint(format!("its sheets are `{}`", visible.join("`, `")))
        })
}

/// The visible sheets that hold something.
fn filled(
    workbook: &mut Workbook,
    header_row: Option<u64>,
    facts: &Facts,
) -> Result<Vec<Survey>, Broken> {
    let mut filled = Vec::new();
    for sheet in workbook.sheets().into_iter().filter(|sheet| sheet.visible) {
        filled.push(Survey::of(workbook, &sheet.name, header_row, facts)?);
    }
    filled.retain(|survey| survey.rows > 0);
    Ok(filled)
}

/// The only one of them.
fn only(mut filled: Vec<Survey>, file: &str) -> Result<Survey, LoadError> {
    if filled.len() > 1 {
        let sheets = filled.into_iter().map(|survey| (survey.sheet, survey.rows)).collect();
        return Err(LoadError::Question(Question::Sheets { file: file.to_owned(), sheets }));
    }
    filled.pop().ok_or_else(|| {
        Broken::new("is empty: no sheet that it shows holds anything")
            .hint("name a hidden sheet with `--sheet` if one is meant")
            .within(file)
    })
}

impl SheetPlan {
    /// Where its header is, and what is done about rows that it hides.
    fn of(
        survey: &Survey,
        kind: Kind,
        facts: &Facts,
        file: &str,
        settings: &InputSettings,
    ) -> Result<Self, LoadError> {
        let within = |broken: Broken| broken.within(file);
        let header = survey.header().map_err(within)?;
        let own = outcome::is_own_header(&header.cells).then_some(header.cells.len());
        // A filter that a person looked through hides no decision.
        let is_reviewed = own.is_some() && header.cells.iter().any(|name| name == review_file::USE);
        let (total, concealed) = survey.data_rows(header.number);
        let mut detected = vec![kind.name().to_owned()];
        if header.number == 0 {
            detected.push("no header".to_owned());
        } else if header.number > 1 {
            detected.push(format!("header in row {}", header.number));
        }
        let found = facts.get(&survey.sheet);
        match (settings.hidden_rows, found) {
            (_, None) => return Err(within(unseen(&survey.sheet))),
            _ if concealed == 0 => {}
            (_, Some(_)) if is_reviewed => detected.push(rows_of(concealed, "hidden") + " read"),
            (Some(Answer::Send), _) => detected.push(rows_of(concealed, "hidden") + " read"),
            (Some(Answer::Skip), _) => detected.push(rows_of(concealed, "hidden") + " skipped"),
            (None, Some(found)) => {
                return Err(LoadError::Question(Question::HiddenRows {
                    file: file.to_owned(),
                    sheet: survey.sheet.clone(),
                    hidden: concealed,
                    total,
                    filtered: found.filtered,
                }));
            }
        }
        let (header_row, mut header) = (header.number, survey.columns(header));
        let objects = own == Some(COLUMNS.len() + 1) && header[0] == RECORD;
        if objects {
            // Objects name their own fields.
            header.clear();
        }
        let facts = found.cloned().unwrap_or_default();
        let skip_hidden = settings.hidden_rows == Some(Answer::Skip) && !is_reviewed;
        let sheet = survey.sheet.clone();
        Ok(Self { sheet, header, detected, header_row, own, objects, facts, skip_hidden })
    }

    /// Hands over every row below the header, until `send` says false.
    pub(super) fn read(
        &self,
        workbook: &mut Workbook,
        send: &mut dyn FnMut(Row) -> bool,
    ) -> Result<(), Broken> {
        let mut merged = self.facts.merged.iter().peekable();
        let mut here: Vec<&Merged> = Vec::new();
        workbook.walk(&self.sheet, &self.facts.looks, &mut |row| {
            here.extend(std::iter::from_fn(|| merged.next_if(|area| area.rows.0 <= row.number)));
            here.retain(|area| row.number <= area.rows.1);
            Ok(row.number <= self.header_row || send(self.row(row, &here)))
        })
    }

    fn row(&self, row: &SheetRow, merged: &[&Merged]) -> Row {
        let mut cells = StringRecord::new();
        // These come first: what is covered, or not computed, may still hold something that nobody sees.
        let width = self.header.len();
        let covered = merged.iter().flat_map(|area| area.covered(row.number, width));
        let mut marks: Vec<CellMark> =
            covered.map(|column| CellMark { column, kind: CellKind::Merged }).collect();
        let uncomputed = self.facts.uncomputed.iter().filter(|(_, rows)| rows.contains(row.number));
        marks.extend(uncomputed.map(|(&column, _)| {
            let kind = error(column, row.number, UNCOMPUTED);
            CellMark { column, kind }
        }));
        for cell in &row.cells {
            while cells.len() < usize::from(cell.column) {
                cells.push_field("");
            }
            let text = row.text(cell);
            cells.push_field(text);
            let kind = match cell.shown {
                Shown::Text => continue,
                Shown::Number => CellKind::Number,
                Shown::Fraction => CellKind::Fraction,
                Shown::Date => CellKind::Date,
                Shown::Boolean => CellKind::Boolean,
                Shown::Formatted => CellKind::Formatted,
                Shown::Error => error(cell.column, row.number, text),
            };
            marks.push(CellMark { column: cell.column, kind });
        }
        while cells.len() < self.header.len() {
            cells.push_field("");
        }
        let fault = self.fault(&cells);
        let hidden = self.skip_hidden && self.facts.hidden.contains(row.number);
        let cells = match self.objects {
            true => Cells::Object(cells.get(0).unwrap_or_default().to_owned()),
            false => Cells::Table(cells),
        };
        Row { source: 0, line: row.number, cells, marks, fault, hidden }
    }

    fn fault(&self, cells: &StringRecord) -> Option<RowFault> {
        let fault = |problem: &str, rule: &str| {
            Some(RowFault { problem: problem.to_owned(), rule: rule.to_owned() })
        };
        if cells.as_byte_record().as_slice().contains(&0) {
            return fault("has a NUL character", "text has none: the file may be damaged");
        }
        if self.own.is_some_and(|own| cells.iter().skip(own).any(|cell| !cell.is_empty())) {
            return fault("has more cells than columns", "move them into their columns");
        }
        None
    }
}

/// A sheet of which nobody can say what it hides.
fn unseen(sheet: &str) -> Broken {
    Broken::new(format!("cannot be searched for hidden and merged cells: sheet `{sheet}`"))
        .hint("open it in a spreadsheet program and save it again, or save the sheet as CSV")
}

/// `G12 #REF!`
fn error(column: u16, row: u64, text: &str) -> CellKind {
    CellKind::Error(format!("{}{row} {text}", letters(usize::from(column))))
}
