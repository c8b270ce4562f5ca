//! What a machine can do to the shared quota (docs/contract.md, "Pace", "State directory"): clocks that are
//! set, disks without locks, several users.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::hostile::{Hostile, good};
use crate::ledger_server::{Act, LedgerServer, World};
use crate::quota::{Windows, delete, quota_file, run_of, said_alone, server};
use crate::support::{Place, Ran, id_table, ids};

/// A user that no system knows: without a name, without a home.
const STRANGER: u32 = 54_321;

fn is_root(place: &Place) -> bool {
    fs::metadata(place.path()).unwrap().uid() == 0
}

/// The library of `shim.c`, to be loaded before the C library.
fn shim(place: &Place) -> PathBuf {
    let library = place.path().join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/shim.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    assert!(compiled.unwrap().success());
    library
}

#[test]
fn setting_the_clock_frees_no_request() {
    let windows = Windows::new(4, Duration::from_secs(4));
    let server = server(&windows, World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    let shim = shim(&place);
    let all = ids(32);
    let day = 86_400;
    for (number, step) in [0, day, -day, 400 * day, 0, -400 * day].into_iter().enumerate() {
        let file = format!("part-{number}.csv");
        place.write(&file, id_table(&all[number * 4..][..4]));
        let mut command = place.korebulk(&delete(&file, &["4/4s", "--burst", "4"]));
        command.env("LD_PRELOAD", &shim).env("SHIM_CLOCK", step.to_string());
        Ran::of(&command.output().unwrap()).exits(0);
    }
    windows.never_overrun();
}

#[test]
fn without_file_locks_a_run_paces_alone_and_says_so_and_without_its_own_lock_there_is_none() {
    let windows = Windows::new(4, Duration::from_secs(1));
    let server = server(&windows, World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    let shim = shim(&place);
    place.write("job.csv", id_table(&ids(16)));
    let run = |without: &str| {
        let mut command = place.korebulk(&delete("job.csv", &["4/1s"]));
        command.env("LD_PRELOAD", &shim).env("SHIM_NO_LOCKS", without);
        Ran::of(&command.output().unwrap())
    };
    run("/locks/").exits(70).says("cannot be taken: No locks available").says("KOREBULK_STATE_DIR");
    assert!(windows.order().is_empty(), "nothing was sent");
    let ran = run("/quota/").exits(0);
    assert!(ran.err.contains("No locks available"), "{}", ran.err);
    assert_eq!(said_alone(&run_of(&place, "job")), 1);
    windows.never_overrun();
}

#[test]
fn a_quota_file_that_may_not_be_read_or_written_is_said_of_and_the_run_paces_alone() {
    for mode in [0o000, 0o444] {
        let windows = Windows::new(4, Duration::from_secs(1));
        let server = server(&windows, World::default(), |_| Act::Serve);
        let place = Place::at(server.addr);
        place.write("first.csv", id_table(&ids(2)));
        place.write("second.csv", id_table(&ids(16)));
        place.run(&delete("first.csv", &["4/1s"])).exits(0);
        let file = quota_file(&place);
        let mut command = place.korebulk(&delete("second.csv", &["4/1s"]));
        if is_root(&place) {
            give_away(&place.path(), STRANGER);
            chown(&file, Some(0), None).unwrap();
            command.uid(STRANGER);
        }
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        windows.forget();
        let ran = Ran::of(&command.output().unwrap()).exits(0);
        assert_eq!(said_alone(&run_of(&place, "second")), 1, "{mode:o}: {}", ran.err);
        windows.never_overrun();
    }
}

/// Everything in this directory becomes this user's.
fn give_away(path: &Path, user: u32) {
    chown(path, Some(user), None).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path(), user);
        }
    }
}

#[test]
fn check_takes_a_permit_like_every_request() {
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&arrivals);
    let server = Hostile::start(move |request| {
        seen.lock().unwrap().push(Instant::now());
        good(request)
    });
    let place = Place::at(server.addr());
    place.write("gone.csv", id_table(&ids(2)));
    let limits = "[limits]\nrate = [\"2/1s\"]\nburst = 2\n";
    place.write("job.toml", place.job("bulk-delete", "gone.csv") + limits);
    let checked = place.run(&["check", "job.toml", "--yes"]).exits(0);
    assert!(checked.out.contains("ok   quota      120 requests/min"), "{}", checked.out);
    place.run(&["check", "job.toml", "--yes"]).exits(0);
    place.run(&["run", "job.toml", "--yes", "--batch-size", "1"]).exits(0);
    let arrivals = arrivals.lock().unwrap();
    assert_eq!(arrivals.len(), 4);
    for (at, two_later) in arrivals.iter().zip(&arrivals[2..]) {
        assert!(*two_later - *at > Duration::from_secs(1));
    }
}

