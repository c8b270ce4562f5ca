//! `unmatched.csv` (`unmatched.jsonl` for objects): rows whose number no contact has, as input of `create-contacts`.
//!
//! A table has the API's names for columns, whatever the input calls them. It is an outcome file: the escape against
//! formulas comes off when it is read.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::lines::{ObjectFile, write_object};
use super::note::{Note, label};
use crate::model::outcome_file::{COLUMNS, guarded};
use crate::model::{Cells, Outcome, Row, Source};
use crate::report::export::{Table, TableForm};

/// The files, each made when its first row comes.
pub(crate) struct UnmatchedFiles {
    dir: PathBuf,
    sources: Vec<Source>,
    /// The columns of a table.
    fields: Vec<String>,
    /// What the run says of these rows. Of skipped ones it is `unsent` here: what a file calls skipped, a job leaves out.
    outcome: Outcome,
    csv: Option<Table>,
    objects: ObjectFile,
    row: String,
}

impl UnmatchedFiles {
    /// Files in the directory `dir` for rows of these sources that end so, tables with the columns `fields`. Nothing is
    /// written yet.
    pub(crate) fn create(
        dir: &Path,
        sources: &[Source],
        fields: Vec<String>,
        outcome: Outcome,
    ) -> Self {
        let outcome = if outcome == Outcome::Skipped { Outcome::Unsent } else { outcome };
        let objects = ObjectFile::at(dir.join("unmatched.jsonl"));
        let (dir, sources) = (dir.to_owned(), sources.to_vec());
        Self { dir, sources, fields, outcome, csv: None, objects, row: String::new() }
    }

    /// Adds a row; that of a table as the values of its fields.
    pub(crate) fn write(
        &mut self,
        row: &Row,
        reason: &str,
        values: &[(String, String)],
    ) -> io::Result<()> {
        label(&self.sources, row, &mut self.row);
        let Cells::Object(text) = &row.cells else { return self.table(reason, values) };
        let out = self.objects.out()?;
        let file = self.sources.get(usize::from(row.source)).map_or("", |source| &source.file);
        let outcome = self.outcome;
        let note = Note { row: &self.row, outcome, reason, id: None, candidate: None };
        write_object(out, text, file, row.line, note)
    }

    fn table(&mut self, reason: &str, values: &[(String, String)]) -> io::Result<()> {
        if self.csv.is_none() {
            let header = self.fields.iter().map(String::as_str).chain(COLUMNS);
            let header: Vec<&str> = header.collect();
            let path = self.dir.join("unmatched.csv");
            self.csv = Some(Table::begin(&path, TableForm::Csv, &header)?);
        }
        let of = |field: &String| {
            let value = values.iter().find(|(name, _)| name == field);
            value.map_or("", |(_, text)| text)
        };
        let own = [self.row.as_str(), self.outcome.name(), reason];
        let cells = self.fields.iter().map(of).chain(own).map(guarded);
        let cells: Vec<Cow<'_, str>> = cells.collect();
        let cells: Vec<Option<&str>> = cells.iter().map(|cell| Some(&**cell)).collect();
        self.csv.as_mut().map_or(Ok(()), |csv| csv.row(&cells))
    }

    /// Gives the files their names.
    pub(crate) fn finish(self) -> io::Result<()> {
        if let Some(csv) = self.csv {
            csv.finish()?;
        }
        self.objects.finish()
    }
}
