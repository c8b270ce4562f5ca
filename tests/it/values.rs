//! Values as people and spreadsheets leave them: what is sent is what was meant, or the record is rejected.

use serde_json::{Value, json};

use crate::hostile::Hostile;
use crate::pty::OnTerminal;
use crate::support::{Place, Ran, counts, id};

const HEADER: &str =
    "id,firstName,lastName,salutation,cellPhoneNumber,cellPhoneCountryCode,cellPhoneExtension";
const FIELDS: [&str; 7] = [
    "id",
    "firstName",
    "lastName",
    "salutation",
    "cellPhone.phoneNumber",
    "cellPhone.countryCode",
    "cellPhone.extension",
];

fn good() -> [String; 7] {
    let rest = ["Ana", "Doe", "Mr", "9812345678", "+91", "+91"].map(str::to_owned);
    let [first, last, salutation, phone, code, extension] = rest;
    [id(2), first, last, salutation, phone, code, extension]
}

/// A contact with one value changed, as CSV, as JSON lines, and as a workbook of texts.
fn in_every_format(field: usize, value: &str) -> [(&'static str, Vec<u8>); 3] {
    let mut values = good();
    value.clone_into(&mut values[field]);
    let quoted = values.each_ref().map(|text| format!("\"{}\"", text.replace('"', "\"\"")));
    let csv = format!("{HEADER}\n{}\n", quoted.join(","));
    let pairs = FIELDS.iter().zip(&values).map(|(field, text)| ((*field).to_owned(), json!(text)));
    let object = Value::Object(pairs.collect());
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, (header, text)) in (0..).zip(HEADER.split(',').zip(&values)) {
        sheet.write_string(0, column, header).unwrap();
        sheet.write_string(1, column, text).unwrap();
    }
    let workbook = book.save_to_buffer().unwrap();
    [
        ("in.csv", csv.into_bytes()),
        ("in.jsonl", object.to_string().into_bytes()),
        ("in.xlsx", workbook),
    ]
}

/// What an update of this file sends: the contacts, and how it ended.
fn update(file: &str, bytes: impl AsRef<[u8]>, more: &[&str]) -> (Vec<Value>, Ran, Place) {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write(file, bytes);
    let ran = place.quick(&[&["bulk-update", file], more].concat());
    let bodies = server.requests().into_iter().map(|request| request.json());
    let sent = bodies.flat_map(|body| body.as_array().unwrap().clone()).collect();
    (sent, ran, place)
}

#[track_caller]
fn rejected(field: usize, value: &str) {
    for (file, bytes) in in_every_format(field, value) {
        let (sent, ran, place) = update(file, bytes, &[]);
        let ran = ran.exits(1);
        assert!(sent.is_empty(), "{value:?} as {} in {file} was sent", FIELDS[field]);
        assert_eq!(counts(&place.report())[3], 1, "{}", ran.err);
    }
}

#[track_caller]
fn sent_as(field: usize, value: &str, expected: &str) {
    for (file, bytes) in in_every_format(field, value) {
        let (sent, ran, _) = update(file, bytes, &[]);
        let ran = ran.exits(0);
        let pointer = format!("/{}", FIELDS[field].replace('.', "/"));
        assert_eq!(sent[0].pointer(&pointer), Some(&json!(expected)), "{file}: {}", ran.err);
    }
}

#[test]
fn an_id_that_a_spreadsheet_took_for_a_number_is_never_sent_not_even_from_the_files_of_a_run() {
    for spoilt in ["512345678901234000000000", "512345678901234500000000"] {
        rejected(0, spoilt);
    }
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "id").unwrap();
    sheet.write_number(1, 0, 5.123_456_789_012_345e23).unwrap();
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("in.xlsx", book.save_to_buffer().unwrap());
    place.quick(&["bulk-delete", "in.xlsx"]).exits(1);
    let run = place.the_run();
    for file in ["rejected.csv", "outcome.xlsx"] {
        let file = run.join(file);
        place.quick(&["bulk-delete", file.to_str().unwrap()]).exits(1);
    }
    assert!(server.requests().is_empty(), "it was sent");
}

