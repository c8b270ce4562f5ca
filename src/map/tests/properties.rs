//! Whatever a row holds: one answer, and what is sent is what was written.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Text as it may be in a cell: mostly tame, sometimes anything.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][a-z\"\\\\ é]{0,8}",
        "[+0-9 ()-]{0,14}",
        Just("6964af60450340957c600001".to_owned()),
        Just("+91".to_owned()),
        any::<String>(),
    ]
}

fn good_row() -> impl Strategy<Value = Vec<String>> {
    let word = "[A-Za-z\"\\\\é]{1,8}";
    ("[0-9a-fA-F]{24}", word, word, word, "[1-9][0-9]{6,9}")
        .prop_filter("what is dialled in front of a number is stripped", |row| {
            !row.4.starts_with("91")
        })
        .prop_filter("what is no name is refused", |row| {
            ![&row.1, &row.2, &row.3]
                .into_iter()
                .any(|text| crate::map::damage::of_name(text).is_some())
        })
        .prop_map(|(id, first, last, salutation, phone)| {
            vec![id, first, last, salutation, "+".to_owned(), phone, "+91".to_owned()]
        })
}

fn of(cells: &[String]) -> Row {
    Row { cells: Cells::Table(cells.into()), ..Row::default() }
}

/// The seven values of an encoded contact in the order of `HEADER`, if it is whole.
fn values(encoded: &str) -> Option<Vec<String>> {
    let contact: Value = serde_json::from_str(encoded).ok()?;
    let paths = ["/id", "/firstName", "/lastName", "/salutation"];
    let phone = ["/cellPhone/extension", "/cellPhone/phoneNumber", "/cellPhone/countryCode"];
    let text = |path| Some(contact.pointer(path)?.as_str()?.to_owned());
    paths.into_iter().chain(phone).map(text).collect()
}

proptest! {
    // Most of what is made of so few letters is no name.
    #![proptest_config(ProptestConfig { max_local_rejects: u32::MAX, ..ProptestConfig::default() })]

    #[test]
    fn any_row_gets_an_answer_and_what_passes_is_whole(
        cells in proptest::collection::vec(cell(), 0..9),
        strict in any::<bool>(),
    ) {
        let settings = MapSettings { strict, phone_region: Some("IN".to_owned()), ..update() };
        match mapper(&settings, HEADER).map(0, &of(&cells)) {
            Mapped::Checked(record) => {
                let sent = values(record.encoded()).expect("it is a whole contact");
                prop_assert_eq!(&sent[0], record.key());
                prop_assert!(sent.iter().all(|text| !text.is_empty()));
                prop_assert!(!strict || sent[..] == cells[..7]);
            }
            Mapped::Rejected { defects, .. } => prop_assert!(!defects.is_empty()),
            Mapped::Skipped { .. } => prop_assert!(false, "no rule was given"),
        }
    }

    #[test]
    fn a_good_row_is_sent_as_it_is_written(row in good_row()) {
        let strict = MapSettings { strict: true, ..update() };
        let salutation_changes = matches!(
            row[3].to_ascii_lowercase().as_str(), "mr" | "mrs" | "mister" | "missus");
        match mapper(&strict, HEADER).map(0, &of(&row)) {
            Mapped::Checked(record) => {
                prop_assert_eq!(values(record.encoded()), Some(row));
            }
            _ => prop_assert!(salutation_changes),
        }
    }

    #[test]
    fn any_object_gets_an_answer(
        pairs in proptest::collection::vec(
            (proptest::sample::select(vec![
                "id", "_id", "firstName", "last_name", "lastName", "salutation", "cellPhone",
                "phoneNumber", "cellPhone.countryCode", "extension", "x", "korebulk", "",
            ]), cell(), 0..4_u8),
            0..9,
        ),
        operation in proptest::sample::select(&Operation::ALL),
    ) {
        let value = |text: &str, form: u8| match form {
            0 => Value::from(text),
            1 => Value::from(text.len()),
            2 => serde_json::json!({"phoneNumber": text, "countryCode": "+91", "y": null}),
            _ => Value::Null,
        };
        let text: Vec<String> = pairs
            .iter()
            .map(|(key, text, form)| format!("{}:{}", Value::from(*key), value(text, *form)))
            .collect();
        let row = object(&format!("{{{}}}", text.join(",")));
        let mapped = mapper(&settings(operation), "").map(0, &row);
        if let Mapped::Checked(record) = mapped {
            prop_assert!(serde_json::from_str::<Value>(record.encoded()).is_ok());
        }
    }
}
