//! Guesses over the headers and values of common exports.

use insta::assert_snapshot;

use super::super::error::ticked;
use super::*;

const A: &str = "6960cbe9b155d194e2f00001";
const B: &str = "6960cc07b155d194e2f00002";

fn guess(operation: Operation, header: &str, rows: &[&str]) -> String {
    let header: Vec<String> = header.split(',').map(str::to_owned).collect();
    let row = |cells: &&str| Row {
        cells: Cells::Table(cells.split(',').collect::<Vec<_>>().into()),
        ..Row::default()
    };
    let rows: Vec<Row> = rows.iter().map(row).collect();
    let guess = columns(operation, &header, &rows);
    let mut lines: Vec<String> = Vec::new();
    for found in &guess.found {
        lines.push(format!("{} = {} ({:?})", found.field, found.header, found.why));
    }
    for ambiguous in &guess.ambiguous {
        let headers = ticked(ambiguous.columns.iter().map(|(_, header)| header));
        lines.push(format!("{} could be {headers}", ambiguous.field));
    }
    if !guess.missing.is_empty() {
        lines.push(format!("missing: {}", ticked(&guess.missing)));
    }
    if guess.needs_region {
        lines.push("needs a region".to_owned());
    }
    lines.join("\n")
}

fn update(header: &str, rows: &[&str]) -> String {
    guess(Operation::BulkUpdate, header, rows)
}

#[test]
fn exports_of_common_programs_are_known() {
    assert_snapshot!(update(
            "Name Prefix,First Name,Middle Name,Last Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value,Kore",
            &[&format!("Mr,John,,Doe,Mobile,+91 98123 45678,,{A}"), &format!(",Ann,,Roe,Home,+91 98123 45679,,{B}")],
        ), @r#"
id = Kore (Values)
firstName = First Name (Name)
lastName = Last Name (Name)
salutation = Name Prefix (Alias)
cellPhone.phoneNumber = Phone 1 - Value (Alias)
"#);
    assert_snapshot!(update(
            "Title,First Name,Last Name,Job Title,Business Phone,Mobile Phone,Contact ID",
            &[&format!("Mr.,John,Doe,Boss,(981) 234-0000,(981) 234-5678,{A}")],
        ), @r#"
id = Contact ID (Alias)
firstName = First Name (Name)
lastName = Last Name (Name)
salutation = Title (Alias)
cellPhone.phoneNumber = Mobile Phone (Alias)
needs a region
"#);
    assert_snapshot!(update(
            "Contact ID,Salutation,FirstName,LastName,Title,Phone,MobilePhone,kore_id__c",
            &[&format!("0035g00000AbCdEAAV,Ms.,Ann,Roe,CEO,,+919812345678,{A}")],
        ), @r#"
id = kore_id__c (Alias)
firstName = FirstName (Name)
lastName = LastName (Name)
salutation = Salutation (Name)
cellPhone.phoneNumber = MobilePhone (Alias)
"#);
    assert_snapshot!(update(
            "Record ID,First Name,Last Name,Phone Number,Mobile Phone Number,Kore ID",
            &[&format!("151,Ann,Roe,+91 22 1234 5678,+91 98123 45678,{A}")],
        ), @r#"
id = Kore ID (Alias)
firstName = First Name (Name)
lastName = Last Name (Name)
cellPhone.phoneNumber could be `Phone Number`, `Mobile Phone Number`
missing: `salutation`
"#);
    assert_snapshot!(update(
            "ID,Name,Email,External ID,Phone",
            &[&format!("381,Ann Roe,a@example.com,{A},+919812345678")],
        ), @r#"
fullName = Name (Alias)
cellPhone.phoneNumber = Phone (Alias)
id could be `ID`, `External ID`
missing: `salutation`
"#);
}

#[test]
fn values_speak_where_headers_do_not() {
    assert_snapshot!(update(
            "a,b,c,d,e,f",
            &[
                &format!("{A},65f7d49a5dd06e2cefa45012,John Doe,Mr,98123 45678,2025-01-02"),
                &format!("{B},65f7d49a5dd06e2cefa45012,Ann Roe,Mrs,98123 45679,2025-01-03"),
            ],
        ), @r#"
id = a (Values)
fullName = c (Values)
salutation = d (Values)
cellPhone.phoneNumber = e (Values)
needs a region
"#);
}

#[test]
fn what_fits_twice_is_not_decided() {
    assert_snapshot!(update(
            "key,old key,first_name,First Name,lastName,Phone,Telephone",
            &[&format!("{A},{B},a,b,c,98123 45678,98123 45679")],
        ), @r#"
lastName = lastName (Name)
id could be `key`, `old key`
firstName could be `first_name`, `First Name`
cellPhone.phoneNumber could be `Phone`, `Telephone`
missing: `salutation`
needs a region
"#);
}

#[test]
fn an_id_column_that_numbers_the_rows_is_doubted() {
    assert_snapshot!(guess(Operation::BulkDelete, "id,kore", &[&format!("1,{A}"), &format!("2,{B}")]), @r#"id could be `id`, `kore`"#);
    assert_snapshot!(guess(Operation::BulkDelete, "id,kore", &[]), @r#"id = id (Name)"#);
}

#[test]
fn contact_lists_have_ids_of_their_own() {
    let row = "Renewal Due,cl-718e888-3aca-4008-973e-6d7994000001";
    assert_snapshot!(guess(Operation::DeleteContactList, "Name,List", &[row]), @r#"id = List (Values)"#);
    assert_snapshot!(guess(Operation::DeleteContact, "Name,List", &[row]), @r#"
    fullName = Name (Alias)
    missing: `id`
    "#);
}
