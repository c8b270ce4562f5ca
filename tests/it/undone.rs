//! Undos that are killed, that meet other people's edits, and that follow a bad night: the server's store says what is right.
//!
//! `KOREBULK_UNDOS=n` plays so many scripts, `KOREBULK_KILLS=n` kills an undo at so many of its calls (`.ci/long`).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use korebulk::inside::{Journal, Phase};
use korebulk::sandbox::Thread;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Place, Ran, STREAM, all_at_once, contact_table, id, look};
use crate::tracer::{Cut, cut};
use crate::undo::{contacts, rows, sandbox, undo, updated};

/// Kills and scripts where nobody asks for more.
const FEW: usize = 4;

fn asked(variable: &str) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(FEW)
}

/// Somebody else sets the last name of a contact.
pub(crate) fn edit(place: &Place, sandbox: &Thread, number: usize, name: &str) {
    let all = contacts(sandbox);
    let one = all.iter().find(|one| one["id"] == id(number)).unwrap();
    let mut body = one.clone();
    body["lastName"] = json!(name);
    let code = one["cellPhone"]["countryCode"].as_str().unwrap().to_owned();
    let phone = one["cellPhone"]["phoneNumber"].as_str().unwrap();
    body["cellPhone"]["phoneNumber"] = json!(phone.strip_prefix(&code).unwrap_or(phone));
    let body = body.to_string();
    let token = place.run(&["token"]).exits(0).out;
    let mut stream = TcpStream::connect(sandbox.addr()).unwrap();
    write!(
        stream,
        "PUT /agentassist/api/v1/public/{STREAM}/contacts/{} HTTP/1.0\r\nHost: sandbox\r\nauth: {}\r\naccountId: {ACCOUNT}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        id(number),
        token.trim(),
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.") && answer.contains(" 200 "), "{answer}");
}

fn phase(run: &Path) -> Phase {
    let journal = run.join("journal.db");
    if !journal.is_file() {
        // It was killed before it had one.
        return Phase::Reading;
    }
    Journal::open_to_read(&journal).unwrap().phase().unwrap()
}

#[test]
fn an_undo_that_is_killed_at_whatever_call_is_gone_on_with_and_ends_the_same() {
    let kills = asked("KOREBULK_KILLS");
    let calls = {
        let (place, sandbox, _) = scene();
        let run = place.the_run();
        let args = ["undo", run.to_str().unwrap(), "--yes", "--rate", "none"];
        let Cut::Ended { code: 1, calls } = cut(&place.korebulk(&args), 0) else { panic!() };
        drop(sandbox);
        calls
    };
    all_at_once(0..kills, |nth| {
        let at = (2 * nth + 1) * (calls + 5) / (2 * kills) + 1;
        let (place, sandbox, before) = scene();
        let run = place.the_run();
        let args = ["undo", run.to_str().unwrap(), "--yes", "--rate", "none", "--batch-size", "2"];
        let what = format!("killed at call {at}: {:?}", cut(&place.korebulk(&args), at));
        for _ in 0..3 {
            let last = place.runs().last().unwrap().clone();
            let ran = match last == run || phase(&last) < Phase::Sending {
                true => undo(&place, &run, &["--yes"]),
                false => place.run(&["resume", last.to_str().unwrap(), "--yes", "--timeout", "1s"]),
            };
            assert!([0, 1].contains(&ran.code), "{what}: {ran:?}");
        }
        assert_eq!(contacts(&sandbox), before, "{what}");
        place.run(&["resume", run.to_str().unwrap()]).exits(3);
        place.run(&["runs", "--verify"]).exits(0);
    });
}

/// A run of six updates, one of which somebody has changed since: what the account has to be after its undo.
fn scene() -> (Place, Thread, Vec<Value>) {
    let sandbox = sandbox(6, &[]);
    let place = Place::at(sandbox.addr());
    let mut before = contacts(&sandbox);
    updated(&place, 6);
    edit(&place, &sandbox, 4, "Theirs");
    before[4] = contacts(&sandbox)[4].clone();
    (place, sandbox, before)
}

#[test]
fn what_is_edited_while_an_undo_is_interrupted_stays() {
    let sandbox = sandbox(4, &["unauthorised:op=bulk-update,requests=4-5"]);
    let place = Place::at(sandbox.addr());
    let before = contacts(&sandbox);
    let run = updated(&place, 4);
    undo(&place, &run, &["--yes"]).exits(6);
    edit(&place, &sandbox, 3, "Edited");
    let stopped = place.runs().last().unwrap().clone();
    let left = contacts(&sandbox);
    for latest in ["latest", "bulk-update@latest"] {
        place
            .run(&["undo", latest, "--yes", "--rate", "none"])
            .exits(3)
            .says("is an undo that has not come to its end; nothing was sent")
            .says(&format!("`korebulk resume {}`", stopped.display()));
    }
    assert_eq!(contacts(&sandbox), left, "nobody gets the values back that are to go");
    let resumed = place.run(&["resume", stopped.to_str().unwrap(), "--yes"]).exits(1);
    resumed.says("changedSince");
    let after = contacts(&sandbox);
    assert_eq!(after[3]["lastName"], "Edited");
    assert_eq!(after[..3], before[..3]);
}

#[test]
fn no_edit_is_lost_everything_of_ours_is_put_back_and_an_undo_of_the_undo_changes_nothing() {
    all_at_once(0..asked("KOREBULK_UNDOS") as u64, play);
}

fn play(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let count = random.usize(6..14);
    let mut share = || format!("share=0.{},requests=1-9,op=bulk-update", random.u8(1..4));
    let faults = [
        format!("lost-answer:{}", share()),
        format!("missing:{}", share()),
        format!("refuse:{},reason=not today", share()),
        format!("edit:requests=2-4,op=bulk-update,do=update,count={},at=random", random.u8(1..3)),
        "show-inactive".to_owned(),
    ];
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let sandbox = sandbox(count, &faults);
    let place = Place::at(sandbox.addr());
    place.write("contacts.csv", contact_table(random.usize(4..=count)));
    let before = contacts(&sandbox);
    let args = ["bulk-update", "contacts.csv", "--backup", "true", "--batch-size", "2"];
    let ran =
        place.quick(&[&args[..], &["--max-attempts", "2", "--max-failure-share", "1"]].concat());
    assert!([0, 1, 4, 5].contains(&ran.code), "seed {seed}: {ran:?}");
    let run = place.the_run();
    // What others did meanwhile is in the server's own record, in its order.
    let log = look(&sandbox, "applied");
    let last = |of: &Value| {
        let mine = |one: &&Value| one["id"] == of["id"];
        log.as_array().unwrap().iter().rev().find(mine).map(|one| one["what"].clone())
    };
    let left = contacts(&sandbox);
    let mut expected: Vec<Value> = Vec::new();
    for (was, is) in before.iter().zip(&left) {
        let theirs = last(is).is_some_and(|what| what.as_str().unwrap().starts_with("other"));
        expected.push(if theirs { is.clone() } else { was.clone() });
    }
    for at in 0..random.usize(0..3) {
        let number = random.usize(0..count);
        edit(&place, &sandbox, number, &format!("Later{at}"));
        expected[number] = contacts(&sandbox)[number].clone();
    }
    let edited = contacts(&sandbox);
    let ran = to_its_end(&place, undo(&place, &run, &["--yes", "--batch-size", "3"]));
    assert!([0, 1].contains(&ran.code), "seed {seed}: {ran:?}");
    assert_eq!(contacts(&sandbox), expected, "seed {seed}: {}", ran.err);
    let back = place.runs().last().unwrap().clone();
    let ran = to_its_end(&place, undo(&place, &back, &["--yes"]));
    assert!([0, 1].contains(&ran.code), "seed {seed}: {ran:?}");
    assert_eq!(contacts(&sandbox), edited, "seed {seed}: {}", ran.err);
}

/// Goes on with the newest run as the end of each command says.
fn to_its_end(place: &Place, mut ran: Ran) -> Ran {
    let newest = place.runs().last().unwrap().clone();
    for _ in 0..6 {
        let command = match ran.code {
            4 => "resume",
            5 => "reconcile",
            _ => break,
        };
        let limits = ["--rate", "none", "--timeout", "1s"];
        ran = place.run(&[&[command, newest.to_str().unwrap()][..], &limits].concat());
    }
    ran
}

fn the_page_names_what_is_run_here() {
    let page = include_str!("../../docs/if-it-went-wrong.md");
    for command in [
        "`korebulk run JOB.toml --or-resume`",
        "`korebulk undo JOB.toml --dry-run --diff changes.xlsx`",
        "`korebulk undo JOB.toml`.",
        "`put back 97 of 100; 3 edited since`",
        "`edited-since.xlsx`",
        "(exit 3)",
        "`--after-undo`",
        "`korebulk undo JOB.toml` once more",
    ] {
        assert!(page.contains(command), "{command}");
    }
}

/// `docs/if-it-went-wrong.md`, word by word: each command that it names is among those that are run here.
#[test]
fn a_bad_night_is_interrupted_resumed_by_its_timer_and_undone_in_the_morning_while_somebody_edits()
{
    the_page_names_what_is_run_here();
    let sandbox = sandbox(8, &["slow:requests=1-,delay=500ms,op=bulk-update"]);
    let place = Place::at(sandbox.addr());
    let mut expected = contacts(&sandbox);
    place.write("contacts.csv", contact_table(8));
    let limits = "[limits]\nrate = \"none\"\nbatch_size = 2\nconcurrency = 1\n[backup]\ncontacts = true\n\
                  [account]\nmax_age = \"1s\"\n[guard]\nmax_records = 100\n";
    let job = place.job("bulk-update", "contacts.csv") + limits;
    place.write("night.toml", &job);
    let night = ["run", "night.toml", "--or-resume"];
    place.run(&[&night[..], &["--max-duration", "1s"]].concat()).exits(4).says("korebulk resume");
    place.run(&night).exits(0).says("take it back with: korebulk undo");
    assert_eq!(place.runs().len(), 1, "the timer went on with it");
    // In the morning somebody is at work already.
    edit(&place, &sandbox, 1, "Corrected");
    expected[1] = contacts(&sandbox)[1].clone();
    place.run(&["undo", "night.toml", "--dry-run", "--diff", "changes.xlsx"]).exits(0);
    assert!(place.path().join("changes.xlsx").is_file());
    let undo = ["undo", "night.toml", "--max-duration", "1s"];
    place.run(&undo).exits(4).says("1 edited since");
    // It is gone on with after another edit: of a contact whose turn has not come.
    let applied = look(&sandbox, "applied");
    let times = |number: usize| {
        let of = |one: &&Value| one["id"] == id(number) && one["what"] == "updated";
        applied.as_array().unwrap().iter().filter(of).count()
    };
    let later = (0..8).rev().find(|number| *number != 1 && times(*number) < 2).unwrap();
    edit(&place, &sandbox, later, "Moved");
    expected[later] = contacts(&sandbox)[later].clone();
    place
        .run(&["resume", "night.toml", "--max-duration", "5m"])
        .exits(1)
        .says("put back 6 of 8; 2 edited since");
    assert_eq!(contacts(&sandbox), expected);
    let edited = rows(&place.runs().last().unwrap().join("edited-since.xlsx"));
    for (number, name) in [(1, "Corrected"), (later, "Moved")] {
        let values = [
            id(number),
            "lastName".into(),
            "Name".into(),
            format!("Testwell{number}"),
            name.into(),
        ];
        assert!(edited.iter().any(|row| row[1..6] == values), "{values:?}: {edited:?}");
    }
    place.run(&night).exits(3).says("neither the job file nor its input has changed since");
    assert_eq!(contacts(&sandbox), expected, "held back before its first byte");
    place.write("night.toml", job + "# corrected\n");
    place.run(&night).exits(0);
    // That undo was the mistake.
    let left = contacts(&sandbox);
    let quick = ["undo", "night.toml", "--max-duration", "5m"];
    place.run(&quick).exits(0);
    assert_ne!(contacts(&sandbox), left);
    place.run(&night).exits(3);
    place.run(&["run", "night.toml", "--after-undo", "--dry-run"]).exits(0);
    place.run(&quick).exits(0);
    assert_eq!(contacts(&sandbox), left);
}
