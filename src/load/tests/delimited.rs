//! CSV and its kin.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{load_file, load_with, words};
use crate::model::Cells;
use crate::model::settings::Format;

fn shown(content: &str) -> String {
    load_file("contacts.csv", content.as_bytes()).unwrap().shown()
}

fn refused(content: &str) -> String {
    words(load_file("contacts.csv", content.as_bytes()))
}

#[test]
fn rows_carry_the_physical_line_where_they_start() {
    let content = "id,note\r\n1,\"two\r\nlines\"\n\n\r\n2,a\r3,\"x\ry\"\r\r\n4,b";
    assert_snapshot!(shown(content), @r#"
    2: "1|two\r\nlines"
    6: "2|a"
    7: "3|x\ry"
    10: "4|b"
    "#);
}

#[test]
fn cases_of_csv_spectrum_read_as_they_should() {
    let cases = [
        ("first,address\nJohn,\"12, High St\"\n", "2: \"John|12, High St\""),
        ("a,b,c\n1,\"\",\"\"\n2,3,4\n", "2: \"1||\"\n3: \"2|3|4\""),
        ("a,b\n1,\"ha \"\"ha\"\" ha\"\n", r#"2: "1|ha \"ha\" ha""#),
        ("key,val\n1,\"{\"\"type\"\": \"\"Point\"\"}\"\n", r#"2: "1|{\"type\": \"Point\"}""#),
        (
            "a,b,c\n1,2,3\n\"Once upon \na time\",5,6\n",
            "2: \"1|2|3\"\n3: \"Once upon \\na time|5|6\"",
        ),
        ("a,b\n1,5\" pipe\n", r#"2: "1|5\" pipe""#),
        ("a,b\n1,ʤ\n", "2: \"1|ʤ\""),
        ("a,b\n\"1\" ,2\n", "2: \"1 |2\""),
        ("a\n\n1\n", "3: \"1\""),
    ];
    for (content, expected) in cases {
        assert_eq!(shown(content), expected, "{content:?}");
        assert_eq!(shown(&content.replace('\n', "\r\n")), expected.replace("\\n", "\\r\\n"));
    }
}

#[test]
fn a_row_with_a_field_too_many_is_a_faulty_row() {
    assert_snapshot!(shown("id,a,b\n1,2\n1,2,3,4\n1,2,3,,\n1,2,3\n"), @r#"
    2: "1|2"
    3: "1|2|3|4" ! has 4 fields, the header has 3
    4: "1|2|3||" ! has 5 fields, the header has 3
    5: "1|2|3"
    "#);
}

#[test]
fn rows_without_any_value_are_passed_over_and_said() {
    let loaded = load_file("a.csv", b"id,a\n1,2\n,\n , \n\n3,4\n,\n").unwrap();
    assert_snapshot!(loaded.shown(), @r#"
    2: "1|2"
    6: "3|4"
    "#);
    assert_eq!(loaded.sources[0].detected, "csv, utf-8, comma, 3 blank rows passed over");
}

#[test]
fn a_quote_that_never_closes_breaks_the_file_where_it_opened() {
    assert_snapshot!(refused("id,a\n1,x\n\"2\nb\",\"y\n3,z\n4,z\n"), @r"
    contacts.csv:4: the quote that opens here is never closed
    hint: the file is cut short, or a quote within a quoted field is not written twice
    ");
    assert_snapshot!(refused("id,\"a\n1,x\n"), @r"
    contacts.csv:1: the quote that opens here is never closed
    hint: the file is cut short, or a quote within a quoted field is not written twice
    ");
}

#[test]
fn a_quote_that_closes_rows_later_within_a_field_breaks_the_file() {
    assert_snapshot!(refused("id,a\n1,\"x\n2,y\n3,\"z\"\n"), @r"
    contacts.csv:2: the quote that opens here closes on line 4 in the middle of a field
    hint: a quote within a quoted field is written twice
    ");
}

#[test]
fn text_behind_a_closing_quote_is_a_faulty_row() {
    assert_snapshot!(shown("id,a\n1,\"x\"y\n2,z\n"), @r#"
    2: "1|xy" ! has text behind a closing quote
    3: "2|z"
    "#);
}

#[test]
fn a_row_beyond_the_limit_breaks_the_file() {
    let long = format!("id,a\n1,{}\n", "x".repeat(9 << 20));
    assert_snapshot!(refused(&long), @"contacts.csv:2: the row is longer than 8 MiB");
    let quoted = format!("id,a\n1,\"{}", "x\n".repeat(5 << 20));
    assert_snapshot!(refused(&quoted), @r"
    contacts.csv:2: the quote that opens here is never closed
    hint: the file is cut short, or a quote within a quoted field is not written twice
    ");
}

#[test]
fn columns_without_a_name_may_trail() {
    let loaded = load_file("a.csv", b"id,name,,\n1,a,,\n2,b,c,\n").unwrap();
    assert_eq!(loaded.sources[0].header, ["id", "name", "", ""]);
    assert_snapshot!(loaded.shown(), @r#"
    2: "1|a||"
    3: "2|b|c|"
    "#);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    for content in ["id,name", "id,name\n", "id,name\r\n\r\n"] {
        let loaded = load_file("a.csv", content.as_bytes()).unwrap();
        assert_eq!(loaded.sources[0].header, ["id", "name"]);
        assert!(loaded.rows.is_empty());
    }
}

#[test]
fn an_empty_file_is_refused_by_name() {
    for content in ["", "\n \r\n", "\u{feff}"] {
        let said = refused(content);
        let expected = "contacts.csv: is empty\nhint: the export may have failed; nothing was sent";
        assert_eq!(said, expected);
    }
}

#[test]
fn sep_lines_and_given_delimiters_are_honoured() {
    let loaded = load_file("a.csv", b"sep=;\r\nid;a,b\r\n1;2\r\n").unwrap();
    assert_eq!(loaded.sources[0].header, ["id", "a,b"]);
    assert_eq!(loaded.shown(), r#"3: "1|2""#);
    let detected = &loaded.sources[0].detected;
    assert_eq!(detected, "csv, utf-8, semicolon, `sep=` line, header in row 2");
    let loaded = load_with("a.csv", b"id,x;a\n1,y;2\n", |s| s.delimiter = Some(b';')).unwrap();
    assert_eq!(loaded.sources[0].header, ["id,x", "a"]);
    let loaded = load_with("a.txt", b"id,x\ta\n1\t2\n", |s| s.format = Format::Tsv).unwrap();
    assert_eq!(loaded.sources[0].header, ["id,x", "a"]);
}

#[test]
fn a_given_header_row_is_honoured_or_refused() {
    let content = b"Contacts of March\n\nid,name\n1,a\n";
    let loaded = load_with("a.csv", content, |s| s.header_row = Some(3)).unwrap();
    assert_eq!(loaded.sources[0].header, ["id", "name"]);
    assert_eq!(loaded.shown(), r#"4: "1|a""#);
    for row in [2, 9] {
        let words = words(load_with("a.csv", content, |s| s.header_row = Some(row)));
        assert_eq!(words, format!("a.csv:{row}: there is no header in this row"));
    }
}

#[test]
fn outcome_files_are_read_whatever_the_job_says() {
    let content =
        "\u{feff}id,name,korebulk_row,korebulk_outcome,korebulk_reason\n1,a;b,7,failed,x\n";
    for format in [Format::Csv, Format::Tsv, Format::Xlsx, Format::Jsonl] {
        let loaded = load_with("failed.csv", content.as_bytes(), |s| {
            s.format = format;
            s.delimiter = Some(b';');
            s.encoding = Some("utf-16le".into());
            s.header_row = Some(4);
        });
        assert_eq!(loaded.unwrap().shown(), r#"2: "1|a;b|7|failed|x""#);
    }
}

#[test]
fn bytes_that_are_no_text_are_reported_with_their_columns() {
    let mut content = "id,näme\n1,üöäß\n".as_bytes().to_vec();
    content.extend(b"2,\xff\n3,x\0y\n4,\xc3,\xbc\n5,ok\n");
    let loaded = load_file("a.csv", &content).unwrap();
    assert_snapshot!(loaded.shown(), @r#"
    2: "1|üöäß"
    3: "2|�" ?1
    4: "3|x\0y" ! has a NUL byte
    5: "4|�|�" ! has 3 fields, the header has 2 ?1 ?2
    6: "5|ok"
    "#);
}

fn table() -> impl Strategy<Value = (u8, bool, Vec<Vec<String>>)> {
    let cell = "[ab\"\r\n,;\t|é漢 ]{0,6}";
    let cells = (1..5_usize).prop_flat_map(move |width| {
        prop::collection::vec(prop::collection::vec(cell, width), 0..20)
    });
    (prop::sample::select(b",;\t|".as_slice()), any::<bool>(), cells)
}

proptest! {
    #[test]
    fn any_table_that_the_csv_crate_writes_is_read_back((delimiter, crlf, rows) in table()) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(terminator)
            .from_writer(Vec::new());
        let width = rows.first().map_or(2, Vec::len);
        writer.write_record((0..width).map(|c| format!("column {c}"))).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let content = writer.into_inner().unwrap();
        let loaded = load_with("a.csv", &content, |s| s.delimiter = Some(delimiter));
        // A field over several lines with as many delimiters as the header has could be rows.
        let could_be_rows = |cell: &String| {
            cell.contains(['\r', '\n'])
                && cell.matches(char::from(delimiter)).count() + 1 >= width.max(2)
        };
        let Ok(loaded) = loaded else {
            prop_assert!(rows.iter().flatten().any(could_be_rows));
            return Ok(());
        };
        let filled = rows.iter().filter(|row| !row.concat().trim_ascii().is_empty());
        let read: Vec<Vec<String>> = loaded.rows.iter().map(|row| {
            assert_eq!(row.fault, None);
            let Cells::Table(cells) = &row.cells else { panic!("cells") };
            cells.iter().map(str::to_owned).collect()
        }).collect();
        prop_assert_eq!(read, filled.cloned().collect::<Vec<_>>());
    }

    #[test]
    fn any_line_breaks_leave_rows_on_their_lines(rows in prop::collection::vec((
        prop::sample::select(vec!["a,b", "\"a\",b", "a,\"x\ry\"", "\"1\r\n\",\"\n\"", "\"\"\"\n\",c"]),
        prop::collection::vec(prop::sample::select(vec!["\n", "\r", "\r\n"]), 1..4),
    ), 1..12)) {
        let mut content = "id,note\r\n".to_owned();
        let mut expected = Vec::new();
        for (row, breaks) in &rows {
            expected.push(1 + content.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() as u64);
            content.push_str(row);
            content.push_str(&breaks.concat());
        }
        let loaded = load_with("a.csv", content.as_bytes(), |s| s.delimiter = Some(b',')).unwrap();
        prop_assert_eq!(loaded.rows.iter().map(|r| r.line).collect::<Vec<_>>(), expected);
        prop_assert!(loaded.rows.iter().all(|r| r.fault.is_none()));
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(content in prop::collection::vec(
        prop::sample::select(b"a,;\"\r\n\0\xff{}[]:".as_slice()), 0..200,
    )) {
        for format in [Format::Auto, Format::Csv, Format::Jsonl, Format::Json] {
            if let Ok(loaded) = load_with("a.csv", &content, |s| s.format = format) {
                let lines: Vec<u64> = loaded.rows.iter().map(|r| r.line).collect();
                prop_assert!(lines.is_sorted());
            }
        }
    }
}
