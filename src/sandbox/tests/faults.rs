//! Each fault as a client meets it, and what the server has done behind it.

use super::*;
use crate::sandbox::Limits;
use crate::sandbox::config::Above;

const ALL: [&str; 3] = [A, B, C];

/// One bulk delete of all three under a fault: the answer, and what was applied.
fn meet(fault: &str) -> (Option<Heard>, Vec<String>) {
    let bench = with_faults(&[fault]);
    let heard = bench.call("DELETE", "/bulk-delete", &ids(ALL));
    let name = fault.split(':').next().unwrap();
    assert_eq!(bench.look("requests")[0]["faults"], json!([name]));
    (heard, bench.applied())
}

fn answer(fault: &str) -> Value {
    meet(fault).0.expect("an answer").json()
}

#[test]
fn connections_end_before_or_after_the_work() {
    for (fault, applied) in [("drop", 0), ("outage", 0), ("lost-answer", 3)] {
        let (heard, done) = meet(fault);
        assert!(heard.is_none(), "{fault}: {heard:?}");
        assert_eq!(done.len(), applied, "{fault}");
    }
    let (heard, done) = meet("cut-answer");
    let heard = heard.unwrap();
    let promised: usize = heard.header("content-length").unwrap().parse().unwrap();
    assert!(heard.body.len() < promised, "{heard:?}");
    assert_eq!(done.len(), 3);
}

#[test]
fn truncated_json_comes_in_whole_http() {
    let (heard, done) = meet("truncated");
    let heard = heard.unwrap();
    assert_eq!(heard.header("content-length"), Some(heard.body.len().to_string().as_str()));
    assert!(serde_json::from_str::<Value>(&heard.body).is_err());
    assert_eq!(done.len(), 3);
}

#[test]
fn throttles_come_in_every_form() {
    let heard = meet("throttle:retry-after=2").0.unwrap();
    assert_eq!((heard.status, heard.header("retry-after")), (429, Some("2")));
    let heard = meet("throttle:status=200,message=hour").0.unwrap();
    assert_eq!((heard.status, heard.header("retry-after")), (200, None));
    assert!(heard.error().2.contains("hourly rate limit"));
    let heard = meet("throttle:retry-after=90,form=date").0.unwrap();
    let date = httpdate::parse_http_date(heard.header("retry-after").unwrap()).unwrap();
    assert!(date > std::time::SystemTime::now());
    assert!(meet("throttle").1.is_empty());
}

#[test]
fn gateways_answer_html_with_the_work_done_or_not() {
    let (heard, done) = meet("server-error:status=502");
    let heard = heard.unwrap();
    assert_eq!((heard.status, heard.header("content-type")), (502, Some("text/html")));
    assert!(done.is_empty());
    let (heard, done) = meet("server-error:status=504,applied=yes,body=empty");
    let heard = heard.unwrap();
    assert_eq!((heard.status, heard.body.as_str(), done.len()), (504, "", 3));
    assert_eq!(meet("outage:status=503").0.unwrap().status, 503);
}

#[test]
fn credentials_expire_for_a_while() {
    let bench = with_faults(&["unauthorised:requests=2-3"]);
    let heard: Vec<_> = (0..4).map(|_| bench.ask("GET", "", "").status).collect();
    assert_eq!(heard, [200, 401, 401, 200]);
}

#[test]
fn refused_records_are_in_the_failed_list_and_are_not_applied() {
    let (heard, done) = meet(&format!("refuse:ids={B},reason=is on hold"));
    let answer = heard.unwrap().json();
    assert_eq!(answer["failedRecords"], json!([{ "id": B, "reason": "is on hold" }]));
    assert_eq!(named(&answer["successfulRecords"]), [A, C]);
    assert_eq!(json!([answer["successful"], answer["failed"]]), json!([2, 1]));
    assert_eq!(done, [A, C]);
}

