//! Texts in encodings that nobody named: never guessed where that could change what a contact says,
//! which one is meant, or whether a rule holds; and no hindrance where it could not.

use encoding_rs::Encoding;

use crate::files::Workspace;
use crate::pty::OnTerminal;
use crate::support::{contact_table, counts, id, report};

/// Names in an encoding, and how they are stored in it.
fn names() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let web = |label: &'static str, name: &'static str| {
        let (bytes, _, lossy) = Encoding::for_label(label.as_bytes()).unwrap().encode(name);
        assert!(!lossy, "{label}");
        (label, name, bytes.into_owned())
    };
    vec![
        web("windows-1252", "José"),
        web("windows-1250", "Dvořák"),
        web("windows-1251", "Иван"),
        web("shift_jis", "太郎"),
        web("gbk", "小龙"),
        web("macintosh", "Müller"),
        ("cp437", "José", b"Jos\x82".to_vec()),
        ("cp850", "Müller", b"M\x81ller".to_vec()),
    ]
}

/// A table of one contact with this first name.
fn contact(name: &[u8]) -> Vec<u8> {
    let table = contact_table(1);
    let (before, after) = table.split_once("Aster0").unwrap();
    [before.as_bytes(), name, after.as_bytes()].concat()
}

/// An id beside a note.
fn noted(note: &[u8]) -> Vec<u8> {
    [format!("id,note\n{},", id(2)).as_bytes(), note, b"\n"].concat()
}

#[test]
fn a_name_in_an_encoding_that_nobody_named_is_not_sent() {
    for (label, name, stored) in names() {
        let work = Workspace::with("a.csv", contact(&stored));
        let ran = work.update(&["a.csv"]).exits(2).says("the text is not UTF-8 in 1 row");
        let said = ran.err.split("likely: ").nth(1).unwrap_or_default().to_owned();
        let named = said.contains(label) || (label == "cp437" && said.contains("cp850"));
        assert!(named, "{label} is not among {said}");
        assert!(!ran.err.contains(name), "{}", ran.err);
        assert!(work.place.runs().is_empty() && work.sent().is_empty());
        work.update(&["a.csv", "--encoding", label]).exits(0);
        assert_eq!(work.contacts()[0]["firstName"], name, "{label}");
    }
}

#[test]
fn on_a_terminal_the_right_reading_is_chosen_by_its_words() {
    let (stored, ..) = encoding_rs::SHIFT_JIS.encode("太郎");
    let start = |work: &Workspace| {
        let args = ["bulk-update", "a.csv", "--rate", "none"];
        let terminal = OnTerminal::start(&mut work.place.korebulk(&args));
        terminal.wait_for("which of these reads right?");
        terminal.wait_for("shift_jis: 太郎");
        terminal
    };
    let work = Workspace::with("a.csv", contact(&stored));
    let terminal = start(&work);
    terminal.types("1\r");
    terminal.wait_for("Type 1 to go on: ");
    terminal.types("1\r");
    terminal.end().exits(0);
    assert_eq!(work.contacts()[0]["firstName"], "太郎");
    let work = Workspace::with("a.csv", contact(&stored));
    let terminal = start(&work);
    terminal.types("\r");
    terminal.end().exits(2).says("name it with `--encoding`");
    assert!(work.sent().is_empty());
}

#[test]
fn notes_that_nobody_sends_hold_no_delete_up() {
    for (label, _, stored) in names() {
        let work = Workspace::with("a.csv", noted(&stored));
        work.delete(&["a.csv"]).exits(0);
        assert_eq!(work.sent(), [id(2)], "{label}");
        work.delete(&["a.csv", "--encoding", label]).exits(0);
    }
    let object = |stored: &[u8]| {
        [format!("{{\"id\":\"{}\",\"note\":\"", id(2)).as_bytes(), stored, b"\"}\n"].concat()
    };
    let work = Workspace::with("a.jsonl", object(b"Jos\xe9"));
    work.delete(&["a.jsonl"]).exits(0);
    assert_eq!(work.sent(), [id(2)]);
    let work = Workspace::with("a.json", [&b"["[..], &object(b"Jos\xe9"), b"]"].concat());
    work.delete(&["a.json"]).exits(0);
    assert_eq!(work.sent(), [id(2)]);
}

#[test]
fn objects_and_packed_files_and_standard_input_are_no_exception() {
    let stored = contact(b"Jos\xe9");
    let work = Workspace::new();
    let args = ["bulk-update", "-", "--yes", "--rate", "none"];
    let ran = work.place.run_with_stdin(&args, &stored).exits(2);
    ran.says("standard input:2: the text is not UTF-8");
    work.place.write("a.csv.zst", zstd::encode_all(&stored[..], 1).unwrap());
    work.update(&["a.csv.zst"]).exits(2).says("a.csv.zst:2: the text is not UTF-8");
    let object = format!(
        "{{\"id\":\"{}\",\"firstName\":\"Jos#\",\"lastName\":\"Doe\",\"salutation\":\"Mr\",\"cellPhone\":{{\"phoneNumber\":\"9812345678\",\"countryCode\":\"+91\",\"extension\":\"+\"}}}}\n",
        id(2)
    );
    let (before, after) = object.split_once('#').unwrap();
    work.place.write("a.jsonl", [before.as_bytes(), b"\xe9", after.as_bytes()].concat());
    work.update(&["a.jsonl"]).exits(2).says("a.jsonl:1: the text is not UTF-8");
    assert!(work.sent().is_empty());
    work.update(&["a.jsonl", "--encoding", "latin1"]).exits(0);
    assert_eq!(work.contacts()[0]["firstName"], "José");
}

