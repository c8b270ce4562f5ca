//! What other users of the account do, and numbers that are in use.

use super::*;

/// The contacts as the store has them.
fn stored(bench: &Bench) -> Vec<Value> {
    bench.look("contacts").as_array().unwrap().clone()
}

fn of<'a>(contacts: &'a [Value], id: &str) -> &'a Value {
    contacts.iter().find(|contact| contact["id"] == id).unwrap()
}

fn done(bench: &Bench) -> Vec<(String, String)> {
    let applied = bench.look("applied");
    let entry =
        |e: &Value| (e["what"].as_str().unwrap().to_owned(), e["id"].as_str().unwrap().to_owned());
    applied.as_array().unwrap().iter().map(entry).collect()
}

#[test]
fn every_change_moves_the_time_of_the_last_change_forward() {
    let bench = with_faults(&["edit:ids=6964af60450340957c600001"]);
    let mut last = String::new();
    for _ in 0..50 {
        bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string());
        let ours = bench.ask("GET", "?limit=1", "").json()["results"][0].clone();
        let ours = ours["updatedAt"].as_str().unwrap().to_owned();
        assert!(ours > last, "{ours} after {last}");
        last = of(&stored(&bench), A)["updatedAt"].as_str().unwrap().to_owned();
        assert!(last > ours, "{last} after {ours}");
    }
}

#[test]
fn somebody_edits_one_field_after_a_request() {
    for (field, pointer) in [
        ("firstName", "/firstName"),
        ("lastName", "/lastName"),
        ("salutation", "/salutation"),
        ("phone", "/cellPhone/phoneNumber"),
    ] {
        let bench = with_faults(&[&format!("edit:requests=2,field={field},ids={A}")]);
        let echo = bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string()).json();
        let ours = &echo["successfulRecords"][0]["contact"];
        let seen = bench.ask("GET", "", "").json();
        assert_eq!(seen["results"][0]["updatedAt"], ours["updatedAt"], "not before its request");
        let now = of(&stored(&bench), A).clone();
        let fields = ["/firstName", "/lastName", "/salutation", "/cellPhone/phoneNumber"];
        let changed: Vec<_> =
            fields.iter().filter(|f| now.pointer(f) != ours.pointer(f)).copied().collect();
        assert_eq!(changed, [pointer]);
        assert_ne!(now["updatedBy"], ours["updatedBy"]);
        assert_eq!(done(&bench)[1], ("other-updated".to_owned(), A.to_owned()));
    }
}

#[test]
fn a_touch_moves_only_the_time() {
    let bench = with_faults(&[&format!("edit:do=touch,ids={A},requests=2")]);
    bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string());
    let mut before = of(&stored(&bench), A).clone();
    bench.ask("GET", "", "");
    let mut after = of(&stored(&bench), A).clone();
    assert!(before["updatedAt"].as_str() < after["updatedAt"].as_str());
    for contact in [&mut before, &mut after] {
        contact.as_object_mut().unwrap().retain(|key, _| !key.starts_with("updated"));
    }
    assert_eq!(before, after);
}

#[test]
fn somebody_deletes_and_creates_between_pages() {
    let bench = with_faults(&["edit:do=replace,at=first,every=1"]);
    let first = bench.ask("GET", "?limit=1", "").json();
    let second = bench.ask("GET", "?limit=1&skip=1", "").json();
    assert_eq!(named(&first["results"]), [A]);
    assert_eq!(named(&second["results"]), [C], "B has moved up to the first page");
    assert_eq!(first["totalResults"], second["totalResults"]);
    let done = done(&bench);
    let whats: Vec<&str> = done.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(whats, ["other-created", "other-deleted", "other-created", "other-deleted"]);
    assert_eq!((done[1].1.as_str(), done[3].1.as_str()), (A, B));
    assert!(done[0].1.as_str() < done[2].1.as_str() && done[0].1.as_str() > C);
}

#[test]
fn chance_chooses_the_same_contacts_in_every_run() {
    let chosen = |seed: u64| {
        let config = Config {
            sample: true,
            fault_seed: seed,
            faults: vec!["edit:count=5".parse().unwrap(), "edit:do=delete".parse().unwrap()],
            ..Config::default()
        };
        let bench = Bench { server: Thread::start(config.clone()).unwrap(), config };
        bench.ask("GET", "", "");
        done(&bench)
    };
    let once = chosen(1);
    assert_eq!(once.len(), 6);
    assert_eq!(once, chosen(1));
    assert_ne!(once, chosen(2));
}

/// A server where `A` has the number 2445600000, and `B`, which is inactive, 2445600001.
fn with_numbers(faults: &[&str]) -> Bench {
    let bench = with_faults(faults);
    let mut other = contact(B);
    other["cellPhone"]["phoneNumber"] = json!("2445600001");
    bench.ask("PUT", "/bulk-update", &json!([contact(A), other]).to_string());
    bench.delete(&ids([B]));
    bench
}

/// New contacts with the last two digits of their numbers.
fn create<const N: usize>(bench: &Bench, numbers: [u8; N]) -> Heard {
    let new = numbers.map(|number| {
        let mut new = contact("");
        new.as_object_mut().unwrap().remove("id");
        new["cellPhone"]["phoneNumber"] = json!(format!("24456000{number:02}"));
        new
    });
    bench.ask("POST", "", &json!(new.as_slice()).to_string())
}

