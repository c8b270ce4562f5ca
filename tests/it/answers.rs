//! Whatever the server answers: an outcome for every record, never a guess.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::hostile::{Answer, Hostile, Request, bulk, good, updated};
use crate::support::{
    Place, Ran, all_at_once, contact_table, counts, id, id_table, ids, list_id, listed, report,
    table,
};

/// A bulk delete of so many records against a script.
struct Scene {
    server: Hostile,
    place: Place,
}

impl Scene {
    fn new(records: usize, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let server = Hostile::start(script);
        let place = Place::at(server.addr());
        place.write("stale.csv", id_table(&ids(records)));
        place.write("contacts.csv", contact_table(records));
        Self { server, place }
    }

    fn delete(&self, more: &[&str]) -> Ran {
        self.place.quick(&[&["bulk-delete", "stale.csv"], more].concat())
    }

    fn update(&self, more: &[&str]) -> Ran {
        self.place.quick(&[&["bulk-update", "contacts.csv"], more].concat())
    }

    fn single(&self, more: &[&str]) -> Ran {
        self.place.quick(&[&["delete-contact", "stale.csv"], more].concat())
    }

    fn report(&self) -> Value {
        self.place.report()
    }
}

fn entries(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| json!({"id": id})).collect()
}

/// The first so many answers are these, then all is good.
fn first(times: usize, answer: Answer) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    move |request| if request.number <= times { answer.clone() } else { good(request) }
}

#[test]
fn answers_are_joined_by_id_and_not_by_position() {
    let scene = Scene::new(6, |request| {
        let mut ids = request.ids();
        ids.reverse();
        let failed = json!({"id": ids.remove(2), "reason": "locked"});
        bulk(&entries(&ids), &[failed])
    });
    scene.delete(&[]).exits(1);
    let report = scene.report();
    assert_eq!(counts(&report), [6, 5, 1, 0, 0, 0, 0]);
    assert_eq!(listed(&report, "failedRecords"), [id(3)]);
    assert_eq!(report["failedRecords"][0]["source"]["row"], 5);
    assert_eq!(report["failedRecords"][0]["reason"], "locked");
    assert_eq!(report["failedRecords"][0]["attempts"], 1, "it was sent once");
}

#[test]
fn every_plausible_shape_of_a_failure_is_read() {
    let scene = Scene::new(8, |request| {
        let ids = request.ids();
        let failures = [
            json!(ids[0]),
            json!({"_id": ids[1], "error": "one"}),
            json!({"id": ids[2], "errors": [{"msg": "two", "code": 412}]}),
            json!({"contact": {"_id": ids[3]}, "message": "three"}),
            json!({"id": ids[4], "msg": "four"}),
            json!({"contact": {"id": ids[5]}, "reason": {"message": "five"}}),
            json!({"id": ids[6], "code": 404}),
        ];
        bulk(&entries(&ids[7..]), &failures)
    });
    scene.delete(&[]).exits(1);
    let report = scene.report();
    assert_eq!(counts(&report), [8, 1, 7, 0, 0, 0, 0]);
    assert_eq!(listed(&report, "failedRecords"), ids(8)[..7]);
    let failed = report["failedRecords"].as_array().unwrap();
    for (entry, word) in failed[1..6].iter().zip(["one", "two", "three", "four", "five"]) {
        assert!(entry["reason"].as_str().unwrap().contains(word), "{entry}");
    }
    assert_eq!(failed[0]["server"], json!(id(0)));
    assert_eq!(report["notFound"], 1, "code 404 is not found");
}

#[test]
fn successes_may_be_named_in_other_ways_too() {
    let scene = Scene::new(2, |request| {
        let ids = request.ids();
        bulk(&[json!({"_id": ids[1]}), json!(ids[0])], &[])
    });
    scene.delete(&[]).exits(0);
}

#[test]
fn what_an_answer_leaves_out_is_sent_again_and_unknown_in_the_end() {
    let scene = Scene::new(4, |request| {
        let ids: Vec<String> = request.ids().into_iter().filter(|sent| *sent != id(2)).collect();
        bulk(&entries(&ids), &[])
    });
    scene.delete(&["--max-attempts", "2"]).exits(5).says("korebulk reconcile");
    let report = scene.report();
    assert_eq!(counts(&report), [4, 3, 0, 0, 0, 1, 0]);
    assert_eq!(listed(&report, "unknownRecords"), [id(2)]);
    assert_eq!(report["unknownRecords"][0]["mayHaveBeenApplied"], true);
    assert!(scene.server.sizes().len() >= 2, "{:?}", scene.server.sizes());
    let (_, rows) = table(&scene.place.the_run().join("unknown.csv"));
    assert_eq!(rows[0][..3], [id(2), "4".into(), "unknown".into()]);
}

#[test]
fn what_an_answer_leaves_out_once_is_settled_by_the_next() {
    let scene = Scene::new(4, |request| match request.number {
        1 => bulk(&entries(&request.ids()[1..]), &[]),
        _ => good(request),
    });
    scene.delete(&[]).exits(0);
    assert_eq!(counts(&scene.report())[1], 4);
    assert_eq!(scene.server.sizes()[1..], [1]);
}

