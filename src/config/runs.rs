//! The job's name, and where its runs are kept.

use std::path::PathBuf;

use super::asked::{Asked, Problem};
use super::units::number32;
use crate::model::settings::RunsSettings;
use crate::model::{Operation, RunError};

/// Room for the time and the random part beside it in a directory's name.
const LONGEST_NAME: usize = 100;

pub(super) fn runs(asked: &Asked<'_>) -> Result<RunsSettings, RunError> {
    let keep = |text: &str| number32(text, 0, 36_500);
    let keep_days = asked.read("runs.keep_days", asked.keys.runs.keep_days.as_ref(), keep)?;
    Ok(RunsSettings { dir: dir(asked)?, keep_days: keep_days.unwrap_or(30) })
}

/// `korebulk-runs` beside the job file; in the working directory for runs without one.
pub(super) fn dir(asked: &Asked<'_>) -> Result<PathBuf, RunError> {
    let named = asked.path("runs.dir", asked.keys.runs.dir.as_ref())?;
    Ok(named.unwrap_or_else(|| asked.base("runs.dir").join("korebulk-runs")))
}

/// `name`, else the job file's stem, else the operation.
pub(super) fn name(asked: &Asked<'_>, operation: Operation) -> Result<String, RunError> {
    if let Some(name) = asked.read("name", asked.keys.name.as_ref(), checked)? {
        return Ok(name);
    }
    let stem = asked.job.and_then(|job| job.path.file_stem()).and_then(|stem| stem.to_str());
    let Some(stem) = stem else { return Ok(operation.name().to_owned()) };
    let safe: String = stem.chars().map(|c| if is_safe(c) { c } else { '-' }).collect();
    checked(safe.trim_start_matches(['.', '-'])).map_err(|_| {
        asked
            .refuse("name", format!("`{stem}` cannot name a job"))
            .hint("write `name = \"nightly-cleanup\"` at the top of the job file")
    })
}

fn is_safe(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Safe as a file name and easy to type: it starts a run's directory.
fn checked(name: &str) -> Result<String, Problem> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(is_safe)
        && !name.starts_with(['.', '-']);
    if fits {
        return Ok(name.to_owned());
    }
    Err(Problem::new(
        format!("`{}` cannot name a job", name.escape_debug()),
        "a name has letters, digits, `-`, `_` and `.`, at most 100 of them, and starts with a letter, a digit or `_`",
    ))
}
