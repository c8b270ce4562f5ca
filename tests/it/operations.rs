//! The operations from every kind of file: exactly the requests of the API's pages, and counts that add up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use korebulk::sandbox::Thread;
use serde_json::{Value, json};

use crate::hostile::{Hostile, Request};
use crate::support::{
    ACCOUNT, CLIENT, Place, SECRET, applied, contact_table, counts, id, id_table, ids, list_id,
    listed, look, sandbox,
};

/// A request as text: what the API's pages say of it, the token aside.
fn shown(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method, request.path);
    for (name, value) in &request.headers {
        if ["accountid", "iid", "content-type"].contains(&name.as_str()) {
            writeln!(text, "{name}: {value}").unwrap();
        }
    }
    text.push_str(&String::from_utf8_lossy(&request.body));
    text
}

/// The claims of a request's token, its signature checked.
fn claims(request: &Request) -> Value {
    let token = request.header("auth").expect("a header `auth`");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    ring::hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
    let claims = signed.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

/// Runs it against a server that does everything; the requests that came.
fn sent(command: &str, name: &str, input: &str, more: &[&str]) -> Vec<Request> {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write(name, input);
    place.quick(&[&[command, name], more].concat()).exits(0);
    server.requests()
}

#[test]
fn a_bulk_update_is_sent_as_its_page_has_it() {
    let input = "id,First Name,last_name,salutation,cellPhone.phoneNumber,cellPhone.countryCode,cellPhone.extension\n\
        6964af60450340957c612345,john,doee,mr,2445600000,+91,+\n\
        6964af806fc554153c012345,jane,do,mr,2445670000,+91,+\n";
    let requests = sent("bulk-update", "contacts.csv", input, &[]);
    assert_eq!(requests.len(), 1);
    insta::assert_snapshot!(shown(&requests[0]), @r#"
    PUT /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a94262500000/contacts/bulk-update
    accountid: 65f7d49a5dd06e2cefa45012
    content-type: application/json
    [{"id":"6964af60450340957c612345","firstName":"john","lastName":"doee","fullName":"john doee","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445600000","countryCode":"+91"}},{"id":"6964af806fc554153c012345","firstName":"jane","lastName":"do","fullName":"jane do","salutation":"mr","cellPhone":{"extension":"+","phoneNumber":"2445670000","countryCode":"+91"}}]
    "#);
}

#[test]
fn a_bulk_delete_is_sent_as_its_page_has_it() {
    let input = "id\n6960cbe9b155d194e2f12345\n6960cc07b155d194e2f12345\n";
    let requests = sent("bulk-delete", "stale.csv", input, &[]);
    assert_eq!(requests.len(), 1);
    insta::assert_snapshot!(shown(&requests[0]), @r#"
    DELETE /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a94262500000/contacts/bulk-delete
    accountid: 65f7d49a5dd06e2cefa45012
    content-type: application/json
    {"ids":["6960cbe9b155d194e2f12345","6960cc07b155d194e2f12345"]}
    "#);
}

#[test]
fn one_contact_is_deleted_as_its_page_has_it() {
    let requests = sent("delete-contact", "one.csv", "id\n6960cbe9b155d194e2f12345\n", &[]);
    assert_eq!(requests.len(), 1);
    insta::assert_snapshot!(shown(&requests[0]), @"
    DELETE /agentassist/api/v1/public/st-7dc994f0-4436-5134-9fa8-a94262500000/contacts/6960cbe9b155d194e2f12345
    accountid: 65f7d49a5dd06e2cefa45012
    content-type: application/json
    ");
}

#[test]
fn a_contact_list_is_deleted_as_its_page_has_it() {
    let input = "id\ncl-718e888-3aca-4008-973e-6d7994012345\n";
    let requests = sent("delete-contact-list", "lists.csv", input, &[]);
    assert_eq!(requests.len(), 1);
    let shown = shown(&requests[0]).replace("content-type: application/json\n", "");
    insta::assert_snapshot!(shown, @"
    DELETE /campaign/api/v2/public/st-7dc994f0-4436-5134-9fa8-a94262500000/campaign/contactList/cl-718e888-3aca-4008-973e-6d7994012345?accountId=65f7d49a5dd06e2cefa45012
    iid: st-7dc994f0-4436-5134-9fa8-a94262500000
    accountid: 65f7d49a5dd06e2cefa45012
    ");
}

#[test]
fn every_request_has_a_fresh_token_of_its_own() {
    let requests = sent("delete-contact", "some.csv", &id_table(&ids(5)), &[]);
    let mut once = Vec::new();
    for request in &requests {
        assert_eq!(request.header("authorization"), None);
        let claims = claims(request);
        assert_eq!(claims["appId"], CLIENT);
        let [iat, exp] = ["iat", "exp"].map(|key| claims[key].as_u64().unwrap());
        assert!(exp > iat && exp - iat <= 3600, "{claims}");
        once.push(claims["jti"].as_str().unwrap().to_owned());
    }
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 5, "each has a `jti` of its own");
}

/// Deletes what is in the files; every one of `expected` must be gone, once, and nothing else.
fn deletes(place: &Place, sandbox: &Thread, args: &[&str], expected: &[String]) {
    place.quick(&[&["bulk-delete"], args].concat()).exits(0);
    everything_is_gone(place, sandbox, expected);
}

fn everything_is_gone(place: &Place, sandbox: &Thread, expected: &[String]) {
    let mut gone = applied(sandbox);
    gone.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(gone, expected);
    let mut succeeded = listed(&place.report(), "successfulRecords");
    succeeded.sort_unstable();
    assert_eq!(succeeded, expected);
}

fn in_place(contacts: usize) -> (Thread, Place) {
    let sandbox = sandbox(contacts);
    let place = Place::at(sandbox.addr());
    (sandbox, place)
}

#[test]
fn a_table_is_deleted_in_batches() {
    let (sandbox, place) = in_place(7);
    place.write("stale.csv", id_table(&ids(7)));
    deletes(&place, &sandbox, &["stale.csv", "--batch-size", "3"], &ids(7));
    let sizes: Vec<u64> = look(&sandbox, "requests")
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["records"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [3, 3, 1]);
}

#[test]
fn lines_of_json_and_arrays_and_tabs_are_read() {
    let objects: Vec<String> = ids(3).iter().map(|id| json!({"id": id}).to_string()).collect();
    for (name, text) in [
        ("stale.jsonl", objects.join("\n")),
        ("stale.json", format!("[{}]", objects.join(",\n"))),
        ("stale.tsv", format!("id\tname\n{}\n", ids(3).join("\tx\n") + "\tx")),
    ] {
        let (sandbox, place) = in_place(3);
        place.write(name, text);
        deletes(&place, &sandbox, &[name], &ids(3));
    }
}

#[test]
fn packed_files_are_read() {
    let table = id_table(&ids(3));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(table.as_bytes()).unwrap();
    let packed = [
        ("stale.csv.gz", gz.finish().unwrap()),
        ("stale.csv.zst", zstd::encode_all(table.as_bytes(), 1).unwrap()),
    ];
    for (name, bytes) in packed {
        let (sandbox, place) = in_place(3);
        place.write(name, bytes);
        deletes(&place, &sandbox, &[name], &ids(3));
    }
}

#[test]
fn standard_input_is_read() {
    let (sandbox, place) = in_place(3);
    let args = ["bulk-delete", "-", "--yes", "--rate", "none"];
    place.run_with_stdin(&args, id_table(&ids(3)).as_bytes()).exits(0);
    everything_is_gone(&place, &sandbox, &ids(3));
    assert_eq!(place.report()["input"][0]["file"], "-");
}

#[test]
fn several_files_are_one_job_and_each_record_has_its_place() {
    let (sandbox, place) = in_place(5);
    place.write("a.csv", id_table(&ids(5)[..2]));
    place.write("b.csv", format!("Id,Note\n{},\nnone,\n", ids(5)[2..].join(",\n")));
    place.quick(&["bulk-delete", "a.csv", "b.csv"]).exits(1);
    everything_is_gone(&place, &sandbox, &ids(5));
    let (header, rows) = crate::support::table(&place.the_run().join("rejected.csv"));
    assert_eq!(header, ["id", "Id", "Note", "korebulk_row", "korebulk_outcome", "korebulk_reason"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][..5], ["", "none", "", "b.csv:5", "rejected"]);
}

#[test]
fn patterns_and_dates_in_paths_find_their_files() {
    let (sandbox, place) = in_place(4);
    place.write("exports/1.csv", id_table(&ids(4)[..2]));
    place.write("exports/2.csv", id_table(&ids(4)[2..]));
    deletes(&place, &sandbox, &["exports/*.csv"], &ids(4));

    let (sandbox, place) = in_place(2);
    let today = jiff::Zoned::now().strftime("%Y").to_string();
    place.write(&format!("stale-{today}.csv"), id_table(&ids(2)));
    deletes(&place, &sandbox, &["stale-%Y.csv"], &ids(2));
}

#[test]
fn a_literal_name_wins_over_the_pattern_that_it_looks_like() {
    let (sandbox, place) = in_place(4);
    place.write("stale[1].csv", id_table(&ids(4)[..2]));
    place.write("stale1.csv", id_table(&ids(4)[2..]));
    deletes(&place, &sandbox, &["stale[1].csv"], &ids(4)[..2]);
}

#[test]
fn updates_reach_the_server_as_they_are_in_the_file() {
    let (sandbox, place) = in_place(3);
    place.write("contacts.csv", contact_table(3));
    place.quick(&["bulk-update", "contacts.csv"]).exits(0);
    let report = place.report();
    assert_eq!(counts(&report), [3, 3, 0, 0, 0, 0, 0]);
    assert_eq!(report["diverged"], 0);
    assert_eq!(applied(&sandbox), ids(3));
    let second = &report["successfulRecords"][1];
    assert_eq!(second["id"], id(1));
    assert_eq!(second["contact"]["firstName"], "Aster1");
    assert_eq!(second["contact"]["cellPhone"]["phoneNumber"], "+919800000001");
}

#[test]
fn nested_objects_in_the_shape_of_the_api_pass_as_they_are() {
    let contact = json!({"id": id(0), "firstName": "john", "lastName": "doe", "fullName": "Dr john doe",
        "salutation": "mr", "cellPhone": {"extension": "+", "phoneNumber": "2445600000", "countryCode": "+91"}});
    let requests = sent("bulk-update", "contacts.jsonl", &contact.to_string(), &[]);
    assert_eq!(requests[0].json(), json!([contact]));
}

#[test]
fn constants_and_columns_are_given_as_options() {
    let input = format!("Key,Given,Family,Mobile\n{},john,doe,2445600000\n", id(0));
    let requests = sent(
        "bulk-update",
        "contacts.csv",
        &input,
        &[
            ["--map", "id=Key", "--map", "firstName=Given", "--map", "lastName=Family"].as_slice(),
            &["--map", "cellPhone.phoneNumber=Mobile", "--set", "salutation=Mr"],
            &["--set", "cellPhone.countryCode=+91", "--set", "cellPhone.extension=+"],
        ]
        .concat(),
    );
    let contact = &requests[0].json()[0];
    assert_eq!(contact["salutation"], "Mr");
    assert_eq!(
        contact["cellPhone"],
        json!({"extension": "+", "phoneNumber": "2445600000", "countryCode": "+91"})
    );
}

#[test]
fn single_deletes_leave_the_server_as_the_ledger_says() {
    let (sandbox, place) = in_place(3);
    place.write("some.csv", id_table(&ids(4)));
    place.quick(&["delete-contact", "some.csv"]).exits(1);
    let report = place.report();
    assert_eq!(counts(&report), [4, 3, 1, 0, 0, 0, 0]);
    assert_eq!(report["notFound"], 1);
    assert_eq!(listed(&report, "failedRecords"), [id(3)]);
    assert_eq!(applied(&sandbox), ids(3));
    assert_eq!(look(&sandbox, "stats")["activeContacts"], 0);
}

#[test]
fn contact_lists_leave_the_server_as_the_ledger_says() {
    let sandbox = sandbox(0);
    let lists: Vec<String> = (0..3).map(list_id).collect();
    sandbox.seed_lists(lists.clone()).unwrap();
    let place = Place::at(sandbox.addr());
    place.write("lists.csv", id_table(&lists));
    place.quick(&["delete-contact-list", "lists.csv"]).exits(0);
    assert_eq!(applied(&sandbox), lists);
    assert_eq!(listed(&place.report(), "successfulRecords"), lists);
    assert_eq!(look(&sandbox, "stats")["activeLists"], 0);
}

/// Every key of the contract (docs/contract.md, "Files of a run") and nothing that is null without need.
#[test]
fn the_report_has_every_key_of_the_contract() {
    let (_sandbox, place) = in_place(2);
    place.write("stale.csv", id_table(&ids(3)));
    place.write("stale.toml", place.job("bulk-delete", "stale.csv"));
    place.quick(&["run", "stale.toml"]).exits(1);
    let report = place.report();
    let mut kinds = BTreeMap::new();
    for (key, value) in report.as_object().unwrap() {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(_) => "list",
            Value::Object(_) => "object",
        };
        kinds.insert(key.as_str(), kind);
    }
    for (kind, keys) in [
        (
            "number",
            "format exitCode totalRequested successful failed read rejected skipped unknown unsent diverged",
        ),
        ("text", "job run operation startedAt finishedAt toolVersion user machine"),
        ("null", "parentRun stopped"),
        ("object", "target requests"),
        (
            "list",
            "input overrides successfulRecords failedRecords unknownRecords divergedRecords unexpectedRecords",
        ),
    ] {
        for key in keys.split(' ') {
            assert_eq!(kinds.get(key), Some(&kind), "{key}");
        }
    }
    assert_eq!(report["format"], 1);
    assert_eq!(report["job"], "stale");
    assert_eq!(report["operation"], "bulk-delete");
    assert_eq!(report["target"]["account"], ACCOUNT);
    assert_eq!(report["target"]["clientId"], CLIENT);
    for key in ["sent", "retried", "split", "throttled"] {
        assert!(report["requests"][key].is_u64(), "requests.{key}");
    }
    let failed = &report["failedRecords"][0];
    assert_eq!(failed["id"], id(2));
    assert_eq!(failed["source"], json!({"file": "stale.csv", "sheet": null, "row": 4}));
    for key in ["reason", "status", "attempts", "mayHaveBeenApplied", "fields", "server"] {
        assert!(failed.get(key).is_some(), "failedRecords[0].{key}");
    }
    let sha256 = report["input"][0]["sha256"].as_str().unwrap();
    assert_eq!(sha256.len(), 64);
}

#[test]
fn outcome_files_give_the_rows_back_with_their_reasons() {
    let (_sandbox, place) = in_place(2);
    let table = format!(
        "Nr,id,Note\n1,{},\"two\nlines\"\n2,{},=1+1\n3,{},plain\n4,oops,\"a,b\"\n",
        id(0),
        id(2),
        id(1)
    );
    place.write("stale.csv", table);
    place.quick(&["bulk-delete", "stale.csv"]).exits(1);
    let run = place.the_run();
    let (header, rows) = crate::support::table(&run.join("failed.csv"));
    assert_eq!(header, ["Nr", "id", "Note", "korebulk_row", "korebulk_outcome", "korebulk_reason"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][..2], ["2".to_owned(), id(2)]);
    assert_ne!(rows[0][2].chars().next(), Some('='), "a spreadsheet would run it");
    assert!(rows[0][2].ends_with("=1+1"));
    assert_eq!(rows[0][3..5], ["4", "failed"]);
    let (_, rows) = crate::support::table(&run.join("rejected.csv"));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][..5], ["4", "oops", "a,b", "6", "rejected"]);
    assert!(!run.join("unknown.csv").exists() && !run.join("unsent.csv").exists());
}

