//! The ready jobs: each runs as it is.

use std::fs;
use std::path::Path;

use crate::support::{Place, counts_add_up};

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
    assert_eq!(jobs.len(), 7, "{jobs:?}");
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
