//! The second look: what somebody else changes between the reading and the sending is not taken back.

use std::fs;
use std::path::Path;

use korebulk::sandbox::{Config, Thread};
use serde_json::{Value, json};

use crate::account_server::{AccountServer, Act, Held, World};
use crate::pty::OnTerminal;
use crate::support::{Place, Ran, counts, look, report, sandbox_with};
use crate::tracer::{Cut, cut};

/// Every contact counts as old once it is sent.
const OLD: [&str; 4] = ["--yes", "--max-age", "1ms", "--concurrency=1"];

/// A job that sets last names, row by row.
fn half_rows(place: &Place, ids: &[String], more: &str) {
    let rows: Vec<String> = ids.iter().map(|id| format!("{id},Roe")).collect();
    place.write("a.csv", format!("id,lastName\n{}\n", rows.join("\n")));
    let job = place.job("bulk-update", "a.csv");
    place.write(
        "job.toml",
        format!(
            "{job}[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\nbatch_size = 4\n{more}"
        ),
    );
}

fn run(place: &Place) -> Ran {
    place.run(&[&["run", "job.toml"], &OLD[..]].concat())
}

/// A server that has been read: whoever asks for another page from now on meets these edits first.
fn read_server(
    world: World,
    edit: impl Fn(&mut World) + Send + 'static,
) -> (AccountServer, Place, Vec<String>) {
    let ids = world.ids();
    let edit = std::sync::Mutex::new(Some(edit));
    let armed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_armed = std::sync::Arc::clone(&armed);
    let server = AccountServer::start(world, move |_, world| {
        if is_armed.load(std::sync::atomic::Ordering::SeqCst)
            && let Some(edit) = edit.lock().unwrap().take()
        {
            edit(world);
        }
        Act::Serve
    });
    let place = Place::at(server.addr);
    half_rows(&place, &ids[3..11], "");
    place.run(&["plan", "job.toml"]).exits(0);
    armed.store(true, std::sync::atomic::Ordering::SeqCst);
    (server, place, ids)
}

fn small() -> World {
    World { cap: 10, above: 10, ..World::with(30) }
}

fn held(server: &AccountServer, id: &str) -> Held {
    server.world().contacts.into_iter().find(|held| held.id == id).unwrap()
}

/// The contacts that were written down anew before they were sent.
fn written_again(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("previous-again.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_somebody_has_changed_since_is_kept_and_written_down_before_the_record_is_sent() {
    let (server, place, ids) =
        read_server(small(), |world| world.contacts[5].fields["salutation"] = "Dr".into());
    let ran = run(&place).exits(0);
    for (at, id) in ids.iter().enumerate() {
        let fields = held(&server, id).fields;
        let is_named = (3..11).contains(&at);
        assert_eq!(fields["lastName"] == "Roe", is_named, "{at}");
        assert_eq!(fields["salutation"], if at == 5 { "Dr" } else { "Mrs" }, "{at}: {}", ran.err);
    }
    let again = written_again(&place.the_run());
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0]["previous"]["salutation"], "Dr");
    assert_eq!(again[0]["sent"]["salutation"], "Dr");
    assert!(ran.err.contains("are read again before they are sent"), "{}", ran.err);
}

#[test]
fn what_was_read_just_now_is_not_read_again() {
    let server = AccountServer::quiet(small());
    let place = Place::at(server.addr);
    half_rows(&place, &server.world().ids()[3..11], "");
    place.run(&["run", "job.toml", "--yes"]).exits(0);
    let once = server.asked().len();
    server.edit(|world| world.contacts[3].fields["lastName"] = "Rao".into());
    place.run(&["plan", "job.toml"]).exits(0);
    let asked = server.asked().len();
    place.run(&["run", "job.toml", "--yes"]).exits(0);
    assert_eq!(server.asked().len(), asked, "the plan has read it");
    assert!(once <= 6, "{once}");
}

