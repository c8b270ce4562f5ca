//! What a reader of some format gives: one table, its rows one after the other.

use std::sync::{Arc, OnceLock};

use crate::model::Row;

use super::broken::Broken;
use super::encoding::Detected;
use super::fit::Fit;

/// The most bytes that one row may have; a longer one is a broken file (a quote never closed, mostly).
pub(super) const MAX_ROW_BYTES: usize = 8 << 20;

/// The rows of one opened table, each read into a row that is used again and again.
pub(super) trait Rows: Send {
    /// Reads the next row into `row` (all of it but `source`); false at the end of the table.
    fn next(&mut self, row: &mut Row) -> Result<bool, Broken>;

    /// Rows without any value, which were passed over so far.
    fn blank_rows(&self) -> u64 {
        0
    }

    /// How its rows so far fit the encoding they are read in; `None` where that is not in question.
    fn fit(&self) -> Option<&Fit> {
        None
    }

    /// Whether some row so far had more cells than the header.
    fn has_surplus(&self) -> bool {
        false
    }

    /// The table that follows in the same file; asked for at the end of this one.
    fn following(self: Box<Self>) -> Option<Table> {
        None
    }
}

/// One table that was opened: its rows, and what its source says of it.
pub(super) struct Table {
    pub(super) rows: Box<dyn Rows>,
    pub(super) sheet: Option<String>,
    pub(super) header: Vec<String>,
    pub(super) detected: Vec<String>,
    /// What a text is read in.
    pub(super) encoding: Option<Detected>,
}

/// The SHA-256 of a file, there once it has been read to its end.
pub(super) type Digest = Arc<OnceLock<String>>;
