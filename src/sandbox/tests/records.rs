//! What the server remembers, and what it is filled with.

use super::*;
use crate::sandbox::StorePlace;

#[test]
fn requests_and_work_are_remembered_in_pages() {
    let bench = with_faults(&["lost-answer:requests=2"]);
    bench.delete(&ids([A, B]));
    assert!(bench.call("DELETE", "/bulk-delete", &ids([C])).is_none());
    let requests = bench.look("requests");
    let seen = |n: usize| {
        json!([
            requests[n]["number"],
            requests[n]["status"],
            requests[n]["records"],
            requests[n]["faults"]
        ])
    };
    assert_eq!(seen(0), json!([1, 200, 2, []]));
    assert_eq!(seen(1), json!([2, null, 1, ["lost-answer"]]));
    assert_eq!(requests[0]["path"], json!(bench.contacts("/bulk-delete")));
    let applied = bench.look("applied?after=1&limit=1");
    let first = json!([applied[0]["request"], applied[0]["id"], applied[0]["what"]]);
    assert_eq!((applied.as_array().unwrap().len(), first), (1, json!([1, B, "deleted"])));
    let stats = bench.look("stats");
    assert_eq!(
        json!([stats["applied"], stats["activeContacts"], stats["unanswered"]]),
        json!([3, 0, 1])
    );
}

#[test]
fn a_file_keeps_everything_over_a_restart_and_seeding_again_revives_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let place = StorePlace::File(dir.path().join("sandbox.db"));
    let start = || {
        bench(Config {
            store: place.clone(),
            faults: vec!["drop:requests=2".parse().unwrap()],
            ..Config::default()
        })
    };
    let first = start();
    first.delete(&ids([A]));
    first.server.stop();
    let second = start();
    assert_eq!(second.delete(&ids([A, B])).json()["failed"], 1);
    assert_eq!(second.applied(), [A, B]);
    assert_eq!(second.look("requests")[1]["number"], 2);
    assert!(second.call("GET", "", "").is_none(), "faults count from the start");
}

#[cfg(unix)]
#[test]
fn a_file_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sandbox.db");
    let _bench = bench(Config { store: StorePlace::File(path.clone()), ..Config::default() });
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let config =
        Config { store: StorePlace::File(dir.path().join("none/sandbox.db")), ..Config::default() };
    let error = Thread::start(config).err().unwrap().to_string();
    assert!(error.contains("none/sandbox.db`: "), "{error}");
}

#[test]
fn files_fill_it_with_contacts_and_lists() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let table = "\u{feff}firstName,id,cellPhone.phoneNumber,cellPhone.countryCode,name,campaignInUse\n\
                 Ann,aa,123,+49,,\n,cl-1,,,Renewals,c-1;c-2\n";
    let objects = "{\"id\":\"bb\",\"firstName\":\"Bob\",\"other\":1}\n\n{\"_id\":\"cl-2\",\"name\":\"Two\"}\n";
    let bench = bench(Config {
        seed: vec![write("a.csv", table), write("b.jsonl", objects)],
        seed_lists: vec![write("lists.csv", "id\nodd-list\n")],
        ..Config::default()
    });
    let all = bench.ask("GET", "?limit=2&skip=3", "").json();
    assert_eq!(named(&all["results"]), ["aa", "bb"]);
    assert_eq!(all["results"][0]["cellPhone"]["phoneNumber"], "+49123");
    assert_eq!(all["results"][1]["firstName"], "Bob");
    let users = json!([{ "name": "c-1", "id": "c-1" }, { "name": "c-2", "id": "c-2" }]);
    assert_eq!(bench.list("GET", "cl-1").json()["data"]["campaignInUse"], users);
    assert_eq!(bench.list("GET", "cl-2").json()["data"]["name"], "Two");
    assert_eq!(bench.list("DELETE", "odd-list").status, 200);
}

