//! Which column feeds which field, and what is said when none does.

use insta::assert_snapshot;

use super::*;
use crate::model::RunError;
use crate::model::settings::{Rule, RuleTest};

fn lines(mapper: &Mapper) -> String {
    let line = |m: &crate::map::MappedField| {
        let (header, constant) = (m.header.as_deref(), m.constant.as_deref());
        let words = m.how.words();
        format!("{} ← {} / {} ({words})", m.field, header.unwrap_or("-"), constant.unwrap_or("-"))
    };
    mapper.mapping().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn error(settings: &MapSettings, header: &str) -> String {
    let error = RunError::from(try_mapper(settings, header).err().expect("it cannot be mapped"));
    assert_eq!(error.exit.code(), 2);
    format!("{error}\nhint: {}", error.hint.as_deref().unwrap())
}

#[test]
fn the_mapping_says_how_each_field_was_found() {
    let settings = MapSettings {
        columns: pairs(&[("cellPhone.phoneNumber", "Mobile"), ("city", "Town")]),
        defaults: pairs(&[
            ("salutation", "Mr"),
            ("cellPhone.countryCode", "+91"),
            ("extension", "+"),
        ]),
        ..update()
    };
    let mapper = mapper(&settings, "id,First Name,lastName,Salutation,Mobile,Town,Notes");
    assert_snapshot!(lines(&mapper), @"
    id ← id / - (by name)
    firstName ← First Name / - (by spelling)
    lastName ← lastName / - (by name)
    fullName ← - / - (made of first and last name)
    salutation ← Salutation / Mr (by spelling)
    cellPhone.extension ← - / + (constant)
    cellPhone.phoneNumber ← Mobile / - (as the settings say)
    cellPhone.countryCode ← - / +91 (constant)
    city ← Town / - (as the settings say)
    ");
    assert_eq!(mapper.ignored(), ["Notes"]);
}

#[test]
fn one_name_column_and_one_phone_column_are_enough() {
    let mapper = mapper(&update(), "id,Full Name,Salutation,Phone Number");
    assert_snapshot!(lines(&mapper), @"
    id ← id / - (by name)
    firstName ← - / - (split from the full name)
    lastName ← - / - (split from the full name)
    fullName ← Full Name / - (by spelling)
    salutation ← Salutation / - (by spelling)
    cellPhone.extension ← - / - (`+`, the dialling prefix where nothing else is given)
    cellPhone.phoneNumber ← Phone Number / - (by spelling)
    cellPhone.countryCode ← - / - (taken from the phone number)
    ");
}

#[test]
fn a_delete_needs_only_the_id() {
    let delete = settings(Operation::DeleteContactList);
    assert_snapshot!(lines(&mapper(&delete, "Contact List ID,Name")), @r#"id ← Contact List ID / - (by spelling)"#);
    assert_snapshot!(error(&delete, "Name,Owner"), @"
    `people.csv` has no column for `id`
    hint: name its column with `--map id=HEADER`; it is `cl-` and a UUID-like string, as Kore.ai's list of contact lists has it; its columns are `Name`, `Owner`
    ");
}

#[test]
fn a_column_that_is_not_there_is_named_with_the_nearest() {
    let columns = pairs(&[("firstName", "Vornamen")]);
    let settings = MapSettings { columns, ..update() };
    assert_snapshot!(error(&settings, "id,Vorname,Nachname,Anrede"), @r#"
`people.csv` has no column `Vornamen` (for `firstName`)
hint: nearest: `Vorname`
"#);
    let rule =
        Rule { column: "Stauts".to_owned(), case: false, test: RuleTest::Is("x".to_owned()) };
    let settings = MapSettings { skip_if: vec![rule], ..super::settings(Operation::BulkDelete) };
    assert_snapshot!(error(&settings, "id,Status"), @r#"
`people.csv` has no column `Stauts` (for a rule)
hint: nearest: `Status`
"#);
}

#[test]
fn required_fields_that_nothing_feeds_are_named_together() {
    assert_snapshot!(error(&update(), "id,firstName,lastName,Mobile Phone"), @"
    `people.csv` has no column for `salutation`, `cellPhone.phoneNumber`, `cellPhone.countryCode`
    hint: bulk update replaces all six fields of every contact: name the column of each with `--map salutation=HEADER` (where one value is right for every contact: `--set salutation=VALUE`), or let each contact keep what no row says: `--blanks keep`; `Mobile Phone` may be `cellPhone.phoneNumber`; its columns are `id`, `firstName`, `lastName`, `Mobile Phone`
    ");
    // The dialling prefix is `+` where nothing is said.
    assert!(
        try_mapper(&update(), "id,firstName,lastName,salutation,phoneNumber,countryCode").is_ok()
    );
    let strict = MapSettings { strict: true, ..update() };
    assert_snapshot!(error(&strict, "id,fullName,salutation,phoneNumber"), @"
    `people.csv` has no column for `firstName`, `lastName`, `cellPhone.countryCode`
    hint: bulk update replaces all six fields of every contact: name the column of each with `--map firstName=HEADER` (where one value is right for every contact: `--set cellPhone.countryCode=VALUE`), or let each contact keep what no row says: `--blanks keep`; its columns are `id`, `fullName`, `salutation`, `phoneNumber`
    ");
}

#[test]
fn columns_that_could_both_be_meant_are_an_error() {
    assert_snapshot!(error(&update(), "id,First Name,first_name"), @"
    `people.csv`: several columns fit `firstName`: `First Name` (column 2), `first_name` (column 3)
    hint: say which one is meant in `[input.columns]` or with `--map`: one of `First Name`, `first_name`
    ");
    assert_snapshot!(error(&update(), "id,id"), @"
    `people.csv`: several columns fit `id`: `id` (column 1), `id` (column 2)
    hint: say which one is meant in `[input.columns]` or with `--map`: one of `A`, `B`
    ");
    assert!(try_mapper(&settings(Operation::BulkDelete), "ID,id").is_ok());
}

#[test]
fn settings_that_make_no_sense_are_errors() {
    let constant_id = MapSettings { defaults: pairs(&[("id", "x")]), ..update() };
    assert_snapshot!(error(&constant_id, HEADER), @r#"
`id` cannot be a constant
hint: each record has its own id: name its column with `--map id=HEADER`
"#);
    let inside = MapSettings { defaults: pairs(&[("firstName.x", "x")]), ..update() };
    assert_snapshot!(error(&inside, HEADER), @r#"
`firstName.x` cannot be a field beside `firstName`
hint: fields are named as the API names them, dotted where they are in an object
"#);
    let columns = pairs(&[("phoneNumber", "id"), ("cellPhone.phoneNumber", "id")]);
    assert_snapshot!(error(&MapSettings { columns, ..update() }, HEADER), @r#"
input.columns: `cellPhone.phoneNumber` is given twice, in two spellings
hint: keep one of them
"#);
    let region = MapSettings { phone_region: Some("India".to_owned()), ..update() };
    assert_snapshot!(error(&region, HEADER), @r#"
phone.region: `India` is not a region
hint: regions are ISO 3166 codes of two letters, such as `IN`
"#);
}
