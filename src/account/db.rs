//! The file of a reading: one SQLite database. Knows its tables, and nothing of what its pages prove.
//!
//! It holds contacts: the file is private, and no value of it gets into an error.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::facts::Facts;
use super::page::{COLUMNS, StoredPage};
use super::paging::Ask;
use super::place;
use crate::base::disk_words;
use crate::base::private;
use crate::model::RunError;

/// Marks the file as korebulk's: `KBLR`.
const APPLICATION_ID: i32 = 0x4B42_4C52;
/// The schema; a file with another one is read anew.
const VERSION: i32 = 1;
const SET_UP: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA temp_store = MEMORY;
";

const TABLES: &str = "
-- What is known of the reading, as JSON.
CREATE TABLE reading (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Every page that belongs to it; only those of the last pass count.
CREATE TABLE pages (
  page     INTEGER PRIMARY KEY,
  pass     INTEGER NOT NULL,
  skip     INTEGER NOT NULL,        -- how it was asked for: contacts before it,
  most     INTEGER NOT NULL,        -- contacts on it at most,
  number   INTEGER NOT NULL,        -- and its number
  read_at  INTEGER NOT NULL,        -- milliseconds since 1970
  low      TEXT NOT NULL,           -- the least of its ids
  high     TEXT NOT NULL,           -- the greatest
  repeated TEXT NOT NULL,           -- places of contacts that an earlier page had: 0,1
  length   INTEGER NOT NULL,        -- bytes unpacked
  body     BLOB NOT NULL            -- the array of contacts, zstd
) STRICT;
";

/// The pass of pages that were looked at beside the reading.
pub(super) const BESIDE: u32 = 0;

/// An open file of a reading.
pub(super) struct Db {
    db: Connection,
    pub(super) path: PathBuf,
}

/// A page to be stored.
pub(super) struct NewPage<'a> {
    pub(super) pass: u32,
    pub(super) asked: Ask,
    pub(super) read_at: Timestamp,
    /// The least and the greatest of its ids.
    pub(super) range: (&'a str, &'a str),
    /// Places of contacts that an earlier page had.
    pub(super) repeated: &'a [usize],
    /// Bytes, unpacked.
    pub(super) length: usize,
    pub(super) body: &'a [u8],
}

impl Db {
    /// A new file.
    ///
    /// # Errors
    /// Exit 70 when it cannot be made.
    pub(super) fn create(path: &Path) -> Result<Self, RunError> {
        private::create_new(path).map_err(|error| place::cannot_use(path, &error))?;
        let db = Self { db: connect(path)?, path: path.to_owned() };
        db.run(SET_UP)?;
        db.run(TABLES)?;
        for (name, value) in [("application_id", APPLICATION_ID), ("user_version", VERSION)] {
            db.db.pragma_update(None, name, value).map_err(db.failed())?;
        }
        Ok(db)
    }

    /// An existing one.
    ///
    /// # Errors
    /// Exit 70 where it is no reading of this version.
    pub(super) fn open(path: &Path) -> Result<Self, RunError> {
        private::plain_file(path).map_err(|error| place::cannot_use(path, &error))?;
        let db = Self { db: connect(path)?, path: path.to_owned() };
        for (name, expected) in [("application_id", APPLICATION_ID), ("user_version", VERSION)] {
            let found = db.db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
            if found.map_err(db.failed())? != expected {
                return Err(damaged(path));
            }
        }
        db.run(SET_UP)?;
        Ok(db)
    }

    /// What is known of the reading.
    pub(super) fn facts(&self) -> Result<Facts, RunError> {
        let sql = "SELECT value FROM reading WHERE key = 'facts'";
        let facts: String = self.db.query_row(sql, [], |row| row.get(0)).map_err(self.failed())?;
        serde_json::from_str(&facts).map_err(|_| damaged(&self.path))
    }

    pub(super) fn store_facts(&self, facts: &Facts) -> Result<(), RunError> {
        let facts = serde_json::to_string(facts)
            .map_err(|error| RunError::internal(format!("the reading cannot be noted: {error}")))?;
        let sql = "INSERT INTO reading VALUES ('facts', ?1)
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.execute(sql, [facts])
    }

    /// Does all of `work`, or nothing of it.
    pub(super) fn at_once(
        &self,
        work: impl FnOnce() -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        self.run("BEGIN IMMEDIATE")?;
        let done = work().and_then(|()| self.run("COMMIT"));
        if done.is_err() {
            // What cannot be taken back now is taken back when the file is opened again.
            let _ = self.run("ROLLBACK");
        }
        done
    }

