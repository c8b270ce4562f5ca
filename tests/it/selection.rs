//! `[input] from = "account"`: rules select the contacts of the account itself.

use std::fs;

use serde_json::Value;

use crate::account_server::{AccountServer, World};
use crate::support::Place;

/// A job that deletes, or updates, contacts of the account.
fn job(place: &Place, operation: &str, more: &str) {
    let head = place.job(operation, "x").replace("path = \"x\"", "from = \"account\"");
    place.write("job.toml", format!("{head}{more}"));
}

const HALF: &str = "[[input.send_if]]\ncolumn = \"lastName\"\nmatches = \"[02468]$\"\n[guard]\nmax_selected = \"60%\"\n[limits]\nrate = \"none\"\n";

#[test]
fn rules_select_contacts_of_the_account_and_a_run_takes_no_more_than_its_limit() {
    let mut world = World { cap: 10, above: 10, shows_inactive: true, ..World::with(40) };
    world.delete(1);
    let server = AccountServer::quiet(world);
    let place = Place::at(server.addr);
    job(
        &place,
        "bulk-update",
        &format!("{HALF}per_run = 5\n[input.defaults]\nsalutation = \"Dr\"\n"),
    );
    // Nothing is blank: nothing changes.
    let plan = place.run(&["plan", "job.toml"]).exits(0).out;
    assert!(plan.contains("last change of the record, not the last conversation"), "{plan}");
    assert!(plan.contains("skipped                39"), "{plan}");
    server.edit(|world| {
        for held in &mut world.contacts {
            held.fields["salutation"] = "".into();
        }
    });
    let plan = place.run(&["plan", "job.toml", "--read-keep", "1ms"]).exits(0).out;
    for words in
        ["19 are selected, 5 of them now: 4 runs in all", "Salutation: 5 change", "Names: none."]
    {
        assert!(plan.contains(words), "{words}\n{plan}");
    }
    for (run, left) in [(1, 14), (2, 9)] {
        let ran = place.run(&["run", "job.toml", "--yes"]).exits(0);
        assert!(ran.err.contains("5 contacts were updated"), "{run}: {}", ran.err);
        let world = server.world();
        let even = |held: &&crate::account_server::Held| {
            held.fields["lastName"].as_str().unwrap().ends_with(['0', '2', '4', '6', '8'])
        };
        let mut blank = world.contacts.iter().filter(|held| held.active).filter(even);
        assert_eq!(blank.by_ref().filter(|held| held.fields["salutation"] == "").count(), left);
        assert!(
            world
                .contacts
                .iter()
                .filter(|held| !even(held))
                .all(|held| held.fields["salutation"] == "")
        );
    }
}

#[test]
fn guards_count_what_is_selected_and_not_what_the_limit_leaves() {
    let server = AccountServer::quiet(World::with(40));
    let place = Place::at(server.addr);
    let all = "[[input.send_if]]\ncolumn = \"status\"\nis = \"ACTIVE\"\n[limits]\nrate = \"none\"\nper_run = 2\n";
    job(&place, "bulk-delete", all);
    let ran = place.run(&["run", "job.toml", "--yes"]).exits(3);
    assert!(
        ran.err.contains("`guard.max_selected`: at most 20%, 40 of 40 contacts selected"),
        "{}",
        ran.err
    );
    let ran =
        place.run(&["run", "job.toml", "--yes", "--max-selected", "100%", "--max-records", "10"]);
    assert!(ran.exits(3).err.contains("guard.max_records"));
    assert_eq!(server.world().contacts.len(), 40);
}

