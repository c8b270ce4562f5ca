//! Spreadsheets made by real programs (`tests/fixtures/make.py`).

use std::io::{Cursor, Read, Write};
use std::path::Path;

use insta::assert_snapshot;

use super::{Loaded, load, load_file, load_with, settings, words};
use crate::load::{LoadError, Question};
use crate::model::settings::{Format, HiddenRows, InputSettings};

fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

fn fixture(name: &str, with: impl FnOnce(&mut InputSettings)) -> Result<Loaded, LoadError> {
    let mut settings = settings(fixtures(), &[name]);
    with(&mut settings);
    load(&settings)
}

/// Header, rows and what was detected, with the marks of each row behind it.
fn shown(loaded: &Loaded) -> String {
    let source = &loaded.sources[0];
    let marks = loaded.rows.iter().map(|row| {
        let marks: Vec<String> =
            row.marks.iter().map(|mark| format!("{}={:?}", mark.column, mark.kind)).collect();
        if row.hidden { format!("{} hidden", marks.join(" ")) } else { marks.join(" ") }
    });
    let rows: Vec<String> = loaded
        .shown()
        .lines()
        .zip(marks)
        .map(|(row, marks)| format!("{row} {marks}").replace("0000000000000000000000", ""))
        .collect();
    let sheet = source.sheet.as_deref().unwrap_or_default();
    format!("{} [{sheet}]\n{:?}\n{}", source.detected, source.header, rows.join("\n"))
}

