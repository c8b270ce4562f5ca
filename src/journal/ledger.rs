//! What became of every record, computed from the disk alone: from the requests' ranges and an index of the outcomes.

use super::connection::Journal;
use super::error::JournalError;
use super::fact;
use crate::model::record_set::from_ranges;
use crate::model::{Ledger, Mark, Ordinal, Outcome, RecordSet};

/// Read from the index, without the rows.
pub(super) const OUTCOMES: &str = "SELECT ordinal, outcome FROM records INDEXED BY records_outcome";
pub(super) const DIVERGED: &str = "SELECT count(*) FROM records WHERE diverged IS NOT NULL";
pub(super) const GONE: &str = "SELECT count(*) FROM records WHERE gone";
pub(super) const NOT_FOUND: &str =
    "SELECT count(*) FROM records WHERE not_found AND outcome = 'failed'";

impl Journal {
    /// The records that an answer with successes names. Those among them that did not succeed have a row.
    pub fn named(&self) -> Result<RecordSet, JournalError> {
        self.carried_by("succeeded > 0")
    }

    /// The records that succeeded.
    pub fn succeeded(&self) -> Result<RecordSet, JournalError> {
        let mut set = self.named()?;
        self.for_each_outcome(|ordinal, outcome| match outcome {
            Outcome::Succeeded => set.insert(ordinal),
            _ => set.remove(ordinal),
        })?;
        Ok(set)
    }

    /// The records still to send, of `read` in all: neither settled nor held back. Unknown ones are among them, but for
    /// those whose answer was lost where a second send does harm, and those that the account has been read for in vain.
    pub fn unsettled(&self, read: u64) -> Result<RecordSet, JournalError> {
        let mut settled = self.named()?;
        self.for_each_outcome(|ordinal, outcome| match outcome {
            Outcome::Unknown | Outcome::Unsent => settled.remove(ordinal),
            _ => settled.insert(ordinal),
        })?;
        if self.get(fact::OPERATION)?.is_some_and(|operation| !operation.spec().idempotent) {
            let lost = self.marks()?.into_iter().filter(|(_, mark)| *mark == Mark::LostAnswer);
            lost.for_each(|(ordinal, _)| settled.insert(ordinal));
        }
        let held = self.get(fact::LEFT_UNKNOWN)?.unwrap_or_default();
        let held = from_ranges(&held).ok_or_else(|| self.damaged("leftUnknown"))?;
        for ordinal in held {
            settled.insert(ordinal);
        }
        let mut left = RecordSet::all(read);
        left.remove_all(&settled);
        Ok(left)
    }

    /// The ledger of `read` records.
    pub fn ledger(&self, read: u64) -> Result<Ledger, JournalError> {
        let mut ledger = Ledger { read, ..Ledger::default() };
        let mut succeeded = self.named()?;
        self.for_each_outcome(|ordinal, outcome| {
            if outcome == Outcome::Succeeded {
                succeeded.insert(ordinal);
            } else {
                succeeded.remove(ordinal);
                *ledger.count_mut(outcome) += 1;
            }
        })?;
        ledger.succeeded = succeeded.len();
        let count = |sql| self.one::<i64>("read the journal", sql).map(i64::unsigned_abs);
        ledger.diverged = count(DIVERGED)?;
        ledger.already_gone = count(GONE)?;
        ledger.not_found = count(NOT_FOUND)?;
        ledger.unexpected = count("SELECT count(*) FROM unexpected WHERE kind = 'notSent'")?;
        ledger.nameless = count("SELECT count(*) FROM unexpected WHERE kind <> 'notSent'")?;
        ledger.miscounted = count("SELECT count(*) FROM answers WHERE counts")?;
        ledger.unknown += self.in_flight()?;
        // What nothing names was never marked, so it is unsent; a surplus would break `closes`.
        let Ledger { succeeded, failed, rejected, skipped, unknown, .. } = ledger;
        ledger.unsent = read.saturating_sub(succeeded + failed + rejected + skipped + unknown);
        Ok(ledger)
    }

    /// Records of requests that a killed session left open, beyond those that have a row already.
    fn in_flight(&self) -> Result<u64, JournalError> {
        let mut found = 0;
        for ordinal in self.carried_by("ended_at IS NULL")?.iter() {
            found += u64::from(!self.has_row(ordinal)?);
        }
        Ok(found)
    }

    fn carried_by(&self, condition: &str) -> Result<RecordSet, JournalError> {
        let failed = self.failed("read the journal");
        let mut set = RecordSet::default();
        let sql = format!("SELECT records FROM requests WHERE {condition}");
        let mut statement = self.db.prepare(&sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let text: String = row.get(0).map_err(&failed)?;
            let ordinals = from_ranges(&text).ok_or_else(|| self.damaged("requests.records"))?;
            for ordinal in ordinals {
                set.insert(ordinal);
            }
        }
        Ok(set)
    }

    fn for_each_outcome(&self, mut each: impl FnMut(Ordinal, Outcome)) -> Result<(), JournalError> {
        let failed = self.failed("read the journal");
        let mut statement = self.db.prepare(OUTCOMES).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            self.count_row();
            let ordinal: Ordinal = row.get(0).map_err(&failed)?;
            let outcome = row.get_ref(1).and_then(|text| Ok(text.as_str()?)).map_err(&failed)?;
            each(ordinal, Outcome::named(outcome).ok_or_else(|| self.damaged("records"))?);
        }
        Ok(())
    }
}
