//! The sample account is what `docs/sandbox.md` says.

use std::collections::BTreeMap;

use super::*;

fn sample() -> Vec<Value> {
    let config = Config { sample: true, ..Config::default() };
    let bench = Bench { server: Thread::start(config.clone()).unwrap(), config };
    bench.look("contacts").as_array().unwrap().clone()
}

fn text<'a>(contact: &'a Value, pointer: &str) -> &'a str {
    contact.pointer(pointer).unwrap().as_str().unwrap()
}

const DOCUMENT: &str = include_str!("../../../docs/sandbox.md");

fn is_active(contact: &Value) -> bool {
    contact["status"] == "ACTIVE"
}

/// How many contacts there are of each key.
fn groups<'a>(
    contacts: impl Iterator<Item = &'a Value>,
    key: impl Fn(&'a Value) -> String,
) -> BTreeMap<String, Vec<&'a Value>> {
    let mut groups: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for contact in contacts {
        groups.entry(key(contact)).or_default().push(contact);
    }
    groups
}

#[test]
fn the_sample_account_holds_what_its_document_counts() {
    let all = sample();
    let number = |c: &Value| text(c, "/cellPhone/phoneNumber").to_owned();
    let name = |c: &Value| text(c, "/fullName").to_owned();
    let active = || all.iter().filter(|c| is_active(c));
    let by_number = groups(all.iter(), number);
    let inactive_beside_active = by_number
        .values()
        .filter(|g| g.iter().any(|c| is_active(c)) && !g.iter().all(|c| is_active(c)));
    let by_active_number = groups(active(), number);
    let shared: Vec<_> = by_active_number.values().filter(|g| g.len() > 1).collect();
    let same_name = shared.iter().filter(|g| g.iter().all(|c| name(c) == name(g[0]))).count();
    let names = groups(active(), name);
    let old = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(730 * 24);
    let old = old.to_string();
    let counts = [
        ("contacts", all.len()),
        ("active", active().count()),
        ("inactive with the number of an active one", inactive_beside_active.count()),
        ("numbers of several active contacts", shared.len()),
        ("of them under one name", same_name),
        ("names of several active contacts", names.values().filter(|g| g.len() > 1).count()),
        (
            "active, not changed for 730 days",
            active().filter(|c| text(c, "/updatedAt") < &*old).count(),
        ),
        ("active, never changed", active().filter(|c| c.get("updatedBy").is_none()).count()),
        ("active without a last name", active().filter(|c| c["lastName"] == "").count()),
        ("active without a salutation", active().filter(|c| c["salutation"] == "").count()),
    ];
    let lines = counts.map(|(what, count)| format!("| {what} | {count} |"));
    let missing: Vec<&String> = lines.iter().filter(|line| !DOCUMENT.contains(*line)).collect();
    assert!(missing.is_empty(), "docs/sandbox.md has not: {missing:#?}");
}

#[test]
fn rows_of_a_sheet_are_in_the_sample_account_as_its_document_says() {
    let all = sample();
    let mut rows = 0;
    for line in DOCUMENT.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, number, counts @ ..] = &cells[..] else { continue };
        if !number.starts_with('+') {
            continue;
        }
        let count = |active: bool, name: Option<&str>, number: Option<&str>| {
            let is = |c: &&Value| {
                is_active(c) == active
                    && name.is_none_or(|name| text(c, "/fullName") == name)
                    && number.is_none_or(|number| text(c, "/cellPhone/phoneNumber") == number)
            };
            all.iter().filter(is).count().to_string()
        };
        let found = [
            count(true, Some(name), Some(number)),
            count(true, None, Some(number)),
            count(false, None, Some(number)),
            count(true, Some(name), None),
        ];
        assert_eq!(counts, found, "{line}");
        rows += 1;
    }
    assert!(rows >= 8, "{rows} rows");
}

#[test]
fn its_ids_ascend_with_the_time_of_creation_and_changes_follow_it() {
    let all = sample();
    for pair in all.windows(2) {
        assert!(text(&pair[0], "/id") < text(&pair[1], "/id"));
        assert!(text(&pair[0], "/createdAt") < text(&pair[1], "/createdAt"));
    }
    let now = jiff::Timestamp::now().to_string();
    for contact in &all {
        let (created, updated) = (text(contact, "/createdAt"), text(contact, "/updatedAt"));
        assert!(created <= updated && updated < now.as_str(), "{contact}");
        let seconds: jiff::Timestamp = created.parse().unwrap();
        let id = i64::from_str_radix(&text(contact, "/id")[..8], 16).unwrap();
        assert_eq!(id, seconds.as_second());
    }
}

#[test]
fn its_numbers_are_numbers() {
    for contact in sample() {
        let number = text(&contact, "/cellPhone/phoneNumber");
        let parsed = phonenumber::parse(None, number).unwrap();
        assert!(phonenumber::is_valid(&parsed), "{number}");
    }
}

#[test]
fn it_is_the_same_every_time_and_filling_it_twice_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        sample: true,
        store: crate::sandbox::StorePlace::File(dir.path().join("sandbox.db")),
        ..Config::default()
    };
    let start = || Bench { server: Thread::start(config.clone()).unwrap(), config: config.clone() };
    let first = start();
    let whole = first.look("contacts");
    let id = text(&whole[0], "/id").to_owned();
    first.ask("DELETE", &format!("/{id}"), "");
    first.server.stop();
    let second = start().look("contacts");
    assert_eq!(second[0]["status"], "INACTIVE");
    assert_eq!(second[1], whole[1]);
    assert_eq!(whole[1], sample()[1]);
}
