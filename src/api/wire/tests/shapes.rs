//! Answers in every shape that the facts page calls plausible.

use super::{batch, parts, read, tell, told, whole, wire};
use crate::api::reading::{Reading, ThrottledWindow};
use crate::api::wire::{BodyPart, Check};
use crate::model::Operation::{BulkDelete, BulkUpdate, DeleteContact, DeleteContactList};
use crate::model::Record;

const A: &str = "6960cbe9b155d194e2f0000a";
const B: &str = "6960cbe9b155d194e2f0000b";

#[test]
fn the_sample_of_the_update_page_reads_as_two_that_diverged() {
    let records = [
        Record::contact(
            0,
            "6964af60450340957c6xxxxx",
            r#"{"id":"6964af60450340957c6xxxxx","firstName":"john","lastName":"doee","cellPhone":{"extension":"+","phoneNumber":"24456","countryCode":"+91"}}"#,
        ),
        Record::contact(
            1,
            "6964af806fc554153c0xxxxx",
            r#"{"id":"6964af806fc554153c0xxxxx","firstName":"jane","lastName":"doe"}"#,
        ),
    ];
    let body = r#"{"totalRequested":2,"successful":2,"failed":0,"successfulRecords":[
        {"id":"6964af60450340957c6xxxxx","contact":{"_id":"6964af60450340957c6xxxxx","firstName":"john","lastName":"doe","cellPhone":{"extension":"+","phoneNumber":"+9124456","countryCode":"+91"},"status":"ACTIVE","address":[]}},
        {"id":"6964af806fc554153c0xxxxx","contact":{"_id":"6964af806fc554153c0xxxxx","firstName":"jane","lastName":"doe","status":"ACTIVE"}}
    ],"failedRecords":[]}"#;
    insta::assert_snapshot!(told(body, &read(BulkUpdate, &records, 200, body)), @r#"
    succeeded {"id":"6964af60450340957c6xxxxx","contact":{"_id":"6964af60450340957c6xxxxx","firstName":"john","lastName":"doe","cellPhone":{"extension":"+","phoneNumber":"+9124456","countryCode":"+91"},"status":"ACTIVE","address":[]}} ["lastName"]
    succeeded {"id":"6964af806fc554153c0xxxxx","contact":{"_id":"6964af806fc554153c0xxxxx","firstName":"jane","lastName":"doe","status":"ACTIVE"}} []
    "#);
}

#[test]
fn success_entries_are_read_in_every_shape_and_order() {
    let body = r#"{"failedRecords":null,"successfulRecords":[{"contact":{"_id":"e"}}, "d",{"_id":"c","x":[{}]},{"id":"b","status":"INACTIVE"} ,{"id":5}]}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["5", "b", "c", "d", "e", "f"], 207, body), @r#"
    succeeded {"id":5} []
    succeeded {"id":"b","status":"INACTIVE"} []
    succeeded {"_id":"c","x":[{}]} []
    succeeded "d" []
    succeeded {"contact":{"_id":"e"}} []
    nowhere
    "#);
}

#[test]
fn failure_entries_are_read_in_every_shape() {
    let body = r#"{"failedRecords":[
        "a", {"id":"b","reason":"Phone \"in use\""}, {"_id":"c","error":{"message":"m","code":"E7"}},
        {"contact":{"_id":"d","message":"no words of ours"},"errors":[{"msg":"x","code":404},{"msg":"y"}]},
        {"id":"e","message":"Contact not found"}, {"id":"f","code":503,"msg":"later"}]}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["a", "b", "c", "d", "e", "f"], 400, body), @r#"
    failed "" [] "a"
    failed "Phone \"in use\"" [] {"id":"b","reason":"Phone \"in use\""}
    failed "m" [E7] {"_id":"c","error":{"message":"m","code":"E7"}}
    failed "x; y" [404] not found {"contact":{"_id":"d","message":"no words of ours"},"errors":[{"msg":"x","code":404},{"msg":"y"}]}
    failed "Contact not found" [] not found {"id":"e","message":"Contact not found"}
    failed "later" [503] passing {"id":"f","code":503,"msg":"later"}
    "#);
}

