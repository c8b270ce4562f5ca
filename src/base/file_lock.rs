//! Locks of files that are held for moments only, and never waited for without an end.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

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
