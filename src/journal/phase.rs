//! How far a run has come, and the tables that it reads.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::connection::Journal;
use super::error::JournalError;
use super::fact::Fact;
use super::schema;
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

impl Journal {
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
}