#[test]
fn an_id_that_nobody_sent_stops_a_delete() {
    let scene = Scene::new(9, |request| {
        let mut ids = request.ids();
        ids.push(id(999));
        bulk(&entries(&ids), &[])
    });
    scene.delete(&["--batch-size", "3"]).exits(6).says("1 id that nobody sent");
    let report = scene.report();
    assert_eq!(counts(&report), [9, 3, 0, 0, 0, 0, 6]);
    assert_eq!(report["stopped"]["cause"], "unexpected-ids");
    assert_eq!(report["unexpectedRecords"][0]["server"]["id"], id(999));
    assert_eq!(scene.server.requests().len(), 1);
}

#[test]
fn an_unexpected_id_of_an_update_or_a_failure_is_reported_and_no_more() {
    let scene = Scene::new(2, |request| {
        let contacts = request.json();
        let mut entries: Vec<Value> = contacts.as_array().unwrap().iter().map(updated).collect();
        entries.push(json!({"id": id(999)}));
        bulk(&entries, &[json!({"id": id(998), "reason": "no"})])
    });
    scene.update(&[]).exits(0).says("2 ids that nobody sent");
    assert_eq!(scene.report()["unexpectedRecords"].as_array().unwrap().len(), 2);
}

#[test]
fn entries_without_an_id_are_reported_as_such() {
    let scene = Scene::new(4, |_| {
        let failures = [0, 1, 2, 3].map(|index| json!({"index": index, "error": "locked"}));
        bulk(&[], &failures)
    });
    let ran = scene.delete(&["--max-attempts", "1"]).exits(5);
    let ran = ran.says("4 entries of the server's answers give no id that can be read");
    assert!(!ran.err.contains("nobody sent"), "{}", ran.err);
    let report = scene.report();
    assert_eq!((&report["withoutId"], &report["unexpected"]), (&json!(4), &json!(0)));
    let listed = report["unexpectedRecords"].as_array().unwrap();
    assert!(listed.iter().all(|entry| entry["kind"] == "noId"), "{listed:?}");
    assert_eq!(listed[0]["server"]["error"], "locked");
    assert_eq!(report["unknownRecords"][0]["reason"], "noVerdict: 1 answer did not name it");
}

#[test]
fn counts_that_contradict_their_lists_are_reported_and_the_lists_count() {
    let scene = Scene::new(4, |request| {
        let successes = entries(&request.ids());
        Answer::json(
            200,
            &json!({"totalRequested": 4, "successful": 0, "failed": 4,
                "successfulRecords": successes, "failedRecords": []}),
        )
    });
    scene.delete(&[]).exits(0).says("the counts in 1 answer contradict the lists beside it");
    let report = scene.report();
    assert_eq!(counts(&report), [4, 4, 0, 0, 0, 0, 0]);
    assert_eq!(report["contradictoryCounts"], 1);
    let reason = "`successful` is 0, listed are 4; `failed` is 4, listed are 0";
    assert_eq!(
        report["doubtfulAnswers"],
        json!([{"request": 1, "status": 200, "reason": reason, "server": null}])
    );
}

#[test]
fn a_success_that_denies_itself_is_unknown() {
    let scene = Scene::new(5, |request| {
        let ids = request.ids();
        let entries = [
            json!({"id": ids[0], "success": false}),
            json!({"id": ids[1], "statusCode": 404}),
            json!({"id": ids[2], "error": {"msg": "in use by Jane"}}),
            json!({"id": ids[3], "contact": {"_id": ids[3], "status": "ACTIVE"}}),
            json!({"id": ids[4], "error": null, "success": true, "code": 200}),
        ];
        bulk(&entries, &[])
    });
    let ran = scene.delete(&[]).exits(5).says("the answer names it as done and denies it");
    assert!(!ran.err.contains("Jane"), "{}", ran.err);
    let report = scene.report();
    assert_eq!(counts(&report), [5, 1, 0, 0, 0, 4, 0]);
    assert_eq!(scene.server.requests().len(), 1, "nobody asks twice what was answered");
    let unknown = report["unknownRecords"].as_array().unwrap();
    assert!(unknown.iter().all(|entry| entry["mayHaveBeenApplied"] == true));
    assert_eq!(
        unknown[2]["reason"],
        "contradictory: the answer names it as done and denies it: it carries `error`: in use by Jane"
    );
    // One by one too.
    let scene = Scene::new(1, |request| {
        let id = &request.ids()[0];
        Answer::json(200, &json!({"id": id, "status": "INACTIVE", "statusCode": 404}))
    });
    scene.single(&[]).exits(5).says("denies it: `statusCode` is that of a failure");
}

#[test]
fn a_full_list_within_an_answer_that_denies_it_is_unknown() {
    let scene = Scene::new(3, |request| {
        let successes = entries(&request.ids());
        Answer::json(
            200,
            &json!({"success": false, "errors": [{"msg": "no"}], "successfulRecords": successes,
                "failedRecords": []}),
        )
    });
    scene.delete(&[]).exits(5).says("the answer names it as done and denies it");
    assert_eq!(counts(&scene.report()), [3, 0, 0, 0, 0, 3, 0]);
    // Beside failures it speaks of them.
    let scene = Scene::new(3, |request| {
        let ids = request.ids();
        let failed = json!({"id": ids[0], "reason": "in use"});
        Answer::json(
            200,
            &json!({"success": false, "successfulRecords": entries(&ids[1..]), "failedRecords": [failed]}),
        )
    });
    scene.delete(&[]).exits(1);
    assert_eq!(counts(&scene.report()), [3, 2, 1, 0, 0, 0, 0]);
}

