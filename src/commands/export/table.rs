//! The columns of an export, and each contact as a row of them.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::account::{Reading, StoredContact};
use crate::api::wire::AccountContact;
use crate::base::terminal;
use crate::model::RunError;
use crate::report::export::{Table, TableForm, json_line};

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

/// Bytes that standard output gets at once.
const AT_ONCE: usize = 64 << 10;

/// Where rows go.
pub(super) enum Output {
    File(Box<Table>, String),
    Printed(String),
}

impl Output {
    /// A file at this path, or standard output.
    ///
    /// # Errors
    /// Exit 2 where the file cannot be made.
    pub(super) fn create(path: Option<&Path>, form: TableForm) -> Result<Self, RunError> {
        let Some(path) = path else { return Ok(Self::Printed(String::new())) };
        let shown = path.display().to_string();
        let file = Table::begin(path, form, &COLUMNS)
            .map_err(|error| RunError::usage(format!("`{shown}` cannot be written: {error}")))?;
        Ok(Self::File(Box::new(file), shown))
    }

    /// Writes every contact, unless `stop` is set meanwhile; how many.
    ///
    /// # Errors
    /// Exit 70 for the disk; then there is no file.
    pub(super) fn write(mut self, reading: &Reading, stop: &AtomicBool) -> Result<u64, RunError> {
        let mut count = 0;
        let all = reading.each_contact(|contact| {
            if stop.load(Ordering::Relaxed) {
                return Err(RunError::internal("stopped"));
            }
            count += 1;
            self.contact(&contact)
        });
        match (all, self) {
            (Ok(()), Self::File(file, shown)) => {
                file.finish().map_err(|error| not_written(&shown, &error))?;
            }
            (Ok(()), Self::Printed(rest)) => terminal::print(&rest)?,
            (Err(error), Self::File(file, _)) => {
                file.give_up();
                return Err(error);
            }
            (Err(error), Self::Printed(_)) => return Err(error),
        }
        Ok(count)
    }

    fn contact(&mut self, stored: &StoredContact<'_>) -> Result<(), RunError> {
        let contact = AccountContact::read(stored.text)
            .ok_or_else(|| RunError::internal("a stored contact is damaged"))?;
        let status = if stored.deleted { Some("INACTIVE") } else { contact.status.as_deref() };
        let values = [
            Some(contact.id.as_ref()),
            contact.first_name.as_deref(),
            contact.last_name.as_deref(),
            contact.salutation.as_deref(),
            contact.phone_number.as_deref(),
            contact.country_code.as_deref(),
            contact.extension.as_deref(),
            status,
            contact.created_at.as_deref(),
            contact.updated_at.as_deref(),
        ];
        match self {
            Self::File(file, shown) => {
                file.row(&values).map_err(|error| not_written(shown, &error))?;
            }
            Self::Printed(text) => {
                text.push_str(&json_line(&COLUMNS, &values));
                if text.len() > AT_ONCE {
                    terminal::print(text)?;
                    text.clear();
                }
            }
        }
        Ok(())
    }
}

fn not_written(shown: &str, error: &std::io::Error) -> RunError {
    RunError::internal(format!("`{shown}` cannot be written: {error}"))
}
