//! Rows and contacts by phone number and name, on disk, so that memory grows with neither.
//!
//! Rows are judged in the order of their numbers: those of one number meet its holders together.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row, params};

use super::matching::{Candidate, Match, Name, Phone, judge};
use crate::api::wire::AccountContact;
use crate::base::private;
use crate::model::settings::MatchBy;
use crate::model::{Ordinal, RunError};

/// Not synced and not journaled: it is made anew where it is needed again.
const SET_UP: &str = "
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8192;
CREATE TABLE sought (phone INTEGER NOT NULL, ordinal INTEGER NOT NULL, name TEXT NOT NULL) STRICT;
CREATE TABLE holder (phone INTEGER, key INTEGER, id TEXT NOT NULL, name TEXT NOT NULL, active INTEGER NOT NULL, sure INTEGER NOT NULL, updated TEXT) STRICT;
BEGIN;
";

/// Holders of one number, or contacts of one name, that are looked at: where there are more, no row is matched.
const MOST: usize = 1_000;

/// Contacts among which a person chooses.
const CHOICE: usize = 100;

const OF_PHONE: &str =
    "SELECT id, name, active, sure, updated, phone FROM holder WHERE phone = ?1 LIMIT 1001";
const OF_NAME: &str =
    "SELECT id, name, active, sure, updated, phone FROM holder WHERE key = ?1 LIMIT 1001";

/// The index, in a file of its own that goes with it.
pub struct Holders {
    db: Connection,
    path: PathBuf,
}

impl std::fmt::Debug for Holders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holders").finish_non_exhaustive()
    }
}

/// A contact that a row may mean.
///
/// It is contact data: a debug print shows the id alone.
#[derive(Clone)]
pub struct Holder {
    /// As it is judged.
    pub candidate: Candidate,
    /// Its name, as it is written.
    pub name: String,
    /// Its number in full, its digits.
    pub phone: Option<i64>,
    /// Its last change, as the server gave it.
    pub updated: Option<String>,
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder").field("id", &self.candidate.id).finish_non_exhaustive()
    }
}

impl Borrow<Candidate> for Holder {
    fn borrow(&self) -> &Candidate {
        &self.candidate
    }
}

/// A row that was judged.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The row.
    pub ordinal: Ordinal,
    /// What became of it.
    pub what: Match,
    /// The contacts that have its number; without any those that have its name.
    pub holders: &'a [Holder],
}