#[test]
fn a_rule_that_tests_such_text_is_not_decided() {
    let rule = "[[input.skip_if]]\ncolumn = \"note\"\nis = \"gelöscht\"\n";
    let work = Workspace::with("a.csv", noted(b"gel\xf6scht"));
    let job = work.place.job("bulk-delete", "a.csv") + rule;
    work.place.write("job.toml", &job);
    work.place.quick(&["run", "job.toml"]).exits(2).says("the text is not UTF-8");
    assert!(work.sent().is_empty());
    let named = job.replace("[[input", "encoding = \"windows-1252\"\n[[input");
    work.place.write("job.toml", named);
    work.place.quick(&["run", "job.toml"]).exits(0);
    assert!(work.sent().is_empty(), "the rule holds");
    // In objects as well.
    let object =
        [format!("{{\"id\":\"{}\",\"note\":\"gel", id(2)).as_bytes(), b"\xf6scht\"}"].concat();
    work.place.write("a.jsonl", object);
    work.place.write("job.toml", work.place.job("bulk-delete", "a.jsonl") + rule);
    work.place.quick(&["run", "job.toml"]).exits(2).says("the text is not UTF-8");
    assert!(work.sent().is_empty());
}

#[test]
fn a_header_in_such_text_matters_only_where_it_is_used() {
    let (stored, ..) = encoding_rs::SHIFT_JIS.encode("備考,番号\nx,");
    let table = [&stored[..], id(2).as_bytes(), b"\n"].concat();
    let work = Workspace::with("a.csv", &table);
    work.delete(&["a.csv", "--map", "id=番号"]).exits(2).says("shift_jis");
    assert!(work.sent().is_empty());
    work.delete(&["a.csv", "--map", "id=番号", "--encoding", "shift_jis"]).exits(0);
    let (stored, ..) = encoding_rs::SHIFT_JIS.encode("備考,id\nx,");
    let work = Workspace::with("a.csv", [&stored[..], id(2).as_bytes(), b"\n"].concat());
    work.delete(&["a.csv"]).exits(0);
    assert_eq!(work.sent(), [id(2)]);
}

#[test]
fn stray_rows_among_utf8_are_rejected_and_no_others() {
    let rows = contact_table(3).replace("Aster1", "Zoë").replace("Aster2", "Jürgen");
    let (before, after) = rows.split_once("Aster0").unwrap();
    let mixed = [before.as_bytes(), b"Jos\xe9", after.as_bytes()].concat();
    let work = Workspace::with("a.csv", &mixed);
    work.update(&["a.csv"]).exits(1).says("no text in the encoding of its file");
    assert_eq!(work.sent(), [id(1), id(2)]);
    assert_eq!(work.contacts()[0]["firstName"], "Zoë");
    // What is left of the row is no name that could be sent.
    let rejected = work.place.the_run().join("rejected.csv");
    work.update(&[rejected.to_str().unwrap()]).exits(1);
    assert_eq!(work.sent().len(), 2);
}

#[test]
fn utf8_in_a_file_of_another_encoding_is_no_text_of_it() {
    let rows = contact_table(3).replace("Aster1", "Zoë");
    let (before, after) = rows.split_once("Aster0").unwrap();
    let (middle, after) = after.split_once("Aster2").unwrap();
    let mixed =
        [before.as_bytes(), b"Jos\xe9", middle.as_bytes(), b"J\xfcrgen", after.as_bytes()].concat();
    let work = Workspace::with("a.csv", mixed);
    work.update(&["a.csv", "--encoding", "windows-1252"]).exits(1);
    assert_eq!(work.sent(), [id(0), id(2)]);
    let marked = Workspace::with("a.csv", [b"\xef\xbb\xbf", &contact(b"Jos\xe9")[..]].concat());
    marked.update(&["a.csv"]).exits(2).says("its byte order mark says so");
    // A file that is nothing else is in another encoding than was said.
    for label in ["windows-1252", "windows-1251", "shift_jis", "gbk"] {
        let work = Workspace::with("a.csv", contact("Ζωή-山田".as_bytes()));
        work.update(&["a.csv", "--encoding", label]).exits(2).says(&format!("not in {label}"));
        assert!(work.sent().is_empty());
    }
}

#[test]
fn what_comes_late_in_a_long_file_counts_as_well() {
    let mut table = contact_table(2_000).into_bytes();
    let last = contact(b"Jos\xe9");
    let row = last.iter().position(|b| *b == b'\n').unwrap() + 1;
    table.extend(&last[row..]);
    let work = Workspace::with("a.csv", &table);
    work.update(&["a.csv"]).exits(2).says("a.csv:2002: the text is not UTF-8 in 1 row");
    assert!(work.place.runs().is_empty() && work.sent().is_empty());
    let ids: Vec<u8> =
        [b"id,note\n".to_vec(), format!("{},x\n", id(1)).repeat(3_000).into_bytes()].concat();
    let work = Workspace::with("a.csv", [&ids[..], &noted(b"Jos\xe9")[8..]].concat());
    work.delete(&["a.csv", "--on-duplicate", "first"]).exits(0);
    assert_eq!(counts(&report(&work.place.the_run()))[0], 3_001);
}
