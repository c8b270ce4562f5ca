//! A sheet that somebody mailed, with names and numbers and no ids: `init`, `plan`, a look, `run`, and no hand edit.

use std::fs;

use crate::pty::OnTerminal;
use crate::support::{Place, Ran, counts, report, table};

/// As such sheets come: another order of columns, notes, national numbers.
const SHEET: &str = "No;Name;Mobile;Title;Notes\n\
    1;\"Jain, Uwe\";98765 00000;Dr;\n\
    2;Jürgen Keller;98765 00001;Dr;call back\n\
    3;Carlos Patel;+49 15120000096;Dr;\n\
    4;Nobody Atall;98765 99998;Dr;new\n\
    5;;98765 00004;Dr;\n";
const INGRID: &str = "5e149d3c7b3f9a52c1000005";

fn place(sheet: &str) -> Place {
    let place = Place::new();
    place.write("people.csv", sheet);
    place
}

fn init(place: &Place, operation: &str, more: &[&str]) -> (Ran, String) {
    let ran = place.run(&[&["init", "people.csv", "--operation", operation], more].concat());
    let job = fs::read_to_string(place.path().join("people.toml")).unwrap_or_default();
    (ran.exits(0), job)
}

#[test]
fn a_mailed_sheet_gets_to_its_contacts_and_nobody_edits_a_job_file() {
    let place = place(SHEET);
    let (ran, job) = init(&place, "bulk-update", &["--region", "IN"]);
    let words = "no ids: rows are matched with contacts by `Mobile` and `Name`";
    assert!(ran.err.contains(words) && !ran.err.contains("still to be named"), "{}", ran.err);
    assert!(job.contains("[match]\nby = [\"phone\", \"name\"]"), "{job}");
    let plan = place.run(&["plan", "people.toml"]).exits(0).out;
    assert!(plan.contains("2 of 5 rows matched") && plan.contains("SAMPLE"), "{plan}");
    let review = place.path().join("korebulk-runs/people.review.csv");
    let (header, mut rows) = table(&review);
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    assert_eq!(rows.len(), 3, "{rows:?}");
    let chosen = rows.iter_mut().find(|row| row[at("korebulk_contact")] == INGRID).unwrap();
    "x".clone_into(&mut chosen[at("korebulk_use")]);
    let mut out = csv::Writer::from_path(&review).unwrap();
    out.write_record(&header).unwrap();
    for row in &rows {
        out.write_record(row).unwrap();
    }
    out.flush().unwrap();
    place.run(&["run", "people.toml"]).exits(1);
    assert_eq!(counts(&place.report()), [5, 2, 0, 3, 0, 0, 0]);
    place.run(&["run", "people.toml", "--input", review.to_str().unwrap()]).exits(0);
    let of_review = report(&place.runs()[1]);
    assert_eq!(counts(&of_review), [3, 1, 0, 0, 2, 0, 0]);
    assert_eq!(of_review["successfulRecords"][0]["id"], INGRID);
}

#[test]
fn a_sheet_without_ids_is_deleted_by_number_and_name_too() {
    let place = place(SHEET);
    let (_, job) = init(&place, "bulk-delete", &["--region", "IN"]);
    assert!(job.contains("by = [\"phone\", \"name\"]") && !job.contains("salutation"), "{job}");
    place.run(&["run", "people.toml"]).exits(1);
    assert_eq!(counts(&place.report()), [5, 2, 0, 3, 0, 0, 0]);
}

