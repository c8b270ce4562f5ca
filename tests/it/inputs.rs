//! Bad input: one message that names the place and the remedy, exit 2, and nothing sent.

#[cfg(unix)]
use std::fs;

use crate::hostile::Hostile;
use crate::support::{
    CLIENT, Place, Ran, SECRET, contact_table, counts, id, id_table, ids, listed, table,
};

/// Runs it against a server that would do everything; checks that nothing came of it.
fn refused(prepare: impl FnOnce(&Place), args: &[&str]) -> Ran {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    prepare(&place);
    let ran = place.run(args).exits(2);
    assert_eq!(server.requests().len(), 0, "nothing is sent");
    assert!(place.runs().is_empty(), "no run is left behind");
    assert!(!ran.err.contains(SECRET));
    ran
}

/// A job file with `more` below `[input]`.
fn job_refused(more: &str) -> Ran {
    refused(
        |place| {
            place.write("stale.csv", id_table(&ids(2)));
            place.write("job.toml", place.job("bulk-delete", "stale.csv") + more);
        },
        &["run", "job.toml", "--yes", "--rate", "none"],
    )
}

fn file_refused(name: &str, bytes: impl AsRef<[u8]>) -> Ran {
    refused(
        |place| drop(place.write(name, bytes)),
        &["bulk-delete", name, "--yes", "--rate", "none"],
    )
}

#[test]
fn a_wrong_option_is_named_with_its_nearest() {
    refused(|_| (), &["bulk-delete", "a.csv", "--batchsize", "3"]).says("--batch-size");
    refused(|_| (), &["bulk-delet", "a.csv"]).says("bulk-delete");
    refused(|_| (), &["bulk-delete"]).says("<FILE>");
}

#[test]
fn a_job_file_that_is_not_there_is_named() {
    refused(|_| (), &["run", "none.toml"]).says("none.toml");
}

#[test]
fn an_unknown_key_has_its_line_and_its_nearest() {
    let ran = job_refused("\n[limits]\nbatchsize = 5\n");
    ran.says("job.toml:11: unknown key `limits.batchsize`")
        .says("hint: did you mean `limits.batch_size`?");
    job_refused("[limits\n").says("job.toml:9");
    job_refused("on_duplicate = \"maybe\"\n").says("job.toml:9: `input.on_duplicate`");
    job_refused("\n[limits]\ntimeout = \"soon\"\n").says("job.toml:11: `limits.timeout`");
}

#[test]
fn a_secret_in_clear_is_refused_and_not_repeated() {
    let job = |place: &Place| {
        place.write("stale.csv", id_table(&ids(2)));
        let job = place.job("bulk-delete", "stale.csv");
        place.write(
            "job.toml",
            job.replace("[input]", &format!("client_secret = \"{SECRET}\"\n[input]")),
        );
    };
    refused(job, &["run", "job.toml"])
        .says("`target.client_secret` would hold a credential in clear");
}

#[test]
fn an_environment_that_says_otherwise_is_refused_naming_both() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    let job = place.job("bulk-delete", "stale.csv").replace(CLIENT, "cs-another");
    place.write("job.toml", job);
    place.quick(&["run", "job.toml"]).exits(2).says("KOREBULK_CLIENT_ID").says("job.toml:6");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_secret_that_is_not_there_says_where_it_was_looked_for() {
    let table = |place: &Place| drop(place.write("stale.csv", id_table(&ids(2))));
    let args = ["bulk-delete", "stale.csv", "--yes", "--rate", "none"];
    refused(table, &[&args[..], &["--client-secret-env", "NOT_SET"]].concat()).says("`NOT_SET`");
    refused(table, &[&args[..], &["--client-secret-file", "no.secret"]].concat()).says("no.secret");
    refused(table, &[&args[..], &["--client-secret-command", "no-such-program"]].concat())
        .says("no-such-program");
    refused(table, &[&args[..], &["--token-file", "no.token"]].concat()).says("no.token");
}

#[test]
fn a_host_is_https_or_this_machine() {
    let run = |host: &str| {
        let place = Place::new();
        place.write("stale.csv", id_table(&ids(2)));
        let ran = place.run(&["bulk-delete", "stale.csv", "--yes", "--host", host]).exits(2);
        assert!(place.runs().is_empty());
        ran
    };
    run("http://platform.kore.ai")
        .says("`--host`")
        .says("in clear")
        .says("https://platform.kore.ai");
    run("platform.kore.ai").says("hint: write `https://platform.kore.ai`");
    run("https://platform.kore.ai/agentassist").says("no path");
    run("https://me:pass@platform.kore.ai").says("no user or password");
}

#[test]
fn target_ids_cannot_reach_another_route() {
    for (option, value) in [
        ("--stream-id", "st-1/../contacts"),
        ("--stream-id", ""),
        ("--account-id", "65f7 d49a"),
        ("--client-id", "cs-\u{fc}"),
    ] {
        let place = Place::new();
        place.write("stale.csv", id_table(&ids(2)));
        let mut args = vec!["bulk-delete", "stale.csv", "--host", "https://platform.kore.ai"];
        for (other, good) in [
            ("--stream-id", crate::support::STREAM),
            ("--account-id", crate::support::ACCOUNT),
            ("--client-id", CLIENT),
        ] {
            args.extend([other, if other == option { value } else { good }]);
        }
        place.run(&args).exits(2).says(option);
    }
}

