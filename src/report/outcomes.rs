//! `failed.csv`, `rejected.csv`, `unknown.csv`, `unsent.csv` (and `.jsonl`): the rows that did not
//! succeed, in the form in which they came, ready to be corrected and sent again; and `created.csv`, those of
//! what was created, with the new ids.
//!
//! Nothing of a row is dropped or cut. This file knows no contact: it gives cells back as it got them.

mod lines;
mod note;
mod review;
mod sheet_name;
mod sheet_row;
mod table;
mod unmatched;
mod workbook;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use self::lines::write_object;
pub(crate) use self::note::CandidateLine;
use self::note::{Note, label, part};
pub(crate) use self::review::ReviewFiles;
use self::table::{TableWriter, Union};
pub(crate) use self::unmatched::UnmatchedFiles;
use self::workbook::{MOST_ROWS, OutcomeWorkbook};
use crate::base::private;
use crate::model::settings::Contacts;
use crate::model::{Cells, Outcome, Row, Source};

/// The outcomes that have a file.
pub const WITH_FILE: [Outcome; 4] =
    [Outcome::Failed, Outcome::Rejected, Outcome::Unknown, Outcome::Unsent];

/// The outcome files of one run, each made when its first row comes.
///
/// Until then they are called `….part`: see [`OutcomeFiles::finish`].
#[derive(Debug)]
pub struct OutcomeFiles {
    dir: PathBuf,
    sources: Vec<Source>,
    union: Union,
    open: BTreeMap<(Outcome, Kind), Sheet>,
    workbook: Option<Box<OutcomeWorkbook>>,
    row: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Table,
    Lines,
}

impl Kind {
    fn file(self, outcome: Outcome) -> String {
        let extension = match self {
            Self::Table => "csv",
            Self::Lines => "jsonl",
        };
        let name = if outcome == Outcome::Succeeded { "created" } else { outcome.name() };
        format!("{name}.{extension}")
    }
}

/// One open file.
#[derive(Debug)]
enum Sheet {
    Table(Box<TableWriter>),
    Lines(BufWriter<File>),
}

impl OutcomeFiles {
    /// Rows of a sheet that every spreadsheet program opens.
    pub const SHEET_ROWS: u32 = MOST_ROWS;

    /// Files in the run's directory `dir` for rows of these sources. Nothing is written yet.
    pub fn create(dir: &Path, sources: &[Source]) -> Self {
        Self {
            dir: dir.to_owned(),
            sources: sources.to_vec(),
            union: Union::of(sources),
            open: BTreeMap::new(),
            workbook: None,
            row: String::new(),
        }
    }

    /// The same, and `outcome.xlsx` with every row; of succeeded ones with as much as `keep` says.
    /// A sheet takes `sheet_rows` rows, its header among them; what is beyond goes on in another.
    pub fn with_workbook(self, keep: Contacts, sheet_rows: u32) -> io::Result<Self> {
        let workbook = Some(Box::new(OutcomeWorkbook::create(&self.dir, keep, sheet_rows)?));
        Ok(Self { workbook, ..self })
    }

    /// Adds a row to the file of its outcome; rows come in input order. `succeeded` and `skipped`
    /// have no file and are in the workbook only.
    ///
    /// `reason` may hold the server's message: these files are where it belongs.
    pub fn write(&mut self, row: &Row, outcome: Outcome, reason: &str) -> io::Result<()> {
        if let Some(workbook) = &mut self.workbook {
            workbook.write(&self.sources, row, outcome, reason)?;
        }
        if !WITH_FILE.contains(&outcome) {
            return Ok(());
        }
        self.write_to_file(row, outcome, reason, None)
    }

    /// Adds the row of what was created under the new id `id`; with `keep` of `Ids` its cells stay empty.
    pub fn write_created(&mut self, row: &Row, id: &str, keep: Contacts) -> io::Result<()> {
        if let Some(workbook) = &mut self.workbook {
            workbook.write(&self.sources, row, Outcome::Succeeded, &format!("created as {id}"))?;
        }
        if keep == Contacts::Full {
            return self.write_to_file(row, Outcome::Succeeded, "", Some(id));
        }
        let cells = match &row.cells {
            Cells::Table(_) => Cells::default(),
            Cells::Object(_) => Cells::Object("{}".to_owned()),
        };
        let bare = Row { source: row.source, line: row.line, cells, ..Row::default() };
        self.write_to_file(&bare, Outcome::Succeeded, "", Some(id))
    }

    fn write_to_file(
        &mut self,
        row: &Row,
        outcome: Outcome,
        reason: &str,
        id: Option<&str>,
    ) -> io::Result<()> {
        label(&self.sources, row, &mut self.row);
        let kind = match row.cells {
            Cells::Table(_) => Kind::Table,
            Cells::Object(_) => Kind::Lines,
        };
        let sheet = match self.open.entry((outcome, kind)) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let file = private::create(&part(&self.dir.join(kind.file(outcome))))?;
                entry.insert(Sheet::start(kind, file, &self.union, id.is_some())?)
            }
        };
        let note = Note { row: &self.row, outcome, reason, id, candidate: None };
        match (sheet, &row.cells) {
            (Sheet::Table(table), Cells::Table(cells)) => {
                table.write(self.union.source(row.source), (cells, &row.marks), note)
            }
            (Sheet::Lines(out), Cells::Object(text)) => {
                let file = self.sources.get(usize::from(row.source)).map_or("", |s| &s.file);
                write_object(out, text, file, row.line, note)
            }
            _ => Ok(()),
        }
    }

    /// Gives all files their names and removes those that an earlier end of this run left
    /// (finished or cut short) and that are empty now. Gives the paths of what there is, in the order of
    /// [`WITH_FILE`], then what was created, the workbook last.
    pub fn finish(mut self) -> io::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for outcome in WITH_FILE.into_iter().chain([Outcome::Succeeded]) {
            for kind in [Kind::Table, Kind::Lines] {
                let path = self.dir.join(kind.file(outcome));
                if let Some(sheet) = self.open.remove(&(outcome, kind)) {
                    private::appear(sheet.end()?, &part(&path), &path)?;
                    written.push(path);
                } else {
                    private::remove(&path)?;
                    private::remove(&part(&path))?;
                }
            }
        }
        if let Some(workbook) = self.workbook {
            written.extend(workbook.finish()?);
        }
        Ok(written)
    }
}

impl Sheet {
    fn start(kind: Kind, file: File, union: &Union, ids: bool) -> io::Result<Self> {
        Ok(match kind {
            Kind::Table => Self::Table(Box::new(TableWriter::start(file, union, ids)?)),
            Kind::Lines => Self::Lines(BufWriter::new(file)),
        })
    }

    fn end(self) -> io::Result<File> {
        match self {
            Self::Table(table) => table.end(),
            Self::Lines(mut out) => {
                out.flush()?;
                out.into_inner().map_err(io::IntoInnerError::into_error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
