//! One server under many spellings is one server, wherever it is the key to something (docs/contract.md, "Pace").

use std::fs;
use std::process::Stdio;

use crate::ledger_server::{Act, LedgerServer, World};
use crate::support::{ACCOUNT, CLIENT, Place, Ran, STREAM, id, id_table, ids};

/// This port of this machine, spelled in ways that name one server.
fn spellings(port: u16) -> Vec<String> {
    [
        format!("http://127.0.0.1:{port}/"),
        format!("HTTP://127.0.0.1:0{port}"),
        format!("http://localhost:{port}"),
        format!("http://LocalHost.:{port}/"),
        format!("http://[::1]:{port}"),
        format!("http://[0:0:0:0:0:0:0:1]:0{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://127.0.0.2:{port}"),
    ]
    .into()
}

/// A place whose target is this spelling.
fn job(place: &Place, name: &str, host: &str, more: &str) -> String {
    let file = format!("{name}.toml");
    place.write(
        &file,
        format!(
            "operation = \"bulk-delete\"\nname = \"one\"\n\
             [target]\nhost = \"{host}\"\nstream_id = \"{STREAM}\"\naccount_id = \"{ACCOUNT}\"\n\
             client_id = \"{CLIENT}\"\n[input]\npath = \"gone.csv\"\n{more}"
        ),
    );
    file
}

fn run(place: &Place, args: &[&str]) -> Ran {
    let mut command = place.korebulk(args);
    command.env("KOREBULK_CLIENT_SECRET", crate::support::SECRET);
    Ran::of(&command.output().unwrap())
}

