//! What is wanted of an account: rows by the contact that they are for, on disk, so that memory does not grow with them.
//!
//! Knows no row: it stores bytes.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::base::private::{self, Unnamed};
use crate::model::{Ordinal, RunError};

/// Not synced and not journaled: it is made anew where it is needed again. Nobody else can open it: each row is looked up
/// without asking the system for locks and logs.
const SET_UP: &str = "
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -4096;
CREATE TABLE wanted (ordinal INTEGER PRIMARY KEY, contact BLOB, content INTEGER NOT NULL, row BLOB NOT NULL) STRICT;
BEGIN;
";

/// An index of rows, in a file of its own that has no name once it is open where the system can
/// do that, so that it goes with it, also after a kill.
pub struct Wanted {
    db: Connection,
    path: PathBuf,
    count: u64,
    /// Behind the connection: it is closed first.
    _name: Unnamed,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Wanted {
    /// An empty one; a file that is there is overwritten.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn create(path: &Path) -> Result<Self, RunError> {
        private::create(path).map_err(|error| failed(path, &error))?;
        let db = Connection::open(path).map_err(|error| failed(path, &error))?;
        db.execute_batch(SET_UP).map_err(|error| failed(path, &error))?;
        let name = private::unname(path).map_err(|error| failed(path, &error))?;
        Ok(Self { db, path: path.to_owned(), count: 0, _name: name })
    }

    /// Adds a row; `contact` is the key of the contact that it is for, where that is known, `content` the same for rows that
    /// say the same.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn add(
        &mut self,
        ordinal: Ordinal,
        contact: Option<&[u8]>,
        content: u64,
        row: &[u8],
    ) -> Result<(), RunError> {
        self.count += 1;
        let content = content.cast_signed();
        let added = self
            .db
            .prepare_cached("INSERT INTO wanted VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut statement| statement.execute(params![ordinal, contact, content, row]));
        added.map(drop).map_err(|error| failed(&self.path, &error))
    }

    /// To be called once all rows are there: from now on they are found by their contact.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn index(&self) -> Result<(), RunError> {
        let sql = "CREATE INDEX by_contact ON wanted (contact) WHERE contact IS NOT NULL; COMMIT;";
        self.db.execute_batch(sql).map_err(|error| failed(&self.path, &error))
    }

    /// Takes a row's contact from it.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn forget(&self, ordinal: Ordinal) -> Result<(), RunError> {
        let sql = "UPDATE wanted SET contact = NULL WHERE ordinal = ?1";
        let done = self.db.prepare_cached(sql).and_then(|mut one| one.execute([ordinal]));
        done.map(drop).map_err(|error| failed(&self.path, &error))
    }

    /// Place, contact and content of every row that has a contact, in the order of the input.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn each_named(&self, mut visit: impl FnMut(Ordinal, &[u8], u64)) -> Result<(), RunError> {
        let disk = |error: rusqlite::Error| failed(&self.path, &error);
        let sql = "SELECT ordinal, contact, content FROM wanted WHERE contact IS NOT NULL ORDER BY ordinal";
        let mut statement = self.db.prepare(sql).map_err(disk)?;
        let mut rows = statement.query([]).map_err(disk)?;
        while let Some(row) = rows.next().map_err(disk)? {
            let contact = row.get_ref(1).and_then(|value| Ok(value.as_blob()?)).map_err(disk)?;
            let content: i64 = row.get(2).map_err(disk)?;
            visit(row.get(0).map_err(disk)?, contact, content.cast_unsigned());
        }
        Ok(())
    }

    /// How many rows there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The row for a contact.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn row(&self, contact: &[u8]) -> Result<Option<(Ordinal, Vec<u8>)>, RunError> {
        let sql = "SELECT ordinal, row FROM wanted WHERE contact = ?1";
        let found = self.db.prepare_cached(sql).and_then(|mut statement| {
            statement.query_row([contact], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        });
        found.map_err(|error| failed(&self.path, &error))
    }

    /// The row of that place.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn at(&self, ordinal: Ordinal) -> Result<Option<Vec<u8>>, RunError> {
        let sql = "SELECT row FROM wanted WHERE ordinal = ?1";
        let found = self
            .db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([ordinal], |row| row.get(0)).optional());
        found.map_err(|error| failed(&self.path, &error))
    }

    /// Every row, in the order of the input.
    ///
    /// # Errors
    /// Those of `visit`; exit 70 for the disk.
    pub fn each(
        &self,
        mut visit: impl FnMut(Ordinal, &[u8]) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let disk = |error: rusqlite::Error| failed(&self.path, &error);
        let mut statement =
            self.db.prepare("SELECT ordinal, row FROM wanted ORDER BY ordinal").map_err(disk)?;
        let mut rows = statement.query([]).map_err(disk)?;
        while let Some(row) = rows.next().map_err(disk)? {
            let bytes = row.get_ref(1).and_then(|value| Ok(value.as_blob()?)).map_err(disk)?;
            visit(row.get(0).map_err(disk)?, bytes)?;
        }
        Ok(())
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> RunError {
    RunError::internal(format!("{}: cannot be used: {error}", path.display()))
}
