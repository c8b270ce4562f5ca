//! The stored copy gives back what was written, or says that it cannot.

use proptest::prelude::*;

use super::{CopyReader, CopyWriter};
use crate::model::CellKind::{self, Boolean, Date, Formatted, Fraction, Guessed, Merged, Number};
use crate::model::{CellMark, Cells, Exit, Row, RowFault, RunError, Source};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9]{0,12}", "[\\PC\r\n\t\"',\0]{0,8}"]
}

fn row() -> impl Strategy<Value = Row> {
    let cells = prop_oneof![
        prop::collection::vec(text(), 0..6).prop_map(|c| Cells::Table(c.into())),
        text().prop_map(Cells::Object),
    ];
    let plain =
        prop::sample::select(vec![Number, Fraction, Date, Boolean, Guessed, Merged, Formatted]);
    let kind = prop_oneof![plain, text().prop_map(CellKind::Error)];
    let mark = (any::<u16>(), kind).prop_map(|(column, kind)| CellMark { column, kind });
    let fault = (text(), text()).prop_map(|(problem, rule)| RowFault { problem, rule });
    let marks = prop::collection::vec(mark, 0..3);
    let origin = (any::<u16>(), any::<u64>(), any::<bool>());
    (origin, cells, marks, prop::option::of(fault)).prop_map(|(origin, cells, marks, fault)| {
        let (source, line, hidden) = origin;
        Row { source, line, cells, marks, fault, hidden }
    })
}

fn source() -> impl Strategy<Value = Source> {
    let header = prop::collection::vec(text(), 0..4);
    (text(), prop::option::of(text()), header, text(), text()).prop_map(
        |(file, sheet, header, sha256, detected)| Source { file, sheet, header, sha256, detected },
    )
}

fn stored(path: &std::path::Path, rows: &[Row], sources: &[Source]) {
    let mut writer = CopyWriter::create(path).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    writer.finish(sources).unwrap();
}

fn read(reader: &mut CopyReader) -> Vec<Row> {
    let (mut rows, mut row) = (Vec::new(), Row::default());
    while reader.next(&mut row).unwrap() {
        rows.push(row.clone());
    }
    rows
}

proptest! {
    #[test]
    fn any_rows_come_back_as_they_were_written(
        rows in prop::collection::vec(row(), 0..20),
        sources in prop::collection::vec(source(), 0..3),
        skipped in 0..25_u32,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("input.zst");
        stored(&path, &rows, &sources);
        let mut reader = CopyReader::open(&path).unwrap();
        prop_assert_eq!(reader.sources(), &sources);
        prop_assert_eq!(reader.rows(), rows.len() as u64);
        prop_assert_eq!(&read(&mut reader), &rows);
        reader.skip_to(skipped).unwrap();
        prop_assert_eq!(&read(&mut reader), &rows[rows.len().min(skipped as usize)..]);
    }
}

fn many() -> Vec<Row> {
    let cells = |n: u64| Cells::Table(vec![n.to_string(), format!("{:x}", n * 0x9e37_79b9)].into());
    (0..200_000).map(|n| Row { line: n, cells: cells(n), ..Row::default() }).collect()
}

#[test]
fn skipping_over_chunks_comes_to_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("input.zst");
    let rows = many();
    stored(&path, &rows, &[]);
    let mut reader = CopyReader::open(&path).unwrap();
    let mut row = Row::default();
    for at in [0_u32, 1, 70_000, 70_000, 199_999, 60_000, 130_000, 3] {
        reader.skip_to(at).unwrap();
        assert!(reader.next(&mut row).unwrap());
        assert_eq!(row, rows[at as usize]);
    }
    reader.skip_to(200_000).unwrap();
    assert!(!reader.next(&mut row).unwrap());
}

#[test]
fn a_copy_that_breaks_off_or_is_damaged_is_an_error_of_our_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("input.zst");
    stored(&path, &many(), &[]);
    let whole = std::fs::read(&path).unwrap();
    for cut in [0, 15, 16, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let error = RunError::from(CopyReader::open(&path).err().unwrap());
        assert_eq!(error.exit, Exit::Internal);
        assert!(error.message.ends_with("the copy of the input is cut short or damaged"));
    }
    let mut damaged = whole;
    damaged[100_000] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let mut reader = CopyReader::open(&path).unwrap();
    let mut row = Row::default();
    let error = loop {
        match reader.next(&mut row) {
            Ok(true) => {}
            Ok(false) => panic!("the damage was not seen"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("the copy of the input"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_copy() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("input.zst");
    stored(&path, &[], &[]);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
