//! Files as people have them: what is read of them, what is refused, and that nothing shifts or is lost
//! on the way.

use std::fs;
use std::io::Write as _;

use crate::hostile::{Hostile, Request};
use crate::support::{Place, Ran, contact_table, counts, id, id_table, ids, report, table};

const DELIMITERS: [&str; 4] = [",", ";", "\t", "|"];

/// A server that does everything, and a directory to run in.
pub(crate) struct Workspace {
    server: Hostile,
    pub(crate) place: Place,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let server = Hostile::good();
        Self { place: Place::at(server.addr()), server }
    }

    /// One with a file in it.
    pub(crate) fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let work = Self::new();
        work.place.write(name, bytes);
        work
    }

    pub(crate) fn delete(&self, args: &[&str]) -> Ran {
        self.place.quick(&[&["bulk-delete"], args].concat())
    }

    pub(crate) fn update(&self, args: &[&str]) -> Ran {
        self.place.quick(&[&["bulk-update"], args].concat())
    }

    /// The ids that were sent, in order.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.server.requests().iter().flat_map(Request::ids).collect()
    }

    /// The contacts that were sent.
    pub(crate) fn contacts(&self) -> Vec<serde_json::Value> {
        let contacts = |request: &Request| request.json().as_array().unwrap().clone();
        self.server.requests().iter().flat_map(contacts).collect()
    }

    /// `rejected.csv` of the newest run: every row as wide as the header.
    fn rejected(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let run = self.place.runs().pop().unwrap();
        let (header, rows) = table(&run.join("rejected.csv"));
        assert!(rows.iter().all(|row| row.len() == header.len()), "{header:?}\n{rows:?}");
        (header, rows)
    }

    /// The same file, put where it can be sent again, changed by `with`.
    fn again(&self, with: impl Fn(&mut Vec<String>)) {
        let (header, mut rows) = self.rejected();
        rows.iter_mut().for_each(with);
        // As a German spreadsheet saves it.
        let mut out = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
        out.write_record(&header).unwrap();
        for row in &rows {
            out.write_record(row).unwrap();
        }
        self.place.write("again.csv", out.into_inner().unwrap());
    }
}

fn shifted() -> String {
    format!("name,managerId,id,comment\nBo,{},{},\nDoe, Ana,{},{},\n", id(21), id(2), id(22), id(3))
}

#[test]
fn a_delimiter_too_many_rejects_its_row_and_nobody_else_is_deleted() {
    for delimiter in DELIMITERS {
        let work = Workspace::with("a.csv", shifted().replace(',', delimiter));
        work.delete(&["a.csv"]).exits(1).says("has 5 fields, the header has 4");
        assert_eq!(work.sent(), [id(2)], "{delimiter:?}");
        let (header, rows) = work.rejected();
        assert_eq!(header[..5], ["name", "managerId", "id", "comment", ""]);
        assert_eq!(rows[0][..5], ["Doe", " Ana", &id(22), &id(3), ""]);
        assert_eq!(rows[0][5], "3", "the row is under its name");
    }
}

#[test]
fn a_row_rejected_for_its_shape_is_rejected_again_until_it_is_set_right() {
    let work = Workspace::with("a.csv", shifted());
    work.delete(&["a.csv"]).exits(1);
    work.again(|_| ());
    work.delete(&["again.csv"]).exits(1).says("empty `korebulk_outcome`");
    work.again(|_| ());
    work.delete(&["again.csv"]).exits(1).says("empty `korebulk_outcome`");
    work.again(|row| {
        row.splice(..5, ["Doe, Ana".into(), id(22), id(3), String::new(), String::new()]);
        let outcome = row.len() - 2;
        row[outcome].clear();
    });
    work.delete(&["again.csv"]).exits(0);
    assert_eq!(work.sent(), [id(2), id(3)]);
}

#[test]
fn a_short_row_is_rejected_and_its_outcome_file_shifts_nothing() {
    for delimiter in DELIMITERS {
        let contacts = contact_table(2).replace("+91,+\n", "+91,+91\n");
        let short = contacts.trim_end().strip_suffix(",+91").unwrap().replace(',', delimiter);
        let work = Workspace::with("a.csv", short + "\n");
        work.update(&["a.csv"]).exits(1).says("has 6 fields, the header has 7");
        assert_eq!(work.sent(), [id(0)]);
        let (header, rows) = work.rejected();
        assert_eq!(
            header[6..],
            ["cellPhone.extension", "korebulk_row", "korebulk_outcome", "korebulk_reason"]
        );
        assert_eq!(rows[0][6..9], ["", "3", "rejected"]);
        work.again(|_| ());
        work.update(&["again.csv"]).exits(1).says("has 6 fields, the header has 7");
        assert_eq!(work.sent(), [id(0)], "never with the row number as its extension");
        work.again(|row| row[6] = "+91".into());
        work.update(&["again.csv"]).exits(0);
        assert_eq!(work.contacts()[1]["cellPhone"]["extension"], "+91");
    }
}

