//! `review.csv` and `review.xlsx` (`review.jsonl` for objects): rows of which a person says which contact is meant, one line
//! for each contact that it may be.
//!
//! They are outcome files with some columns more, so they can be given back as they are.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::lines::{ObjectFile, write_object};
use super::note::{CandidateLine, Note, label};
use super::table::{SourceColumns, Union};
use super::workbook::shown;
use crate::model::outcome_file::{self, guarded, is_own_column};
use crate::model::review_file::{self, is_review_column};
use crate::model::{Cells, Outcome, Row, Source};
use crate::report::export::{Table, TableForm};

/// The files, each made when its first line comes.
pub(crate) struct ReviewFiles {
    dir: PathBuf,
    sources: Vec<Source>,
    union: Union,
    csv: Option<Table>,
    workbook: Option<Table>,
    /// A line has no room in the workbook: there is none.
    is_unfit: bool,
    objects: ObjectFile,
    lines: u64,
    row: String,
}

impl ReviewFiles {
    /// Files in the directory `dir` for rows of these sources. Nothing is written yet.
    pub(crate) fn create(dir: &Path, sources: &[Source]) -> Self {
        let is_added = |name: &str| is_own_column(name) || is_review_column(name);
        Self {
            dir: dir.to_owned(),
            sources: sources.to_vec(),
            union: Union::without(sources, is_added),
            csv: None,
            workbook: None,
            is_unfit: false,
            objects: ObjectFile::at(dir.join("review.jsonl")),
            lines: 0,
            row: String::new(),
        }
    }

    /// Adds a row and one of the contacts that it may mean.
    pub(crate) fn write(
        &mut self,
        row: &Row,
        reason: &str,
        candidate: CandidateLine<'_>,
    ) -> io::Result<()> {
        label(&self.sources, row, &mut self.row);
        match &row.cells {
            Cells::Table(cells) => {
                let nowhere = SourceColumns::default();
                let source = self.union.source(row.source).unwrap_or(&nowhere);
                let CandidateLine { contact, name, phone, updated, check } = candidate;
                let own = ["", contact, name, phone, updated, check];
                let outcome = [&self.row, Outcome::Rejected.name(), reason];
                let own = own.into_iter().chain(outcome).map(str::to_owned);
                let cells = source.under(cells, &row.marks).map(Cow::into_owned);
                self.tables(&cells.chain(own).collect::<Vec<_>>())
            }
            Cells::Object(text) => {
                let out = self.objects.out()?;
                let file = self.sources.get(usize::from(row.source)).map_or("", |s| &s.file);
                let note = Note {
                    row: &self.row,
                    outcome: Outcome::Rejected,
                    reason,
                    id: None,
                    candidate: Some(candidate),
                };
                write_object(out, text, file, row.line, note)
            }
        }
    }

    fn tables(&mut self, values: &[String]) -> io::Result<()> {
        let begin = |name: &str, form: TableForm, header: &dyn Fn(&str) -> String| {
            let own = review_file::COLUMNS.into_iter().chain(outcome_file::COLUMNS);
            let header: Vec<String> = self.union.names().chain(own).map(header).collect();
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            Table::begin(&self.dir.join(name), form, &header)
        };
        if self.csv.is_none() {
            self.csv = Some(begin("review.csv", TableForm::Csv, &|name| guarded(name).into())?);
        }
        if self.workbook.is_none() && !self.is_unfit {
            let plain = |name: &str| shown(name, false).into_owned();
            self.workbook = Some(begin("review.xlsx", TableForm::Workbook, &plain)?);
        }
        self.lines += 1;
        if let Some(csv) = &mut self.csv {
            let cells: Vec<Cow<'_, str>> = values.iter().map(|value| guarded(value)).collect();
            csv.row(&cells.iter().map(|cell| Some(&**cell)).collect::<Vec<_>>())?;
        }
        let cells: Vec<Cow<'_, str>> = values.iter().map(|value| shown(value, false)).collect();
        let cells: Vec<Option<&str>> = cells.iter().map(|cell| Some(&**cell)).collect();
        if self.lines > TableForm::MOST_ROWS || !TableForm::Workbook.has_room(&cells) {
            self.is_unfit = true;
            if let Some(unfit) = self.workbook.take() {
                unfit.give_up();
                tracing::warn!(
                    "review.xlsx is not written: its rows do not fit a sheet; review.csv has them"
                );
            }
        }
        self.workbook.as_mut().map_or(Ok(()), |workbook| workbook.row(&cells))
    }

    /// Gives the files their names.
    pub(crate) fn finish(self) -> io::Result<()> {
        for table in self.csv.into_iter().chain(self.workbook) {
            table.finish()?;
        }
        self.objects.finish()
    }
}
