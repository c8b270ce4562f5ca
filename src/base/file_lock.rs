//! Locks of files: those that are held for moments and never waited for without an end, and those of a whole run, which
//! say who holds them.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::{private, system};

const BETWEEN: Duration = Duration::from_millis(5);
/// Some five seconds: whoever holds it for longer was stopped in between and must not stop everybody.
const TRIES: u32 = 1_000;

/// Locks the file for this process alone.
///
/// # Errors
/// `TimedOut` when another process does not give it back.
pub(crate) fn alone(file: &File) -> io::Result<()> {
    soon(|| file.try_lock())
}

/// Locks the file against those who lock it [`alone`].
///
/// # Errors
/// Those of [`alone`].
pub(crate) fn shared(file: &File) -> io::Result<()> {
    soon(|| file.try_lock_shared())
}

fn soon(try_lock: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    for _ in 0..TRIES {
        match try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps it locked"))
}

/// A lock that is held for long; given back when it is dropped or its process ends.
///
/// It is the kernel's, never the file's existence: a killed process leaves nothing behind that anybody must clean up.
#[derive(Debug)]
pub(crate) struct HeldLock {
    _lock: File,
    holder: File,
}

impl HeldLock {
    /// Takes the lock of this name where nobody holds it; else what its holder said. `open` opens and makes a file there.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn take(
        name: &str,
        open: impl Fn(&str) -> io::Result<File>,
    ) -> io::Result<Result<Self, String>> {
        let lock = open(name)?;
        let is_free = match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        let mut holder = open(&system::holder_of(name))?;
        if is_free {
            return Ok(Ok(Self { _lock: lock, holder }));
        }
        // Who holds it is a courtesy: the message can do without.
        Ok(Err(said(&mut holder).unwrap_or_default()))
    }

    /// Says who holds it, for the message to the next one.
    ///
    /// # Errors
    /// Those of the disk; the lock holds all the same.
    pub(crate) fn note(&self, holder: &str) -> io::Result<()> {
        let mut file = &self.holder;
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(holder.as_bytes())
    }
}

/// What the holder of the lock at this path said, whether it holds it still or not.
pub(crate) fn holder(lock: &Path) -> Option<String> {
    let name = system::holder_of(lock.file_name()?.to_str()?);
    said(&mut private::read(&lock.with_file_name(name)).ok()?).ok()
}

fn said(holder: &mut File) -> io::Result<String> {
    let mut text = String::new();
    holder.take(1024).read_to_string(&mut text)?;
    Ok(text.trim_end().to_owned())
}