#[test]
fn the_errors_of_a_file_without_ids_lead_to_number_and_name_with_a_command_that_works() {
    let place = place(&SHEET.replace(';', ",").replace("\"Jain, Uwe\"", "Uwe Jain"));
    for command in ["bulk-update", "bulk-delete"] {
        let asked = [command, "people.csv", "--host", "sandbox", "--yes", "--region", "IN"];
        let ran = place.run(&asked).exits(2);
        let (_, hint) = ran.err.split_once("no ids: match by `Mobile` and `Name`? `").unwrap();
        let words = hint.split('`').next().unwrap();
        let words: Vec<&str> = words.split_whitespace().collect();
        let more: &[&str] =
            if command == "bulk-update" { &["--map", "salutation=Title"] } else { &[] };
        let ran = place.run(&[&asked[..], &words, more].concat()).exits(1);
        assert!(ran.err.contains("2 of 5 rows matched"), "{}", ran.err);
    }
    let job = "operation = \"bulk-delete\"\n[target]\nhost = \"sandbox\"\n[input]\npath = \"people.csv\"\n";
    place.write("job.toml", job);
    let planned = place.run(&["plan", "job.toml"]).exits(2);
    assert!(planned.err.contains("no ids: match by `Mobile` and `Name`?"), "{}", planned.err);
    // Of two numbers nobody can say which is meant.
    place.write("people.csv", "Name,Mobile,Cell\nUwe Jain,9876500000,9876500001\n");
    let planned = place.run(&["plan", "job.toml"]).exits(2);
    assert!(!planned.err.contains("match by"), "{}", planned.err);
}

#[test]
fn a_number_alone_is_offered_and_never_chosen_and_a_sheet_that_changes_nothing_is_said() {
    let of = place("Mobile,Title\n+919876500000,Dr\n");
    let (ran, job) = init(&of, "bulk-update", &[]);
    assert!(ran.err.contains("still to be named in it, or it cannot run: `id`"), "{}", ran.err);
    assert!(job.contains("by = [\"phone\"]") && !job.contains("\n[match]"), "{job}");
    let of = place("Name,Mobile\nUwe Jain,+919876500000\n");
    let (ran, job) = init(&of, "bulk-update", &[]);
    assert!(ran.err.contains("it cannot run: `salutation`"), "{}", ran.err);
    assert!(job.contains("a row changes nothing that it is matched by"), "{job}");
    of.run(&["plan", "people.toml"]).exits(2).says("no column that could change anything");
}

#[test]
fn on_a_terminal_init_asks_whether_a_column_is_the_id() {
    let place = place(SHEET);
    let args = ["init", "people.csv", "--operation", "bulk-update", "--region", "IN"];
    let terminal = OnTerminal::start(&mut place.korebulk(&args));
    terminal.wait_for("none: match rows with contacts by `Mobile` and `Name`");
    terminal.types("1\n");
    terminal.end().exits(0);
    let job = fs::read_to_string(place.path().join("people.toml")).unwrap();
    assert!(job.contains("[match]"), "{job}");
}

#[test]
fn a_match_that_cannot_be_is_refused_before_anything_is_asked() {
    let place = Place::to("http://127.0.0.1:9".to_owned());
    let head = place.job("bulk-delete", "x").replace("path = \"x\"", "from = \"account\"");
    let rule = "[[input.send_if]]\ncolumn = \"status\"\nis = \"ACTIVE\"\n[match]\n";
    place.write("job.toml", head + rule);
    for command in ["plan", "run"] {
        let ran = place.run(&[command, "job.toml"]).exits(2);
        assert!(ran.err.contains("the account's own contacts need no match"), "{}", ran.err);
    }
    place.write("people.csv", "Name,Mobile\nUwe Jain,+919876500000\n");
    let job = place.job("bulk-delete", "people.csv");
    let columns = "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Handy\"\n";
    place.write("job.toml", format!("{job}{columns}[match]\n"));
    place.run(&["run", "job.toml", "--yes"]).exits(2).says("has no column `Handy`");
    place.write("job.toml", format!("{job}[match]\nby = []\n"));
    place.run(&["run", "job.toml", "--yes"]).exits(2).says("match.by");
    place.write("job.toml", format!("{job}[match]\nby = [\"phone\", \"email\"]\n"));
    place.run(&["run", "job.toml", "--yes"]).exits(2).says("`email` is none of `phone`, `name`");
}
