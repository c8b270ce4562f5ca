//! What the findings make of the run: its rows in the journal, and entries in its report.

use crate::account::read_back::Finding;
use crate::base::numbers::{counted, thousands};
use crate::journal::{Fact, Journal, JournalError, RecordRow, Select, fact};
use crate::model::record_set::{RecordSet, from_ranges};
use crate::model::settings::Contacts;
use crate::model::{Effect, Mark, Outcome, RunError};
use crate::report::Part;
use crate::run::open::Run;

use super::sought::Sought;

/// The records that were read back as not applied once, as ranges: the second time they stay unknown.
const READ_BACK: Fact<String> = Fact::new("readBack");

/// What the account said of all unknown records.
pub(super) struct Outcomes {
    rows: Vec<RecordRow>,
    entries: Vec<String>,
    read_back: RecordSet,
    /// Those that nothing may be sent for any more.
    held: RecordSet,
    /// Of how many it said nothing.
    left: u64,
}

impl Outcomes {
    /// From the findings.
    ///
    /// # Errors
    /// Exit 70 for a damaged journal.
    pub(super) fn of(
        journal: &Journal,
        sought: &Sought,
        contacts: Contacts,
    ) -> Result<Self, RunError> {
        let earlier = journal.get(READ_BACK)?.unwrap_or_default();
        let damaged = || RunError::internal("the journal's `readBack` is damaged");
        let read_back = from_ranges(&earlier).ok_or_else(damaged)?.into_iter().collect();
        let mut outcomes = Self {
            rows: Vec::new(),
            entries: Vec::new(),
            read_back,
            held: RecordSet::default(),
            left: 0,
        };
        let mut findings = sought.findings().peekable();
        let effect = sought.effect();
        journal.for_each_record(Select::Outcome(Outcome::Unknown), |row| {
            if let Some((_, finding)) = findings.next_if(|(ordinal, _)| *ordinal == row.ordinal) {
                outcomes.take(row, finding, effect, contacts);
            }
            Ok::<(), JournalError>(())
        })?;
        Ok(outcomes)
    }

    fn take(&mut self, row: RecordRow, finding: &Finding, effect: Effect, contacts: Contacts) {
        let known = RecordRow {
            mark: Mark::None,
            message: None,
            code: None,
            status: None,
            server: None,
            ..row.clone()
        };
        let because = |reason: &str| Some(reason.to_owned());
        let row = match finding {
            Finding::Applied { contact } => {
                let id = match (contact, effect) {
                    (Some((id, _)), Effect::Create) => Some(id.clone()),
                    _ => row.id.clone(),
                };
                self.entries.push(entry(
                    id.as_deref().unwrap_or_default(),
                    contact.as_ref(),
                    contacts,
                ));
                let gone = effect == Effect::Delete;
                let reason = because(if gone { GONE } else { THERE });
                let outcome = Outcome::Succeeded;
                RecordRow { outcome, id, already_gone: gone, reason, ..known }
            }
            Finding::NotApplied if !self.read_back.contains(row.ordinal) => {
                self.read_back.insert(row.ordinal);
                RecordRow { outcome: Outcome::Unsent, reason: because(NOT_APPLIED), ..known }
            }
            Finding::InUse { id } => {
                let reason = because(&format!("its phone number is that of contact {id}"));
                RecordRow { outcome: Outcome::Failed, reason, ..known }
            }
            Finding::NotApplied => {
                self.held.insert(row.ordinal);
                return self.stays(row, NOT_APPLIED_AGAIN);
            }
            Finding::Changed => {
                self.held.insert(row.ordinal);
                return self.stays(row, CHANGED);
            }
            Finding::NotShown => return self.stays(row, NOT_SHOWN),
        };
        self.rows.push(row);
    }

    fn stays(&mut self, row: RecordRow, reason: &str) {
        self.left += 1;
        if row.reason.as_deref() != Some(reason) {
            self.rows.push(RecordRow { reason: Some(reason.to_owned()), ..row });
        }
    }

    /// Whether the run is another one by them.
    pub(super) fn changes_anything(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Writes them down: entries of the report first, then the rows, with the report's length, in one commit.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn write(&self, journal: &Journal, run: &Run) -> Result<(), RunError> {
        let unwritten = |error: std::io::Error| {
            RunError::internal(format!("the report cannot be written: {error}"))
        };
        let offset = journal.totals()?.report_offset;
        let part = Part::open_at(&run.dir.path, offset, run.plan.report.contacts);
        let mut part = part.map_err(unwritten)?;
        self.entries.iter().try_for_each(|entry| part.add(entry)).map_err(unwritten)?;
        let offset = part.flush_and_sync().map_err(unwritten)?;
        part.abandon();
        Ok(journal.together(|journal| {
            journal.set(READ_BACK, &self.read_back.to_ranges())?;
            journal.set(fact::LEFT_UNKNOWN, &self.held.to_ranges())?;
            self.rows.iter().try_for_each(|row| journal.put(row))?;
            journal.set_report_offset(offset)
        })?)
    }

    /// What came of it, in a sentence.
    pub(super) fn words(&self) -> String {
        let count = |outcome| self.rows.iter().filter(|row| row.outcome == outcome).count() as u64;
        let parts = [
            (count(Outcome::Succeeded), "done"),
            (count(Outcome::Unsent), "not done"),
            (count(Outcome::Failed), "refused: the number is somebody's"),
            (self.left, "still unknown"),
        ];
        let all: u64 = parts.iter().map(|(count, _)| count).sum();
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{} {words}", thousands(count)))
            .collect();
        format!("read back {}: {}", counted(all, "unknown record"), parts.join(", "))
    }
}

const THERE: &str = "reconciled: the account has it as it was sent";
const GONE: &str = "reconciled: the account no longer has it";
const NOT_APPLIED: &str = "notApplied: the account shows that it was not done";
const NOT_APPLIED_AGAIN: &str =
    "notApplied: it was sent twice, and the account shows each time that it was not done";
const CHANGED: &str = "changedSince: the account shows other values and a later change";
const NOT_SHOWN: &str = "notShown: the account does not show it, which proves nothing";

/// What is written for it among the successful records of the report.
fn entry(id: &str, contact: Option<&(String, Box<str>)>, contacts: Contacts) -> String {
    let id = serde_json::Value::from(id);
    match contact {
        Some((_, text)) if contacts == Contacts::Full => {
            format!(r#"{{"id":{id},"reconciled":true,"contact":{text}}}"#)
        }
        _ => format!(r#"{{"id":{id},"reconciled":true}}"#),
    }
}