#[test]
fn contradictions_speak_for_nobody() {
    let body = r#"{"successfulRecords":[{"id":"a"},{"id":"a"},{"id":"c","contact":{"_id":"d"}},{"id":"e","status":"failed","reason":"no"}],
        "failedRecords":[{"id":"a","reason":"r"},{"id":"b"},{"id":"b","reason":"twice"}],"successful":9}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["a", "b", "c", "d", "e"], 200, body), @r#"
    in both "r" [] {"id":"a","reason":"r"}
    failed "" [] {"id":"b"}
    nowhere
    nowhere
    in both "no" [] {"id":"e","status":"failed","reason":"no"}
    unexpected {"id":"c","contact":{"_id":"d"}}
    "#);
}

#[test]
fn entries_that_were_not_asked_for_are_unexpected() {
    let body = r#"{"successfulRecords":[{"id":"x"},{"name":"no id"},[1],null,true,{"id":""},{"id":"a"},"y"],"failedRecords":["z",{}]}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, body), @r#"
    succeeded {"id":"a"} []
    unexpected {"id":"x"}
    unexpected {"name":"no id"}
    unexpected [1]
    unexpected null
    unexpected true
    unexpected {"id":""}
    unexpected "y"
    unexpected "z"
    unexpected {}
    2 of them done
    "#);
}

