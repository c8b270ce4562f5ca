//! Rows of tables: what is sent, what is rejected, what is skipped.

use insta::assert_snapshot;

use super::*;
use crate::map::{Disposition, Duplicates};
use crate::model::settings::{Rule, RuleTest};
use crate::model::{Mark, RowFault};

#[test]
fn a_contact_is_encoded_as_the_page_has_it() {
    assert_snapshot!(map(&update(), HEADER, &table(ROW)), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"}}"#);
}

#[test]
fn keys_of_the_users_own_come_after_and_blank_ones_are_left_out() {
    let columns =
        pairs(&[("city", "City"), ("cellPhone.kind", "Kind"), ("a.b", "City"), ("a.c", "Kind")]);
    let settings = MapSettings { columns, defaults: pairs(&[("status", "ACTIVE")]), ..update() };
    let header = format!("{HEADER},City,Kind");
    assert_snapshot!(map(&settings, &header, &table(&format!("{ROW}, Pu\"ne,"))), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"},"a":{"b":"Pu\"ne"},"city":"Pu\"ne","status":"ACTIVE"}"#);
    assert_snapshot!(map(&settings, &header, &table(&format!("{ROW},,mobile"))), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91","kind":"mobile"},"a":{"c":"mobile"},"status":"ACTIVE"}"#);
}

#[test]
fn a_delete_sends_only_the_id() {
    let settings = settings(Operation::BulkDelete);
    let row = table("x,6960cbe9b155d194e2f00001 ");
    assert_snapshot!(map(&settings, "Name,_id", &row), @r#""6960cbe9b155d194e2f00001""#);
    let Mapped::Checked(record) = mapper(&settings, "Name,_id").map(7, &row) else {
        panic!("it is good")
    };
    assert_eq!((record.key(), record.ordinal), ("6960cbe9b155d194e2f00001", 7));
}

#[test]
fn all_defects_of_a_record_are_reported_together() {
    let row = table("6964af60450340957c6xxxxx,,do\u{7}e,,,call me,India");
    assert_snapshot!(map(&update(), HEADER, &row), @"
    ✗ `id` is not hexadecimal throughout (a contact's id in Kore.ai is 24 characters of 0-9 and a-f, such as `6960cbe9b155d194e2f00001`: Kore.ai's list of contacts has it (`GET …/contacts`, `korebulk export`), the numbers of other systems are none; rows without it can be matched by number and name (`[match]`))
    ✗ `firstName` is empty (bulk update replaces all six fields of a contact: give it its own value)
    ✗ `lastName` has a line break or another control character (values are single lines of text)
    ✗ `salutation` is empty (bulk update replaces all six fields of a contact: give it its own value)
    ✗ `countryCode` is not a country code (it is `+` and up to four digits, such as `+91`)
    ✗ `phoneNumber` has letters (a phone number is digits)
    ");
}

#[test]
fn a_record_with_defects_still_names_a_valid_id() {
    let row = table("6964af60450340957c600001,,doe,mr,+,2445600001,+91");
    let Mapped::Rejected { id, .. } = mapper(&update(), HEADER).map(0, &row) else { panic!() };
    assert_eq!(id.as_deref(), Some("6964af60450340957c600001"));
}

#[test]
fn numeric_ids_long_numeric_phones_and_cells_in_error_are_rejected() {
    let numeric_id = marked(ROW, 0, CellKind::Number);
    assert_snapshot!(map(&update(), HEADER, &numeric_id), @r#"✗ `id` is a number, not text (a spreadsheet keeps 15 digits: format the column as text, fill it again)"#);
    let phone = ROW.replace("2445600001", "2445600001000000");
    assert_snapshot!(map(&update(), HEADER, &marked(&phone, 5, CellKind::Number)), @r#"✗ `phoneNumber` is a number of more than 15 digits (a spreadsheet keeps 15 digits: format the column as text)"#);
    assert!(map(&update(), HEADER, &marked(ROW, 5, CellKind::Number)).starts_with('{'));
    let broken = marked(ROW, 1, CellKind::Error("B2 #REF!".to_owned()));
    assert_snapshot!(map(&update(), HEADER, &broken), @"✗ `firstName` is a cell in error (correct the formula and save the sheet again)");
}

#[test]
fn a_row_that_the_reader_could_not_use_is_rejected_as_it_said() {
    let fault = RowFault { problem: "has 3 cells".to_owned(), rule: "the header has 7".to_owned() };
    let row = Row { fault: Some(fault), ..table(ROW) };
    assert_snapshot!(map(&update(), HEADER, &row), @r#"✗ has 3 cells (the header has 7)"#);
}

#[test]
fn hidden_rows_are_skipped() {
    let row = Row { hidden: true, ..table(ROW) };
    assert_snapshot!(map(&update(), HEADER, &row), @r#"skipped: the row is hidden"#);
}

#[test]
fn a_record_over_the_byte_limit_is_rejected() {
    let settings = MapSettings { max_record_bytes: 100, ..update() };
    assert_snapshot!(map(&settings, HEADER, &table(ROW)), @r#"✗ is larger than a request may be (a record has at most 100 bytes, see `limits.max_batch_bytes`)"#);
    let settings = MapSettings { max_record_bytes: 25, ..settings };
    let delete = MapSettings { operation: Operation::BulkDelete, ..settings };
    assert_snapshot!(map(&delete, "id", &table("6960cbe9b155d194e2f00001")), @r#"✗ is larger than a request may be (a record has at most 25 bytes, see `limits.max_batch_bytes`)"#);
}

#[test]
fn rules_keep_rows_back_and_what_they_cannot_read_is_rejected() {
    let rule = |column: &str, test| Rule { column: column.to_owned(), case: false, test };
    let settings = MapSettings {
        send_if: vec![rule("last seen", RuleTest::Before("2025-01-01".to_owned()))],
        skip_if: vec![rule("Keep", RuleTest::Is("yes".to_owned()))],
        ..settings(Operation::BulkDelete)
    };
    let row = |rest: &str| table(&format!("6960cbe9b155d194e2f00001,{rest}"));
    let header = "id,Last Seen,Keep";
    assert_snapshot!(map(&settings, header, &row("2024-12-31,no")), @r#""6960cbe9b155d194e2f00001""#);
    assert_snapshot!(map(&settings, header, &row("2025-12-31,no")), @r#"skipped: send_if `last seen` before 2025-01-01 does not hold"#);
    assert_snapshot!(map(&settings, header, &row("2024-12-31,yes")), @r#"skipped: skip_if `Keep` is `yes`"#);
    assert_snapshot!(map(&settings, header, &row("never,yes")), @r#"skipped: skip_if `Keep` is `yes`"#);
    assert_snapshot!(map(&settings, header, &row("never,no")), @r#"✗ `last seen` is not a date as `2025-12-31`, `2025-12-31 18:30:00` or RFC 3339 (send_if `last seen` before 2025-01-01 must be able to read it)"#);
}

#[test]
fn rows_of_own_outcome_files_go_on_where_they_were() {
    let header = format!("{HEADER},korebulk_row,korebulk_outcome,korebulk_reason");
    let row = |outcome: &str| {
        let cells = ROW.replace(",+", ",'+");
        table(&format!("{cells},2,{outcome},why"))
    };
    let mut mapper = mapper(&update(), &header);
    assert_snapshot!(shown(&mapper.map(0, &row("succeeded"))), @r#"skipped: korebulk_outcome is `succeeded`"#);
    assert_snapshot!(shown(&mapper.map(0, &row("skipped"))), @r#"skipped: korebulk_outcome is `skipped`"#);
    for (outcome, expected) in [("unknown", Mark::LostAnswer), ("failed", Mark::None)] {
        let Mapped::Checked(record) = mapper.map(0, &row(outcome)) else { panic!() };
        assert_eq!(record.mark, expected);
    }
    assert_snapshot!(shown(&mapper.map(0, &row("unsent"))), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"}}"#);
    assert!(mapper.ignored().is_empty());
    let header = "'=key,korebulk_row,korebulk_outcome,korebulk_reason";
    let settings =
        MapSettings { columns: pairs(&[("id", "=key")]), ..settings(Operation::BulkDelete) };
    assert_snapshot!(map(&settings, header, &table("6964af60450340957c600001,2,unsent,")), @r#""6964af60450340957c600001""#);
}

#[test]
fn ids_in_another_case_are_the_same_record() {
    let mut mapper = mapper(&update(), HEADER);
    let upper = ROW.replace("6964af60450340957c600001", "6964AF60450340957C600001");
    let mut table_of_ids = Duplicates::default();
    let mut last = None;
    for (ordinal, row) in [ROW, &upper].into_iter().enumerate() {
        let Mapped::Checked(record) = mapper.map(u32::try_from(ordinal).unwrap(), &table(row))
        else {
            panic!("both are good")
        };
        table_of_ids.enter(&record);
        last = Some(record);
    }
    let found = table_of_ids.resolve(OnDuplicate::Reject);
    assert_eq!(found, [(1, Disposition::Skipped { of: 0 })]);
    assert_eq!(last.unwrap().key(), "6964AF60450340957C600001");
}
