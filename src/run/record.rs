//! The fifth stage, `record`: the counts are compared, report and outcome files written, and the end is noted together
//! with what is owed for it.
//!
//! Whatever failed before, this runs: no run ends without its report.

mod facts;
mod faults;
pub(super) mod files;
mod finish;

use self::files::{End, Purpose, Writing};
use super::audit;
use super::close::debt::Debt;
use super::close::notifications;
use super::close::notifications::Ending;
use super::over::Over;
use crate::journal::{JournalError, Phase, fact};
use crate::model::Exit;

/// A run whose end is on disk.
pub(crate) struct Recorded {
    pub(super) over: Over,
    pub(super) end: End,
    /// Where the journal has what is owed; nothing where it could not note it.
    pub(super) noted: Vec<i64>,
}

impl Over {
    /// Writes the run's end.
    pub(crate) fn record(mut self) -> Recorded {
        let (broken, counted) = (self.broken.take(), self.counted.take());
        let writing = Writing {
            purpose: Purpose::End,
            plan: &self.plan,
            run: &self.dir,
            journal: &self.journal,
            input: &mut self.input,
            stopped: &mut self.stopped,
        };
        let end = writing.write(broken, counted);
        let mut recorded = Recorded { over: self, end, noted: Vec::new() };
        // What the disk refused is left as it is committed, for `resume` to go on with.
        if recorded.end.exit() != Exit::Internal {
            let noted = recorded.note();
            recorded.noted = recorded.end.faults.take(noted).unwrap_or_default();
        }
        recorded
    }
}

impl Recorded {
    /// Notes the end, and in the same commit what is owed for it. Gives the debts' places.
    fn note(&self) -> Result<Vec<i64>, JournalError> {
        let owed = self.owed();
        self.over.journal.together(|journal| {
            journal.set(fact::FINISHED_AT, &self.end.finished_at)?;
            journal.set(fact::EXIT, &self.end.exit())?;
            journal.set(fact::LEDGER, &self.end.ledger)?;
            match &self.over.stopped {
                Some(cause) => journal.set(fact::STOPPED, cause)?,
                None => journal.unset(fact::STOPPED)?,
            }
            // A run that was held back stays `checked`, so that no `resume` sends it.
            if self.over.sent {
                journal.set_phase(Phase::Finished)?;
            }
            // What an earlier end of this run could not say is said by this one.
            journal.owe_nothing()?;
            owed.iter().map(|debt| journal.owe(debt)).collect()
        })
    }

    /// The audit's line first; the same debts in the same order whenever it is asked.
    pub(super) fn owed(&self) -> Vec<Debt> {
        let Self { over, end, .. } = self;
        let (exit, at, stopped) = (end.exit(), end.finished_at, over.stopped.as_ref());
        let (ledger, counts) = (end.ledger, end.totals.counts);
        let line = audit::end(&over.dir, &over.plan.name, at, exit, ledger, counts, stopped);
        let messages = notifications::owed(Ending {
            plan: &over.plan,
            run: &over.dir.id,
            dir: &over.dir.path,
            exit,
            finished_at: at,
            stopped,
            held: end.faults.held(),
            ledger,
            took: end.took().unwrap_or(over.sending),
            requests: notifications::requests(&over.journal),
        });
        std::iter::once(Debt::End(Box::new(line))).chain(messages).collect()
    }
}
