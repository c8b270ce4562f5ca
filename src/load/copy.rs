//! The kept copy of a run's rows (`input.zst`): written in the first pass, sent from in the second.
//!
//! zstd frames over CSV records, so that `zstdcat` shows it to a person. A trailer holds the sources,
//! where each frame starts, and the count of rows; the file's last 16 bytes say where the trailer is.
//! A copy without them is cut short. Must not know what rows mean.

mod reading;
mod writing;

pub use reading::CopyReader;
pub use writing::CopyWriter;

use std::path::{Path, PathBuf};

use crate::vocabulary::RunError;

/// The footer: a skippable zstd frame of eight bytes (RFC 8878, 3.1.2) that hold the trailer's offset.
const FOOTER: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0];

/// First fields of the records.
mod kind {
    /// A row with cells; any of the flags may follow.
    pub(super) const TABLE: char = 't';
    /// A row that is one JSON object.
    pub(super) const OBJECT: char = 'o';
    /// Problem and rule of a fault come before the cells.
    pub(super) const FAULT: char = 'f';
    /// Marks come before the cells, behind their count.
    pub(super) const MARKS: char = 'm';
    /// The row is hidden.
    pub(super) const HIDDEN: char = 'h';
    /// The trailer's records.
    pub(super) const SOURCE: &str = "source";
    pub(super) const CHUNK: &str = "chunk";
    pub(super) const END: &str = "end";
}

/// Why the kept copy cannot be written or read: korebulk's own disk is at fault, exit 70.
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