#[test]
fn what_was_read_from_an_account_can_fill_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("export.csv");
    let table = "id,firstName,lastName,salutation,cellPhone.phoneNumber,cellPhone.countryCode,\
                 cellPhone.extension,status,createdAt,updatedAt,updatedBy,Status\n\
                 aa,Ann,Lee,Ms,+49123,+49,+,INACTIVE,2024-01-01T00:00:00.000Z,2024-02-02T00:00:00.000Z,u-1,x\n";
    std::fs::write(&path, table).unwrap();
    let config = Config { seed: vec![path], ..Config::default() };
    let bench = Bench { server: Thread::start(config.clone()).unwrap(), config };
    let contact = bench.look("contacts")[0].clone();
    let seen = ["phoneNumber", "countryCode", "extension"].map(|key| &contact["cellPhone"][key]);
    assert_eq!(seen, ["+49123", "+49", "+"]);
    let seen = ["status", "createdAt", "updatedAt"].map(|key| &contact[key]);
    assert_eq!(seen, ["INACTIVE", "2024-01-01T00:00:00.000Z", "2024-02-02T00:00:00.000Z"]);
    assert_eq!(contact["updatedBy"], "u-1");
}

#[test]
fn a_file_of_another_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sandbox.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch("CREATE TABLE contacts (id TEXT)").unwrap();
    drop(old);
    let config = Config { store: StorePlace::File(path), ..Config::default() };
    let error = Thread::start(config).err().unwrap().to_string();
    let error = error.replace(&dir.path().display().to_string(), "DIR");
    insta::assert_snapshot!(error, @"`DIR/sandbox.db` is not a sandbox of this version; delete it, or name another file");
}

#[test]
fn a_broken_seed_is_named_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let error = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let config = Config { seed: vec![path], ..Config::default() };
        let error = Thread::start(config).err().unwrap().to_string();
        error.replace(&dir.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(error("a.csv", "id\nx\n\"\"\n"), @"`DIR/a.csv` line 3: has no `id`");
    insta::assert_snapshot!(error("b.csv", "id,firstName\nx\n"), @"`DIR/b.csv` line 2: cannot be read as CSV in UTF-8");
    insta::assert_snapshot!(error("c.jsonl", "{\"id\":\"x\"}\n{\"id\":7}\n"), @"`DIR/c.jsonl` line 2: is not a contact or list");
    insta::assert_snapshot!(error("d.txt", ""), @"`DIR/d.txt`: is neither .csv nor .jsonl");
    let config = Config { seed: vec![dir.path().join("none.csv")], ..Config::default() };
    let error = Thread::start(config).err().unwrap().to_string();
    assert!(error.contains("none.csv`: cannot be read: "), "{error}");
}

#[test]
fn a_broken_contact_leaves_the_store_usable() {
    let bench = with_faults(&[]);
    let seed =
        |id: &str, contact: &str| SeedContact { id: id.into(), contact: Some(contact.into()) };
    let error = bench.server.seed_contacts([seed("x", "{}"), seed("y", "7")]).unwrap_err();
    insta::assert_snapshot!(error, @"`contacts to begin with` line 2: is not a contact");
    assert_eq!(bench.server.seed_contacts([seed("x", r#"{"status":"INACTIVE"}"#)]).unwrap(), 1);
    assert_eq!(bench.look("stats")["activeContacts"], 3);
}

#[test]
fn many_contacts_are_seeded_and_counted() {
    let bench = with_faults(&[]);
    let seeds = (0..25_000).map(|n| SeedContact { id: format!("{n:024x}"), contact: None });
    assert_eq!(bench.server.seed_contacts(seeds).unwrap(), 25_000);
    assert_eq!(bench.look("stats")["activeContacts"], 25_003);
}

#[test]
fn it_runs_on_the_callers_runtime_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let running = crate::sandbox::start(Config::default()).await.unwrap();
        let addr = running.addr();
        let heard =
            tokio::task::spawn_blocking(move || send(addr, "GET", "/sandbox/stats", &[], ""));
        assert_eq!(heard.await.unwrap().unwrap().json()["requests"], 0);
        running.stop().await;
        assert!(TcpStream::connect(addr).is_err());
    });
}
