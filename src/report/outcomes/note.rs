//! What all outcome files share: what is said of a row, its cells, and the name of a file until it is whole.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::model::Outcome;

/// What is said of one row beside its own cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note<'a> {
    /// `12`, or `file:12` when several tables were read.
    pub(super) row: &'a str,
    pub(super) outcome: Outcome,
    pub(super) reason: &'a str,
    /// The id that the server gave to what was created.
    pub(super) id: Option<&'a str>,
}

/// A cell as it is in an outcome file. What a row has beyond its header's last column is in
/// that one, which has no name then.
pub(super) fn cell(cells: &StringRecord, column: usize, width: usize) -> Cow<'_, str> {
    if column + 1 < width || cells.len() <= width {
        return Cow::Borrowed(cells.get(column).unwrap_or_default());
    }
    let beyond: Vec<&str> = cells.iter().skip(column).collect();
    Cow::Owned(beyond.join(","))
}

/// The name of a file until it is whole.
pub(super) fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
