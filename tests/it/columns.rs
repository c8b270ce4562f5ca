//! Which column feeds which field, where headers are blank, doubled, missing or other programs' words.

use std::fs;

use crate::hostile::Hostile;
use crate::support::{Place, counts, id, listed};

/// The job that `init` writes for this file, run as it is in its sandbox: exit code and counts.
fn init_and_run(file: &str, text: &str, operation: &str, more: &[&str]) -> (String, [u64; 7]) {
    let place = Place::new();
    place.write(file, text);
    let args = [&["init", file, "--operation", operation, "--out", "job.toml"], more].concat();
    place.run(&args).exits(0);
    let job = fs::read_to_string(place.path().join("job.toml")).unwrap();
    place.run(&["run", "job.toml"]).exits(0);
    (job, counts(&place.report()))
}

#[test]
fn a_job_file_of_init_runs_whatever_the_headers_are() {
    let (one, two) = (id(1), id(2));
    for (table, name) in [
        (format!("Name,,Notes\nAna,{one},x\nBo,{two},y\n"), "B"),
        (format!("Key,Key,Notes\n7,{one},x\n8,{two},y\n"), "B"),
        (format!("A,,Notes\n7,{one},x\n8,{two},y\n"), "B"),
        (format!("B,,Notes\n7,{one},x\n8,{two},y\n"), "2"),
        (format!("  ,Kore ID \n7,{one}\n8,{two}\n"), "Kore ID"),
        (format!("\"a\"\"b\\c\",\"d\"\n7,{one}\n8,{two}\n"), "d"),
        (format!("x,\"Kore\nid#\"\n7,{one}\n8,{two}\n"), "Kore\\nid#"),
    ] {
        let (job, counts) = init_and_run("people.csv", &table, "bulk-delete", &[]);
        assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0], "{table}");
        let line = job.lines().find(|line| line.starts_with("id = ")).unwrap();
        assert!(line.contains(name), "{line}");
    }
    let bare = format!("{one}\n{two}\n");
    let (job, counts) = init_and_run("ids.txt", &bare, "bulk-delete", &["--header-row", "0"]);
    assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0]);
    assert!(job.contains("header_row = 0") && job.contains("id = \"A\""), "{job}");
    let contacts = format!(
        "Kore,,Anrede,Mobil\n{one},Ana Doe,Mrs,+91 98123 45671\n{two},Bo Roe,Mr,+91 98123 45672\n"
    );
    let (job, counts) = init_and_run("people.csv", &contacts, "bulk-update", &[]);
    assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0]);
    assert!(job.contains("fullName = \"B\""), "{job}");
}

#[test]
fn what_init_cannot_find_is_asked_for_without_leading_to_wrong_data() {
    let place = Place::new();
    place.write("phones.csv", "Phone\n+91 98123 45671\n+91 98123 45672\n");
    let args = ["init", "phones.csv", "--operation", "bulk-update", "--out", "job.toml"];
    place.run(&args).exits(0).says("still to be named");
    let job = fs::read_to_string(place.path().join("job.toml")).unwrap();
    assert!(job.contains("24 characters of 0-9 and a-f"), "{job}");
    assert!(job.contains("# firstName = \"…\"") && !job.contains("Give a constant"), "{job}");
    assert!(!job.contains("extension"), "{job}");
    let columns = job.find("[input.columns]").unwrap();
    assert!(job[columns..].find("# firstName").is_some(), "a name is a column, no constant: {job}");
    assert!(!job.contains("[input.defaults]\n#"), "{job}");
}

#[test]
fn columns_are_named_by_letter_or_number_where_a_header_is_no_name() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    let table = format!("Key,Key,,Name\n7,{},{},Ana\n", id(1), id(2));
    place.write("some.csv", &table);
    for (name, sent) in [("B", id(1)), ("2", id(1)), ("#2", id(1)), ("C", id(2)), ("c", id(2))] {
        let map = format!("id={name}");
        place.quick(&["bulk-delete", "some.csv", "--map", &map]).exits(0);
        let run = place.runs().pop().unwrap();
        assert_eq!(listed(&crate::support::report(&run), "successfulRecords"), [sent], "{name}");
    }
    let refused = |name: &str| {
        let map = format!("id={name}");
        place.quick(&["bulk-delete", "some.csv", "--map", &map]).exits(2)
    };
    refused("Key").says("several columns fit `Key`").says("one of `A`, `B`");
    refused("D").says("that column is called `Name`: name it so");
    refused("E").says("no column `E`");
}