#[test]
fn an_entry_with_an_id_of_somebody_else_is_nobodys_and_one_that_was_not_deleted_is_unknown() {
    let scene = Scene::new(3, |request| {
        let known = ids(3);
        let entry = |id: &String| match known.iter().position(|known| known == id) {
            Some(0) => json!({"id": id, "contact": {"_id": "65f7d49a5dd06e2cefa4ffff"}}),
            Some(1) => json!({"id": id, "deleted": false}),
            _ => json!({"id": id, "deleted": true, "contact": {"_id": id.to_uppercase()}}),
        };
        let entries: Vec<Value> = request.ids().iter().map(entry).collect();
        bulk(&entries, &[])
    });
    scene.delete(&["--max-attempts", "1"]).exits(5).says("`deleted` is false");
    assert_eq!(counts(&scene.report()), [3, 1, 0, 0, 0, 2, 0]);
}

#[test]
fn a_delete_of_one_that_is_answered_by_204_has_succeeded() {
    let empty = |_: &Request| Answer::text(204, "application/json", "");
    let scene = Scene::new(2, empty);
    scene.single(&[]).exits(0);
    let report = scene.report();
    assert_eq!(counts(&report), [2, 2, 0, 0, 0, 0, 0]);
    assert_eq!(listed(&report, "successfulRecords"), ids(2));
    let server = Hostile::start(empty);
    let place = Place::at(server.addr());
    place.write("lists.csv", id_table(&[list_id(0)]));
    place.quick(&["delete-contact-list", "lists.csv"]).exits(0);
    // Of many it says nothing of any.
    let scene = Scene::new(2, empty);
    scene.delete(&["--max-attempts", "1"]).exits(5).says("HTTP 204 without a body");
}

#[test]
fn why_nobody_can_say_is_said_in_words_and_the_answers_are_kept() {
    let error = json!({"errors": [{"msg": "Internal failure of Jane", "code": 500}]});
    let accepted = json!({"jobId": "x", "status": "accepted"});
    let cases = [
        (Answer::text(204, "application/json", ""), "HTTP 204 without a body", None),
        (Answer::json(202, &accepted), "HTTP 202 with JSON that names no record", Some(accepted)),
        (Answer::json(200, &error), "HTTP 200 with an error, code 500", Some(error)),
        (
            Answer::text(200, "application/json", "\u{1f}").header("Content-Encoding", "gzip"),
            "HTTP 200 with a body packed as gzip, which was not asked for",
            Some(json!("\u{1f}")),
        ),
    ];
    all_at_once(cases, |(answer, words, kept)| {
        let scene = Scene::new(4, move |_| answer.clone());
        let ran = scene.delete(&["--max-attempts", "2"]).exits(5);
        let ran =
            ran.says(&format!("4 rows: attemptsUsedUp: 2 answers could not be read: {words}"));
        assert!(!ran.err.contains("Jane"), "{}", ran.err);
        let report = scene.report();
        let reason = report["unknownRecords"][0]["reason"].as_str().unwrap();
        assert!(
            reason.starts_with(&format!("attemptsUsedUp: 2 answers could not be read: {words}"))
        );
        let (_, rows) = table(&scene.place.the_run().join("unknown.csv"));
        assert_eq!(rows[0][3], reason);
        let answers = report["doubtfulAnswers"].as_array().unwrap();
        match kept {
            Some(body) => {
                assert_eq!(answers.len(), 2, "{words}");
                assert_eq!((&answers[0]["reason"], &answers[0]["server"]), (&json!(words), &body));
            }
            None => assert_eq!(answers.len(), 0, "{words}"),
        }
    });
}

#[test]
fn what_a_stopped_run_leaves_open_says_why_too() {
    let scene = Scene::new(2, |_| Answer::closed());
    scene.delete(&["--max-outage", "1ms", "--max-attempts", "9"]).exits(4);
    let report = scene.report();
    assert_eq!(
        report["unknownRecords"][0]["reason"],
        "connection-lost: the connection was lost before an answer came"
    );
}

#[test]
fn a_member_that_is_there_twice_with_two_values_makes_an_answer_unreadable() {
    for answer in [
        r#"{"successfulRecords":[{"id":"ID"}],"successfulRecords":[],"failedRecords":[]}"#,
        r#"{"successfulRecords":[{"id":"ID","status":"done","status":"failed"}],"failedRecords":[]}"#,
        r#"{"successfulRecords":[{"id":"ID","id":"6964af600000000000000009"}],"failedRecords":[]}"#,
    ] {
        let body = answer.replace("ID", &id(0));
        let scene = Scene::new(1, move |_| Answer::text(200, "application/json", &body));
        let ran = scene.delete(&["--max-attempts", "1"]);
        assert_eq!(ran.code, 5, "{answer}: {}", ran.err);
    }
}

#[test]
fn the_first_hundred_that_all_diverge_are_warned_of_once() {
    for (records, diverge, warned) in [(120, true, true), (120, false, false), (99, true, false)] {
        let scene = Scene::new(records, move |request| {
            let contacts = request.json();
            let mut entries: Vec<Value> =
                contacts.as_array().unwrap().iter().map(updated).collect();
            for (number, entry) in entries.iter_mut().enumerate() {
                if diverge || number > 0 {
                    entry["contact"]["lastName"] = json!("Kept");
                }
            }
            bulk(&entries, &[])
        });
        scene.update(&["--batch-size", "50"]).exits(0);
        let log = std::fs::read_to_string(scene.place.the_run().join("log.jsonl")).unwrap();
        let times = log.matches("came back with other values than were sent").count();
        assert_eq!(times, usize::from(warned), "{records} {diverge}");
    }
}

