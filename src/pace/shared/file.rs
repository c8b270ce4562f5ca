//! The file of the shared quota: opening, locking, reading and writing it.
//!
//! It must not know what the slots mean.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use super::slots::{HEADER, Header, MOST_SLOTS, SLOT, Slot, Slots};

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
    Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps it locked"))
}

/// The whole file; a new one gets its header.
pub(super) fn read(file: &mut File) -> io::Result<(Header, Slots)> {
    let mut bytes = Vec::with_capacity(HEADER + MOST_SLOTS * SLOT);
    file.seek(SeekFrom::Start(0))?;
    file.take(HEADER as u64 + (MOST_SLOTS * SLOT) as u64).read_to_end(&mut bytes)?;
    let mut header = [0; HEADER];
    let known = bytes.len().min(HEADER);
    header[..known].copy_from_slice(&bytes[..known]);
    let Some(read) = Header::read(&header) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not of this version of korebulk"));
    };
    if header[0] == 0 {
        write_at(file, 0, &read.bytes())?;
    }
    let (slots, _) = bytes[known..].as_chunks::<SLOT>();
    Ok((read, Slots(slots.iter().map(Slot::read).collect())))
}

pub(super) fn read_slot(file: &mut File, index: usize) -> io::Result<Slot> {
    let mut bytes = [0; SLOT];
    file.seek(SeekFrom::Start(place(index)))?;
    file.read_exact(&mut bytes)?;
    Ok(Slot::read(&bytes))
}

pub(super) fn write_slot(file: &mut File, index: usize, slot: &Slot) -> io::Result<()> {
    write_at(file, place(index), &slot.bytes())
}

fn write_at(file: &mut File, place: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(place))?;
    file.write_all(bytes)
}

fn place(index: usize) -> u64 {
    (HEADER + index * SLOT) as u64
}

/// Writes the header.
pub(super) fn write_header(file: &mut File, header: &Header) -> io::Result<()> {
    write_at(file, 0, &header.bytes())
}
