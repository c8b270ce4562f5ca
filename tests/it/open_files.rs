//! Windows: what another program has open stays as it is, and the end of a command says what to do.

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt as _;

use crate::support::{Place, contact_table, sandbox};

/// What Excel lets others do with a workbook that it shows: `FILE_SHARE_READ`.
const READ_ALONE: u32 = 1;

#[test]
fn a_file_that_excel_has_open_stays_and_is_written_again_once_it_is_closed() {
    // Nobody known: the first batch stops the run, which can go on and therefore has its files written anew.
    let sandbox = sandbox(0);
    let place = Place::at(sandbox.addr());
    place.write("a.csv", contact_table(5));
    place.quick(&["bulk-update", "a.csv", "--canary", "2"]).exits(6);
    let run = place.the_run();
    let path = run.join("failed.csv");
    let excel =
        OpenOptions::new().read(true).write(true).share_mode(READ_ALONE).open(&path).unwrap();
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    let words = ["report", run.to_str().unwrap()];
    let ran = place
        .run(&words)
        .exits(6)
        .says("failed.csv` is open in another program: it stays as it is");
    assert!(
        ran.err.contains(&format!("close it, then `korebulk report {}`", run.display())),
        "{}",
        ran.err
    );
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    drop(excel);
    let ran = place.run(&words).exits(6);
    assert!(!ran.err.contains("open in another program"), "{}", ran.err);
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > written);
}
