//! A table for people and other programs: `.xlsx` whose cells are text, `.csv`, or one JSON object a line.
//!
//! A file appears whole under its name or not at all. Knows no contact: columns and values are given to it.

mod sheet;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use self::sheet::{Sheet, is_too_long};
use crate::base::private;
use crate::model::RunError;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// A workbook.
    Workbook,
    /// Comma-separated values, UTF-8.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl TableForm {
    /// Rows that a workbook's sheet takes beside its header.
    pub const MOST_ROWS: u64 = 1_048_575;

    /// Whether it has room for a row of these values.
    pub fn has_room(self, values: &[Option<&str>]) -> bool {
        self != Self::Workbook || !values.iter().flatten().any(|value| is_too_long(value))
    }

    /// The form that a file's name asks for.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "xlsx" => Self::Workbook,
            "csv" => Self::Csv,
            "jsonl" => Self::JsonLines,
            _ => return None,
        })
    }

    /// The form of a table that is to be made at `path`. `endings` and `exists`: what to do where its name does not say the
    /// form, and where something has that name; where `exists` is empty, it gives its place to the table.
    ///
    /// # Errors
    /// Exit 2 for these, and where there is no such directory.
    pub fn of_new(path: &Path, endings: &str, exists: &str) -> Result<Self, RunError> {
        let shown = path.display();
        let Some(form) = Self::of(path) else {
            return Err(RunError::usage(format!("`{shown}`: what kind of file is that to be?"))
                .hint(endings));
        };
        if !exists.is_empty() && path.symlink_metadata().is_ok() {
            return Err(RunError::usage(format!("`{shown}` exists already")).hint(exists));
        }
        if !path.parent().is_some_and(Path::is_dir) {
            return Err(RunError::usage(format!("`{shown}`: there is no such directory")));
        }
        Ok(form)
    }
}

/// A table that is being written beside its place.
pub struct Table {
    path: PathBuf,
    part: PathBuf,
    rows: Rows,
}

enum Rows {
    Workbook(Box<Sheet>),
    Csv(Box<csv::Writer<File>>),
    JsonLines { header: Vec<String>, out: BufWriter<File> },
}

impl Table {
    /// A table to be at `path`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn begin(path: &Path, form: TableForm, header: &[&str]) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let file = private::create(&part)?;
        let rows = match form {
            TableForm::Workbook => Rows::Workbook(Box::new(Sheet::new(file, &part, header)?)),
            TableForm::Csv => {
                let mut out = csv::Writer::from_writer(file);
                out.write_record(header)?;
                Rows::Csv(Box::new(out))
            }
            TableForm::JsonLines => {
                let header = header.iter().map(|name| (*name).to_owned()).collect();
                Rows::JsonLines { header, out: BufWriter::new(file) }
            }
        };
        Ok(Self { path: path.to_owned(), part, rows })
    }

    /// Adds a row: one value for each column, `None` where there is none.
    ///
    /// # Errors
    /// Those of the disk; a workbook takes no more rows than a sheet has, and no value longer than a cell.
    pub fn row(&mut self, values: &[Option<&str>]) -> io::Result<()> {
        match &mut self.rows {
            Rows::Workbook(sheet) => sheet.row(values),
            Rows::Csv(out) => {
                Ok(out.write_record(values.iter().map(|value| value.unwrap_or_default()))?)
            }
            Rows::JsonLines { header, out } => out.write_all(json_line(header, values).as_bytes()),
        }
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn finish(self) -> io::Result<()> {
        let Self { path, part, rows } = self;
        let file = match rows {
            Rows::Workbook(sheet) => sheet.finish(),
            Rows::Csv(out) => out.into_inner().map_err(csv::IntoInnerError::into_error),
            Rows::JsonLines { out, .. } => out.into_inner().map_err(io::IntoInnerError::into_error),
        };
        let done = file.and_then(|file| private::appear(file, &part, &path));
        if done.is_err() {
            // What was begun is of no use to anybody.
            let _ = private::remove(&part);
        }
        done
    }

    /// Takes away what was written so far.
    pub fn give_up(self) {
        // What stays behind is overwritten by the next one.
        let _ = private::remove(&self.part);
    }
}

/// A row as a JSON object whose keys are the columns' names, in their order, with the line's end.
pub fn json_line<S: AsRef<str>>(header: &[S], values: &[Option<&str>]) -> String {
    let there = header.iter().zip(values).filter_map(|(name, value)| Some((name, (*value)?)));
    let members =
        there.map(|(name, value)| format!("\"{}\":{}", name.as_ref(), Value::from(value)));
    format!("{{{}}}\n", members.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_line_has_the_columns_in_their_order() {
        let line = json_line(&["id", "b.c", "a"], &[Some("1"), None, Some("Zoë \"Z\"\n")]);
        assert_eq!(line, "{\"id\":\"1\",\"a\":\"Zoë \\\"Z\\\"\\n\"}\n");
    }
}
