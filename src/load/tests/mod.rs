//! The loaders as their caller sees them: files in, rows and sources out.

mod delimited;
mod encodings;
mod files;
mod json;
mod workbooks;

use std::path::Path;

use crate::model::settings::{Format, InputSettings};
use crate::model::{CellKind, Cells, Moment, Row, Source};

use super::{LoadError, Loader};

pub(super) struct Loaded {
    pub(super) rows: Vec<Row>,
    pub(super) sources: Vec<Source>,
}

pub(super) fn settings(base: &Path, paths: &[&str]) -> InputSettings {
    InputSettings {
        from: None,
        paths: paths.iter().map(|&p| p.to_owned()).collect(),
        base: base.to_owned(),
        format: Format::Auto,
        sheet: None,
        header_row: None,
        encoding: None,
        delimiter: None,
        hidden_rows: None,
    }
}

pub(super) fn now() -> Moment {
    "2026-03-04T05:06:07Z[UTC]".parse::<jiff::Zoned>().unwrap().into()
}

pub(super) fn load(settings: &InputSettings) -> Result<Loaded, LoadError> {
    let mut loader = Loader::open(settings, &now())?;
    let (mut rows, mut row) = (Vec::new(), Row::default());
    while loader.next(&mut row)? {
        rows.push(row.clone());
    }
    assert!(!loader.next(&mut row)?, "the end stays the end");
    Ok(Loaded { rows, sources: loader.sources().to_vec() })
}

/// Loads one file of this name and content, with settings changed by `with`.
pub(super) fn load_with(
    name: &str,
    content: &[u8],
    with: impl FnOnce(&mut InputSettings),
) -> Result<Loaded, LoadError> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), content).unwrap();
    let mut settings = settings(dir.path(), &[name]);
    with(&mut settings);
    load(&settings)
}

pub(super) fn load_file(name: &str, content: &[u8]) -> Result<Loaded, LoadError> {
    load_with(name, content, |_| {})
}

/// What an error says, its hint on a line of its own.
pub(super) fn words(result: Result<Loaded, LoadError>) -> String {
    let error = result.err().expect("it cannot be loaded");
    error.to_string() + &error.hint().map(|h| format!("\nhint: {h}")).unwrap_or_default()
}

impl Loaded {
    /// `line: cell|cell ! problem ?column` for each row.
    pub(super) fn shown(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let cells = match &row.cells {
                Cells::Table(cells) => cells.iter().collect::<Vec<_>>().join("|"),
                Cells::Object(text) => text.clone(),
            };
            let fault = row.fault.as_ref().map(|f| format!(" ! {}", f.problem)).unwrap_or_default();
            let guessed = row.marks.iter().filter(|mark| mark.kind == CellKind::Guessed);
            let guessed: Vec<String> = guessed.map(|mark| format!(" ?{}", mark.column)).collect();
            format!("{}: {cells:?}{fault}{}", row.line, guessed.concat())
        });
        rows.collect::<Vec<_>>().join("\n")
    }
}