#[test]
fn damage_is_rejected_in_every_field_and_format() {
    for (field, damaged) in [
        (1, "#N/A"),
        (2, "#n/a"),
        (2, "#NAME?"),
        (3, "#DIV/0!"),
        (1, "#NV"),
        (1, "Jos\u{fffd}"),
        (2, "D\u{85}oe"),
        (3, "\u{7f}Mr"),
        (1, "=A1&B1"),
        (1, "null"),
        (2, "N/A"),
        (3, "undefined"),
        (1, "2024-05-01"),
        (2, "2024-05-01 08:30:00"),
        (1, "01/05/2024"),
        (2, "1.5"),
        (1, "1.2E+12"),
        (3, "TRUE"),
        (2, "+91 98123 45678"),
        (1, "J?rg"),
        (2, "???"),
        (1, "JosÃ©"),
        (2, "MÃ¼ller"),
        (1, "Jos&eacute;"),
        (2, "O&#39;Neil"),
        (1, "M%C3%BCller"),
        (2, "M=FCller"),
        (1, "M\\u00fcller"),
        (2, "<b>Meyer</b>"),
        (1, "[object Object]"),
        (2, "${last}"),
        (1, "ana@example.com"),
        (2, "https://example.com/ana"),
        (1, "65f7d49a5dd06e2cefa40007"),
        (2, "Jan-02"),
        (1, "2-Feb"),
        (2, "42"),
        (3, "42"),
        (4, "981234567.5"),
        (4, "0.981234567"),
        (4, "#REF!"),
        (5, "#VALUE!"),
        (6, "#REF!"),
    ] {
        rejected(field, damaged);
    }
}

#[test]
fn a_text_guard_of_a_spreadsheet_comes_off_and_is_counted() {
    sent_as(1, "=\"Ana\"", "Ana");
    sent_as(4, "=\"9812345678\"", "9812345678");
    let [(file, bytes), ..] = in_every_format(1, "=\"A \"\"B\"\" C\"");
    let (sent, ran, place) = update(file, &bytes, &[]);
    ran.exits(0);
    assert_eq!(sent[0]["firstName"], "A \"B\" C");
    let planned = place.run(&["bulk-update", file, "--dry-run"]).exits(0);
    assert!(planned.out.contains("1 value freed of a spreadsheet's text guard"), "{}", planned.out);
    assert!(update(file, &bytes, &["--strict"]).0.is_empty());
}

#[test]
fn cells_that_a_sheet_holds_as_something_else_are_no_values_of_a_contact() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let cells: [fn(&mut rust_xlsxwriter::Worksheet, u16); 3] = [
        |sheet, column| {
            let date = ExcelDateTime::from_ymd(2025, 1, 2).unwrap();
            let format = Format::new().set_num_format("yyyy-mm-dd");
            sheet.write_datetime_with_format(1, column, &date, &format).unwrap();
        },
        |sheet, column| {
            sheet.write_boolean(1, column, true).unwrap();
        },
        |sheet, column| {
            sheet.write_number(1, column, 91.5).unwrap();
        },
    ];
    for write in cells {
        for field in 1..7_u16 {
            let mut book = Workbook::new();
            let sheet = book.add_worksheet();
            for (column, (header, text)) in (0..).zip(HEADER.split(',').zip(&good())) {
                sheet.write_string(0, column, header).unwrap();
                sheet.write_string(1, column, text).unwrap();
            }
            write(sheet, field);
            let (sent, ran, _) = update("in.xlsx", book.save_to_buffer().unwrap(), &[]);
            ran.exits(1);
            assert!(sent.is_empty(), "{}", FIELDS[usize::from(field)]);
        }
    }
    for value in ["true", "1.5", "1e3", "[]", "{}"] {
        let values = good();
        let object = format!(
            "{{\"id\":\"{}\",\"firstName\":{value},\"lastName\":\"Doe\",\"salutation\":\"Mr\",\"phoneNumber\":\"9812345678\",\"countryCode\":\"+91\"}}",
            values[0]
        );
        let (sent, ran, _) = update("in.jsonl", object, &[]);
        ran.exits(1);
        assert!(sent.is_empty(), "{value}");
    }
}

#[test]
fn constants_are_checked_as_values_are() {
    let [(file, bytes), ..] = in_every_format(3, "");
    for (constant, words) in [
        ("salutation=#N/A", "is an error of a spreadsheet"),
        ("salutation=Mr\u{fffd}", "U+FFFD"),
        ("salutation=null", "represents an empty value"),
        ("salutation=2024-05-01", "is a date or another figure"),
        ("cellPhone.extension=101x", "is not a dialling prefix"),
    ] {
        let (sent, ran, _) = update(file, &bytes, &["--set", constant]);
        ran.exits(2).says(words);
        assert!(sent.is_empty());
    }
    let (sent, ran, _) = update(file, &bytes, &["--set", "salutation=Mrs"]);
    ran.exits(0);
    assert_eq!(sent[0]["salutation"], "Mrs");
}

#[test]
fn the_dialling_prefix_is_a_plus_or_the_country_code() {
    for prefix in ["+", "+91", "91", " +91 ", "٩١"] {
        sent_as(6, prefix, &prefix.trim().replace("٩١", "91"));
    }
    sent_as(6, "", "+");
    for other in ["101", "x22", "3", "hello world", "00", "0091", "+44", "++91"] {
        rejected(6, other);
    }
}