#[test]
fn failed_entries_take_every_shape() {
    let entry = |shape: &str| {
        let bench = with_faults(&[
            &format!("refuse:ids={A},reason=why,code=7"),
            &format!("failure-shape:{shape}"),
        ]);
        bench.delete(&ids([A])).json()["failedRecords"][0].to_string()
    };
    insta::assert_snapshot!(entry("shape=string"), @r#""6964af60450340957c600001""#);
    insta::assert_snapshot!(entry("shape=_id,key=error"), @r#"{"_id":"6964af60450340957c600001","error":"why"}"#);
    insta::assert_snapshot!(entry("shape=contact,key=errors"), @r#"{"contact":{"_id":"6964af60450340957c600001"},"errors":[{"code":7,"msg":"why"}]}"#);
    insta::assert_snapshot!(entry("key=message"), @r#"{"id":"6964af60450340957c600001","message":"why"}"#);
    insta::assert_snapshot!(entry("key=msg"), @r#"{"id":"6964af60450340957c600001","msg":"why"}"#);
    insta::assert_snapshot!(entry("key=code"), @r#"{"code":7,"id":"6964af60450340957c600001"}"#);
    insta::assert_snapshot!(entry("key=none"), @r#"{"id":"6964af60450340957c600001"}"#);
}

#[test]
fn poison_refuses_its_batch_with_or_without_its_siblings_done() {
    let (heard, done) = meet(&format!("poison:ids={B}"));
    assert_eq!(heard.unwrap().error(), (400, 400, "Bad Request".into()));
    assert!(done.is_empty());
    let (heard, done) = meet(&format!("poison:ids={B},atomic=no,names=yes,status=422"));
    let (status, _, words) = heard.unwrap().error();
    assert!(status == 422 && words.contains(B), "{words}");
    assert_eq!(done, [A]);
    let bench = with_faults(&[&format!("poison:ids={B}")]);
    assert_eq!(named(&bench.delete(&ids([A, C])).json()["successfulRecords"]), [A, C]);
}

#[test]
fn answers_lie_about_what_was_done() {
    assert_eq!(named(&answer(&format!("missing:ids={B}"))["successfulRecords"]), [A, C]);
    let both = answer(&format!("both-lists:ids={B}"));
    assert_eq!(named(&both["successfulRecords"]), ALL);
    assert_eq!(named(&both["failedRecords"]), [B]);
    assert_eq!(answer("underscore-id")["successfulRecords"][0], json!({ "_id": A }));
    let counts = answer("wrong-counts");
    assert_ne!(counts["successful"], 3);
    assert_eq!(named(&counts["successfulRecords"]), ALL);
    let extra = named(&answer("extra:count=2")["successfulRecords"]);
    assert_eq!(extra.len(), 5);
    assert!(extra[3..].iter().all(|id| !ALL.contains(&id.as_str()) && id.len() == 24));
    assert_eq!(named(&answer("extra:list=failed")["failedRecords"]).len(), 1);
    let mut shuffled = named(&answer("shuffle")["successfulRecords"]);
    assert_ne!(shuffled, ALL);
    shuffled.sort();
    assert_eq!(shuffled, ALL);
}

#[test]
fn a_partial_failure_has_its_own_status_and_a_full_success_has_not() {
    let bench = with_faults(&["partial-status:status=207", &format!("refuse:ids={B}")]);
    assert_eq!(bench.delete(&ids([A])).status, 200);
    assert_eq!(bench.delete(&ids([B, C])).status, 207);
}

#[test]
fn unknown_ids_answer_in_every_way() {
    let entry = |fault: &str| with_faults(&[fault]).delete(&ids(["x", A]));
    let success = entry("gone:as=success").json();
    assert_eq!(named(&success["successfulRecords"]), ["x", A]);
    assert_eq!(entry("gone:as=code").json()["failedRecords"][0], json!({ "id": "x", "code": 404 }));
    assert_eq!(entry("gone:as=not-found").status, 404);
    let bench = with_faults(&["gone:as=success"]);
    bench.ask("DELETE", &format!("/{A}"), "");
    let again = bench.ask("DELETE", &format!("/{A}"), "").json();
    assert_eq!((&again["id"], &again["status"]), (&json!(A), &json!("INACTIVE")));
    assert_eq!(bench.ask("DELETE", "/x", "").json()["id"], "x");
    assert_eq!(bench.list("DELETE", "cl-1").json()["data"]["_id"], "cl-1");
    assert_eq!(bench.applied(), [A]);
}

#[test]
fn one_by_one_a_poisonous_or_unnamed_record_is_refused_or_answered_without_its_id() {
    let bench = with_faults(&[&format!("poison:ids={A},status=422"), &format!("missing:ids={B}")]);
    assert_eq!(bench.ask("DELETE", &format!("/{A}"), "").status, 422);
    let unnamed = bench.ask("DELETE", &format!("/{B}"), "").json();
    assert_eq!((&unnamed["id"], &unnamed["status"]), (&Value::Null, &json!("INACTIVE")));
    assert_eq!(bench.applied(), [B]);
}

#[test]
fn a_stale_echo_shows_the_contact_as_it_was() {
    let bench = with_faults(&["stale-echo:share=1"]);
    let heard = bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string()).json();
    assert_eq!(heard["successfulRecords"][0]["contact"]["firstName"], "Sandbox");
    assert_eq!(bench.ask("GET", "", "").json()["results"][0]["firstName"], "john");
}

#[test]
fn a_fault_of_one_operation_spares_the_others() {
    let bench = with_faults(&["drop:op=bulk-delete"]);
    assert!(bench.call("DELETE", "/bulk-delete", &ids(ALL)).is_none());
    assert_eq!(bench.ask("DELETE", &format!("/{A}"), "").status, 200);
}

#[test]
fn batches_above_the_limits_are_refused_or_cut() {
    let above = |above, max_records, max_bytes| {
        let limits = Limits { max_records, max_bytes, above };
        let bench = bench(Config { limits, ..Config::default() });
        (bench.delete(&ids(ALL)), bench.applied())
    };
    for (manner, status) in
        [(Above::TooLarge, 413), (Above::BadRequest, 400), (Above::BadGateway, 502)]
    {
        let (heard, done) = above(manner, Some(2), None);
        assert_eq!((heard.status, done.len()), (status, 0));
        assert_eq!(above(manner, None, Some(20)).0.status, status);
        assert_eq!(above(manner, Some(3), Some(1000)).0.status, 200);
    }
    let (heard, done) = above(Above::Drop, Some(2), None);
    assert_eq!(named(&heard.json()["successfulRecords"]), [A, B]);
    assert_eq!((heard.json()["totalRequested"].as_u64(), done.len()), (Some(3), 2));
}

#[test]
fn stopping_ends_slow_and_hanging_answers() {
    let limits = Limits { max_records: Some(2), max_bytes: None, above: Above::Hang };
    let faults = vec!["slow:delay=10h,op=bulk-delete".parse().unwrap()];
    let bench = bench(Config { limits, faults, ..Config::default() });
    let (addr, token) = (bench.server.addr(), [bench.token(), bench.token()]);
    let (path, account) = (bench.contacts("/bulk-delete"), bench.config.account_id.clone());
    let calls = [ids([A, B]), ids(ALL)].into_iter().zip(token).map(|(body, token)| {
        let headers = [
            ("auth", token),
            ("accountId", account.clone()),
            ("Content-Type", "application/json".into()),
        ];
        let path = path.clone();
        std::thread::spawn(move || send(addr, "DELETE", &path, &headers, &body))
    });
    let calls: Vec<_> = calls.collect();
    until(|| bench.look("stats")["requests"] == 2);
    assert_eq!(bench.applied(), [A, B], "done before the wait");
    bench.server.stop();
    let heard: Vec<_> = calls.into_iter().map(|c| c.join().unwrap()).collect();
    assert_eq!(heard[0].as_ref().map(|h| h.status), Some(200));
    assert!(heard[1].is_none(), "{heard:?}");
}

#[test]
fn slow_work_is_done_although_the_client_has_gone() {
    let bench = with_faults(&["slow:delay=200ms,before=yes,op=bulk-delete"]);
    let mut stream = TcpStream::connect(bench.server.addr()).unwrap();
    let (body, token) = (ids([A]), bench.token());
    let head = format!(
        "DELETE {} HTTP/1.1\r\nHost: h\r\nauth: {token}\r\naccountId: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        bench.contacts("/bulk-delete"),
        bench.config.account_id,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // It has its number already and no entry yet: it is being waited for.
    until(|| {
        let later = bench.ask("GET", "", "").status;
        let requests = bench.look("requests");
        let all = requests.as_array().unwrap();
        later == 200 && (all.last().unwrap()["number"] != all.len() || !bench.applied().is_empty())
    });
    drop(stream);
    until(|| !bench.applied().is_empty());
    assert_eq!(bench.applied(), [A]);
}