#[test]
fn a_contact_that_is_gone_or_already_as_wanted_is_not_sent() {
    let (server, place, ids) = read_server(small(), |world| {
        world.contacts[7].fields["lastName"] = "Roe".into();
        world.contacts.remove(4);
    });
    let ran = run(&place).exits(1);
    let report = report(&place.the_run());
    assert_eq!(counts(&report), [8, 6, 0, 1, 1, 0, 0], "{}", ran.err);
    assert!(ran.err.contains("editedMeanwhile: the account no longer shows the contact"));
    assert!(held(&server, &ids[7]).updated < held(&server, &ids[8]).updated, "it was not sent");
    let rejected = fs::read_to_string(place.the_run().join("rejected.csv")).unwrap();
    assert!(rejected.contains(&ids[4]) && rejected.contains("editedMeanwhile"), "{rejected}");
}

#[test]
fn a_reading_that_another_run_has_made_untrue_is_not_gone_by() {
    let server = AccountServer::quiet(small());
    let place = Place::at(server.addr);
    let ids = server.world().ids();
    half_rows(&place, &ids[3..11], "");
    // Held back behind the reading, where a person is asked; meanwhile another job runs to its end.
    place.write("b.csv", format!("id,salutation\n{},Dr\n", ids[5]));
    let other = place.job("bulk-update", "b.csv");
    place.write(
        "other.toml",
        format!(
            "name = \"other\"\n{other}[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n"
        ),
    );
    let asked = OnTerminal::start(&mut place.korebulk(&["run", "job.toml"]));
    asked.wait_for("go on:");
    place.run(&["run", "other.toml", "--yes"]).exits(0);
    asked.types("8\r");
    asked.end().exits(0);
    let fields = held(&server, &ids[5]).fields;
    assert_eq!((&fields["lastName"], &fields["salutation"]), (&json!("Roe"), &json!("Dr")));
}

#[test]
fn one_permit_at_a_time_is_enough_for_look_and_send() {
    let (server, place, ids) =
        read_server(small(), |world| world.contacts[5].fields["salutation"] = "Dr".into());
    let rate = ["--rate", "1/1s", "--read-rate", "none", "--batch-size", "100"];
    place.run(&[&["run", "job.toml"], &OLD[..], &rate[..]].concat()).exits(0);
    assert_eq!(held(&server, &ids[5]).fields["salutation"], "Dr");
}

/// Kills of the run where nobody asks for all.
const FEW: usize = 6;

#[test]
fn a_run_that_goes_on_after_a_kill_takes_the_second_look_again() {
    let scene = || {
        let server = AccountServer::quiet(small());
        let place = Place::at(server.addr);
        half_rows(&place, &server.world().ids()[3..11], "");
        place.run(&["plan", "job.toml"]).exits(0);
        (server, place)
    };
    let args = [&["run", "job.toml"], &OLD[..]].concat();
    let (_server, place) = scene();
    let Cut::Ended { code: 0, calls } = cut(&place.korebulk(&args), 0) else { panic!("it ends") };
    // Towards the end: pass 1 has its own tests.
    let places = (0..FEW).map(|n| calls - (calls / 2) * n / FEW - 1);
    let mut resumed = 0;
    for at in places {
        let (server, place) = scene();
        cut(&place.korebulk(&args), at);
        let before = server.world();
        server.edit(|world| {
            for held in &mut world.contacts {
                held.fields["salutation"] = "Dr".into();
            }
        });
        let ran = place.run(&["resume", "latest"]);
        resumed += usize::from(ran.code == 0 && !ran.err.contains("Nothing of this run"));
        for (was, is) in before.contacts.iter().zip(&server.world().contacts) {
            assert_eq!(is.fields["salutation"], "Dr", "{at}: {}\n{was:?}", ran.err);
        }
    }
    assert!(resumed > 1, "{resumed} of {FEW} had anything left");
}

fn sandbox(faults: &[&str]) -> (Thread, Place) {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let sandbox = sandbox_with(0, Config { sample: true, faults, ..Config::default() });
    let place = Place::at(sandbox.addr());
    (sandbox, place)
}

fn contact(sandbox: &Thread, id: &str) -> Value {
    let all = look(sandbox, "contacts");
    all.as_array().unwrap().iter().find(|contact| contact["id"] == id).unwrap().clone()
}

const UWE: &str = "5e129d7f7b3f9a52c1000001";

