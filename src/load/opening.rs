//! From a path to an opened table: what the file is decides who reads it.

use std::fs::File;
use std::io::Read;

use crate::model::settings::InputSettings;

use super::broken::{Broken, LoadError};
use super::sniff::{self, Content};
use super::stored::{self, HEAD, Stored};
use super::{Digest, InputPath, Table, text, workbook};

/// Opens one file as what it is, or says why it cannot be read as what the settings say.
pub(super) fn open(
    path: &InputPath,
    settings: &InputSettings,
) -> Result<(Table, Digest), LoadError> {
    let within = |broken: Broken| broken.within(path.shown());
    let stored =
        stored::open(bytes(path).map_err(within)?).map_err(|e| within(Broken::unreadable(&e)))?;
    let digest = stored.digest.clone();
    let packing = stored.packing;
    let mut table = table(stored, path.shown(), settings)?;
    table.detected.extend(packing.map(str::to_owned));
    Ok((table, digest))
}

fn bytes(path: &InputPath) -> Result<Box<dyn Read + Send>, Broken> {
    let Some(path) = path.path() else { return Ok(Box::new(std::io::stdin())) };
    let unopened = |e| Broken::new(format!("cannot be opened: {e}"));
    let file = File::open(path).map_err(unopened)?;
    if file.metadata().map_err(unopened)?.is_dir() {
        return Err(Broken::new("is a directory").hint("give its files, such as `exports/*.csv`"));
    }
    Ok(Box::new(file))
}

fn table(stored: Stored, file: &str, settings: &InputSettings) -> Result<Table, LoadError> {
    let whole = stored.head.len() < HEAD;
    match sniff::content(&stored.head) {
        Content::Other(what) => Err(not_a_table(what).within(file)),
        content @ (Content::Zip | Content::Ole) => {
            workbook::open(stored.bytes, content, file, settings)
        }
        Content::Text => text::open(stored.bytes, &stored.head, whole, settings)
            .map_err(|broken| broken.within(file)),
    }
}

/// A file that holds no table, named as what it is.
pub(super) fn not_a_table(what: &str) -> Broken {
    Broken::new(format!("is {what}, whatever its name says"))
        .hint("korebulk reads CSV, TSV, JSONL, JSON, .xlsx, .xls, .xlsb and .ods")
}
