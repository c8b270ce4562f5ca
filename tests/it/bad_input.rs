//! What cannot be right about matching and selecting: each with its sentence, and nothing asked for or changed.

use crate::account_server::{AccountServer, World};
use crate::support::Place;

const SHEET: &str = "Name,Mobile,Title\nAster1 Testwell1,+919800000001,Dr\n";

const COLUMNS: &str = "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\nsalutation = \"Title\"\n";

#[test]
fn a_job_that_cannot_match_or_select_is_refused_with_its_sentence_before_anything_is_asked() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    place.write("a.csv", SHEET);
    let head = place.job("bulk-update", "a.csv");
    let from = head.replace("[input]\n", "[input]\nfrom = \"account\"\n");
    let without = |gone: &str| {
        let kept = COLUMNS.lines().filter(|line| !line.contains(gone)).collect::<Vec<_>>();
        format!("{head}{}\n[match]\n", kept.join("\n"))
    };
    let bad = [
        (format!("{head}{}[match]\n", COLUMNS.replace("Mobile", "Handy")), "has no column `Handy`"),
        (
            format!("{head}{}[match]\n", COLUMNS.replace("\"Name\"", "\"Nome\"")),
            "has no column `Nome`",
        ),
        (
            without("phoneNumber"),
            "no column for `cellPhone.phoneNumber`, and `match.by` has `phone`",
        ),
        (without("fullName"), "no column for `fullName`, and `match.by` has `name`"),
        (format!("{head}{COLUMNS}[match]\nby = [\"name\"]\n"), "match.by"),
        (format!("{head}{COLUMNS}[match]\nby = [\"phone\", \"email\"]\n"), "`email` is none of"),
        (format!("{head}{COLUMNS}[match]\nby = []\n"), "match.by"),
        (from.clone(), "the account in the place of files, and `input.path` names files"),
        (from.replace("path = \"a.csv\"\n", "") + "[match]\n", "need no match"),
        (format!("{head}{COLUMNS}[guard]\nmin_match = \"90%\"\n"), "no row of this job is matched"),
        (
            from.replace("path = \"a.csv\"\n", "")
                + "[[input.send_if]]\ncolumn = \"nickname\"\nis = \"x\"\n",
            "nickname",
        ),
    ];
    for (job, sentence) in bad {
        let rule_on_contacts = sentence == "nickname";
        place.write("job.toml", &job);
        for command in [&["plan", "job.toml"][..], &["run", "job.toml", "--yes"]] {
            let ran = place.run(&[command, &["--rate", "none", "--read-rate", "none"]].concat());
            let ran = ran.exits(2);
            let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(sentence), "{sentence}\n{}\n{job}", ran.err);
        }
        // A rule's column is known once contacts are.
        assert!(rule_on_contacts || server.asked().is_empty(), "{sentence}");
    }
    let own = server.world();
    assert!(own.contacts.iter().all(|held| held.fields["salutation"] == "Mrs"));
}

#[test]
fn a_file_that_is_typed_for_a_job_over_the_account_is_refused() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    place.write("a.csv", SHEET);
    let head = place.job("bulk-delete", "x").replace("path = \"x\"", "from = \"account\"");
    place.write("job.toml", head + "except = []\n");
    for command in ["plan", "run"] {
        let ran = place.run(&[command, "job.toml", "--input", "a.csv"]).exits(2);
        ran.says("the account in the place of files, and `input.path` names files");
    }
    assert!(server.asked().is_empty());
}
