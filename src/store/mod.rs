//! The stored copy of a run's rows (`input.zst`): written in the first pass, sent from in the second.
//!
//! zstd frames of rows (`form`). A trailer holds the sources, where each frame starts, and the count
//! of rows; the file's last 16 bytes say where the trailer is. A copy without them is cut short.
//! Must not know what rows mean.

mod again;
mod form;
mod left;
mod previous;
mod reading;
mod writing;

pub use again::{AGAIN, AgainWriter, each_latest};
pub use left::Left;
pub use previous::{PREVIOUS, Previous, PreviousWriter};
pub use reading::CopyReader;
pub use writing::CopyWriter;

use std::path::{Path, PathBuf};

use crate::model::{Row, RunError};

/// A row as bytes, behind what is there.
pub fn pack(row: &Row, out: &mut Vec<u8>) {
    form::write_row(out, row);
}

/// Reads what [`pack`] wrote into `row`; `None` where it is damaged.
pub fn unpack(bytes: &[u8], row: &mut Row) -> Option<()> {
    form::Left(bytes).row(row)
}

/// The footer: a skippable zstd frame of eight bytes (RFC 8878, 3.1.2) that hold the trailer's offset.
const FOOTER: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0];

/// Rows that are in one zstd frame.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// Where the frame begins in the file, bytes.
    offset: u64,
    /// The first of its rows.
    first: u64,
    /// Its bytes when they are not compressed.
    bytes: u64,
}

/// Why the stored copy cannot be written or read: korebulk's own disk is at fault, exit 70.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct CopyError {
    path: PathBuf,
    what: String,
}

impl CopyError {
    fn new(path: &Path, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), what: what.into() }
    }

    fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::new(path, format!("the copy of the input cannot be written: {error}"))
    }

    fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Self {
        Self::new(path, format!("the copy of the input cannot be read: {error}"))
    }

    fn damaged(path: &Path) -> Self {
        Self::new(path, "the copy of the input is cut short or damaged")
    }
}

impl From<CopyError> for RunError {
    fn from(error: CopyError) -> Self {
        Self::internal(error.to_string())
    }
}

#[cfg(test)]
mod tests;