#[test]
fn objects_in_give_objects_back() {
    let (_sandbox, place) = in_place(1);
    let lines = format!("{{\"id\":\"{}\",\"n\":1}}\n{{\"id\":\"{}\",\"n\":2}}\n", id(0), id(1));
    place.write("stale.jsonl", lines);
    place.quick(&["bulk-delete", "stale.jsonl"]).exits(1);
    let failed = std::fs::read_to_string(place.the_run().join("failed.jsonl")).unwrap();
    let failed: Value = serde_json::from_str(failed.trim()).unwrap();
    assert_eq!(failed["id"], id(1));
    assert_eq!(failed["n"], 2);
    assert_eq!(failed["korebulk"]["outcome"], "failed");
}

#[test]
fn nothing_of_what_succeeded_is_kept_but_ids_where_asked() {
    let (_sandbox, place) = in_place(2);
    place.write("contacts.csv", contact_table(2));
    place.quick(&["bulk-update", "contacts.csv", "--contacts", "ids"]).exits(0);
    assert_eq!(place.report()["successfulRecords"], json!([{"id": id(0)}, {"id": id(1)}]));
}

#[test]
fn a_settled_run_keeps_no_copy_of_its_input() {
    let (_sandbox, place) = in_place(2);
    place.write("stale.csv", id_table(&ids(2)));
    place.quick(&["bulk-delete", "stale.csv"]).exits(0);
    assert!(!place.the_run().join("input.zst").exists());
}