#[test]
fn counts_of_the_server_decide_nothing() {
    let scene = Scene::new(3, |request| {
        let ids = request.ids();
        Answer::json(
            200,
            &json!({"totalRequested": 3, "successful": 3, "failed": 0,
                "successfulRecords": entries(&ids[..2]), "failedRecords": [ids[2]]}),
        )
    });
    scene.delete(&[]).exits(1);
    assert_eq!(counts(&scene.report()), [3, 2, 1, 0, 0, 0, 0]);
}

#[test]
fn verdicts_count_at_any_status() {
    for status in [207, 400, 500] {
        let scene = Scene::new(2, move |request| {
            let ids = request.ids();
            Answer::json(
                status,
                &json!({"successfulRecords": entries(&ids[..1]), "failedRecords": [ids[1]]}),
            )
        });
        scene.delete(&[]).exits(1);
        assert_eq!(counts(&scene.report())[1..3], [1, 1], "{status}");
        assert_eq!(scene.server.requests().len(), 1, "{status}");
    }
}

#[test]
fn an_id_in_both_lists_is_unknown() {
    let scene = Scene::new(2, |request| {
        let ids = request.ids();
        bulk(&entries(&ids), &[json!({"id": ids[1], "reason": "no"})])
    });
    scene.delete(&["--max-attempts", "1"]).exits(5);
    let report = scene.report();
    assert_eq!(counts(&report), [2, 1, 0, 0, 0, 1, 0]);
    assert_eq!(listed(&report, "unknownRecords"), [id(1)]);
}

#[test]
fn an_update_that_shows_other_values_than_were_sent_is_diverged() {
    let scene = Scene::new(3, |request| {
        let contacts = request.json();
        let mut entries: Vec<Value> = contacts.as_array().unwrap().iter().map(updated).collect();
        entries[1]["contact"]["lastName"] = json!("Kept");
        bulk(&entries, &[])
    });
    scene.update(&[]).exits(0).says("1 record succeeded, but the server shows other values");
    let report = scene.report();
    assert_eq!(counts(&report), [3, 3, 0, 0, 0, 0, 0]);
    assert_eq!(report["diverged"], 1);
    assert_eq!(listed(&report, "divergedRecords"), [id(1)]);
    assert_eq!(report["divergedRecords"][0]["fields"], json!(["lastName"]));
    scene.update(&["--accept-diverged", "0"]).exits(1);
}

