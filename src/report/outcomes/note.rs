//! What all outcome files share: what is said of a row, its cells, and the name of a file until it is whole.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use serde::Serialize;

use crate::model::{CellKind, CellMark, Outcome, Row, Source};

/// What is said of one row beside its own cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note<'a> {
    /// `12`, or `file:12` when several tables were read.
    pub(super) row: &'a str,
    pub(super) outcome: Outcome,
    pub(super) reason: &'a str,
    /// The id that the server gave to what was created.
    pub(super) id: Option<&'a str>,
    /// A contact that it may mean.
    pub(super) candidate: Option<CandidateLine<'a>>,
}

/// A contact that a row may mean, as a review file shows it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CandidateLine<'a> {
    /// Its id.
    pub contact: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its number.
    pub phone: &'a str,
    /// Its last change.
    pub updated: &'a str,
    /// What the decision for it is bound to.
    pub check: &'a str,
}

/// A cell as it is in an outcome file. What a row has beyond its header's last column is in
/// that one, which has no name then.
///
/// What makes a cell of no use is not seen in its text: sent again unchanged, it must be of no use again.
pub(super) fn cell<'r>(
    cells: &'r StringRecord,
    marks: &[CellMark],
    column: usize,
    width: usize,
) -> Cow<'r, str> {
    if column + 1 == width && cells.len() > width {
        let beyond: Vec<&str> = cells.iter().skip(column).collect();
        return Cow::Owned(beyond.join(","));
    }
    let text = cells.get(column).unwrap_or_default();
    let mark = marks.iter().find(|mark| usize::from(mark.column) == column);
    match mark.map(|mark| &mark.kind) {
        Some(CellKind::Merged) => Cow::Borrowed("#MERGED!"),
        // A formula that nobody computed has no text, or a 0.
        Some(CellKind::Error(_)) if !text.starts_with(['#', 'E']) => Cow::Borrowed("#ERROR!"),
        Some(CellKind::Formatted) => {
            let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
            Cow::Owned(format!("#FORMAT:{}!", text.chars().map(plain).collect::<String>()))
        }
        Some(CellKind::Guessed) if !text.contains(char::REPLACEMENT_CHARACTER) => {
            Cow::Owned(format!("{text}{}", char::REPLACEMENT_CHARACTER))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The name of a file until it is whole.
pub(super) fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Which row it is: `12`, or with several tables `exports/a.csv:12`, `book.xlsx:Sheet1:12`.
pub(super) fn label(sources: &[Source], row: &Row, text: &mut String) {
    use std::fmt::Write as _;
    text.clear();
    if let (true, Some(source)) = (sources.len() > 1, sources.get(usize::from(row.source))) {
        text.push_str(&source.file);
        text.push(':');
        if let Some(sheet) = &source.sheet {
            text.push_str(sheet);
            text.push(':');
        }
    }
    let _ = write!(text, "{}", row.line);
}
