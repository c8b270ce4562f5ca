//! Where readings lie, which are still good, and who may read an account now.
//!
//! One file for each reading, in `readings/` of the user's state directory: it holds contacts, so it is private and
//! deleted once its time is over. A file beside it is locked while somebody reads that account.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::base::file_lock::HeldLock;
use crate::base::private::Sharing;
use crate::base::state::StateDirs;
use crate::base::{origin, private};
use crate::model::settings::Target;
use crate::model::{Exit, RunError};

/// Where they lie in the state directory.
const READINGS: &str = "readings";

/// What a reading's file is called at the end.
const ENDING: &str = ".db";

/// Files that SQLite has beside its own.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// How long a page size that a server honoured is believed.
const BELIEVED: Duration = Duration::from_hours(30 * 24);

/// Between looks at a lock that another process holds.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Which account a reading is of: server, stream and account, whatever the spelling of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKey(String);

impl AccountKey {
    /// The account of a target.
    pub fn of(target: &Target) -> Self {
        let of = [&origin::key(&target.host), &target.stream_id, &target.account_id]
            .map(String::as_str)
            .join("\0");
        Self(format!("{:016x}", xxh3_64(of.as_bytes())))
    }

    /// A hash of the account and of what is done there.
    pub fn with(&self, what: &str) -> u64 {
        xxh3_64(format!("{} {what}", self.0).as_bytes())
    }
}

/// The directory of readings.
#[derive(Debug, Clone)]
pub struct Readings {
    directory: PathBuf,
}

impl Readings {
    /// The directory, made where it is missing.
    ///
    /// # Errors
    /// Exit 2 for a user without a place for state; exit 70 where the directory cannot be used.
    pub(crate) fn open(dirs: &StateDirs) -> Result<Self, RunError> {
        let own = dirs.own.as_ref().ok_or_else(|| {
            RunError::usage("no place for what is read: this user has no home directory of its own")
                .hint("name a directory with `KOREBULK_STATE_DIR`")
        })?;
        let made = private::directory(own).and_then(|own| private::subdirectory(&own, READINGS));
        let directory = made.map_err(|error| cannot_use(&own.join(READINGS), &error))?;
        Ok(Self { directory })
    }

    /// The directory where it exists already.
    pub(crate) fn existing(dirs: &StateDirs) -> Option<Self> {
        let directory = dirs.own.as_ref()?.join(READINGS);
        directory.is_dir().then_some(Self { directory })
    }

    /// The file of the reading of this account with that id.
    pub(super) fn file(&self, key: &AccountKey, id: &str) -> PathBuf {
        self.directory.join(format!("{}-{id}{ENDING}", key.0))
    }

    /// The files of readings: of this account, or of all.
    pub(super) fn files(&self, key: Option<&AccountKey>) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
        let is_one = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let of_key = key.is_none_or(|key| name.starts_with(&key.0));
            name.ends_with(ENDING) && of_key
        };
        let mut files: Vec<PathBuf> = paths.filter(is_one).collect();
        files.sort();
        files
    }

    /// The page size that the server of this account honoured not too long ago, contacts.
    pub(super) fn page_size(&self, key: &AccountKey) -> Option<u64> {
        let path = self.size_file(key);
        let changed = fs::metadata(&path).and_then(|found| found.modified()).ok()?;
        let age = SystemTime::now().duration_since(changed).unwrap_or_default();
        let text = private::read_to_string(&path).ok().filter(|_| age < BELIEVED)?;
        text.trim().parse().ok().filter(|size| *size > 0)
    }

    /// Remembers the page size that it honours. Without it the next reading finds it anew.
    pub(super) fn remember_page_size(&self, key: &AccountKey, size: u64) {
        if self.page_size(key) != Some(size) {
            let _ = private::replace(&self.size_file(key), &format!("{size}\n"), 0o600);
        }
    }

    fn size_file(&self, key: &AccountKey) -> PathBuf {
        self.directory.join(format!("{}.page-size", key.0))
    }

    /// Deletes a reading, and what SQLite has beside it.
    pub(super) fn remove(path: &Path) -> Result<(), RunError> {
        let name = path.file_name().unwrap_or_default().to_owned();
        for ending in BESIDE {
            let mut beside = name.clone();
            beside.push(ending);
            private::remove(&path.with_file_name(beside)).map_err(|e| cannot_use(path, &e))?;
        }
        private::remove(path).map_err(|error| cannot_use(path, &error))
    }
}

/// The right to read an account; given back when it is dropped or its process ends.
#[derive(Debug)]
pub struct ReadingLock {
    _lock: HeldLock,
}

impl ReadingLock {
    /// Takes it where nobody has it; else who has.
    fn try_acquire(
        readings: &Readings,
        key: &AccountKey,
    ) -> Result<Result<Self, String>, RunError> {
        let name = format!("{}.lock", key.0);
        let open = |name: &str| private::edit(&readings.directory.join(name), Sharing::Own);
        let taken = HeldLock::take(&name, open)
            .map_err(|error| cannot_use(&readings.directory.join(&name), &error))?;
        Ok(taken.map(|lock| {
            // Who holds it is a courtesy: without it the lock holds all the same.
            let now = Timestamp::now();
            let _ = lock.note(&format!("pid {}, since {now:.0}\n", std::process::id()));
            Self { _lock: lock }
        }))
    }

    /// Takes it, and waits up to `patience` for whoever has it; `waiting` hears once who that is.
    ///
    /// # Errors
    /// Exit 75 when it is not given back in that time; exit 70 if the lock cannot be used.
    pub async fn acquire(
        readings: &Readings,
        key: &AccountKey,
        patience: Duration,
        mut waiting: impl FnMut(&str),
    ) -> Result<Self, RunError> {
        let until = tokio::time::Instant::now() + patience;
        let mut said = false;
        loop {
            let holder = match Self::try_acquire(readings, key)? {
                Ok(lock) => return Ok(lock),
                Err(holder) => holder,
            };
            if tokio::time::Instant::now() >= until {
                let message = format!("another korebulk is reading this account ({holder})");
                return Err(RunError::new(Exit::Busy, message)
                    .hint("wait until it has ended, or stop it; nothing was changed"));
            }
            if !std::mem::replace(&mut said, true) {
                waiting(&holder);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

pub(super) fn cannot_use(path: &Path, error: &io::Error) -> RunError {
    RunError::internal(format!("`{}` cannot be used: {error}", path.display()))
        .hint("set `KOREBULK_STATE_DIR` to a directory on a local disk that you may write to")
}
