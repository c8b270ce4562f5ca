//! Reading what answers said beside their verdicts: entries of nobody's, and answers that need a look.

use rusqlite::Row;

use super::connection::Journal;
use super::error::JournalError;

/// An answer that needs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// Its request.
    pub request: u64,
    /// HTTP status.
    pub status: Option<u16>,
    /// Why, in korebulk's words.
    pub reason: String,
    /// Its body, or the beginning of it, where nobody could read it. Contact data.
    pub body: Option<String>,
}

impl Journal {
    /// The unexpected entries, as the server gave them, each with its request and its kind.
    pub fn unexpected(&self) -> Result<Vec<(u64, String, String)>, JournalError> {
        self.read_all("SELECT request, kind, entry FROM unexpected", |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?, row.get(2)?))
        })
    }

    /// The answers that need a look.
    pub fn answers(&self) -> Result<Vec<AnswerRow>, JournalError> {
        self.read_all("SELECT request, status, reason, body FROM answers", |row| {
            Ok(AnswerRow {
                request: row.get::<_, i64>(0)?.unsigned_abs(),
                status: row.get(1)?,
                reason: row.get(2)?,
                body: row.get(3)?,
            })
        })
    }

    fn read_all<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, JournalError> {
        self.db
            .prepare(sql)
            .and_then(|mut statement| statement.query_map([], read)?.collect())
            .map_err(self.failed("read the journal"))
    }
}
