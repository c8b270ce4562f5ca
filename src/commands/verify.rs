//! `runs --verify`: the audit's chain of hashes, and the reports of the runs against it.

use std::path::Path;

use crate::audit::chain::{self, Verified};
use crate::base::numbers::counted;
use crate::base::terminal;
use crate::journal::{Journal, Phase};
use crate::model::{Exit, RunError};
use crate::report::text::put;
use crate::run::audit::report_hash;
use crate::run::options::{OutputForm, RunsOptions};
use crate::run::past::incomplete;
use crate::run::run_dir;

/// Checks the audit of every runs directory that is looked into.
///
/// # Errors
/// Exit 2 when there is no audit.
pub(super) fn verify(how: &RunsOptions) -> Result<Exit, RunError> {
    let mut dirs = how.runs.all();
    if !how.runs.named {
        dirs.retain(|runs| runs.join(chain::FILE).is_file());
    }
    if dirs.is_empty() {
        dirs.push(how.runs.here.clone());
    }
    let mut exit = Exit::Finished;
    for runs in dirs {
        exit = exit.max(verify_one(&runs, how.form)?);
    }
    Ok(exit)
}

fn verify_one(runs: &Path, form: OutputForm) -> Result<Exit, RunError> {
    let file = runs.join(chain::FILE);
    let verified = chain::verify(runs)
        .map_err(|error| RunError::usage(format!("{}: cannot be read: {error}", file.display())))?;
    let verified = verified.ok_or_else(|| {
        RunError::usage(format!("{}: there is no audit yet", file.display()))
            .hint("name the runs directory with `--runs-dir` or `KOREBULK_RUNS_DIR`")
    })?;
    let wrong = match &verified.broken {
        Some((line, what)) => vec![format!("line {line} {what}")],
        None => differing(runs, &verified)?,
    };
    terminal::print(&match form {
        OutputForm::Json => {
            let json = serde_json::json!({
                "file": file, "good": wrong.is_empty(), "lines": verified.lines, "wrong": wrong,
                "open": verified.open,
            });
            format!("{json}\n")
        }
        OutputForm::Text => words(runs, &file.to_string_lossy(), &verified, &wrong),
    })?;
    Ok(if wrong.is_empty() { Exit::Finished } else { Exit::SomeFailed })
}

fn words(runs: &Path, file: &str, verified: &Verified, wrong: &[String]) -> String {
    let file = terminal::line(file);
    let mut text = String::new();
    for what in wrong {
        put!(text, "{file}: {what}\n");
    }
    if !wrong.is_empty() {
        return text;
    }
    let lines = counted(verified.lines, "line");
    put!(
        text,
        "{file}: {lines}, each follows the one before; the reports are those that were written\n"
    );
    for run in &verified.open {
        put!(text, "run {run} began, and {}\n", without_end(runs, run));
    }
    text
}

/// What is known of a run that began and of whose end there is no line.
fn without_end(runs: &Path, run: &str) -> &'static str {
    let journal = Journal::open_to_read(&runs.join(run).join(run_dir::JOURNAL));
    match journal.and_then(|journal| journal.phase()) {
        Ok(Phase::Reading | Phase::Checked) => "was killed before it sent anything",
        Ok(Phase::Sending | Phase::Finished) => "no line says that it ended: it was killed",
        Err(error) if error.is_busy() => "no line says that it ended: it goes on",
        Err(_) => "no line says that it ended: it goes on or was killed",
    }
}

/// Reports that are not those of the audit, and finished runs of which it has no end.
fn differing(runs: &Path, verified: &Verified) -> Result<Vec<String>, RunError> {
    let mut wrong = Vec::new();
    for run in run_dir::all(runs)? {
        let journal = incomplete::open_to_read(&run);
        let phase = journal.and_then(|journal| journal.phase()).ok();
        let finished = phase == Some(Phase::Finished);
        if finished && !verified.ended.contains(&run.id) {
            wrong.push(format!("run {} ended, and no line says so", run.id));
        } else if phase >= Some(Phase::Sending) && !verified.begun.contains(&run.id) {
            wrong.push(format!("run {} began to send, and no line says so", run.id));
        }
        match (verified.reports.get(&run.id), report_hash(&run)) {
            (Some(noted), Some(found)) if *noted != found => {
                wrong.push(format!("the report of run {} was changed since", run.id));
            }
            (Some(_), None) if finished => {
                wrong.push(format!("the report of run {} is gone", run.id));
            }
            _ => {}
        }
    }
    Ok(wrong)
}