#[test]
fn check_waits_for_a_permit_no_longer_than_it_must_and_a_signal_ends_it() {
    let server = LedgerServer::start(World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    place.write("gone.csv", id_table(&ids(1)));
    let limits = "[limits]\nrate = [\"1/1h\"]\n";
    place.write("job.toml", place.job("bulk-delete", "gone.csv") + limits);
    place.run(&["run", "job.toml", "--yes"]).exits(0);
    let file = quota_file(&place);
    let before = fs::read(&file).unwrap();
    let waiting = place.spawn(&["check", "job.toml", "--yes"]);
    while fs::read(&file).unwrap() == before {
        std::thread::yield_now();
    }
    let pid = waiting.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = Ran::of(&waiting.wait_with_output().unwrap()).exits(4);
    ran.says("stopped by SIGINT");
    assert_eq!(server.received().requests.len(), 1);
}

/// Whether this system lets a test have a mount of its own.
fn may_mount() -> bool {
    let tried = namespace("true").status();
    tried.is_ok_and(|status| status.success())
}

/// A shell in which `/var/lib` is empty, and this user is root.
fn namespace(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg(format!("mount -t tmpfs tmpfs /var/lib && {script}"));
    command
}

#[test]
fn two_users_share_one_quota_and_one_lock_where_the_package_made_a_directory_for_them() {
    if !may_mount() {
        return;
    }
    let windows = Windows::new(4, Duration::from_secs(2));
    let server = server(&windows, World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    let all = ids(16);
    place.write("one.csv", id_table(&all[..8]));
    place.write("other.csv", id_table(&all[8..]));
    let run = |file: &str, home: &str| {
        let words = delete(file, &["4/2s", "--burst", "4"]).join(" ");
        format!("HOME={home} \"$KOREBULK\" {words} --runs-dir {home}/runs")
    };
    let script = format!(
        "mkdir -m 2770 /var/lib/korebulk && mkdir one other\n\
         {} &\n{}\nlast=$?; wait $! && ls /var/lib/korebulk && exit $last",
        run("one.csv", "$PWD/one"),
        run("other.csv", "$PWD/other"),
    );
    let mut command = namespace(&script);
    let korebulk = place.korebulk(&[]);
    command.env_clear().envs(korebulk.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("KOREBULK_STATE_DIR").env("KOREBULK", korebulk.get_program());
    let ran = Ran::of(&command.current_dir(place.path()).output().unwrap()).exits(0);
    windows.never_overrun();
    let kinds = ran.out.lines().filter(|name| name.starts_with("quota-")).count();
    assert_eq!((kinds, ran.out.lines().count()), (1, 3), "{}", ran.out);
    for home in ["one", "other"] {
        let own = place.path().join(home).join(".local/state/korebulk");
        let names = fs::read_dir(own).map_or(0, Iterator::count);
        assert!(names <= 1, "what was learned stays the user's, and nothing else");
    }
}

#[test]
fn a_run_whose_directory_cannot_be_written_is_not_called_lost() {
    let sandbox = crate::undo::sandbox(2, &[]);
    let place = Place::at(sandbox.addr());
    let run = crate::undo::updated(&place, 2);
    let is_root = is_root(&place);
    if is_root {
        give_away(&place.path(), STRANGER);
    }
    fs::set_permissions(&run, Permissions::from_mode(0o500)).unwrap();
    let mut command = place.korebulk(&["undo", run.to_str().unwrap(), "--yes"]);
    if is_root {
        command.uid(STRANGER);
    }
    let ran = Ran::of(&command.output().unwrap()).exits(2).says("its directory cannot be written");
    assert!(!ran.err.contains("put `journal.db`"), "{}", ran.err);
    fs::set_permissions(&run, Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn without_a_home_there_is_no_state_and_never_any_in_a_temporary_directory() {
    if Path::new("/var/lib/korebulk").exists() {
        return;
    }
    let server = LedgerServer::start(World::default(), |_| Act::Serve);
    let place = Place::at(server.addr);
    place.write("gone.csv", id_table(&ids(1)));
    let mut homes = vec![Some("/tmp"), Some("/var/tmp")];
    if is_root(&place) {
        give_away(&place.path(), STRANGER);
        homes.push(None);
    }
    for home in homes {
        let mut command = place.korebulk(&delete("gone.csv", &["10/1s"]));
        command.env_remove("KOREBULK_STATE_DIR").env("TMPDIR", place.path());
        match home {
            Some(home) => command.env("HOME", home),
            None => command.uid(STRANGER),
        };
        let ran = Ran::of(&command.output().unwrap()).exits(2);
        ran.says("no place for korebulk's state").says("KOREBULK_STATE_DIR");
    }
    let names: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("state")), "{names:?}");
    assert!(!Path::new("/tmp/.local/state/korebulk").exists());
    assert!(server.received().requests.is_empty());
}
