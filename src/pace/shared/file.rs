//! The file of the shared quota: locking, reading and writing it.
//!
//! It must not know what the slots mean.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use super::header::{HEADER, Header};
use super::slots::{MOST_SLOTS, SLOT, Slot};

/// Tries for the lock, a millisecond apart. It is held for the time of a read and a write; whoever
/// holds it for longer was stopped in between and must not stop everybody.
const LOCK_TRIES: u32 = 1000;

pub(super) fn lock_soon(file: &File) -> io::Result<()> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "another process holds its lock"))
}

/// The header, and the bytes of all slots; a new file gets its header.
pub(super) fn read(file: &mut File, boot: u64) -> io::Result<(Header, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(HEADER + MOST_SLOTS * SLOT);
    file.seek(SeekFrom::Start(0))?;
    file.take((HEADER + MOST_SLOTS * SLOT) as u64).read_to_end(&mut bytes)?;
    let slots = bytes.split_off(bytes.len().min(HEADER));
    let mut head = [0; HEADER];
    head[..bytes.len()].copy_from_slice(&bytes);
    let Some(header) = Header::read(&head, boot) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not of this version of korebulk"));
    };
    if head[0] == 0 {
        write_header(file, &header, boot)?;
    }
    Ok((header, slots))
}

/// Whether this slot is still at this place: others reuse it if they take us for dead.
pub(super) fn holds(file: &mut File, index: usize, slot: &Slot) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(SLOT);
    file.seek(SeekFrom::Start(place(index)))?;
    file.take(SLOT as u64).read_to_end(&mut bytes)?;
    Ok(bytes == slot.bytes())
}

pub(super) fn write_slot(file: &mut File, index: usize, slot: &Slot) -> io::Result<()> {
    write_at(file, place(index), &slot.bytes())
}

pub(super) fn write_header(file: &mut File, header: &Header, boot: u64) -> io::Result<()> {
    write_at(file, 0, &header.bytes(boot))
}

fn write_at(file: &mut File, place: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(place))?;
    file.write_all(bytes)
}

fn place(index: usize) -> u64 {
    (HEADER + index * SLOT) as u64
}
