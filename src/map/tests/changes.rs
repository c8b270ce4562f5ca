//! What mapping changes in values, and what `strict` makes of that.

use insta::assert_snapshot;

use super::*;
use crate::map::changes::{ChangeKind, Example};
use crate::map::masked;

const MESSY: &str = "6964af60450340957c600001 |Mr.X\u{a0}|doe|MISTER||(981) 234-5678|";

fn with_region() -> MapSettings {
    MapSettings { phone_region: Some("in".to_owned()), ..update() }
}

fn changes(mapper: &Mapper) -> String {
    let line = |(kind, count, example): (ChangeKind, u64, Option<&Example>)| {
        format!("{}, e.g. {}", kind.sentence(count), example.unwrap().text(masked))
    };
    mapper.changes().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_change_is_counted_with_a_masked_example() {
    let mut mapper = mapper(&with_region(), HEADER);
    assert_snapshot!(shown(&mapper.map(0, &table(MESSY))), @r#"{"id":"6964af60450340957c600001","firstName":"Mr.X","lastName":"doe","fullName":"Mr.X doe","salutation":"Mr","cellPhone":{"extension":"+","phoneNumber":"9812345678","countryCode":"+91"}}"#);
    let rejected = table("6964af60450340957c600001, x,,MR,,98123 45678,");
    assert!(matches!(mapper.map(1, &rejected), Mapped::Rejected { .. }));
    assert_snapshot!(changes(&mapper), @r#"
2 values trimmed, e.g. "xxxxxxxxxxxxxxxxxxxxxxxx " → "xxxxxxxxxxxxxxxxxxxxxxxx"
1 phone number normalised, e.g. (xxx) xxx-xxxx → xxxxxxxxxx
1 country code taken from the phone number, e.g. +xx
1 salutation spelt as the API has them, e.g. xxxxxx → xx
1 full name made of first and last name, e.g. xx.x xxx
"#);
}

#[test]
fn strict_makes_a_defect_of_every_change() {
    let strict = MapSettings { strict: true, ..with_region() };
    assert_snapshot!(map(&strict, HEADER, &table(MESSY)), @r#"
✗ `id` has white space or invisible marks around it (`strict = true` forbids changes)
✗ `firstName` has white space or invisible marks around it (`strict = true` forbids changes)
✗ `salutation` is not spelt as the API has it (`strict = true` forbids changes)
✗ `phoneNumber` is not written as national digits (`strict = true` forbids changes)
✗ `countryCode` would have to be made of another value (`strict = true` forbids changes)
"#);
}

#[test]
fn strict_adds_no_full_name() {
    let strict = MapSettings { strict: true, ..update() };
    assert_snapshot!(map(&strict, HEADER, &table(ROW)), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"}}"#);
}

#[test]
fn one_full_name_column_is_split() {
    let header = "id|fullName|salutation|phoneNumber".replace('|', ",");
    let row = |name: &str| table(&format!("6964af60450340957c600001|{name}|Dr|+91 98123 45678"));
    let mut mapper = mapper(&update(), &header);
    assert_snapshot!(shown(&mapper.map(0, &row("Doe, John Q."))), @r#"{"id":"6964af60450340957c600001","firstName":"John Q.","lastName":"Doe","fullName":"John Q. Doe","salutation":"Dr","cellPhone":{"extension":"+","phoneNumber":"9812345678","countryCode":"+91"}}"#);
    assert_snapshot!(shown(&mapper.map(0, &row("John Doe"))), @r#"{"id":"6964af60450340957c600001","firstName":"John","lastName":"Doe","fullName":"John Doe","salutation":"Dr","cellPhone":{"extension":"+","phoneNumber":"9812345678","countryCode":"+91"}}"#);
    assert_snapshot!(shown(&mapper.map(0, &row("Cher"))), @"✗ `fullName` is a single word (give columns for `firstName` and `lastName`, or write it as `Last, First`)");
    assert_snapshot!(changes(&mapper), @r#"
2 phone numbers normalised, e.g. +xx xxxxx xxxxx → xxxxxxxxxx
2 country codes taken from the phone number, e.g. +xx
2 full names split into first and last name, e.g. xxx, xxxx x. → xxxx x. | xxx
"#);
}

#[test]
fn documented_salutations_pass_and_others_are_not_refused() {
    for (given, sent) in [
        ("mr", "mr"),
        ("Mrs.", "Mrs."),
        ("MR.", "Mr"),
        ("mister", "Mr"),
        ("MRS", "Mrs"),
        ("Dr", "Dr"),
        ("Ms.", "Ms."),
    ] {
        let row = table(&ROW.replace(",mr,", &format!(",{given},")));
        let encoded = map(&update(), HEADER, &row);
        assert!(encoded.contains(&format!(r#""salutation":"{sent}""#)), "{given}: {encoded}");
    }
}

#[test]
fn constants_fill_blank_cells_only() {
    let defaults = pairs(&[("salutation", "Mrs"), ("cellPhone.countryCode", "+44")]);
    let settings = MapSettings { defaults, ..update() };
    let row = "6964af60450340957c600001,john,doee, ,+,2445600001,+91";
    let encoded = map(&settings, HEADER, &table(row));
    assert!(
        encoded.contains(r#""salutation":"Mrs""#) && encoded.contains(r#""countryCode":"+91""#)
    );
}

#[test]
fn a_blank_prefix_is_taken_from_a_number_that_carries_it() {
    let row = |phone: &str| table(&format!("6964af60450340957c600001,john,doee,mr,,{phone},"));
    assert_snapshot!(map(&update(), HEADER, &row("+91 98123 45678")), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"9812345678","countryCode":"+91"}}"#);
    assert_snapshot!(map(&update(), HEADER, &row("98123 45678")), @"✗ `phoneNumber` has no country code (give a column of country codes; where all numbers are of one country, name it: `[phone] region` or `--region IN`)");
    assert_snapshot!(map(&update(), HEADER, &row("")), @"
    ✗ `phoneNumber` is empty (bulk update replaces all six fields of a contact: give it its own value)
    ✗ `countryCode` is empty (bulk update replaces all six fields of a contact: give it its own value)
    ");
}
