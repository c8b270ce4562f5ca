//! The ready jobs: each runs as it is.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::{Place, counts_add_up, table};

fn copied(place: &Place) -> Vec<String> {
    let jobs = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    let mut names = Vec::new();
    for dir in ["", "data"] {
        for entry in fs::read_dir(jobs.join(dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = Path::new(dir).join(path.file_name().unwrap());
                let name = name.to_str().unwrap().to_owned();
                place.write(&name, fs::read(&path).unwrap());
                names.extend(Some(name).filter(|_| path.extension().is_some_and(|e| e == "toml")));
            }
        }
    }
    names.sort();
    names
}

#[test]
fn every_ready_job_runs_as_it_is() {
    let place = Place::new();
    let jobs = copied(&place);
    assert_eq!(jobs.len(), 9, "{jobs:?}");
    for job in &jobs {
        place.run(&["run", job]).exits(0).says("SANDBOX");
    }
    let runs = place.runs();
    assert_eq!(runs.len(), jobs.len());
    for run in runs {
        let text = fs::read_to_string(run.join("report.json")).unwrap();
        let report = serde_json::from_str(&text).unwrap();
        counts_add_up(&report);
        assert!(report["successful"].as_u64().unwrap() > 0, "{report:#}");
    }
}

#[test]
fn every_ready_job_can_be_planned_first() {
    let place = Place::new();
    for job in copied(&place) {
        let planned = place.run(&["plan", &job]).exits(0);
        assert!(planned.out.contains("\nplan "), "{}", planned.out);
    }
    assert!(place.runs().is_empty());
}

#[test]
fn an_erasure_says_what_it_did_not_cover_and_keeps_no_copy() {
    let place = Place::new();
    copied(&place);
    let ran = place.run(&["run", "erasure.toml"]).exits(0);
    let run = place.the_run();
    let text = fs::read_to_string(run.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["successful"], &report["skipped"]), (&json!(3), &json!(1)));
    assert_eq!(report["notCovered"], json!(["contact lists", "campaigns", "conversations"]));
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [&page, &said] {
        assert!(words.contains("deleted contacts are set to INACTIVE"), "{words}");
        assert!(words.contains("not covered: contact lists, campaigns and conversations"));
        assert!(!words.to_lowercase().contains("erased"), "{words}");
    }
    assert!(!text.contains("Jain"), "ids alone are kept");
    assert!(!run.join("previous.jsonl.zst").exists(), "no copy is kept");
}

#[test]
fn a_migration_by_phone_reaches_those_it_can_tell_and_asks_about_the_others() {
    let place = Place::new();
    copied(&place);
    let ran = place.run(&["run", "migration-by-phone.toml"]).exits(0);
    let run = place.the_run();
    assert!(ran.err.contains("5 of 8 rows matched"), "{}", ran.err);
    let (header, rows) = table(&run.join("review.csv"));
    let contact = header.iter().position(|name| name == "korebulk_contact").unwrap();
    let asked: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(asked, ["Carlos Patel", "Carlos Patel", "Uwe Jain", "Uwe Jain", "Uwe Jain"]);
    assert!(rows.iter().all(|row| row[contact].len() == 24));
    assert_eq!(table(&run.join("unmatched.csv")).1.len(), 1);
}