impl Holders {
    /// An empty one; a file that is there is overwritten.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        private::create(path).map_err(|error| failed(path, &error))?;
        let db = Connection::open(path).map_err(|error| failed(path, &error))?;
        let holders = Self { db, path: path.to_owned() };
        holders.db.execute_batch(SET_UP).map_err(|error| failed(path, &error))?;
        Ok(holders)
    }

    /// Adds a row that looks for its contact.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn add_row(&self, ordinal: Ordinal, phone: Phone, name: &str) -> Result<(), RunError> {
        self.run("INSERT INTO sought VALUES (?1, ?2, ?3)", params![phone.number(), ordinal, name])
    }

    /// Adds a contact.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn add_contact(&self, contact: &AccountContact<'_>) -> Result<(), RunError> {
        let (name, phones) = known_by(contact);
        let key = Name::of(&[&name]).map(|name| name_key(&name));
        let is_sure = phones.len() == 1;
        let phones = phones.into_iter().map(|phone| Some(phone.number()));
        let mut phones: Vec<Option<i64>> = phones.collect();
        if phones.is_empty() {
            phones.push(None);
        }
        let (id, updated) = (contact.id.as_ref(), contact.updated_at.as_deref());
        for phone in phones {
            let values = params![phone, key, id, name, contact.is_active(), is_sure, updated];
            self.run("INSERT INTO holder VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", values)?;
        }
        Ok(())
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), RunError> {
        let done = self.db.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        done.map(drop).map_err(|error| self.failed(&error))
    }

    /// Judges every row, once rows and contacts are there.
    ///
    /// # Errors
    /// Those of `visit`; exit 70 for the disk.
    pub fn judge(
        &self,
        by: MatchBy,
        mut visit: impl FnMut(&Judged<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let disk = |error: rusqlite::Error| self.failed(&error);
        let index = "CREATE INDEX by_phone ON holder (phone); CREATE INDEX by_name ON holder (key); COMMIT;";
        self.db.execute_batch(index).map_err(disk)?;
        let sql = "SELECT phone, ordinal, name FROM sought ORDER BY phone, ordinal";
        let mut statement = self.db.prepare(sql).map_err(disk)?;
        let mut rows = statement.query([]).map_err(disk)?;
        let (mut holders, mut of) = (Vec::new(), None);
        while let Some(row) = rows.next().map_err(disk)? {
            let phone: i64 = row.get(0).map_err(disk)?;
            if of.replace(phone) != Some(phone) {
                holders = self.found(OF_PHONE, phone)?;
            }
            let name: String = row.get(2).map_err(disk)?;
            let name = Name::of(&[&name]);
            let namesakes = match &name {
                Some(name) if holders.is_empty() => self.namesakes(name)?,
                _ => Vec::new(),
            };
            let what = match holders.len() > MOST {
                true => Match::Ambiguous,
                false => judge(by, name.as_ref(), &holders, &namesakes),
            };
            let holders = if holders.is_empty() { &namesakes } else { &holders };
            visit(&Judged { ordinal: row.get(1).map_err(disk)?, what, holders })?;
        }
        Ok(())
    }

    /// The active contacts that a row may mean which was judged to be `what`, in the order of their ids: those among which
    /// a person may choose. To be asked once all rows were judged.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn choice(
        &self,
        by: MatchBy,
        (phone, name): (Phone, &str),
        what: &Match,
    ) -> Result<Vec<Holder>, RunError> {
        let name = Name::of(&[name]);
        let mut found = self.found(OF_PHONE, phone.number())?;
        if let (true, Some(name)) = (found.is_empty(), &name) {
            found = self.namesakes(name)?;
        }
        found.retain(|holder| holder.candidate.is_active);
        let fits = |holder: &Holder| match (&name, &holder.candidate.name) {
            (Some(name), Some(theirs)) => name.is_alike(theirs),
            _ => false,
        };
        if by == MatchBy::PhoneAndName && *what == Match::Ambiguous && found.iter().any(fits) {
            found.retain(fits);
        }
        found.sort_unstable_by(|one, other| one.candidate.id.cmp(&other.candidate.id));
        found.dedup_by(|one, other| one.candidate.id == other.candidate.id);
        found.truncate(CHOICE);
        Ok(found)
    }

    fn namesakes(&self, name: &Name) -> Result<Vec<Holder>, RunError> {
        let mut found = self.found(OF_NAME, name_key(name))?;
        found.retain(|holder| holder.candidate.name.as_ref().is_some_and(|its| its == name));
        // A number that can be read in two ways has two lines.
        found.dedup_by(|one, other| one.candidate.id == other.candidate.id);
        Ok(found)
    }

    fn found(&self, sql: &str, key: i64) -> Result<Vec<Holder>, RunError> {
        let read = |row: &Row<'_>| {
            let name: String = row.get(1)?;
            let candidate = Candidate {
                id: row.get(0)?,
                name: Name::of(&[&name]),
                is_active: row.get(2)?,
                is_sure: row.get(3)?,
            };
            Ok(Holder { candidate, name, phone: row.get(5)?, updated: row.get(4)? })
        };
        let found = self
            .db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map([key], read)?.collect());
        found.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> RunError {
        failed(&self.path, error)
    }
}

/// The name of a contact, and its number in every way in which it can be read.
fn known_by(contact: &AccountContact<'_>) -> (String, Vec<Phone>) {
    let text =
        |value: &Option<std::borrow::Cow<'_, str>>| value.as_deref().unwrap_or_default().to_owned();
    let names = [text(&contact.first_name), text(&contact.last_name)].join(" ");
    let name = match names.trim() {
        "" => text(&contact.full_name),
        names => names.to_owned(),
    };
    (name, Phone::of_contact(&text(&contact.country_code), &text(&contact.phone_number)))
}

/// Whether a contact that was matched with this number and name is still the one that they mean.
pub(crate) fn is_still_meant(
    by: MatchBy,
    phone: Phone,
    name: &str,
    contact: &AccountContact<'_>,
) -> bool {
    let (its_name, phones) = known_by(contact);
    let candidate = Candidate {
        id: contact.id.as_ref().to_owned(),
        name: Name::of(&[&its_name]),
        is_active: contact.is_active(),
        is_sure: phones.len() == 1,
    };
    let judged = judge(by, Name::of(&[name]).as_ref(), &[candidate], &[]);
    phones.iter().any(|its| its.number() == phone.number()) && judged == Match::Matched(0)
}

impl Drop for Holders {
    fn drop(&mut self) {
        // What stays behind goes with the run.
        let _ = private::remove(&self.path);
    }
}

/// Half of the key is enough to find a name by; found ones are compared.
fn name_key(name: &Name) -> i64 {
    i64::from_ne_bytes(std::array::from_fn(|n| name.key().to_ne_bytes()[n]))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> RunError {
    RunError::internal(format!("{}: cannot be used: {error}", path.display()))
}

#[cfg(test)]
mod tests;
