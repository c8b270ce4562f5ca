//! What every target does with its bytes: a file of them, read to its end.

use std::io::Write as _;
use std::path::Path;

use korebulk::inside::{CopyReader, Format, HiddenRows, InputSettings, Loader, Row};

/// Rows and sources stay in proportion to the file; a sheet has a million rows at most, text has no
/// more rows than bytes.
const MOST_ROWS: usize = 1 << 20;

/// Reads `bytes` as a file of this format. It may refuse them.
pub fn load(format: Format, bytes: &[u8]) {
    let file = file(bytes);
    let settings = InputSettings {
        from: None,
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
    // What the text may be in is judged by any bytes, too.
    let all = 0..loader.sources().len();
    let _ = loader.text_fits(all);
}

/// Lets the thread on which calamine reads workbooks panic: korebulk reports that as a damaged workbook.
/// Whatever else panics ends the target.
///
/// To be called once, by the target's `init`: the hook of libFuzzer is set then.
pub fn let_readers_of_workbooks_panic() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some("workbook") {
            abort(info);
        }
    }));
}

/// Reads `bytes` as the copy of the input that a run stores: as its file, and as the rows and the trailer
/// in a file that is whole.
pub fn stored_copy(bytes: &[u8]) {
    read(file(bytes).path());
    read(file(&copy(bytes, &trailer(bytes.len()))).path());
    let (rows, trailer) = bytes.split_at(bytes.len() / 2);
    read(file(&copy(rows, trailer)).path());
}

fn read(path: &Path) {
    let Ok(mut copy) = CopyReader::open(path) else { return };
    let rows = copy.rows();
    let mut row = Row::default();
    // A trailer may claim more rows than there are bytes for.
    for ordinal in [0, u32::MAX, u32::try_from(rows / 2).unwrap_or(u32::MAX), 1] {
        if copy.skip_to(ordinal).is_err() {
            return;
        }
        while let Ok(true) = copy.next(&mut row) {}
    }
}

/// One chunk of rows, a trailer, and the footer that says where it is.
fn copy(rows: &[u8], trailer: &[u8]) -> Vec<u8> {
    let frame = |bytes: &[u8]| zstd::bulk::compress(bytes, 1).expect("bytes can be compressed");
    let mut file = frame(rows);
    let offset = file.len() as u64;
    file.extend(frame(trailer));
    file.extend([0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0]);
    file.extend(offset.to_le_bytes());
    file
}

/// No sources; one chunk at the start of the file; a row for each byte, which is more than there can be.
fn trailer(bytes: usize) -> Vec<u8> {
    let mut trailer = vec![0, 1, 0, 0];
    for mut number in [bytes, bytes] {
        while number >= 0x80 {
            trailer.push(0x80 | (number & 0x7f) as u8);
            number >>= 7;
        }
        trailer.push(number as u8);
    }
    trailer
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room on the disk");
    file
}
