//! Phone numbers of several countries: none is taken for another country's, and no hint leads there.

use serde_json::json;

use crate::hostile::Hostile;
use crate::support::{Place, counts, id};

const HEADER: &str = "id,firstName,lastName,salutation,Phone";

/// Numbers as three countries have them, their `+` left out.
const FOREIGN: [&str; 3] = ["447400000338", "4915120000337", "12015550349"];

/// The same contacts in every kind of file: CSV, JSON lines, and a workbook of numbers.
fn files(phones: &[&str]) -> [(&'static str, Vec<u8>); 3] {
    let row = |at: usize| [id(at), "Ana".to_owned(), "Doe".to_owned(), "Mrs".to_owned()];
    let mut csv = HEADER.to_owned();
    let mut lines = String::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0..).zip(HEADER.split(',')) {
        sheet.write_string(0, column, header).unwrap();
    }
    for (at, phone) in phones.iter().enumerate() {
        let [id, first, last, salutation] = row(at);
        csv = csv
            + "\n"
            + &[id.as_str(), first.as_str(), last.as_str(), salutation.as_str(), phone].join(",");
        let object = json!({"id": id, "firstName": first, "lastName": last, "salutation": salutation, "Phone": phone});
        lines = lines + &object.to_string() + "\n";
        let line = u32::try_from(at).unwrap() + 1;
        for (column, text) in (0..).zip([id, first, last, salutation]) {
            sheet.write_string(line, column, text).unwrap();
        }
        sheet.write_number(line, 4, phone.parse::<f64>().unwrap()).unwrap();
    }
    [
        ("in.csv", csv.into_bytes()),
        ("in.jsonl", lines.into_bytes()),
        ("in.xlsx", book.save_to_buffer().unwrap()),
    ]
}

const MAP: [&str; 2] = ["--map", "cellPhone.phoneNumber=Phone"];

#[test]
fn a_number_of_another_country_without_its_plus_is_never_taken_by_its_length() {
    for (file, bytes) in files(&FOREIGN) {
        for more in [
            &["--region", "IN"][..],
            &["--region", "IN", "--phone-check", "possible"],
            &["--set", "cellPhone.countryCode=+91"],
            &["--set", "cellPhone.countryCode=+91", "--phone-check", "possible"],
        ] {
            let server = Hostile::good();
            let place = Place::at(server.addr());
            place.write(file, &bytes);
            let words = [&["bulk-update", file][..], &MAP, more].concat();
            let ran = place.quick(&words).exits(1);
            assert_eq!(
                counts(&place.report()),
                [3, 0, 0, 3, 0, 0, 0],
                "{file} {more:?}: {}",
                ran.err
            );
            assert!(server.requests().is_empty());
            assert!(ran.err.contains("write it with `+` and its country code"), "{}", ran.err);
            assert!(!ran.err.contains("check = "), "{}", ran.err);
        }
    }
}

#[test]
fn numbers_of_the_country_that_is_named_are_taken_as_before() {
    let numbers = ["9812345678", "919812345679", "00919812345680"];
    for (file, bytes) in files(&numbers[..2]) {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write(file, &bytes);
        let words = [&["bulk-update", file][..], &MAP, &["--region", "IN"]].concat();
        place.quick(&words).exits(0);
        let sent = server.requests()[0].json();
        assert_eq!(sent[1]["cellPhone"]["phoneNumber"], "9812345679");
    }
}

#[test]
fn no_hint_offers_a_setting_for_a_number_whose_country_nobody_knows() {
    for (file, bytes) in files(&["1000000000"]) {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write(file, &bytes);
        let words = [&["bulk-update", file][..], &MAP, &["--region", "IN"]].concat();
        let ran = place.quick(&words).exits(1).says("write it with `+` and its country code");
        assert!(!ran.err.contains("possible"), "{}", ran.err);
    }
}

#[test]
fn too_few_digits_beside_a_country_code_are_rejected() {
    for phone in ["110", "1", "49", "12345678901234"] {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write("in.csv", format!("{HEADER}\n{},Ana,Doe,Mrs,{phone}\n", id(0)));
        let more = ["--set", "cellPhone.countryCode=+49"];
        let words = [&["bulk-update", "in.csv"][..], &MAP, &more].concat();
        place.quick(&words).exits(1).says("`Phone` ");
        assert!(server.requests().is_empty(), "{phone}");
    }
}

#[test]
fn init_names_no_region_for_numbers_of_several_countries() {
    let mixed: Vec<&str> = FOREIGN.into_iter().chain(["9812345678", "9812345679"]).collect();
    for (file, bytes) in files(&mixed).into_iter().filter(|(file, _)| !file.ends_with("jsonl")) {
        let place = Place::new();
        place.write(file, &bytes);
        let init = ["init", file, "--operation", "bulk-update", "--out", "job.toml"];
        let ran = place.run(&init).exits(0).says("seem to be of several countries (1, 44, 49)");
        let job = std::fs::read_to_string(place.path().join("job.toml")).unwrap();
        assert!(!job.contains("region = "), "{job}\n{}", ran.err);
        assert!(job.contains("write each with its + and country code"), "{job}");
    }
    let place = Place::new();
    let (file, bytes) = &files(&["9812345678", "9812345679"])[0];
    place.write(file, bytes);
    place.run(&["init", file, "--operation", "bulk-update", "--out", "job.toml"]).exits(0);
    let job = std::fs::read_to_string(place.path().join("job.toml")).unwrap();
    assert!(job.contains("# region = \"IN\""), "{job}");
}