/// The edit is behind the first page, which is the only one of the reading.
fn edited(what: &str) -> String {
    format!("edit:op=read-contacts,requests=2,ids={UWE},{what}")
}

#[test]
fn a_contact_that_is_no_longer_the_one_that_a_row_means_is_left_alone() {
    for (what, word) in [
        ("do=update,field=lastName", "editedMeanwhile"),
        ("do=update,field=phone", "editedMeanwhile"),
        ("do=delete", "editedMeanwhile"),
    ] {
        let (sandbox, place) = sandbox(&[&edited(what)]);
        place.write("a.csv", "Name,Mobile,salutation\nUwe Jain,+91 9876500000,Dr\n");
        let more = "[match]\n[limits]\nrate = \"none\"\n[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\n";
        place.write("job.toml", place.job("bulk-update", "a.csv") + more);
        let ran = run(&place).exits(1);
        assert!(ran.err.contains(word), "{what}: {}", ran.err);
        assert_ne!(contact(&sandbox, UWE)["salutation"], "Dr", "{what}");
    }
}

#[test]
fn a_contact_that_the_rules_no_longer_select_is_left_alone() {
    for (what, words) in
        [("do=update,field=lastName", "no longer selected"), ("do=delete", "editedMeanwhile")]
    {
        let (sandbox, place) = sandbox(&[&edited(what)]);
        let head = place.job("bulk-delete", "x").replace("path = \"x\"", "from = \"account\"");
        let more = "except = []\n[[input.send_if]]\ncolumn = \"lastName\"\nis = \"Jain\"\n[limits]\nrate = \"none\"\n";
        place.write("job.toml", head + more);
        run(&place).exits(1).says(words);
        let deleted = look(&sandbox, "applied");
        let deleted = deleted.as_array().unwrap().iter();
        let ours = |entry: &&Value| entry["what"] == "deleted" && entry["id"] == UWE;
        assert_eq!(deleted.filter(ours).count(), 0, "{what}");
    }
}

/// A run whose only answer was lost, and what the server has been asked by then.
fn answer_lost(until: usize, more: &[&str]) -> (Thread, Place, usize) {
    let lost = format!("lost-answer:op=bulk-update,requests=1-{until}");
    let (sandbox, place) = sandbox(&[&[lost.as_str()], more].concat());
    place.write("a.csv", format!("id,lastName\n{UWE},Roe\n"));
    let more = "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\nmax_attempts = 1\nreconcile = \"off\"\n";
    place.write("job.toml", place.job("bulk-update", "a.csv") + more);
    run(&place).exits(5);
    assert_eq!(contact(&sandbox, UWE)["lastName"], "Roe");
    let asked = look(&sandbox, "requests").as_array().unwrap().len();
    (sandbox, place, asked)
}

#[test]
fn what_may_have_been_applied_is_never_sent_over_somebody_elses_change() {
    let (_, _, asked) = answer_lost(100, &[]);
    let (sandbox, place, _) = answer_lost(asked, &[]);
    place.run(&["resume", "latest"]).exits(0);
    drop((sandbox, place));
    let edit = format!("edit:op=bulk-update,requests=1-100,ids={UWE},do=update,field=firstName");
    let (sandbox, place, _) = answer_lost(asked, &[&edit]);
    let ran = place.run(&["resume", "latest"]).exits(5);
    assert!(ran.err.contains("editedMeanwhile"), "{}", ran.err);
    let applied = look(&sandbox, "applied");
    let last = applied.as_array().unwrap().last().unwrap();
    assert_eq!(last["what"], "other-updated", "{applied}");
}

/// The id of the plan of `job.toml`.
fn planned(place: &Place) -> String {
    let out = place.run(&["plan", "job.toml"]).exits(0).out;
    out.lines().last().unwrap().strip_prefix("plan ").unwrap().to_owned()
}

/// A run of what that plan has shown.
const AS_PLANNED: [&str; 6] = ["run", "job.toml", "--max-age", "1ms", "--concurrency=1", "--plan"];

