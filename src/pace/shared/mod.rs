//! One quota for all processes that send to one server and account and share a state directory.
//!
//! A small file there holds governor's arrival time (see `header`) and a slot for each send (see
//! `slots`). It is locked for each change by the kernel, never by its existence, so a killed process
//! leaves nothing locked; its open slots end when its requests must have. Whoever waits has a
//! place in the file, too: the one that has waited longest asks governor, so two hungry processes take turns.
//!
//! It must not hold up a run: if the file cannot be used, the process paces alone and says so.

mod bytes;
mod file;
mod header;
mod owner;
mod slots;
mod ticket;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_128;

use self::file::{lock_soon, read, write_header};
use self::owner::Owner;
pub(super) use self::slots::MOST_SLOTS;
pub(super) use self::ticket::{Look, Ticket};
use super::clock::Clock;
use super::windows::Windows;
use crate::base::{origin, state};
use crate::model::settings::RateWindow;

/// Where the quotas lie in the state directory.
const QUOTA: &str = "quota";

/// The quota of one server and account, as this process sees it.
pub(super) struct SharedQuota {
    file: Mutex<File>,
    path: PathBuf,
    owner: Owner,
    /// ms.
    timeout: u32,
    clock: Arc<Clock>,
    /// The file is no longer used.
    lost: AtomicBool,
    notices: Mutex<Vec<String>>,
}

impl SharedQuota {
    /// Opens the file for this server and account in the state directory, making both if need be.
    /// `timeout` is the longest that one request of this process may take, from its permit to its
    /// end: so long its slots stay taken should it be killed.
    ///
    /// # Errors
    /// A notice for the log, if the file cannot be used: the run then paces alone.
    pub(super) fn open(
        state_dir: &Path,
        (host, account): (&str, &str),
        timeout: Duration,
        clock: Arc<Clock>,
    ) -> Result<Self, String> {
        let of = format!("{}\n{account}", origin::key(host));
        let name = format!("{:032x}", xxh3_128(of.as_bytes()));
        let path = state::place(state_dir, QUOTA, &name);
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
            quota.locked(|file| read(file, quota.clock.boot).map(drop))?;
            Ok(quota)
        });
        read.map_err(|error| cannot_be_used(&path, &error))
    }

    /// The clock of its times.
    pub(super) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.clock)
    }

    /// The window that the server reported, where that was not too long ago.
    pub(super) fn remembered(&self) -> Option<RateWindow> {
        let (boot, today) = (self.clock.boot, self.clock.calendar());
        self.used(|file| {
            let (header, _) = read(file, boot)?;
            let within_reason = header.within_reason(today);
            if within_reason != header {
                write_header(file, &within_reason, boot)?;
            }
            Ok(within_reason.believed(today))
        })?
    }

    /// Whether a process waits for its turn.
    pub(super) fn is_waited_for(&self) -> bool {
        let waited_for = self.used(|file| {
            let (boot, now) = (self.clock.boot, self.clock.now());
            let (_, bytes) = read(file, boot)?;
            Ok(slots::Slots::read(&bytes, boot, now, |_| true).0.ahead_of(None) > 0)
        });
        waited_for.unwrap_or(false)
    }

    /// Stores a window that the server reported for all that share this quota.
    pub(super) fn remember(&self, window: RateWindow) {
        let (boot, today) = (self.clock.boot, self.clock.calendar());
        self.used(|file| {
            let (header, _) = read(file, boot)?;
            write_header(file, &header.remembering(window, today), boot)
        });
    }

    /// A ticket for one send, not yet in the file.
    pub(super) fn ticket(self: &Arc<Self>) -> Ticket {
        Ticket::new(self)
    }

    /// Says of these windows if they are too large to be shared.
    pub(super) fn check(&self, windows: &Windows) {
        if windows.most_permits() > MOST_SLOTS {
            self.notify(format!(
                "a rate window of more than {MOST_SLOTS} requests is counted by this run alone, other runs for this account are not counted in it"
            ));
        }
    }

    /// What the log should say, each once.
    pub(super) fn notice(&self) -> Option<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn notify(&self, notice: String) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    /// Works on the locked file; an error ends its use.
    fn used<T>(&self, work: impl FnOnce(&mut File) -> io::Result<T>) -> Option<T> {
        if self.lost.load(Ordering::Relaxed) {
            return None;
        }
        let lose = |error: io::Error| {
            self.lost.store(true, Ordering::Relaxed);
            self.notify(cannot_be_used(&self.path, &error));
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

fn cannot_be_used(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    format!(
        "quota file `{path}` cannot be used ({error}): this run paces alone, other runs for this account are not counted"
    )
}

#[cfg(test)]
mod tests;
