//! Reading: what is settled, what is left, and the ledger computed from the disk alone.

use jiff::Timestamp;
use rusqlite::Row;

use super::connection::Journal;
use super::error::JournalError;
use super::fact;
use super::rows::{RecordRow, mark_from_text};
use crate::model::record_set::from_ranges;
use crate::model::{Ledger, Mark, Ordinal, Outcome, RecordSet, RequestCounts};

/// One request as the journal has it, for history and charts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// Its number.
    pub request: u64,
    /// Why it was cut.
    pub cut: String,
    /// Records in it.
    pub records: u64,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC; `None` while it is open.
    pub ended_at: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// How it ended.
    pub ending: Option<String>,
    /// Milliseconds.
    pub latency_ms: Option<u64>,
}

/// What the requests of all sessions came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionTotals {
    /// Requests by kind.
    pub counts: RequestCounts,
    /// Sessions: 1, and one more for each resume.
    pub sessions: u64,
    /// The number for the next request.
    pub next_request: u64,
    /// Bytes of `report.json.part` that are committed.
    pub report_offset: u64,
}

impl Journal {
    /// Calls `each` for every record's row, in input order, until it returns an error.
    pub fn for_each_record<E: From<JournalError>>(
        &self,
        mut each: impl FnMut(RecordRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = self.failed("read the journal");
        let mut statement =
            self.db.prepare("SELECT * FROM records ORDER BY ordinal").map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let record = read_row(row).map_err(&failed)?;
            each(record.ok_or_else(|| self.damaged("records"))?)?;
        }
        Ok(())
    }

