//! `run` with several job files: one after the other, one exit for all.

use crate::hostile::{Hostile, good};
use crate::support::{Place, QUICK, Ran, id_table, ids, signal};

/// Jobs `a`, `b`, `c`, each with a table of its own and these lines behind it.
fn jobs(server: &Hostile, more: [&str; 3]) -> Place {
    let place = Place::at(server.addr());
    for (number, (name, more)) in ["a", "b", "c"].into_iter().zip(more).enumerate() {
        place.write(&format!("{name}.csv"), id_table(&ids(number + 1)));
        let job = place.job("bulk-delete", &format!("{name}.csv"));
        place.write(&format!("{name}.toml"), job + more);
    }
    place
}

const ALL: [&str; 4] = ["run", "a.toml", "b.toml", "c.toml"];

#[test]
fn jobs_are_run_one_after_the_other_and_the_worst_exit_is_theirs() {
    let server = Hostile::good();
    let place = jobs(&server, ["", "[guard]\nmin_records = 5\n", ""]);
    place.quick(&ALL).exits(3).says("guard.min_records");
    assert_eq!(server.sizes(), [1, 3], "a job that is held back ends no other");
    let named =
        |run: &std::path::PathBuf| run.file_name().unwrap().to_string_lossy()[..1].to_owned();
    assert_eq!(place.runs().iter().map(named).collect::<String>(), "abc");
    place.quick(&["run", "a.toml", "c.toml"]).exits(0);
}

#[test]
fn each_of_several_jobs_is_planned() {
    let server = Hostile::good();
    let place = jobs(&server, [""; 3]);
    let shown = place.run(&[&ALL[..], &["--dry-run"]].concat()).exits(0);
    for table in ["a.csv", "b.csv", "c.csv"] {
        assert!(shown.out.contains(table), "{}", shown.out);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn one_job_file_that_cannot_be_read_begins_none_of_them() {
    let server = Hostile::good();
    let place = jobs(&server, ["", "", "[guards]\n"]);
    place.quick(&ALL).exits(2).says("c.toml:");
    place.quick(&["run", "a.toml", "none.toml"]).exits(2).says("none.toml");
    assert_eq!(server.requests().len(), 0);
    assert!(place.runs().is_empty());
}

#[test]
fn what_is_one_jobs_own_is_not_given_to_several() {
    let server = Hostile::good();
    let place = jobs(&server, [""; 3]);
    for own in [["--input", "a.csv"], ["--name", "x"], ["--first", "1"], ["--plan", "abc"]] {
        place.quick(&[&ALL[..], &own].concat()).exits(2).says("one job's own");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn after_a_signal_no_other_job_begins() {
    let server = Hostile::start(|request| match request.number {
        1 => good(request).held(),
        _ => good(request),
    });
    let place = jobs(&server, [""; 3]);
    let run = place.spawn(&[&ALL[..], &QUICK].concat());
    server.wait_for(1);
    signal(&run, "INT");
    server.release();
    let ended = Ran::of(&run.wait_with_output().unwrap()).exits(4);
    ended.says("stopped before `b`, which was not begun");
    assert_eq!(server.sizes(), [1]);
    assert_eq!(place.runs().len(), 1);
}