#[test]
fn lost_and_unreadable_answers_are_asked_for_again() {
    let whole = || bulk(&entries(&ids(3)), &[]);
    let cases = [
        ("cut before the head", Answer::closed()),
        ("cut in the body", whole().cut()),
        (
            "truncated JSON",
            Answer::text(200, "application/json", r#"{"successfulRecords":[{"id":"#),
        ),
        ("a page of HTML at 502", Answer::html(502)),
        ("a page of HTML at 200", Answer::html(200)),
        ("an empty body", Answer::text(200, "application/json", "")),
        ("500 with an envelope", Answer::error(500, "oops", 500)),
        ("503", Answer::html(503)),
        ("408", Answer::error(408, "Request Timeout", 408)),
        ("a redirecting 200", Answer::text(200, "text/plain", "null")),
    ];
    all_at_once(cases, |(what, answer)| {
        let scene = Scene::new(3, first(1, answer));
        scene.delete(&[]).exits(0);
        let report = scene.report();
        assert_eq!(counts(&report), [3, 3, 0, 0, 0, 0, 0], "{what}");
        assert_eq!(report["requests"]["sent"], 2, "{what}");
        assert_eq!(report["requests"]["retried"], 1, "{what}");
    });
}

#[test]
fn an_answer_that_never_becomes_readable_leaves_records_unknown() {
    let scene = Scene::new(3, |_| Answer::text(200, "application/json", "{\"ok\":true}"));
    scene.delete(&["--max-attempts", "2"]).exits(5);
    let report = scene.report();
    assert_eq!(counts(&report), [3, 0, 0, 0, 0, 3, 0]);
    assert!(
        report["unknownRecords"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| { entry["mayHaveBeenApplied"] == true && entry["attempts"] == 2 })
    );
}

#[test]
fn a_slow_answer_is_given_up_after_the_timeout() {
    let scene = Scene::new(2, |request| match request.number {
        1 => good(request).held(),
        _ => good(request),
    });
    scene.delete(&["--timeout", "300ms"]).exits(0);
    assert_eq!(scene.server.requests().len(), 2);
}

#[test]
fn a_delete_whose_answer_was_lost_finds_the_contact_gone_and_that_is_success() {
    let scene = Scene::new(1, |request| match request.number {
        1 => Answer::closed(),
        _ => Answer::error(404, "Contact not found", 404),
    });
    scene.single(&[]).exits(0).says("gone already");
    let report = scene.report();
    assert_eq!(counts(&report), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(report["alreadyGone"], 1);
}

#[test]
fn wrong_endpoints_stop_the_run() {
    let redirect = Answer::html(302).header("Location", "http://127.0.0.1:9/elsewhere");
    for (what, answer) in [
        ("redirect", redirect),
        ("404 as HTML", Answer::html(404)),
        ("404 without a body", Answer::text(404, "application/json", "")),
        ("405", Answer::error(405, "Method Not Allowed", 405)),
        ("501", Answer::html(501)),
        ("Invalid StreamId", Answer::error(400, "Invalid StreamId", 400)),
    ] {
        let scene = Scene::new(6, move |_| answer.clone());
        let ran = scene.delete(&["--batch-size", "2"]).exits(6);
        assert!(ran.err.contains("korebulk resume"), "{what}");
        assert_eq!(scene.server.requests().len(), 1, "{what} stops at once");
        let report = scene.report();
        assert_eq!(report["stopped"]["cause"], "wrong-endpoint", "{what}");
        assert_eq!(counts(&report)[1..3], [0, 0], "{what}");
    }
}

#[test]
fn a_contact_that_is_not_there_is_failed_and_not_a_wrong_endpoint() {
    let scene = Scene::new(3, |request| match request.number {
        2 => Answer::error(404, "Contact not found", 404),
        _ => good(request),
    });
    scene.single(&[]).exits(1);
    let report = scene.report();
    assert_eq!(counts(&report), [3, 2, 1, 0, 0, 0, 0]);
    assert_eq!(report["notFound"], 1);
    assert_eq!(report["failedRecords"][0]["status"], 404);
}

#[test]
fn a_single_answer_about_another_contact_is_no_success() {
    let scene = Scene::new(1, |_| {
        Answer::json(200, &json!({"_id": id(7), "id": id(7), "status": "INACTIVE"}))
    });
    let ran = scene.single(&["--max-attempts", "2"]);
    assert!([5, 6].contains(&ran.code), "{ran:?}");
    assert_eq!(counts(&scene.report())[1], 0);
}

#[test]
fn a_contact_that_stays_active_is_not_deleted() {
    let scene = Scene::new(1, |request| {
        let id = &request.ids()[0];
        Answer::json(200, &json!({"_id": id, "id": id, "status": "ACTIVE"}))
    });
    scene.single(&["--max-attempts", "2"]).exits(5);
    assert_eq!(counts(&scene.report()), [1, 0, 0, 0, 0, 1, 0]);
}

#[test]
fn a_list_in_use_is_failed_with_the_words_of_the_server() {
    let server = Hostile::start(|request| match request.number {
        1 => Answer::error(400, "List is used by campaign Renewals", 400),
        _ => good(request),
    });
    let place = Place::at(server.addr());
    place.write("lists.csv", id_table(&[list_id(0), list_id(1)]));
    place.quick(&["delete-contact-list", "lists.csv"]).exits(1);
    let report = place.report();
    assert_eq!(counts(&report), [2, 1, 1, 0, 0, 0, 0]);
    assert_eq!(report["failedRecords"][0]["reason"], "List is used by campaign Renewals");
}

#[test]
fn a_token_refused_once_is_signed_again() {
    let refusal = Answer::error(401, "Invalid JWT token", 4002);
    let scene = Scene::new(4, first(1, refusal));
    scene.delete(&[]).exits(0);
    let requests = scene.server.requests();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[0].header("auth"), requests[1].header("auth"));
    assert_eq!(scene.report()["successful"], 4);
}

#[test]
fn refused_credentials_stop_the_run_and_resume_goes_on_once_they_are_fixed() {
    let fixed = Arc::new(AtomicBool::new(false));
    let known = Arc::clone(&fixed);
    let scene = Scene::new(6, move |request| match known.load(Ordering::SeqCst) {
        false => Answer::error(401, "Invalid SDK credentials", 4002),
        true => good(request),
    });
    scene.delete(&["--batch-size", "2"]).exits(6).says("korebulk resume").says("HTTP 401");
    let stopped = scene.report();
    assert_eq!(counts(&stopped), [6, 0, 0, 0, 0, 0, 6]);
    assert_eq!(stopped["stopped"]["cause"], "credentials");
    assert_eq!(scene.server.requests().len(), 2);
    let (_, rows) = table(&scene.place.the_run().join("unsent.csv"));
    assert_eq!(rows.len(), 6);

    fixed.store(true, Ordering::SeqCst);
    scene.place.run(&["resume", "latest"]).exits(0);
    let run = scene.place.the_run();
    assert_eq!(counts(&report(&run)), [6, 6, 0, 0, 0, 0, 0]);
    assert!(!run.join("unsent.csv").exists(), "nothing is unsent any more");
    assert_eq!(scene.server.sizes(), [2, 2, 2, 2, 2]);
    scene.place.run(&["resume", "latest"]).exits(0);
    assert_eq!(scene.server.requests().len(), 5, "nothing was left to send");
}

#[test]
fn a_413_leads_to_smaller_batches_and_a_record_alone_fails() {
    let limited = |most: usize| {
        move |request: &Request| match request.ids().len() > most {
            true => Answer::error(413, "Payload Too Large", 413),
            false => good(request),
        }
    };
    let scene = Scene::new(64, limited(10));
    scene.delete(&["--batch-size", "auto"]).exits(0);
    let report = scene.report();
    assert_eq!(counts(&report)[1], 64);
    let refused = scene.server.sizes().iter().filter(|size| **size > 10).count();
    assert!(refused <= 6, "{:?}", scene.server.sizes());

    let scene = Scene::new(3, limited(0));
    scene.delete(&[]).exits(1);
    let report = scene.report();
    assert_eq!(counts(&report), [3, 0, 3, 0, 0, 0, 0]);
    assert_eq!(report["failedRecords"][0]["mayHaveBeenApplied"], false);
}

#[test]
fn a_success_whose_message_says_that_it_was_not_done_is_unknown() {
    for (key, message, done) in [
        ("message", "Contact not found", false),
        ("msg", "could not be deleted", false),
        ("reason", "Delete failed: locked", false),
        ("message", "Deleted successfully", true),
    ] {
        let scene = Scene::new(2, move |request: &Request| {
            let entries: Vec<Value> =
                request.ids().iter().map(|id| json!({"id": id, key: message})).collect();
            bulk(&entries, &[])
        });
        scene.delete(&["--max-attempts", "1"]).exits(if done { 0 } else { 5 });
        let expected = if done { [2, 0] } else { [0, 2] };
        let counts = counts(&scene.report());
        assert_eq!([counts[1], counts[5]], expected, "{message}");
    }
}

#[test]
fn an_answer_to_one_delete_that_denies_itself_is_unknown() {
    for (more, done) in [
        (json!({"message": "Contact not found"}), false),
        (json!({"id": id(7)}), false),
        (json!({"success": false}), false),
        (json!({"message": "Contact deleted successfully"}), true),
        (json!({"id": id(0)}), true),
    ] {
        let scene = Scene::new(1, move |_: &Request| {
            let mut answer = json!({"_id": id(0), "status": "INACTIVE"});
            answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Answer::json(200, &answer)
        });
        let args = ["delete-contact", "stale.csv", "--max-attempts", "1"];
        scene.place.quick(&args).exits(if done { 0 } else { 5 });
    }
}

#[test]
fn a_record_that_is_refused_without_a_word_has_a_reason_all_the_same() {
    for (status, words) in [
        (413, "the request is too large for the server, with this record alone in it (HTTP 413)"),
        (422, "no reason given (HTTP 422)"),
        (400, "no reason given (HTTP 400)"),
    ] {
        for body in ["", "{}"] {
            let answer = move |_: &Request| Answer::text(status, "application/json", body);
            let scene = Scene::new(1, answer);
            scene.delete(&[]);
            let report = scene.report();
            assert_eq!(report["failedRecords"][0]["reason"], words, "{report:#}");
        }
    }
}

#[test]
fn one_bad_record_is_isolated_and_has_the_words_of_the_server() {
    for bad in [0, 5, 11] {
        let scene = Scene::new(24, move |request| match request.ids().contains(&id(bad)) {
            true => Answer::error(400, "Validation failed: cast to ObjectId", 4711),
            false => good(request),
        });
        scene.delete(&["--batch-size", "12"]).exits(1);
        let report = scene.report();
        assert_eq!(counts(&report), [24, 23, 1, 0, 0, 0, 0], "{bad}");
        assert_eq!(listed(&report, "failedRecords"), [id(bad)]);
        let failed = &report["failedRecords"][0];
        assert_eq!(failed["reason"], "Validation failed: cast to ObjectId");
        assert_eq!(failed["status"], 400);
        assert!(report["requests"]["split"].as_u64().unwrap() >= 1);
        assert!(scene.server.requests().len() <= 12, "{:?}", scene.server.sizes());
    }
}

#[test]
fn an_error_that_names_the_record_sets_it_apart_at_once() {
    let scene = Scene::new(24, |request| match request.ids().contains(&id(5)) {
        true => Answer::error(400, &format!("contact {} is locked", id(5)), 400),
        false => good(request),
    });
    scene.delete(&["--batch-size", "12"]).exits(1);
    assert_eq!(counts(&scene.report()), [24, 23, 1, 0, 0, 0, 0]);
    assert_eq!(scene.server.requests().len(), 4, "{:?}", scene.server.sizes());
}

#[test]
fn batches_refused_alike_before_any_success_stop_the_run() {
    let scene = Scene::new(40, |_| Answer::error(412, "Validation errors/ Invalid arguments", 412));
    scene
        .delete(&["--batch-size", "10"])
        .exits(6)
        .says("3 batches were all refused alike")
        .says("so were 6 records of them alone");
    let report = scene.report();
    assert_eq!(report["stopped"]["cause"], "breaker");
    assert_eq!(counts(&report), [40, 0, 0, 0, 0, 30, 10]);
    assert_eq!(scene.server.sizes(), [10, 10, 10, 1, 1, 1, 1, 1, 1]);
}

/// Refuses every request that carries one of these records.
fn refusing(bad: &[usize]) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    let bad: Vec<String> = bad.iter().map(|number| id(*number)).collect();
    move |request| match request.ids().iter().any(|id| bad.contains(id)) {
        true => Answer::error(412, "Validation errors/ Invalid arguments", 412),
        false => good(request),
    }
}

