//! What a run needs to be undone is stored without anybody asking for it, where that takes little; and it keeps no run from its work.

use std::fs;
use std::path::Path;
use std::process::Command;

use korebulk::sandbox::Thread;
use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, good};
use crate::pty::OnTerminal;
use crate::support::{
    Place, Ran, SECRET, all_at_once, applied, contact_table, counts, id_table, ids, look, report,
    table,
};
use crate::undo::{contacts, sandbox, undo};

/// Pages of two: an account of some contacts takes several requests.
const SMALL_PAGES: &str = "page-size:max=2,default=2";

fn place(sandbox: &Thread, records: usize) -> Place {
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(records));
    place.write("stale.csv", id_table(&ids(records)));
    place
}

#[test]
fn guards_count_whatever_is_sent_whether_the_account_shows_it_or_not() {
    let sandbox = sandbox(3, &[]);
    let place = place(&sandbox, 13);
    let backups = ["true", "auto", "false"];
    let deletes =
        ["bulk-delete", "delete-contact"].map(|operation| (operation, "stale.csv", &backups[..]));
    // With `true`, a row whose contact the account does not show is rejected: it would not be sent.
    let update = [("bulk-update", "contacts.csv", &backups[1..])];
    for (operation, input, backups) in deletes.into_iter().chain(update) {
        for backup in backups {
            let args = [operation, input, "--max-records", "3", "--backup", backup];
            run(&place, &args).exits(3).says("13 would be sent");
        }
    }
    assert_eq!(applied(&sandbox).len(), 0);
}

#[test]
fn a_plan_that_promised_a_backup_is_no_plan_of_a_run_without() {
    let sandbox = sandbox(3, &[]);
    let place = place(&sandbox, 2);
    let job = place.job("bulk-update", "contacts.csv") + "[limits]\nrate = \"none\"\n";
    place.write("job.toml", job);
    let out = Ran::of(&typed(&place, &["plan", "job.toml"]).output().unwrap()).exits(0).out;
    let id = out.lines().last().unwrap().strip_prefix("plan ").unwrap();
    let by_plan = |backup: &str| {
        let args = ["run", "job.toml", "--plan", id, "--backup", backup];
        Ran::of(&typed(&place, &args).output().unwrap())
    };
    by_plan("false").exits(3).says("no longer holds");
    by_plan("auto").exits(0).says("can be undone");
}

#[test]
fn no_hint_leads_to_an_undo_for_which_nothing_is_stored() {
    let sandbox = sandbox(3, &[]);
    let place = place(&sandbox, 2);
    run(&place, &["bulk-delete", "stale.csv", "--backup", "false"]).exits(0);
    let undo = place.run(&["undo", "latest", "--yes"]).exits(2);
    assert!(
        undo.err.contains("cannot be undone") && !undo.err.contains("--recreate"),
        "{}",
        undo.err
    );
}

/// What a server answers to whoever reads.
type Refusal = fn() -> Answer;

/// As a user types it: nothing says whether contacts are stored.
fn typed(place: &Place, args: &[&str]) -> Command {
    let mut command = place.korebulk(args);
    command.env_remove("KOREBULK_BACKUP");
    command
}

fn run(place: &Place, args: &[&str]) -> Ran {
    let quick = ["--yes", "--rate", "none", "--concurrency", "1"];
    Ran::of(&typed(place, &[args, &quick].concat()).output().unwrap())
}

/// The methods and last steps of the requests that a sandbox has had.
fn requests(sandbox: &Thread) -> Vec<String> {
    let step = |one: &Value| {
        let path = one["path"].as_str().unwrap();
        let path = path.split('?').next().unwrap().rsplit('/').next().unwrap();
        format!("{} {path}", one["method"].as_str().unwrap())
    };
    look(sandbox, "requests").as_array().unwrap().iter().map(step).collect()
}

