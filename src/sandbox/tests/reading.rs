//! The account as it is read: contacts, lists, campaigns, in every manner that is left open.

use super::*;

/// A server with 25 contacts, `…00` to `…24`.
fn with_25(faults: &[&str]) -> Bench {
    let config =
        Config { faults: faults.iter().map(|f| f.parse().unwrap()).collect(), ..Config::default() };
    let server = Thread::start(config.clone()).unwrap();
    // Not in the order of their ids.
    let seeds = (0..25).map(|n| SeedContact { id: nth((n * 7) % 25), contact: None });
    server.seed_contacts(seeds).unwrap();
    Bench { server, config }
}

fn nth(n: u64) -> String {
    format!("6964af60450340957c6000{n:02}")
}

/// The last two digits of the ids on a page.
fn shown(page: &Value) -> Vec<u64> {
    named(&page["results"]).iter().map(|id| id[22..].parse().unwrap()).collect()
}

/// What is beside the results.
fn beside(page: &Value) -> Value {
    let mut rest = page.clone();
    rest.as_object_mut().unwrap().remove("results");
    rest
}

fn read(fault: &str, query: &str) -> Value {
    with_25(&[fault]).ask("GET", query, "").json()
}

#[test]
fn a_page_has_ten_contacts_by_id_and_skip_wins_over_page() {
    let bench = with_25(&[]);
    let ask = |query: &str| bench.ask("GET", query, "").json();
    assert_eq!(shown(&ask("")), (0..10).collect::<Vec<_>>());
    assert_eq!(
        beside(&ask("?limit=10&page=3")),
        json!({ "skip": 20, "limit": 10, "hasMore": false, "totalPages": 3, "totalResults": 25 })
    );
    assert_eq!(shown(&ask("?limit=10&page=3")), [20, 21, 22, 23, 24]);
    assert_eq!(shown(&ask("?limit=2&page=3&skip=7")), [7, 8]);
    assert_eq!(shown(&ask("?skip=25")), [0; 0]);
    assert_eq!(ask("?limit=5000")["limit"], 1000);
}

#[test]
fn a_page_is_moved_by_what_the_server_knows() {
    let query = "?skip=5&page=2&limit=5";
    let first = |by: &str| shown(&read(&format!("pages:by={by}"), query))[0];
    assert_eq!(["either", "skip", "page", "both", "neither"].map(first), [5, 5, 5, 10, 0]);
    let alone = |by: &str, query: &str| shown(&read(&format!("pages:by={by}"), query))[0];
    assert_eq!(alone("skip", "?page=2&limit=5"), 0);
    assert_eq!(alone("page", "?skip=5&page=1&limit=5"), 0);
}

#[test]
fn an_answer_says_of_its_page_what_was_done_or_asked_or_nothing() {
    let echo = |echo: &str| {
        let page = read(&format!("pages:by=neither,echo={echo}"), "?skip=5&limit=3");
        json!([page.get("skip"), page.get("limit")])
    };
    assert_eq!(echo("done"), json!([0, 3]));
    assert_eq!(echo("asked"), json!([5, 3]));
    assert_eq!(echo("none"), json!([null, null]));
}

#[test]
fn a_page_behind_the_last_row_is_empty_or_the_last_one_or_refused() {
    let ask =
        |beyond: &str| with_25(&[&format!("pages:beyond={beyond}")]).ask("GET", "?skip=30", "");
    assert_eq!(shown(&ask("empty").json()), [0; 0]);
    let last = ask("last").json();
    assert_eq!((shown(&last), &last["skip"]), ((20..25).collect(), &json!(20)));
    assert_eq!(ask("refuse").status, 404);
}

#[test]
fn pages_are_capped_made_default_refused_or_all_of_one_size() {
    let size = |fault: &str, query: &str| {
        let page = read(&format!("page-size:{fault}"), query);
        (page["limit"].as_u64().unwrap(), shown(&page).len())
    };
    assert_eq!(size("max=4", "?limit=20"), (4, 4));
    assert_eq!(size("max=4", "?limit=3"), (3, 3));
    assert_eq!(size("max=4,above=default", "?limit=20"), (10, 10));
    assert_eq!(size("max=4,above=default,default=2", "?limit=20"), (2, 2));
    assert_eq!(size("fixed=yes", "?limit=20"), (10, 10));
    assert_eq!(size("fixed=yes,default=6", "?limit=2"), (6, 6));
    let bench = with_25(&["page-size:max=4,above=refuse"]);
    assert_eq!(bench.ask("GET", "?limit=5", "").status, 400);
    assert_eq!(bench.ask("GET", "?limit=4", "").status, 200);
}

