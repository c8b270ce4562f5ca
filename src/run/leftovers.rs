//! What a person has to say of rows that were not matched: where the files lie, and the commands that take them.
//!
//! Those of a run lie in its directory. Those of a plan, which has none, lie beside the runs and bear the job's name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::base::{private, terminal};
use crate::config::{self, Plan};
use crate::map::is_field;
use crate::model::RunError;
use crate::model::outcome_file::is_own_column;
use crate::report::files::review::NAMES;
use crate::report::words::GoOn;

const SALUTATION: &str = "salutation";
/// Behind the job's name in the files of the plan before.
const BEFORE: &str = ".before";

/// Adds the commands that take the files, which `path` finds by their names.
pub(crate) fn go_on(plan: &Plan, path: impl Fn(&str) -> PathBuf, go_on: &mut GoOn) {
    let there = |names: &[&str]| {
        let paths = names.iter().map(|name| path(name));
        let paths = paths.filter(|path| path.is_file()).map(|path| path.display().to_string());
        paths.collect::<Vec<String>>()
    };
    let review = there(&["review.xlsx", "review.jsonl"]);
    let review = if review.is_empty() { there(&["review.csv"]) } else { review };
    go_on.decided = (!review.is_empty()).then(|| config::command_for(plan, &review));
    let unmatched = there(&["unmatched.csv", "unmatched.jsonl"]);
    go_on.created = (!unmatched.is_empty()).then(|| created(plan, &unmatched));
}

/// The command that creates what nobody has, and the field that it lacks.
fn created(plan: &Plan, files: &[String]) -> (String, Option<&'static str>) {
    let (mut columns, mut constants, mut missing) = (Vec::new(), Vec::new(), None);
    for file in files {
        let file = Path::new(file);
        if file.extension().is_some_and(|ending| ending == "csv") {
            let table = Unmatched::read(file);
            columns.extend(table.own);
            missing = table.lacks_salutation.then_some(SALUTATION);
        } else {
            columns.extend(plan.map.columns.clone());
            constants.extend(plan.map.defaults.clone());
        }
    }
    (config::command_to_create(plan, files, &columns, &constants), missing)
}

/// What is known of a table of rows that nobody has.
#[derive(Default)]
struct Unmatched {
    /// Columns of the user's own fields, each called as its field.
    own: Vec<(String, String)>,
    /// The first row has no salutation: no column feeds it.
    lacks_salutation: bool,
}

impl Unmatched {
    fn read(path: &Path) -> Self {
        let Ok(mut table) = csv::Reader::from_path(path) else { return Self::default() };
        let Ok(header) = table.headers().cloned() else { return Self::default() };
        let is_own = |name: &&str| !is_field(name) && !is_own_column(name);
        let own = header.iter().filter(is_own).map(|name| (name.to_owned(), name.to_owned()));
        let column = header.iter().position(|name| name == SALUTATION);
        let first = table.records().next().and_then(Result::ok);
        let is_blank =
            |(column, row): (usize, csv::StringRecord)| row.get(column).is_none_or(str::is_empty);
        Self { own: own.collect(), lacks_salutation: column.zip(first).is_some_and(is_blank) }
    }
}

/// Where a plan's file of that name lies.
pub(crate) fn of_plan(runs: &Path, job: &str, name: &str) -> PathBuf {
    runs.join(format!("{job}.{name}"))
}

/// Puts the files that a plan wrote into `dir` beside the runs. Those of the job's plan before may hold what a person has
/// chosen: they are renamed, and where this plan has `read` one of them (whole paths), all stay as they are.
///
/// # Errors
/// Those of the disk.
pub(crate) fn keep(dir: &Path, runs: &Path, job: &str, read: &[PathBuf]) -> io::Result<()> {
    let is_read = |path: &Path| dunce::canonicalize(path).is_ok_and(|path| read.contains(&path));
    if NAMES.iter().any(|name| is_read(&of_plan(runs, job, name))) {
        return Ok(());
    }
    for name in NAMES {
        let (to, before) =
            (of_plan(runs, job, name), of_plan(runs, &format!("{job}{BEFORE}"), name));
        if to.is_file() {
            private::rename(&to, &before)?;
            if name.starts_with("review") {
                let at = before.display().to_string();
                terminal::say(&format!(
                    "what you chose after the plan before: {}\n",
                    terminal::line(&at)
                ));
            }
        }
        let from = dir.join(name);
        if from.is_file() {
            private::rename(&from, &to)?;
        }
    }
    Ok(())
}

/// The files of plans below `runs` that are older than that; of one job, where one is named.
pub(crate) fn older_than(runs: &Path, days: u32, job: Option<&str>) -> Vec<PathBuf> {
    let age = Duration::from_hours(24 * u64::from(days));
    let is_old = |path: &Path| {
        let modified = fs::symlink_metadata(path).and_then(|found| found.modified());
        let since = |at| SystemTime::now().duration_since(at).unwrap_or_default();
        modified.is_ok_and(|at| since(at) >= age)
    };
    let is_of = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let jobs = NAMES.iter().filter_map(|ending| name.strip_suffix(ending)?.strip_suffix('.'));
        jobs.into_iter()
            .any(|of| job.is_none_or(|job| job == of.strip_suffix(BEFORE).unwrap_or(of)))
    };
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.retain(|path| is_of(path) && is_old(path));
    found.sort_unstable();
    found
}

/// Removes one of them.
///
/// # Errors
/// Exit 70 when the disk refuses.
pub(crate) fn remove(file: &Path) -> Result<(), RunError> {
    private::remove(file).map_err(|error| {
        RunError::internal(format!("{}: cannot be removed: {error}", file.display()))
    })
}