#[test]
fn a_job_that_runs_is_running_under_every_spelling_of_its_server() {
    let server = LedgerServer::start(World::default(), |_| Act::Hold { work: true });
    let port = server.addr.port();
    let place = Place::new();
    place.write("gone.csv", id_table(&ids(3)));
    let first = job(&place, "first", &format!("http://127.0.0.1:{port}"), "");
    let mut running = place
        .korebulk(&["run", &first, "--yes", "--rate", "none"])
        .env("KOREBULK_CLIENT_SECRET", crate::support::SECRET)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    server.wait_for_arrivals(1);
    for (number, host) in spellings(port).iter().enumerate() {
        let again = job(&place, &format!("again-{number}"), host, "");
        let ran = run(&place, &["run", &again, "--yes", "--rate", "none"]);
        assert_eq!(ran.code, 75, "{host}: {}", ran.err);
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(server.received().requests.len(), 1);
}

#[test]
fn quota_and_learned_size_are_one_for_every_spelling() {
    let server = LedgerServer::start(World::default(), |_| Act::Serve);
    let port = server.addr.port();
    let place = Place::new();
    for (number, host) in spellings(port).iter().enumerate() {
        // A server on one address of this machine does not listen on the others.
        if host.contains("::") || host.contains("0:0") || host.contains("127.0.0.2") {
            continue;
        }
        place.write("gone.csv", id_table(&ids(1000)[number * 210..][..210]));
        let job = job(&place, "job", host, "");
        let ran = run(&place, &["run", &job, "--yes", "--rate", "100/1s"]);
        assert_eq!(ran.code, 0, "{host}: {}", ran.err);
    }
    let files = |dir: &str| fs::read_dir(place.path().join("state").join(dir)).unwrap().count();
    assert_eq!([files("quota"), files("locks"), files("batch-sizes")], [1, 1, 1]);
}

#[test]
fn a_run_begun_under_one_spelling_is_finished_under_another() {
    let server = LedgerServer::start(World::default(), |asked| match asked.number {
        2 => Act::Hold { work: false },
        _ => Act::Serve,
    });
    let port = server.addr.port();
    let place = Place::new();
    place.write("gone.csv", id_table(&ids(6)));
    let first = job(&place, "first", &format!("http://127.0.0.1:{port}"), "");
    let options = ["--rate", "none", "--batch-size", "2", "--concurrency", "1"];
    let mut running = place
        .korebulk(&[&["run", &first, "--yes"][..], &options].concat())
        .env("KOREBULK_CLIENT_SECRET", crate::support::SECRET)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    server.wait_for_arrivals(2);
    running.kill().unwrap();
    running.wait().unwrap();
    let second = job(&place, "second", &format!("http://LOCALHOST:0{port}/"), "");
    let ran = run(&place, &["run", &second, "--yes", "--or-resume"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(place.runs().len(), 1, "the first run was finished, no other begun");
    assert_eq!(server.received().applied.len(), 6);
    assert!(server.received().applied.contains_key(&id(5)));
}

/// What `plan --format json` says of a job for this host.
fn planned(host: &str) -> serde_json::Value {
    let place = Place::new();
    place.write("gone.csv", id_table(&ids(1)));
    let job = job(&place, "job", host, "");
    let ran = run(&place, &["plan", &job, "--format", "json"]);
    assert_eq!(ran.code, 0, "{host}: {}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_plan_shows_the_canonical_server_and_its_id_holds_for_every_spelling() {
    for (canonical, others) in [
        (
            "https://platform.kore.ai",
            [
                "HTTPS://Platform.Kore.AI",
                "https://platform.kore.ai.",
                "https://platform.kore.ai:443",
                "https://platform.kore.ai:0443/",
            ],
        ),
        (
            "https://xn--bcher-kva.example:8443",
            [
                "https://bücher.example:8443",
                "https://BÜCHER.example.:08443/",
                "https://bu\u{308}cher.example:8443",
                "https://bücher。example:8443",
            ],
        ),
    ] {
        let plan = planned(canonical);
        assert_eq!(plan["host"], canonical);
        for other in others {
            let again = planned(other);
            assert_eq!(again["host"], canonical, "{other}");
            assert_eq!(again["plan"], plan["plan"], "{other}");
        }
    }
}

#[test]
fn the_environment_may_spell_the_target_in_another_way() {
    let place = Place::new();
    place.write("gone.csv", id_table(&ids(1)));
    let job = job(&place, "job", "https://platform.kore.ai", "");
    let plan = |host: &str| {
        let mut command = place.korebulk(&["plan", &job]);
        command.env("KOREBULK_CLIENT_SECRET", crate::support::SECRET).env("KOREBULK_HOST", host);
        Ran::of(&command.output().unwrap())
    };
    plan("HTTPS://PLATFORM.kore.ai.:443/").exits(0);
    plan("https://platform.kore.ai:8443").exits(2);
}

#[test]
fn what_is_more_than_a_server_is_refused() {
    let place = Place::new();
    place.write("gone.csv", id_table(&ids(1)));
    for host in [
        "https://me@platform.kore.ai",
        "https://me:secret@platform.kore.ai",
        "https://@platform.kore.ai",
        "https://platform.kore.ai/api",
        "https://platform.kore.ai/?a",
        "https://platform.kore.ai#a",
        "https://platform.kore.ai\\\\x",
        "https://platform%2ekore.ai",
        "https://platform.kore.ai:0",
        "https://platform.kore.ai:65536",
        "https://platform.kore.ai:",
        "https://platform.kore.ai..",
        "https://plat form",
        "https:/platform.kore.ai",
        "http://platform.kore.ai",
        "http://localhost.example.com",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://",
    ] {
        let job = job(&place, "job", host, "");
        let ran = run(&place, &["plan", &job]);
        assert_eq!(ran.code, 2, "{host}: {}{}", ran.out, ran.err);
        assert!(!ran.err.contains("secret@"), "{}", ran.err);
    }
}

#[test]
fn an_account_is_one_in_whatever_letter_case_its_ids_are_typed() {
    let server = LedgerServer::start(World::default(), |_| Act::Serve);
    let place = Place::new();
    let shouted = format!("st-{}", STREAM[3..].to_uppercase());
    for (number, (stream, account)) in
        [(STREAM, ACCOUNT), (&shouted, ACCOUNT), (STREAM, &ACCOUNT.to_uppercase())]
            .into_iter()
            .enumerate()
    {
        place.write("gone.csv", id_table(&ids(1000)[number * 210..][..210]));
        let file = job(&place, "job", &format!("http://{}", server.addr), "");
        let text = fs::read_to_string(place.path().join(&file)).unwrap();
        place.write(&file, text.replace(STREAM, stream).replace(ACCOUNT, account));
        // Set as it is, too: it is no other one.
        let mut command = place.korebulk(&["run", &file, "--yes", "--rate", "100/1s"]);
        command.env("KOREBULK_CLIENT_SECRET", crate::support::SECRET);
        command.env("KOREBULK_ACCOUNT_ID", ACCOUNT).env("KOREBULK_STREAM_ID", STREAM);
        Ran::of(&command.output().unwrap()).exits(0);
    }
    let files = |dir: &str| fs::read_dir(place.path().join("state").join(dir)).unwrap().count();
    assert_eq!([files("quota"), files("locks"), files("batch-sizes")], [1, 1, 1]);
}