#[test]
fn a_run_by_the_id_of_a_plan_sends_what_the_plan_has_shown_or_less() {
    for what in ["do=update,field=salutation", "do=delete"] {
        // The plan reads one page.
        let at_once = edited(what).replace("requests=2", "requests=1");
        let (sandbox, place) = sandbox(&[&at_once]);
        let other = look(&sandbox, "contacts");
        let all = other.as_array().unwrap().iter();
        let active = |contact: &&Value| contact["id"] != UWE && contact["status"] == "ACTIVE";
        let other = all.clone().find(active).unwrap()["id"].as_str().unwrap();
        place.write("a.csv", format!("id,lastName\n{UWE},Roe\n{other},Roe\n"));
        let more = "[update]\nblanks = \"keep\"\n[limits]\nrate = \"none\"\n";
        place.write("job.toml", place.job("bulk-update", "a.csv") + more);
        let id = planned(&place);
        let ran = place.run(&[&AS_PLANNED[..], &[&id]].concat()).exits(0);
        assert!(ran.err.contains("changedSincePlan"), "{what}: {}", ran.err);
        assert_eq!(counts(&report(&place.the_run())), [2, 1, 0, 0, 1, 0, 0], "{}", ran.err);
        assert_ne!(contact(&sandbox, UWE)["lastName"], "Roe", "{what}");
        assert_eq!(contact(&sandbox, other)["lastName"], "Roe", "{what}");
    }
}

#[test]
fn a_contact_that_a_plan_has_selected_and_the_rules_no_longer_do_is_skipped() {
    let (sandbox, place) = sandbox(&[&edited("do=update,field=lastName")]);
    let head = place.job("bulk-delete", "x").replace("path = \"x\"", "from = \"account\"");
    let more = "except = []\n[[input.send_if]]\ncolumn = \"lastName\"\nis = \"Jain\"\n[limits]\nrate = \"none\"\n";
    place.write("job.toml", head + more);
    let id = planned(&place);
    let ran = place.run(&[&AS_PLANNED[..], &[&id]].concat()).exits(0);
    assert!(ran.err.contains("changedSincePlan"), "{}", ran.err);
    assert_eq!(contact(&sandbox, UWE)["status"], "ACTIVE");
}

#[test]
fn a_limit_that_was_raised_since_lets_no_more_go_than_the_plan_has_shown() {
    let (_sandbox, place) = sandbox(&[]);
    let head = place.job("bulk-delete", "x").replace("path = \"x\"", "from = \"account\"");
    let more = "except = []\n[[input.send_if]]\ncolumn = \"updatedAt\"\nolder_than = \"1s\"\n[limits]\nrate = \"none\"\nper_run = 2\n[guard]\nmax_selected = \"100%\"\n";
    place.write("job.toml", head + more);
    let id = planned(&place);
    let more = ["run", "job.toml", "--per-run", "3", "--plan", &id];
    place.run(&more).exits(3).says("no longer holds");
    place.run(&["run", "job.toml", "--plan", &id]).exits(0).says("2 contacts were deleted");
}

#[test]
fn a_run_by_the_id_of_a_plan_is_resumed_by_it() {
    let scene = || {
        let server = AccountServer::quiet(small());
        let place = Place::at(server.addr);
        half_rows(&place, &server.world().ids()[3..11], "");
        let id = planned(&place);
        (server, place, id)
    };
    let (_server, place, id) = scene();
    let start = |place: &Place, id: &str| place.korebulk(&[&AS_PLANNED[..], &[id]].concat());
    let Cut::Ended { code: 0, calls } = cut(&start(&place, &id), 0) else { panic!("it ends") };
    let mut skipped = 0;
    for at in (0..FEW).map(|n| calls - (calls / 2) * n / FEW - 1) {
        let (server, place, id) = scene();
        cut(&start(&place, &id), at);
        server.edit(|world| {
            for held in &mut world.contacts {
                held.fields["salutation"] = "Dr".into();
            }
        });
        let before = server.world();
        let ran = place.run(&["resume", "latest"]);
        skipped += usize::from(ran.err.contains("changedSincePlan"));
        for (was, is) in before.contacts.iter().zip(&server.world().contacts) {
            assert_eq!(is.fields, was.fields, "{at}: {}", ran.err);
        }
    }
    assert!(skipped > 0, "none of {FEW} had anything left");
}
