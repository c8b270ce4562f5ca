//! Rows that nobody but a person can match: the files that ask, and what becomes of the answers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader as _};
use korebulk::sandbox::{Config, Thread};
use serde_json::{Value, json};

use crate::support::{Place, QUICK, Ran, look, report, sandbox_with, table};

/// Names, numbers and titles: a row that is matched, and one of each kind that a person decides.
const SHEET: &str = "Name,Mobile,Title\n\
    \"Jain, Uwe\",+91 98765 00000,Dr\n\
    Greta Desai,+12015550039,Dr\n\
    Carlos Patel,+4915120000096,Dr\n\
    Farid Menon,+919876500011,Dr\n\
    Nobody Atall,+919876599998,Dr\n\
    ,+919876500004,Dr\n";
const UWE: &str = "5e129d7f7b3f9a52c1000001";
/// One of the two who share the number of row 3, and have another name.
const TARA: &str = "5e2621867b3f9a52c1000029";
const NIKHIL: &str = "5e2585da7b3f9a52c1000028";
/// One of the two that row 4 fits.
const CARLOS: &str = "5e42f5a07b3f9a52c1000065";
/// Has the number of row 7, which has no name.
const INGRID: &str = "5e149d3c7b3f9a52c1000005";

struct Reviewed {
    server: Thread,
    place: Place,
}

impl Reviewed {
    /// A job over the sheet against the sample account.
    fn job(operation: &str, more: &str) -> Self {
        let server = sandbox_with(0, Config { sample: true, ..Config::default() });
        let place = Place::at(server.addr());
        place.write("people.csv", SHEET);
        let columns =
            "[input.columns]\nfullName = \"Name\"\n\"cellPhone.phoneNumber\" = \"Mobile\"\n";
        let title = if operation == "bulk-update" { "salutation = \"Title\"\n" } else { "" };
        let head = place.job(operation, "people.csv");
        place.write("job.toml", format!("{head}{columns}{title}{more}[match]\n"));
        Self { server, place }
    }

    fn run(&self, more: &[&str]) -> Ran {
        let all = [&["run", "job.toml"], &QUICK[..], &["--read-rate", "none"], more].concat();
        self.place.run(&all)
    }

    fn last(&self) -> PathBuf {
        self.place.runs().pop().unwrap()
    }

    fn contact(&self, id: &str) -> Value {
        let mut after = String::new();
        loop {
            let page = look(&self.server, &format!("contacts?limit=1000&after={after}"));
            let all = ["contacts", "results"].iter().find_map(|key| page[*key].as_array());
            let all = page.as_array().or(all).unwrap().clone();
            let own = |contact: &Value| {
                contact["id"].as_str().or(contact["_id"].as_str()).unwrap().to_owned()
            };
            if let Some(found) = all.iter().find(|contact| own(contact) == id) {
                return found.clone();
            }
            after = own(all.last().unwrap());
        }
    }

    fn salutation(&self, id: &str) -> String {
        self.contact(id)["salutation"].as_str().unwrap_or_default().to_owned()
    }
}

type Lines = (Vec<String>, Vec<Vec<String>>);

/// A review file with a mark beside these contacts.
fn marked((header, mut rows): Lines, marks: &[(&str, &str)]) -> Lines {
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (mark, contact) = (at("korebulk_use"), at("korebulk_contact"));
    for (id, text) in marks {
        let row = rows.iter_mut().find(|row| row[contact] == *id).unwrap();
        (*text).clone_into(&mut row[mark]);
    }
    (header, rows)
}

fn write_csv(path: &Path, delimiter: u8, (header, rows): &Lines) {
    let mut out = csv::WriterBuilder::new().delimiter(delimiter).from_path(path).unwrap();
    out.write_record(header).unwrap();
    for row in rows {
        out.write_record(row).unwrap();
    }
    out.flush().unwrap();
}

fn read_workbook(path: &Path) -> Lines {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let mut rows = sheet.rows().map(|row| {
        let texts = row.iter().map(|cell| match cell {
            Data::String(text) => text.clone(),
            Data::Empty => String::new(),
            other => panic!("a review file has text cells only: {other:?}"),
        });
        texts.collect::<Vec<String>>()
    });
    (rows.next().unwrap(), rows.collect())
}