    /// The records that succeeded, of `read` in all.
    pub fn succeeded(&self) -> Result<RecordSet, JournalError> {
        let failed = self.failed("read the journal");
        let mut set = RecordSet::default();
        let mut statement =
            self.db.prepare("SELECT records FROM requests WHERE succeeded > 0").map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let text: String = row.get(0).map_err(&failed)?;
            let ordinals = from_ranges(&text).ok_or_else(|| self.damaged("requests.records"))?;
            for ordinal in ordinals {
                set.insert(ordinal);
            }
        }
        let mut statement =
            self.db.prepare("SELECT ordinal, outcome FROM records").map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let ordinal: Ordinal = row.get(0).map_err(&failed)?;
            let outcome: String = row.get(1).map_err(&failed)?;
            if outcome == Outcome::Succeeded.name() {
                set.insert(ordinal);
            } else {
                set.remove(ordinal);
            }
        }
        Ok(set)
    }

    /// The records still to send, of `read` in all: neither settled nor kept back. Unknown ones are among them.
    pub fn unsettled(&self, read: u64) -> Result<RecordSet, JournalError> {
        let mut left = RecordSet::all(read);
        let succeeded = self.succeeded()?;
        for ordinal in 0..Ordinal::try_from(read).unwrap_or(Ordinal::MAX) {
            if succeeded.contains(ordinal) {
                left.remove(ordinal);
            }
        }
        self.for_each_record(|row| {
            if row.outcome != Outcome::Unknown {
                left.remove(row.ordinal);
            }
            Ok::<(), JournalError>(())
        })?;
        Ok(left)
    }

    /// The marks of the records that are `unknown` now, in input order.
    pub fn marks(&self) -> Result<Vec<(Ordinal, Mark)>, JournalError> {
        let mut marks = Vec::new();
        self.for_each_record(|row| {
            if row.outcome == Outcome::Unknown {
                marks.push((row.ordinal, row.mark));
            }
            Ok::<(), JournalError>(())
        })?;
        Ok(marks)
    }

    /// The ledger of `read` records, computed from the disk alone.
    pub fn ledger(&self, read: u64) -> Result<Ledger, JournalError> {
        let mut ledger = Ledger { read, ..Ledger::default() };
        let mut rows = 0;
        self.for_each_record(|row| {
            rows += u64::from(row.outcome != Outcome::Succeeded);
            *ledger.count_mut(row.outcome) += u64::from(row.outcome != Outcome::Succeeded);
            ledger.diverged += u64::from(row.diverged.is_some());
            ledger.already_gone += u64::from(row.already_gone);
            ledger.not_found += u64::from(row.not_found && row.outcome == Outcome::Failed);
            Ok::<(), JournalError>(())
        })?;
        ledger.succeeded = self.succeeded()?.len();
        ledger.unexpected =
            self.one::<i64>("read the journal", "SELECT count(*) FROM unexpected")?.unsigned_abs();
        let in_flight = self.in_flight()?;
        ledger.unknown += in_flight;
        // What nothing names was never marked, so it is unsent; a surplus would break `closes`.
        ledger.unsent = read.saturating_sub(ledger.succeeded + rows + in_flight);
        Ok(ledger)
    }

    /// Records of requests that a killed session left open, beyond those that are `unknown` already.
    fn in_flight(&self) -> Result<u64, JournalError> {
        let mut open = RecordSet::default();
        let failed = self.failed("read the journal");
        let mut statement = self
            .db
            .prepare("SELECT records FROM requests WHERE ended_at IS NULL")
            .map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let text: String = row.get(0).map_err(&failed)?;
            let ordinals = from_ranges(&text).ok_or_else(|| self.damaged("requests.records"))?;
            for ordinal in ordinals {
                open.insert(ordinal);
            }
        }
        if !open.is_empty() {
            self.for_each_record(|row| {
                open.remove(row.ordinal);
                Ok::<(), JournalError>(())
            })?;
        }
        Ok(open.len())
    }

    /// What the requests came to so far.
    pub fn totals(&self) -> Result<SessionTotals, JournalError> {
        let sql =
            "SELECT count(*), coalesce(sum(cut = 'retry'), 0), coalesce(sum(cut = 'split'), 0),
            coalesce(sum(ending = 'throttled'), 0), coalesce(max(session), 0),
            coalesce(max(request), 0), coalesce(max(report_offset), 0) FROM requests";
        let read = |row: &Row<'_>| {
            let at = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
            Ok(SessionTotals {
                counts: RequestCounts {
                    sent: at(0)?,
                    retried: at(1)?,
                    split: at(2)?,
                    throttled: at(3)?,
                },
                sessions: at(4)?,
                next_request: at(5)? + 1,
                report_offset: at(6)?,
            })
        };
        self.db.query_row(sql, [], read).map_err(self.failed("read the journal"))
    }

    /// Calls `each` for every request, in order.
    pub fn for_each_request(&self, mut each: impl FnMut(RequestRow)) -> Result<(), JournalError> {
        let sql =
            "SELECT request, cut, record_count, started_at, ended_at, status, ending, latency_ms
            FROM requests ORDER BY request";
        let failed = self.failed("read the journal");
        let mut statement = self.db.prepare(sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            each(read_request(row).map_err(&failed)?);
        }
        Ok(())
    }

    /// When its last request began or ended, before that when the run began.
    pub fn last_sign_of_life(&self) -> Result<Option<Timestamp>, JournalError> {
        let sql = "SELECT max(coalesce(ended_at, started_at)) FROM requests";
        let last: Option<String> = self.one("read the journal", sql)?;
        match last.and_then(|at| at.parse().ok()) {
            Some(at) => Ok(Some(at)),
            None => self.get(fact::STARTED_AT),
        }
    }

    /// The unexpected entries, as the server gave them, each with its request.
    pub fn unexpected(&self) -> Result<Vec<(u64, String)>, JournalError> {
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
        self.db
            .prepare("SELECT request, entry FROM unexpected")
            .and_then(|mut statement| statement.query_map([], read)?.collect())
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
}

fn read_request(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    Ok(RequestRow {
        request: row.get::<_, i64>(0)?.unsigned_abs(),
        cut: row.get(1)?,
        records: row.get::<_, i64>(2)?.unsigned_abs(),
        started_at: row.get(3)?,
        ended_at: row.get(4)?,
        status: row.get(5)?,
        ending: row.get(6)?,
        latency_ms: row.get::<_, Option<i64>>(7)?.map(i64::unsigned_abs),
    })
}

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
