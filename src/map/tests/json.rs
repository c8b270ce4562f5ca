//! JSON objects: in the API's shape, flat, or at paths that the settings name.

use insta::assert_snapshot;

use super::*;
use crate::model::Mark;
use crate::model::settings::{Rule, RuleTest};

/// The first contact of the page's sample request, unmasked.
const SAMPLE: &str = r#"{
    "id": "6964af60450340957c600001",
    "firstName": "john",
    "lastName": "doee",
    "fullName": "john doee",
    "salutation": "mr",
    "cellPhone": { "extension": "+", "phoneNumber": "2445600001", "countryCode": "+91" }
}"#;

fn read(settings: &MapSettings, text: &str) -> String {
    map(settings, "", &object(text))
}

#[test]
fn the_apis_own_shape_passes_as_it_is() {
    assert_snapshot!(read(&update(), SAMPLE), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"}}"#);
}

#[test]
fn an_echoed_contact_goes_back_with_its_other_keys_and_without_the_code_in_its_number() {
    let echo = SAMPLE
        .replace("\"id\"", "\"_id\"")
        .replace("\"2445600001\"", "\"+912445600001\", \"kind\": [1]")
        .replace("\"mr\",", "\"mr\", \"address\": [], \"n\": null,");
    assert_snapshot!(read(&update(), &echo), @r#"{"id":"6964af60450340957c600001","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91","kind":[1]},"address":[],"n":null}"#);
}

#[test]
fn flat_and_dotted_keys_are_understood() {
    let flat = r#"{"ID":"6964af60450340957c600001","First Name":"jo\u00e9","lastName":"d\"o","salutation":"mr",
        "cellPhone.extension":"+","phone_number":2445600001,"countryCode":"+91","city":"Pune"}"#;
    let mut mapper = mapper(&update(), "");
    assert_snapshot!(shown(&mapper.map(0, &object(flat))), @r#"{"id":"6964af60450340957c600001","firstName":"joé","lastName":"d\"o","fullName":"joé d\"o","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"}}"#);
    let kinds: Vec<_> = mapper.changes().iter().map(|(kind, n, _)| kind.sentence(n)).collect();
    assert_snapshot!(kinds.join("\n"), @r"
    1 number written as text
    1 full name made of first and last name
    1 key unknown to the API left out
    ");
}

#[test]
fn paths_of_the_settings_lead_into_objects() {
    let settings = MapSettings {
        columns: pairs(&[
            ("id", "meta.key"),
            ("cellPhone.phoneNumber", "phones.mobile"),
            ("cellPhone.countryCode", "phones.cc"),
            ("city", "home.city"),
        ]),
        defaults: pairs(&[("cellPhone.extension", "+"), ("salutation", "Mr")]),
        ..update()
    };
    let text = r#"{"meta":{"key":"6964af60450340957c600001"},"firstName":"a","lastName":"b",
        "phones":{"mobile":"2445600001","cc":"+91"},"home":{"city":"Pune","zip":1}}"#;
    assert_snapshot!(read(&settings, text), @r#"{"id":"6964af60450340957c600001","firstName":"a","lastName":"b","fullName":"a b","salutation":"Mr","cellPhone":{"extension":"+","phoneNumber":"2445600001","countryCode":"+91"},"city":"Pune"}"#);
}

#[test]
fn objects_that_cannot_be_sent_say_all_that_is_wrong() {
    let text = r#"{"id":12,"firstName":["a"],"lastName":null,"salutation":true,
        "cellPhone":{"phoneNumber":"2445600001"},"last_name":"x"}"#;
    assert_snapshot!(read(&update(), text), @"
    ✗ `lastName` is given twice with different values (give it once)
    ✗ `id` is a number, not text (ids are strings)
    ✗ `firstName` is not text (the API wants a string)
    ✗ `lastName` is empty (bulk update replaces all six fields of a contact: give it its own value)
    ✗ `salutation` is a truth value, not text (give it as text; in a spreadsheet, format the column as text and fill it again)
    ✗ `cellPhone.phoneNumber` has no country code (give a column of country codes; where all numbers are of one country, name it: `[phone] region` or `--region IN`)
    ");
    let phone = SAMPLE.replace(
        "{ \"extension\": \"+\", \"phoneNumber\": \"2445600001\", \"countryCode\": \"+91\" }",
        "\"+91\"",
    );
    assert_snapshot!(read(&update(), &phone), @"
    ✗ `cellPhone` is not an object (it holds `extension`, `phoneNumber` and `countryCode`)
    ✗ `cellPhone.phoneNumber` is missing (bulk update replaces all six fields of a contact: give it its own value)
    ✗ `cellPhone.countryCode` is missing (bulk update replaces all six fields of a contact: give it its own value)
    ");
    assert_snapshot!(read(&update(), "[1]"), @r#"✗ is not a JSON object (a record is one object)"#);
    assert_snapshot!(read(&settings(Operation::BulkDelete), r#"{"name":"x"}"#), @r#"✗ `id` is missing (every record needs its id)"#);
    assert_snapshot!(
        read(&settings(Operation::BulkDelete), r#"{"id":"6964af60450340957c600001","_id":"6964af60450340957c600002"}"#),
        @r#"✗ `id` is given twice with different values (give it once)"#
    );
}

#[test]
fn a_delete_minds_nothing_but_the_id() {
    let text =
        r#"{"_id":"6964af60450340957c600001","cellPhone":null,"firstName":1,"first_name":2}"#;
    assert_snapshot!(read(&settings(Operation::BulkDelete), text), @r#""6964af60450340957c600001""#);
}

#[test]
fn own_outcome_objects_go_on_where_they_were() {
    let with = |outcome: &str| {
        let own = format!(r#"{{"korebulk":{{"row":2,"outcome":"{outcome}","reason":"x"}},"#);
        object(&SAMPLE.replacen('{', &own, 1))
    };
    let mut mapper = mapper(&update(), "");
    assert_snapshot!(shown(&mapper.map(0, &with("succeeded"))), @r#"skipped: korebulk_outcome is `succeeded`"#);
    let again = mapper.map(0, &with("unknown"));
    assert!(!shown(&again).contains("korebulk"));
    let Mapped::Checked(record) = again else { panic!() };
    assert_eq!(record.mark, Mark::LostAnswer);
    let flat = SAMPLE.replacen('{', r#"{"korebulk_outcome":"skipped","korebulk_row":2,"#, 1);
    assert_snapshot!(shown(&mapper.map(0, &object(&flat))), @r#"skipped: korebulk_outcome is `skipped`"#);
}

#[test]
fn rules_look_at_paths_and_a_path_that_never_occurs_is_an_error() {
    let rule = |column: &str| Rule {
        column: column.to_owned(),
        case: false,
        test: RuleTest::Is("old".to_owned()),
    };
    let settings = MapSettings {
        send_if: vec![rule("meta.state")],
        skip_if: vec![rule("meta.stat")],
        ..settings(Operation::BulkDelete)
    };
    let mut mapper = mapper(&settings, "");
    assert_eq!(mapper.finished(), Ok(()));
    let row = |state: &str| {
        object(&format!(r#"{{"id":"6964af60450340957c600001","meta":{{"state":"{state}"}}}}"#))
    };
    assert_snapshot!(shown(&mapper.map(0, &row("old"))), @"✗ `meta.stat` is missing (skip_if `meta.stat` is `old` must be able to read it)");
    assert_snapshot!(shown(&mapper.map(0, &row("new"))), @r#"skipped: send_if `meta.state` is `old` does not hold"#);
    assert_snapshot!(mapper.finished().unwrap_err(), @r#"`people.csv`: no object has `meta.stat`"#);
}
