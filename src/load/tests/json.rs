//! JSON lines and JSON arrays.

use insta::assert_snapshot;

use super::{load_file, load_with, words};
use crate::model::settings::Format;

fn shown(name: &str, content: &str) -> String {
    load_file(name, content.as_bytes()).unwrap().shown()
}

fn refused(content: &str) -> String {
    words(load_file("contacts.json", content.as_bytes()))
}

#[test]
fn each_line_is_an_object_or_a_faulty_row() {
    let content = concat!(
        "{\"id\":\"1\",\"cellPhone\":{\"phoneNumber\":\"9\"}}\r\n\n",
        "[1]\n  {\"id\":\"2\"} \r{\"id\":\n{\"a\":1,\"b\":{\"c\":1,\"c\":2}}\n",
        "{\"a\":\"\\u0000\"}\n{\"a\":1}{\"a\":2}\n{\"a\":{\"x\":1},\"b\":{\"x\":1}}",
    );
    assert_snapshot!(shown("a.jsonl", content), @r#"
    1: "{\"id\":\"1\",\"cellPhone\":{\"phoneNumber\":\"9\"}}"
    3: "[1]" ! is no JSON object
    4: "{\"id\":\"2\"}"
    5: "{\"id\":" ! is no JSON: EOF while parsing a value at column 6
    6: "{\"a\":1,\"b\":{\"c\":1,\"c\":2}}" ! has the key `c` twice
    7: "{\"a\":\"\\u0000\"}" ! has a NUL character
    8: "{\"a\":1}{\"a\":2}" ! is no JSON: trailing characters at column 8
    9: "{\"a\":{\"x\":1},\"b\":{\"x\":1}}"
    "#);
}

#[test]
fn a_line_that_is_no_utf8_says_so() {
    let loaded = load_with("a.jsonl", b"{\"a\":\"\xff\"}\n{\"a\":1}\n", |s| {
        s.encoding = Some("utf-8".into());
    });
    assert_snapshot!(loaded.unwrap().shown(), @r#"
    1: "{\"a\":\"�\"}" ?0
    2: "{\"a\":1}"
    "#);
}

#[test]
fn an_object_over_several_lines_is_named_as_that() {
    assert_snapshot!(refused("{\n  \"results\": [\n"), @r"
    contacts.json: is JSON over several lines, not one object a line
    hint: write each object on one line, or all of them as one array `[…]`
    ");
}

#[test]
fn an_array_gives_its_objects_one_by_one() {
    let content = "\u{feff}[\n  {\"id\": \"1\", \"a\": [1, \"]\"]},{\"id\":\"\\\"}\"}\r\n , 5, {\n\"id\": 3\n}\n]\n";
    let loaded = load_file("a.json", content.as_bytes()).unwrap();
    assert_snapshot!(loaded.shown(), @r#"
    1: "{\"id\": \"1\", \"a\": [1, \"]\"]}"
    2: "{\"id\":\"\\\"}\"}"
    3: "5" ! is no JSON object
    4: "{\n\"id\": 3\n}"
    "#);
    assert_eq!(loaded.sources[0].detected, "json, utf-8 with byte order mark");
    assert!(loaded.sources[0].header.is_empty());
}

#[test]
fn an_empty_array_has_no_rows() {
    for content in ["[]", " [ ] \n"] {
        assert_eq!(shown("a.json", content), "");
    }
}

#[test]
fn broken_arrays_are_refused_with_their_place() {
    let said: Vec<String> = [
        "[",
        "[{\"a\":1}",
        "[{\"a\":1},",
        "[{\"a\":1},]",
        "[{\"a\":1} {}]",
        "[{\"a\":1}] x",
        "[{\"a\":1}}]",
        "[{\"a\":\n \"b\" \"c\"}]",
        "[{\"a\":1]}",
        "[{\"a\":\"x",
        "[\n{\"a\":1},\n{\"b\"}]",
    ]
    .iter()
    .map(|content| refused(content).lines().next().unwrap().to_owned())
    .collect();
    assert_snapshot!(said.join("\n"), @r"
    contacts.json:1: broken JSON at column 2: the array is never closed
    contacts.json:1: broken JSON at column 9: the array is never closed
    contacts.json:1: broken JSON at column 10: the array is never closed
    contacts.json:1: broken JSON at column 10: expected a record
    contacts.json:1: broken JSON at column 10: expected `,` or `]`
    contacts.json:1: broken JSON at column 11: text behind the array
    contacts.json:1: broken JSON at column 9: expected `,` or `]`
    contacts.json:2: broken JSON at column 6: expected `,` or `}`
    contacts.json:1: broken JSON at column 8: expected `,` or `}`
    contacts.json:1: broken JSON at column 2: the record that starts here never ends
    contacts.json:3: broken JSON at column 5: expected `:`
    ");
}

#[test]
fn an_array_that_was_promised_must_be_one() {
    let words = words(load_with("a.json", b"{\"id\":1}", |s| s.format = Format::Json));
    assert_snapshot!(words, @r#"
    a.json:1: broken JSON at column 1: the file is no array
    hint: give an array of objects `[…]`, or one object a line with `format = "jsonl"`
    "#);
}

#[test]
fn a_bracketed_csv_header_is_no_json() {
    let loaded = load_file("a.csv", b"[id],[name]\n1,a\n").unwrap();
    assert_eq!(loaded.sources[0].header, ["[id]", "[name]"]);
}

#[test]
fn a_record_beyond_the_limit_breaks_the_file() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(9 << 20));
    assert_eq!(refused(&format!("[\n{long}]")), "contacts.json:2: the record is longer than 8 MiB");
    let lines = format!("{{\"a\":1}}\n{long}\n");
    assert_eq!(refused(&lines), "contacts.json:2: the line is longer than 8 MiB");
}

#[test]
fn own_outcome_lines_are_read_whatever_the_job_says() {
    let content = br#"{"id":"1","korebulk":{"outcome":"failed"}}"#;
    let loaded = load_with("failed.jsonl", content, |s| s.format = Format::Csv).unwrap();
    assert_eq!(loaded.sources[0].detected, "jsonl, utf-8");
    assert_eq!(loaded.rows.len(), 1);
}

#[test]
fn deep_nesting_is_a_faulty_row() {
    let content = format!("{{\"a\":1}}\n{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let loaded = load_file("a.jsonl", content.as_bytes()).unwrap();
    assert!(loaded.rows[1].fault.is_some());
}