#[test]
fn totals_lie() {
    let total = |fault: &str| read(fault, "?limit=10&skip=10")["totalResults"].clone();
    assert_eq!(total("totals:off=3"), 28);
    assert_eq!(total("totals:off=-30"), 0);
    assert_eq!(total("totals:count=page"), 10);
    assert_eq!(total("totals:count=none"), Value::Null);
    let more = |word: &str| read(&format!("totals:more={word}"), "?limit=10")["hasMore"].clone();
    assert_eq!(
        ["right", "yes", "no", "none"].map(more),
        [json!(true), json!(true), json!(false), Value::Null]
    );
    let bench = with_25(&["totals:count=all"]);
    bench.delete(&json!({ "ids": [nth(3)] }).to_string());
    assert_eq!(bench.ask("GET", "", "").json()["totalResults"], 25, "the deleted one is counted");
}

#[test]
fn contacts_are_in_any_order() {
    let order = |fault: &str| shown(&read(fault, "?limit=25"));
    let ascending: Vec<u64> = (0..25).collect();
    assert_eq!(order("order:by=id"), ascending);
    assert_eq!(order("order:direction=down"), ascending.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(order("order:by=inserted")[..4], [0, 7, 14, 21]);
    let bench = with_25(&["order:by=updated,direction=down"]);
    // Each change is later than the one before it, by a millisecond at least; the others were seeded meanwhile.
    for _ in 0..100 {
        bench.ask("PUT", &format!("/{}", nth(11)), &contact("").to_string());
    }
    assert_eq!(shown(&bench.ask("GET", "?limit=3", "").json()), [11, 24, 23]);
}

#[test]
fn an_unstable_order_is_another_in_every_request_and_the_same_in_every_run() {
    let twice = || {
        let bench = with_25(&["order:by=unstable"]);
        [(); 2].map(|()| shown(&bench.ask("GET", "?limit=25", "").json()))
    };
    let [first, second] = twice();
    assert_ne!(first, second);
    assert_eq!(twice(), [first.clone(), second]);
    let mut sorted = first;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..25).collect::<Vec<_>>());
}

#[test]
fn inactive_contacts_are_shown_on_demand() {
    for (faults, shows) in [(vec![], false), (vec!["show-inactive"], true)] {
        let bench = with_25(&faults);
        bench.ask("DELETE", &format!("/{}", nth(3)), "");
        let page = bench.ask("GET", "?limit=25", "").json();
        assert_eq!(shown(&page).contains(&3), shows);
        assert_eq!(page["totalResults"], if shows { 25 } else { 24 });
        if shows {
            assert_eq!(page["results"][3]["status"], "INACTIVE");
        }
    }
}

#[test]
fn hidden_contacts_are_counted_and_in_no_page() {
    let page = read(&format!("hidden:ids={}+{}", nth(2), nth(4)), "?limit=5");
    assert_eq!((shown(&page), &page["totalResults"]), (vec![0, 1, 3], &json!(25)));
}

#[test]
fn a_number_is_shown_without_its_country_code_on_demand() {
    let phones = |faults: &[&str]| {
        let bench = with_faults(faults);
        bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string());
        bench.ask("GET", "?limit=1", "").json()["results"][0]["cellPhone"]["phoneNumber"].clone()
    };
    assert_eq!(phones(&[]), "+912445600000");
    assert_eq!(phones(&["national-phone:share=1"]), "2445600000");
}

#[test]
fn only_a_contact_that_was_updated_names_who_did_it() {
    let bench = with_faults(&[]);
    bench.ask("PUT", "/bulk-update", &json!([contact(A)]).to_string());
    let page = bench.ask("GET", "", "").json();
    let by = |n: usize| page["results"][n].get("updatedBy").is_some();
    assert!(by(0) && !by(1));
}

#[test]
fn a_fault_can_be_of_readings_alone() {
    let bench = with_faults(&["server-error:op=read-contacts"]);
    assert_eq!(bench.delete(&ids([A])).status, 200);
    assert_eq!(bench.ask("GET", "", "").status, 503);
}

/// A server with two campaigns, which use a list and leave out the numbers of another.
fn with_lists(faults: &[&str]) -> Bench {
    let config = Config {
        sample: true,
        faults: faults.iter().map(|f| f.parse().unwrap()).collect(),
        ..Config::default()
    };
    Bench { server: Thread::start(config.clone()).unwrap(), config }
}

fn all_lists(bench: &Bench, method: &str, query: &str) -> Heard {
    bench.campaign(method, "/contactList/getAllListDetails", query, "")
}

