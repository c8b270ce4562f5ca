//! `export`: the account as a table, none missing, or no table.

use std::fs;
use std::process::Child;

use korebulk::sandbox::{Config, Thread};
use serde_json::Value;

use crate::account_server::{AccountServer, Act, By, Honours, World};
use crate::support::{Place, Ran, SECRET, signal, table};

/// Exports as JSON lines to standard output, at full speed.
fn export(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&["export", "--to", "-", "--rate", "none"], more].concat())
}

/// The ids of exported JSON lines, sorted.
fn ids(out: &str) -> Vec<String> {
    let id = |line: &str| -> String {
        let line: Value = serde_json::from_str(line).unwrap();
        line["id"].as_str().unwrap().to_owned()
    };
    let mut ids: Vec<String> = out.lines().map(id).collect();
    ids.sort();
    ids
}

#[test]
fn an_account_is_exported_whole_whatever_way_of_paging_the_server_has() {
    for by in [By::Id, By::IdBackwards, By::Updated, By::UpdatedBackwards, By::Hash] {
        for honours in [Honours::Skip, Honours::PageOnly, Honours::SkipPlusPage] {
            for (cap, above) in [(1000, 1000), (100, 100), (100, 10), (10, 10)] {
                let world = World { by, honours, cap, above, ..World::with(523) };
                let expected = world.ids();
                let server = AccountServer::quiet(world);
                let ran = export(&Place::at(server.addr), &[]).exits(0);
                assert_eq!(ids(&ran.out), expected, "{by:?} {honours:?} {cap}/{above}");
            }
        }
    }
}

#[test]
fn what_nobody_can_read_whole_is_refused() {
    let cases = [
        World { honours: Honours::Nothing, cap: 100, above: 100, ..World::with(523) },
        World { by: By::Unstable, cap: 100, above: 100, ..World::with(523) },
        World { lie: 5, cap: 100, above: 100, ..World::with(523) },
    ];
    for world in cases {
        let shown = format!("{:?} {:?} {}", world.by, world.honours, world.lie);
        let server = AccountServer::quiet(world);
        let ran = export(&Place::at(server.addr), &[]).exits(6);
        assert_eq!(ran.out, "", "{shown}");
        assert!(ran.err.contains("the account cannot be read whole"), "{shown}: {}", ran.err);
    }
}

/// One deleted and one created between two pages: the totals are equal, and one contact moved from a page not yet read to one
/// already read.
#[test]
fn a_contact_that_moves_between_two_pages_is_not_missing() {
    for by in [By::Id, By::IdBackwards, By::Hash, By::UpdatedBackwards] {
        let world =
            World { by, honours: Honours::PageOnly, cap: 100, above: 100, ..World::with(523) };
        let server = AccountServer::start(world, |number, world| {
            if number == 4 {
                world.delete(0);
                world.create();
            }
            Act::Serve
        });
        let stayed: Vec<String> = World::with(523).ids().split_off(1);
        let ran = export(&Place::at(server.addr), &[]);
        if ran.code == 0 {
            let read = ids(&ran.out);
            let missing = stayed.iter().filter(|id| read.binary_search(id).is_err()).count();
            assert_eq!(missing, 0, "{by:?}");
        } else {
            assert_eq!((ran.code, ran.out.as_str()), (6, ""), "{by:?}");
        }
    }
}

#[test]
fn an_empty_account_is_a_header() {
    let server = AccountServer::quiet(World::with(0));
    let place = Place::at(server.addr);
    assert_eq!(export(&place, &[]).exits(0).out, "");
    place.run(&["export", "--to", "none.csv", "--rate", "none"]).exits(0);
    let (header, rows) = table(&place.path().join("none.csv"));
    assert_eq!(header[0], "id");
    assert!(rows.is_empty());
}