/// As a spreadsheet program may save it: row numbers are numbers by then, and a filter hides rows.
fn write_workbook(path: &Path, (header, rows): &Lines) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    let row_number = header.iter().position(|name| name == "korebulk_row").unwrap();
    for (line, cells) in (0..).zip(std::iter::once(header).chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            match cell.parse::<f64>() {
                Ok(number) if usize::from(column) == row_number => {
                    page.write_number(line, column, number).unwrap();
                }
                _ => drop(page.write_string(line, column, cell).unwrap()),
            }
        }
    }
    let last = u32::try_from(rows.len()).unwrap();
    page.autofilter(0, 0, last, u16::try_from(header.len() - 1).unwrap()).unwrap();
    page.set_row_hidden(1).unwrap();
    page.set_row_hidden(last).unwrap();
    book.save(path).unwrap();
}

#[test]
fn what_a_person_chose_is_lost_by_no_plan() {
    let of = Reviewed::job("bulk-update", "");
    let plan = ["plan", "job.toml", "--read-rate", "none"];
    of.place.run(&plan).exits(0);
    let runs = of.place.path().join("korebulk-runs");
    let review = runs.join("job.review.csv");
    let chosen = fs::read(&review).unwrap();
    let given = review.to_str().unwrap();
    of.place.run(&[&plan[..], &["--input", given]].concat()).exits(0);
    assert_eq!(fs::read(&review).unwrap(), chosen, "it is the plan's own input");
    of.place.run(&plan).exits(0).says("job.before.review.csv");
    assert_eq!(fs::read(runs.join("job.before.review.csv")).unwrap(), chosen);
    assert!(review.is_file());
}

#[test]
fn the_review_files_have_every_contact_that_a_row_may_mean_and_no_formula() {
    let of = Reviewed::job("bulk-update", "");
    let planned = of.place.run(&["plan", "job.toml", "--read-rate", "none"]).exits(0).out;
    let runs = of.place.path().join("korebulk-runs");
    assert!(planned.contains(&format!("--input {}/job.review.xlsx ", runs.display())), "{planned}");
    let ran = of.run(&[]).exits(1);
    let dir = of.last();
    let (header, rows) = table(&dir.join("review.csv"));
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let classes: Vec<(&str, &str, &str)> = rows
        .iter()
        .map(|row| {
            let reason = row[at("korebulk_reason")].split(':').next().unwrap();
            (row[at("korebulk_row")].as_str(), reason, row[at("korebulk_contact")].as_str())
        })
        .collect();
    assert_eq!(
        classes,
        [
            ("3", "otherName", NIKHIL),
            ("3", "otherName", TARA),
            ("4", "ambiguous", "5e40bdfe7b3f9a52c1000061"),
            ("4", "ambiguous", CARLOS),
            ("5", "possible", "605288107b3f9a52c10004ae"),
            ("5", "possible", "61c160817b3f9a52c10007a8"),
            ("7", "unconfirmed", INGRID),
        ]
    );
    let ingrid = rows.last().unwrap();
    let shown = ["Mobile", "korebulk_name", "korebulk_phone", "korebulk_updated", "korebulk_use"];
    let updated = of.contact(INGRID)["updatedAt"].as_str().unwrap().to_owned();
    let expected = ["'+919876500004", "Ingrid Rao", "'+919876500004", updated.as_str(), ""];
    assert_eq!(shown.map(|name| ingrid[at(name)].as_str()), expected);
    let formulas = rows.iter().flatten().filter(|cell| cell.starts_with(['=', '+', '-', '@']));
    assert_eq!(formulas.count(), 0);
    let (book_header, book) = read_workbook(&dir.join("review.xlsx"));
    assert_eq!((book_header, book.len()), (header.clone(), rows.len()));
    assert_eq!(book.last().unwrap()[at("Mobile")], "+919876500004");
    let lines = ran.err.lines();
    assert!(lines.clone().any(|line| line.contains("review.xlsx, ")), "{}", ran.err);
    let command = format!("--input {}/review.xlsx", dir.display());
    assert!(lines.clone().any(|line| line.contains(&command)), "{}", ran.err);
    for file in [dir.join("review.csv"), dir.join("review.xlsx"), runs.join("job.review.csv")] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    of.place.run(&["report", "latest", "--format", "review"]).exits(1);
    of.place.run(&["prune", "--keep-days", "0"]).exits(0);
    let left = |dir: &Path| {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains("review")).count()
    };
    assert_eq!((left(&dir), left(&runs)), (0, 0));
}

