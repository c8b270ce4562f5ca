//! `find`: which runs touched a contact, when, and with what answer.

use jiff::Timestamp;

use crate::base::numbers::counted;
use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::run::close::outbox::Effort;
use crate::run::options::{FindOptions, OutputForm};
use crate::run::past::settle::settle_all;
use crate::run::past::touches::{Touch, in_run};

/// Looks for a contact in every run of a directory.
///
/// # Errors
/// Exit 2 when the runs cannot be read.
pub fn find(id: &str, how: &FindOptions) -> Result<Exit, RunError> {
    let (mut touches, mut notes): (Vec<Touch>, Vec<String>) = (Vec::new(), Vec::new());
    let runs = how.runs.runs()?;
    settle_all(&runs, Effort::Once);
    for run in &runs {
        match in_run(run, id, &mut touches) {
            Ok(true) => {}
            Ok(false) => notes.push(format!(
                "run {} was not finished: what it had under way is not listed by id until it is resumed",
                run.id
            )),
            Err(error) => notes.push(format!("run {}: {}", run.id, error.message)),
        }
    }
    // The names of runs tell seconds; a retry may follow sooner.
    touches.sort_by_cached_key(|touch| touch.started_at.parse::<Timestamp>().ok());
    terminal::print(&match how.form {
        OutputForm::Json => serde_json::to_string(&touches).unwrap_or_default() + "\n",
        OutputForm::Text if touches.is_empty() => {
            let looked_at = counted(runs.len() as u64, "run");
            format!("no run names `{}` ({looked_at} looked at)\n", terminal::line(id))
        }
        OutputForm::Text => touches.iter().map(ToString::to_string).collect(),
    })?;
    for note in notes {
        terminal::say(&format!("{}\n", terminal::line(&note)));
    }
    Ok(Exit::Finished)
}