#[test]
fn a_table_is_there_whole_or_not_at_all() {
    let server =
        AccountServer::start(World { cap: 100, above: 100, ..World::with(523) }, |n, _| {
            if n < 4 { Act::Serve } else { Act::Status(403) }
        });
    let place = Place::at(server.addr);
    for name in ["a.csv", "a.xlsx", "a.jsonl"] {
        let ran = place.run(&["export", "--to", name, "--rate", "none"]).exits(6);
        assert!(ran.err.contains("refuses the credentials"), "{}", ran.err);
        let left = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["state"]);
    }
}

#[test]
fn a_file_that_exists_is_replaced_only_on_request() {
    let server = AccountServer::quiet(World::with(3));
    let place = Place::at(server.addr);
    place.write("a.csv", "mine");
    let ran = place.run(&["export", "--to", "a.csv", "--rate", "none"]).exits(2);
    assert!(ran.err.contains("exists already"), "{}", ran.err);
    assert_eq!(fs::read_to_string(place.path().join("a.csv")).unwrap(), "mine");
    assert!(server.asked().is_empty());
    place.run(&["export", "--to", "a.csv", "--replace", "--rate", "none"]).exits(0);
    assert_eq!(table(&place.path().join("a.csv")).1.len(), 3);
    let ran = place.run(&["export", "--to", "a.txt", "--rate", "none"]).exits(2);
    assert!(ran.err.contains(".xlsx, .csv or .jsonl"), "{}", ran.err);
}

#[test]
fn the_job_that_is_printed_takes_the_table_back() {
    for name in ["back.xlsx", "back.csv", "back.jsonl"] {
        let server = AccountServer::quiet(World { shows_inactive: true, ..World::with(25) });
        server.edit(|world| drop(world.delete(7)));
        let place = Place::at(server.addr);
        let before = server.world();
        let ran = place.run(&["export", "--to", name, "--rate", "none"]).exits(0);
        place.write("back.toml", &ran.out);
        let ran = place.run(&["run", "back.toml", "--yes", "--rate", "none"]).exits(0);
        assert!(ran.err.contains("24"), "{}", ran.err);
        for (was, is) in before.contacts.iter().zip(&server.world().contacts) {
            assert_eq!(was.fields, is.fields, "{name}");
        }
    }
}

#[test]
fn what_was_read_just_now_is_not_read_again() {
    let server = AccountServer::quiet(World { cap: 100, above: 10, ..World::with(523) });
    let place = Place::at(server.addr);
    let first = export(&place, &[]).exits(0).out;
    let asked = server.asked().len();
    assert_eq!(export(&place, &[]).exits(0).out, first);
    assert_eq!(server.asked().len(), asked);
    export(&place, &["--max-age", "1ms"]).exits(0);
    // The page size is known by now: one request less.
    assert_eq!(server.asked().len(), asked * 2 - 1);
}

#[test]
fn a_reading_that_was_killed_goes_on_where_it_was() {
    let world = World { cap: 100, above: 100, ..World::with(2_000) };
    let expected = world.ids();
    let server =
        AccountServer::start(world, |number, _| if number == 10 { Act::Hold } else { Act::Serve });
    let place = Place::at(server.addr);
    let mut child: Child = place.spawn(&["export", "--to", "-", "--rate", "none"]);
    while server.asked().len() < 10 {
        std::thread::yield_now();
    }
    signal(&child, "KILL");
    child.wait().unwrap();
    let ran = export(&place, &[]).exits(0);
    assert_eq!(ids(&ran.out), expected);
    assert!(ran.err.contains("goes on with what was read"), "{}", ran.err);
    let uninterrupted = AccountServer::quiet(World { cap: 100, above: 100, ..World::with(2_000) });
    export(&Place::at(uninterrupted.addr), &[]).exits(0);
    assert_eq!(server.asked().len(), uninterrupted.asked().len() + 1);
}

