//! The unknown records of a run, and what a reading says of each.

use std::collections::HashMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::account::Reading;
use crate::account::read_back::{Finding, Sent};
use crate::api::wire::{AccountContact, phone_keys};
use crate::journal::{Journal, JournalError, Select};
use crate::map::{Mapped, Mapper};
use crate::model::{Effect, OperationSpec, Ordinal, Outcome, Record, RecordSet, Row, RunError};
use crate::run::open::Run;
use crate::run::past::retried::Retried;
use crate::run::run_dir::RunDir;
use crate::store::{self, CopyReader};

/// The unknown records of a run.
pub(super) struct Sought {
    spec: OperationSpec,
    /// By id in lower case, or by phone number.
    by_key: HashMap<String, usize>,
    pub(super) records: Vec<SoughtRecord>,
    last_intent: Timestamp,
}

/// One of them.
pub(super) struct SoughtRecord {
    pub(super) record: Record,
    /// When it was sent for the first time: by our clock, then by the server's.
    first: Timestamp,
    pub(super) finding: Option<Finding>,
}

impl Sought {
    /// The records that are unknown and no other run's.
    pub(super) fn ordinals(journal: &Journal, dir: &RunDir) -> Result<RecordSet, RunError> {
        let mut unknown = RecordSet::default();
        journal.for_each_record(Select::Outcome(Outcome::Unknown), |row| {
            unknown.insert(row.ordinal);
            Ok::<(), JournalError>(())
        })?;
        Retried::of(journal, dir)?.leave_out(&mut unknown);
        Ok(unknown)
    }

    /// Those of a run, with what was sent of them.
    ///
    /// # Errors
    /// Exit 2 where the stored copy of the input is gone.
    pub(super) fn of(
        journal: &Journal,
        run: &Run,
        mappers: &mut [Mapper],
    ) -> Result<Self, RunError> {
        if !run.dir.copy().is_file() {
            let gone = format!("{}: the stored copy of the input is gone", run.dir.path.display());
            return Err(RunError::usage(gone).hint("it is scrubbed after `[runs] keep_days`"));
        }
        let unknown = Self::ordinals(journal, &run.dir)?;
        let (first_sent, last_intent) = journal.first_sent(&unknown)?;
        let mut records = match run.dir.previous().is_file() {
            true => stored(&run.dir.path, &unknown)?,
            false => mapped(&run.dir.copy(), &unknown, mappers)?,
        };
        records.sort_unstable_by_key(|record| record.ordinal);
        let mut sought = Self {
            spec: *run.plan.operation.spec(),
            by_key: HashMap::new(),
            records: Vec::new(),
            last_intent: last_intent.unwrap_or(Timestamp::MIN),
        };
        for record in records {
            // Else sent by an earlier run, which has to be reconciled itself.
            if let Some(first) = first_sent.get(&record.ordinal) {
                sought.add(record, *first);
            }
        }
        Ok(sought)
    }

    fn add(&mut self, record: Record, first: Timestamp) {
        let key = record.key().to_ascii_lowercase();
        self.by_key.insert(key, self.records.len());
        self.records.push(SoughtRecord { record, first, finding: None });
    }

    /// When the last request of the run was begun, by our clock.
    pub(super) const fn last_intent(&self) -> Timestamp {
        self.last_intent
    }

    /// Turns times by our clock into the server's, which is so far ahead.
    pub(super) fn shift(&mut self, ahead: SignedDuration) {
        for sought in &mut self.records {
            sought.first = sought.first.saturating_add(ahead).unwrap_or(Timestamp::MIN);
        }
    }

    /// Looks at every contact of a complete reading.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn look(mut self, reading: &Reading) -> Result<Self, RunError> {
        let mut shows_inactive = false;
        reading.each_contact(|stored| {
            let Some(contact) = AccountContact::read(stored.text) else { return Ok(()) };
            shows_inactive |= !contact.is_active();
            let keys = match self.spec.has_ids() {
                true => vec![stored.id.to_ascii_lowercase()],
                false => phone_keys(&contact),
            };
            for at in keys.iter().filter_map(|key| self.by_key.get(key)) {
                self.records[*at].see(self.spec.effect, &contact, stored.text);
            }
            Ok::<(), RunError>(())
        })?;
        for sought in &mut self.records {
            let absent = || Finding::of_absence(self.spec.effect, shows_inactive);
            sought.finding.get_or_insert_with(absent);
        }
        Ok(self)
    }

    /// The findings, in the order of the input.
    pub(super) fn findings(&self) -> impl Iterator<Item = (Ordinal, &Finding)> {
        self.records.iter().filter_map(|one| Some((one.record.ordinal, one.finding.as_ref()?)))
    }

    /// What success does.
    pub(super) const fn effect(&self) -> Effect {
        self.spec.effect
    }
}

/// These records, made of their rows again.
fn mapped(
    copy: &Path,
    unknown: &RecordSet,
    mappers: &mut [Mapper],
) -> Result<Vec<Record>, RunError> {
    let mut copy = CopyReader::open(copy)?;
    let (mut row, mut records) = (Row::default(), Vec::new());
    for ordinal in unknown.iter() {
        copy.skip_to(ordinal)?;
        if !copy.next(&mut row)? {
            break;
        }
        let mapper = mappers.get_mut(usize::from(row.source));
        if let Some(Mapped::Checked(record)) = mapper.map(|mapper| mapper.map(ordinal, &row)) {
            records.push(record);
        }
    }
    Ok(records)
}

/// These records as they were made of rows and contacts.
fn stored(dir: &Path, unknown: &RecordSet) -> Result<Vec<Record>, RunError> {
    let mut records = Vec::new();
    store::each_latest(dir, |previous| {
        if unknown.contains(previous.ordinal) {
            records.extend(previous.record());
        }
        Ok(true)
    })?;
    Ok(records)
}

impl SoughtRecord {
    fn see(&mut self, effect: Effect, contact: &AccountContact<'_>, text: &str) {
        let sent = Sent { effect, encoded: self.record.encoded(), first: self.first };
        let Some(found) = Finding::of(sent, contact, text) else { return };
        self.finding = Some(match self.finding.take() {
            Some(earlier) => earlier.or(found),
            None => found,
        });
    }
}
