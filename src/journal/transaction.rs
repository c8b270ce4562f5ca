//! Transactions: what is written together, and what is left of it where the disk refuses.

use super::connection::Journal;
use super::error::JournalError;
use super::schema;

impl Journal {
    /// Opens one transaction for everything that follows, until [`Journal::end`].
    pub fn begin(&self) -> Result<(), JournalError> {
        match self.in_memory.get() {
            true => Ok(()),
            false => self.batch("write to the journal", "BEGIN IMMEDIATE"),
        }
    }

    /// Ends it: all of it is on disk when this returns.
    pub fn end(&self) -> Result<(), JournalError> {
        match self.in_memory.get() {
            true => Ok(()),
            false => self.batch("write to the journal", "COMMIT"),
        }
    }

    /// Does `work` in one transaction: all of it is on disk when this returns, or nothing.
    pub fn together<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.begin()?;
        let done = work(self).and_then(|done| self.end().map(|()| done));
        if done.is_err() && !self.in_memory.get() {
            // The first error is the one to tell; a failed rollback leaves nothing either.
            let _ = self.batch("write to the journal", "ROLLBACK");
        }
        done
    }

    /// The same; where the disk refuses, `work` is done in memory alone, and so is all that follows:
    /// whoever reads through this journal sees it, and the file stays at its last commit.
    ///
    /// # Errors
    /// Why the disk refused.
    pub fn together_or_in_memory(
        &self,
        work: impl Fn(&Self) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let refused = match self.together(&work) {
            Err(refused) if !self.in_memory.get() => refused,
            done => return done,
        };
        self.batch("read the journal", schema::IN_MEMORY)?;
        self.in_memory.set(true);
        work(self)?;
        Err(refused)
    }

    /// Folds the log into the file, so that nothing of the run is anywhere else.
    pub fn fold(&self) -> Result<(), JournalError> {
        self.batch("fold the journal's log", schema::FOLD)
    }
}