#[test]
fn what_passes_is_waited_for() {
    for act in [Act::Throttle(1), Act::Status(503), Act::Drop, Act::Body("<html>")] {
        let shown = format!("{act:?}");
        let server = AccountServer::start(
            World { cap: 100, above: 100, ..World::with(523) },
            move |n, _| {
                if n == 4 { act.clone() } else { Act::Serve }
            },
        );
        let ran = export(&Place::at(server.addr), &[]).exits(0);
        assert_eq!(ran.out.lines().count(), 523, "{shown}");
    }
}

#[test]
fn two_commands_do_not_read_one_account_at_the_same_time() {
    let server =
        AccountServer::start(World { cap: 100, above: 100, ..World::with(523) }, |n, _| {
            if n == 4 { Act::Hold } else { Act::Serve }
        });
    let place = Place::at(server.addr);
    let mut first = place.spawn(&["export", "--to", "-", "--rate", "none"]);
    while server.asked().len() < 4 {
        std::thread::yield_now();
    }
    let ran = export(&place, &["--max-wait", "0s"]).exits(75);
    assert!(ran.err.contains("another korebulk is reading this account (pid"), "{}", ran.err);
    signal(&first, "TERM");
    assert_eq!(first.wait().unwrap().code(), Some(4));
    assert_eq!(export(&place, &[]).exits(0).out.lines().count(), 523);
}

#[cfg(unix)]
#[test]
fn what_was_read_is_private_and_is_deleted_in_its_time() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = AccountServer::quiet(World::with(30));
    let place = Place::at(server.addr);
    export(&place, &[]).exits(0);
    let readings = place.path().join("state/readings");
    let stored = || -> Vec<_> {
        let paths = fs::read_dir(&readings).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|end| end == "db")).collect()
    };
    assert_eq!(stored().len(), 1);
    for entry in fs::read_dir(&readings).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
    fs::create_dir(place.path().join("korebulk-runs")).unwrap();
    assert_eq!(place.run(&["prune", "--dry-run"]).exits(0).out, "nothing to scrub\n");
    fs::remove_dir(place.path().join("korebulk-runs")).unwrap();
    // Its time is over.
    let db = rusqlite::Connection::open(&stored()[0]).unwrap();
    let set = "UPDATE reading SET value = json_set(value, '$.last', '2026-01-01T00:00:00Z')";
    assert_eq!(db.execute(set, []).unwrap(), 1);
    drop(db);
    let said = place.run(&["prune", "--dry-run"]).exits(0).out;
    assert!(said.contains("contacts read from account"), "{said}");
    assert_eq!(stored().len(), 1);
    place.run(&["prune"]).exits(0);
    assert!(stored().is_empty());
}

#[test]
fn reading_takes_as_many_requests_as_promised() {
    for (cap, promised) in
        [(10, 2_000_usize.div_ceil(9)), (100, 1_999_usize.div_ceil(99)), (1000, 3)]
    {
        let server = AccountServer::quiet(World { cap, above: cap, ..World::with(2_000) });
        export(&Place::at(server.addr), &[]).exits(0);
        // At most four more to find the size of a page.
        assert!(server.asked().len() <= promised + 4, "{cap}: {}", server.asked().len());
    }
}

#[test]
fn a_command_that_would_take_too_long_is_refused_with_figures() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(5_000) });
    let place = Place::at(server.addr);
    let ran = place.run(&[
        "export",
        "--to",
        "-",
        "--max-duration",
        "5m",
        "--read-rate",
        "60/min",
        "--rate",
        "60/min",
        "--burst",
        "10",
    ]);
    let ran = ran.exits(3);
    assert!(ran.err.contains("reads 5,000 contacts: 55"), "{}", ran.err);
    assert!(ran.err.contains("`limits.max_duration` is 5 min"), "{}", ran.err);
}

