//! Scrubbing: contact data goes, ids, outcomes, numbers and times stay.

use jiff::Timestamp;

use super::connection::Journal;
use super::error::JournalError;
use super::fact;

impl Journal {
    /// Forgets the server's message and entries; `report_offset` is the length of the scrubbed report
    /// up to its last succeeded record. The bytes leave the file, not only the rows.
    pub fn scrub(&self, report_offset: u64, at: Timestamp) -> Result<(), JournalError> {
        self.batch("scrub the journal", "PRAGMA secure_delete = ON")?;
        self.begin()?;
        self.batch(
            "scrub the journal",
            "UPDATE records SET reason = NULL, code = NULL, server = NULL, message = NULL;
             UPDATE unexpected SET entry = '{}';
             UPDATE answers SET body = NULL;
             UPDATE requests SET report_offset = NULL;",
        )?;
        self.set_report_offset(report_offset)?;
        self.set(fact::SCRUBBED_AT, &at)?;
        self.end()?;
        self.batch("scrub the journal", "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
