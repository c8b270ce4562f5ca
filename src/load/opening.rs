//! From a path to an opened table: what the file is decides who reads it.

use std::fs::File;
use std::io::Read;

use crate::model::settings::InputSettings;

use super::broken::{Broken, LoadError, not_a_table, packed};
use super::paths::{InputPath, is_lock_file};
use super::sniff::{self, Content};
use super::stored::{self, HEAD, Stored};
use super::table::{Digest, Table};
use super::{text, workbook};

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
    if path.file_name().is_some_and(is_lock_file) {
        return Err(Broken::new("is the lock file of a workbook that is open in Excel")
            .hint("give the workbook itself, the name without `~$`"));
    }
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")) {
        return Err(Broken::new("is a job file by its name, and holds no contacts").hint(
            "`korebulk run` and `korebulk plan` take it; here the file of contacts is to be given",
        ));
    }
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
        Content::Packed(what) => Err(packed(what).within(file)),
        content @ (Content::Zip | Content::Ole) => {
            workbook::open(stored.bytes, content, file, settings)
        }
        Content::Text => text::open(stored.bytes, &stored.head, whole, settings)
            .map_err(|broken| broken.within(file)),
    }
}
