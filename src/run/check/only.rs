//! The contacts that are wanted of a run: ids, and files that hold some.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::except;
use crate::config::Plan;
use crate::map::{Except, ExceptReader};
use crate::model::settings::ExceptSettings;
use crate::model::{Cells, Moment, Row, RunError, Source};

/// Reads what was typed; `None` where nothing was.
///
/// # Errors
/// Exit 2 for a file that holds no ids, and for what is neither a file nor an id.
pub(crate) fn read(plan: &Plan, typed: &[String]) -> Result<Option<Arc<Except>>, RunError> {
    if typed.is_empty() {
        return Ok(None);
    }
    let (files, ids): (Vec<&String>, Vec<&String>) =
        typed.iter().partition(|word| Path::new(word.as_str()).is_file());
    let mut of_files = plan.clone();
    let absolute =
        |file: &&String| std::path::absolute(file).unwrap_or_else(|_| PathBuf::from(file));
    let paths = files.iter().map(|file| absolute(file).to_string_lossy().into_owned());
    of_files.except = ExceptSettings { paths: paths.collect(), ..plan.except.clone() };
    of_files.guard.max_input_age = None;
    let usage = |error: RunError| {
        let message = error.message.replace("a list of `input.except`", "what `--only` names");
        RunError { exit: crate::model::Exit::Usage, message, ..error }
    };
    let lists = except::read(&of_files, &Moment::now()).map_err(usage)?;
    if let Some((file, line)) = lists.except.by_phone_alone() {
        return Err(no_phones(&format!("`{file}` row {line}")));
    }
    if ids.is_empty() {
        return Ok(Some(lists.except));
    }
    let mut reader = ExceptReader::beside(&plan.map, &lists.except);
    reader.open(&Source {
        file: "--only".to_owned(),
        sheet: None,
        header: vec!["id".to_owned()],
        sha256: String::new(),
        detected: String::new(),
    });
    let ids_typed = ids.clone();
    for (line, id) in (1..).zip(ids) {
        let text = serde_json::json!({ "id": id }).to_string();
        let row = Row { line, cells: Cells::Object(text), ..Row::default() };
        reader.row(&row).map_err(|_| {
            RunError::usage(format!("`--only {id}`: there is no such file, and it is no id"))
        })?;
    }
    let only = reader.finish();
    if let Some((_, line)) = only.by_phone_alone() {
        let typed = ids_typed.get(usize::try_from(line).unwrap_or(0).saturating_sub(1));
        return Err(no_phones(&format!("`--only {}`", typed.map_or("", |id| id.as_str()))));
    }
    Ok(Some(only))
}

fn no_phones(place: &str) -> RunError {
    RunError::usage(format!("{place}: a phone number; `--only` takes ids of contacts"))
        .hint("the ids are in the run's report.json, and `korebulk export` writes ids and numbers")
}
