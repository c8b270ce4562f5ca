//! Where others may write: links, second names and pipes in the place of files, directories open to all.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use korebulk::sandbox::{Config, Thread};

use crate::support::{Place, Ran, all_at_once, contact_table, id, sandbox_with};

const THEIRS: &str = "what others have in this file";

/// One of its contacts is refused.
fn server() -> Thread {
    server_with(&[])
}

fn server_with(faults: &[&str]) -> Thread {
    let refuse = format!("refuse:ids={},reason=no", id(1));
    let faults =
        faults.iter().copied().chain([refuse.as_str()]).map(|fault| fault.parse().unwrap());
    sandbox_with(6, Config { faults: faults.collect(), ..Config::default() })
}

/// The binary, ended with exit 124 should it wait for something.
fn within_time(place: &Place, args: &[&str]) -> Ran {
    let command = place.korebulk(args);
    let mut timed = Command::new("timeout");
    timed.arg("60").arg(command.get_program()).args(command.get_args());
    timed.current_dir(place.path()).stdin(std::process::Stdio::null()).env_clear();
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(&timed.output().unwrap());
    assert_ne!(ran.code, 124, "{args:?} waits for ever");
    ran
}

/// A run that left records unsent: every kind of file lies in its directory.
fn unfinished_run(place: &Place) -> PathBuf {
    place.write("in.csv", contact_table(6) + "not an id,,,,,,\n");
    let options = ["--name", "night", "--batch-size", "2", "--xlsx"];
    let ran = within_time(
        place,
        &[
            &["bulk-update", "in.csv", "--yes", "--rate", "none", "--concurrency", "1"],
            &options[..],
        ]
        .concat(),
    );
    ran.exits(6);
    place.the_run()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Something of others in the place of `path`.
type Plant = fn(victim: &Path, path: &Path);

const PLANTS: [(&str, Plant); 3] = [
    ("a link", |victim, path| symlink(victim, path).unwrap()),
    ("a second name", |victim, path| fs::hard_link(victim, path).unwrap()),
    ("a pipe", |_, path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
];

#[test]
fn whatever_is_in_the_place_of_a_runs_file_no_command_writes_through_it_or_waits_for_it() {
    all_at_once(PLANTS, |(what, plant)| {
        // One request is answered, and then none any more.
        let server = server_with(&["unauthorised:requests=2-"]);
        let place = Place::at(server.addr());
        let run = unfinished_run(&place);
        let saved = place.path().join("saved");
        copy(&run, &saved);
        let victim = place.write("victim", THEIRS);
        for name in names(&run) {
            let path = run.to_str().unwrap();
            for args in commands(path) {
                place.runs().iter().for_each(|run| fs::remove_dir_all(run).unwrap());
                copy(&saved, &run);
                let _ = fs::remove_file(run.join(&name));
                plant(&victim, &run.join(&name));
                within_time(&place, &args);
                let now = fs::read_to_string(&victim).unwrap();
                assert_eq!(now, THEIRS, "{args:?} with {what} for {name}");
            }
        }
    });
}

/// Every file that this run has, and those that are there for a moment or later.
fn names(run: &Path) -> Vec<String> {
    let entries = fs::read_dir(run).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() > 8, "{names:?}");
    let beside = ["report.json.part", "report.json.new", "report.html.part", "unsent.csv.part"];
    names.extend(beside.into_iter().chain(["outcome.xlsx.part", "scrubbed"]).map(str::to_owned));
    names
}

fn commands(run: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["report", run],
        vec!["report", run, "--format", "csv"],
        vec!["report", run, "--format", "html"],
        vec!["runs", run],
        vec!["runs", "--verify"],
        vec!["find", "6964af600000000000000000"],
        vec!["resume", run, "--yes"],
        vec!["retry", run, "--yes"],
        vec!["prune", "--keep-days", "0"],
    ]
}

#[test]
fn a_link_in_the_place_of_the_audit_stops_the_run_before_its_first_byte() {
    let server = server();
    for (what, plant) in PLANTS {
        let place = Place::at(server.addr());
        place.write("in.csv", contact_table(2));
        let runs = place.path().join("korebulk-runs");
        fs::create_dir(&runs).unwrap();
        let victim = place.write("victim", THEIRS);
        let ignored = place.path().join("ignored");
        plant(&victim, &runs.join("audit.jsonl"));
        symlink(&ignored, runs.join(".gitignore")).unwrap();
        let ran = within_time(&place, &["bulk-update", "in.csv", "--yes"]);
        let ran = ran.exits(70).says("audit.jsonl: cannot be written: ");
        assert!(!ran.err.contains("os error 40"), "{what}: {}", ran.err);
        assert_eq!(fs::read_to_string(&victim).unwrap(), THEIRS);
        assert!(!ignored.exists(), "made through a link");
        assert!(place.runs().is_empty(), "nothing was sent and nothing stays");
    }
}

#[test]
fn links_in_the_state_directory_lead_nowhere() {
    let server = server();
    for name in ["locks", "quota", "batch-sizes"] {
        let place = Place::at(server.addr());
        place.write("in.csv", contact_table(2));
        let victim = place.path().join("victim");
        fs::create_dir(&victim).unwrap();
        fs::create_dir(place.path().join("state")).unwrap();
        symlink(&victim, place.path().join("state").join(name)).unwrap();
        let ran = within_time(&place, &["bulk-update", "in.csv", "--yes"]);
        if name == "locks" {
            ran.exits(70).says("it is a link");
        } else {
            ran.exits(1);
        }
        assert_eq!(fs::read_dir(&victim).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn directories_of_a_group_and_of_a_desktop_are_used_and_those_open_to_all_are_not() {
    let server = server();
    for (mode, code) in [(0o775, 1), (0o2775, 1), (0o1777, 1), (0o777, 2)] {
        let place = Place::at(server.addr());
        place.write("in.csv", contact_table(2));
        for name in ["korebulk-runs", "state"] {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            let mode = if name == "state" && code == 2 { 0o700 } else { mode };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let ran = within_time(&place, &["bulk-update", "in.csv", "--yes"]).exits(code);
        if code == 2 {
            ran.says("korebulk-runs: cannot be written: every user may exchange files in it");
        } else {
            let run = fs::metadata(place.the_run()).unwrap();
            assert_eq!(run.permissions().mode() & 0o777, 0o700);
        }
    }
}

#[test]
fn a_directory_that_another_user_set_up_is_refused() {
    let server = server();
    let place = Place::at(server.addr());
    let runs = place.path().join("korebulk-runs");
    fs::create_dir(&runs).unwrap();
    if fs::metadata(&runs).unwrap().uid() != 0 {
        // Only root can give a directory away.
        return;
    }
    chown(&runs, Some(12_345), None).unwrap();
    place.write("in.csv", contact_table(2));
    let ran = within_time(&place, &["bulk-update", "in.csv", "--yes"]);
    ran.exits(2).says("it belongs to another user (12345)").says("--runs-dir");
    chown(&runs, Some(0), None).unwrap();
    let ran = within_time(&place, &["bulk-update", "in.csv", "--yes"]);
    ran.exits(1);
}