#[test]
fn files_of_several_headers_shift_nothing_in_the_outcome_file_that_they_share() {
    let work = Workspace::with("a.csv", format!("id,name\n{},Ana\n{},Doe, Bo\n", id(1), id(2)));
    let rows = format!("phone;name;id;hold\n1;Cy;{};no\n2;Di;x;no\n3;Ed\n", id(3));
    work.place.write("b.csv", rows);
    work.delete(&["a.csv", "b.csv"]).exits(1);
    assert_eq!(work.sent(), [id(1), id(3)]);
    let (header, rows) = work.rejected();
    assert_eq!(header[..5], ["id", "name", "", "phone", "hold"]);
    assert_eq!(rows[0][..6], [id(2).as_str(), "Doe", " Bo", "", "", "a.csv:3"]);
    assert_eq!(rows[1][..6], ["x", "Di", "", "2", "no", "b.csv:3"]);
    assert_eq!(rows[2][..6], ["", "Ed", "", "3", "", "b.csv:4"]);
    work.again(|_| ());
    work.delete(&["again.csv"]).exits(1);
    assert_eq!(work.sent().len(), 2, "nothing of them is sent");
}

#[test]
fn a_workbook_of_outcomes_shifts_nothing_either() {
    let work = Workspace::with("a.csv", shifted());
    work.delete(&["a.csv", "--xlsx"]).exits(1);
    let outcomes = work.place.the_run().join("outcome.xlsx");
    fs::copy(outcomes, work.place.path().join("again.xlsx")).unwrap();
    work.delete(&["again.xlsx"]).exits(1).says("has 5 fields, the header has 4");
    assert_eq!(work.sent(), [id(2)]);
}

#[test]
fn a_value_beside_the_table_of_a_sheet_is_no_part_of_its_row() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in [
        vec!["id".to_owned(), "name".into()],
        vec![id(2), "Ana".into()],
        vec![id(3), "Doe".into(), " Bo".into()],
    ]
    .iter()
    .enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write(u32::try_from(row).unwrap(), u16::try_from(column).unwrap(), cell).unwrap();
        }
    }
    let work = Workspace::with("a.xlsx", workbook.save_to_buffer().unwrap());
    work.delete(&["a.xlsx"]).exits(1).says("has a value in column 3, which has no name");
    assert_eq!(work.sent(), [id(2)]);
}

#[test]
fn what_is_missing_at_the_end_matters_only_where_it_is_used() {
    let rows = format!("id,name,notes\n{},Ana,x\n{},Bo\n{}\n", id(2), id(3), id(4));
    let work = Workspace::with("a.csv", &rows);
    work.delete(&["a.csv"]).exits(0);
    assert_eq!(work.sent(), [id(2), id(3), id(4)]);

    let work = Workspace::with("a.csv", &rows);
    let rule = "[[input.skip_if]]\ncolumn = \"notes\"\nis = \"keep\"\n";
    work.place.write("job.toml", work.place.job("bulk-delete", "a.csv") + rule);
    work.place.quick(&["run", "job.toml"]).exits(1).says("has 2 fields, the header has 3");
    assert_eq!(work.sent(), [id(2)]);
}

#[test]
fn delimiters_that_the_header_and_every_row_share_are_no_surplus() {
    let rows = format!("id,name,,\n{},Ana,,\n{},Bo,,\n", id(2), id(3));
    let work = Workspace::with("a.csv", &rows);
    work.delete(&["a.csv"]).exits(0);
    assert_eq!(work.sent().len(), 2);
    // Among them, a comma too many shows by a value that is under no name.
    let work = Workspace::with("a.csv", format!("{rows}{},Doe, Ana,\n", id(4)));
    work.delete(&["a.csv"]).exits(1).says("has a value in column 3, which has no name");
    assert_eq!(work.sent(), [id(2), id(3)]);
    let rows = work.rejected().1;
    assert_eq!(rows[0][..4], [id(4).as_str(), "Doe", " Ana", ""]);
}

