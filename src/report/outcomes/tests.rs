//! Outcome files hold what came in, and can be read as what they are.

use csv::StringRecord;
use proptest::prelude::*;

use super::*;

fn source(file: &str, header: &[&str]) -> Source {
    Source {
        file: file.into(),
        sheet: None,
        header: header.iter().map(ToString::to_string).collect(),
        sha256: String::new(),
        detected: String::new(),
    }
}

fn row(source: u16, line: u64, cells: &[&str]) -> Row {
    Row { source, line, cells: Cells::Table(StringRecord::from(cells.to_vec())), ..Row::default() }
}

fn object(line: u64, text: &str) -> Row {
    Row { line, cells: Cells::Object(text.into()), ..Row::default() }
}

fn written(sources: &[Source], rows: &[(Row, Outcome, &str)]) -> Vec<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let mut files = OutcomeFiles::create(dir.path(), sources);
    for (row, outcome, reason) in rows {
        files.write(row, *outcome, reason).unwrap();
    }
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let written: Vec<_> = files.finish().unwrap().into_iter().map(named).collect();
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        written.len(),
        "nothing else is left"
    );
    written
}

#[test]
fn each_outcome_has_its_file_and_success_has_none() {
    let sources = [source("a.csv", &["id", "name"])];
    let files = written(
        &sources,
        &[
            (row(0, 2, &["a", "x, \"y\""]), Outcome::Failed, "phone in use"),
            (row(0, 3, &["b", "x"]), Outcome::Succeeded, ""),
            (row(0, 4, &["c", "x"]), Outcome::Skipped, "duplicate"),
            (row(0, 5, &["d", "x"]), Outcome::Unsent, "not its turn"),
        ],
    );
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["failed.csv", "unsent.csv"]);
    insta::assert_snapshot!(files[0].1, @r#"
    id,name,korebulk_row,korebulk_outcome,korebulk_reason
    a,"x, ""y""",2,failed,phone in use
    "#);
}

