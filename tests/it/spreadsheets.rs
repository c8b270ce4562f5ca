//! Files that people really have, tried as a new user would: `init`, `plan`, `run`, no hand edit.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use insta::assert_snapshot;
use proptest::prelude::*;

use korebulk::inside::{
    Cells, Contacts, Format, InputSettings, Loader, Moment, Outcome, OutcomeFiles, Row, Source,
};
use korebulk::sandbox::SeedContact;

use crate::support::{Place, applied, cases, counts, listed, report, sandbox};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// An empty directory with one fixture in it.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn with(fixture: &str) -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        std::fs::copy(fixtures().join(fixture), scratch.0.path().join(fixture)).unwrap();
        scratch
    }

    fn korebulk(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_korebulk"))
            .args(words)
            .current_dir(self.0.path())
            .env_clear()
            .env("KOREBULK_STATE_DIR", self.0.path().join("state"))
            .output()
            .unwrap()
    }

    /// The newest run's directory.
    fn run(&self) -> PathBuf {
        let runs = std::fs::read_dir(self.0.path().join("korebulk-runs")).unwrap();
        let runs = runs.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        runs.max_by_key(|run| run.metadata().unwrap().modified().unwrap()).unwrap()
    }

    fn report(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.run().join("report.json")).unwrap()).unwrap()
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `init`, `plan`, `run` of one fixture: the exit codes, what was detected, and what became of the rows.
fn tried(fixture: &str, operation: &str, answers: &[&str]) -> String {
    let scratch = Scratch::with(fixture);
    let mut line = format!("{fixture}: ");
    let mut typed = vec!["init", fixture, "--operation", operation, "--out", "job.toml"];
    typed.extend(answers);
    let init = scratch.korebulk(&typed);
    if !init.status.success() {
        return line + words(&init).trim().replace('\n', " ").as_str();
    }
    let plan = scratch.korebulk(&["plan", "job.toml", "--format", "json"]);
    assert!(plan.status.success(), "{fixture}: {}", words(&plan));
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    let run = scratch.korebulk(&["run", "job.toml"]);
    let report = scratch.report();
    let detected = &plan["input"][0]["detected"];
    write!(line, "{} -> exit {}:", detected.as_str().unwrap(), run.status.code().unwrap()).unwrap();
    for key in ["read", "successful", "failed", "rejected", "skipped"] {
        write!(line, " {} {key}", report[key]).unwrap();
    }
    line
}

