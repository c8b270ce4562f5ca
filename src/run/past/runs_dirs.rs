//! Where runs are looked for: in the directory that somebody named, else in that of the working
//! directory and in every other that a run was ever made in.
//!
//! A run lies beside its job file, and people look for it from elsewhere: each run notes its runs directory
//! in the user's state.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use crate::base::private;
use crate::base::state::StateDirs;
use crate::config::{self, Environment, JobFile, Options};
use crate::model::RunError;
use crate::run::past::incomplete;
use crate::run::run_dir;
use crate::run::run_dir::RunDir;
use crate::run::stored::{same_target, stored_plan};

/// Where the notes lie in the state directory: a file for each runs directory, which holds its path.
const NOTES: &str = "runs-dirs";

fn own_state() -> Option<PathBuf> {
    StateDirs::find()?.own
}

/// Notes that runs are made in this directory. Without it they are found by their path, no less.
pub(crate) fn remember(runs: &Path) {
    let Some(state) = own_state() else { return };
    let Ok(runs) = dunce::canonicalize(runs) else { return };
    let Some(text) = runs.to_str() else { return };
    let name = format!("{:032x}", xxh3_128(text.as_bytes()));
    let _ = private::directory(&state)
        .and_then(|state| private::subdirectory(&state, NOTES))
        .and_then(|notes| private::replace(&notes.join(name), text, 0o600));
}