#[test]
fn one_bad_record_in_each_of_the_first_batches_does_not_stop_the_run() {
    for bad in [[0, 10, 20], [9, 19, 29], [5, 15, 25], [0, 19, 20]] {
        let scene = Scene::new(40, refusing(&bad));
        scene.delete(&["--batch-size", "10"]).exits(1);
        let report = scene.report();
        assert_eq!(counts(&report), [40, 37, 3, 0, 0, 0, 0], "{bad:?}");
        assert_eq!(listed(&report, "failedRecords"), bad.map(id));
    }
    // All the batches there are.
    let scene = Scene::new(20, refusing(&[0, 19]));
    scene.delete(&["--batch-size", "10"]).exits(1);
    assert_eq!(counts(&scene.report()), [20, 18, 2, 0, 0, 0, 0]);
}

#[test]
fn a_few_bad_records_at_the_start_do_not_stop_deletes_one_by_one() {
    let scene = Scene::new(12, refusing(&[0, 1, 2, 3, 4]));
    scene.single(&[]).exits(1);
    assert_eq!(counts(&scene.report()), [12, 7, 5, 0, 0, 0, 0]);
    let scene = Scene::new(12, |_| Answer::error(412, "Validation errors/ Invalid arguments", 412));
    scene.single(&[]).exits(6).says("the first 6 records were all refused alike (HTTP 412");
    assert_eq!(counts(&scene.report()), [12, 0, 6, 0, 0, 0, 6]);
}

