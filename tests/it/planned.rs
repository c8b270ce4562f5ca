//! `run --plan ID`: what the plan has shown is sent, or less. Never more, and never another value.

use serde_json::Value;

use crate::account_server::{AccountServer, World};
use crate::support::{Place, counts, report};

const BY_PLAN: [&str; 4] = ["run", "job.toml", "--concurrency=1", "--plan"];

fn planned(place: &Place, job: &str) -> String {
    let out = place.run(&["plan", job]).exits(0).out;
    out.lines().last().unwrap().strip_prefix("plan ").unwrap().to_owned()
}

fn run(place: &Place, id: &str) -> crate::support::Ran {
    place.run(&[&BY_PLAN[..], &[id]].concat())
}

fn fields(server: &AccountServer, at: usize) -> Value {
    server.world().contacts[at].fields.clone()
}

/// Half rows of the contacts at these places.
fn half_rows(place: &Place, name: &str, ids: &[String], at: &[usize]) {
    let rows: Vec<String> = at.iter().map(|at| format!("{},Roe", ids[*at])).collect();
    place.write(&format!("{name}.csv"), format!("id,lastName\n{}\n", rows.join("\n")));
    let job = place.job("bulk-update", &format!("{name}.csv"));
    let more = "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n";
    place.write(&format!("{name}.toml"), format!("name = \"{name}\"\n{job}{more}"));
}

/// A mailed sheet: who is meant is said by name and number, and the account is read whole.
fn mailed(place: &Place, at: &[usize]) {
    let row = |at: &usize| format!("Aster{0} Testwell{0},+9198{0:08},Dr", at + 1);
    let rows: Vec<String> = at.iter().map(row).collect();
    place.write("a.csv", format!("Name,Mobile,Title\n{}\n", rows.join("\n")));
    let columns = "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\nsalutation = \"Title\"\n";
    let more = "[match]\n[limits]\nrate = \"none\"\n";
    place.write("job.toml", place.job("bulk-update", "a.csv") + columns + more);
}

/// An account of many small pages: a few contacts are sought in it.
fn many_pages() -> World {
    World { cap: 10, above: 10, ..World::with(300) }
}

#[test]
fn a_contact_that_was_sought_by_its_id_and_edited_since_is_skipped_and_the_others_are_sent() {
    let server = AccountServer::quiet(many_pages());
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    half_rows(&place, "job", &ids, &[40, 150, 290]);
    let id = planned(&place, "job.toml");
    assert!(server.asked().len() < 29, "the account was not read whole");
    server.edit(|world| world.contacts[150].fields["salutation"] = "Dr".into());
    let ran = run(&place, &id).exits(0);
    assert!(ran.err.contains("changedSincePlan"), "{}", ran.err);
    assert_eq!(counts(&report(&place.the_run())), [3, 2, 0, 0, 1, 0, 0], "{}", ran.err);
    assert_eq!(fields(&server, 150)["lastName"], "Testwell151");
    assert_eq!(fields(&server, 150)["salutation"], "Dr");
    assert_eq!(fields(&server, 40)["lastName"], "Roe");
    assert_eq!(fields(&server, 290)["lastName"], "Roe");
}

#[test]
fn what_another_command_has_read_since_is_not_sent_under_the_id_of_a_plan() {
    let server = AccountServer::quiet(many_pages());
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    half_rows(&place, "job", &ids, &[150]);
    let id = planned(&place, "job.toml");
    server.edit(|world| world.contacts[150].fields["salutation"] = "Dr".into());
    // They go by the same reading, and meet the contact again on their way to others.
    for at in (130..170).step_by(3) {
        half_rows(&place, "other", &ids, &[at]);
        planned(&place, "other.toml");
    }
    run(&place, &id).exits(3).says("no longer holds");
    assert_eq!(fields(&server, 150)["lastName"], "Testwell151");
    let again = planned(&place, "job.toml");
    assert_ne!(again, id);
    run(&place, &again).exits(0);
    assert_eq!(fields(&server, 150)["lastName"], "Roe");
    assert_eq!(fields(&server, 150)["salutation"], "Dr");
}

#[test]
fn a_row_that_was_matched_by_the_plan_and_edited_since_is_skipped_and_the_others_are_sent() {
    let server = AccountServer::quiet(World::with(30));
    let place = Place::at(server.addr);
    mailed(&place, &[3, 7, 12]);
    let id = planned(&place, "job.toml");
    let asked = server.asked().len();
    server.edit(|world| {
        world.contacts[7].fields["cellPhone"]["extension"] = "+".into();
        world.contacts[12].fields["lastName"] = "Other".into();
    });
    // However old what the plan has read is by now: nothing else is gone by.
    let ran = run(&place, &id).exits(0);
    assert_eq!(counts(&report(&place.the_run())), [3, 1, 0, 0, 2, 0, 0], "{}", ran.err);
    assert!(server.asked().len() <= asked + 3, "it was not read anew");
    assert_eq!(fields(&server, 3)["salutation"], "Dr");
    assert_eq!(fields(&server, 7)["salutation"], "Mrs");
    assert_eq!(fields(&server, 12)["salutation"], "Mrs");
}

#[test]
fn the_right_id_holds_after_a_wrong_one() {
    for whole in [false, true] {
        let server = AccountServer::quiet(many_pages());
        let place = Place::at(server.addr);
        let ids = server.world().ids();
        match whole {
            true => mailed(&place, &[40, 290]),
            false => half_rows(&place, "job", &ids, &[40, 290]),
        }
        let id = planned(&place, "job.toml");
        let asked = server.asked().len();
        run(&place, "0123456789ab").exits(3).says("no longer holds");
        assert_eq!(server.asked().len(), asked, "nothing was read for it");
        run(&place, &id).exits(0);
        let changed = if whole { ("salutation", "Dr") } else { ("lastName", "Roe") };
        assert_eq!(fields(&server, 40)[changed.0], changed.1, "{whole}");
    }
}

#[test]
fn a_plan_whose_reading_is_gone_is_refused_before_anything_is_read() {
    let server = AccountServer::quiet(World::with(30));
    let place = Place::at(server.addr);
    mailed(&place, &[3]);
    let id = planned(&place, "job.toml");
    std::fs::remove_dir_all(place.path().join("state/readings")).unwrap();
    let asked = server.asked().len();
    run(&place, &id).exits(3).says("what it has read of the account is gone");
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn a_plan_of_a_sandbox_holds_for_the_next_sandbox() {
    let place = Place::new();
    let head = "[target]\nhost = \"sandbox\"\n[input]\nfrom = \"account\"\nexcept = []\n";
    let rule = "[[input.send_if]]\ncolumn = \"lastName\"\nis = \"Jain\"\n";
    place.write("job.toml", format!("operation = \"bulk-delete\"\n{head}{rule}"));
    let id = planned(&place, "job.toml");
    place.run(&["run", "job.toml", "--plan", "0123456789ab"]).exits(3);
    place.run(&["run", "job.toml", "--plan", &id]).exits(0);
}