#[test]
fn an_x_decides_whatever_a_spreadsheet_program_made_of_the_file() {
    type Save = fn(&Path, &Path) -> &'static str;
    let saves: [Save; 3] = [
        |dir, to| {
            let lines = table(&dir.join("review.csv"));
            write_csv(&to.join("back.csv"), b',', &marked(lines, &[(TARA, "x"), (INGRID, "X")]));
            "back.csv"
        },
        // Another order, lines left out, semicolons, blanks around the mark.
        |dir, to| {
            let lines = table(&dir.join("review.csv"));
            let marks = [(TARA, " x "), (INGRID, "X\u{a0}")];
            let (header, mut rows) = marked(lines, &marks);
            rows.reverse();
            rows.retain(|row| row.iter().all(|cell| !cell.starts_with("possible")));
            write_csv(&to.join("back.csv"), b';', &(header, rows));
            "back.csv"
        },
        // Its last line is hidden by a filter.
        |dir, to| {
            let lines = read_workbook(&dir.join("review.xlsx"));
            write_workbook(&to.join("back.xlsx"), &marked(lines, &[(TARA, "x"), (INGRID, "x")]));
            "back.xlsx"
        },
    ];
    for save in saves {
        let of = Reviewed::job("bulk-update", "");
        of.run(&[]).exits(1);
        let before = of.contact(TARA);
        let back = save(&of.last(), &of.place.path());
        let ran = of.run(&["--input", back]).exits(0);
        assert!(ran.err.contains("2 contacts chosen in a review file"), "{}", ran.err);
        let after = of.contact(TARA);
        assert_eq!(after["salutation"], "Dr");
        for key in ["firstName", "lastName", "cellPhone"] {
            assert_eq!(after[key], before[key], "who is meant was decided, not what the name is");
        }
        assert_eq!(of.salutation(INGRID), "Dr");
        assert_ne!(of.salutation(NIKHIL), "Dr");
        let report = report(&of.last());
        assert_eq!((&report["successful"], &report["rejected"]), (&json!(2), &json!(0)));
        assert_eq!(report["match"]["chosen"], 2);
    }
}

#[test]
fn a_contact_that_was_chosen_is_deleted_and_a_row_may_be_an_object() {
    let of = Reviewed::job("bulk-delete", "");
    let object = json!({ "Name": "Greta Desai", "Mobile": "+12015550039" });
    of.place.write("people.jsonl", format!("{object}\n"));
    of.run(&["--input", "people.jsonl"]).exits(1);
    let text = fs::read_to_string(of.last().join("review.jsonl")).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["korebulk"]["contact"] == TARA {
            line["korebulk"]["use"] = json!("x");
        }
        line.to_string() + "\n"
    });
    of.place.write("back.jsonl", lines.collect::<String>());
    of.run(&["--input", "back.jsonl"]).exits(0);
    assert_eq!(of.contact(TARA)["status"], "INACTIVE");
    assert_eq!(of.contact(NIKHIL)["status"], "ACTIVE");
}