#[test]
fn a_header_that_is_there_twice_matters_only_where_it_is_used() {
    let rows = format!("id,Notes,Notes\n{},Ana,x\n", id(2));
    let work = Workspace::with("a.csv", &rows);
    work.delete(&["a.csv"]).exits(0);
    assert_eq!(work.sent(), [id(2)]);

    let work = Workspace::with("a.csv", format!("id,id\n{},{}\n", id(2), id(3)));
    work.delete(&["a.csv"]).exits(2).says("`id` (column 1), `id` (column 2)");
    let rule = "[[input.skip_if]]\ncolumn = \"Notes\"\nis = \"keep\"\n";
    let work = Workspace::with("a.csv", &rows);
    work.place.write("job.toml", work.place.job("bulk-delete", "a.csv") + rule);
    work.place.quick(&["run", "job.toml"]).exits(2).says("`Notes` (column 2)");
    assert!(work.sent().is_empty());
}

#[test]
fn quotes_that_swallow_rows_stop_the_file_with_both_their_lines() {
    let row = |n: usize, name: &str, city: &str| format!("{},{name},{city}\n", id(n));
    let files = [
        // (rows, the lines of both quotes)
        (
            [row(2, "\"Ana", "X"), row(3, "Bo", "Y"), row(4, "Cy", "Z"), row(5, "Di\"", "W")]
                .concat(),
            2,
            5,
        ),
        ([row(2, "\"Ana", "X"), row(3, "Bo\"", "Y"), row(4, "Cy", "Z")].concat(), 2, 3),
        ([row(2, "Ana", "X"), row(3, "Bo", "\"Y"), row(4, "Cy", "Z\"")].concat(), 3, 4),
        (
            [row(2, "Ana", "X"), "\n".into(), row(3, "Bo", "\"Y"), row(4, "Cy", "Z\"")].concat(),
            4,
            5,
        ),
    ];
    for (rows, opens, closes) in files {
        for delimiter in DELIMITERS {
            for line_break in ["\n", "\r\n"] {
                let text = format!("id,name,city\n{rows}").replace(',', delimiter);
                let work = Workspace::with("a.csv", text.replace('\n', line_break));
                work.delete(&["a.csv"]).exits(2).says(&format!(
                    "a.csv:{opens}: the quote that opens here closes on line {closes}"
                ));
                assert!(work.sent().is_empty());
            }
        }
    }
    let header = format!("id,\"name\n{},Ana\n{},\"Bo\n", id(2), id(3));
    let work = Workspace::with("a.csv", header);
    work.delete(&["a.csv"]).exits(2).says("a.csv:1: the quote that opens here closes on line 3");
}

#[test]
fn quoted_fields_over_several_lines_are_read_where_they_hold_no_rows() {
    let rows = format!(
        "id,name,address,\"notes\n(old)\"\n{},Ana,\"12 High St, Flat 4\nLondon\",x\n{},\"Doe, Bo\",\"a\r\nb\",\"see {}\"\n",
        id(2),
        id(3),
        id(9)
    );
    let work = Workspace::with("a.csv", rows);
    work.delete(&["a.csv"]).exits(0);
    assert_eq!(work.sent(), [id(2), id(3)]);
}

#[test]
fn quotes_behind_blanks_are_read_as_they_are_meant() {
    let rows =
        format!("\"id\", \"name\"\n\"{}\", \"Doe, Ana\"\n\"{}\", \"two\nlines\"\n", id(2), id(3));
    let work = Workspace::with("a.csv", rows);
    work.delete(&["a.csv"])
        .exits(1)
        .says("has a quote behind a blank that is not closed on its line");
    assert_eq!(work.sent(), [id(2)]);
}

#[test]
fn marks_of_joined_and_of_old_files_are_passed_over() {
    let json = |n| format!("\u{feff}{{\"id\":\"{}\"}}\n", id(n));
    let files = [
        ("joined.jsonl", [json(2), json(3)].concat()),
        ("joined.csv", format!("\u{feff}id\n{}\n\u{feff}\"{}\"\n", id(2), id(3))),
        (
            "array.json",
            format!("\u{feff}[{{\"id\":\"{}\"}},\n\u{feff}{{\"id\":\"{}\"}}]", id(2), id(3)),
        ),
        ("dos.csv", format!("id,name\r\n{},Ana\r\n{},Bo\r\n\u{1a}", id(2), id(3))),
        ("dos.jsonl", [json(2), json(3), "\u{1a}\u{1a}".into()].concat()),
    ];
    for (name, text) in files {
        let work = Workspace::with(name, text);
        work.delete(&[name]).exits(0);
        assert_eq!(work.sent(), [id(2), id(3)], "{name}");
        let read = &report(&work.place.the_run());
        assert_eq!(counts(read)[0], 2, "{name}");
    }
}