fn active(bench: &Bench) -> usize {
    bench.look("stats")["activeContacts"].as_u64().unwrap().try_into().unwrap()
}

#[test]
fn a_number_in_use_refuses_the_whole_request() {
    let bench = with_numbers(&[]);
    let words = "Phone number already exists".to_owned();
    assert_eq!(create(&bench, [2, 0]).error(), (400, 400, words.clone()));
    assert_eq!(create(&bench, [3, 3]).error(), (400, 400, words), "one of the same request");
    assert_eq!(active(&bench), 2);
    assert_eq!(create(&bench, [1]).status, 200, "an inactive contact does not hold its number");
    let bench = with_numbers(&["number-in-use:status=409,names=yes"]);
    let (status, _, words) = create(&bench, [0]).error();
    assert_eq!((status, words.as_str()), (409, "Phone number already exists: 2445600000"));
}

#[test]
fn an_inactive_contact_holds_its_number_on_demand() {
    let bench = with_numbers(&["number-in-use:inactive=yes"]);
    assert_eq!(create(&bench, [1]).status, 400);
}

#[test]
fn a_number_in_use_is_an_entry_or_left_out_or_answered_as_if_created() {
    let answer = |shown: &str| {
        let bench = with_numbers(&[&format!("number-in-use:as={shown}")]);
        let answer = create(&bench, [2, 0, 3]).json();
        assert_eq!(active(&bench), 4, "two were created");
        answer.as_array().unwrap().clone()
    };
    let entries = answer("entry");
    assert_eq!(entries[1]["reason"], "Phone number already exists");
    assert_eq!(entries[1].get("id"), None);
    let numbers = |entries: &[Value]| -> Vec<Value> {
        entries.iter().map(|e| e["cellPhone"]["phoneNumber"].clone()).collect()
    };
    assert_eq!(numbers(&answer("skip")), ["+912445600002", "+912445600003"]);
    let existing = answer("existing");
    assert_eq!((existing.len(), &existing[1]["id"]), (3, &json!(A)));
}

#[test]
fn created_contacts_are_answered_out_of_order_or_not_at_all() {
    let bench = with_numbers(&["shuffle:op=create-contacts", "missing:ids=2445600004"]);
    let answer = create(&bench, [2, 3, 4, 5, 6, 7]).json();
    let numbers: Vec<_> = answer.as_array().unwrap().iter().collect();
    let numbers: Vec<&str> =
        numbers.iter().map(|c| c["cellPhone"]["phoneNumber"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), 5);
    assert!(!numbers.is_sorted() && !numbers.contains(&"+912445600004"), "{numbers:?}");
    assert_eq!(active(&bench), 8, "the missing one was created");
}

#[test]
fn a_new_contact_is_refused_by_its_number() {
    let bench = with_numbers(&["refuse:ids=2445600002,reason=not now"]);
    let answer = create(&bench, [2, 3]).json();
    assert_eq!(answer[0]["reason"], "not now");
    assert_eq!((active(&bench), answer[1]["status"].as_str()), (3, Some("ACTIVE")));
    let bench = with_numbers(&["poison:ids=2445600002"]);
    assert_eq!((create(&bench, [3, 2]).status, active(&bench)), (400, 2));
}

#[test]
fn the_largest_create_is_limited_as_other_batches_are() {
    let limits = super::super::Limits { max_records: Some(2), ..Default::default() };
    let bench = bench(Config { limits, ..Config::default() });
    assert_eq!((create(&bench, [2, 3, 4]).status, create(&bench, [2, 3]).status), (413, 200));
}

#[test]
fn an_update_to_a_number_in_use_is_refused_on_demand() {
    let mut other = contact(C);
    other["cellPhone"]["phoneNumber"] = json!("2445600000");
    let body = json!([other]).to_string();
    let bench = with_numbers(&[]);
    assert_eq!(bench.ask("PUT", "/bulk-update", &body).json()["successful"], 1);
    let bench = with_numbers(&["number-in-use:update=yes"]);
    let answer = bench.ask("PUT", "/bulk-update", &body).json();
    assert_eq!(
        answer["failedRecords"],
        json!([{ "id": C, "reason": "Phone number already exists" }])
    );
    assert_eq!(bench.ask("PUT", &format!("/{C}"), &other.to_string()).status, 400);
    let own = json!([contact(A)]).to_string();
    assert_eq!(bench.ask("PUT", "/bulk-update", &own).json()["successful"], 1, "its own number");
}

#[test]
fn an_update_replaces_every_field_or_on_demand_only_those_given() {
    let update = |faults: &[&str]| {
        let bench = with_faults(faults);
        bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string());
        let body = json!([{ "id": A, "lastName": "roe" }]).to_string();
        let status = bench.ask("PUT", "/bulk-update", &body).status;
        let now = of(&stored(&bench), A).clone();
        (status, json!([now["firstName"], now["lastName"], now["fullName"], now["salutation"]]))
    };
    assert_eq!(update(&[]), (412, json!(["john", "doe", "john doe", "mr"])));
    assert_eq!(update(&["partial-update"]), (200, json!(["john", "roe", "john roe", "mr"])));
}
