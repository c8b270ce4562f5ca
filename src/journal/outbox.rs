//! The outbox: what a run owes others once it has ended, noted in the commit that notes the end.
//!
//! A row goes when it is paid. A process that dies in between leaves its rows to the next command
//! that touches the run. What is owed, and how it is paid, is not for the journal to know.

use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Journal;
use super::error::JournalError;
use super::schema;

/// One thing that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed<D> {
    /// Its place in the outbox.
    pub item: i64,
    /// What it is.
    pub debt: D,
    /// Whether paying was tried already, in vain.
    pub tried: bool,
}

impl Journal {
    /// Notes what is owed, behind what is there already. Gives its place.
    pub fn owe(&self, debt: &impl Serialize) -> Result<i64, JournalError> {
        let text = serde_json::to_string(debt).map_err(|_| self.damaged("outbox"))?;
        self.db
            .prepare_cached("INSERT INTO outbox (debt) VALUES (?1)")
            .and_then(|mut statement| statement.insert(params![text]))
            .map_err(self.failed("write to the journal"))
    }

    /// Forgets what is owed.
    pub fn owe_nothing(&self) -> Result<(), JournalError> {
        self.batch("write to the journal", "DELETE FROM outbox")
    }

    /// Everything that is owed, oldest first.
    pub fn owed<D: DeserializeOwned>(&self) -> Result<Vec<Owed<D>>, JournalError> {
        let rows: Vec<(i64, String, bool)> = self
            .db
            .prepare("SELECT item, debt, tries > 0 FROM outbox ORDER BY item")
            .and_then(|mut statement| {
                let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                statement.query_map([], read)?.collect()
            })
            .map_err(self.failed("read the journal"))?;
        let read = |(item, text, tried): (i64, String, bool)| {
            let debt = serde_json::from_str(&text).map_err(|_| self.damaged("outbox"))?;
            Ok(Owed { item, debt, tried })
        };
        rows.into_iter().map(read).collect()
    }

    /// Notes that paying was tried in vain.
    pub fn tried(&self, item: i64) -> Result<(), JournalError> {
        self.change("UPDATE outbox SET tries = tries + 1 WHERE item = ?1", item)
    }

    /// Strikes out what is paid. Should a power cut undo that, it is paid twice.
    pub fn paid(&self, item: i64) -> Result<(), JournalError> {
        self.batch("write to the journal", schema::WITHOUT_SYNC)?;
        let struck = self.change("DELETE FROM outbox WHERE item = ?1", item);
        self.batch("write to the journal", schema::ON_DISK)?;
        struck
    }

    fn change(&self, sql: &str, item: i64) -> Result<(), JournalError> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([item]))
            .map(drop)
            .map_err(self.failed("write to the journal"))
    }
}
