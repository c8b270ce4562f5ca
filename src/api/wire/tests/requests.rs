//! Requests compared with the samples of the API pages.

use super::{batch, wire};
use crate::api::wire::{WireRequest, body_limit};
use crate::model::{Operation, Record};

fn written(request: &WireRequest) -> String {
    let mut lines = vec![format!("{} {}", request.method, request.path_and_query)];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(String::from_utf8(request.body.to_vec()).unwrap());
    lines.join("\n")
}

#[test]
fn bulk_delete_is_as_on_its_page() {
    let records =
        batch(Operation::BulkDelete, &["6960cbe9b155d194e2fxxxxx", "6960cc07b155d194e2fxxxxx"]);
    insta::assert_snapshot!(written(&wire(Operation::BulkDelete).request(&records)), @r#"
    DELETE /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a942625xxxxx/contacts/bulk-delete
    accountId: 65f7d49a5dd06e2cefaxxxxx
    Content-Type: application/json
    {"ids":["6960cbe9b155d194e2fxxxxx","6960cc07b155d194e2fxxxxx"]}
    "#);
}

#[test]
fn bulk_update_is_as_on_its_page() {
    let john = r#"{"id":"6964af60450340957c6xxxxx","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"24456xxxxx","countryCode":"+91"}}"#;
    let jane = r#"{"id":"6964af806fc554153c0xxxxx","firstName":"jane","lastName":"do","fullName":"jane do","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"244567xxxxx","countryCode":"+91"}}"#;
    let records = [
        Record::contact(0, "6964af60450340957c6xxxxx", john),
        Record::contact(1, "6964af806fc554153c0xxxxx", jane),
    ];
    let request = wire(Operation::BulkUpdate).request(&records);
    insta::assert_snapshot!(written(&request), @r#"
    PUT /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a942625xxxxx/contacts/bulk-update
    accountId: 65f7d49a5dd06e2cefaxxxxx
    Content-Type: application/json
    [{"id":"6964af60450340957c6xxxxx","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"24456xxxxx","countryCode":"+91"}},{"id":"6964af806fc554153c0xxxxx","firstName":"jane","lastName":"do","fullName":"jane do","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"244567xxxxx","countryCode":"+91"}}]
    "#);
    let page: serde_json::Value = serde_json::from_str(PAGE_004_BODY).unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&request.body).unwrap(), page);
}

/// The sample body of the page on bulk update, as it is there.
const PAGE_004_BODY: &str = r#"[
    {
        "id": "6964af60450340957c6xxxxx",
        "firstName": "john",
            "lastName": "doee",
            "fullName": "john doee",
            "salutation": "mr",
            "cellPhone": {
                "extension": "+",
                "phoneNumber": "24456xxxxx",
                "countryCode": "+91"
            }
    },
       {
        "id": "6964af806fc554153c0xxxxx",
        "firstName": "jane",
            "lastName": "do",
            "fullName": "jane do",
            "salutation": "mr",
            "cellPhone": {
                "extension": "+",
                "phoneNumber": "244567xxxxx",
                "countryCode": "+91"
            }
    }
]"#;

#[test]
fn one_by_one_deletes_are_as_on_their_pages() {
    let contact = batch(Operation::DeleteContact, &["69609027c1746a61429xxxxx"]);
    insta::assert_snapshot!(written(&wire(Operation::DeleteContact).request(&contact)), @"
    DELETE /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a942625xxxxx/contacts/69609027c1746a61429xxxxx
    accountId: 65f7d49a5dd06e2cefaxxxxx
    Content-Type: application/json
    ");
    let list = batch(Operation::DeleteContactList, &["cl-718e888-3aca-4008-973e-6d79940xxxxx"]);
    insta::assert_snapshot!(written(&wire(Operation::DeleteContactList).request(&list)), @"
    DELETE /campaign/api/v2/public/st-7dc994f0-4436-5134-9fa8-a942625xxxxx/campaign/contactList/cl-718e888-3aca-4008-973e-6d79940xxxxx?accountId=65f7d49a5dd06e2cefaxxxxx
    iid: st-7dc994f0-4436-5134-9fa8-a942625xxxxx
    accountId: 65f7d49a5dd06e2cefaxxxxx
    ");
}

#[test]
fn check_requests_change_nothing() {
    insta::assert_snapshot!(written(&wire(Operation::BulkDelete).check_request()), @"
    GET /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a942625xxxxx/contacts?skip=0&limit=1
    accountId: 65f7d49a5dd06e2cefaxxxxx
    Content-Type: application/json
    ");
    insta::assert_snapshot!(written(&wire(Operation::DeleteContactList).check_request()), @"
    GET /campaign/api/v2/public/st-7dc994f0-4436-5134-9fa8-a942625xxxxx/campaign/contactList/cl-00000000-0000-0000-0000-000000000000?accountId=65f7d49a5dd06e2cefaxxxxx
    iid: st-7dc994f0-4436-5134-9fa8-a942625xxxxx
    accountId: 65f7d49a5dd06e2cefaxxxxx
    ");
}

#[test]
fn an_answer_may_have_a_mebibyte_and_sixteen_kibibytes_a_record() {
    assert_eq!(body_limit(0), 1_048_576);
    assert_eq!(body_limit(1000), 1_048_576 + 16_384_000);
    assert_eq!(body_limit(usize::MAX), u64::MAX);
}
