//! One quota for all processes of this machine that send to one host and account.
//!
//! A small file in the user's state directory holds a slot for each send (see `slots`). It is
//! locked for each change by the kernel, never by its existence, so a killed process leaves nothing
//! locked; its open slots end when its requests must have. A slot is taken ahead of time and names
//! when its send may leave: whoever asks lines up behind the sends that are already named, and a
//! process asks for one at a time, so two hungry processes take turns. While only an answer can
//! make room, those who wait stand in line in the file, too.
//!
//! It must not hold up a run: if the file cannot be used, the process paces alone and says so.

mod file;
mod owner;
mod place;
mod slots;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::xxh3_128;

use self::file::{lock_soon, read, write_header};
use self::owner::Owner;
pub(super) use self::place::{Asked, Place};
use self::slots::{Header, MOST_SLOTS};
use super::windows::{Windows, micros};
use crate::base::{origin, state};
use crate::model::settings::RateWindow;

/// Where the quotas lie in the state directory.
const QUOTA: &str = "quota";

/// How long a window that the server told of is believed.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The quota of one host and account, as this process sees it.
pub struct SharedQuota {
    file: Mutex<File>,
    path: PathBuf,
    owner: Owner,
    timeout: u32,
    /// Microseconds since 1970.
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The file is no longer used.
    lost: AtomicBool,
    notices: Mutex<Vec<String>>,
}

impl SharedQuota {
    /// Opens the file for this host and account below the user's state directory, making both if
    /// need be. `timeout` is the longest that one request of this process may take, from its permit
    /// to its end: so long its slots stay taken should it be killed.
    ///
    /// # Errors
    /// A notice for the log, if the file cannot be used: the run then paces alone.
    pub fn open(
        state_dir: &Path,
        host: &str,
        account: &str,
        timeout: Duration,
    ) -> Result<Self, String> {
        Self::open_at(state_dir, host, account, timeout, Box::new(wall_clock))
    }

    fn open_at(
        state_dir: &Path,
        host: &str,
        account: &str,
        timeout: Duration,
        clock: Box<dyn Fn() -> u64 + Send + Sync>,
    ) -> Result<Self, String> {
        let of = format!("{}\n{account}", origin::key(host));
        let name = format!("{:032x}", xxh3_128(of.as_bytes()));
        let path = state_dir.join(QUOTA).join(&name);
        let opened = state::edit(state_dir, QUOTA, &name).map(|file| Self {
            file: Mutex::new(file),
            path: path.clone(),
            owner: Owner::this_process(),
            timeout: u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX),
            clock,
            lost: AtomicBool::new(false),
            notices: Mutex::default(),
        });
        let read = opened.and_then(|quota| {
            quota.locked(|file| read(file).map(drop))?;
            Ok(quota)
        });
        read.map_err(|error| cannot_be_used(&path, &error))
    }

    /// The window that the server told of, where that was not too long ago.
    pub(super) fn remembered(&self) -> Option<RateWindow> {
        let now = (self.clock)();
        self.used(|file| {
            let (header, _) = read(file)?;
            let mended = header.mended(now, micros(REMEMBERED));
            if mended != header {
                write_header(file, &mended)?;
            }
            Ok(mended.believed(now))
        })?
    }

    /// Keeps a window that the server told of for all that share this quota.
    pub(super) fn remember(&self, window: RateWindow) {
        let expires = (self.clock)().saturating_add(micros(REMEMBERED));
        self.used(|file| {
            let (header, _) = read(file)?;
            write_header(file, &Header { remembered: Some((window, expires)), ..header })
        });
    }

    /// A place for one send, not yet in line.
    pub(super) fn place(self: &Arc<Self>) -> Place {
        Place::new(self)
    }

    /// Says of these windows if they are too large to be shared.
    pub(super) fn check(&self, windows: &Windows) {
        if windows.most_permits() > MOST_SLOTS {
            self.tell(format!(
                "a rate window of more than {MOST_SLOTS} requests is kept by this run alone, other runs for this account are not counted in it"
            ));
        }
    }

    /// What the log should say, each once.
    pub(super) fn notice(&self) -> Option<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn tell(&self, notice: String) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    /// Works on the locked file; an error ends its use.
    fn used<T>(&self, work: impl FnOnce(&mut File) -> io::Result<T>) -> Option<T> {
        if self.lost.load(Ordering::Relaxed) {
            return None;
        }
        let lose = |error: io::Error| {
            self.lost.store(true, Ordering::Relaxed);
            self.tell(cannot_be_used(&self.path, &error));
        };
        self.locked(work).map_err(lose).ok()
    }

    fn locked<T>(&self, work: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        lock_soon(&file)?;
        let done = work(&mut file);
        file.unlock()?;
        done
    }
}

impl std::fmt::Debug for SharedQuota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedQuota").field("path", &self.path).finish_non_exhaustive()
    }
}

fn wall_clock() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970.map_or(1, micros).max(1)
}

fn cannot_be_used(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    format!(
        "quota file `{path}` cannot be used ({error}): this run paces alone, other runs for this account are not counted"
    )
}

#[cfg(test)]
mod tests;
