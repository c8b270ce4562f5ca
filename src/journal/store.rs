//! A journal's file: made, opened, asked for what the run is.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};
use serde::{Deserialize, Serialize};

use super::error::JournalError;
use super::fact::{self, Fact};
use super::schema;
use crate::base::private;
use crate::model::Source;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Pass 1 is going on or was broken off: nothing was sent.
    Reading,
    /// Pass 1 is over, guards and prompt may still refuse: nothing was sent.
    Checked,
    /// Requests may have left.
    Sending,
    /// The report is written.
    Finished,
}

const PHASE: Fact<Phase> = Fact::new("phase");

/// The journal of one run. Owned by one thread.
#[derive(Debug)]
pub struct Journal {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    pub(super) session: i64,
}

impl Journal {
    /// Makes the journal of a new run; the file must not exist.
    ///
    /// It appears under its name with all its tables: a kill before that leaves no run behind.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let beside = path.with_extension("db.new");
        let refused = |error: std::io::Error| JournalError::Database {
            path: path.to_owned(),
            doing: "make the journal",
            cause: error.to_string(),
            busy: false,
        };
        if path.try_exists().map_err(refused)? {
            return Err(refused(std::io::ErrorKind::AlreadyExists.into()));
        }
        let file = private::create_new(&beside).map_err(refused)?;
        Self::connect(&beside)?.set_up()?;
        // The tables are in no log that could bring them back. The rename needs no sync of its own:
        // SQLite syncs the directory with the log's first sync, before anything is sent.
        file.sync_data().map_err(refused)?;
        // Closed before the journal is opened: closing any handle gives up the process's locks.
        drop(file);
        std::fs::rename(&beside, path).map_err(refused)?;
        let journal = Self::open(path)?;
        // Whatever is written first: it begins the log, see the schema.
        journal.batch("set up the journal", schema::NEW_LOG)?;
        journal.set(fact::TOOL_VERSION, env!("CARGO_PKG_VERSION"))?;
        journal.batch("set up the journal", schema::NOTHING_SENT)?;
        Ok(journal)
    }

    fn set_up(self) -> Result<(), JournalError> {
        self.batch("set up the journal", schema::NOT_YET_A_JOURNAL)?;
        self.begin()?;
        self.batch("make the journal's tables", schema::TABLES)?;
        self.pragma("application_id", schema::APPLICATION_ID)?;
        self.pragma("user_version", schema::VERSION)?;
        self.set_phase(Phase::Reading)?;
        self.end()?;
        self.batch("set up the journal", schema::LOGGED)
    }

    /// Opens the journal of an earlier run to go on with it, alone.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::look_at(path)?;
        let mut journal = Self::connect(path)?;
        journal.batch("open the journal", schema::EXCLUSIVE)?;
        journal.check_version()?;
        // The first read takes the exclusive lock, so that a second opener fails here and not later.
        journal.session =
            journal.one("read the journal", "SELECT coalesce(max(session), 0) FROM requests")?;
        Ok(journal)
    }

    /// Opens a journal to read it, beside nobody who writes.
    pub fn open_to_read(path: &Path) -> Result<Self, JournalError> {
        let journal = Self::connect(path)?;
        journal.check_version()?;
        Ok(journal)
    }

    /// What is to be written must be the user's own: its directory, and the file of this name alone.
    fn look_at(path: &Path) -> Result<(), JournalError> {
        let directory = path.parent().unwrap_or(Path::new("."));
        private::existing_directory(directory).and_then(|_| private::plain_file(path)).map_err(
            |error| JournalError::Refused { path: path.to_owned(), why: error.to_string() },
        )
    }

    fn connect(path: &Path) -> Result<Self, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let db = Connection::open_with_flags(path, flags)
            .map_err(|error| database(path, "open the journal", &error))?;
        // Whoever writes a journal holds it for the whole run: waiting a little is of no use.
        db.busy_timeout(std::time::Duration::ZERO)
            .map_err(|error| database(path, "open the journal", &error))?;
        db.set_prepared_statement_cache_capacity(32);
        Ok(Self { db, path: path.to_owned(), session: 0 })
    }

    fn check_version(&self) -> Result<(), JournalError> {
        let application: i32 = self.one("read the journal", "PRAGMA application_id")?;
        let found: i32 = self.one("read the journal", "PRAGMA user_version")?;
        match (application, found) {
            (schema::APPLICATION_ID, schema::VERSION) => Ok(()),
            (schema::APPLICATION_ID, found) => {
                let (path, known) = (self.path.clone(), schema::VERSION);
                Err(JournalError::OtherVersion { path, found, known })
            }
            _ => Err(JournalError::Foreign { path: self.path.clone() }),
        }
    }

    /// A new session begins: the run itself, or a resume. Requests are counted to it.
    pub fn begin_session(&mut self) {
        self.session += 1;
    }

    /// How far the run has come.
    pub fn phase(&self) -> Result<Phase, JournalError> {
        self.need(PHASE)
    }

    /// Notes how far the run has come.
    ///
    /// From [`Phase::Sending`] on every commit is on disk when it returns; the first of them, an
    /// intent, takes with it what was written before. A journal that is opened is so from the start.
    pub fn set_phase(&self, phase: Phase) -> Result<(), JournalError> {
        self.set(PHASE, &phase)?;
        match phase {
            Phase::Sending => self.batch("write to the journal", schema::ON_DISK),
            _ => Ok(()),
        }
    }

    /// Writes the sources, whole, over those of before.
    pub fn set_sources(&self, sources: &[Source]) -> Result<(), JournalError> {
        let sql = "INSERT OR REPLACE INTO sources VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        for (number, source) in (0u16..).zip(sources) {
            let header = serde_json::to_string(&source.header).unwrap_or_default();
            self.db
                .prepare_cached(sql)
                .and_then(|mut statement| {
                    let Source { file, sheet, detected, sha256, .. } = source;
                    statement.execute(params![number, file, sheet, detected, sha256, header])
                })
                .map_err(self.failed("write to the journal"))?;
        }
        Ok(())
    }

    /// The sources, in reading order.
    pub fn sources(&self) -> Result<Vec<Source>, JournalError> {
        let sql = "SELECT file, sheet, header, sha256, detected FROM sources ORDER BY source";
        let read = |row: &rusqlite::Row<'_>| {
            let header: String = row.get(2)?;
            Ok(Source {
                file: row.get(0)?,
                sheet: row.get(1)?,
                header: serde_json::from_str(&header).unwrap_or_default(),
                sha256: row.get(3)?,
                detected: row.get(4)?,
            })
        };
        self.db
            .prepare(sql)
            .and_then(|mut statement| statement.query_map([], read)?.collect())
            .map_err(self.failed("read the journal"))
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

    fn pragma(&self, name: &str, value: i32) -> Result<(), JournalError> {
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
        rusqlite::Error::SqliteFailure(failure, _) => failure.to_string(),
        other => {
            let text = format!("{other:?}");
            text.split(['(', ' ', '{']).next().unwrap_or("error").to_owned()
        }
    };
    let busy = code == Some(rusqlite::ErrorCode::DatabaseBusy);
    JournalError::Database { path: path.to_owned(), doing, cause, busy }
}
