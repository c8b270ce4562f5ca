//! What a run changed is put back where nobody else has changed it since; what others changed stays.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use calamine::{Reader as _, open_workbook_auto};
use korebulk::sandbox::{Config, SeedContact, Thread};
use serde_json::{Value, json};

use crate::support::{
    ACCOUNT, Place, Ran, SECRET, applied, contact_table, counts, id, id_table, ids, look, report,
};

/// A contact of last year.
fn old(number: usize) -> SeedContact {
    let contact = json!({
        "firstName": format!("Old{number}"), "lastName": "Name", "salutation": "mister",
        "cellPhone": {"extension": "91", "phoneNumber": format!("97{number:08}"), "countryCode": "+91"},
        "status": "ACTIVE", "createdAt": "2025-01-05T00:00:00.000Z", "updatedAt": "2025-02-05T00:00:00.000Z",
    });
    SeedContact { id: id(number), contact: Some(contact.to_string()) }
}

pub(crate) fn sandbox(contacts: usize, faults: &[&str]) -> Thread {
    let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
    let config = Config { client_secret: SECRET.into(), faults, ..Config::default() };
    let sandbox = Thread::start(config).unwrap();
    sandbox.seed_contacts((0..contacts).map(old)).unwrap();
    sandbox
}

/// The six fields and the status of each contact, by id.
pub(crate) fn contacts(sandbox: &Thread) -> Vec<Value> {
    let all = look(sandbox, "contacts");
    let all = all.as_array().unwrap_or_else(|| panic!("{all}"));
    let mut all: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({"id": one["id"].as_str().or(one["_id"].as_str()).unwrap(), "firstName": one["firstName"],
                "lastName": one["lastName"], "fullName": one["fullName"], "salutation": one["salutation"],
                "cellPhone": one["cellPhone"], "status": one["status"]})
        })
        .collect();
    all.sort_by_key(|one| one["id"].as_str().unwrap().to_owned());
    all
}

/// A bulk update of so many contacts that keeps them as they were.
pub(crate) fn updated(place: &Place, records: usize) -> PathBuf {
    place.write("contacts.csv", contact_table(records));
    place.quick(&["bulk-update", "contacts.csv", "--backup", "true"]).exits(0);
    place.runs().last().unwrap().clone()
}

pub(crate) fn undo(place: &Place, run: &Path, more: &[&str]) -> Ran {
    place.run(&[&["undo", run.to_str().unwrap(), "--rate", "none"], more].concat())
}

/// The rows of a workbook's first sheet.
pub(crate) fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut book = open_workbook_auto(path).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn an_update_is_put_back_and_the_undo_of_the_undo_is_the_update_again() {
    let sandbox = sandbox(7, &[]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    let run = updated(&place, 5);
    let after = contacts(&sandbox);
    assert_ne!(before, after);
    let ran = undo(&place, &run, &["--yes"]).exits(0);
    assert!(ran.err.contains("put back 5 of 5\n"), "{}", ran.err);
    assert_eq!(contacts(&sandbox), before);
    let back = place.runs().last().unwrap().clone();
    let found = report(&back);
    let name = run.file_name().unwrap().to_str().unwrap();
    assert_eq!((&found["parentRun"], &found["undoes"]), (&json!(name), &json!(name)));
    undo(&place, &back, &["--yes"]).exits(0).says("put back 5 of 5");
    assert_eq!(contacts(&sandbox), after);
    place.run(&["runs", "--verify"]).exits(0);
}

#[test]
fn an_undo_of_a_run_that_still_reads_stops_it_and_says_that_nothing_was_sent() {
    let sandbox = sandbox(3, &[]);
    let place = Place::at(sandbox.addr());
    let mut command = place.korebulk(&["bulk-update", "-", "--yes", "--backup", "true"]);
    let mut running = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = BufReader::new(running.stderr.take().unwrap());
    assert!(stderr.lines().map_while(Result::ok).any(|line| line.contains("the run begins")));
    place.run(&["undo", "latest", "--yes"]).exits(2).says("has sent nothing");
    assert_eq!(running.wait().unwrap().code(), Some(4));
    assert!(applied(&sandbox).is_empty());
}

#[test]
fn an_undo_that_was_refused_is_not_the_latest_run_of_its_job() {
    let sandbox = sandbox(3, &[]);
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(2));
    place.write(
        "job.toml",
        place.job("bulk-update", "contacts.csv") + "[backup]\ncontacts = true\n",
    );
    place.quick(&["run", "job.toml"]).exits(0);
    let undo = ["undo", "job.toml", "--rate", "none"];
    place.run(&undo).exits(3);
    assert_eq!(place.runs().len(), 2, "a run that was held back is in the list");
    place.run(&[&undo[..], &["--yes"]].concat()).exits(0).says("put back 2 of 2");
}

