//! Many records through little memory and few requests.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{
    ACCOUNT, Place, Ran, all_at_once, contact_table, counts, id, id_table, ids, look, sandbox,
};

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
        std::thread::park_timeout(Duration::from_millis(20));
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

/// A server that takes no more than so many records in one request, and how it says so.
fn server_for(largest: usize, no: Act) -> LedgerServer {
    LedgerServer::start(World::default(), move |asked| {
        if asked.ids.len() > largest { no.clone() } else { Act::Serve }
    })
}

#[test]
fn the_largest_batch_is_found_with_few_requests_however_the_server_refuses() {
    let hold = Act::Hold { work: false };
    let ways = [Act::Status(413), Act::Status(400), Act::Status(502), hold, Act::DropBefore];
    let cases = ways.into_iter().flat_map(|way| [7, 45, 130].map(|largest| (largest, way.clone())));
    all_at_once(cases, |(largest, way)| {
        let server = server_for(largest, way.clone());
        let place = Place::at(server.addr);
        let records = largest * 200;
        place.write("many.csv", id_table(&ids(records)));
        let args = [
            "bulk-delete",
            "many.csv",
            "--yes",
            "--rate",
            "none",
            "--concurrency=1",
            "--timeout=2s",
        ];
        place.run(&args).exits(0);
        assert_eq!(counts(&place.report())[..2], [records as u64, records as u64]);
        let received = server.received();
        let refused = received.requests.iter().filter(|seen| seen.ids.len() > largest).count();
        assert!(refused <= 6, "{way:?} {largest}: {refused} refused");
        let (sent, most) = (received.requests.len(), 200 * 105 / 100 + 6);
        assert!(sent <= most, "{way:?} {largest}: {sent} of {most}");
    });
}

/// Records of the first request of a new run.
fn first_of_a_run(place: &Place, server: &LedgerServer, operation: &str) -> usize {
    let before = server.received().requests.len();
    let file = format!("{operation}.csv");
    let args = [operation, file.as_str(), "--yes", "--rate", "none"];
    place.run(&args).exits(0);
    server.received().requests[before].ids.len()
}

#[test]
fn the_size_found_is_kept_for_host_account_and_operation_for_thirty_days() {
    let server = server_for(45, Act::Status(413));
    let place = Place::at(server.addr);
    place.write("bulk-delete.csv", id_table(&ids(400)));
    place.write("bulk-update.csv", contact_table(150));
    let first = |operation: &str| first_of_a_run(&place, &server, operation);
    assert_eq!(first("bulk-delete"), 100, "nothing is known");
    let learned = first("bulk-delete");
    assert!(learned <= 45, "{learned} after a run");
    assert_eq!(first("bulk-update"), 100, "another operation");
    let other = ACCOUNT.replace('6', "7");
    let elsewhere = server_for(45, Act::Status(413));
    let host = format!("http://{}", elsewhere.addr);
    let before = server.received().requests.len();
    for (key, value) in [("KOREBULK_ACCOUNT_ID", other), ("KOREBULK_HOST", host)] {
        let args = ["bulk-delete", "bulk-delete.csv", "--yes", "--rate", "none"];
        Ran::of(&place.korebulk(&args).env(key, value).output().unwrap()).exits(0);
    }
    assert_eq!(server.received().requests[before].ids.len(), 100, "another account");
    assert_eq!(elsewhere.received().requests[0].ids.len(), 100, "another host");
    for (days, remembered) in [(29, true), (31, false)] {
        for kept in fs::read_dir(place.path().join("state/batch-sizes")).unwrap() {
            let kept = File::options().write(true).open(kept.unwrap().path()).unwrap();
            kept.set_modified(SystemTime::now() - Duration::from_hours(24 * days)).unwrap();
        }
        let first = first("bulk-delete");
        assert_eq!(first <= 45, remembered, "{first} after {days} days");
    }
}
