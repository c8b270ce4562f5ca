//! `init`: writes a job file for an input, its columns guessed. Sends nothing and looks at no credential.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::base::terminal;
use crate::config::{JOB_SCHEMA, Plan, schema};
use crate::model::{Exit, RunError};
use crate::run::block_on;
use crate::run::draft::draft;
use crate::run::options::InitOptions;
use crate::run::signals::Signals;

/// Writes a job file for the input of `plan`, which holds what was typed.
///
/// # Errors
/// Exit 2 for a file that cannot be used, a job file that is there already, and what only a person
/// can decide when there is none.
pub fn init(plan: Plan, how: InitOptions) -> Result<Exit, RunError> {
    block_on(async {
        Signals::listen()?.unless_signalled(async move { drafted(plan, &how) }).await
    })
}

fn drafted(mut plan: Plan, how: &InitOptions) -> Result<Exit, RunError> {
    let out = how.out.clone().unwrap_or_else(|| default_out(&plan.input.paths));
    let path = how.directory.join(&out);
    if path.exists() {
        return Err(there_already(&out));
    }
    let draft = draft(&mut plan, &out, &how.directory)?;
    write(&path, &out, &draft.text())?;
    beside(&path);
    terminal::say(&draft.summary());
    Ok(Exit::Finished)
}

/// `<stem>.toml` in the working directory, its name such as a job may have.
fn default_out(paths: &[String]) -> PathBuf {
    let name = paths.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
    let name = name.to_string_lossy();
    let packed = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
    let name = packed.unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let stem: String = stem.chars().map(|c| if safe(c) { c } else { '-' }).take(100).collect();
    let stem = stem.trim_matches(['-', '.']);
    PathBuf::from(format!("{}.toml", if stem.is_empty() { "job" } else { stem }))
}

/// The schema for editors. Where it is there, or cannot be written, the job file is none the worse.
fn beside(job: &Path) {
    let _ = whole(&job.with_file_name(JOB_SCHEMA), &format!("{:#}\n", schema()));
}

fn there_already(out: &Path) -> RunError {
    RunError::usage(format!("{}: is there already, and `init` writes over no file", out.display()))
        .hint("name another one with `--out`")
}

fn write(path: &Path, out: &Path, text: &str) -> Result<(), RunError> {
    whole(path, text).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there_already(out),
        _ => RunError::usage(format!("{}: cannot be written: {error}", out.display())),
    })
}

/// A new file with this text, or none.
fn whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| drop(fs::remove_file(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_file_is_named_after_the_input() {
        let named = |path: &str| default_out(&[path.to_owned()]).display().to_string();
        assert_eq!(named("exports/Contacts März.xlsx"), "Contacts-M-rz.toml");
        assert_eq!(named("a.csv.gz"), "a.toml");
        assert_eq!(named(".csv"), "job.toml");
        assert_eq!(named("contacts"), "contacts.toml");
    }
}