#[test]
fn a_job_file_that_is_for_another_account_by_now_takes_back_no_run_of_the_former() {
    let sandbox = sandbox(3, &[]);
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(2));
    let job = place.job("bulk-update", "contacts.csv") + "[backup]\ncontacts = true\n";
    place.write("job.toml", &job);
    place.quick(&["run", "job.toml"]).exits(0);
    let (run, left) = (place.the_run(), contacts(&sandbox));
    let other = ACCOUNT.replace('6', "7");
    place.write("job.toml", job.replace(ACCOUNT, &other));
    for command in ["undo", "resume", "retry", "reconcile"] {
        let mut command = place.korebulk(&[command, "job.toml", "--yes"]);
        command.env_remove("KOREBULK_ACCOUNT_ID");
        Ran::of(&command.output().unwrap())
            .exits(2)
            .says(&format!("was not on account {other}"))
            .says(&format!("name the run itself where it is meant: {}", run.display()));
    }
    assert_eq!(contacts(&sandbox), left);
    place.write("job.toml", job);
    place.run(&["undo", "job.toml", "--yes", "--rate", "none"]).exits(0).says("put back 2 of 2");
}

#[test]
fn contacts_that_are_missing_from_what_was_written_down_stop_an_undo() {
    let sandbox = sandbox(5, &[]);
    let place = Place::at(sandbox.addr());
    let run = updated(&place, 5);
    let path = run.join("previous.jsonl.zst");
    let whole = fs::read(&path).unwrap();
    let text = String::from_utf8(zstd::decode_all(&whole[..]).unwrap()).unwrap();
    let some: String = text.split_inclusive('\n').take(3).collect();
    fs::write(&path, zstd::encode_all(some.as_bytes(), 3).unwrap()).unwrap();
    for more in [&["--yes"][..], &["--dry-run"]] {
        undo(&place, &run, more).exits(70).says("has 2 of 5 contacts that the run changed");
    }
    let applied = applied(&sandbox);
    assert_eq!(applied.len(), 5, "by the run, and by no undo");
    fs::write(&path, whole).unwrap();
    undo(&place, &run, &["--yes"]).exits(0).says("put back 5 of 5");
}

#[test]
fn a_job_of_which_nobody_can_tell_whether_it_was_taken_back_is_held_back() {
    let sandbox = sandbox(3, &[]);
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(2));
    place.write(
        "job.toml",
        place.job("bulk-update", "contacts.csv") + "[backup]\ncontacts = true\n",
    );
    place.quick(&["run", "job.toml"]).exits(0);
    let run = place.the_run();
    undo(&place, &run, &["--yes"]).exits(0);
    fs::write(run.join("journal.db"), "damaged").unwrap();
    place
        .quick(&["run", "job.toml"])
        .exits(3)
        .says("nobody can tell whether run")
        .says("--after-undo");
    place.quick(&["run", "job.toml", "--after-undo"]).exits(0);
}

#[test]
fn an_undo_of_contacts_that_the_run_did_not_change_takes_nothing_back_and_says_so() {
    let sandbox = sandbox(4, &[]);
    let place = Place::at(sandbox.addr());
    let run = updated(&place, 2);
    let other = undo(&place, &run, &["--yes", "--only", &id(3)]).exits(2);
    other.says("`--only` names no contact that this run changed");
    undo(&place, &run, &["--yes", "--only", &id(1)]).exits(0).says("put back 1 of 1");
}

