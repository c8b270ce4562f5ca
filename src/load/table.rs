//! What a reader of some format gives: one table, its rows one after the other.

use std::sync::{Arc, OnceLock};

use crate::model::Row;

use super::broken::Broken;

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

    /// Whether some row so far had more cells than the header.
    fn has_surplus(&self) -> bool {
        false
    }

    /// The table that follows in the same file; asked for at the end of this one.
    fn following(self: Box<Self>) -> Option<Table> {
        None
    }
}

/// One table that was opened: its rows, and what its [`Source`] says of it.
pub(super) struct Table {
    pub(super) rows: Box<dyn Rows>,
    pub(super) sheet: Option<String>,
    pub(super) header: Vec<String>,
    pub(super) detected: Vec<String>,
}

/// The SHA-256 of a file, there once it has been read to its end.
pub(super) type Digest = Arc<OnceLock<String>>;

/// `1 blank row`, `2 blank rows`.
pub(super) fn rows_of(count: u64, kind: &str) -> String {
    format!("{count} {kind} {}", if count == 1 { "row" } else { "rows" })
}
