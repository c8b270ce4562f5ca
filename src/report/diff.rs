//! Every change that a run would make, one line a field: a table for people.
//!
//! Made of what the run has written down before sending (`previous.jsonl.zst`).

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::export::{Table, TableForm};
use crate::model::outcome_file::guarded;
use crate::model::{RunError, ValueOrigin};
use crate::store::{self, Previous};

const HEADER: [&str; 6] = ["row", "id", "field", "before", "after", "from"];

/// The fields of a contact in the order of [`Previous::from`], and where they are in its JSON object.
const FIELDS: [(&str, &str); 7] = [
    ("firstName", "/firstName"),
    ("lastName", "/lastName"),
    ("fullName", "/fullName"),
    ("salutation", "/salutation"),
    ("cellPhone.extension", "/cellPhone/extension"),
    ("cellPhone.phoneNumber", "/cellPhone/phoneNumber"),
    ("cellPhone.countryCode", "/cellPhone/countryCode"),
];

/// A file that the changes of a run are to be written to.
#[derive(Debug, Clone)]
pub(crate) struct DiffFile {
    path: PathBuf,
    form: TableForm,
}

impl DiffFile {
    /// A new file at `path` (.xlsx, .csv or .jsonl).
    ///
    /// # Errors
    /// Exit 2 for a file that is there, or cannot be one.
    pub(crate) fn at(path: &Path) -> Result<Self, RunError> {
        let form = TableForm::of_new(path, ENDINGS, "name another file, or remove this one")?;
        Ok(Self { path: path.to_owned(), form })
    }

    /// Writes the changes that the records of the run in `dir` make, all of them or no file.
    ///
    /// # Errors
    /// Exit 2 where the table cannot be written.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), RunError> {
        let failed =
            |error: io::Error| RunError::usage(format!("{}: {error}", self.path.display()));
        let mut table = Table::begin(&self.path, self.form, &HEADER).map_err(failed)?;
        let written = store::each_latest(dir, |record| {
            lines(record, self.form, &mut table).map(|()| true).map_err(failed)
        });
        match written {
            Ok(()) => table.finish().map_err(failed),
            Err(error) => {
                table.give_up();
                Err(error)
            }
        }
    }
}

const ENDINGS: &str = "name a file that ends with .xlsx, .csv or .jsonl";

fn lines(record: &Previous<'_>, form: TableForm, table: &mut Table) -> io::Result<()> {
    let whole = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (before, after) =
        (record.previous.map(|raw| whole(raw.get())).unwrap_or_default(), whole(record.sent.get()));
    let row = record.row.to_string();
    let id = before.get("id").or_else(|| before.get("_id")).and_then(Value::as_str);
    let id = id.or_else(|| after.get("id")?.as_str()).or(after.as_str());
    let id = id.or(record.was.as_deref()).unwrap_or_default();
    let mut line = |field: &str, before: &str, after: &str, from: &str| {
        let (before, after) = (cell(before, form), cell(after, form));
        table.row(&[Some(&row), Some(id), Some(field), Some(&before), Some(&after), Some(from)])
    };
    if after.is_string() {
        return line("status", "ACTIVE", "INACTIVE", "");
    }
    let letters = record.from.as_deref().unwrap_or_default().chars();
    let from = letters.map(|letter| ValueOrigin::of_letter(letter).map_or("", ValueOrigin::words));
    let from = from.chain(std::iter::repeat(""));
    for ((field, place), from) in FIELDS.into_iter().zip(from) {
        let new = after.pointer(place).and_then(Value::as_str);
        let old = before.pointer(place).and_then(Value::as_str).unwrap_or_default();
        let code = before.pointer("/cellPhone/countryCode").and_then(Value::as_str);
        let old = if field == "cellPhone.phoneNumber" { national(old, code) } else { old };
        if let Some(new) = new
            && new != old
        {
            line(field, old, new, from)?;
        }
    }
    Ok(())
}

/// The cells of a workbook are text; those of a CSV file are what a spreadsheet takes them for.
fn cell(text: &str, form: TableForm) -> Cow<'_, str> {
    match form {
        TableForm::Csv => guarded(text),
        _ => Cow::Borrowed(text),
    }
}

/// The account shows a number with the country code in front, a request carries it without; so does the table.
fn national<'a>(shown: &'a str, code: Option<&str>) -> &'a str {
    let code = code.unwrap_or_default().trim_start_matches('+');
    let rest = shown.trim_start_matches('+').strip_prefix(code);
    rest.filter(|rest| !code.is_empty() && !rest.is_empty()).unwrap_or(shown)
}