#[test]
fn operations_by_ids_can_be_undone_without_a_word_about_it() {
    let stored = "5 contacts are stored as";
    let until = "`runs.keep_days`)";
    for (operation, file, more, says) in [
        ("bulk-update", "contacts.csv", &[][..], format!("{until}: {stored} they were before it.")),
        (
            "bulk-delete",
            "stale.csv",
            &["--recreate"],
            format!("{stored} before the run, and can be created anew until"),
        ),
    ] {
        let sandbox = sandbox(7, &[]);
        let place = place(&sandbox, 5);
        let before = contacts(&sandbox);
        let ran = run(&place, &[operation, file, "--batch-size", "2"]).exits(0);
        ran.says(&says).says("take it back with: korebulk undo");
        let sent = [vec!["GET contacts".to_owned()], vec![put(operation); 3]].concat();
        assert_eq!(requests(&sandbox), sent, "the order of the input, one reading before it");
        let found = report(&place.the_run());
        assert_eq!(found["backup"]["contacts"], 5);
        assert_eq!(found["backup"]["none"], Value::Null);
        let started = found["startedAt"].as_str().unwrap();
        assert!(found["backup"]["until"].as_str().unwrap() > started, "{found:#}");
        undo(&place, &place.the_run(), &[&["--yes"], more].concat()).exits(0);
        if more.is_empty() {
            assert_eq!(contacts(&sandbox), before);
        }
    }
}

fn put(operation: &str) -> String {
    let method = if operation == "bulk-update" { "PUT" } else { "DELETE" };
    format!("{method} {operation}")
}

#[test]
fn what_is_sent_is_the_same_with_the_contacts_stored_and_without() {
    let bodies = |backup: &str| {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write("contacts.csv", contact_table(5));
        run(&place, &["bulk-update", "contacts.csv", "--batch-size", "2", "--backup", backup])
            .exits(0);
        let sent = server.requests();
        sent.into_iter().filter(|one| one.method != "GET").map(|one| one.body).collect::<Vec<_>>()
    };
    // This server shows nobody: nothing is stored, and all is sent.
    assert_eq!(bodies("auto"), bodies("false"));
}

#[test]
fn an_account_that_takes_more_requests_is_not_read_where_nobody_watches() {
    let sandbox = sandbox(9, &[SMALL_PAGES]);
    let place = place(&sandbox, 9);
    let ran = run(&place, &["bulk-update", "contacts.csv", "--ask-above", "2"]).exits(0);
    let why = "reading the account takes 7 requests, and `account.ask_above` is 2";
    ran.says(&format!("the run cannot be undone: {why}"));
    let found = report(&place.the_run());
    assert_eq!(counts(&found), [9, 9, 0, 0, 0, 0, 0]);
    assert!(found["backup"]["none"].as_str().unwrap().starts_with(why), "{found:#}");
    assert_eq!(
        (&found["backup"]["contacts"], &found["backup"]["until"]),
        (&json!(0), &Value::Null)
    );
    undo(&place, &place.the_run(), &["--yes"]).exits(2).says("cannot be undone");
}

#[test]
fn a_person_is_asked_above_it_and_may_go_on_without() {
    all_at_once([("no", 0), ("yes", 9)], |(answer, stored)| {
        let sandbox = sandbox(9, &[SMALL_PAGES]);
        let place = place(&sandbox, 9);
        let args = ["bulk-update", "contacts.csv", "--ask-above", "2", "--rate", "none"];
        let terminal = OnTerminal::start(&mut typed(&place, &args));
        terminal.wait_for("Without that it cannot be undone (yes/no): ");
        terminal.types(&format!("{answer}\r"));
        terminal.wait_for("Type 9 to go on: ");
        terminal.types("9\r");
        terminal.end().exits(0);
        assert_eq!(report(&place.the_run())["backup"]["contacts"], stored, "{answer}");
    });
}

#[test]
fn a_signal_at_that_question_ends_the_run() {
    let sandbox = sandbox(9, &[SMALL_PAGES]);
    let place = place(&sandbox, 9);
    let args = ["bulk-update", "contacts.csv", "--ask-above", "2", "--rate", "none"];
    let terminal = OnTerminal::start(&mut typed(&place, &args));
    terminal.wait_for("(yes/no): ");
    terminal.types("\u{3}");
    terminal.end().exits(3);
    assert!(look(&sandbox, "applied").as_array().unwrap().is_empty());
}