#[test]
fn a_decision_holds_for_nothing_but_what_was_shown() {
    let of = Reviewed::job("bulk-update", "");
    of.run(&[]).exits(1);
    let review = of.last().join("review.csv");
    let back = |marks: &[(&str, &str)]| {
        let lines = marked(table(&review), marks);
        write_csv(&of.place.path().join("back.csv"), b',', &lines);
        lines
    };
    let rejected = |words: &[&str]| {
        let ran = of.run(&["--input", "back.csv"]).exits(1);
        let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in words {
            assert!(said.contains(words), "{words}\n{}", ran.err);
        }
        assert_eq!(report(&of.last())["successful"], 0);
    };
    back(&[(TARA, "x"), (NIKHIL, "x")]);
    rejected(&[
        "its row has an `x` beside another contact, too",
        "rows 2 (see row 3), 3 (see row 2)",
    ]);
    back(&[(TARA, "x"), (NIKHIL, "?")]);
    rejected(&[
        "`korebulk_use` is neither blank nor `x`",
        "has an `x` beside another contact, too",
    ]);
    // Some columns were sorted, others not.
    let (header, mut rows) = back(&[(TARA, "x")]);
    let contact = header.iter().position(|name| name == "korebulk_contact").unwrap();
    let swapped = rows[0][contact].clone();
    rows[0][contact] = std::mem::replace(&mut rows[1][contact], swapped);
    write_csv(&of.place.path().join("back.csv"), b',', &(header.clone(), rows));
    rejected(&["`korebulk_check` is that of another line"]);
    let (header, mut rows) = back(&[(TARA, "x")]);
    "Tara Nair".clone_into(&mut rows[1][0]);
    write_csv(&of.place.path().join("back.csv"), b',', &(header.clone(), rows));
    rejected(&["`korebulk_check` is that of another line"]);
    let check = header.iter().position(|name| name == "korebulk_check").unwrap();
    let (header, mut rows) = back(&[(TARA, "x")]);
    rows[1][check].clear();
    write_csv(&of.place.path().join("back.csv"), b',', &(header, rows));
    rejected(&["`korebulk_check` is not as it was written"]);
    // Somebody changed one of them since.
    of.place.write("now.csv", format!("id,salutation\n{TARA},Prof\n"));
    let now = ["bulk-update", "now.csv", "--blanks", "keep", "--read-rate", "none"];
    of.place.run(&[&now[..], &QUICK].concat()).exits(0);
    back(&[(TARA, "x")]);
    rejected(&["`korebulk_contact` has changed since the review file was written"]);
    assert_eq!((of.salutation(TARA), of.salutation(UWE)), ("Prof".to_owned(), "Dr".to_owned()));
}

#[test]
fn a_review_file_of_another_reading_is_refused_as_a_whole() {
    let of = Reviewed::job("bulk-update", "");
    of.run(&[]).exits(1);
    let review = of.last().join("review.csv");
    let (header, rows) = marked(table(&review), &[(INGRID, "x")]);
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    write_csv(&of.place.path().join("back.csv"), b',', &(header.clone(), rows.clone()));
    let refused = |more: &[&str], words: &str| {
        let ran = of.place.run(&[more, &QUICK[..], &["--read-rate", "none"]].concat()).exits(2);
        assert!(ran.err.contains(words), "{words}\n{}", ran.err);
    };
    let other = "was written for another reading";
    let run = ["run", "job.toml", "--input", "back.csv"];
    let job = fs::read_to_string(of.place.path().join("job.toml")).unwrap();
    of.place.write("delete.toml", job.replace("bulk-update", "bulk-delete"));
    refused(&["run", "delete.toml", "--input", "back.csv"], other);
    of.place.write("other.toml", job.replace("account_id = \"", "account_id = \"0"));
    let mut elsewhere = of.place.korebulk(&["run", "other.toml", "--input", "back.csv", "--yes"]);
    elsewhere.env_remove("KOREBULK_ACCOUNT_ID");
    let ran = Ran::of(&elsewhere.output().unwrap()).exits(2);
    assert!(ran.err.contains(other), "{}", ran.err);
    of.place.write(
        "plain.toml",
        job.replace("[match]\n", "").replace(
            "[input.columns]\n",
            "[update]\nblanks = \"keep\"\n[input.columns]\nid = \"korebulk_contact\"\n",
        ),
    );
    refused(&["run", "plain.toml", "--input", "back.csv"], "this job matches no rows");
    let without = |gone: &str| {
        let cut = |row: &Vec<String>| -> Vec<String> {
            let cells = row.iter().enumerate().filter(|(n, _)| *n != at(gone));
            cells.map(|(_, cell)| cell.clone()).collect()
        };
        let lines = (cut(&header), rows.iter().map(cut).collect());
        write_csv(&of.place.path().join("back.csv"), b',', &lines);
    };
    for gone in ["korebulk_check", "korebulk_use", "korebulk_contact"] {
        without(gone);
        refused(&run, &format!("is a review file without its column `{gone}`"));
    }
    let mut rows = rows.clone();
    let check = &mut rows[6][at("korebulk_check")];
    let reading = if check.starts_with("r0") { "r1" } else { "r0" };
    check.replace_range(..2, reading);
    write_csv(&of.place.path().join("back.csv"), b',', &(header.clone(), rows));
    refused(&run, other);
    assert_ne!(of.salutation(INGRID), "Dr");
}