#[test]
fn an_office_extension_is_never_taken_for_the_dialling_prefix() {
    let table = HEADER.replace("cellPhoneExtension", "Extension")
        + &format!("\n{},Ana,Doe,Mr,9812345678,+91,4711\n", id(2));
    let (sent, ran, _) = update("in.csv", table.clone(), &[]);
    ran.exits(0);
    assert_eq!(sent[0]["cellPhone"]["extension"], "+");
    let (sent, ran, _) = update("in.csv", table, &["--map", "cellPhone.extension=Extension"]);
    ran.exits(1);
    assert!(sent.is_empty());
    // Without a column, too, and beside a country code of its own.
    let table = HEADER.replace(",cellPhoneExtension", "")
        + &format!("\n{},Ana,Doe,Mr,9812345678,+91\n", id(2));
    let (sent, ran, _) = update("in.csv", table, &[]);
    ran.exits(0);
    assert_eq!(sent[0]["cellPhone"]["extension"], "+");
    let flat = json!({"id": id(2), "firstName": "Ana", "lastName": "Doe", "salutation": "Mr",
        "phoneNumber": "9812345678", "countryCode": "+91", "extension": "4711"});
    let (sent, ran, _) = update("in.jsonl", flat.to_string(), &[]);
    ran.exits(0);
    assert_eq!(sent[0]["cellPhone"]["extension"], "+");
}

#[test]
fn digits_of_other_scripts_are_sent_as_ascii() {
    for number in ["٩٨١٢٣٤٥٦٧٨", "९८१२३४५६७८", "９８１２３ ４５６７８"]
    {
        sent_as(4, number, "9812345678");
    }
    sent_as(5, "+٩١", "+91");
}

#[test]
fn numbers_that_no_plan_lists_are_sent_where_their_length_is_enough() {
    let [(file, bytes), ..] = in_every_format(4, "+1 (555) 123-4567");
    let text = String::from_utf8(bytes).unwrap().replace("\"+91\",\"+91\"", "\"\",\"\"");
    let (sent, ran, _) = update(file, &text, &[]);
    ran.exits(1);
    assert!(sent.is_empty());
    let (sent, ran, _) = update(file, &text, &["--phone-check", "possible"]);
    ran.exits(0);
    assert_eq!(sent[0]["cellPhone"]["phoneNumber"], "5551234567");
    assert_eq!(sent[0]["cellPhone"]["countryCode"], "+1");
}

#[test]
fn one_constant_as_the_name_of_several_contacts_stops_the_run() {
    let header = "id,salutation,cellPhoneNumber,cellPhoneCountryCode\n";
    let row = |number: usize| format!("{},Mr,981234567{number},+91\n", id(number));
    let names = ["--set", "firstName=Unknown", "--set", "lastName=Unknown"];
    let many = (0..3).fold(header.to_owned(), |table, number| table + &row(number));
    let (sent, ran, _) = update("in.csv", &many, &names);
    ran.exits(3).says("one constant would be a name of 3 contacts").says("nothing was sent");
    assert!(sent.is_empty());
    let place = Place::at(Hostile::good().addr());
    place.write("in.csv", &many);
    let args = [&["bulk-update", "in.csv", "--dry-run"], &names[..]].concat();
    let planned = place.run(&args).exits(0).out;
    assert!(planned.contains("FAILS input.defaults: one constant would be a name"), "{planned}");
    let (sent, ran, _) = update("in.csv", header.to_owned() + &row(1), &names);
    ran.exits(0);
    assert_eq!(sent[0]["firstName"], "Unknown");
    let dash = ["--set", "firstName=-", "--set", "lastName=."];
    let (sent, ran, _) = update("in.csv", header.to_owned() + &row(1), &dash);
    ran.exits(2).says("the constant for `firstName` has no letter");
    assert!(sent.is_empty(), "{sent:?}");
    // A constant for the blanks of a column counts where it is used.
    let some = format!(
        "id,firstName,lastName,salutation,cellPhoneNumber\n{},Ana,Doe,Mr,+919812345671\n{},,Roe,Mr,+919812345672\n",
        id(1),
        id(2)
    );
    let (sent, ran, _) = update("in.csv", &some, &["--set", "firstName=Unknown"]);
    ran.exits(0);
    assert_eq!(sent[1]["firstName"], "Unknown");
}

