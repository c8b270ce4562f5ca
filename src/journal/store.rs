//! A journal's file: made, opened, looked at before it is trusted.

use std::path::Path;

use super::connection::Journal;
use super::error::JournalError;
use super::phase::Phase;
use super::{fact, schema};
use crate::base::private;
use crate::base::system::FILE_EXISTS;

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
            refused: true,
        };
        if path.try_exists().map_err(refused)? {
            return Err(refused(std::io::Error::from_raw_os_error(FILE_EXISTS)));
        }
        let file = private::create_new(&beside).map_err(refused)?;
        Self::connect(&beside)?.set_up()?;
        // The tables are in no log that could bring them back. The rename needs no sync of its own:
        // SQLite syncs the directory with the log's first sync, before anything is sent.
        file.sync_data().map_err(refused)?;
        // Closed before the journal is opened: closing any handle gives up the process's locks.
        drop(file);
        private::rename(&beside, path).map_err(refused)?;
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
        journal.wait_for_readers()?;
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
}