    pub(super) fn put(&self, page: &NewPage<'_>) -> Result<(), RunError> {
        let repeated: Vec<String> = page.repeated.iter().map(usize::to_string).collect();
        let sql = "INSERT INTO pages (pass, skip, most, number, read_at, low, high, repeated, length, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (low, high) = page.range;
        let Ask { skip, limit, page: number } = page.asked;
        let [skip, most, number] = [skip, limit, number].map(u64::cast_signed);
        let read_at = page.read_at.as_millisecond();
        let length = i64::try_from(page.length).unwrap_or(i64::MAX);
        let repeated = repeated.join(",");
        let values =
            params![page.pass, skip, most, number, read_at, low, high, repeated, length, page.body];
        self.execute(sql, values)
    }

    /// Deletes the pages of all passes before this one.
    pub(super) fn delete_before(&self, pass: u32) -> Result<(), RunError> {
        self.execute("DELETE FROM pages WHERE pass < ?1", [pass])
    }

    /// The least and the greatest id of a pass.
    pub(super) fn range(&self, pass: u32) -> Result<Option<(String, String)>, RunError> {
        let sql = "SELECT min(low), max(high) FROM pages WHERE pass = ?1";
        let range = self.db.query_row(sql, [pass], |row| {
            Ok(row.get::<_, Option<String>>(0)?.zip(row.get::<_, Option<String>>(1)?))
        });
        range.map_err(self.failed())
    }

    /// Every page of a pass, in the order in which they were read.
    pub(super) fn each_page<E: From<RunError>>(
        &self,
        pass: u32,
        visit: impl FnMut(&StoredPage) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("SELECT {COLUMNS} FROM pages WHERE pass = ?1 ORDER BY page");
        self.pages(&sql, params![pass], visit)
    }

    /// The pages of a pass that may hold an id between these two.
    pub(super) fn pages_between(
        &self,
        pass: u32,
        (least, greatest): (&str, &str),
        visit: impl FnMut(&StoredPage) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let sql =
            format!("SELECT {COLUMNS} FROM pages WHERE pass = ?1 AND low <= ?3 AND high >= ?2");
        self.pages(&sql, params![pass, least, greatest], visit)
    }

    /// The pages of all passes, and those beside them, that may hold an id between these two; the latest first.
    pub(super) fn latest_between(
        &self,
        (least, greatest): (&str, &str),
        visit: impl FnMut(&StoredPage) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM pages WHERE low <= ?2 AND high >= ?1 ORDER BY read_at DESC, page DESC"
        );
        self.pages(&sql, params![least, greatest], visit)
    }

    /// The first page of a pass behind that one.
    pub(super) fn page_after(&self, pass: u32, last: i64) -> Result<Option<StoredPage>, RunError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM pages WHERE pass = ?1 AND page > ?2 ORDER BY page LIMIT 1"
        );
        let mut statement = self.db.prepare_cached(&sql).map_err(self.failed())?;
        let page = statement.query_row(params![pass, last], StoredPage::of).optional();
        match page.map_err(self.failed())? {
            None => Ok(None),
            Some(page) => page.map(Some).ok_or_else(|| damaged(&self.path)),
        }
    }

    fn pages<E: From<RunError>>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        mut visit: impl FnMut(&StoredPage) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.db.prepare_cached(sql).map_err(self.failed())?;
        let mut rows = statement.query(values).map_err(self.failed())?;
        while let Some(row) = rows.next().map_err(self.failed())? {
            let page = StoredPage::of(row).map_err(self.failed())?;
            visit(&page.ok_or_else(|| damaged(&self.path))?)?;
        }
        Ok(())
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), RunError> {
        let mut statement = self.db.prepare_cached(sql).map_err(self.failed())?;
        statement.execute(values).map(|_| ()).map_err(self.failed())
    }

    fn run(&self, sql: &str) -> Result<(), RunError> {
        self.db.execute_batch(sql).map_err(self.failed())
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> RunError {
        let path = self.path.clone();
        move |error| disk(&path, &error)
    }
}

fn connect(path: &Path) -> Result<Connection, RunError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(path, flags).map_err(|error| disk(path, &error))?;
    db.busy_timeout(Duration::from_secs(5)).map_err(|error| disk(path, &error))?;
    Ok(db)
}

fn damaged(path: &Path) -> RunError {
    RunError::internal(format!("{}: no reading that this korebulk can use", path.display()))
}

/// Only the code's message: a statement's error text could quote a value.
fn disk(path: &Path, error: &rusqlite::Error) -> RunError {
    let cause = match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            disk_words::of_database(path, failure.extended_code, &failure.to_string())
        }
        _ => "it is damaged".to_owned(),
    };
    RunError::internal(format!("{}: the reading cannot be used: {cause}", path.display()))
}
