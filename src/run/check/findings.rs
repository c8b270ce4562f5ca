//! What pass 1 found: what is to be sent, what is not and why, and what it takes.

use std::sync::Arc;

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::base::numbers::{counted, moment, thousands};
use crate::config::Plan;
use crate::dispatch::estimate::Estimate;
use crate::journal::{Disposition, Journal};
use crate::map::{Changes, Except};
use crate::model::settings::Values;
use crate::model::{
    AccountRead, Ledger, Matches, Ordinal, PreviousContacts, Record, RecordSet, RunError,
    ValueOrigin,
};
use crate::report::{Clusters, Tally, Voice};
use crate::run::stored::Input;

/// Records kept to show the first requests.
pub(crate) const SAMPLES: usize = 1_000;

/// Records of which it is known where each value comes from.
pub(crate) const ORIGINS: usize = 32;

/// Where the values of a record come from, by the API's fields.
pub(crate) type Origins = Vec<(&'static str, ValueOrigin)>;

/// What the account says of a run's records.
#[derive(Debug)]
pub(crate) struct OfAccount {
    /// How it was read.
    pub(crate) read: AccountRead,
    /// What changes, where contacts get other values.
    pub(crate) tally: Option<Tally>,
    /// How many rows were matched, where rows are.
    pub(crate) matches: Option<Matches>,
    /// What an undo finds, in sentences.
    pub(crate) undo: Vec<String>,
    /// What would be sent, each record with its place: the sum of [`fingerprint`].
    pub(crate) sent: u64,
    /// Rows that were rejected before contacts were looked at.
    pub(crate) unusable: u64,
    /// Records that would be sent without a limit for this run.
    pub(crate) selected: u64,
    /// That limit; 0: none.
    pub(crate) per_run: u64,
    /// Until when the contacts are kept as they were; `None`: for the time of the run alone.
    pub(crate) kept_until: Option<Timestamp>,
}

/// What tells a record apart from another one, at its place and as it is sent.
pub(crate) fn fingerprint(record: &Record) -> u64 {
    xxh3_64_with_seed(record.encoded().as_bytes(), u64::from(record.ordinal))
}

impl OfAccount {
    /// `the account was read whole by 13:52: 523 contacts`; and how many runs a selection takes.
    pub(crate) fn sentences(&self, values: Values) -> Vec<String> {
        let mut all = vec![self.read.sentence()];
        all.extend(self.undo.iter().cloned());
        all.extend(self.matches.as_ref().map(Matches::sentence));
        if self.per_run > 0 && self.selected > self.per_run {
            let (selected, now) = (thousands(self.selected), thousands(self.per_run));
            let runs = counted(self.selected.div_ceil(self.per_run), "run");
            all.push(match self.read.part_of {
                None => format!("{selected} are selected, {now} of them now: {runs} in all"),
                Some(_) => format!("{selected} of what was read are selected, {now} of them now"),
            });
        }
        if self.read.of_lists {
            return all;
        }
        all.push(match self.kept_until {
            Some(until) => format!("the contacts are kept as they were until {}", moment(&until)),
            None => "the contacts are not kept as they were: the run cannot be undone".to_owned(),
        });
        all.extend(self.tally.iter().flat_map(|tally| tally.sentences(values)));
        all
    }
}

/// What pass 1 found, and what the account made of it.
pub(crate) struct Findings {
    /// `unsent` (and `unknown` for records that came marked) count what would be sent.
    pub(crate) ledger: Ledger,
    /// What was read; its mappers also map pass 2.
    pub(crate) input: Input,
    /// The records to send.
    pub(crate) to_send: RecordSet,
    /// Why records are held back.
    pub(crate) clusters: Clusters,
    /// Some of the first records to send.
    pub(crate) samples: Vec<Record>,
    /// Where the values of the first of them come from.
    pub(crate) origins: Vec<(Ordinal, Origins)>,
    /// Bytes of all records to send, encoded.
    pub(crate) bytes: u64,
    /// SHA-256 of each list of `input.except`.
    pub(crate) lists: Vec<String>,
    /// Those lists.
    pub(crate) except: Arc<Except>,
    /// What was changed on the way from row to record, once contacts were known.
    pub(crate) changes: Changes,
    /// What the account says, where it was read.
    pub(crate) of_account: Option<OfAccount>,
    /// What is stored of contacts that the run does not rest on.
    pub(crate) previous: Option<PreviousContacts>,
}

impl Findings {
    /// How many records would be sent.
    pub(crate) const fn sendable(&self) -> u64 {
        self.ledger.unsent + self.ledger.unknown
    }

    /// Takes a record out of what would be sent. `counted`: its reason is counted. Whether anything was noted: what may have been
    /// applied by an earlier run stays unknown, whatever is found now.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn hold_back(
        &mut self,
        journal: &Journal,
        held: &Disposition<'_>,
        counted: bool,
    ) -> Result<bool, RunError> {
        if counted {
            self.clusters.observe(held.outcome, Voice::Own, held.reason, held.line);
        }
        self.to_send.remove(held.ordinal);
        if journal.is_unknown(held.ordinal)? {
            return Ok(false);
        }
        journal.keep_back(held)?;
        self.ledger.unsent -= 1;
        *self.ledger.count_mut(held.outcome) += 1;
        Ok(true)
    }

    /// How many would be sent without a limit for this run: what guards count. Also those that the account does not show are sent,
    /// where it was only read to store contacts.
    pub(crate) fn selected(&self) -> u64 {
        let selected = self.of_account.as_ref().map_or(0, |account| account.selected);
        selected.max(self.sendable())
    }

    /// What sending them takes, as far as it can be known.
    pub(crate) fn estimate(&self, plan: &Plan, known_batch_size: Option<u32>) -> Estimate {
        let Plan { operation, limits, canary, .. } = plan;
        let records = (self.sendable(), *canary);
        Estimate::of(*operation, limits, records, self.bytes, known_batch_size)
    }

    /// What was changed on the way, over all sources.
    pub(crate) fn changes(&self) -> Changes {
        let mut all = self.changes.clone();
        for mapper in &self.input.mappers {
            all.add(mapper.changes());
        }
        all
    }
}