/// The directories that were noted and are still there, in the order of their paths.
pub(crate) fn remembered() -> Vec<PathBuf> {
    let notes = own_state().and_then(|state| fs::read_dir(state.join(NOTES)).ok());
    let notes = notes.into_iter().flatten().filter_map(Result::ok);
    let texts = notes.filter_map(|note| private::read_to_string(&note.path()).ok());
    let mut found: Vec<PathBuf> = texts.map(PathBuf::from).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Where the runs that a command is about are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsDirs {
    /// The one that was named, or that of the working directory; absolute.
    pub here: PathBuf,
    /// Whether it was named: then no other is looked into.
    pub named: bool,
    /// For a job file in the place of a run.
    pub environment: Environment,
}

impl RunsDirs {
    /// The directories, the nearest first.
    pub fn all(&self) -> Vec<PathBuf> {
        if self.named {
            return vec![self.here.clone()];
        }
        let here = dunce::canonicalize(&self.here).ok();
        let others = remembered().into_iter().filter(|path| Some(path) != here.as_ref());
        here.iter().cloned().chain(others).collect()
    }

    /// Every run in them, oldest first.
    ///
    /// # Errors
    /// Exit 2 when the directory that was named cannot be read; of the others, what can be read counts.
    pub fn runs(&self) -> Result<Vec<RunDir>, RunError> {
        if self.named {
            return run_dir::all(&self.here);
        }
        let found = self.all().into_iter().filter_map(|runs| run_dir::all(&runs).ok());
        let mut runs: Vec<RunDir> = found.flatten().collect();
        run_dir::sort(&mut runs);
        Ok(runs)
    }

    /// The run that `name` means: a directory, a run id, `latest`, `JOB@latest`, or a job file, whose latest it is.
    ///
    /// # Errors
    /// Exit 2 when there is none, or when it could be one of several.
    pub fn find(&self, name: &str) -> Result<RunDir, RunError> {
        if let Some(run) = RunDir::at(Path::new(name)) {
            return Ok(run);
        }
        if Path::new(name).is_file() {
            return self.latest_of_job_file(Path::new(name));
        }
        let runs = self.runs()?;
        let is_here = |run: &&RunDir| run.path.parent().is_some_and(|dir| self.is_here(dir));
        let near: Vec<RunDir> = runs.iter().filter(is_here).cloned().collect();
        // What lies here is meant before what lies elsewhere.
        for runs in [near, runs] {
            if let Some(run) = choose(&runs, name)? {
                return Ok(run);
            }
        }
        Err(self.none(name))
    }

    fn is_here(&self, directory: &Path) -> bool {
        dunce::canonicalize(&self.here).is_ok_and(|here| here == directory)
    }

    fn latest_of_job_file(&self, job: &Path) -> Result<RunDir, RunError> {
        let file = JobFile::read(job)?;
        let (runs, name) = config::runs_of(&file, &self.environment)?;
        let runs = if self.named { self.here.clone() } else { runs };
        let all = if runs.is_dir() { run_dir::all(&runs)? } else { Vec::new() };
        let of_job: Vec<RunDir> = all.into_iter().filter(|run| run.job() == name).collect();
        // A file that is not whole, as one for several profiles, says of no account that it is meant.
        let today = config::resolve(Some(&file), &Options::default(), &self.environment).ok();
        let is_meant = |run: &&RunDir| {
            let stored = incomplete::open_to_read(run).ok().and_then(|it| stored_plan(&it).ok());
            today.as_ref().zip(stored).is_none_or(|(today, stored)| same_target(today, &stored))
        };
        let found = of_job.iter().rev().find(is_meant).cloned();
        if let (None, Some(run), Some(today)) = (&found, of_job.last(), &today) {
            let (file, account) = (job.display(), &today.target.account_id);
            let message =
                format!("{file}: run `{}` of this job was not on account {account}", run.id);
            let hint = format!("name the run itself where it is meant: {}", run.path.display());
            return Err(RunError::usage(message).hint(hint));
        }
        let found = match found {
            None if !self.named => self.elsewhere(job, &name)?,
            found => found,
        };
        found.ok_or_else(|| {
            RunError::usage(format!("{}: no run of this job in {}", job.display(), runs.display()))
                .hint("`korebulk runs` lists the runs there are")
        })
    }

    /// The latest run of this very job file in a directory that was named when it was run.
    fn elsewhere(&self, job: &Path, name: &str) -> Result<Option<RunDir>, RunError> {
        let job = dunce::canonicalize(job).ok();
        let is_its_own = |run: &RunDir| {
            let plan =
                incomplete::open_to_read(run).ok().and_then(|journal| stored_plan(&journal).ok());
            let own = plan.and_then(|plan| dunce::canonicalize(plan.job_file?).ok());
            own.is_some() && own == job
        };
        let runs = self.runs()?.into_iter().filter(|run| run.job() == name);
        Ok(runs.rev().find(is_its_own))
    }

    fn none(&self, name: &str) -> RunError {
        if Path::new(name).extension().is_some_and(|ending| ending == "toml") {
            return RunError::usage(format!("{name}: there is no such job file"))
                .hint("`korebulk runs` lists the runs there are");
        }
        let dirs = self.all();
        let dirs = if dirs.is_empty() { vec![self.here.clone()] } else { dirs };
        let shown: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
        RunError::usage(format!("no run `{name}` in {}", shown.join(", ")))
            .hint("`korebulk runs` lists them; a run's directory, or a job file for its latest, will do as well")
    }
}

/// The run among these that `name` means, if any.
fn choose(runs: &[RunDir], name: &str) -> Result<Option<RunDir>, RunError> {
    let candidates: Vec<&RunDir> = match name.strip_suffix("@latest") {
        Some(job) => {
            // As its job file is called, or as the job is.
            let named = config::job_name_of(job);
            let is_its = |run: &&RunDir| run.job() == job || named.as_deref() == Some(run.job());
            runs.iter().filter(is_its).collect()
        }
        None if name == "latest" => runs.iter().collect(),
        None => return Ok(runs.iter().find(|run| run.id == name).cloned()),
    };
    let Some(newest) = candidates.last() else { return Ok(None) };
    let of_jobs = distinct(candidates.iter().map(|run| run.job().to_owned()));
    if of_jobs.len() > 1 {
        let hint = format!("the newest is `{}@latest`", newest.job());
        return Err(ambiguous(name, "jobs", &of_jobs).hint(hint));
    }
    let dirs = candidates.iter().filter_map(|run| run.path.parent());
    let dirs = distinct(dirs.map(|dir| dir.display().to_string()));
    if dirs.len() > 1 {
        return Err(ambiguous(name, "directories", &dirs).hint("name one with `--runs-dir`"));
    }
    Ok(Some((*newest).clone()))
}

fn distinct(names: impl Iterator<Item = String>) -> BTreeSet<String> {
    names.collect()
}

fn ambiguous(name: &str, what: &str, all: &BTreeSet<String>) -> RunError {
    let shown: Vec<String> = all.iter().map(|one| format!("`{one}`")).collect();
    RunError::usage(format!(
        "`{name}` could mean a run of any of {} {what}: {}",
        all.len(),
        shown.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::Exit;

    fn made(runs: &Path, job: &str, second: i64) -> RunDir {
        let now = Timestamp::from_second(1_800_000_000 + second).unwrap();
        let run = RunDir::create(runs, job, now).unwrap();
        fs::write(run.journal(), "x").unwrap();
        run
    }

    fn only(runs: &Path) -> RunsDirs {
        RunsDirs { here: runs.to_owned(), named: true, environment: Environment::default() }
    }

    #[test]
    fn a_run_is_found_by_every_name_people_use() {
        let dir = tempfile::tempdir().unwrap();
        let runs = dunce::canonicalize(dir.path()).unwrap().join("runs");
        let older = made(&runs, "night", 0);
        let newer = made(&runs, "night", 60);
        let found = |name: &str| only(&runs).find(name);
        assert_eq!(found(&older.id).unwrap(), older);
        assert_eq!(found(older.path.to_str().unwrap()).unwrap(), older);
        assert_eq!(found("latest").unwrap(), newer);
        assert_eq!(found("night@latest").unwrap(), newer);
        assert_eq!(newer.job(), "night");
        assert_eq!(found("nights@latest").unwrap_err().exit, Exit::Usage);
        let job = dir.path().join("night.toml");
        fs::write(&job, "operation = \"bulk-delete\"\nruns.dir = \"runs\"\n").unwrap();
        assert_eq!(found(job.to_str().unwrap()).unwrap(), newer);
    }

    #[test]
    fn latest_over_several_jobs_or_directories_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| dunce::canonicalize(dir.path()).unwrap().join(name));
        let mut runs = vec![made(&a, "night", 0), made(&a, "a-b", 1)];
        let error = choose(&runs, "latest").unwrap_err();
        assert!(error.message.contains("any of 2 jobs: `a-b`, `night`"), "{}", error.message);
        assert_eq!(error.hint.as_deref(), Some("the newest is `a-b@latest`"));
        runs.push(made(&b, "night", 2));
        let error = choose(&runs, "night@latest").unwrap_err();
        assert!(error.message.contains("any of 2 directories: "), "{}", error.message);
        assert_eq!(choose(&runs, &runs[2].id).unwrap(), Some(runs[2].clone()));
    }
}