#[test]
fn record_ids_that_could_reach_another_route_are_rejected_whatever_the_format() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    let bad = [
        "",
        "..",
        "a/b",
        "a?b",
        "a#b",
        "bulk-delete",
        "bulk-update",
        "import-contacts",
        "a%2Fb",
        "a b",
    ];
    let table = format!("Nr,id\n{}\n", bad.map(|id| format!("1,{id}")).join("\n"));
    place.write("some.csv", table);
    place.quick(&["delete-contact", "some.csv", "--id-format", "any"]).exits(1);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(counts(&place.report())[3], bad.len() as u64);
}

#[test]
fn a_missing_column_is_named_with_those_there_are() {
    file_refused("stale.csv", "name,phone\na,b\n").says("`id`").says("stale.csv");
    let ran = refused(
        |place| drop(place.write("stale.csv", id_table(&ids(2)))),
        &["bulk-delete", "stale.csv", "--yes", "--rate", "none", "--map", "id=Kontakt"],
    );
    ran.says("`Kontakt`");
}

#[test]
fn a_missing_required_field_has_its_remedy() {
    let header_only = contact_table(1).replace("salutation,", "").replace("Mrs,", "");
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("contacts.csv", header_only);
    let ran = place.quick(&["bulk-update", "contacts.csv"]);
    assert!([1, 2].contains(&ran.code), "{ran:?}");
    ran.says("salutation").says("--set");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_path_that_matches_nothing_is_named() {
    refused(|_| (), &["bulk-delete", "none.csv", "--yes", "--rate", "none"]).says("none.csv");
    refused(|_| (), &["bulk-delete", "exports/*.csv", "--yes", "--rate", "none"])
        .says("exports/*.csv");
}

#[test]
fn files_that_cannot_be_read_to_their_end_stop_before_the_first_byte() {
    file_refused("empty.csv", "").says("empty.csv");
    file_refused("twice.csv", "id,Id,id\na,b,c\n").says("twice.csv").says("`id`");
    file_refused("open.csv", format!("id,note\n{},\"never closed\n", id(0))).says("open.csv:2");
    let objects = format!("{{\"id\":\"{}\"}}", id(0));
    file_refused("cut.json", format!("[{objects},{{\"id\":")).says("cut.json");
    file_refused("page.csv", "<!DOCTYPE html><html><body>Sign in</body></html>").says("HTML");
}

#[test]
fn a_packed_file_that_is_cut_is_refused() {
    use std::io::Write as _;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(id_table(&ids(500)).as_bytes()).unwrap();
    let packed = gz.finish().unwrap();
    file_refused("cut.csv.gz", &packed[..packed.len() / 2]).says("cut.csv.gz");
    let packed = zstd::encode_all(id_table(&ids(500)).as_bytes(), 1).unwrap();
    file_refused("cut.csv.zst", &packed[..packed.len() / 2]).says("cut.csv.zst");
}

#[test]
fn ragged_rows_are_rejected_with_their_place_and_the_others_sent() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write(
        "stale.csv",
        format!("id,note\n{},a\n{}\n{},a,b\n{},d\n", id(0), id(1), id(2), id(3)),
    );
    place.quick(&["bulk-delete", "stale.csv"]).exits(1);
    let report = place.report();
    assert_eq!(counts(&report), [4, 3, 0, 1, 0, 0, 0]);
    assert_eq!(listed(&report, "successfulRecords"), [id(0), id(1), id(3)]);
    let (_, given_back) = table(&place.the_run().join("rejected.csv"));
    let row = [id(2), "a".into(), "b".into(), "4".into(), "rejected".into()];
    assert_eq!(given_back[0][..5], row, "a cell too many is not lost");
    let again = place.the_run().join("rejected.csv");
    let before = server.requests().len();
    place.quick(&["bulk-delete", again.to_str().unwrap()]).exits(1);
    assert_eq!(server.requests().len(), before, "unmended rows are rejected again");
}

#[test]
fn a_file_without_records_is_an_empty_night_unless_guarded() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", "id\n");
    place.quick(&["bulk-delete", "stale.csv"]).exits(0);
    assert_eq!(counts(&place.report()), [0; 7]);
    place.quick(&["bulk-delete", "stale.csv", "--min-records", "1"]).exits(3);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn duplicates_are_skipped_and_contradictions_rejected() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    let contacts = contact_table(2);
    let mut lines: Vec<&str> = contacts.lines().collect();
    let other = lines[1].replace("Testwell0", "Another");
    lines.extend([lines[2], &other]);
    place.write("contacts.csv", lines.join("\n"));
    place.quick(&["bulk-update", "contacts.csv"]).exits(1);
    let report = place.report();
    assert_eq!(counts(&report), [4, 1, 0, 2, 1, 0, 0]);
    assert_eq!(listed(&report, "successfulRecords"), [id(1)]);
    let (_, rows) = table(&place.the_run().join("rejected.csv"));
    assert!(
        rows[0].last().unwrap().contains('5') && rows[1].last().unwrap().contains('2'),
        "{rows:?}"
    );
}

#[test]
fn a_runs_directory_that_cannot_be_written_is_named() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)));
    place.write("file", "");
    place
        .quick(&["bulk-delete", "stale.csv", "--runs-dir", "file/runs"])
        .exits(2)
        .says(&format!("file{}runs", std::path::MAIN_SEPARATOR));
    assert_eq!(server.requests().len(), 0);
}

#[cfg(unix)]
#[test]
fn a_run_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", id_table(&ids(2)) + "oops\n");
    place.quick(&["bulk-delete", "stale.csv"]).exits(1);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let run = place.the_run();
    assert_eq!(mode(run.parent().unwrap()), 0o700);
    assert_eq!(mode(&run), 0o700);
    for entry in fs::read_dir(&run).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
