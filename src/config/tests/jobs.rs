//! The ready jobs in `jobs/`: each resolves unchanged, and as its comments say for a real target.

use std::path::{Path, PathBuf};

use super::super::{JobFile, Options, resolve};
use super::environment;
use crate::model::Operation;

fn jobs() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let mut jobs: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    jobs.sort();
    jobs
}

#[test]
fn every_ready_job_resolves_and_finds_its_input() {
    let mut operations = Vec::new();
    for path in jobs() {
        let job = JobFile::read(&path).unwrap();
        let plan = resolve(Some(&job), &Options::default(), &environment(&[])).unwrap();
        assert!(plan.target.is_sandbox(), "{}", path.display());
        assert!(plan.guard.max_records.is_some(), "{}", path.display());
        for input in &plan.input.paths {
            assert!(plan.input.base.join(input).is_file(), "{}: {input}", path.display());
        }
        operations.push(plan.operation);
    }
    operations.sort();
    operations.dedup();
    assert_eq!(operations, Operation::ALL);
}

#[test]
fn the_real_target_in_the_comments_resolves_too() {
    for path in jobs() {
        let sandbox = std::fs::read_to_string(&path).unwrap();
        let (before, target) = sandbox.split_once("host = \"sandbox\"\n").unwrap();
        let (lines, after) = target.split_once("\n\n").unwrap();
        let real: Vec<&str> = lines
            .lines()
            .filter_map(|line| line.strip_prefix("# ").filter(|line| line.contains(" = ")))
            .collect();
        let text = format!("{before}{}\n\n{after}", real.join("\n"));
        let job = JobFile::parse(&text, &path).unwrap();
        let plan = resolve(Some(&job), &Options::default(), &environment(&[])).unwrap();
        assert_eq!(plan.target.host, "https://platform.kore.ai", "{}", path.display());
        assert_eq!(plan.notices, [""; 0], "{}", path.display());
        assert_eq!(plan.limits.rate[0].permits, 50);
    }
}
