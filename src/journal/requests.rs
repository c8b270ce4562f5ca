//! Reading requests: each of them, and what they came to.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Row;

use super::connection::Journal;
use super::error::JournalError;
use super::fact;
use super::write::integer;
use crate::model::record_set::from_ranges;
use crate::model::{Ordinal, RecordSet, RequestCounts};

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

/// HTTP status, ending, and how many requests ended so.
pub type RequestsEnded = (Option<u16>, Option<String>, u64);

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

    /// How many requests there are of each HTTP status and ending; both are `None` while one is open.
    pub fn endings(&self) -> Result<Vec<RequestsEnded>, JournalError> {
        let sql = "SELECT status, ending, count(*) FROM requests GROUP BY status, ending";
        let read =
            |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs()));
        self.db
            .prepare(sql)
            .and_then(|mut statement| statement.query_map([], read)?.collect())
            .map_err(self.failed("read the journal"))
    }

    /// When each of these records was sent for the first time, and when the last request of all was begun.
    pub fn first_sent(
        &self,
        records: &RecordSet,
    ) -> Result<(HashMap<Ordinal, Timestamp>, Option<Timestamp>), JournalError> {
        let (mut first, mut last) = (HashMap::new(), None);
        let failed = self.failed("read the journal");
        let sql = "SELECT started_at, records FROM requests ORDER BY request";
        let mut statement = self.db.prepare(sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let [at, carried] =
                [row.get::<_, String>(0), row.get(1)].map(|text| text.map_err(&failed));
            let at: Timestamp = at?.parse().map_err(|_| self.damaged("requests.started_at"))?;
            last = last.max(Some(at));
            let carried = from_ranges(&carried?).ok_or_else(|| self.damaged("requests.records"))?;
            for ordinal in carried.into_iter().filter(|ordinal| records.contains(*ordinal)) {
                first.entry(ordinal).or_insert(at);
            }
        }
        Ok((first, last))
    }

    /// Notes how much of the report is written.
    pub fn set_report_offset(&self, bytes: u64) -> Result<(), JournalError> {
        let sql = "UPDATE requests SET report_offset = ?1
            WHERE request = (SELECT max(request) FROM requests)";
        self.db.execute(sql, [integer(bytes)]).map_err(self.failed("write to the journal"))?;
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
