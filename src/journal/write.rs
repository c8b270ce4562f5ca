//! Writing: dispositions of pass 1, intents before the first byte, verdicts before they are shown.

use std::time::Duration;

use rusqlite::params;

use super::connection::Journal;
use super::error::JournalError;
use super::rows::{Change, RecordRow, change, mark_to_text};
use crate::model::record_set::to_ranges;
use crate::model::settlement::{Intent, SentRecord};
use crate::model::{Ordinal, Outcome, Settlement, VerdictKind, Withheld};

const PUT: &str = "INSERT INTO records VALUES
  (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
  ON CONFLICT (ordinal) DO UPDATE SET outcome = excluded.outcome,
    source = coalesce(excluded.source, source), row = coalesce(excluded.row, row),
    id = coalesce(excluded.id, id), reason = excluded.reason, code = excluded.code,
    status = excluded.status, attempts = excluded.attempts, mark = excluded.mark,
    request = excluded.request, not_found = excluded.not_found, passing = excluded.passing,
    diverged = excluded.diverged, gone = excluded.gone, server = excluded.server,
    message = excluded.message";

const INTEND: &str = "INSERT INTO requests
  (request, session, cut, records, record_count, body_bytes, started_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";

const END: &str = "UPDATE requests SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
  status = ?2, ending = ?3, latency_ms = ?4, succeeded = ?5, failed = ?6, unknown = ?7, pending = ?8,
  report_offset = ?9 WHERE request = ?1";

/// Bodies of answers are kept for the first hundred: an outage brings thousands of the same.
const NOTE_ANSWER: &str = "INSERT INTO answers SELECT ?1, ?2, ?3, ?4, ?5
  WHERE ?4 OR (SELECT count(*) FROM answers WHERE body IS NOT NULL) < 100";

/// Something for the journal, on disk when [`Journal::commit`] returns.
#[derive(Debug)]
pub enum Entry<'a> {
    /// A request that is about to leave.
    Intent(&'a Intent),
    /// A request that ended, its records in the order of the body, and the report's size with it.
    Settled {
        /// What it came to.
        settlement: &'a Settlement,
        /// Ids and origins, as long as `settlement.verdicts`.
        sent: &'a [SentRecord],
        /// Bytes of `report.json.part` on disk.
        report_offset: u64,
    },
    /// A record that is not sent after all.
    Withheld(&'a Withheld),
}

/// Why pass 1 holds a record back.
#[derive(Debug, Clone, Copy)]
pub struct Disposition<'a> {
    /// The record.
    pub ordinal: Ordinal,
    /// `Rejected` or `Skipped`.
    pub outcome: Outcome,
    /// Its source.
    pub source: u16,
    /// Its row as the person counts it.
    pub line: u64,
    /// Its id, where it has a readable one.
    pub id: Option<&'a str>,
    /// Every defect, or the rule that skips it.
    pub reason: &'a str,
}

impl Journal {
    /// Holds one record back.
    pub fn keep_back(&self, held: &Disposition<'_>) -> Result<(), JournalError> {
        self.put(&RecordRow {
            source: Some(held.source),
            line: Some(held.line),
            id: held.id.map(ToOwned::to_owned),
            reason: Some(held.reason.to_owned()),
            ..RecordRow::bare(held.ordinal, held.outcome)
        })
    }

    /// Writes the entries in one transaction: all of them are on disk when this returns.
    pub fn commit(&self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        self.together(|journal| {
            entries.iter().try_for_each(|entry| match entry {
                Entry::Intent(intent) => journal.intend(intent),
                Entry::Settled { settlement, sent, report_offset } => {
                    journal.settle(settlement, sent, *report_offset)
                }
                Entry::Withheld(record) => journal.withhold(record),
            })
        })
    }

    fn withhold(&self, record: &Withheld) -> Result<(), JournalError> {
        self.put(&RecordRow {
            source: Some(record.source),
            line: Some(record.line),
            id: record.id.as_deref().map(ToOwned::to_owned),
            reason: Some(record.reason.clone()),
            server: record.shown.as_deref().map(ToOwned::to_owned),
            attempts: record.attempts,
            mark: record.mark,
            ..RecordRow::bare(record.ordinal, record.outcome)
        })
    }

    fn intend(&self, intent: &Intent) -> Result<(), JournalError> {
        self.db
            .prepare_cached(INTEND)
            .and_then(|mut statement| {
                statement.execute(params![
                    integer(intent.request),
                    self.session,
                    intent.cut.name(),
                    to_ranges(&intent.records),
                    integer(intent.records.len() as u64),
                    integer(intent.body_bytes),
                ])
            })
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }

    fn settle(
        &self,
        settlement: &Settlement,
        sent: &[SentRecord],
        report_offset: u64,
    ) -> Result<(), JournalError> {
        let counts = Counts::of(settlement);
        for (verdict, sent) in settlement.verdicts.iter().zip(sent) {
            match change(settlement, verdict, sent, counts.succeeded > 0, self.session > 1) {
                Change::None => {}
                Change::Settle => self.mark_succeeded(verdict.ordinal)?,
                Change::Put(row) => self.put(&row)?,
            }
        }
        for one in &settlement.unexpected {
            let text = settlement.answer.get(one.entry.clone()).unwrap_or_default();
            self.db
                .prepare_cached("INSERT INTO unexpected VALUES (?1, ?2, ?3)")
                .and_then(|mut statement| {
                    let text = String::from_utf8_lossy(text);
                    let (request, kind) = (integer(settlement.request), one.kind.name());
                    statement.execute(params![request, kind, text])
                })
                .map_err(self.failed("write to the journal"))?;
        }
        self.note_answer(settlement)?;
        self.end_request(settlement, &counts, report_offset)
    }

    /// Keeps an answer that needs a look; of those that nobody could read, the bodies of the first.
    fn note_answer(&self, settlement: &Settlement) -> Result<(), JournalError> {
        let note = |reason: &str, counts: bool, body: Option<&[u8]>| {
            self.db
                .prepare_cached(NOTE_ANSWER)
                .and_then(|mut statement| {
                    let (request, status) = (integer(settlement.request), settlement.ending.status);
                    let body = body.map(String::from_utf8_lossy);
                    statement.execute(params![request, status, reason, counts, body])
                })
                .map(|_| ())
                .map_err(self.failed("write to the journal"))
        };
        if let Some(miscount) = &settlement.miscount {
            note(miscount, true, None)?;
        }
        match settlement.unread_answer() {
            Some(body) => note(&settlement.ending.message, false, Some(body)),
            None => Ok(()),
        }
    }

    fn end_request(
        &self,
        settlement: &Settlement,
        counts: &Counts,
        report_offset: u64,
    ) -> Result<(), JournalError> {
        self.db
            .prepare_cached(END)
            .and_then(|mut statement| {
                statement.execute(params![
                    integer(settlement.request),
                    settlement.ending.status,
                    settlement.ending.kind,
                    milliseconds(settlement.ending.latency),
                    counts.succeeded,
                    counts.failed,
                    counts.unknown,
                    counts.pending,
                    integer(report_offset),
                ])
            })
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }

    fn mark_succeeded(&self, ordinal: Ordinal) -> Result<(), JournalError> {
        self.db
            .prepare_cached(
                "UPDATE records SET outcome = 'succeeded', reason = NULL, message = NULL WHERE ordinal = ?1",
            )
            .and_then(|mut statement| statement.execute([ordinal]))
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }

    /// Fills in where a record is that a killed session left without place and id.
    pub fn locate(
        &self,
        ordinal: Ordinal,
        source: u16,
        line: u64,
        id: Option<&str>,
    ) -> Result<(), JournalError> {
        self.db
            .prepare_cached("UPDATE records SET source = ?2, row = ?3, id = ?4 WHERE ordinal = ?1")
            .and_then(|mut statement| {
                statement.execute(params![ordinal, source, integer(line), id])
            })
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }

    /// Writes one record's row, over an earlier one.
    pub fn put(&self, row: &RecordRow) -> Result<(), JournalError> {
        self.db
            .prepare_cached(PUT)
            .and_then(|mut statement| {
                statement.execute(params![
                    row.ordinal,
                    row.outcome.name(),
                    row.source,
                    row.line.map(integer),
                    row.id,
                    row.reason,
                    row.code,
                    row.status,
                    row.attempts,
                    mark_to_text(row.mark),
                    row.request.map(integer),
                    row.not_found,
                    row.passing,
                    row.diverged,
                    row.already_gone,
                    row.server,
                    row.message,
                ])
            })
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }
}

/// Verdicts of one request by kind.
#[derive(Debug, Default)]
struct Counts {
    succeeded: u32,
    failed: u32,
    unknown: u32,
    pending: u32,
}

impl Counts {
    fn of(settlement: &Settlement) -> Self {
        let mut counts = Self::default();
        for verdict in &settlement.verdicts {
            *match verdict.kind {
                VerdictKind::Succeeded { .. } => &mut counts.succeeded,
                VerdictKind::Failed(_) => &mut counts.failed,
                VerdictKind::Unknown { .. } => &mut counts.unknown,
                VerdictKind::Pending => &mut counts.pending,
            } += 1;
        }
        counts
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// SQLite's integers are signed; no count here comes near their end.
pub(super) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
