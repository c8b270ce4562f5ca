//! What the journal says of a run as a whole: one typed fact a key, each a JSON value in the table `run`.

use std::borrow::Borrow;
use std::marker::PhantomData;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::Journal;
use super::error::JournalError;
use crate::model::{Exit, Ledger, Operation, StopCause};

/// The key of a fact, and the type of its value.
#[derive(Debug)]
pub struct Fact<T> {
    key: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Fact<T> {
    /// The fact of that key. Every key has one type only.
    pub const fn new(key: &'static str) -> Self {
        Self { key, of: PhantomData }
    }
}

impl<T> Clone for Fact<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Fact<T> {}

/// The run's id.
pub const RUN: Fact<String> = Fact::new("run");
/// The job's name.
pub const JOB: Fact<String> = Fact::new("job");
/// What it does.
pub const OPERATION: Fact<Operation> = Fact::new("operation");
/// The run whose leftovers this one sends again.
pub const PARENT_RUN: Fact<String> = Fact::new("parentRun");
/// `--reason`.
pub const REASON: Fact<String> = Fact::new("reason");
/// The id of the plan that it was approved by (`run --plan`): nothing is sent that the plan did not show.
pub const PLAN_ID: Fact<String> = Fact::new("planId");
/// What ages in rules count back from, where that is not its beginning.
pub const AGES_FROM: Fact<Timestamp> = Fact::new("agesFrom");
/// When it began.
pub const STARTED_AT: Fact<Timestamp> = Fact::new("startedAt");
/// Who started it.
pub const USER: Fact<String> = Fact::new("user");
/// On which machine.
pub const MACHINE: Fact<String> = Fact::new("machine");
/// The version of korebulk that started it.
pub const TOOL_VERSION: Fact<String> = Fact::new("toolVersion");
/// Records read.
pub const READ: Fact<u64> = Fact::new("read");
/// Records of each source, in reading order.
pub const ROWS: Fact<Vec<u64>> = Fact::new("rows");
/// Records that were to be sent.
pub const WOULD_SEND: Fact<u64> = Fact::new("wouldSend");
/// When it ended, for now at least.
pub const FINISHED_AT: Fact<Timestamp> = Fact::new("finishedAt");
/// How.
pub const EXIT: Fact<Exit> = Fact::new("exitCode");
/// Why it stopped before its end.
pub const STOPPED: Fact<StopCause> = Fact::new("stopped");
/// Its counts at its end.
pub const LEDGER: Fact<Ledger> = Fact::new("ledger");
/// The unknown records, as ranges, that the account has been read for in vain: sending them again could undo what somebody
/// else did.
pub const LEFT_UNKNOWN: Fact<String> = Fact::new("leftUnknown");
/// When its contact data was scrubbed.
pub const SCRUBBED_AT: Fact<Timestamp> = Fact::new("scrubbedAt");

impl Journal {
    /// Writes one fact, over what it was.
    pub fn set<T, V>(&self, fact: Fact<T>, value: &V) -> Result<(), JournalError>
    where
        T: Borrow<V>,
        V: Serialize + ?Sized,
    {
        let text = serde_json::to_string(value).map_err(|_| self.damaged(fact.key))?;
        self.db
            .prepare_cached("INSERT INTO run VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")
            .and_then(|mut statement| statement.execute(params![fact.key, text]))
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }

    /// One fact; `None` where it is not known.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] for a value that korebulk does not write.
    pub fn get<T: DeserializeOwned>(&self, fact: Fact<T>) -> Result<Option<T>, JournalError> {
        let text: Option<String> = self
            .db
            .prepare_cached("SELECT value FROM run WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([fact.key], |row| row.get(0)).optional())
            .map_err(self.failed("read the journal"))?;
        let read = |text: String| serde_json::from_str(&text).map_err(|_| self.damaged(fact.key));
        text.map(read).transpose()
    }

    /// One fact that every run has that came so far.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] where it is missing.
    pub fn need<T: DeserializeOwned>(&self, fact: Fact<T>) -> Result<T, JournalError> {
        self.get(fact)?.ok_or_else(|| self.damaged(fact.key))
    }

    /// Removes one fact.
    pub fn unset<T>(&self, fact: Fact<T>) -> Result<(), JournalError> {
        self.db
            .execute("DELETE FROM run WHERE key = ?1", [fact.key])
            .map_err(self.failed("write to the journal"))?;
        Ok(())
    }
}