#[test]
fn ids_are_the_same_in_another_case_only_where_they_are_object_ids() {
    let upper = A.to_ascii_uppercase();
    let body = format!(r#"{{"successfulRecords":["{upper}","LIST"]}}"#);
    insta::assert_snapshot!(tell(BulkDelete, &[A, "list"], 200, &body), @r#"
    succeeded "6960CBE9B155D194E2F0000A" []
    nowhere
    unexpected "LIST"
    1 of them done
    "#);
}

#[test]
fn an_entry_with_broken_text_still_names_its_record() {
    let body = r#"{"successfulRecords":[{"id":"a","contact":{"_id":"a","firstName":"\ud800"}},{"id":"b","contact":{"firstName":1e999}}]}"#;
    insta::assert_snapshot!(tell(BulkUpdate, &["a", "b"], 200, body), @r#"
    succeeded {"id":"a","contact":{"_id":"a","firstName":"\ud800"}} []
    succeeded {"id":"b","contact":{"firstName":1e999}} ["firstName"]
    "#);
}

#[test]
fn one_null_list_counts_as_empty_only_beside_an_array() {
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, r#"{"successfulRecords":null,"failedRecords":[]}"#), @"nowhere");
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, r#"{"successfulRecords":null}"#), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, r#"{"successfulRecords":{"id":"a"}}"#), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
}

#[test]
fn one_by_one_success_needs_id_and_status() {
    let gone = format!(r#" {{"firstName":"j","status":"INACTIVE","id":"{A}"}} "#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 200, &gone), @r#"succeeded {"firstName":"j","status":"INACTIVE","id":"6960cbe9b155d194e2f0000a"} []"#);
    let active = format!(r#"{{"status":"ACTIVE","_id":"{A}"}}"#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 200, &active), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
    insta::assert_snapshot!(tell(DeleteContact, &[B], 200, &gone), @r#"
    nowhere
    unexpected {"firstName":"j","status":"INACTIVE","id":"6960cbe9b155d194e2f0000a"}
    1 of them done
    "#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 204, ""), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
}

#[test]
fn a_list_delete_succeeds_by_its_data_whatever_its_name_says() {
    let body = r#"{"status":"success","message":"Contact list Hourly rate limit exceeded deleted successfully","data":{"_id":"cl-1","isActive":true,"status":"Ready"}}"#;
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, body), @r#"succeeded {"status":"success","message":"Contact list Hourly rate limit exceeded deleted successfully","data":{"_id":"cl-1","isActive":true,"status":"Ready"}} []"#);
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, r#"{"status":"success","data":null}"#), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, r#"{"status":"failed","data":{"_id":"cl-1"}}"#), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
}

#[test]
fn a_contact_that_is_not_there_is_not_found() {
    let body = r#"{"errors":[{"msg":"Contact does not exist","code":404}]}"#;
    insta::assert_snapshot!(tell(DeleteContact, &[A], 404, body), @r#"failed "Contact does not exist" [404] not found {"errors":[{"msg":"Contact does not exist","code":404}]}"#);
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 410, "{}"), @r#"failed "" [] not found {}"#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 404, r#"{"message":"no Route matched with those values"}"#), @r#"WrongEndpoint { what: "no route" }"#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 404, "<html>"), @r#"WrongEndpoint { what: "html" }"#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 404, ""), @r#"WrongEndpoint { what: "no json" }"#);
    insta::assert_snapshot!(tell(BulkDelete, &[A], 404, body), @r#"Refused { refusal: Refusal { status: Some(404), entry: Some(0..56), not_found: true, passing: false, .. }, hints: [] } "Contact does not exist" Some("404")"#);
}

#[test]
fn the_rate_limit_is_heard_at_any_status_and_not_in_a_contact() {
    let limit = r#"{"errors":[{"msg":"You've exceeded the per-minute rate limit. Please wait for sometime before retrying.","code":200}]}"#;
    for status in [200, 400, 401, 403, 404, 413, 500, 503] {
        let heard = read(BulkDelete, &batch(BulkDelete, &["a"]), status, limit).reading;
        assert_eq!(heard, Reading::Throttled(ThrottledWindow::Minute), "{status}");
    }
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, "You've exceeded the hourly rate limit."), @"Throttled(Hour)");
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 429, r#"{"message":"hourly rate limit"}"#), @"Throttled(Hour)");
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 429, "\u{1}"), @"Throttled(Minute)");
    let echo = r#"{"successfulRecords":[{"id":"a","contact":{"_id":"a","message":"hourly rate limit exceeded"}}]}"#;
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 200, echo), @r#"succeeded {"id":"a","contact":{"_id":"a","message":"hourly rate limit exceeded"}} []"#);
    let cut = r#"{"successfulRecords":[{"id":"a","contact":{"firstName":"too many requests"#;
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 200, cut), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
}

#[test]
fn a_body_in_another_encoding_still_has_words_and_no_verdicts() {
    let read = |body: &'static [u8]| {
        let body = bytes::Bytes::from_static(body);
        format!(
            "{:?}",
            wire(BulkDelete).read(&batch(BulkDelete, &["a"]), &parts(200, &body)).reading
        )
    };
    let words = b"You\x92ve exceeded the per-minute rate limit. Please wait.";
    insta::assert_snapshot!(read(words), @"Throttled(Minute)");
    let list = b"{\"successfulRecords\":[{\"id\":\"a\",\"name\":\"\xe9\"}]}";
    insta::assert_snapshot!(read(list), @r#"NoVerdict { kind: "unreadable", may_have_left: true }"#);
}

