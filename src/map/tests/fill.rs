//! Rows and their contacts: what a row does not change stays, byte for byte, whatever the contact holds.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::api::wire::AccountContact;
use crate::map::UNCHANGED;
use crate::model::settings::Blanks;

const ID: &str = "6964af60450340957c600001";
const COLUMNS: [&str; 6] =
    ["firstName", "lastName", "salutation", "phoneNumber", "countryCode", "cellPhone.extension"];

fn keeping() -> MapSettings {
    let update = UpdateSettings { blanks: Blanks::Keep, ..UpdateSettings::default() };
    MapSettings { update, with_contacts: true, ..settings(Operation::BulkUpdate) }
}

/// The contact of these six values, in the order of `COLUMNS`.
fn contact(values: &[String; 6]) -> String {
    let [first, last, salutation, number, code, extension] = values;
    json!({
        "id": ID, "firstName": first, "lastName": last, "salutation": salutation,
        "cellPhone": {"phoneNumber": format!("+{}{number}", code.trim_start_matches('+')), "countryCode": code, "extension": extension},
    })
    .to_string()
}

fn completed(header: &str, cells: &[&str], contact: &str) -> String {
    let row = Row { line: 2, cells: Cells::Table(cells.to_vec().into()), ..Row::default() };
    let mut mapper = mapper(&keeping(), header);
    assert!(matches!(mapper.map(0, &row), Mapped::Checked(_)), "a draft");
    shown(&mapper.complete(0, &row, &AccountContact::read(contact).unwrap(), contact))
}

/// Anything that a JSON string may hold.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ a-z#/=\\u{200b}é\"]{0,6}",
        "=\"[=a-z\"]{0,3}\"",
        Just("#N/A".to_owned()),
        Just(String::new())
    ]
}

proptest! {
    #[test]
    fn what_a_row_does_not_change_stays_as_it_is(
        names in [text(), text(), text()],
        (number, code, extension) in ("[0-9 -]{1,10}", "\\+?[1-9][0-9]{0,2}", text()),
        shown_in_the_row in prop::array::uniform6(any::<bool>()),
        changed in prop::option::of(0_usize..3),
    ) {
        let [first, last, salutation] = names;
        let own = [first, last, salutation, number, code, extension];
        let whole = contact(&own);
        let (mut header, mut cells) = (vec!["id"], vec![ID.to_owned()]);
        for (at, column) in COLUMNS.into_iter().enumerate() {
            let is_changed = changed == Some(at);
            if is_changed || shown_in_the_row[at] {
                header.push(column);
                let as_exported = match at {
                    3 => format!("+{}{}", own[4].trim_start_matches('+'), own[3]),
                    _ => own[at].clone(),
                };
                cells.push(if is_changed { "Changed".to_owned() } else { as_exported });
            }
        }
        if header.len() == 1 {
            return Ok(());
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let made = completed(&header.join(","), &cells, &whole);
        let Some(changed) = changed.filter(|at| own[*at] != "Changed") else {
            prop_assert_eq!(made, format!("skipped: {}", UNCHANGED));
            return Ok(());
        };
        let made: Value = serde_json::from_str(&made).unwrap();
        let phone = &made["cellPhone"];
        let sent = [&made["firstName"], &made["lastName"], &made["salutation"],
            &phone["phoneNumber"], &phone["countryCode"], &phone["extension"]];
        for (at, sent) in sent.into_iter().enumerate() {
            let expected = if at == changed { "Changed" } else { &own[at] };
            prop_assert_eq!(sent, expected);
        }
    }
}

#[test]
fn a_number_without_the_contacts_own_code_in_front_is_not_sent() {
    let odd = json!({"id": ID, "firstName": "a", "lastName": "b", "salutation": "Mr",
        "cellPhone": {"phoneNumber": "9812345678", "countryCode": "+91", "extension": "+"}});
    insta::assert_snapshot!(completed("id,lastName", &[ID, "c"], &odd.to_string()), @"✗ `cellPhone.phoneNumber` does not begin with the contact's own country code (nobody can say which of its digits are the national ones: give the number in the row)");
    insta::assert_snapshot!(completed("id,lastName,phoneNumber", &[ID, "c", "98123 45678"], &odd.to_string()), @r#"{"id":"6964af60450340957c600001","firstName":"a","lastName":"c","fullName":"a c","salutation":"Mr","cellPhone":{"extension":"+","phoneNumber":"9812345678","countryCode":"+91"}}"#);
}

#[test]
fn a_full_name_follows_the_names_that_change_and_stays_otherwise() {
    let own = json!({"id": ID, "firstName": "Ann", "lastName": "Rao", "fullName": "Dr. Ann Rao", "salutation": "Mrs",
        "cellPhone": {"phoneNumber": "+919812345678", "countryCode": "+91", "extension": "+"}});
    let full = |header: &str, value: &str| {
        let made = completed(header, &[ID, value], &own.to_string());
        let made: Value = serde_json::from_str(&made).unwrap_or_default();
        ["firstName", "lastName", "fullName"]
            .map(|key| made[key].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(full("id,salutation", "Dr"), ["Ann", "Rao", "Dr. Ann Rao"]);
    assert_eq!(full("id,lastName", "Roe"), ["Ann", "Roe", "Ann Roe"]);
    assert_eq!(full("id,fullName", "Ida Roe"), ["Ida", "Roe", "Ida Roe"]);
}

#[test]
fn what_the_user_adds_is_sent_where_the_contact_has_something_else() {
    let own = json!({"id": ID, "firstName": "Ann", "lastName": "Rao", "salutation": "Mrs", "address": ["x"],
        "cellPhone": {"phoneNumber": "+919812345678", "countryCode": "+91", "extension": "+"}});
    let made = |row: &str| {
        let row = object(row);
        let mut mapper = mapper(&keeping(), "");
        shown(&mapper.complete(
            0,
            &row,
            &AccountContact::read(&own.to_string()).unwrap(),
            &own.to_string(),
        ))
    };
    assert_eq!(made(&format!(r#"{{"id":"{ID}","address":["x"]}}"#)), "skipped: unchanged");
    insta::assert_snapshot!(made(&format!(r#"{{"id":"{ID}","address":["y"]}}"#)), @r#"{"id":"6964af60450340957c600001","firstName":"Ann","lastName":"Rao","salutation":"Mrs","cellPhone":{"extension":"+","phoneNumber":"9812345678","countryCode":"+91"},"address":["y"]}"#);
}

#[test]
fn a_contact_without_a_name_cannot_be_created_anew_and_is_put_back_as_it_was() {
    let own = json!({"id": ID, "firstName": "Ann", "lastName": "", "salutation": " ",
        "cellPhone": {"phoneNumber": "+919812345678", "countryCode": "+91", "extension": "+"}});
    let own = own.to_string();
    let contact = AccountContact::read(&own).unwrap();
    let restored = |as_new| shown(&mapper(&keeping(), "").restored(0, &contact, None, as_new));
    insta::assert_snapshot!(restored(true), @"
    ✗ `lastName` was empty (a contact that is created needs all of its fields)
    ✗ `salutation` was empty (a contact that is created needs all of its fields)
    ");
    assert!(restored(false).starts_with('{'));
}