#[test]
fn every_fixture_goes_from_a_file_to_a_run_without_a_hand_edit() {
    let update = "bulk-update";
    let delete = "bulk-delete";
    let fixtures: [(&str, &str, &[&str]); 18] = [
        ("people.csv", update, &[]),
        ("people-libreoffice.xlsx", update, &[]),
        ("people-libreoffice.ods", update, &[]),
        ("people-libreoffice.xls", update, &[]),
        ("people-windows-1252.csv", update, &["--encoding", "windows-1252"]),
        ("people-utf-16.csv", update, &[]),
        ("lead-in.xlsx", delete, &["--hidden-rows", "skip"]),
        ("two-sheets.xlsx", delete, &["--sheet", "Old"]),
        ("filtered.xlsx", delete, &["--hidden-rows", "send"]),
        ("pandas.xlsx", delete, &[]),
        ("one-column.xlsx", delete, &[]),
        ("old-excel.xls", delete, &["--hidden-rows", "skip"]),
        ("libre.ods", delete, &[]),
        ("filtered.ods", delete, &["--hidden-rows", "skip"]),
        ("outcome.xlsx", delete, &[]),
        ("bomb.ods", delete, &[]),
        ("two-sheets.xlsx", delete, &[]),
        ("lead-in.xlsx", delete, &[]),
    ];
    // A run waits more than it works.
    let lines: Vec<String> = std::thread::scope(|scope| {
        let tries = fixtures
            .map(|(file, operation, answers)| scope.spawn(move || tried(file, operation, answers)));
        tries.into_iter().map(|tried| tried.join().unwrap()).collect()
    });
    assert_snapshot!(lines.join("\n"), @"
    people.csv: csv, utf-8, comma -> exit 0: 8 read 8 successful 0 failed 0 rejected 0 skipped
    people-libreoffice.xlsx: xlsx -> exit 0: 8 read 8 successful 0 failed 0 rejected 0 skipped
    people-libreoffice.ods: ods -> exit 0: 8 read 8 successful 0 failed 0 rejected 0 skipped
    people-libreoffice.xls: xls -> exit 0: 8 read 8 successful 0 failed 0 rejected 0 skipped
    people-windows-1252.csv: csv, windows-1252, semicolon -> exit 0: 8 read 8 successful 0 failed 0 rejected 0 skipped
    people-utf-16.csv: csv, utf-16le with byte order mark, tab -> exit 0: 8 read 8 successful 0 failed 0 rejected 0 skipped
    lead-in.xlsx: xlsx, header in row 4, 1 hidden row skipped -> exit 0: 5 read 4 successful 0 failed 0 rejected 1 skipped
    two-sheets.xlsx: xlsx -> exit 0: 1 read 1 successful 0 failed 0 rejected 0 skipped
    filtered.xlsx: xlsx, 2 hidden rows read -> exit 0: 4 read 4 successful 0 failed 0 rejected 0 skipped
    pandas.xlsx: xlsx -> exit 0: 3 read 3 successful 0 failed 0 rejected 0 skipped
    one-column.xlsx: xlsx -> exit 0: 7 read 7 successful 0 failed 0 rejected 0 skipped
    old-excel.xls: xls, header in row 2, 1 hidden row skipped -> exit 0: 4 read 3 successful 0 failed 0 rejected 1 skipped
    libre.ods: ods -> exit 0: 3 read 3 successful 0 failed 0 rejected 0 skipped
    filtered.ods: ods, 1 hidden row skipped -> exit 0: 3 read 2 successful 0 failed 0 rejected 1 skipped
    outcome.xlsx: xlsx -> exit 0: 1 read 1 successful 0 failed 0 rejected 0 skipped
    bomb.ods: error: bomb.ods: unpacks to more than korebulk reads from a workbook hint: save the sheet as CSV
    two-sheets.xlsx: error: two-sheets.xlsx: 2 sheets hold something: `Active` (2 rows), `Old` (2 rows) hint: name the one that is meant with `--sheet`
    lead-in.xlsx: error: lead-in.xlsx: sheet `Contacts` hides 1 of its 5 rows hint: say `--hidden-rows send` or `--hidden-rows skip`
    ");
}

#[test]
fn init_writes_over_no_file() {
    let scratch = Scratch::with("pandas.xlsx");
    let init = || scratch.korebulk(&["init", "pandas.xlsx", "--operation", "bulk-delete"]);
    assert!(init().status.success());
    let again = init();
    assert_eq!(again.status.code(), Some(2));
    assert_snapshot!(words(&again), @"
    error: pandas.toml: is there already, and `init` writes over no file
    hint: name another one with `--out`
    ");
}

#[test]
fn what_is_missing_is_in_the_job_file_and_is_said() {
    let scratch = Scratch::with("pandas.xlsx");
    let init = scratch.korebulk(&["init", "pandas.xlsx", "--operation", "bulk-update"]);
    assert!(init.status.success());
    assert_snapshot!(words(&init), @"
    pandas.toml: xlsx, 3 rows
      id = `id` (its name)
      cellPhone.phoneNumber = `phone` (its name, as other programs write it)
      still to be named in it, or it cannot run: `firstName`, `lastName`, `salutation`
      phone numbers have no country code: name their `[phone] region` in it
      korebulk.schema.json beside it is for editors, which check and complete it
    look at what it would do with: korebulk plan pandas.toml
    ");
    let job = std::fs::read_to_string(scratch.0.path().join("pandas.toml")).unwrap();
    assert_snapshot!(job, @r#"
    #:schema ./korebulk.schema.json
    # Written by `korebulk init`: bulk-update out of pandas.xlsx.
    # Found: xlsx; 3 rows.
    #
    #   korebulk plan pandas.toml    what it would do; sends nothing
    #   korebulk run pandas.toml     once what is missing below is named: in a sandbox

    operation = "bulk-update"

    [target]
    host = "sandbox"
    # Against Kore.ai: `--profile NAME` (see `korebulk login`), or instead of the line above (the client secret comes from KOREBULK_CLIENT_SECRET):
    # host = "https://platform.kore.ai"
    # stream_id = "st-00000000-0000-0000-0000-000000000000"
    # account_id = "000000000000000000000000"
    # client_id = "cs-00000000-0000-0000-0000-000000000000"
    # client_secret_env = "KOREBULK_CLIENT_SECRET"

    [input]
    path = "pandas.xlsx"
    sheet = "Sheet1"

    [input.columns]
    id = "id" # its name
    cellPhone.phoneNumber = "phone" # its name, as other programs write it
    # Missing: bulk update replaces all six fields, but for `[update] blanks = "keep"`. Name the column of each:
    # firstName = "…"
    # lastName = "…"
    # salutation = "…"
    # (or, where one value is right for every contact: `salutation = "…"` under [input.defaults])
    # These feed no field: `since`

    # Missing: phone numbers have no country code, and are rejected until their region is named:
    # [phone]
    # region = "IN"

    [guard]
    max_records = 3 # the file has 3 rows
    "#);
}

#[test]
fn an_outcome_workbook_sent_again_takes_only_what_is_not_settled() {
    let scratch = Scratch::with("people-libreoffice.xlsx");
    let init =
        ["init", "people-libreoffice.xlsx", "--operation", "bulk-delete", "--out", "job.toml"];
    assert!(scratch.korebulk(&init).status.success());
    // The sandbox is filled with what is sent: five of them are sent, three are left.
    scratch.korebulk(&["run", "job.toml", "--first", "5"]);
    let report = scratch.report();
    assert_eq!((&report["successful"], &report["skipped"]), (&5.into(), &3.into()));
    let book = scratch.run().join("outcome.xlsx");
    let outcomes = |rows: &[Row]| -> Vec<String> {
        let cell = |row: &Row| match &row.cells {
            Cells::Table(cells) => format!("{} {}", &cells[7], &cells[3]),
            Cells::Object(_) => unreachable!("it is a table"),
        };
        rows.iter().map(cell).collect()
    };
    let (sources, rows) = load(&book);
    assert_eq!(sources[0].sheet.as_deref(), Some("people"));
    assert_snapshot!(outcomes(&rows).join("\n"), @"
    succeeded Müller
    succeeded O'Neil
    succeeded Lefèvre
    succeeded Kumar
    succeeded van der Berg
    skipped Weiß
    skipped Conceição
    skipped Ångström
    ");
    scratch.korebulk(&["run", "job.toml", "--input", book.to_str().unwrap()]);
    let report = scratch.report();
    assert_eq!((&report["read"], &report["skipped"]), (&8.into(), &8.into()));
}

/// A sheet is named, for sheets change their places; rows that are left out are not counted.
#[test]
fn init_writes_the_sheets_name_and_a_guard_for_what_can_be_sent() {
    let written = |fixture: &str, more: &[&str]| {
        let scratch = Scratch::with(fixture);
        let init = ["init", fixture, "--operation", "bulk-delete", "--out", "job.toml"];
        let init = scratch.korebulk(&[&init, more].concat());
        assert!(init.status.success(), "{}", words(&init));
        let job = std::fs::read_to_string(scratch.0.path().join("job.toml")).unwrap();
        let settings =
            |line: &&str| ["# Found", "sheet", "max_rec"].iter().any(|s| line.starts_with(s));
        job.lines().filter(settings).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(written("two-sheets.xlsx", &["--sheet", "2"]), @r#"
    # Found: xlsx; 1 row.
    sheet = "Old"
    max_records = 1 # the file has 1 row
    "#);
    assert_snapshot!(written("filtered.xlsx", &["--hidden-rows", "skip"]), @r#"
    # Found: xlsx, 2 hidden rows skipped; 2 rows.
    sheet = "Leads"
    max_records = 2 # the file has 2 rows
    "#);
    assert_snapshot!(written("filtered.xlsx", &["--hidden-rows", "send"]), @r#"
    # Found: xlsx, 2 hidden rows read; 4 rows.
    sheet = "Leads"
    max_records = 4 # the file has 4 rows
    "#);
}

#[test]
fn only_the_failed_rows_of_an_outcome_workbook_are_sent_again() {
    let id = |n: usize| format!("65f7d49a5dd06e2cefa0000{n}");
    let sandbox = sandbox(0);
    let seed = |ids: std::ops::RangeInclusive<usize>| {
        sandbox.seed_contacts(ids.map(|n| SeedContact { id: id(n), contact: None })).unwrap()
    };
    seed(1..=6);
    let place = Place::at(sandbox.addr());
    let name = "people-libreoffice.xlsx";
    let people = place.write(name, std::fs::read(fixtures().join(name)).unwrap());
    let sent =
        |file: &Path| place.quick(&["bulk-delete", file.to_str().unwrap(), "--map", "id=Kore ID"]);
    sent(&people).exits(1);
    let first = place.the_run();
    assert_eq!(counts(&report(&first)), [8, 6, 2, 0, 0, 0, 0]);

    seed(7..=8);
    sent(&first.join("outcome.xlsx")).exits(0);
    let runs = place.runs();
    let again = report(runs.iter().find(|run| **run != first).unwrap());
    assert_eq!(counts(&again), [8, 2, 0, 0, 6, 0, 0]);
    assert_eq!(listed(&again, "successfulRecords"), [id(7), id(8)]);
    assert_eq!(applied(&sandbox).len(), 8, "nobody was deleted twice");
}

fn load(path: &Path) -> (Vec<Source>, Vec<Row>) {
    let settings = InputSettings {
        from: None,
        paths: vec![path.to_str().unwrap().to_owned()],
        base: "/".into(),
        format: Format::Csv,
        sheet: Some("no such sheet".into()),
        header_row: Some(7),
        encoding: None,
        delimiter: None,
        hidden_rows: None,
    };
    let mut loader = Loader::open(&settings, &Moment::now()).unwrap();
    let (mut rows, mut row) = (Vec::new(), Row::default());
    while loader.next(&mut row).unwrap() {
        rows.push(row.clone());
    }
    (loader.sources().to_vec(), rows)
}

fn source(file: &str, header: &[&str]) -> Source {
    Source {
        file: file.into(),
        sheet: None,
        header: header.iter().map(ToString::to_string).collect(),
        sha256: String::new(),
        detected: String::new(),
    }
}

fn table(source: u16, cells: &[&str]) -> Row {
    Row { source, line: 2, cells: Cells::Table(cells.to_vec().into()), ..Row::default() }
}

/// What a workbook of these rows holds when it is read again.
fn through_a_workbook(
    sources: &[Source],
    rows: &[(Row, Outcome)],
) -> Option<(Vec<Source>, Vec<Row>)> {
    through_sheets(OutcomeFiles::SHEET_ROWS, sources, rows)
}

/// The same with sheets of so many rows.
fn through_sheets(
    sheet_rows: u32,
    sources: &[Source],
    rows: &[(Row, Outcome)],
) -> Option<(Vec<Source>, Vec<Row>)> {
    let dir = tempfile::tempdir().unwrap();
    let files = OutcomeFiles::create(dir.path(), sources);
    let mut files = files.with_workbook(Contacts::Full, sheet_rows).unwrap();
    for (row, outcome) in rows {
        files.write(row, *outcome, "r").unwrap();
    }
    files.finish().unwrap();
    let path = dir.path().join("outcome.xlsx");
    path.exists().then(|| load(&path))
}

#[test]
fn every_source_has_its_sheet_and_all_are_read_again() {
    let sources = [source("a.csv", &["id", "name"]), source("b.csv", &["phone", "id", ""])];
    let mut json = source("c.jsonl", &[]);
    json.file = "c.jsonl".into();
    let sources = [sources[0].clone(), sources[1].clone(), json];
    let object =
        Row { source: 2, line: 1, cells: Cells::Object(r#"{"id":"c"}"#.into()), ..Row::default() };
    let rows = [
        (table(0, &["a", "=1"]), Outcome::Succeeded),
        (table(1, &["+91", "b", "ragged"]), Outcome::Failed),
        (object, Outcome::Unknown),
    ];
    let (sources, rows) = through_a_workbook(&sources, &rows).unwrap();
    let names: Vec<&str> = sources.iter().filter_map(|source| source.sheet.as_deref()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(sources[2].header, Vec::<String>::new());
    let shown: Vec<String> = rows
        .iter()
        .map(|row| match &row.cells {
            Cells::Table(cells) => cells.iter().collect::<Vec<_>>().join("|"),
            Cells::Object(text) => text.clone(),
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r#"
    a|=1|2|succeeded|r
    +91|b|ragged|2|failed|r
    {"id":"c","korebulk":{"row":1,"outcome":"unknown","reason":"r","file":"c.jsonl"}}
    "#);
    assert_eq!(sources[1].header[2], "", "what was beyond the header has no name");
}

#[test]
fn what_is_beyond_a_sheets_last_row_goes_on_in_another() {
    let sources = [source("a.csv", &["id"]), source("b.csv", &["id"])];
    let ids: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let place = |n: usize| u16::from(n >= 7);
    let written: Vec<(Row, Outcome)> =
        ids.iter().enumerate().map(|(n, id)| (table(place(n), &[id]), Outcome::Failed)).collect();
    let (sources, rows) = through_sheets(4, &sources, &written).unwrap();
    let sheets: Vec<String> = sources
        .iter()
        .zip(0_u16..)
        .map(|(source, n)| {
            let of = |row: &&Row| row.source == n;
            let cells = rows.iter().filter(of).map(|row| match &row.cells {
                Cells::Table(cells) => cells[0].to_owned(),
                Cells::Object(_) => unreachable!("it is a table"),
            });
            format!("{}: {}", source.sheet.as_deref().unwrap(), cells.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_snapshot!(sheets.join("\n"), @"
    a: 0 1 2
    a (2): 3 4 5
    a (3): 6
    b: 7 8 9
    ");
}

#[test]
fn what_does_not_fit_a_workbook_is_not_cut() {
    let long = "x".repeat(32_768);
    let sources = [source("a.csv", &["id"])];
    assert!(through_a_workbook(&sources, &[(table(0, &[&long]), Outcome::Failed)]).is_none());
    let fits = &long[..32_767];
    let (_, rows) = through_a_workbook(&sources, &[(table(0, &[fits]), Outcome::Failed)]).unwrap();
    assert!(matches!(&rows[0].cells, Cells::Table(cells) if &cells[0] == fits));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(64)))]
    #[test]
    fn any_table_comes_back_from_its_workbook(
        rows in prop::collection::vec(prop::collection::vec("(\\PC|[-=+@'\t\r\n\",; _x0-9]){0,6}", 2), 1..5)
    ) {
        let written: Vec<(Row, Outcome)> = rows
            .iter()
            .map(|cells| (table(0, &[&cells[0], &cells[1]]), Outcome::Failed))
            .collect();
        let (_, read) = through_a_workbook(&[source("a.csv", &["a", "b"])], &written).unwrap();
        prop_assert_eq!(read.len(), rows.len());
        for (row, cells) in read.iter().zip(&rows) {
            let Cells::Table(read) = &row.cells else { panic!("it is a table") };
            for (got, want) in read.iter().zip(cells) {
                let plain = korebulk::inside::unguarded(got);
                prop_assert_eq!(plain, want.as_str());
            }
        }
    }
}