#[test]
fn gzip_that_is_padded_with_zeros_is_read() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(id_table(&ids(2)).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let work = Workspace::with("a.csv.gz", [&packed[..], &[0; 512]].concat());
    work.delete(&["a.csv.gz"]).exits(0);
    assert_eq!(work.sent(), ids(2));
    let work = Workspace::with("a.csv.gz", [&packed[..], &[0; 512], &packed].concat());
    work.delete(&["a.csv.gz"]).exits(2).says("behind the zeros");
    assert!(work.sent().is_empty());
}

#[test]
fn what_other_files_are_packed_in_is_to_be_unpacked_first() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(id_table(&ids(2)).as_bytes()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let mut tar = b"a.csv".to_vec();
    tar.resize(257, 0);
    tar.extend(b"ustar\x0000");
    tar.resize(1024, 0);
    for (name, bytes) in [("a.csv.zip", zip), ("a.tar", tar), ("a.csv.bz2", b"BZh91AY".to_vec())] {
        let work = Workspace::with(name, bytes);
        work.delete(&[name]).exits(2).says("hint: unpack it first");
    }
}

#[test]
fn a_second_array_is_reported_as_two_files_joined() {
    let array = |n| format!("[{{\"id\":\"{}\"}}]\n", id(n));
    let work = Workspace::with("a.json", [array(2), array(3)].concat());
    work.delete(&["a.json"])
        .exits(2)
        .says("a.json:2: a second array begins: were two files joined?");
    assert!(work.sent().is_empty());
}

#[test]
fn lock_files_of_excel_are_no_input() {
    let work = Workspace::with("in/a.csv", id_table(&ids(2)));
    work.place.write("in/~$a.csv", [0; 165]);
    work.delete(&["in/*.csv"]).exits(0);
    assert_eq!(work.sent(), ids(2));
    work.delete(&["in/a.csv", "in/~$a.csv"]).exits(0);
    assert_eq!(work.sent(), [ids(2), ids(2)].concat());
    work.delete(&["in/~$a.csv"])
        .exits(2)
        .says("is the lock file of a workbook that is open in Excel");
}

#[test]
fn rows_without_a_header_are_read_once_somebody_says_so() {
    let rows = format!("{},Secretname\n{},Bo\n", id(2), id(3));
    for name in ["a.csv", "ids.txt"] {
        let text = if name == "a.csv" { rows.clone() } else { ids(4)[2..].join("\n") };
        let work = Workspace::with(name, text);
        let ran = work.delete(&[name]).exits(2).says("--header-row 0").says("--map id=A");
        assert!(!ran.err.contains("Secretname") && !ran.err.contains(&id(2)), "{}", ran.err);
        work.delete(&[name, "--header-row", "0", "--map", "id=1"]).exits(0);
        assert_eq!(work.sent(), [id(2), id(3)]);
    }
    let work = Workspace::with("a.csv", "1,Secretname,9812345678\n");
    let ran = work.delete(&["a.csv"]).exits(2).says("its first row looks like data");
    assert!(!ran.err.contains("Secretname"), "{}", ran.err);
}

#[test]
fn a_column_without_a_name_is_called_by_letter_or_number() {
    let rows = format!(",name\n{},Ana\n", id(2));
    for column in ["A", "a", "1"] {
        let work = Workspace::with("a.csv", &rows);
        work.delete(&["a.csv", "--map", &format!("id={column}")]).exits(0);
        assert_eq!(work.sent(), [id(2)]);
    }
    let work = Workspace::with("a.csv", &rows);
    work.delete(&["a.csv", "--map", "id=B"]).exits(2).says("no column `B`");
}

#[test]
fn a_file_that_is_only_a_header_ends_well_with_a_warning() {
    for (name, text) in [("a.csv", "id"), ("b.csv", "id,name\n"), ("c.csv", "\u{feff}id\r\n\r\n")] {
        let work = Workspace::with(name, text);
        work.delete(&[name]).exits(0).says("the file has a header and no rows");
        assert!(work.sent().is_empty());
        fs::remove_dir_all(work.place.path().join("korebulk-runs")).unwrap();
    }
}