#[test]
fn a_rate_limit_is_waited_out_whatever_its_status() {
    let message =
        "You've exceeded the per-minute rate limit. Please wait for sometime before retrying.";
    all_at_once([429, 200, 403, 503], |status| {
        let answer = Answer::error(status, message, 4999).header("Retry-After", "1");
        let scene = Scene::new(2, first(1, answer));
        scene.delete(&[]).exits(0);
        let report = scene.report();
        assert_eq!(report["requests"]["throttled"], 1, "{status}");
        assert_eq!(report["requests"]["sent"], 2, "{status}");
    });
}

#[test]
fn a_wait_that_is_too_long_stops_the_run_and_resume_finishes_it() {
    for wait in [Some("120"), None] {
        let answer = Answer::error(429, "Too Many Requests", 429);
        let answer = match wait {
            Some(wait) => answer.header("Retry-After", wait),
            None => answer,
        };
        let scene = Scene::new(4, first(1, answer));
        scene.delete(&["--batch-size", "2", "--max-wait", "30s"]).exits(4).says("korebulk resume");
        let report = scene.report();
        assert_eq!(report["stopped"]["cause"], "long-throttle");
        assert_eq!(counts(&report), [4, 0, 0, 0, 0, 0, 4]);
        scene.place.run(&["resume", "latest"]).exits(0);
        assert_eq!(counts(&scene.report())[1], 4);
    }
}

/// A moment by a server's clock, `seconds` from now by this machine's.
fn http_date(seconds: i64) -> String {
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[test]
fn a_date_to_wait_for_is_counted_by_the_servers_own_clock() {
    // Half an hour off in either direction: three seconds to wait for, and two minutes.
    for (off, wait, code) in [(1800, 3, 0), (-1800, 3, 0), (-1800, 120, 4)] {
        let answer = Answer::error(429, "Too Many Requests", 429)
            .header("Date", &http_date(off))
            .header("Retry-After", &http_date(off + wait));
        let scene = Scene::new(2, first(1, answer));
        scene.delete(&["--max-wait", "30s"]).exits(code);
        assert_eq!(scene.report()["requests"]["throttled"], 1, "{off} {wait}");
    }
}

#[test]
fn credentials_refused_by_a_server_with_another_time_are_blamed_on_the_clock() {
    for (off, words) in [(7200, "2 h behind the server's"), (-7200, "2 h ahead of the server's")] {
        for answer in [
            Answer::error(401, "jwt expired", 4002),
            Answer::error(403, "Invalid JWT token", 4002),
            Answer::text(401, "application/json", ""),
        ] {
            let answer = answer.header("Date", &http_date(off));
            let scene = Scene::new(2, move |_| answer.clone());
            let ran = scene.delete(&[]).exits(6).says(words).says("clock right");
            assert!(!ran.err.contains("orrect the credentials"), "{}", ran.err);
            let ahead = scene.report()["stopped"]["clockAhead"].as_i64().unwrap();
            assert!((ahead + off).abs() < 60, "{ahead}");
        }
    }
    // A minute is what a token lives: no word of the clock within it.
    let answer = Answer::error(401, "Invalid JWT token", 4002).header("Date", &http_date(40));
    let scene = Scene::new(2, move |_| answer.clone());
    let ran = scene.delete(&[]).exits(6).says("Correct the credentials");
    assert!(!ran.err.contains("clock"), "{}", ran.err);
}

#[test]
fn an_outage_is_probed_and_costs_no_attempts() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let scene = Scene::new(30, move |request| match count.fetch_add(1, Ordering::SeqCst) {
        0..=3 => Answer::html(503),
        _ => good(request),
    });
    scene.delete(&["--batch-size", "10", "--concurrency", "3", "--max-attempts", "2"]).exits(0);
    assert_eq!(counts(&scene.report())[1], 30);
}

#[test]
fn an_outage_that_lasts_stops_the_run() {
    let scene = Scene::new(30, |_| Answer::html(503));
    scene
        .delete(&["--batch-size", "10", "--concurrency", "3", "--max-outage", "1s"])
        .exits(4)
        .says("out of reach");
    let report = scene.report();
    assert_eq!(report["stopped"]["cause"], "outage");
    assert_eq!(counts(&report)[1..3], [0, 0]);
}