#[test]
fn what_is_deleted_is_with_its_contact_in_the_run() {
    let place = Place::new();
    for (name, text) in [
        ("account-cleanup.toml", include_str!("../../jobs/account-cleanup.toml")),
        ("data/legal-hold.csv", include_str!("../../jobs/data/legal-hold.csv")),
    ] {
        place.write(name, text);
    }
    let ran = place.run(&["run", "account-cleanup.toml"]).exits(0).says("SAMPLE");
    let run = place.runs().remove(0);
    let packed = fs::read(run.join("previous.jsonl.zst")).unwrap();
    let text = String::from_utf8(zstd::decode_all(packed.as_slice()).unwrap()).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(lines.next().unwrap()["format"], 1);
    let lines: Vec<Value> = lines.collect();
    let report: Value =
        serde_json::from_str(&fs::read_to_string(run.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["successful"], lines.len(), "{}", ran.err);
    assert!(lines.len() > 100);
    for line in lines {
        assert_eq!(line["sent"], line["previous"]["id"]);
        assert!(line["previous"]["cellPhone"]["phoneNumber"].as_str().unwrap().starts_with('+'));
        assert_ne!(line["sent"], "5e129d7f7b3f9a52c1000001");
    }
}

#[test]
fn a_job_says_where_its_records_come_from_once() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    job(&place, "bulk-delete", "path = \"a.csv\"\n");
    let ran = place.run(&["plan", "job.toml"]).exits(2);
    assert!(
        ran.err.contains("the account in the place of files, and `input.path` names files"),
        "{}",
        ran.err
    );
    job(&place, "create-contacts", "");
    place.run(&["plan", "job.toml"]).exits(2).says("has nothing to select from there");
}

#[test]
fn a_selection_that_deletes_is_not_scheduled_without_a_word_on_who_is_never_touched() {
    let place = Place::to("https://platform.kore.ai".to_owned());
    let more = "[guard]\nmax_records = 10\n";
    job(&place, "bulk-delete", more);
    let ran = place.run(&["schedule", "job.toml", "--at", "02:00"]).exits(2);
    assert!(ran.err.contains("except = []"), "{}", ran.err);
    job(&place, "bulk-delete", &format!("except = []\n{more}"));
    place.run(&["schedule", "job.toml", "--at", "02:00"]).exits(0);
}

#[test]
fn what_a_run_changed_is_known_to_the_next_one() {
    let server = AccountServer::quiet(World::with(20));
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    place.write("a.csv", format!("id,lastName\n{},Roe\n{},Rao\n", ids[3], ids[7]));
    let update = ["bulk-update", "a.csv", "--blanks", "keep", "--yes", "--rate", "none"];
    let ran = place.run(&update).exits(0);
    assert!(ran.err.contains("both contacts were updated"), "{}", ran.err);
    let ran = place.run(&update).exits(0);
    assert!(ran.err.contains("2 rows: unchanged"), "{}", ran.err);
}

const LISTS: &str = "except = []\n[[input.send_if]]\ncolumn = \"name\"\nmatches = \".\"\n[guard]\nmax_selected = \"100%\"\n[limits]\nrate = \"none\"\n";

/// The names of the contact lists of a sandbox.
fn lists(place: &Place) -> Vec<String> {
    let out = place.run(&["export", "--lists", "--to", "-", "--rate", "none"]).exits(0).out;
    let name = |line: &str| serde_json::from_str::<Value>(line).unwrap()["name"].to_string();
    out.lines().map(name).collect()
}

#[test]
fn lists_in_use_default_ones_and_those_of_nobody_to_call_stay_whatever_the_rules_say() {
    let sandbox = crate::support::sandbox_with(
        0,
        korebulk::sandbox::Config { sample: true, ..Default::default() },
    );
    let place = Place::at(sandbox.addr());
    let before = lists(&place).len();
    job(&place, "delete-contact-list", LISTS);
    let plan = place.run(&["plan", "job.toml"]).exits(0).out;
    for words in ["inUse: ", "default: ", "16 contact lists", "last use"] {
        assert!(plan.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{plan}");
    }
    assert_eq!(lists(&place).len(), before);
    let limited = ["run", "job.toml", "--yes", "--per-run", "3", "--max-age", "1ms"];
    let ran = place.run(&limited).exits(0).says("3 contact lists were deleted");
    assert!(ran.err.contains("laterRun"), "{}", ran.err);
    assert_eq!(lists(&place).len(), before - 3);
    place.run(&["run", "job.toml", "--yes"]).exits(0);
    let left = lists(&place);
    for name in ["Default list", "Renewals, this year", "Service messages"] {
        assert!(left.iter().any(|list| list.contains(name)), "{name}: {left:?}");
    }
    let ran = place.run(&["run", "job.toml", "--yes"]).exits(0);
    assert_eq!(lists(&place), left, "{}", ran.err);
}
