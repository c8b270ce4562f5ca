//! Answers in every shape that docs/kore-api.md calls plausible.

use super::{batch, parts, read, shown, tell, whole, wire};
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
    insta::assert_snapshot!(shown(body, &read(BulkUpdate, &records, 200, body)), @r#"
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
    contradictory, `status` is that of a failure "no" {"id":"e","status":"failed","reason":"no"}
    severalIds {"id":"c","contact":{"_id":"d"}}
    `successful` is 9, listed are 4
    "#);
}

#[test]
fn entries_that_were_not_asked_for_are_unexpected() {
    let body = r#"{"successfulRecords":[{"id":"x"},{"name":"no id"},[1],null,true,{"id":""},{"id":"a"},"y"],"failedRecords":["z",{}]}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, body), @r#"
    succeeded {"id":"a"} []
    notSent {"id":"x"}
    noId {"name":"no id"}
    noId [1]
    noId null
    noId true
    noId {"id":""}
    notSent "y"
    notSent "z"
    noId {}
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
    notSent "LIST"
    1 of them done
    "#);
}

#[test]
fn an_entry_with_broken_text_still_names_its_record() {
    let body = r#"{"successfulRecords":[{"id":"a","contact":{"_id":"a","firstName":"\ud800"}},{"id":"b","contact":{"firstName":1e999}}]}"#;
    insta::assert_snapshot!(tell(BulkUpdate, &["a", "b"], 200, body), @r#"
    succeeded {"id":"a","contact":{"_id":"a","firstName":"\ud800"}} ["firstName"]
    succeeded {"id":"b","contact":{"firstName":1e999}} ["firstName"]
    "#);
}

#[test]
fn one_null_list_counts_as_empty_only_beside_an_array() {
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, r#"{"successfulRecords":null,"failedRecords":[]}"#), @"nowhere");
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, r#"{"successfulRecords":null}"#), @r#"no verdict, unreadable: HTTP 200 with JSON that names no record """#);
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, r#"{"successfulRecords":{"id":"a"}}"#), @r#"no verdict, unreadable: HTTP 200 with JSON that names no record """#);
}

#[test]
fn one_by_one_success_needs_id_and_status() {
    let gone = format!(r#" {{"firstName":"j","status":"INACTIVE","id":"{A}"}} "#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 200, &gone), @r#"succeeded {"firstName":"j","status":"INACTIVE","id":"6960cbe9b155d194e2f0000a"} []"#);
    let active = format!(r#"{{"status":"ACTIVE","_id":"{A}"}}"#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 200, &active), @r#"no verdict, unreadable: HTTP 200 with JSON that names no record """#);
    insta::assert_snapshot!(tell(DeleteContact, &[B], 200, &gone), @r#"
    nowhere
    notSent {"firstName":"j","status":"INACTIVE","id":"6960cbe9b155d194e2f0000a"}
    1 of them done
    "#);
    insta::assert_snapshot!(tell(DeleteContact, &[A], 204, ""), @"succeeded  []");
}

#[test]
fn a_list_delete_succeeds_by_its_data_whatever_its_name_says() {
    let body = r#"{"status":"success","message":"Contact list Hourly rate limit exceeded deleted successfully","data":{"_id":"cl-1","isActive":true,"status":"Ready"}}"#;
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, body), @r#"succeeded {"status":"success","message":"Contact list Hourly rate limit exceeded deleted successfully","data":{"_id":"cl-1","isActive":true,"status":"Ready"}} []"#);
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, r#"{"status":"success","data":null}"#), @r#"no verdict, unreadable: HTTP 200 with JSON that names no record """#);
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, r#"{"status":"failed","data":{"_id":"cl-1"}}"#), @r#"no verdict, unreadable: HTTP 200 with JSON that names no record """#);
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
    insta::assert_snapshot!(tell(BulkUpdate, &["a"], 200, cut), @r#"no verdict, unreadable: HTTP 200 with JSON that is cut short or contradicts itself """#);
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
    insta::assert_snapshot!(read(list), @r#"NoVerdict(NoVerdict { kind: "unreadable", may_have_left: true, message: "HTTP 200 with a text that is not UTF-8", refusal: None })"#);
}

#[test]
fn verdicts_beside_a_rate_limit_are_kept_and_the_gate_closes() {
    let body = r#"{"message":"1 failed: rate limit exceeded","successfulRecords":["a"],"failedRecords":[]}"#;
    let read = read(BulkDelete, &batch(BulkDelete, &["a", "b"]), 200, body);
    assert_eq!(read.retry_after.map(|wait| wait.as_secs()), Some(60));
    insta::assert_snapshot!(shown(body, &read), @r#"
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
    let mut shown = Vec::new();
    for status in [200, 302, 400, 401, 404, 413, 429, 500] {
        let answer = crate::api::wire::AnswerParts {
            body: BodyPart::Lost("timeout"),
            ..parts(status, &body)
        };
        let reading = wire(BulkDelete).read(&batch(BulkDelete, &["a"]), &answer).reading;
        shown.push(format!("{status} {}", whole(&reading)));
    }
    insta::assert_snapshot!(shown.join("\n"), @r#"
    200 no verdict, timeout: HTTP 200 with a body that did not come within the timeout ""
    302 WrongEndpoint { what: "redirect" }
    400 no verdict, timeout: HTTP 400 with a body that did not come within the timeout ""
    401 Unauthorised { code: None, clock_ahead: None }
    404 no verdict, timeout: HTTP 404 with a body that did not come within the timeout ""
    413 TooLarge(Refusal { status: Some(413), entry: None, not_found: false, passing: false, .. }) "" None
    429 Throttled(Minute)
    500 no verdict, timeout: HTTP 500 with a body that did not come within the timeout ""
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

#[test]
fn an_answer_without_a_verdict_is_named_by_its_shape() {
    let shown = [
        (202, ""),
        (204, " \n"),
        (202, r#"{"jobId":"x","status":"accepted"}"#),
        (200, r#"{"errors":[{"msg":"Internal failure of Jane","code":500}]}"#),
        (200, r#"{"success":false}"#),
        (200, r#"{"totalRequested":4,"successful":4,"failed":0}"#),
        (200, r#"{"successfulRecords":[{"id":"a"#),
        (200, r#"{"successfulRecords":[{"id":"a"}],"successfulRecords":[]}"#),
        (502, "<html><title>Bad Gateway</title></html>"),
        (503, "upstream said no"),
        (500, r#"{"errors":[{"msg":"oops","code":500}]}"#),
    ]
    .map(|(status, body)| tell(BulkDelete, &["a"], status, body))
    .join("\n");
    insta::assert_snapshot!(shown, @r#"
    no verdict, unreadable: HTTP 202 without a body ""
    no verdict, unreadable: HTTP 204 without a body ""
    no verdict, unreadable: HTTP 202 with JSON that names no record ""
    no verdict, unreadable: HTTP 200 with an error, code 500 "Internal failure of Jane"
    no verdict, unreadable: HTTP 200 with an error ""
    no verdict, unreadable: HTTP 200 with counts and without lists ""
    no verdict, unreadable: HTTP 200 with JSON that is cut short or contradicts itself ""
    no verdict, unreadable: HTTP 200 with JSON that is cut short or contradicts itself ""
    no verdict, server-error: HTTP 502 with a page of HTML "Bad Gateway"
    no verdict, server-error: HTTP 503 with a text that is no JSON "upstream said no"
    no verdict, server-error: HTTP 500 with an error, code 500 "oops"
    "#);
    let body = bytes::Bytes::from_static(b"\x1f\x8b\x08");
    let packed = |encoding| {
        let answer = crate::api::wire::AnswerParts { encoding, ..parts(200, &body) };
        whole(&wire(BulkDelete).read(&batch(BulkDelete, &["a"]), &answer).reading)
    };
    insta::assert_snapshot!(packed(Some("GZIP")), @r#"no verdict, unreadable: HTTP 200 with a body packed as gzip, which was not asked for """#);
    insta::assert_snapshot!(packed(Some("Jane")), @r#"no verdict, unreadable: HTTP 200 with a body packed in a way that was not asked for """#);
}

#[test]
fn a_success_that_denies_itself_is_no_success() {
    let body = r#"{"successfulRecords":[{"id":"a","success":false},{"id":"b","error":"no"},{"id":"c","statusCode":404},
        {"id":"d","contact":{"_id":"d","status":"ACTIVE"}},{"id":"e","status":"x","status":"y"},{"id":"f","error":null,"code":200},
        {"id":"g"},{"id":"g","success":false},{"id":"h","success":false}],"failedRecords":["h"]}"#;
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    insta::assert_snapshot!(tell(BulkDelete, &ids, 200, body), @r#"
    contradictory, `success` is false "" {"id":"a","success":false}
    contradictory, it carries `error` "no" {"id":"b","error":"no"}
    contradictory, `statusCode` is that of a failure "" {"id":"c","statusCode":404}
    contradictory, the contact in it is still `ACTIVE` "" {"id":"d","contact":{"_id":"d","status":"ACTIVE"}}
    contradictory, a member of it has two meanings "" {"id":"e","status":"x","status":"y"}
    succeeded {"id":"f","error":null,"code":200} []
    contradictory, `success` is false "" {"id":"g","success":false}
    in both "" [] "h"
    "#);
    let one = |body: &str| tell(DeleteContact, &[A], 200, &body.replace("ID", A));
    insta::assert_snapshot!(one(r#"{"id":"ID","status":"INACTIVE","success":false}"#), @r#"contradictory, `success` is false "" {"id":"6960cbe9b155d194e2f0000a","status":"INACTIVE","success":false}"#);
    insta::assert_snapshot!(one(r#"{"id":"ID","status":"INACTIVE","statusCode":404,"message":"no"}"#), @r#"contradictory, `statusCode` is that of a failure "no" {"id":"6960cbe9b155d194e2f0000a","status":"INACTIVE","statusCode":404,"message":"no"}"#);
    insta::assert_snapshot!(one(r#"{"id":"ID","status":"INACTIVE","status":"ACTIVE"}"#), @r#"no verdict, unreadable: HTTP 200 with JSON that is cut short or contradicts itself """#);
    insta::assert_snapshot!(one(r#"{"id":"ID","id":"ID","status":"INACTIVE","status":"INACTIVE"}"#), @r#"succeeded {"id":"6960cbe9b155d194e2f0000a","id":"6960cbe9b155d194e2f0000a","status":"INACTIVE","status":"INACTIVE"} []"#);
    let list = r#"{"status":"success","success":false,"message":"no","data":{"_id":"cl-1"}}"#;
    insta::assert_snapshot!(tell(DeleteContactList, &["cl-1"], 200, list), @r#"contradictory, `success` is false "no" {"status":"success","success":false,"message":"no","data":{"_id":"cl-1"}}"#);
}

#[test]
fn an_entry_of_a_record_whose_members_are_there_twice_is_read_only_where_they_agree() {
    let body = r#"{"successfulRecords":[{"id":"a","id":"a"},{"id":"b","id":"a"},{"id":"c","contact":{"_id":"c"},"contact":{"_id":"c"}}],
        "failedRecords":[{"id":"d","reason":"x","reason":"y"},{"id":"a","id":"b"}]}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["a", "b", "c", "d"], 200, body), @r#"
    succeeded {"id":"a","id":"a"} []
    nowhere
    contradictory, a member of it has two meanings "" {"id":"c","contact":{"_id":"c"},"contact":{"_id":"c"}}
    failed "x; y" [] {"id":"d","reason":"x","reason":"y"}
    severalIds {"id":"b","id":"a"}
    severalIds {"id":"a","id":"b"}
    "#);
}

#[test]
fn counts_that_contradict_their_lists_are_reported_and_decide_nothing() {
    let shown = |counts: &str| {
        let body = format!(r#"{{{counts}"successfulRecords":["a","b"],"failedRecords":["c"]}}"#);
        tell(BulkDelete, &["a", "b", "c"], 200, &body)
    };
    insta::assert_snapshot!(shown(r#""totalRequested":3,"successful":2,"failed":1,"#), @r#"
    succeeded "a" []
    succeeded "b" []
    failed "" [] "c"
    "#);
    insta::assert_snapshot!(shown(r#""totalRequested":4,"successful":0,"failed":"3","#), @r#"
    succeeded "a" []
    succeeded "b" []
    failed "" [] "c"
    `totalRequested` is 4, sent were 3; `successful` is 0, listed are 2; `failed` is 3, listed are 1
    "#);
    insta::assert_snapshot!(shown(r#""successful":null,"failed":{},"#), @r#"
    succeeded "a" []
    succeeded "b" []
    failed "" [] "c"
    "#);
    let none = r#"{"successful":1,"failed":0,"successfulRecords":[],"failedRecords":[]}"#;
    insta::assert_snapshot!(tell(BulkDelete, &["a"], 200, none), @"
    nowhere
    `successful` is 1, listed are 0
    ");
}