#[test]
fn an_account_is_read_within_the_window_alone() {
    let server = AccountServer::quiet(World { cap: 10, above: 10, ..World::with(5_000) });
    let place = Place::at(server.addr);
    let at = |minutes: i64| {
        let at = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
        (at + jiff::Span::new().minutes(minutes)).strftime("%H:%M").to_string()
    };
    let within = |from: i64, until: i64, rate: &str| {
        let window = format!("{}-{}", at(from), at(until));
        let args =
            ["export", "--to", "-", "--rate", rate, "--read-rate", rate, "--window", &window];
        Ran::of(&place.korebulk(&args).env("TZ", "UTC").output().unwrap())
    };
    assert!(within(120, 240, "none").exits(3).err.contains("requests leave within"));
    // Some 550 requests, at one a second.
    assert!(within(-60, 4, "60/min").exits(3).err.contains("% read"));
    within(-60, 60, "none").exits(0);
}

/// A sandbox with faults, and a place for commands against it.
fn sandbox(faults: &[&str]) -> (Thread, Place) {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let config = Config { sample: true, faults, client_secret: SECRET.into(), ..Config::default() };
    let sandbox = Thread::start(config).unwrap();
    let place = Place::at(sandbox.addr());
    (sandbox, place)
}

#[test]
fn contact_lists_are_exported_by_whichever_method_the_server_takes() {
    let mut tables = Vec::new();
    for faults in [&[][..], &["all-lists:method=get"], &["all-lists:method=post"]] {
        let (_sandbox, place) = sandbox(faults);
        let args = ["export", "--lists", "--to", "lists.csv", "--rate", "none"];
        let ran = place.run(&args).exits(0);
        assert_eq!(ran.out, "", "nothing takes lists back");
        let (header, rows) = table(&place.path().join("lists.csv"));
        assert_eq!((header[0].as_str(), header[8].as_str()), ("id", "campaignInUse"));
        assert!(rows.iter().all(|row| row[0].starts_with("cl-")));
        assert!(rows.iter().any(|row| !row[8].is_empty()), "a campaign uses one");
        tables.push(rows.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>());
    }
    assert!(tables[0].len() > 3 && tables[0] == tables[1] && tables[1] == tables[2]);
}

#[test]
fn without_an_account_an_export_is_of_the_sample_and_its_job_takes_it_back() {
    let place = Place::new();
    let ran = place.run(&["export", "--host", "sandbox"]).exits(0);
    assert!(ran.err.contains("SANDBOX (SAMPLE account)"), "{}", ran.err);
    assert!(ran.err.contains("3,625 contacts of the SAMPLE account, read whole by"), "{}", ran.err);
    let named = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut named = named.map(|name| name.to_string_lossy().into_owned());
    let is_table = |name: &String| name.starts_with("contacts-SAMPLE-20");
    assert!(named.any(|name| is_table(&name)), "{}", ran.err);
    let lists = place.run(&["export", "--host", "sandbox", "--lists", "--to", "lists.csv"]);
    assert!(lists.exits(0).err.contains("contact lists of the SAMPLE account"));
    let ran = place.run(&["export", "--host", "sandbox", "--to", "a.csv"]).exits(0);
    place.write("job.toml", &ran.out);
    let text = fs::read_to_string(place.path().join("a.csv")).unwrap();
    let edited = text.replacen(",Uwe,Jain,", ",Uwe,Roe,", 1);
    assert_ne!(edited, text);
    place.write("a.csv", edited);
    let plan = place.run(&["plan", "job.toml"]).exits(0).out;
    for words in
        ["to send                 1", "Phone: none.", "Names: 1 change: ", "0 of 3,625 rows"]
    {
        assert!(plan.contains(words), "{words}\n{plan}");
    }
    place.run(&["run", "job.toml"]).exits(0).says("1 contact was updated");
    let left = place.path().join("state/sandboxes");
    let left: Vec<_> = fs::read_dir(left).unwrap().collect();
    assert!(left.len() <= 1, "nothing but a .gitignore: {left:?}");
}