#[test]
fn a_sheet_of_openpyxl_is_found_below_its_title() {
    let loaded = fixture("lead-in.xlsx", |s| s.hidden_rows = Some(HiddenRows::Skip)).unwrap();
    assert_snapshot!(shown(&loaded), @r#"
    xlsx, header in row 4, 1 hidden row skipped [Contacts]
    ["", "id", "First Name", "Phone", "Since", "Note"]
    6: "|01|Ann|9812345678|2024-01-31|" 5=Error("F6 formula without a stored value") 3=Number 4=Date
    7: "|02|Bob|007|2024-01-31T12:30:00|" 4=Date hidden
    8: "|03|Çelik|98123456789012350000||TRUE" 3=Number 5=Boolean
    9: "|04|Dan|0.1||#REF!" 3=Fraction 5=Error("F9 #REF!")
    10: "|05||0000098123||" 3=Number
    "#);
    assert_eq!(loaded.sources[0].sha256.len(), 64);
}

#[test]
fn hidden_rows_are_asked_about() {
    assert_snapshot!(words(fixture("lead-in.xlsx", |_| {})), @r"
    lead-in.xlsx: sheet `Contacts` hides 1 of its 5 rows
    hint: say `--hidden-rows send` or `--hidden-rows skip`
    ");
    assert_snapshot!(words(fixture("filtered.xlsx", |_| {})), @r"
    filtered.xlsx: sheet `Leads` hides 2 of its 4 rows (a filter is on)
    hint: say `--hidden-rows send` or `--hidden-rows skip`
    ");
    assert_snapshot!(words(fixture("filtered.ods", |_| {})), @r"
    filtered.ods: sheet `Kontakte` hides 1 of its 3 rows (a filter is on)
    hint: say `--hidden-rows send` or `--hidden-rows skip`
    ");
    assert_snapshot!(words(fixture("old-excel.xls", |_| {})), @r"
    old-excel.xls: sheet `Kontakte` hides 1 of its 4 rows
    hint: say `--hidden-rows send` or `--hidden-rows skip`
    ");
    let error = fixture("filtered.xlsx", |_| {}).err();
    let asked = Question::HiddenRows {
        file: "filtered.xlsx".into(),
        sheet: "Leads".into(),
        hidden: 2,
        total: 4,
        filtered: true,
    };
    assert_eq!(error, Some(LoadError::Question(asked)));
}

#[test]
fn hidden_rows_are_sent_or_skipped_as_answered() {
    let sent = fixture("filtered.xlsx", |s| s.hidden_rows = Some(HiddenRows::Send)).unwrap();
    assert_snapshot!(shown(&sent), @r#"
    xlsx, 2 hidden rows read [Leads]
    ["id", "status", "score"]
    2: "02|new|42" 2=Number
    3: "03|old|42" 2=Number
    4: "04|old|42" 2=Number
    5: "05|new|42" 2=Number
    "#);
    let skipped = fixture("filtered.xlsx", |s| s.hidden_rows = Some(HiddenRows::Skip)).unwrap();
    let hidden: Vec<bool> = skipped.rows.iter().map(|row| row.hidden).collect();
    assert_eq!(hidden, [false, true, true, false]);
}

#[test]
fn several_filled_sheets_are_asked_about_and_named() {
    assert_snapshot!(words(fixture("two-sheets.xlsx", |_| {})), @r"
    two-sheets.xlsx: 2 sheets hold something: `Active` (2 rows), `Old` (2 rows)
    hint: name the one that is meant with `--sheet`
    ");
    for sheet in ["Old", "2"] {
        let loaded = fixture("two-sheets.xlsx", |s| s.sheet = Some(sheet.into())).unwrap();
        assert_eq!(loaded.sources[0].sheet.as_deref(), Some("Old"));
    }
    let loaded = fixture("two-sheets.xlsx", |s| s.sheet = Some("Codes".into())).unwrap();
    assert_eq!(loaded.rows.len(), 1);
    assert_snapshot!(words(fixture("two-sheets.xlsx", |s| s.sheet = Some("3".into()))), @r"
    two-sheets.xlsx: there is no sheet `3`
    hint: its sheets are `Active`, `Old`
    ");
}

#[test]
fn a_data_frame_of_pandas_is_read() {
    assert_snapshot!(shown(&fixture("pandas.xlsx", |_| {}).unwrap()), @r#"
    xlsx [Sheet1]
    ["id", "phone", "since"]
    2: "01|9812345678|2024-01-31" 1=Number 2=Date
    3: "02||2024-01-31" 2=Date
    4: "03|9812345680|2024-01-31" 1=Number 2=Date
    "#);
}

#[test]
fn one_column_of_ids_is_a_table() {
    let loaded = fixture("one-column.xlsx", |_| {}).unwrap();
    assert_eq!(loaded.sources[0].header, ["id"]);
    assert_eq!(loaded.rows.len(), 7);
}

#[test]
fn excel_of_1997_is_read() {
    let loaded = fixture("old-excel.xls", |s| s.hidden_rows = Some(HiddenRows::Skip)).unwrap();
    assert_snapshot!(shown(&loaded), @r#"
    xls, header in row 2, 1 hidden row skipped [Kontakte]
    ["id", "Vorname", "Telefon", "Seit"]
    3: "03|Jörg|9812345672|2024-01-31" 2=Number 3=Date
    4: "04|Ute|9812345673|2024-01-31" 2=Number 3=Date hidden
    5: "05|Eva|9812345674|2024-01-31" 2=Number 3=Date
    6: "06|#REF!|TRUE|" 1=Error("B6 #REF!") 2=Boolean
    "#);
}

#[test]
fn open_documents_are_read() {
    assert_snapshot!(shown(&fixture("libre.ods", |_| {}).unwrap()), @r#"
    ods [Kontakte]
    ["id", "Vorname", "Telefon", "Seit", "aktiv"]
    2: "01|Jörg|9812345678|2024-01-31|TRUE" 2=Number 3=Date 4=Boolean
    3: "02|Ute\nMaria|007||#REF!" 4=Error("E3 #REF!")
    4: "03|Eva|0.5||" 2=Fraction
    "#);
    let loaded = fixture("filtered.ods", |s| s.hidden_rows = Some(HiddenRows::Skip)).unwrap();
    assert_eq!(loaded.rows.iter().map(|row| row.hidden).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn an_outcome_workbook_is_read_whatever_the_job_says() {
    let loaded = fixture("outcome.xlsx", |s| {
        s.sheet = Some("Contacts".into());
        s.header_row = Some(4);
        s.format = Format::Csv;
    });
    assert_eq!(loaded.unwrap().rows.len(), 1);
}

#[test]
fn a_given_header_row_counts() {
    let given = |row| {
        fixture("lead-in.xlsx", |s| {
            s.header_row = Some(row);
            s.hidden_rows = Some(HiddenRows::Skip);
        })
    };
    assert_eq!(given(4).unwrap().rows.len(), 5);
    let nameless = given(0).unwrap();
    assert_eq!(nameless.sources[0].header, [""; 6]);
    assert_eq!(nameless.rows.len(), 8);
    assert_snapshot!(words(fixture("one-column.xlsx", |s| s.header_row = Some(12))), @"one-column.xlsx:12: there is no header in this row");
}

#[test]
fn a_workbook_is_read_by_content_and_packed_too() {
    let bytes = std::fs::read(fixtures().join("pandas.xlsx")).unwrap();
    let loaded = load_file("export.csv", &bytes).unwrap();
    assert_eq!(loaded.sources[0].detected, "xlsx");
    let packed = zstd::encode_all(bytes.as_slice(), 1).unwrap();
    assert_eq!(load_file("export.xlsx.zst", &packed).unwrap().sources[0].detected, "xlsx, zstd");
    let said = words(load_with("export.xlsx", &bytes, |s| s.format = Format::Csv));
    assert_snapshot!(said, @r"
    export.xlsx: is an .xlsx workbook, not csv
    hint: leave `format` out: korebulk goes by the content
    ");
}

/// The package with one part changed.
fn changed(name: &str, part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let bytes = std::fs::read(fixtures().join(name)).unwrap();
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut entry = from.by_index(at).unwrap();
        let entry_name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if entry_name == part {
            content = change(String::from_utf8(content).unwrap()).into_bytes();
        }
        to.start_file(entry_name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&content).unwrap();
    }
    to.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

fn refused(content: &[u8]) -> String {
    words(load_file("a.xlsx", content)).lines().next().unwrap().to_owned()
}

#[test]
fn what_unpacks_without_bound_is_refused() {
    assert_snapshot!(words(fixture("bomb.ods", |_| {})), @r"
    bomb.ods: unpacks to more than korebulk reads from a workbook
    hint: save the sheet as CSV
    ");
    let long = |xml: String| xml.replace("</t>", &("x".repeat(9 << 20) + "</t>"));
    assert_snapshot!(refused(&changed("filtered.xlsx", "xl/sharedStrings.xml", long)), @"a.xlsx: unpacks to more than korebulk reads from a workbook");
    let strings = |xml: String| xml.replace("uniqueCount=\"", "uniqueCount=\"9999999999");
    assert_snapshot!(refused(&changed("filtered.xlsx", "xl/sharedStrings.xml", strings)), @"a.xlsx: is a damaged zip package");
    let laughs = |xml: String| {
        let entities = r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
        xml.replacen("<sst", &format!("{entities}<sst"), 1).replacen("</t>", "&b;</t>", 1)
    };
    assert_snapshot!(refused(&changed("pandas.xlsx", "xl/sharedStrings.xml", laughs)), @"a.xlsx: is a damaged .xlsx workbook");
    let spaces = |xml: String| xml.replace("<text:p>", "<text:p><text:s text:c=\"4000000000\"/>");
    assert_snapshot!(refused(&changed("libre.ods", "content.xml", spaces)), @"a.xlsx: unpacks to more than korebulk reads from a workbook");
}

#[test]
fn damaged_sheets_are_refused_with_their_row() {
    let far = |xml: String| xml.replace("r=\"B4\"", "r=\"B4000000\"");
    assert_snapshot!(refused(&changed("pandas.xlsx", SHEET, far)), @"a.xlsx:4: is a damaged .xlsx workbook");
    let cut = |xml: String| xml[..xml.len() * 2 / 3].to_owned();
    assert_snapshot!(refused(&changed("pandas.xlsx", SHEET, cut)), @"a.xlsx:2: is a damaged .xlsx workbook");
    let whole = std::fs::read(fixtures().join("pandas.xlsx")).unwrap();
    assert_snapshot!(refused(&whole[..whole.len() / 2]), @"a.xlsx: is a damaged zip package");
    let whole = std::fs::read(fixtures().join("old-excel.xls")).unwrap();
    assert_snapshot!(refused(&whole[..whole.len() / 2]), @"a.xlsx: is a damaged .xls workbook");
}

#[test]
fn a_row_that_ends_without_a_start_is_no_row() {
    let renamed = |xml: String| xml.replacen("<table:table-row", "<table:table-rox", 1);
    let said = words(load_file("a.ods", &changed("libre.ods", "content.xml", renamed)));
    assert!(said.starts_with("a.ods: there is no header: an id is in its place"), "{said}");
}

#[test]
fn encrypted_open_documents_are_named() {
    let secret = |xml: String| {
        xml.replacen("</manifest:manifest>", "<manifest:encryption-data/></manifest:manifest>", 1)
    };
    let said = refused(&changed("libre.ods", "META-INF/manifest.xml", secret));
    assert_eq!(said, "a.xlsx: is encrypted with a password");
}

#[test]
fn other_packages_are_named() {
    let archive = |name: &str, content: &str| {
        let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
        to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(content.as_bytes()).unwrap();
        to.finish().unwrap().into_inner()
    };
    let relation = |target: &str| {
        format!(
            r#"<Relationships><Relationship Id="1" Type="x/officeDocument" Target="{target}"/></Relationships>"#
        )
    };
    let said = [
        refused(&archive("contacts.csv", "id\n1\n")),
        refused(&archive("_rels/.rels", &relation("word/document.xml"))),
        refused(&archive("mimetype", "application/vnd.oasis.opendocument.text")),
    ];
    assert_snapshot!(said.join("\n"), @r"
    a.xlsx: is a zip archive
    a.xlsx: is a Word document, whatever its name says
    a.xlsx: is an OpenDocument file without a table, whatever its name says
    ");
    let mut compound = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    compound.create_stream("/EncryptedPackage").unwrap();
    assert_snapshot!(words(load_file("a.xlsx", &compound.into_inner().into_inner())), @r"
    a.xlsx: is encrypted with a password
    hint: save it again without one, or as CSV
    ");
}

/// A workbook of Excel 97 with one sheet that has numbers in these rows and columns (MS-XLS 2.4).
fn excel_97(cells: &[(u16, u16)]) -> Vec<u8> {
    let record = |kind: u16, data: &[u8]| {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    };
    let (begins, ends) = (record(0x0809, &[0, 6, 5, 0, 0, 0, 0, 0]), record(0x000a, &[]));
    let sheet_at = |at: u32| record(0x0085, &[&at.to_le_bytes()[..], &[0, 0, 1, 0, b'S']].concat());
    let globals = begins.len() + sheet_at(0).len() + ends.len();
    let number = |(row, column): &(u16, u16)| {
        let place = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
        record(0x0203, &[&place[..], &1_f64.to_le_bytes()].concat())
    };
    let stream = [
        begins.clone(),
        sheet_at(u32::try_from(globals).unwrap()),
        ends.clone(),
        begins,
        cells.iter().flat_map(number).collect(),
        ends,
    ];
    let mut compound = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    compound.create_stream("/Workbook").unwrap().write_all(&stream.concat()).unwrap();
    compound.into_inner().into_inner()
}

#[test]
fn cells_far_apart_in_an_old_workbook_are_not_written_out() {
    assert_snapshot!(words(load_file("a.xls", &excel_97(&[(0, 0), (0xffff, 0xff)]))), @r"
    a.xls: spreads over more cells than korebulk reads from an .xls workbook
    hint: save the sheet as CSV
    ");
    // As many rows in a few columns are an ordinary sheet.
    let near = load_with("a.xls", &excel_97(&[(0, 0), (0xffff, 9)]), |s| s.header_row = Some(1));
    assert!(!words_of(near).contains("more cells"));
}

/// What an error says, or nothing.
fn words_of(result: Result<Loaded, LoadError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}
