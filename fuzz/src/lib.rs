//! What every target does with its bytes: a file of them, read to its end by the loading room.

use std::io::Write as _;

use korebulk::load::Loader;
use korebulk::model::Row;
use korebulk::model::settings::{Format, HiddenRows, InputSettings};

/// Rows and sources stay in proportion to the file; a sheet has a million rows at most, text has no
/// more rows than bytes.
const MOST_ROWS: usize = 1 << 20;

/// Reads `bytes` as a file of this format. It may refuse them.
pub fn load(format: Format, bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room on the disk");
    let settings = InputSettings {
        paths: vec![file.path().to_str().expect("a plain path").to_owned()],
        base: "/".into(),
        format,
        sheet: None,
        header_row: None,
        encoding: None,
        delimiter: None,
        hidden_rows: Some(HiddenRows::Skip),
    };
    let now = jiff::Zoned::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC).into();
    let Ok(mut loader) = Loader::open(&settings, &now) else { return };
    let (mut row, mut rows) = (Row::default(), 0_usize);
    while let Ok(true) = loader.next(&mut row) {
        rows += 1;
        assert!(rows <= MOST_ROWS.max(bytes.len()), "more rows than a file can hold");
    }
}
