//! What a killed session left open: its requests are ended, their records unknown.

use super::connection::Journal;
use super::error::JournalError;
use super::rows::RecordRow;
use crate::model::record_set::from_ranges;
use crate::model::settlement::CUT_SHORT;
use crate::model::{Mark, Outcome};

impl Journal {
    /// Closes the requests that a killed session left open: their records may have been applied.
    ///
    /// Returns how many requests were open. To be called once, after [`Journal::open`].
    pub fn recover(&self) -> Result<u64, JournalError> {
        self.together(Self::close_open_requests)
    }

    /// The same; where the disk refuses, in memory alone.
    ///
    /// # Errors
    /// Why the disk refused.
    pub fn recover_or_in_memory(&self) -> Result<(), JournalError> {
        self.together_or_in_memory(|journal| journal.close_open_requests().map(drop))
    }

    fn close_open_requests(&self) -> Result<u64, JournalError> {
        let sql = "SELECT request, records FROM requests WHERE ended_at IS NULL";
        let open: Vec<(i64, String)> = self
            .db
            .prepare(sql)
            .and_then(|mut statement| {
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(self.failed("read the journal"))?;
        for (request, records) in &open {
            let ordinals = from_ranges(records).ok_or_else(|| self.damaged("requests.records"))?;
            for ordinal in ordinals {
                self.put(&RecordRow {
                    mark: Mark::LostAnswer,
                    request: u64::try_from(*request).ok(),
                    reason: Some(CUT_SHORT.to_owned()),
                    ..RecordRow::bare(ordinal, Outcome::Unknown)
                })?;
            }
            let sql = "UPDATE requests SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
                ending = 'cut-short', pending = record_count WHERE request = ?1";
            self.db.execute(sql, [request]).map_err(self.failed("write to the journal"))?;
        }
        Ok(open.len() as u64)
    }
}
