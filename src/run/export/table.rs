//! The columns of an export, and each contact as a row of them.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::account::{Reading, StoredContact};
use crate::api::wire::{AccountContact, ContactList};
use crate::base::terminal;
use crate::model::RunError;
use crate::report::export::{Table, TableForm, json_line};
use crate::run::options::ExportOf;

/// The API's names, `id` first. Without `fullName`, which is the other names once more: edited in one place only, it would
/// contradict them.
const COLUMNS: [&str; 10] = [
    "id",
    "firstName",
    "lastName",
    "salutation",
    "cellPhone.phoneNumber",
    "cellPhone.countryCode",
    "cellPhone.extension",
    "status",
    "createdAt",
    "updatedAt",
];

/// The same for contact lists. `campaignInUse` is the names of the campaigns.
const LIST_COLUMNS: [&str; 10] = [
    "id",
    "name",
    "description",
    "totalRecordCount",
    "status",
    "listType",
    "source",
    "isListInUse",
    "campaignInUse",
    "updatedAt",
];

/// Bytes that standard output gets at once.
const AT_ONCE: usize = 64 << 10;

/// Where rows go.
pub(super) struct Output {
    to: To,
    columns: &'static [&'static str],
    rows: u64,
}

enum To {
    File(Box<Table>, String),
    Printed(String),
}

impl Output {
    /// A file at this path, or standard output, for contacts or for contact lists.
    ///
    /// # Errors
    /// Exit 2 where the file cannot be made.
    pub(super) fn create(
        path: Option<&Path>,
        form: TableForm,
        of: ExportOf,
    ) -> Result<Self, RunError> {
        let columns: &'static [&'static str] = match of {
            ExportOf::Lists => &LIST_COLUMNS,
            ExportOf::Contacts => &COLUMNS,
        };
        let to = match path {
            None => To::Printed(String::new()),
            Some(path) => {
                let shown = path.display().to_string();
                let table = Table::begin(path, form, columns).map_err(|error| {
                    RunError::usage(format!("`{shown}` cannot be written: {error}"))
                })?;
                To::File(Box::new(table), shown)
            }
        };
        Ok(Self { to, columns, rows: 0 })
    }

    /// Writes every contact, unless `stop` is set meanwhile; how many.
    ///
    /// # Errors
    /// Exit 70 for the disk; then there is no file.
    pub(super) fn contacts(
        mut self,
        reading: &Reading,
        stop: &AtomicBool,
    ) -> Result<u64, RunError> {
        let written = reading.each_contact(|contact| match stop.load(Ordering::Relaxed) {
            true => Err(RunError::internal("stopped")),
            false => self.contact(&contact),
        });
        self.end(written)
    }

    /// Writes every contact list; how many.
    ///
    /// # Errors
    /// Exit 70 for the disk; then there is no file.
    pub(super) fn lists(mut self, lists: &[ContactList]) -> Result<u64, RunError> {
        let written = lists.iter().try_for_each(|list| self.list(list));
        self.end(written)
    }

    fn contact(&mut self, stored: &StoredContact<'_>) -> Result<(), RunError> {
        let contact = AccountContact::read(stored.text)
            .ok_or_else(|| RunError::internal("a stored contact is damaged"))?;
        self.row(&[
            Some(contact.id.as_ref()),
            contact.first_name.as_deref(),
            contact.last_name.as_deref(),
            contact.salutation.as_deref(),
            contact.phone_number.as_deref(),
            contact.country_code.as_deref(),
            contact.extension.as_deref(),
            contact.status.as_deref(),
            contact.created_at.as_deref(),
            contact.updated_at.as_deref(),
        ])
    }

    fn list(&mut self, list: &ContactList) -> Result<(), RunError> {
        let values: Vec<Option<String>> = self
            .columns
            .iter()
            .map(|column| match *column {
                "id" => Some(list.id.clone()),
                "campaignInUse" => {
                    Some(list.campaigns().join("; ")).filter(|text| !text.is_empty())
                }
                column => list.text(column),
            })
            .collect();
        self.row(&values.iter().map(Option::as_deref).collect::<Vec<_>>())
    }

    fn row(&mut self, values: &[Option<&str>]) -> Result<(), RunError> {
        self.rows += 1;
        match &mut self.to {
            To::File(table, shown) => table.row(values).map_err(|error| not_written(shown, &error)),
            To::Printed(text) => {
                text.push_str(&json_line(self.columns, values));
                if text.len() > AT_ONCE {
                    terminal::print(text)?;
                    text.clear();
                }
                Ok(())
            }
        }
    }

    fn end(self, written: Result<(), RunError>) -> Result<u64, RunError> {
        match (written, self.to) {
            (Ok(()), To::File(table, shown)) => {
                table.finish().map_err(|error| not_written(&shown, &error))?;
            }
            (Ok(()), To::Printed(rest)) => terminal::print(&rest)?,
            (Err(error), To::File(table, _)) => {
                table.give_up();
                return Err(error);
            }
            (Err(error), To::Printed(_)) => return Err(error),
        }
        Ok(self.rows)
    }
}

fn not_written(shown: &str, error: &std::io::Error) -> RunError {
    RunError::internal(format!("`{shown}` cannot be written: {error}"))
}
