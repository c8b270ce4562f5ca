//! `[input] except`: ids and phone numbers that no operation touches.
//!
//! Every row of a list has to name somebody, by id or by phone number, in a way that can be compared with the
//! input: a list of which a part is not understood protects nobody, so it is refused whole.

mod list;
mod named;
mod phones;

use std::sync::Arc;

use crate::model::settings::MapSettings;
use crate::model::{CellKind, CellMark, Row, Source};

use super::error::MapError;
use super::id;
use list::Columns;
use phones::Phones;
pub(super) use phones::{Form, forms};

const FORMATTED: &str = "shows a number otherwise than its cell holds it, by a number format";

/// Everybody on the lists.
#[derive(Debug, Default)]
pub struct Except {
    /// [`id::key_in_any_case`], sorted.
    ids: Vec<[u8; 12]>,
    phones: Phones,
    /// The first row that names somebody by phone number alone: its file and line.
    by_phone_alone: Option<(String, u64)>,
    files: Vec<String>,
}

impl Except {
    /// How many ids and phone numbers there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.ids.len(), self.phones.len())
    }

    /// Whether nobody is on them: there are no lists.
    pub(super) const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether phone numbers have to be compared, not ids alone.
    pub(super) const fn needs_phones(&self) -> bool {
        self.by_phone_alone.is_some()
    }

    /// Whether there is any phone number to compare with.
    pub(super) fn has_phones(&self) -> bool {
        self.phones.len() > 0
    }

    /// The first row that names somebody by phone number alone: its file and line.
    pub fn by_phone_alone(&self) -> Option<(&str, u64)> {
        self.by_phone_alone.as_ref().map(|(file, line)| (file.as_str(), *line))
    }

    /// Whether they name this id.
    pub fn has_id(&self, id: &str) -> bool {
        self.ids.binary_search(&id::key_in_any_case(id)).is_ok()
    }

    /// Whether a number, as far as it is known, may be one of the list's.
    pub(super) fn has_phone(&self, forms: &[Form]) -> bool {
        forms.iter().any(|form| self.phones.may_hold(*form))
    }

    /// The reason of the records that are held back.
    pub(super) fn rule(&self) -> String {
        format!("except: on `{}`", self.files.join("` or `"))
    }

    /// The error of an input without phone numbers, where a list has nothing else.
    pub(super) fn cannot_compare(&self, input: &str, near: &str) -> MapError {
        let (file, line) = self.by_phone_alone.clone().unwrap_or_default();
        MapError::guarded(
            format!(
                "`{input}` has no column of phone numbers, and `{file}` row {line} names nothing else: nobody can say whether its contact is in the input"
            ),
            format!(
                "name the column with `--map cellPhone.phoneNumber=HEADER`, or give the list ids; {near}"
            ),
        )
    }
}

/// Reads lists, row by row.
pub struct ExceptReader<'s> {
    settings: &'s MapSettings,
    except: Except,
    columns: Columns,
    file: String,
    /// People named so far by the list at hand.
    named: u64,
}

impl<'s> ExceptReader<'s> {
    /// For a job of these settings.
    pub fn new(settings: &'s MapSettings) -> Self {
        let (except, columns) = (Except::default(), Columns::default());
        Self { settings, except, columns, file: String::new(), named: 0 }
    }

    /// The same beside those of other lists.
    pub fn beside(settings: &'s MapSettings, lists: &Except) -> Self {
        let mut reader = Self::new(settings);
        reader.except.ids.extend(&lists.ids);
        reader
    }

    /// Begins a list, of which the header is read as any other row: many lists have none.
    pub fn open(&mut self, source: &Source) {
        source.file.clone_into(&mut self.file);
        self.named = 0;
        if !self.except.files.contains(&source.file) {
            self.except.files.push(source.file.clone());
        }
        self.columns = Columns::default();
    }

    /// Reads a row of the list at hand.
    ///
    /// # Errors
    /// A row that names nobody, or cannot be read.
    pub fn row(&mut self, row: &Row) -> Result<(), MapError> {
        if let Some(fault) = &row.fault {
            return Err(self.unreadable(row.line, &fault.problem));
        }
        match &row.cells {
            crate::model::Cells::Table(cells) => self.cells(row, &cells.iter().collect::<Vec<_>>()),
            crate::model::Cells::Object(text) => {
                let found = list::object(self.settings, text);
                let found =
                    found.ok_or_else(|| self.unreadable(row.line, "is not a JSON object"))?;
                self.take(row.line, found)
            }
        }
    }

    /// Ends the list at hand.
    ///
    /// # Errors
    /// A list that names nobody.
    pub fn close(&self) -> Result<(), MapError> {
        if self.named == 0 {
            return Err(MapError::guarded(
                format!("the list `{}` names nobody", self.file),
                "an empty list protects nobody: is it the right file? Leave it out of `input.except` if there is nobody to protect",
            ));
        }
        Ok(())
    }

    /// All lists, ready to be compared with.
    pub fn finish(mut self) -> Arc<Except> {
        self.except.ids.sort_unstable();
        self.except.ids.dedup();
        self.except.phones.finish();
        Arc::new(self.except)
    }

    fn cells(&mut self, row: &Row, cells: &[&str]) -> Result<(), MapError> {
        let list::Line::People(found) = self.columns.read(self.settings, cells) else {
            return Ok(());
        };
        let is_formatted = |mark: &&CellMark| mark.kind == CellKind::Formatted;
        for column in row.marks.iter().filter(is_formatted).map(|mark| usize::from(mark.column)) {
            if self.columns.may_name(column, cells.get(column).copied().unwrap_or_default()) {
                return Err(self.unreadable(row.line, FORMATTED));
            }
        }
        self.take(row.line, found)
    }

    fn take(&mut self, line: u64, found: list::Found) -> Result<(), MapError> {
        if found.ids.is_empty() && found.phones.is_empty() {
            return Err(self.unreadable(line, "holds neither an id nor a phone number"));
        }
        if found.ids.is_empty() && self.except.by_phone_alone.is_none() {
            self.except.by_phone_alone = Some((self.file.clone(), line));
        }
        self.named += 1;
        self.except.ids.extend(found.ids);
        found.phones.into_iter().for_each(|form| self.except.phones.add(form));
        Ok(())
    }

    fn unreadable(&self, line: u64, problem: &str) -> MapError {
        MapError::guarded(
            format!("the list `{}` cannot be used: row {line} {problem}", self.file),
            "every row of a list has to name somebody: call its column of ids `id`, that of phone numbers `phoneNumber`, and correct the row",
        )
    }
}
