//! Paths, packing, hashes, and files that are not what their names say.

use std::io::Write;

use insta::assert_snapshot;

use super::{load, load_file, load_with, now, settings, words};
use crate::load::{InputPath, expand};
use crate::model::settings::Format;
use crate::model::{Exit, RunError};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn several_files_are_read_one_behind_the_other_with_their_own_sources() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("b.csv"), "id\n1\n").unwrap();
    std::fs::write(dir.path().join("a.csv"), "name;id\nx;2\n").unwrap();
    std::fs::write(dir.path().join(".~lock.a.csv#"), "").unwrap();
    std::fs::write(dir.path().join("c.jsonl"), "{\"id\":\"3\"}").unwrap();
    let loaded = load(&settings(dir.path(), &["*.csv*", "c.jsonl"])).unwrap();
    let read: Vec<_> = loaded.rows.iter().map(|r| (r.source, r.line)).collect();
    assert_eq!(read, [(0, 2), (1, 2), (2, 1)]);
    let files: Vec<_> = loaded.sources.iter().map(|s| s.file.as_str()).collect();
    assert_eq!(files, ["a.csv", "b.csv", "c.jsonl"]);
}

#[test]
fn a_path_that_exists_wins_over_glob_and_strftime() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a[1].csv", "a1.csv", "%Y.csv", "2026.csv", "day-2026-03-04-x.csv"] {
        std::fs::write(dir.path().join(name), "id\n").unwrap();
    }
    let found = |path: &str| {
        let paths = expand(&settings(dir.path(), &[path]), &now()).unwrap();
        paths.iter().map(|p| p.shown().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("a[1].csv"), ["a[1].csv"]);
    assert_eq!(found("%Y.csv"), ["%Y.csv"]);
    assert_eq!(found("day-%Y-%m-%d-*.csv"), ["day-2026-03-04-x.csv"]);
    assert_eq!(found("a?.csv"), ["a1.csv"]);
    assert_eq!(expand(&settings(dir.path(), &["-"]), &now()).unwrap(), [InputPath::Stdin]);
    let absolute = dir.path().join("a?.csv").to_string_lossy().into_owned();
    assert_eq!(found(&absolute), [dir.path().join("a1.csv").to_string_lossy()]);
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    let refused = |path: &str| {
        words(load(&settings(dir.path(), &[path])))
            .replace(&dir.path().display().to_string(), "DIR")
    };
    let all =
        ["gone.csv", "gone-*.csv", "gone-%Y.csv", "100%.csv", "a[.csv", "folder"].map(refused);
    assert_snapshot!(all.join("\n"), @r"
    gone.csv: does not exist
    hint: relative paths start from DIR
    gone-*.csv: matches no file
    hint: relative paths start from DIR
    gone-%Y.csv: does not exist (looked for `gone-2026.csv`)
    hint: relative paths start from DIR
    100%.csv: does not exist and is no strftime pattern: strftime formatting failed: found unrecognized specifier directive `c` following `%.`
    hint: write `%%` for a percent sign
    a[.csv: is no glob: invalid range pattern
    folder: is a directory
    hint: give its files, such as `exports/*.csv`
    ");
    let error = RunError::from(load(&settings(dir.path(), &["gone.csv"])).err().unwrap());
    assert_eq!(error.exit, Exit::Usage);
    assert!(error.hint.is_some());
}

#[test]
fn packed_files_are_read_by_content_and_hashed_as_stored() {
    let (first, second) = (gzip(b"id\n1\n"), gzip(b"2\n"));
    let gz = [first, second].concat();
    let zst = zstd::encode_all(b"id\n1\n2\n".as_slice(), 1).unwrap();
    for (content, packing) in [(gz, "gzip"), (zst, "zstd")] {
        let loaded = load_file("contacts.csv", &content).unwrap();
        assert_eq!(loaded.shown(), "2: \"1\"\n3: \"2\"");
        assert_eq!(loaded.sources[0].detected, format!("csv, utf-8, comma, {packing}"));
        let digest = ring::digest::digest(&ring::digest::SHA256, &content);
        let hex = crate::load::stored::hex(digest.as_ref());
        assert_eq!(loaded.sources[0].sha256, hex);
    }
}

#[test]
fn packed_files_that_break_off_are_refused() {
    let rows = (10_000..100_000).fold("id".to_owned(), |rows, n| rows + "\n" + &n.to_string());
    let gz = gzip(rows.as_bytes());
    let zst = zstd::encode_all(rows.as_bytes(), 1).unwrap();
    for whole in [gz, zst] {
        assert_eq!(load_file("a.csv.gz", &whole).unwrap().rows.len(), 90_000);
        for cut in [20, whole.len() / 2, whole.len() - 1] {
            let said = words(load_file("a.csv.gz", &whole[..cut]));
            assert!(said.contains("cannot be read to its end"), "{said}");
            assert!(said.ends_with("hint: it is cut short or damaged: fetch it again"), "{said}");
        }
    }
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_named() {
    let html = b"<!DOCTYPE html>\n<html><table><tr><td>1</td></tr></table>".as_slice();
    let twice = gzip(&gzip(b"id\n1\n"));
    let files: [(&str, &[u8]); 5] = [
        ("a.xls", html),
        ("a.csv", b"%PDF-1.7\n"),
        ("b.xls", b"<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">"),
        ("c.csv", b"<?xml version=\"1.0\"?><contacts/>"),
        ("d.csv.gz", &twice),
    ];
    let said = files.map(|(name, content)| {
        let words = words(load_file(name, content));
        words.lines().next().unwrap().to_owned()
    });
    assert_snapshot!(said.join("\n"), @r"
    a.xls: is an HTML page, whatever its name says
    a.csv: is a PDF document, whatever its name says
    b.xls: is an XML spreadsheet of 2003, whatever its name says
    c.csv: is an XML file, whatever its name says
    d.csv.gz: is gzip data packed twice
    ");
    let said = words(load_with("a.xlsx", b"id,name\n", |s| s.format = Format::Xlsx));
    assert_snapshot!(said, @r"
    a.xlsx: is text, not an .xlsx workbook
    hint: leave `format` out: korebulk goes by the content
    ");
}