#[test]
fn a_server_that_is_not_there_leaves_everything_unsent() {
    let place = Place::at("127.0.0.1:9".parse().unwrap());
    place.write("stale.csv", id_table(&ids(3)));
    place.quick(&["bulk-delete", "stale.csv", "--max-outage", "1s"]).exits(4);
    assert_eq!(counts(&place.report()), [3, 0, 0, 0, 0, 0, 3]);
}

#[test]
fn an_answer_without_bound_is_given_up() {
    let padding = "x".repeat(2 << 20);
    let scene = Scene::new(1, move |_| {
        let page = json!({"successfulRecords": [{"id": id(0), "x": padding}], "failedRecords": []});
        Answer::json(200, &page)
    });
    scene.delete(&["--max-attempts", "1"]).exits(5);
}

#[test]
fn too_many_failures_stop_the_run() {
    let scene = Scene::new(600, |request| {
        let failures: Vec<Value> = request.ids().iter().map(|id| json!(id)).collect();
        bulk(&[], &failures)
    });
    scene.delete(&["--batch-size", "50"]).exits(6).says("max_failure_share");
    let report = scene.report();
    assert_eq!(report["stopped"]["cause"], "failure-share");
    assert_eq!(counts(&report)[6], 400, "{report:#}");
}

#[test]
fn bad_records_at_both_ends_of_the_only_batches_do_not_stop_the_run() {
    for (records, bad) in [(100, &[0, 50, 99][..]), (20, &[0, 5, 9, 10, 19])] {
        let scene = Scene::new(records, refusing(bad));
        scene.delete(&["--batch-size", if records == 20 { "10" } else { "100" }]).exits(1);
        let failed = bad.len() as u64;
        let read = records as u64;
        assert_eq!(counts(&scene.report()), [read, read - failed, failed, 0, 0, 0, 0], "{bad:?}");
    }
    // Six records from everywhere are enough to tell that it is the job.
    let scene = Scene::new(100, |_| Answer::error(412, "Validation errors", 412));
    scene.delete(&["--batch-size", "100"]).exits(6).says("so were 6 records of it alone");
    assert_eq!(scene.server.sizes(), [100, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn what_stops_a_run_is_said_in_the_words_of_the_server() {
    let scene = Scene::new(40, |_| Answer::error(400, "Account is being migrated", 77));
    scene.delete(&[]).exits(6);
    let report = scene.report();
    for record in report["unknownRecords"].as_array().unwrap() {
        let reason = record["reason"].as_str().unwrap();
        assert!(reason.ends_with("(HTTP 400, code 77): Account is being migrated"), "{reason}");
    }
    for (answer, words) in [
        (Answer::error(401, "jwt expired", 401), "jwt expired"),
        (Answer::error(405, "Method Not Allowed", 405), "Method Not Allowed"),
    ] {
        let scene = Scene::new(4, move |_| answer.clone());
        scene.delete(&[]).exits(6);
        let answers = scene.report()["doubtfulAnswers"].clone();
        assert_eq!(answers[0]["server"]["errors"][0]["msg"], words, "{answers}");
    }
}

#[test]
fn an_answer_is_called_what_it_is() {
    let cases = [
        ("null", "HTTP 200 with JSON that names no record"),
        ("\"queued\"", "HTTP 200 with JSON that names no record"),
        ("{\"status\":\"success\",\"message\":\"done\"}", "HTTP 200 with a message and no record"),
        ("{\"errors\":[{\"msg\":\"no\"}]}", "HTTP 200 with an error"),
        ("queued", "HTTP 200 with a text that is no JSON"),
    ];
    all_at_once(cases, |(body, words)| {
        let scene = Scene::new(4, move |_| Answer::text(200, "application/json", body));
        scene.delete(&["--max-attempts", "1"]).exits(5);
        assert_eq!(scene.report()["doubtfulAnswers"][0]["reason"], words);
    });
}

#[test]
fn a_bad_record_in_each_of_many_batches_is_found() {
    let is_bad = |id: &String| (0..30).any(|batch| *id == self::id(batch * 40 + batch));
    let scene = Scene::new(1_200, move |request| match request.ids().iter().any(is_bad) {
        true => Answer::error(400, "Validation errors", 400),
        false => good(request),
    });
    scene.delete(&["--batch-size", "40"]).exits(1);
    assert_eq!(counts(&scene.report()), [1_200, 1_170, 30, 0, 0, 0, 0]);
}

#[test]
fn refused_credentials_are_known_by_their_code_and_words_at_any_status() {
    for answer in [
        Answer::error(400, "Invalid SDK credentials", 4002),
        Answer::error(412, "Invalid JWT token", 412),
        Answer::error(404, "Permission denied. Scope is incorrect!", 4002),
        Answer::error(400, "", 4002),
        Answer::json(422, &json!({"errors": [{"msg": "jwt expired", "code": "4002"}]})),
    ] {
        let scene = Scene::new(30, move |_| answer.clone());
        scene.delete(&[]).exits(6).says("refused the credentials");
        let report = scene.report();
        assert_eq!(counts(&report), [30, 0, 0, 0, 0, 0, 30]);
        assert_eq!(scene.server.requests().len(), 2, "signed once more, and no record on trial");
    }
    let scene = Scene::new(3, |request| match request.ids().contains(&id(1)) {
        true => Answer::error(400, &format!("{} is refused", id(1)), 4002),
        false => good(request),
    });
    scene.delete(&[]).exits(1);
    assert_eq!(listed(&scene.report(), "failedRecords"), [id(1)], "it speaks of a record");
}