#[test]
fn a_server_that_does_not_answer_reads_keeps_no_run_by_ids_from_its_work() {
    let answers: [(&str, Refusal); 6] = [
        ("no such page", || Answer::html(404)),
        ("refused", || Answer::error(403, "Insufficient scope", 403)),
        ("broken", || Answer::html(500)),
        ("closed", Answer::closed),
        ("throttled for an hour", || Answer::html(429).header("Retry-After", "3600")),
        ("unreadable", || Answer::text(200, "application/json", "{\"results\": 7}")),
    ];
    all_at_once(answers, |(what, answer)| {
        let server = Hostile::start(move |request| match request.method.as_str() {
            "GET" => answer(),
            _ => good(request),
        });
        let place = Place::at(server.addr());
        place.write("contacts.csv", contact_table(3));
        let args = ["bulk-update", "contacts.csv", "--max-outage", "1s", "--max-wait", "1m"];
        let ran = run(&place, &[&args[..], &["--backup", "true"]].concat());
        ran.exits(3)
            .says("the contacts cannot be stored as they are before the run")
            .says("--backup auto");
        let sent =
            |server: &Hostile| server.requests().iter().filter(|one| one.method == "PUT").count();
        assert_eq!(sent(&server), 0, "{what}");
        let ran = run(&place, &args).exits(0);
        ran.says("the run cannot be undone: the account could not be read");
        assert_eq!(sent(&server), 1, "{what}");
        let found = report(place.runs().last().unwrap());
        assert!(found["backup"]["none"].as_str().unwrap().contains("could not be read"), "{what}");
    });
}

#[test]
fn an_account_that_may_not_be_read_is_not() {
    let sandbox = sandbox(3, &[]);
    let place = place(&sandbox, 3);
    run(&place, &["bulk-delete", "stale.csv", "--no-read"]).exits(0).says("`account.no_read`");
    assert_eq!(requests(&sandbox), ["DELETE bulk-delete"]);
    assert!(
        report(&place.the_run())["backup"]["none"].as_str().unwrap().contains("account.no_read")
    );
}

#[test]
fn what_holds_a_run_back_does_so_before_the_account_is_read() {
    let sandbox = sandbox(3, &[]);
    let place = place(&sandbox, 3);
    run(&place, &["bulk-delete", "stale.csv", "--max-records", "2"]).exits(3);
    run(&place, &["bulk-delete", "stale.csv", "--plan", "000000000000"]).exits(3);
    Ran::of(&typed(&place, &["bulk-delete", "stale.csv", "--rate", "none"]).output().unwrap())
        .exits(3);
    assert!(requests(&sandbox).is_empty());
}

