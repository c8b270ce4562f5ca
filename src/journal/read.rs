//! Reading records: the rows of those that did not simply succeed.

use rusqlite::Row;

use super::connection::Journal;
use super::error::JournalError;
use super::rows::{RecordRow, mark_from_text};
use crate::model::{Mark, Ordinal, Outcome};

/// Which rows are read; always in input order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select<'a> {
    /// Every one.
    All,
    /// Those that are there now.
    Outcome(Outcome),
    /// Failed, for a reason that passes.
    FailedInPassing,
    /// Succeeded, with an echo that differs.
    Diverged,
    /// Those of this id, in whatever case.
    Id(&'a str),
}

impl Select<'_> {
    const fn condition(self) -> &'static str {
        match self {
            Self::All => "TRUE",
            Self::Outcome(_) => "outcome = ?1",
            Self::FailedInPassing => "outcome = 'failed' AND passing",
            Self::Diverged => "diverged IS NOT NULL",
            Self::Id(_) => "id = ?1 COLLATE NOCASE",
        }
    }

    const fn value(&self) -> Option<&str> {
        match self {
            Self::Outcome(outcome) => Some(outcome.name()),
            Self::Id(id) => Some(id),
            Self::All | Self::FailedInPassing | Self::Diverged => None,
        }
    }

    pub(super) fn sql(self) -> String {
        format!("SELECT * FROM records WHERE {} ORDER BY ordinal", self.condition())
    }
}

impl Journal {
    /// Calls `each` for the rows that are wanted, until it returns an error.
    pub fn for_each_record<E: From<JournalError>>(
        &self,
        select: Select<'_>,
        mut each: impl FnMut(RecordRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = self.failed("read the journal");
        let mut statement = self.db.prepare(&select.sql()).map_err(&failed)?;
        let mut rows =
            statement.query(rusqlite::params_from_iter(select.value())).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            self.count_row();
            let record = read_row(row).map_err(&failed)?;
            each(record.ok_or_else(|| self.damaged("records"))?)?;
        }
        Ok(())
    }

    /// The marks of the records that are `unknown` now, in input order.
    pub fn marks(&self) -> Result<Vec<(Ordinal, Mark)>, JournalError> {
        let mut marks = Vec::new();
        self.for_each_record(Select::Outcome(Outcome::Unknown), |row| {
            marks.push((row.ordinal, row.mark));
            Ok::<(), JournalError>(())
        })?;
        Ok(marks)
    }

    /// The records of which a killed session left neither place nor id, in input order.
    pub fn unplaced(&self) -> Result<Vec<Ordinal>, JournalError> {
        self.db
            .prepare(UNPLACED)
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .map_err(self.failed("read the journal"))
    }

    /// Whether this record's row says `unknown` now.
    pub fn is_unknown(&self, ordinal: Ordinal) -> Result<bool, JournalError> {
        let sql = "SELECT count(*) FROM records WHERE ordinal = ?1 AND outcome = 'unknown'";
        self.db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([ordinal], |row| row.get::<_, i64>(0)))
            .map(|count| count > 0)
            .map_err(self.failed("read the journal"))
    }

    /// The row of this record, where it did not simply succeed.
    pub fn record(&self, ordinal: Ordinal) -> Result<Option<RecordRow>, JournalError> {
        let failed = self.failed("read the journal");
        let sql = "SELECT * FROM records WHERE ordinal = ?1";
        let mut statement = self.db.prepare_cached(sql).map_err(&failed)?;
        let mut rows = statement.query([ordinal]).map_err(&failed)?;
        let Some(row) = rows.next().map_err(&failed)? else { return Ok(None) };
        let record = read_row(row).map_err(&failed)?;
        record.map(Some).ok_or_else(|| self.damaged("records"))
    }

    /// Whether anything is said of this record.
    pub(super) fn has_row(&self, ordinal: Ordinal) -> Result<bool, JournalError> {
        self.db
            .prepare_cached("SELECT 1 FROM records WHERE ordinal = ?1")
            .and_then(|mut statement| statement.exists([ordinal]))
            .map_err(self.failed("read the journal"))
    }
}

pub(super) const UNPLACED: &str = "SELECT ordinal FROM records WHERE row IS NULL ORDER BY ordinal";

fn read_row(row: &Row<'_>) -> rusqlite::Result<Option<RecordRow>> {
    let outcome: String = row.get("outcome")?;
    let mark: Option<String> = row.get("mark")?;
    let (Some(outcome), Some(mark)) = (Outcome::named(&outcome), mark_from_text(mark.as_deref()))
    else {
        return Ok(None);
    };
    Ok(Some(RecordRow {
        ordinal: row.get("ordinal")?,
        outcome,
        source: row.get("source")?,
        line: row.get::<_, Option<i64>>("row")?.map(i64::unsigned_abs),
        id: row.get("id")?,
        reason: row.get("reason")?,
        message: row.get("message")?,
        code: row.get("code")?,
        status: row.get("status")?,
        attempts: row.get("attempts")?,
        mark,
        request: row.get::<_, Option<i64>>("request")?.map(i64::unsigned_abs),
        not_found: row.get("not_found")?,
        passing: row.get("passing")?,
        diverged: row.get("diverged")?,
        already_gone: row.get("gone")?,
        server: row.get("server")?,
    }))
}
