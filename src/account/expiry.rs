//! Readings whose time is over, and those that somebody's changes have made untrue.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::db::Db;
use super::place::{AccountKey, Readings};
use crate::base::state::StateDirs;
use crate::model::RunError;

/// A file that cannot be read may be one that is just being made.
const BEING_MADE: Duration = Duration::from_hours(1);

/// A reading whose time is over.
#[derive(Debug, Clone)]
pub(crate) struct Expired {
    path: PathBuf,
    /// Of which account, where that can still be read.
    account: Option<String>,
}

impl Expired {
    /// Every one in the state directory.
    pub(crate) fn all(dirs: &StateDirs, now: Timestamp) -> Vec<Self> {
        let files = Readings::existing(dirs).map(|readings| readings.files(None));
        files.into_iter().flatten().filter_map(|path| Self::of(path, now)).collect()
    }

    fn of(path: PathBuf, now: Timestamp) -> Option<Self> {
        match Db::open(&path).and_then(|db| db.facts()) {
            Ok(facts) if facts.is_good(now) => None,
            Ok(facts) => Some(Self { path, account: Some(facts.account) }),
            Err(_) => is_old(&path).then_some(Self { path, account: None }),
        }
    }

    /// What becomes of it, for `prune`.
    pub(crate) fn sentence(&self, only_said: bool) -> String {
        let verb = if only_said { "would be deleted" } else { "deleted" };
        match &self.account {
            Some(account) => format!("contacts read from account {account}: {verb}"),
            None => format!("contacts read from an account, in a file that cannot be read: {verb}"),
        }
    }

    /// Deletes it.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn delete(&self) -> Result<(), RunError> {
        Readings::remove(&self.path)
    }
}

impl Readings {
    /// Deletes every reading of an account but those that runs have taken for themselves: it is about to be changed, or was.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn forget(&self, key: &AccountKey) -> Result<(), RunError> {
        self.free(key).iter().try_for_each(|path| Self::remove(path))
    }

    /// The files of readings of this account that no run has taken for itself.
    pub(super) fn free(&self, key: &AccountKey) -> Vec<PathBuf> {
        let is_taken = |path: &PathBuf| {
            Db::open(path).and_then(|db| db.facts()).is_ok_and(|facts| facts.taken)
        };
        self.files(Some(key)).into_iter().filter(|path| !is_taken(path)).collect()
    }
}

fn is_old(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|found| found.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > BEING_MADE))
}