fn id_of(bench: &Bench, name: &str) -> String {
    let all = all_lists(bench, "GET", "").json();
    let lists = all["data"].as_array().unwrap();
    let list = lists.iter().find(|list| list["name"] == name).unwrap();
    list["_id"].as_str().unwrap().to_owned()
}

#[test]
fn all_lists_come_at_once_to_either_method_or_to_one() {
    let bench = with_lists(&[]);
    let got = all_lists(&bench, "GET", "").json();
    assert_eq!(got, all_lists(&bench, "POST", "").json());
    let data = got["data"].as_array().unwrap();
    assert_eq!((got["status"].as_str(), data.len()), (Some("success"), 16));
    let list = &data[3];
    let users = json!([{ "name": "Renewals", "id": "c-5a3d0b1e-7c42-5e90-9b1f-000000000000" }]);
    assert_eq!((&list["name"], &list["campaignInUse"]), (&json!("Renewals, this year"), &users));
    for key in ["createdAt", "isGlobalDNC", "isDefault"] {
        assert!(list.get(key).is_none(), "the page of all lists has no {key}");
    }
    let texts = all_lists(&bench, "GET", "&type=sms").json();
    assert_eq!(texts["data"].as_array().unwrap().len(), 4);
    let bench = with_lists(&["all-lists:method=post"]);
    let statuses = ["GET", "POST"].map(|method| all_lists(&bench, method, "").status);
    assert_eq!(statuses, [405, 200]);
}

#[test]
fn one_list_says_what_all_lists_do_not() {
    let bench = with_lists(&[]);
    let of = |name: &str| bench.list("GET", &id_of(&bench, name)).json()["data"].clone();
    let (default, dnc) = (of("Default list"), of("Do not call (all)"));
    assert_eq!((&default["isDefault"], &default["isGlobalDNC"]), (&json!(true), &json!(false)));
    assert_eq!((&dnc["isDefault"], &dnc["isGlobalDNC"]), (&json!(false), &json!(true)));
    assert!(default["createdAt"].is_string());
}

#[test]
fn the_rows_of_a_list_come_in_pages_of_fifty_and_go_with_it() {
    let bench = with_lists(&[]);
    let list = id_of(&bench, "Survey, spring");
    let rows = |query: &str| {
        bench.campaign("GET", &format!("/contactList/{list}/getAllContacts"), query, "")
    };
    let page = rows("").json()["data"].clone();
    let (total, count) = (page["totalResults"].as_u64().unwrap(), page["results"].as_array());
    assert_eq!((page["limit"].as_u64(), count.unwrap().len()), (Some(50), 50));
    let row = &page["results"][0];
    assert!(row["_id"].as_str().unwrap().starts_with("cc-"));
    assert!(row["phoneNumber"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()));
    let end = rows(&format!("&skip={}&limit=50", total - 1)).json()["data"].clone();
    assert_eq!((end["results"].as_array().unwrap().len(), &end["hasMore"]), (1, &json!(false)));
    assert_eq!(bench.list("DELETE", &list).status, 200);
    assert_eq!(rows("").status, 404);
}

#[test]
fn campaigns_name_their_lists() {
    let bench = with_lists(&[]);
    let ask = |body: &str| bench.campaign("POST", "/getAllCampaignDetails", "", body);
    let voice = ask(r#"{"type":"voice","limit":50,"skip":0,"page":1}"#).json()["data"].clone();
    let renewals = &voice["results"][0];
    assert_eq!(voice["totalResults"], 3);
    assert_eq!(renewals["contactLists"], json!(["Renewal Due - May/June", "Renewals, this year"]));
    assert_eq!(renewals["dncLists"], json!(["Do not call (all)", "Do not call (sales)"]));
    let one = ask(r#"{"type":"sms","limit":1,"skip":1}"#).json()["data"].clone();
    assert_eq!((&one["results"][0]["name"], &one["hasMore"]), (&json!("Service"), &json!(false)));
    assert_eq!(ask(r#"{"type":"post"}"#).status, 412);
}

#[test]
fn a_list_to_call_or_not_to_call_stays_while_a_campaign_uses_it() {
    let bench = with_lists(&[]);
    let delete = |name: &str| bench.list("DELETE", &id_of(&bench, name)).status;
    assert_eq!(delete("Renewals, this year"), 400);
    assert_eq!(delete("Do not call (sales)"), 400);
    assert_eq!(delete("Renewals 2022"), 200);
    assert_eq!(delete("Default list"), 200, "nothing is documented that forbids it");
}
