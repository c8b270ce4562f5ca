//! Each API, in the shapes of its page.

use super::*;

/// Keys of a JSON value, with dots, in order.
fn keys(value: &Value) -> String {
    fn walk(at: &str, value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    walk(&format!("{at}.{key}"), value, into);
                }
            }
            Value::Array(all) if !all.is_empty() => walk(&format!("{at}[]"), &all[0], into),
            _ => into.push(at.trim_start_matches('.').to_owned()),
        }
    }
    let mut all = Vec::new();
    walk("", value, &mut all);
    all.join(" ")
}

#[test]
fn bulk_delete_answers_as_its_page_does() {
    let bench = with_faults(&[]);
    let heard = bench.delete(&ids([A, B]));
    assert_eq!(heard.status, 200);
    assert_eq!(
        heard.json(),
        json!({
            "totalRequested": 2, "successful": 2, "failed": 0,
            "successfulRecords": [{ "id": A }, { "id": B }],
            "failedRecords": []
        })
    );
    assert_eq!(bench.applied(), [A, B]);
}

#[test]
fn bulk_update_echoes_the_contact_with_the_country_code_in_front() {
    let bench = with_faults(&[]);
    let heard = bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string());
    let answer = heard.json();
    let entry = &answer["successfulRecords"][0];
    assert_eq!((heard.status, &entry["id"]), (200, &json!(A)));
    assert_eq!(entry["contact"]["cellPhone"]["phoneNumber"], "+912445600000");
    assert_eq!(entry["contact"]["status"], "ACTIVE");
    assert_eq!(entry["contact"]["address"], json!([]));
    // As the sample of the page has them, sorted.
    insta::assert_snapshot!(keys(&answer), @"failed failedRecords successful successfulRecords[].contact._id successfulRecords[].contact.accountId successfulRecords[].contact.address successfulRecords[].contact.cellPhone.countryCode successfulRecords[].contact.cellPhone.extension successfulRecords[].contact.cellPhone.phoneNumber successfulRecords[].contact.createdAt successfulRecords[].contact.createdBy successfulRecords[].contact.createdByAId successfulRecords[].contact.firstName successfulRecords[].contact.fullName successfulRecords[].contact.instanceBotId successfulRecords[].contact.lastName successfulRecords[].contact.orgId successfulRecords[].contact.salutation successfulRecords[].contact.status successfulRecords[].contact.twitterDetails successfulRecords[].contact.updatedAt successfulRecords[].contact.updatedBy successfulRecords[].contact.updatedByAId successfulRecords[].id totalRequested");
}

#[test]
fn a_deleted_contact_is_answered_whole_and_inactive() {
    let bench = with_faults(&[]);
    let heard = bench.ask("DELETE", &format!("/{A}"), "");
    let answer = heard.json();
    assert_eq!(
        (heard.status, &answer["id"], &answer["status"]),
        (200, &json!(A), &json!("INACTIVE"))
    );
    insta::assert_snapshot!(keys(&answer), @"accountId address cellPhone.countryCode cellPhone.extension cellPhone.phoneNumber createdAt createdBy createdByAId firstName fullName id instanceBotId lastName orgId salutation status twitterDetails updatedAt");
    let again = bench.ask("DELETE", &format!("/{A}"), "");
    assert_eq!(again.error(), (404, 404, "Contact not found".into()));
}

#[test]
fn a_deleted_contact_is_not_found_by_any_operation() {
    let bench = with_faults(&[]);
    bench.delete(&ids([A]));
    let not_found = json!([{ "id": A, "reason": "Contact not found" }]);
    assert_eq!(bench.delete(&ids([A])).json()["failedRecords"], not_found);
    let body = json!([contact(A)]).to_string();
    assert_eq!(bench.ask("PUT", "/bulk-update", &body).json()["failedRecords"], not_found);
    assert_eq!(bench.ask("PUT", &format!("/{A}"), &contact(A).to_string()).status, 404);
    assert_eq!(bench.applied(), [A]);
}

#[test]
fn an_incomplete_contact_refuses_its_batch() {
    for field in ["firstName", "lastName", "salutation", "cellPhone", "id"] {
        let bench = with_faults(&[]);
        let mut bad = contact(B);
        bad.as_object_mut().unwrap().remove(field);
        let heard = bench.ask("PUT", "/bulk-update", &json!([contact(A), bad]).to_string());
        let words = "Validation errors/ Invalid arguments".to_owned();
        assert_eq!(heard.error(), (412, 412, words), "{field}");
        assert!(bench.applied().is_empty());
    }
    let bench = with_faults(&["validation:status=400,names=yes"]);
    let mut bad = contact(B);
    bad["cellPhone"]["phoneNumber"] = json!("+912445600000");
    let heard = bench.ask("PUT", "/bulk-update", &json!([contact(A), bad]).to_string());
    assert_eq!(heard.status, 400);
    assert!(heard.error().2.contains(B));
}

#[test]
fn bodies_of_another_shape_are_refused() {
    let bench = with_faults(&[]);
    for body in ["", "{", "null", "[1]", r#"{"ids":[1]}"#, r#"{"id":["a"]}"#, r#"{"ids":[""]}"#] {
        assert_eq!(bench.delete(body).status, 412, "{body}");
        assert_eq!(bench.ask("PUT", "/bulk-update", body).status, 412, "{body}");
    }
}

#[test]
fn created_contacts_are_listed_in_pages() {
    let bench = with_faults(&[]);
    let mut new = contact("");
    new.as_object_mut().unwrap().remove("id");
    let created = bench.ask("POST", "", &json!([new]).to_string()).json();
    let id = created[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 24);
    assert_eq!(bench.ask("POST", "", &json!([new]).to_string()).status, 400, "its number is taken");
    let page = bench.ask("GET", "?skip=2&limit=2", "").json();
    assert_eq!(named(&page["results"]), [C, &id]);
    let counts = json!([
        page["skip"],
        page["limit"],
        page["hasMore"],
        page["totalPages"],
        page["totalResults"]
    ]);
    assert_eq!(counts, json!([2, 2, false, 2, 4]));
    bench.delete(&ids([A, B, C]));
    assert_eq!(named(&bench.ask("GET", "", "").json()["results"]), [id]);
}

#[test]
fn one_contact_is_updated_by_its_path() {
    let bench = with_faults(&[]);
    let heard = bench.ask("PUT", &format!("/{B}"), &contact("ignored").to_string());
    assert_eq!((heard.status, &heard.json()["id"]), (200, &json!(B)));
    assert_eq!(bench.applied(), [B]);
}

#[test]
fn a_list_is_deleted_once_and_not_while_campaigns_use_it() {
    let bench = with_faults(&["list-in-use:ids=cl-2"]);
    bench.server.seed_lists(["cl-1".to_owned(), "cl-2".to_owned()]).unwrap();
    let answer = bench.list("DELETE", "cl-1").json();
    let said = json!([answer["status"], answer["data"]["_id"], answer["data"]["isActive"]]);
    assert_eq!(said, json!(["success", "cl-1", true]));
    assert_eq!(answer["data"]["campaignInUse"], json!([]));
    assert_eq!(bench.list("DELETE", "cl-1").status, 404);
    assert_eq!(bench.list("GET", "cl-1").status, 404);
    assert_eq!(bench.list("DELETE", "cl-2").status, 400);
    assert_eq!(bench.list("GET", "cl-2").json()["data"]["_id"], "cl-2");
    assert_eq!(bench.applied(), ["cl-1"]);
}