#[test]
fn several_headers_become_their_union_and_rows_name_their_file() {
    let sources = [source("a.csv", &["id", "name"]), source("b.csv", &["phone", "id"])];
    let files = written(
        &sources,
        &[
            (row(0, 2, &["a", "x"]), Outcome::Failed, "r"),
            (row(1, 2, &["1", "b"]), Outcome::Failed, "r"),
        ],
    );
    insta::assert_snapshot!(files[0].1, @"
    id,name,phone,korebulk_row,korebulk_outcome,korebulk_reason
    a,x,,a.csv:2,failed,r
    b,,1,b.csv:2,failed,r
    ");
}

#[test]
fn columns_of_an_earlier_outcome_file_are_replaced() {
    let header = ["id", "korebulk_row", "korebulk_outcome", "korebulk_reason", "name"];
    let files = written(
        &[source("failed.csv", &header)],
        &[(row(0, 2, &["a", "77", "failed", "old", "x"]), Outcome::Unknown, "new")],
    );
    insta::assert_snapshot!(files[0].1, @"
    id,name,korebulk_row,korebulk_outcome,korebulk_reason
    a,x,2,unknown,new
    ");
}

#[test]
fn ragged_rows_and_repeated_headers_lose_no_cell_and_shift_none() {
    let files = written(
        &[source("a.csv", &["id", "tag", "tag", ""])],
        &[
            (row(0, 2, &["a", "1", "2", "3", "=4"]), Outcome::Rejected, "has 5 fields"),
            (row(0, 3, &["b"]), Outcome::Rejected, "has 1 field"),
            (row(0, 4, &["c", "1", "2"]), Outcome::Rejected, "has letters"),
        ],
    );
    insta::assert_snapshot!(files[0].1, @r#"
    id,tag,tag,,korebulk_row,korebulk_outcome,korebulk_reason
    a,1,2,"3,=4",2,rejected,has 5 fields
    b,,,,3,rejected,has 1 field
    c,1,2,,4,rejected,has letters
    "#);
}

#[test]
fn what_a_spreadsheet_would_run_is_guarded_in_every_column() {
    let files = written(
        &[source("a.csv", &["=id"])],
        &[
            (row(0, 2, &["+91"]), Outcome::Failed, "=cmd|' /C calc'!A0"),
            (row(0, 3, &["'=x"]), Outcome::Failed, "@SUM(1)"),
            (row(0, 4, &["it's -5"]), Outcome::Failed, "-"),
        ],
    );
    insta::assert_snapshot!(files[0].1, @r"
    '=id,korebulk_row,korebulk_outcome,korebulk_reason
    '+91,2,failed,'=cmd|' /C calc'!A0
    ''=x,3,failed,'@SUM(1)
    it's -5,4,failed,'-
    ");
}

#[test]
fn what_an_outcome_file_has_guarded_is_guarded_once() {
    let header = ["'=id", "korebulk_row", "korebulk_outcome", "korebulk_reason"];
    let files = written(
        &[source("failed.csv", &header), source("a.csv", &["=id"])],
        &[
            (row(0, 2, &["'+91", "2", "failed", "r"]), Outcome::Failed, "r"),
            (row(0, 3, &["+91", "3", "failed", "r"]), Outcome::Failed, "corrected by hand"),
            (row(0, 4, &["''=x", "4", "failed", "r"]), Outcome::Failed, "r"),
            (row(1, 2, &["'+91"]), Outcome::Failed, "r"),
        ],
    );
    insta::assert_snapshot!(files[0].1, @r"
    '=id,korebulk_row,korebulk_outcome,korebulk_reason
    '+91,failed.csv:2,failed,r
    '+91,failed.csv:3,failed,corrected by hand
    ''=x,failed.csv:4,failed,r
    ''+91,a.csv:2,failed,r
    ");
}

#[test]
fn objects_keep_their_order_and_spelling_on_one_line() {
    let files = written(
        &[source("a.jsonl", &[])],
        &[
            (object(1, "{\"z\":1.50,\n \"a\":{\"b\":\n[1]}}"), Outcome::Failed, "no \"x\""),
            (object(5, "{\"korebulk\":{\"row\":9},\"id\":\"a\"}"), Outcome::Failed, "r"),
            (object(6, "{}"), Outcome::Failed, "r"),
            (object(7, "{\"id\":"), Outcome::Rejected, "is no object"),
        ],
    );
    insta::assert_snapshot!(files[0].1, @r#"
    {"z":1.50,"a":{"b": [1]},"korebulk":{"row":1,"outcome":"failed","reason":"no \"x\"","file":"a.jsonl"}}
    {"id":"a","korebulk":{"row":5,"outcome":"failed","reason":"r","file":"a.jsonl"}}
    {"korebulk":{"row":6,"outcome":"failed","reason":"r","file":"a.jsonl"}}
    "#);
    insta::assert_snapshot!(files[1].1, @r#"{"korebulk":{"row":7,"outcome":"rejected","reason":"is no object","file":"a.jsonl","text":"{\"id\":"}}"#);
}

#[test]
fn a_line_that_was_no_object_is_given_back_again() {
    let sources = [source("rejected.jsonl", &[])];
    let line = r#"{"korebulk":{"row":7,"outcome":"rejected","reason":"r","text":"{\"id\":"}}"#;
    let files = written(&sources, &[(object(1, line), Outcome::Rejected, "no id")]);
    insta::assert_snapshot!(files[0].1, @r#"{"korebulk":{"row":1,"outcome":"rejected","reason":"no id","file":"rejected.jsonl","text":"{\"id\":"}}"#);
}

#[test]
fn mixed_inputs_have_files_of_both_kinds() {
    let sources = [source("a.jsonl", &[]), source("b.csv", &["id"])];
    let rows = [
        (object(1, r#"{"id":"a"}"#), Outcome::Failed, "r"),
        (row(1, 2, &["b"]), Outcome::Failed, "r"),
    ];
    let files = written(&sources, &rows);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["failed.csv", "failed.jsonl"]);
}

#[test]
fn a_file_that_is_empty_now_does_not_stay_from_before() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["unsent.csv", "failed.csv.part"] {
        std::fs::write(dir.path().join(name), "old").unwrap();
    }
    let files = OutcomeFiles::create(dir.path(), &[source("a.csv", &["id"])]);
    assert_eq!(files.finish().unwrap(), Vec::<PathBuf>::new());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

proptest! {
    #[test]
    fn any_table_comes_back_as_it_was(
        rows in prop::collection::vec(prop::collection::vec("[-=+@'\t\r\n\",;a-zé]{0,4}", 2), 1..5)
    ) {
        let input: Vec<(Row, Outcome, &str)> = rows
            .iter()
            .map(|cells| (row(0, 2, &[&cells[0], &cells[1]]), Outcome::Failed, "r"))
            .collect();
        let files = written(&[source("a.csv", &["a", "b"])], &input);
        let mut reader = csv::Reader::from_reader(files[0].1.as_bytes());
        for (read, cells) in reader.records().zip(&rows) {
            let read = read.unwrap();
            for (got, want) in read.iter().zip(cells) {
                prop_assert!(!got.starts_with(['=', '+', '-', '@', '\t', '\r']));
                let quoted = got.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
                let plain = if quoted { &got[1..] } else { got };
                prop_assert_eq!(plain, want.as_str());
            }
        }
    }
}