#[test]
fn the_command_that_creates_what_nobody_has_works_as_it_is_printed() {
    let of = Reviewed::job("bulk-update", "");
    let ran = of.run(&[]).exits(1);
    let (header, rows) = table(&of.last().join("unmatched.csv"));
    assert_eq!(rows.len(), 1, "{header:?}");
    let number = header.iter().position(|name| name == "cellPhone.phoneNumber").unwrap();
    let text = rows[0][number].trim_start_matches('\'');
    assert!(text.starts_with("+91"), "a spreadsheet leaves it as it is: {text}");
    let command = ran.err.lines().map(str::trim);
    let command =
        command.clone().find(|line| line.starts_with("korebulk create-contacts")).unwrap();
    let path = Path::new(env!("CARGO_BIN_EXE_korebulk")).parent().unwrap().display().to_string();
    let mut shell = Command::new("sh");
    shell.current_dir("/").env_clear().env("PATH", format!("{path}:/usr/bin:/bin"));
    shell.env("KOREBULK_STATE_DIR", of.place.path().join("state"));
    shell.env("KOREBULK_CLIENT_SECRET", crate::support::SECRET);
    shell.args(["-c", &format!("{command} --yes --rate none")]);
    Ran::of(&shell.output().unwrap()).exits(0);
    let ran = of.run(&[]).exits(1);
    assert!(ran.err.contains("2 of 6 rows matched"), "{}", ran.err);
    // A ready job takes the file, too.
    let ready = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/new-contacts.toml");
    let first = of.place.runs().remove(0).join("unmatched.csv");
    let place = Place::new();
    let words = ["run", ready.to_str().unwrap(), "--input", first.to_str().unwrap()];
    let runs = place.path().join("runs").display().to_string();
    place.run(&[&words[..], &["--runs-dir", &runs]].concat()).exits(0);
}

#[test]
fn rows_that_nobody_has_lack_what_no_column_says_and_the_advice_says_it() {
    let of = Reviewed::job("bulk-update", "");
    let job = fs::read_to_string(of.place.path().join("job.toml")).unwrap();
    of.place.write("job.toml", job.replace("salutation = \"Title\"", "city = \"Title\""));
    let ran = of.run(&[]).exits(1);
    assert!(
        ran.err.contains("Fill in `salutation` of the rows that no contact has"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("--map city=city"), "{}", ran.err);
    let (header, rows) = table(&of.last().join("unmatched.csv"));
    let city = header.iter().position(|name| name == "city").unwrap();
    assert_eq!((rows[0][city].as_str(), rows[0].len()), ("Dr", header.len()));
}

#[test]
fn a_run_of_which_too_few_rows_are_matched_is_held_back_with_its_figures() {
    let of = Reviewed::job("bulk-update", "[guard]\nmin_match = \"50%\"\n");
    let ran = of.run(&[]).exits(3);
    let words = "`guard.min_match`: at least 50%, 1 of 6 rows have their contact (16.7 %)";
    assert!(ran.err.contains(words), "{}", ran.err);
    assert!(ran.err.contains("`--min-match`"), "{}", ran.err);
    assert_ne!(of.salutation(UWE), "Dr");
    of.run(&["--min-match", "0.1"]).exits(1);
    assert_eq!(of.salutation(UWE), "Dr");
    let job = fs::read_to_string(of.place.path().join("job.toml")).unwrap();
    of.place.write("job.toml", job.replace("[match]\n", ""));
    let ran = of.run(&[]).exits(2);
    assert!(ran.err.contains("no row of this job is matched with a contact"), "{}", ran.err);
    of.place.write("job.toml", job.replace("50%", "150%"));
    of.run(&[]).exits(2).says("is not a share of a whole");
}