#[test]
fn plan_and_check_say_it_beforehand_and_read_nothing() {
    let sandbox = sandbox(3, &[]);
    let place = place(&sandbox, 3);
    place.write("job.toml", place.job("bulk-update", "contacts.csv"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "3 contacts will be stored as before the run until";
    let shown = |args: &[&str]| Ran::of(&typed(&place, args).output().unwrap()).exits(0).out;
    let planned = shown(&["plan", "job.toml"]);
    assert!(words(&planned).contains(said), "{planned}");
    assert!(requests(&sandbox).is_empty(), "a plan by ids asks nobody");
    let checked = shown(&["check", "job.toml", "--yes"]);
    assert!(words(&checked).contains(said), "{checked}");
    let reads = requests(&sandbox).len();
    assert_eq!(reads, 1, "the one request of a check");
    let id = planned.lines().find_map(|line| line.strip_prefix("plan ")).unwrap().to_owned();
    run(&place, &["run", "job.toml", "--plan", &id]).exits(0).says("3 contacts are stored");
    let planned = place.run(&["plan", "job.toml", "--backup", "false"]).exits(0).out;
    assert!(words(&planned).contains("the run cannot be undone: `backup.contacts` is false"));
}

#[test]
fn what_an_interrupted_run_and_its_resume_changed_is_taken_back_as_one() {
    let sandbox = sandbox(7, &["unauthorised:op=bulk-update,requests=3-4"]);
    let place = place(&sandbox, 6);
    let before = contacts(&sandbox);
    run(&place, &["bulk-update", "contacts.csv", "--batch-size", "2"]).exits(6);
    let dir = place.the_run();
    assert_eq!(report(&dir)["backup"]["contacts"], 6);
    place.run(&["resume", dir.to_str().unwrap(), "--yes", "--rate", "none"]).exits(0);
    assert_eq!(report(&dir)["backup"]["contacts"], 6, "as before the run, not before its resume");
    undo(&place, &dir, &["--yes"]).exits(0).says("put back 6 of 6");
    assert_eq!(contacts(&sandbox), before);
}

#[test]
fn a_retry_is_taken_back_by_itself_and_names_the_run_that_it_belongs_to() {
    let sandbox = sandbox(7, &["server-error:op=bulk-update,requests=3-3"]);
    let place = place(&sandbox, 6);
    let before = contacts(&sandbox);
    let args = ["bulk-update", "contacts.csv", "--batch-size", "2", "--max-attempts", "1"];
    run(&place, &[&args[..], &["--reconcile", "off"]].concat()).exits(5).says("korebulk reconcile");
    let first = place.the_run();
    run(&place, &["retry", first.to_str().unwrap()]).exits(0);
    let retry = place.runs().last().unwrap().clone();
    assert_eq!(report(&retry)["backup"]["contacts"], 2);
    let ran = place.run(&["undo", "bulk-update@latest", "--yes", "--rate", "none"]).exits(0);
    let (of, parent) = (retry.file_name().unwrap(), first.file_name().unwrap());
    ran.says(&format!(
        "takes back run {} alone; run {} belongs to it",
        of.display(),
        parent.display()
    ))
    .says(&format!("the next of them with: korebulk undo {}", first.display()));
    undo(&place, &first, &["--yes"]).exits(0);
    assert_eq!(contacts(&sandbox), before);
}

#[test]
fn the_command_that_gives_the_secret_runs_once_a_run_whatever_reads_the_account() {
    let sandbox = sandbox(4, &["lost-answer:op=bulk-update,requests=2-2"]);
    let place = place(&sandbox, 4);
    let script = format!("echo once >> calls; printf {SECRET}");
    let job = place.job("bulk-update", "contacts.csv").replace(
        "[input]",
        &format!("client_secret_command = [\"sh\", \"-c\", \"{script}\"]\n[input]"),
    );
    place.write("job.toml", job);
    let args = ["run", "job.toml", "--batch-size", "2", "--timeout", "1s", "--max-attempts", "1"];
    let mut command = typed(&place, &[&args[..], &["--yes", "--rate", "none"]].concat());
    command.env_remove("KOREBULK_CLIENT_SECRET");
    let ran = Ran::of(&command.output().unwrap()).exits(0);
    ran.says("read back 2 unknown records: 2 done");
    assert_eq!(fs::read_to_string(place.path().join("calls")).unwrap(), "once\n");
}

#[test]
fn a_migration_and_the_run_that_creates_what_it_did_not_match_name_each_other() {
    let sandbox = sandbox(3, &[]);
    let place = Place::at(sandbox.addr());
    let header = "firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode";
    place.write(
        "people.csv",
        format!("{header}\nOld1,Name,mister,9700000001,+91\nNew,Name,Mr,9811111111,+91\n"),
    );
    let args = ["bulk-update", "people.csv", "--match", "phone,name", "--read-rate", "none"];
    run(&place, &args).exits(1);
    let migration = place.the_run();
    let unmatched = migration.join("unmatched.csv");
    assert_eq!(table(&unmatched).1.len(), 1);
    run(&place, &["create-contacts", unmatched.to_str().unwrap()]).exits(0);
    let creation = place.runs().last().unwrap().clone();
    let name = |run: &Path| run.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(report(&creation)["fromRuns"], json!([name(&migration)]));
    // A report says what was known at its end; written anew it says this, too.
    place.run(&["report", migration.to_str().unwrap(), "--format", "json"]).exits(1);
    assert_eq!(report(&migration)["takenUpBy"], json!([name(&creation)]));
    let shown = place.run(&["runs", creation.to_str().unwrap()]).exits(0).out;
    assert!(shown.contains(&format!("input of  {}", name(&migration))), "{shown}");
}