#[test]
fn what_somebody_has_edited_since_stays_and_is_listed_with_both_values() {
    // Its reading comes after the edit.
    let edit = format!("edit:requests=2,do=update,field=lastName,ids={}", id(1));
    let touch = format!("edit:requests=2,do=touch,ids={}", id(2));
    let gone = format!("edit:requests=2,do=delete,ids={}", id(3));
    let sandbox = sandbox(6, &[&edit, &touch, &gone]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    let run = updated(&place, 5);
    let others = contacts(&sandbox);
    let ran = undo(&place, &run, &["--yes"]).exits(1);
    assert!(
        ran.err.starts_with("put back 3 of 5; 2 edited since\n")
            || ran.err.contains("\nput back 3 of 5; 2 edited since\n"),
        "{}",
        ran.err
    );
    let now = contacts(&sandbox);
    for at in [0, 2, 4, 5] {
        assert_eq!(now[at], before[at]);
    }
    for at in [1, 3] {
        assert_eq!(now[at], others[at]);
    }
    let back = place.runs().last().unwrap().clone();
    let found = report(&back);
    assert_eq!(counts(&found), [5, 3, 0, 2, 0, 0, 0]);
    assert_eq!(found["undo"]["touchedSince"], json!([id(2)]));
    let entry = &found["rejectedRecords"][0];
    assert!(entry["reason"].as_str().unwrap().starts_with("changedSince"), "{entry}");
    assert_eq!(entry["server"]["lastName"], others[1]["lastName"]);
    let table = rows(&back.join("edited-since.xlsx"));
    let edited: Vec<&str> = table[1].iter().map(String::as_str).collect();
    let theirs = others[1]["lastName"].as_str().unwrap();
    let full = others[1]["fullName"].as_str().unwrap_or_default();
    assert_eq!(edited[..6], ["3", &id(1), "fullName", "Old1 Name", "Aster1 Testwell1", full]);
    let edited: Vec<&str> = table[2].iter().map(String::as_str).collect();
    assert_eq!(edited[..6], ["3", &id(1), "lastName", "Name", "Testwell1", theirs]);
    assert_eq!(table.len(), 4, "{table:?}");
    assert_eq!(table[3][1], id(3));
    ran.says(&format!(
        "1 contact with the same values and another time of change ({}): put back, too",
        id(2)
    ));
}

#[test]
fn an_undo_is_shown_first_and_takes_single_contacts() {
    let sandbox = sandbox(5, &[]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    let run = updated(&place, 5);
    let after = contacts(&sandbox);
    let runs = place.runs().len();
    let shown = undo(&place, &run, &["--dry-run", "--diff", "d.csv"]).exits(0);
    let words = shown.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("5 get back what they had"), "{}", shown.out);
    let diff = fs::read_to_string(place.path().join("d.csv")).unwrap();
    assert!(diff.contains(&format!("2,{},firstName,Aster0,Old0", id(0))), "{diff}");
    let phone = format!("2,{},cellPhone.phoneNumber,9800000000,9700000000", id(0));
    assert!(diff.contains(&phone), "both numbers as they are sent: {diff}");
    assert_eq!((contacts(&sandbox), place.runs().len()), (after.clone(), runs));
    place.write("two.csv", id_table(&ids(2)));
    undo(&place, &run, &["--yes", "--only", "two.csv", "--only", &id(4)])
        .exits(0)
        .says("put back 3 of 3");
    let now = contacts(&sandbox);
    for (at, one) in now.iter().enumerate() {
        assert_eq!(*one, if [2, 3].contains(&at) { after[at].clone() } else { before[at].clone() });
    }
    // The rest can still be taken back.
    undo(&place, &run, &["--yes"]).exits(0).says("put back 2 of 5");
    assert_eq!(contacts(&sandbox), before);
    undo(&place, &run, &["--yes", "--only", "nothing"]).exits(2).says("it is no id");
}

#[test]
fn what_was_deleted_is_created_anew_where_that_is_said() {
    let sandbox = sandbox(4, &[]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    place.write("stale.csv", id_table(&ids(3)));
    place.quick(&["bulk-delete", "stale.csv", "--backup", "true"]).exits(0).says("undo");
    let run = place.runs().last().unwrap().clone();
    undo(&place, &run, &["--yes"]).exits(2).says("--recreate");
    undo(&place, &run, &["--dry-run", "--recreate"]).exits(0);
    let ran = undo(&place, &run, &["--yes", "--recreate"]).exits(0);
    assert!(ran.err.contains("created 3 of 3 anew"), "{}", ran.err);
    let back = place.runs().last().unwrap().clone();
    let mapping = fs::read_to_string(back.join("created.jsonl")).unwrap();
    let mapping: Vec<Value> =
        mapping.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(mapping.len(), 3);
    for (at, line) in mapping.iter().enumerate() {
        assert_eq!(line["id"], json!(id(at)));
        let new = line["korebulk"]["id"].as_str().unwrap();
        let all = contacts(&sandbox);
        let one = all.iter().find(|one| one["id"] == new).unwrap();
        assert_eq!(
            (&one["firstName"], &one["cellPhone"]),
            (&before[at]["firstName"], &before[at]["cellPhone"])
        );
    }
    let found = report(&back);
    assert_eq!(found["recreatedRecords"][0]["was"], json!(id(0)), "{found:#}");
    // And back again.
    undo(&place, &back, &["--yes", "--delete-created"]).exits(0).says("deleted 3 of 3");
    assert!(contacts(&sandbox).iter().take(3).all(|one| one["status"] == "INACTIVE"));
}

#[test]
fn what_was_created_is_deleted_where_nobody_has_touched_it() {
    let sandbox = sandbox(2, &["edit:requests=1,do=touch,at=last"]);
    let place = Place::at(sandbox.addr());
    let header = "firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode";
    place.write(
        "people.csv",
        format!("{header}\nAna,Roy,Mrs,9811111111,+91\nEva,Rao,Mr,9811111112,+91\n"),
    );
    place.quick(&["create-contacts", "people.csv"]).exits(0).says("can be deleted again");
    let run = place.runs().last().unwrap().clone();
    undo(&place, &run, &["--yes"]).exits(2).says("--delete-created");
    let ran = undo(&place, &run, &["--yes", "--delete-created"]).exits(1);
    assert!(ran.err.contains("deleted 1 of 2; 1 edited since"), "{}", ran.err);
    assert_eq!(contacts(&sandbox).iter().filter(|one| one["status"] == "INACTIVE").count(), 1);
}

#[test]
fn creations_whose_answers_were_lost_are_found_and_deleted_too() {
    let sandbox = sandbox(2, &["lost-answer:op=create-contacts"]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    let header = "firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode";
    place.write(
        "people.csv",
        format!("{header}\nAna,Roy,Mrs,9811111111,+91\nEva,Rao,Mr,9811111112,+91\n"),
    );
    let args = ["create-contacts", "people.csv", "--yes", "--rate", "none", "--timeout", "1s"];
    place.run(&[&args[..], &["--reconcile", "off"]].concat()).exits(5);
    let run = place.the_run();
    undo(&place, &run, &["--yes", "--delete-created"])
        .exits(0)
        .says("read back 2 unknown records: 2 done")
        .says("deleted 2 of 2");
    let active = |one: &Value| one["status"] == "ACTIVE";
    let now = contacts(&sandbox);
    assert_eq!(
        now.iter().filter(|one| active(one)).collect::<Vec<_>>(),
        before.iter().collect::<Vec<_>>()
    );
    undo(&place, &run, &["--yes", "--delete-created"])
        .exits(0)
        .says("nothing had to be taken back");
}

#[test]
fn a_run_that_kept_nothing_cannot_be_undone_and_says_so() {
    let sandbox = sandbox(2, &[]);
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(2));
    place
        .quick(&["bulk-update", "contacts.csv", "--backup", "false"])
        .exits(0)
        .says("cannot be undone");
    let run = place.runs().last().unwrap().clone();
    undo(&place, &run, &["--yes"]).exits(2).says("cannot be undone");
}

#[test]
fn an_undo_closes_its_run_and_holds_its_job_back_until_something_changes() {
    let sandbox = sandbox(4, &[]);
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(4));
    let job = place.job("bulk-update", "contacts.csv")
        + "[backup]\ncontacts = true\n[limits]\nrate = \"none\"\n";
    place.write("night.toml", &job);
    let night = ["run", "night.toml", "--or-resume", "--yes"];
    place.run(&night).exits(0);
    let run = place.the_run();
    undo(&place, &run, &["--yes"]).exits(0);
    let back = place.runs().last().unwrap().clone();
    for command in ["resume", "retry", "reconcile"] {
        place
            .run(&[command, run.to_str().unwrap(), "--yes"])
            .exits(3)
            .says("was taken back by run");
    }
    let before = applied(&sandbox).len();
    place.run(&night).exits(3).says("neither the job file nor its input has changed since");
    assert_eq!(applied(&sandbox).len(), before);
    let checked = place.run(&["check", "night.toml", "--yes"]).exits(3);
    assert!(checked.out.contains("was taken back by"), "{}", checked.out);
    // An undo that is taken back holds nothing.
    undo(&place, &back, &["--yes"]).exits(0);
    let again = place.runs().last().unwrap().clone();
    place.run(&night).exits(0);
    drop(again);
    let latest = place.runs().last().unwrap().clone();
    undo(&place, &latest, &["--yes"]).exits(0);
    place.run(&night).exits(3);
    place.run(&[&night[..], &["--after-undo"]].concat()).exits(0);
    let latest = place.runs().last().unwrap().clone();
    undo(&place, &latest, &["--yes"]).exits(0);
    place.write("night.toml", job.clone() + "# corrected\n");
    place.run(&["check", "night.toml", "--yes"]).exits(0);
    place.run(&night).exits(0);
    let latest = place.runs().last().unwrap().clone();
    undo(&place, &latest, &["--yes"]).exits(0);
    place.write("contacts.csv", contact_table(3));
    place.run(&night).exits(0);
}

#[test]
fn an_undo_that_had_nothing_to_do_says_so_and_is_called_an_undo() {
    let sandbox = sandbox(4, &[]);
    let place = Place::at(sandbox.addr());
    let run = updated(&place, 3);
    let name = run.file_name().unwrap().to_str().unwrap().to_owned();
    undo(&place, &run, &["--yes", "--only", &id(1)]).exits(0).says(&format!("undo of run {name}"));
    undo(&place, &run, &["--yes"]).exits(0).says("put back 2 of 3; 1 as before already");
    undo(&place, &run, &["--yes"])
        .exits(0)
        .says("nothing had to be taken back: all 3 contacts are as they were before the run");
    let back = place.runs().last().unwrap().clone();
    let shown = |args: &[&str]| place.run(&[&["runs"], args].concat()).exits(0).out;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = words(&shown(&[]));
    assert!(all.contains("undo by bulk-update on") && all.contains("taken back since"), "{all}");
    let of_run = words(&shown(&[run.to_str().unwrap()]));
    assert!(
        of_run.contains(&format!("undone by {}", back.file_name().unwrap().display())),
        "{of_run}"
    );
    let of_undo = words(&shown(&[back.to_str().unwrap()]));
    assert!(of_undo.contains("what undo by bulk-update on"), "{of_undo}");
    assert!(of_undo.contains(&format!("undoes {name}")), "{of_undo}");
}

#[test]
fn contacts_are_named_by_ids_and_a_phone_number_is_refused() {
    let sandbox = sandbox(4, &[]);
    let place = Place::at(sandbox.addr());
    let run = updated(&place, 2);
    place.write("numbers.csv", "phone\n+919700000001\n");
    place.write("both.csv", format!("{}\n+919700000001\n", id(0)));
    for only in ["+919700000001", "numbers.csv", "both.csv"] {
        undo(&place, &run, &["--yes", "--only", only]).exits(2).says("takes ids of contacts");
    }
    let named = [id(0), id(1), id(3)];
    let some: Vec<&str> = named.iter().flat_map(|id| ["--only", id.as_str()]).collect();
    undo(&place, &run, &[&["--yes"], &some[..]].concat())
        .exits(0)
        .says("left alone: 1 contact that `--only` names")
        .says("put back 2 of 2");
}

#[test]
fn what_is_left_of_an_undo_is_not_put_back_over_a_later_run_of_its_job() {
    let sandbox = sandbox(4, &["unauthorised:op=bulk-update,requests=4-5"]);
    let place = Place::at(sandbox.addr());
    let run = updated(&place, 4);
    undo(&place, &run, &["--yes", "--batch-size", "2"]).exits(6);
    let stopped = place.runs().last().unwrap().clone();
    place.write("contacts.csv", contact_table(3));
    place
        .quick(&["bulk-update", "contacts.csv", "--backup", "true", "--unchanged", "send"])
        .exits(0);
    let left = contacts(&sandbox);
    place
        .run(&["resume", stopped.to_str().unwrap(), "--yes", "--rate", "none"])
        .exits(3)
        .says("of this job has sent since this undo was stopped")
        .says(&format!("korebulk undo {}", run.display()));
    assert_eq!(contacts(&sandbox), left);
}

#[test]
fn a_refused_first_contact_stops_what_is_created_anew() {
    let sandbox = sandbox(5, &["number-in-use:inactive=yes"]);
    let place = Place::at(sandbox.addr());
    place.write("stale.csv", id_table(&ids(3)));
    place.quick(&["bulk-delete", "stale.csv", "--backup", "auto"]).exits(0);
    let before = contacts(&sandbox);
    let ran = undo(&place, &place.the_run(), &["--yes", "--recreate"]).exits(6);
    ran.says("in the canary batch did not succeed");
    assert_eq!(contacts(&sandbox), before);
    let posts = look(&sandbox, "requests");
    let posts = posts.as_array().unwrap().iter().filter(|one| one["method"] == "POST").count();
    assert_eq!(posts, 1, "one contact is tried, and no other");
}

#[test]
fn what_cannot_be_created_anew_is_known_beforehand() {
    let sandbox = sandbox(0, &[]);
    let seed = |number: usize, last: &str, phone: usize| {
        let contact = json!({
            "firstName": format!("Old{number}"), "lastName": last, "fullName": "x", "salutation": "mister",
            "cellPhone": {"extension": "91", "phoneNumber": format!("97{phone:08}"), "countryCode": "+91"},
            "status": "ACTIVE", "createdAt": "2025-01-05T00:00:00.000Z", "updatedAt": "2025-02-05T00:00:00.000Z",
        });
        SeedContact { id: id(number), contact: Some(contact.to_string()) }
    };
    // Two have one number.
    let seeds = [seed(0, "Name", 0), seed(1, "Name", 1), seed(2, "Name", 2), seed(3, "Other", 2)];
    sandbox.seed_contacts(seeds).unwrap();
    let place = Place::at(sandbox.addr());
    place.write("stale.csv", id_table(&ids(3)));
    place.quick(&["bulk-delete", "stale.csv", "--backup", "auto"]).exits(0);
    let run = place.the_run();
    let shown = undo(&place, &run, &["--dry-run", "--recreate", "--diff", "d.csv"]).exits(0).out;
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("one contact goes first"), "{shown}");
    assert!(
        words.contains(&format!("numberInUse: contact {} has its phone number", id(3))),
        "{shown}"
    );
    let diff = fs::read_to_string(place.path().join("d.csv")).unwrap();
    let has_old_id = |line: &str| line.contains(&id(0)) || line.contains(&id(1));
    assert!(diff.lines().skip(1).all(has_old_id), "{diff}");
    assert_eq!(shown.matches("firstName\":").count(), 2, "the first goes alone: {shown}");
    let ran = undo(&place, &run, &["--yes", "--recreate"]).exits(1);
    assert!(ran.err.contains("created 2 of 3 anew\n"), "{}", ran.err);
}

#[test]
fn a_run_that_still_goes_is_stopped_first_and_what_it_did_is_put_back() {
    let sandbox = sandbox(8, &["slow:requests=1-,delay=400ms,op=bulk-update"]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    place.write("contacts.csv", contact_table(8));
    let args = ["bulk-update", "contacts.csv", "--yes", "--rate", "none", "--concurrency", "1"];
    let stored = ["--batch-size", "1", "--backup", "auto"];
    let mut running = place.spawn(&[&args[..], &stored].concat());
    let changed = || applied(&sandbox).len();
    while changed() == 0 {
        std::thread::yield_now();
    }
    let ran = place.run(&["undo", "latest", "--yes", "--rate", "none"]).exits(0);
    ran.says("it is stopped first").says("put back");
    assert_eq!(running.wait().unwrap().code(), Some(4));
    assert_eq!(contacts(&sandbox), before);
    let run = place.runs().remove(0);
    let done = report(&run)["successful"].as_u64().unwrap();
    assert!((1..8).contains(&done), "it was stopped in the middle: {done}");
}
