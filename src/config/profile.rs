//! Profiles: a name for an account, with all that reaches it. They are in `profiles.toml` of the user and of the machine.
//!
//! Pure: the files were read before. A profile is one more layer of a job, below the job file.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::environment::ProfilesFile;
use super::job::{JobFile, broken};
use super::plan::Plan;
use super::rows::setting;
use super::units;
use super::values::Value;
use super::walk::{Source, walk_target};
use crate::base::nearest::nearest;
use crate::model::RunError;

/// A profile as written, its keys those of `[target]`.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) file: JobFile,
    pub(super) protected: bool,
}

/// Checks the name of a profile that is to be written.
pub fn profile_name(text: &str) -> Result<String, RunError> {
    units::profile_name(text).map_err(|problem| {
        RunError::usage(format!("`{text}`: {}", problem.text)).hint(problem.hint)
    })
}

/// Whether a setting takes this text.
///
/// # Errors
/// Why not.
pub fn accepts(key: &str, text: &str) -> Result<(), RunError> {
    let setting = setting(key).expect("it is in the settings table");
    let set = setting.set(&mut Plan::blank(), &Value::Text(text.to_owned()), Path::new("/"));
    set.map_err(|problem| RunError::usage(problem.text).hint(problem.hint))
}

/// The profile of this name: the first file that has it counts, whole.
pub(super) fn find(name: &str, files: &[ProfilesFile]) -> Result<Option<Written>, RunError> {
    for file in files {
        let text = file.text.as_ref().map_err(|why| {
            RunError::usage(format!("{}: cannot be read: {why}", file.path.display()))
        })?;
        let source = Source { text, path: &file.path };
        let document = DeTable::parse(text).map_err(|error| broken(&source, &error))?;
        for (key, node) in document.get_ref() {
            if key.get_ref() != name {
                continue;
            }
            let DeValue::Table(table) = node.get_ref() else {
                let table = format!("`{name}` is a table");
                let hint = format!("write `[{name}]` on a line of its own, its keys below");
                return Err(source.error(key.span().start, &table).hint(hint));
            };
            let (values, lines, protected) = walk_target(&source, name, table)?;
            let file = JobFile { path: file.path.clone(), values, lines };
            return Ok(Some(Written { name: name.to_owned(), file, protected }));
        }
    }
    Ok(None)
}

/// An error for a profile that no file has.
pub(super) fn unknown(place: &str, name: &str, files: &[ProfilesFile]) -> RunError {
    let mut known: Vec<String> = files.iter().flat_map(names).collect();
    known.sort();
    known.dedup();
    let error = RunError::usage(format!("{place}: there is no profile `{name}`"));
    error.hint(match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("`korebulk login {name}` writes it"),
        None => {
            format!("there are `{}`; `korebulk login {name}` writes another", known.join("`, `"))
        }
    })
}

fn names(file: &ProfilesFile) -> Vec<String> {
    let parsed = file.text.as_deref().ok().and_then(|text| DeTable::parse(text).ok());
    let names = parsed.iter().flat_map(|document| document.get_ref().keys());
    names.map(|name| name.get_ref().to_string()).collect()
}

/// The text of a file with this profile in it, and whether it takes the place of one of that name; `table` is its keys
/// and values.
///
/// # Errors
/// Exit 2 where the file cannot be read, or another profile of it would change.
pub fn written_into(
    file: Option<&ProfilesFile>,
    name: &str,
    table: &str,
) -> Result<(String, bool), RunError> {
    let Some(ProfilesFile { path, text: before }) = file else {
        return Ok((
            format!(
                "# Profiles of korebulk: `korebulk login NAME` writes one.\n\n[{name}]\n{table}"
            ),
            false,
        ));
    };
    let refused = |why: &str, hint: &str| {
        Err(RunError::usage(format!("{}: {why}", path.display())).hint(hint))
    };
    let before = match before {
        Ok(before) => before,
        Err(why) => return refused(why, "set it right first"),
    };
    let Some((known, rest)) = others(before, name) else {
        return refused("this is no TOML", "set it right first");
    };
    let mut text = without(before, name);
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    text.extend(["[", name, "]\n", table]);
    match others(&text, name) {
        Some((_, left)) if left == rest => Ok((text, known)),
        _ => refused(
            &format!("`[{name}]` cannot be replaced without a change to what is around it"),
            "take it out of the file, and try again",
        ),
    }
}

/// A file's lines without the table of this name, as they are mostly written: its header on a line of its own.
fn without(text: &str, name: &str) -> String {
    let mut inside = false;
    let mut others = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if let Some(header) = line.trim().strip_prefix('[') {
            inside = header.strip_suffix(']').is_some_and(|header| header.trim() == name);
        }
        if !inside {
            others.push_str(line);
        }
    }
    others
}

/// Whether a file has a profile of this name, and what every other one in it says. `None` for a file that is no TOML.
fn others(text: &str, name: &str) -> Option<(bool, Vec<String>)> {
    let document = DeTable::parse(text).ok()?;
    let is_it = |key: &str| key == name;
    let others = document.get_ref().iter().filter(|(key, _)| !is_it(key.get_ref()));
    let mut shown: Vec<String> =
        others.map(|(key, node)| format!("{} {}", key.get_ref(), plain(node.get_ref()))).collect();
    shown.sort();
    Some((document.get_ref().keys().any(|key| is_it(key.get_ref())), shown))
}

/// A value without the places where its parts are.
fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref()) + ",").collect(),
        DeValue::Table(table) => {
            let parts = table.iter().map(|(key, node)| (key.get_ref(), plain(node.get_ref())));
            format!("{:?}", parts.collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    }
}