#[test]
fn verdicts_beside_a_rate_limit_are_kept_and_the_gate_closes() {
    let body = r#"{"message":"1 failed: rate limit exceeded","successfulRecords":["a"],"failedRecords":[]}"#;
    let read = read(BulkDelete, &batch(BulkDelete, &["a", "b"]), 200, body);
    assert_eq!(read.retry_after.map(|wait| wait.as_secs()), Some(60));
    insta::assert_snapshot!(told(body, &read), @r#"
    succeeded "a" []
    nowhere
    "#);
}

#[test]
fn a_refused_batch_keeps_the_words_and_the_ids_named() {
    let body = r#"{"errors":[{"msg":"contact b is invalid","code":"E4"}]}"#;
    insta::assert_snapshot!(tell(BulkUpdate, &["a", "b", "c"], 412, body), @r#"Refused { refusal: Refusal { status: Some(412), entry: Some(0..55), not_found: false, passing: false, .. }, hints: [1] } "contact b is invalid" Some("E4")"#);
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 400, "<HTML><head><Title> Bad Request </title>"), @r#"Refused { refusal: Refusal { status: Some(400), entry: None, not_found: false, passing: false, .. }, hints: [] } "Bad Request" None"#);
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 422, " plain words "), @r#"Refused { refusal: Refusal { status: Some(422), entry: None, not_found: false, passing: false, .. }, hints: [] } "plain words" None"#);
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 400, r#"{"errors":[{"msg":"Invalid StreamId","code":400}]}"#), @r#"WrongEndpoint { what: "invalid stream id" }"#);
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 401, r#"{"errors":[{"msg":"Invalid JWT token","code":4002}]}"#), @r#"Unauthorised { code: Some("4002"), clock_ahead: None }"#);
}

#[test]
fn nesting_without_end_is_only_an_odd_entry() {
    let deep = |open: &str, close: &str| [open.repeat(50_000), close.repeat(50_000)].join("");
    let contact = format!(
        "{{\"id\":\"a\",\"contact\":{}",
        deep("{\"contact\":", "}").replacen(":}", ":1}", 1)
    ) + "}";
    let body = format!(r#"{{"errors":{},"successfulRecords":[{contact}]}}"#, deep("[", "]"));
    assert!(tell(BulkUpdate, &["a"], 200, &body).starts_with("succeeded"));
    assert!(tell(DeleteContact, &["a"], 400, &deep("[", "]")).starts_with("Refused"));
}

#[test]
fn a_head_without_a_body_says_what_its_status_says() {
    let body = bytes::Bytes::new();
    let mut told = Vec::new();
    for status in [200, 302, 400, 401, 404, 413, 429, 500] {
        let answer = crate::api::wire::AnswerParts {
            body: BodyPart::Lost("timeout"),
            ..parts(status, &body)
        };
        let reading = wire(BulkDelete).read(&batch(BulkDelete, &["a"]), &answer).reading;
        told.push(format!("{status} {}", whole(&reading)));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    200 NoVerdict { kind: "timeout", may_have_left: true }
    302 WrongEndpoint { what: "redirect" }
    400 NoVerdict { kind: "timeout", may_have_left: true }
    401 Unauthorised { code: None, clock_ahead: None }
    404 NoVerdict { kind: "timeout", may_have_left: true }
    413 TooLarge(Refusal { status: Some(413), entry: None, not_found: false, passing: false, .. }) "" None
    429 Throttled(Minute)
    500 NoVerdict { kind: "timeout", may_have_left: true }
    "#);
}

#[test]
fn a_check_is_good_when_the_endpoint_answers_as_it_does_to_good_credentials() {
    let check = |op, status, body: &'static str| {
        wire(op).read_check(&parts(status, &bytes::Bytes::from_static(body.as_bytes())))
    };
    assert_eq!(check(BulkUpdate, 200, r#"{"results":[],"skip":0}"#), Check::Good);
    assert_eq!(check(DeleteContactList, 404, r#"{"status":"failed"}"#), Check::Good);
    assert_eq!(
        check(DeleteContactList, 400, r#"{"errors":[{"msg":"Invalid StreamId"}]}"#),
        Check::WrongEndpoint("invalid stream id")
    );
    assert_eq!(check(BulkUpdate, 404, r#"{"status":"failed"}"#), Check::Unclear);
    assert_eq!(check(BulkUpdate, 404, "<html>"), Check::WrongEndpoint("html"));
    assert_eq!(check(BulkUpdate, 403, ""), Check::Unauthorised);
    assert_eq!(check(BulkUpdate, 429, ""), Check::Throttled);
    assert_eq!(check(BulkUpdate, 200, "<html>"), Check::Unclear);
}