#[test]
fn a_terminal_is_asked_whether_one_name_for_several_contacts_is_meant() {
    let row = |number: usize| format!("{},Doe,Mr,981234567{number},+91\n", id(number));
    let table = "id,lastName,salutation,cellPhoneNumber,cellPhoneCountryCode\n".to_owned();
    let table = (0..2).fold(table, |table, number| table + &row(number));
    for (answer, sent) in [("yes\n", 2), ("y\n", 0), ("\n", 0), ("\u{3}", 0)] {
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write("in.csv", &table);
        let args = ["bulk-update", "in.csv", "--set", "firstName=Ana", "--rate", "none"];
        let terminal = OnTerminal::start(&mut place.korebulk(&args));
        terminal.wait_for("Type yes if that is meant: ");
        terminal.types(answer);
        if sent > 0 {
            terminal.wait_for("Type 2 to go on: ");
            terminal.types("2\n");
        }
        terminal.end().exits(if sent > 0 { 0 } else { 3 });
        assert_eq!(server.sizes().iter().sum::<usize>(), sent, "{answer:?}");
    }
}

#[test]
fn no_hint_leads_to_wrong_data() {
    let phones = "Phone\n+91 98123 45678\n";
    let (sent, ran, _) = update("in.csv", phones, &[]);
    let ran = ran.exits(2).says("24 characters of 0-9 and a-f");
    assert!(sent.is_empty() && !ran.err.contains("--set"), "{}", ran.err);
    let named = format!("id,Phone\n{},+91 98123 45678\n", id(1));
    let (_, ran, _) = update("in.csv", named, &[]);
    let ran = ran.exits(2).says("bulk update replaces all six fields").says("`firstName`");
    for hint in ["--set firstName", "--set lastName", "id_format", "id-format"] {
        assert!(!ran.err.contains(hint), "{}", ran.err);
    }
    let customers = HEADER.to_owned() + "\n4711,Ana,Doe,Mr,9812345678,+91,+\n";
    let (sent, ran, place) = update("in.csv", &customers, &[]);
    ran.exits(1);
    let report = place.report().to_string();
    let said = std::fs::read_to_string(place.the_run().join("rejected.csv")).unwrap() + &report;
    assert!(
        sent.is_empty() && said.contains("24 characters of 0-9") && !said.contains("id_format")
    );
    let planned = place.run(&["bulk-update", "in.csv", "--id-format", "any", "--dry-run"]).exits(0);
    let planned = planned.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(planned.contains("1 id let through by `id_format = \"any\"`"), "{planned}");
}

#[test]
fn full_names_are_split_where_that_is_sure_and_shown_where_it_is_not() {
    let names = [
        ("Ana Doe", Some(("Ana", "Doe"))),
        ("\"Doe, Ana\"", Some(("Ana", "Doe"))),
        ("Anna van der Berg", Some(("Anna", "van der Berg"))),
        ("Ana Maria Souza", Some(("Ana Maria", "Souza"))),
        ("李 小龍", None),
        ("Cher", None),
        ("Dr. Ana Doe", None),
        ("ACME Ltd.", None),
    ];
    let rows = names
        .iter()
        .zip(1..)
        .map(|((name, _), number)| format!("{},{name},Mr,+91 98123 4567{number}", id(number)));
    let table =
        format!("id,Full Name,salutation,Phone Number\n{}\n", rows.collect::<Vec<_>>().join("\n"));
    let (sent, ran, place) = update("in.csv", table, &[]);
    ran.exits(1);
    let split: Vec<(&str, &str)> = names.iter().filter_map(|(_, split)| *split).collect();
    let names_of = |contact: &Value| {
        ["firstName", "lastName"].map(|key| contact[key].as_str().unwrap().to_owned())
    };
    let sent: Vec<[String; 2]> = sent.iter().map(names_of).collect();
    assert_eq!(
        sent,
        split.iter().map(|(first, last)| [*first, *last].map(str::to_owned)).collect::<Vec<_>>()
    );
    let plan = |more: &[&str]| {
        let args = [&["bulk-update", "in.csv", "--dry-run"], more].concat();
        place.run(&args).exits(0).out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let masked = plan(&[]);
    assert!(masked.contains("2 full names of more than two words split"), "{masked}");
    assert!(masked.contains("xxxx xxx xxx xxxx → xxxx | xxx xxx xxxx"), "{masked}");
    assert!(!masked.contains("Berg") && !masked.contains("李"), "{masked}");
    let full = plan(&["--show-values"]);
    assert!(full.contains("Anna van der Berg → Anna | van der Berg"), "{full}");
    let unclear = names.iter().position(|(name, _)| *name == "李 小龍").unwrap() + 2;
    assert!(full.contains(&format!("row {unclear}: 李 小龍: not split, rejected")), "{full}");
}
