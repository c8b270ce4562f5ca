//! Windows: what another program has open stays as it is, and the end of a command says what to do.

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt as _;

use crate::support::{Place, id_table, ids, sandbox};

/// What Excel lets others do with a workbook that it shows: `FILE_SHARE_READ`.
const READ_ALONE: u32 = 1;

#[test]
fn a_file_that_excel_has_open_stays_and_is_written_again_once_it_is_closed() {
    let sandbox = sandbox(3);
    let place = Place::at(sandbox.addr());
    place.write("a.csv", id_table(&[ids(3), vec!["none".to_owned()]].concat()));
    place.quick(&["bulk-delete", "a.csv"]).exits(1);
    let run = place.the_run();
    let path = run.join("rejected.csv");
    let excel =
        OpenOptions::new().read(true).write(true).share_mode(READ_ALONE).open(&path).unwrap();
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    let words = ["report", run.to_str().unwrap()];
    let ran = place
        .run(&words)
        .exits(1)
        .says("rejected.csv` is open in another program: it stays as it is");
    assert!(
        ran.err.contains(&format!("close it, then `korebulk report {}`", run.display())),
        "{}",
        ran.err
    );
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    drop(excel);
    let ran = place.run(&words).exits(1);
    assert!(!ran.err.contains("open in another program"), "{}", ran.err);
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > written);
}
