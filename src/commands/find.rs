//! `find`: which runs touched a contact, when, and with what answer.

use jiff::Timestamp;

use crate::base::numbers::{counted, thousands};
use crate::base::terminal;
use crate::model::{Exit, RunError};
use crate::run::close::outbox::Effort;
use crate::run::options::{FindOptions, OutputForm};
use crate::run::past::settle::settle_all;
use crate::run::past::touches::{Touch, in_run};

/// Looks for a contact in every run of a directory.
///
/// # Errors
/// Exit 2 when the runs cannot be read. Where one of them cannot, that is said and is the exit: somebody may be in it.
pub fn find(id: &str, how: &FindOptions) -> Result<Exit, RunError> {
    let (mut touches, mut notes): (Vec<Touch>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut unread, mut exit) = (0, Exit::Finished);
    let runs = how.runs.runs()?;
    settle_all(&runs, Effort::Once);
    for run in &runs {
        match in_run(run, id, &mut touches) {
            Ok(true) => {}
            Ok(false) => notes.push(format!(
                "run {} was not finished: what it had under way is not listed by id until it is resumed",
                run.id
            )),
            Err(error) => {
                unread += 1;
                exit = exit.max(error.exit);
                notes.push(format!("run {}: {}", run.id, error.message));
            }
        }
    }
    // The names of runs tell seconds; a retry may follow sooner.
    touches.sort_by_cached_key(|touch| touch.started_at.parse::<Timestamp>().ok());
    terminal::print(&match how.form {
        OutputForm::Json => serde_json::to_string(&touches).unwrap_or_default() + "\n",
        OutputForm::Text if touches.is_empty() => {
            let looked_at = counted(runs.len() as u64 - unread, "run");
            let unread = match unread {
                0 => String::new(),
                unread => format!(", {} not read", thousands(unread)),
            };
            format!("no run names `{}` ({looked_at} looked at{unread})\n", terminal::line(id))
        }
        OutputForm::Text => touches.iter().map(ToString::to_string).collect(),
    })?;
    for note in notes {
        terminal::say(&format!("{}\n", terminal::line(&note)));
    }
    Ok(exit)
}
