//! A journal's SQLite file, open: statements, and their errors without values.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::JournalError;
use crate::base::disk_words;

/// How long a journal may be read by others while it is to be written.
const READERS: Duration = Duration::from_millis(500);

/// The journal of one run. Owned by one thread.
#[derive(Debug)]
pub struct Journal {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    pub(super) session: i64,
    /// The disk has refused: nothing is committed any more.
    pub(super) in_memory: Cell<bool>,
    rows_read: Cell<u64>,
}

impl Journal {
    pub(super) fn connect(path: &Path) -> Result<Self, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let db = Connection::open_with_flags(path, flags)
            .map_err(|error| database(path, "open the journal", &error))?;
        // Whoever writes a journal holds it for the whole run: to read it, waiting a little is of no use.
        db.busy_timeout(Duration::ZERO)
            .map_err(|error| database(path, "open the journal", &error))?;
        db.set_prepared_statement_cache_capacity(32);
        let (path, in_memory, rows_read) = (path.to_owned(), Cell::new(false), Cell::default());
        Ok(Self { db, path, session: 0, in_memory, rows_read })
    }

    /// Whoever reads a journal, as the list of runs does, holds it for a moment only.
    pub(super) fn wait_for_readers(&self) -> Result<(), JournalError> {
        self.db.busy_timeout(READERS).map_err(self.failed("open the journal"))
    }

    /// How many rows of records were read so far: a measure of what a run's end asks of its journal.
    pub fn rows_read(&self) -> u64 {
        self.rows_read.get()
    }

    pub(super) fn count_row(&self) {
        self.rows_read.set(self.rows_read.get() + 1);
    }

    pub(super) fn one<T: rusqlite::types::FromSql>(
        &self,
        doing: &'static str,
        sql: &str,
    ) -> Result<T, JournalError> {
        self.db.query_row(sql, [], |row| row.get(0)).map_err(self.failed(doing))
    }

    pub(super) fn batch(&self, doing: &'static str, sql: &str) -> Result<(), JournalError> {
        self.db.execute_batch(sql).map_err(self.failed(doing))
    }

    pub(super) fn pragma(&self, name: &str, value: i32) -> Result<(), JournalError> {
        self.db.pragma_update(None, name, value).map_err(self.failed("set up the journal"))
    }

    pub(super) fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> JournalError {
        let path = self.path.clone();
        move |error| database(&path, doing, &error)
    }

    pub(super) fn damaged(&self, what: &'static str) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), what }
    }
}

fn database(path: &Path, doing: &'static str, error: &rusqlite::Error) -> JournalError {
    let code = error.sqlite_error_code();
    if code == Some(rusqlite::ErrorCode::NotADatabase) {
        return JournalError::Foreign { path: path.to_owned() };
    }
    // Only the code's words: a statement's error text could quote a value.
    let cause = match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            disk_words::of_database(path, failure.extended_code, &failure.to_string())
        }
        other => {
            let text = format!("{other:?}");
            text.split(['(', ' ', '{']).next().unwrap_or("error").to_owned()
        }
    };
    let busy = code == Some(rusqlite::ErrorCode::DatabaseBusy);
    let refused = match error {
        rusqlite::Error::SqliteFailure(failure, _) => is_refused(failure.extended_code),
        _ => false,
    };
    JournalError::Database { path: path.to_owned(), doing, cause, busy, refused }
}

/// Whether an extended result code says that the system refuses: permissions, memory, a disk that reads or writes nothing or is
/// full, a file that cannot be opened. A file that ends too early is damaged.
const fn is_refused(code: i32) -> bool {
    const SHORT_READ: i32 = rusqlite::ffi::SQLITE_IOERR_SHORT_READ;
    code != SHORT_READ && matches!(code & 0xff, 3 | 7 | 8 | 10 | 13 | 14)
}
