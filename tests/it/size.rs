//! Many records through little memory.

use std::fmt::Write as _;
use std::fs;

use crate::support::{Place, Ran, counts, id, look, sandbox};

const MOST_KIB: u64 = 64 * 1024;

/// The most memory that the child had while it ran, KiB, and how it ended.
fn peak(place: &Place, args: &[&str]) -> (u64, Ran) {
    let mut child = place.spawn(args);
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        most = most.max(kib.unwrap_or(0));
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    assert!(most > 0, "the memory was looked at");
    (most, Ran::of(&child.wait_with_output().unwrap()))
}

fn through(records: usize, operation: &str, header: &str, row: impl Fn(usize) -> String) {
    let sandbox = sandbox(records);
    let place = Place::at(sandbox.addr());
    let mut table = format!("{header}\n");
    for number in 0..records {
        writeln!(table, "{}", row(number)).unwrap();
    }
    place.write("many.csv", table);
    let args = [operation, "many.csv", "--yes", "--rate", "none", "--contacts", "ids"];
    let (kib, ran) = peak(&place, &args);
    ran.exits(0);
    assert!(kib < MOST_KIB, "{operation}: {kib} KiB");
    assert_eq!(counts(&place.report())[..2], [records as u64, records as u64]);
    assert_eq!(look(&sandbox, "stats")["applied"], records);
}

#[test]
fn a_hundred_thousand_deletes_take_little_memory() {
    through(100_000, "bulk-delete", "id,note", |number| format!("{},none", id(number)));
}

/// Fewer: parsing phone numbers takes its time in the dev profile.
#[test]
fn twenty_thousand_updates_take_little_memory() {
    let header = "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension";
    through(20_000, "bulk-update", header, |number| {
        format!("{},Aster,Testwell{number},Mrs,98{number:08},+91,+", id(number))
    });
}
