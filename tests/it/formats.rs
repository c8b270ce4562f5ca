//! Workbook cells that show something else than they hold: number formats and merged cells, in every kind of workbook.

use std::path::Path;

use crate::hostile::Hostile;
use crate::support::{Place, counts, id, listed};

const KINDS: [&str; 4] = ["xlsx", "xlsb", "xls", "ods"];

fn fixture(kind: &str) -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats.").into_os_string();
    std::fs::read(format!("{}{kind}", path.to_str().unwrap())).unwrap()
}

/// A job over the sheet, its hidden row skipped: where it was run, and the server it was run against.
fn ran(operation: &str, kind: &str, more: &str) -> (Place, Hostile) {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    let file = format!("in.{kind}");
    place.write(&file, fixture(kind));
    let job = place.job(operation, &file) + "hidden_rows = \"skip\"\n" + more;
    place.write("job.toml", job);
    place.quick(&["run", "job.toml"]).exits(1);
    (place, server)
}

const COLUMNS: &str = "[input.columns]\nfirstName = \"First\"\nlastName = \"Last\"\nsalutation = \"Title\"\n\
    \"cellPhone.phoneNumber\" = \"Phone\"\n\"cellPhone.countryCode\" = \"Code\"\n";

#[test]
fn a_phone_number_that_its_format_shows_otherwise_is_rejected_in_every_workbook() {
    for kind in KINDS {
        let (place, server) = ran("bulk-update", kind, COLUMNS);
        let report = place.report();
        assert_eq!(counts(&report), [8, 5, 0, 2, 1, 0, 0], "{kind}: {report:#}");
        assert_eq!(listed(&report, "rejectedRecords"), [id(0), id(1)], "{kind}");
        let why = report["rejectedRecords"].to_string();
        assert!(why.contains("write what it shows as text"), "{kind}: {why}");
        let sent = server.requests()[0].json();
        let phones: Vec<&str> =
            (0..2).map(|at| sent[at]["cellPhone"]["phoneNumber"].as_str().unwrap()).collect();
        assert_eq!(phones, ["15120000018", "15120000019"], "{kind}");
    }
}

#[test]
fn a_rule_does_not_overlook_what_a_format_or_a_merged_cell_shows_in_any_workbook() {
    let rule = "[[input.skip_if]]\ncolumn = \"Hold\"\nis = \"yes\"\n";
    for kind in KINDS {
        let (place, _) = ran("bulk-delete", kind, rule);
        let report = place.report();
        assert_eq!(counts(&report), [8, 4, 0, 2, 2, 0, 0], "{kind}: {report:#}");
        assert_eq!(listed(&report, "rejectedRecords"), [id(4), id(6)], "{kind}");
    }
}

#[test]
fn what_a_workbook_showed_otherwise_is_rejected_again_from_the_files_of_the_run() {
    let rule = "[[input.skip_if]]\ncolumn = \"Hold\"\nis = \"yes\"\n";
    for (operation, more) in [("bulk-update", COLUMNS), ("bulk-delete", rule)] {
        for kind in KINDS {
            let (place, server) = ran(operation, kind, more);
            let run = place.the_run();
            let before = server.requests().len();
            for file in ["rejected.csv", "outcome.xlsx"] {
                let file = run.join(file);
                let again = place.quick(&["run", "job.toml", "--input", file.to_str().unwrap()]);
                again.exits(1);
            }
            assert_eq!(server.requests().len(), before, "{kind}: it was sent");
        }
    }
}

#[test]
fn a_list_whose_numbers_are_shown_otherwise_protects_nobody_and_is_refused() {
    for (format, shown) in [("\"0151\"00000000", 20_000_017.0), ("+0", 4_915_120_000_017.0)] {
        for header in ["Phone", "Telefon", "Nummer"] {
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet();
            sheet.write_string(0, 0, "id").unwrap();
            sheet.write_string(0, 1, header).unwrap();
            sheet.write_string(1, 0, id(7)).unwrap();
            let format = rust_xlsxwriter::Format::new().set_num_format(format);
            sheet.write_number_with_format(1, 1, shown, &format).unwrap();
            let server = Hostile::good();
            let place = Place::at(server.addr());
            place.write("hold.xlsx", book.save_to_buffer().unwrap());
            place.write("in.csv", format!("id,phone\n{},015120000017\n", id(1)));
            place.write(
                "job.toml",
                place.job("bulk-delete", "in.csv") + "except = [\"hold.xlsx\"]\n",
            );
            let ran = place.quick(&["run", "job.toml"]).exits(3);
            assert!(ran.err.contains("row 2 shows a number otherwise"), "{}", ran.err);
            assert!(server.requests().is_empty());
        }
    }
}

#[test]
fn a_value_of_a_sheet_under_no_name_is_not_called_a_matter_of_delimiters() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in (0..).zip(["id", "Note"]) {
        sheet.write_string(0, column, text).unwrap();
    }
    for (column, text) in (0..).zip([id(0).as_str(), "a", "b"]) {
        sheet.write_string(1, column, text).unwrap();
    }
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("in.xlsx", book.save_to_buffer().unwrap());
    let ran = place.quick(&["bulk-delete", "in.xlsx"]).exits(1);
    assert!(!ran.err.contains("delimiter"), "{}", ran.err);
    ran.says("move it under its header, or name the column in the header");
}

#[test]
fn a_rule_does_not_take_a_formula_that_nobody_computed_for_its_value() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in (0..).zip(["id", "Hold"]) {
        sheet.write_string(0, column, text).unwrap();
    }
    for row in 1..3 {
        sheet.write_string(row, 0, id(row as usize)).unwrap();
    }
    // Programs that compute nothing write 0 as the value, and leave it to who opens the file.
    sheet.write_formula(1, 1, "=IF(1=1,\"yes\",\"no\")").unwrap();
    sheet.write_string(2, 1, "no").unwrap();
    let uncomputed =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/uncomputed.ods"));
    for (file, bytes) in
        [("in.xlsx", book.save_to_buffer().unwrap()), ("in.ods", uncomputed.unwrap())]
    {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write(file, bytes);
        let rule = "[[input.skip_if]]\ncolumn = \"Hold\"\nis = \"yes\"\n";
        place.write("job.toml", place.job("bulk-delete", file) + rule);
        place
            .quick(&["run", "job.toml"])
            .exits(1)
            .says("is a formula whose value the workbook does not hold");
        assert_eq!(listed(&place.report(), "rejectedRecords"), [id(1)], "{file}");
        let rejected = place.the_run().join("rejected.csv");
        place.quick(&["run", "job.toml", "--input", rejected.to_str().unwrap()]).exits(1);
        assert_eq!(server.requests().len(), 1, "{file}: it was sent");
    }
}
