//! Encodings × delimiters, and what is said of them.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use insta::assert_snapshot;

use super::{load_file, load_with, words};

const TEXT: &str = "id;naïve\r\n1;Müller €\r\n2;\"a\r\nb\"\r\n";

fn wide(text: &str, encoding: &'static Encoding, bom: bool) -> Vec<u8> {
    let bytes = |unit: u16| {
        if encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() }
    };
    let mark = if bom { "\u{feff}" } else { "" };
    mark.encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn every_encoding_with_every_delimiter_reads_the_same() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = TEXT.replace(';', delimiter);
        let contents = [
            (text.as_bytes().to_vec(), "utf-8"),
            (format!("\u{feff}{text}").into_bytes(), "utf-8 with byte order mark"),
            (wide(&text, UTF_16LE, true), "utf-16le with byte order mark"),
            (wide(&text, UTF_16BE, true), "utf-16be with byte order mark"),
            (WINDOWS_1252.encode(&text).0.into_owned(), "windows-1252"),
        ];
        for (content, encoding) in contents {
            let loaded = load_with("a.csv", &content, |s| {
                s.encoding = (encoding == "windows-1252").then(|| encoding.to_owned());
            });
            let loaded = loaded.unwrap();
            assert_eq!(loaded.sources[0].header, ["id", "naïve"], "{encoding}");
            assert_eq!(loaded.shown(), "2: \"1|Müller €\"\n3: \"2|a\\r\\nb\"");
            let detected = &loaded.sources[0].detected;
            assert!(detected.starts_with(&format!("csv, {encoding}, ")), "{detected}");
        }
    }
}

#[test]
fn a_label_is_honoured_and_a_wrong_one_refused() {
    let content = encoding_rs::SHIFT_JIS.encode("id,名前\n1,山田\n").0.into_owned();
    let loaded = load_with("a.csv", &content, |s| s.encoding = Some("shift_jis".into())).unwrap();
    assert_eq!(loaded.shown(), "2: \"1|山田\"");
    let words = words(load_with("a.csv", b"id\n", |s| s.encoding = Some("latin9000".into())));
    assert_snapshot!(words, @r"
    a.csv: no encoding is called `latin9000`
    hint: labels are those of the WHATWG, such as `utf-8`, `windows-1252`, `shift_jis`, and `cp437` or `cp850`
    ");
}

#[test]
fn one_damaged_byte_does_not_make_utf8_something_else() {
    let mut content = "id,name\n1,Müller\n2,Jürgen\n".as_bytes().to_vec();
    content.extend(b"3,\xfc\n");
    let loaded = load_file("a.csv", &content).unwrap();
    assert_snapshot!(loaded.shown(), @r#"
    2: "1|Müller"
    3: "2|Jürgen"
    4: "3|�" ?1
    "#);
}

#[test]
fn a_stray_byte_beyond_the_first_part_is_a_faulty_row() {
    let mut content = b"id,name\n".to_vec();
    content.extend(b"1,plain\n".repeat(20_000));
    content.extend(b"2,M\xfcller\n");
    let loaded = load_file("a.csv", &content).unwrap();
    assert_eq!(loaded.rows.iter().filter(|r| !r.marks.is_empty()).count(), 1);
    assert_eq!(loaded.sources[0].detected, "csv, utf-8, comma, 1 row not in utf-8");
    assert_eq!(loaded.rows.last().unwrap().line, 20_002);
}

#[test]
fn a_character_cut_by_the_first_part_is_no_stray_byte() {
    // 65,535 ASCII bytes, then one character across the 64 KiB mark.
    let content = format!("id\n{}ü\n", "1\n".repeat(32_766));
    assert_eq!(content.find('ü'), Some(65_535));
    let loaded = load_file("a.csv", content.as_bytes()).unwrap();
    assert_eq!(loaded.sources[0].detected, "csv, utf-8, comma");
    assert!(loaded.rows.iter().all(|r| r.fault.is_none()));
}

#[test]
fn wide_text_without_a_mark_is_named() {
    assert_snapshot!(words(load_file("a.csv", &wide("id,name\n1,a\n", UTF_16LE, false))), @r"
    a.csv: looks like utf-16le without a byte order mark
    hint: say `--encoding utf-16le` if it is
    ");
    let content = wide("id,name\n1,a\n", UTF_16BE, false);
    let loaded = load_with("a.csv", &content, |s| s.encoding = Some("utf-16be".into())).unwrap();
    assert_eq!(loaded.shown(), "2: \"1|a\"");
}

#[test]
fn what_is_no_character_in_wide_text_is_never_sent() {
    let mut content = wide("id,name\n1,a\n2,", UTF_16LE, true);
    content.extend(0xd800_u16.to_le_bytes());
    content.extend(wide("\n3,c\n", UTF_16LE, false));
    let loaded = load_file("a.csv", &content).unwrap();
    assert_snapshot!(loaded.shown(), @r#"
    2: "1|a"
    3: "2|�" ?1
    4: "3|c"
    "#);
}

#[test]
fn wide_json_lines_are_read() {
    let content = wide("{\"id\":\"ü\"}\r\n{\"id\":\"2\"}", UTF_16LE, true);
    let loaded = load_file("a.jsonl", &content).unwrap();
    assert_eq!(loaded.shown(), "1: \"{\\\"id\\\":\\\"ü\\\"}\"\n2: \"{\\\"id\\\":\\\"2\\\"}\"");
}
