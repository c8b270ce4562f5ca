//! No contact value, secret or token on screen or in the log, whatever goes wrong.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, Request, bulk, updated};
use crate::support::{Place, QUICK, SECRET, id};

const VALUES: [&str; 4] = ["Zyxomir", "Quandleby", "9876512340", "free-words-of-the-server"];

fn contacts() -> String {
    let mut table = String::from(
        "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension\n",
    );
    for number in 0..4 {
        let last = if number == 3 { "Quandleby,Zyxomir" } else { "Mr,9876512340" };
        writeln!(table, "{},Zyxomir,Quandleby,{last},+91,+", id(number)).unwrap();
    }
    table
}

/// Runs an update; checks everything that was said and logged.
fn nothing_leaks(
    what: &str,
    code: i32,
    script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) {
    let server = Hostile::start(script);
    let place = Place::at(server.addr());
    place.write("contacts.csv", contacts());
    let loud = ["-vv", "--log-format", "json", "--max-attempts", "2", "--max-wait", "2s"];
    let args = [&["bulk-update", "contacts.csv", "--max-outage", "1s"], &loud[..], &QUICK].concat();
    let ran = place.run(&args);
    assert_eq!(ran.code, code, "{what}: {}", ran.err);
    let run = place.the_run();
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let mut secrets = vec![SECRET.to_owned(), "eyJ".to_owned()];
    for request in server.requests() {
        secrets.push(request.header("auth").unwrap().to_owned());
    }
    for (name, text) in [("stdout", &ran.out), ("stderr", &ran.err), ("log", &log), ("html", &page)]
    {
        for value in VALUES {
            assert!(!text.contains(value), "{what}: `{value}` in {name}:\n{text}");
        }
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{what}: a credential in {name}");
        }
    }
    let report = fs::read_to_string(run.join("report.json")).unwrap();
    assert!(secrets.iter().all(|secret| !report.contains(secret.as_str())), "{what}");
    let journal = fs::read(run.join("journal.db")).unwrap();
    assert!(!contains(&journal, SECRET.as_bytes()), "{what}: the secret in the journal");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn all_updated(request: &Request) -> Vec<Value> {
    request.json().as_array().unwrap().iter().map(updated).collect()
}

#[test]
fn nothing_leaks_when_all_goes_well() {
    // The last row is rejected: its phone number is a name.
    nothing_leaks("good", 1, |request| bulk(&all_updated(request), &[]));
}

#[test]
fn nothing_leaks_when_the_server_refuses_records_in_its_own_words() {
    nothing_leaks("failed", 1, |request| {
        let mut done = all_updated(request);
        let failed = done.pop().unwrap();
        let words = "Zyxomir Quandleby: free-words-of-the-server";
        bulk(&done, &[json!({"id": failed["id"], "reason": words, "contact": failed["contact"]})])
    });
}

#[test]
fn nothing_leaks_when_the_server_shows_other_values() {
    nothing_leaks("diverged", 1, |request| {
        let mut done = all_updated(request);
        done[0]["contact"]["lastName"] = json!("free-words-of-the-server");
        bulk(&done, &[])
    });
}

#[test]
fn nothing_leaks_when_batches_are_refused() {
    nothing_leaks("400", 1, |_| {
        Answer::error(400, "Zyxomir: free-words-of-the-server 9876512340", 4711)
    });
}

#[test]
fn nothing_leaks_when_credentials_are_refused() {
    nothing_leaks("401", 6, |request| {
        Answer::error(401, &format!("bad token {}", request.header("auth").unwrap()), 4002)
    });
}

/// Whatever the answer is taken for, it is stored, and records have its message as their reason.
#[test]
fn nothing_leaks_when_an_answer_repeats_the_credential() {
    for (status, of, code) in [
        (400, 400, 1),
        (400, 4002, 6),
        (404, 404, 1),
        (405, 4002, 6),
        (422, 422, 1),
        (422, 4002, 6),
        (500, 4002, 5),
    ] {
        nothing_leaks(&format!("{status}, code {of}"), code, move |request| {
            Answer::error(status, &format!("bad token {}", request.header("auth").unwrap()), of)
        });
    }
    nothing_leaks("unreadable", 5, |request| {
        Answer::text(200, "text/html", &format!("auth: {}", request.header("auth").unwrap()))
    });
}

#[test]
fn nothing_leaks_when_answers_are_unreadable_or_lost() {
    nothing_leaks("unreadable", 5, |_| {
        Answer::text(200, "application/json", "{\"Zyxomir\": free-words-of-the-server")
    });
    nothing_leaks("closed", 4, |_| Answer::closed());
    nothing_leaks("redirect", 6, |_| {
        Answer::html(302).header("Location", "http://127.0.0.1:9/free-words-of-the-server")
    });
}