#[test]
fn a_look_without_a_job_file_guesses_columns_and_a_run_does_not() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("stale.csv", format!("Name,Contact ID\nAna,{}\nBo,{}\n", id(1), id(2)));
    let planned = place.run(&["bulk-delete", "stale.csv", "--dry-run"]).exits(0).out;
    let planned = planned.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(planned.contains("id ← column `Contact ID`, guessed"), "{planned}");
    assert!(planned.contains("--map 'id=Contact ID'"), "{planned}");
    place.quick(&["bulk-delete", "stale.csv"]).exits(2).says("`Contact ID` may be `id`");
    place.write("job.toml", place.job("bulk-delete", "stale.csv"));
    place.run(&["plan", "job.toml"]).exits(2).says("`Contact ID` may be `id`");
    assert_eq!(server.requests().len(), 0, "nothing is sent");
    place.write("two.csv", format!("Key,Old Key\n{},{}\n", id(1), id(2)));
    place.run(&["bulk-delete", "two.csv", "--dry-run"]).exits(2);
    place.write("mail.csv", "Name,Contact ID\nAna,4711\n");
    place.run(&["bulk-delete", "mail.csv", "--dry-run"]).exits(2).says("24 characters");
}

#[test]
fn a_job_file_and_a_file_of_contacts_are_not_taken_for_each_other() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    place.write("gone.csv", format!("id\n{}\n", id(1)));
    place.write("my night.toml", place.job("bulk-delete", "gone.csv"));
    for args in [
        &["bulk-delete", "my night.toml"][..],
        &["init", "my night.toml", "--operation", "bulk-delete"],
    ] {
        place.run(args).exits(2).says("is a job file by its name").says("korebulk run");
    }
    place.run(&["runs", "another.toml"]).exits(2).says("another.toml: there is no such job file");
    place.quick(&["run", "my night.toml"]).exits(0);
    // By the name of its file, too, which is no name of a job.
    place.run(&["resume", "my night@latest"]).exits(0);
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut prune = place.korebulk(&["prune", "--dry-run"]);
    let prune = crate::support::Ran::of(&prune.current_dir(elsewhere).output().unwrap()).exits(2);
    let runs = place.path().join("korebulk-runs");
    prune.says(&format!("korebulk prune --runs-dir {}", runs.display()));
}

#[test]
fn init_guesses_the_keys_of_json_as_it_guesses_headers() {
    let (one, two) = (id(1), id(2));
    let lines = format!(
        "{{\"Kore\":\"{one}\",\"who\":{{\"First Name\":\"Ana\",\"Last Name\":\"Doe\"}},\"Anrede\":\"Mrs\",\"tel\":[],\"Mobil\":\"+91 98123 45671\"}}\n\
         {{\"Kore\":\"{two}\",\"who\":{{\"First Name\":\"Bo\",\"Last Name\":\"Roe\"}},\"Anrede\":\"Mr\",\"Mobil\":\"+91 98123 45672\"}}\n"
    );
    let array = format!("[{}]", lines.trim().replace('\n', ","));
    for (file, text) in [("people.jsonl", &lines), ("people.json", &array)] {
        let (job, counts) = init_and_run(file, text, "bulk-update", &[]);
        assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0], "{job}");
        assert!(job.contains("firstName = \"who.First Name\""), "{job}");
        let (job, counts) = init_and_run(file, text, "bulk-delete", &[]);
        assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0], "{job}");
        // A look without a job file guesses the same; a run does not.
        let server = Hostile::good();
        let place = Place::at(server.addr());
        place.write(file, text);
        let look = place.run(&["bulk-delete", file, "--dry-run"]).exits(0);
        assert!(look.out.contains("`id` is guessed to be column `Kore`"), "{}", look.out);
        place.quick(&["bulk-delete", file]).exits(1);
        assert!(server.requests().is_empty());
    }
    let named = format!("{{\"id\":\"{one}\"}}\n{{\"id\":\"{two}\"}}\n");
    let (job, counts) = init_and_run("ids.jsonl", &named, "bulk-delete", &[]);
    assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0], "{job}");
    let place = Place::new();
    place.write("names.jsonl", "{\"First Name\":\"Ana\"}\n");
    let args = ["init", "names.jsonl", "--operation", "bulk-delete", "--out", "job.toml"];
    place.run(&args).exits(0).says("still to be named in it, or it cannot run: `id`");
}

#[test]
fn a_value_under_no_name_is_seen_and_an_outcome_file_without_one_of_its_columns_is_refused() {
    let server = Hostile::good();
    let place = Place::at(server.addr());
    for header in ["id,", "id,,"] {
        place.write("back.csv", format!("{header}\n{},extra\n", id(1)));
        place.quick(&["bulk-delete", "back.csv"]).exits(1);
    }
    let own = ["korebulk_row", "korebulk_outcome", "korebulk_reason"];
    for missing in own {
        let left: Vec<&str> = own.into_iter().filter(|column| *column != missing).collect();
        for left in [left.join(","), format!(",{}", left[0])] {
            let more = ",3".repeat(left.matches("korebulk").count());
            place.write("back.csv", format!("id,{left}\n{}{more}\n", id(1)));
            let refused = place.quick(&["bulk-delete", "back.csv"]).exits(2);
            refused
                .says("is an outcome file without its column `korebulk_")
                .says("all of its columns");
        }
    }
    assert!(server.requests().is_empty());
}
