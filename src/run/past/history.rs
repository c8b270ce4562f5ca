//! What journals, and the audit where they are silent, say of earlier runs.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::incomplete::{self, MissingFromJournal};
use super::{taken_up, undone};
use crate::audit::chain;
use crate::journal::{Journal, Phase, fact};
use crate::model::{Exit, RunError};
use crate::report::history::Line;
use crate::run::run_dir::RunDir;
use crate::run::stored::stored_plan;

/// A line for each of these runs.
pub(crate) fn lines(runs: &[RunDir]) -> Vec<Line> {
    let mut lines: Vec<Line> = runs.iter().map(line).collect();
    name_from_the_audit(&mut lines);
    lines
}

fn line(dir: &RunDir) -> Line {
    let mut line = Line {
        run: dir.id.clone(),
        job: dir.job().to_owned(),
        operation: String::new(),
        host: String::new(),
        account: String::new(),
        // To the second, until the journal says more.
        started_at: dir.started().map(|at| at.to_string()).unwrap_or_default(),
        finished_at: None,
        duration_seconds: None,
        exit_code: None,
        state: "unreadable",
        ledger: None,
        parent_run: None,
        is_undo: false,
        undone_by: None,
        scrubbed_at: None,
        dir: dir.path.display().to_string(),
    };
    match Journal::open_to_read(&dir.journal()) {
        // A line that cannot be filled in says `unreadable`: one spoilt run hides no other.
        Ok(journal) => {
            if let Ok(Some(missing)) = MissingFromJournal::of(dir, &journal) {
                (line.state, line.ledger) = ("incomplete", missing.ledger);
            } else {
                drop(fill(&mut line, &journal));
                line.undone_by = undone::by(&journal, dir).ok().flatten().map(|undo| undo.id);
            }
        }
        Err(error) if error.is_busy() => line.state = "running",
        Err(error) if error.is_refused() && dir.journal().is_file() => line.state = "refused",
        Err(_) => {}
    }
    line
}

/// What is not in a journal is in the audit: nobody may read one that is being written, and one that lost its
/// log does not know what it is of.
fn name_from_the_audit(lines: &mut [Line]) {
    for line in lines.iter_mut().filter(|line| matches!(line.state, "running" | "incomplete")) {
        let runs = Path::new(&line.dir).parent().unwrap_or_else(|| Path::new("."));
        // Without an audit the table has less to say; it is no reason to have none.
        let begun = chain::begun(runs).unwrap_or_default();
        if let Some(begun) = begun.get(&line.run) {
            line.operation.clone_from(&begun.operation);
            let sandbox = begun.host == "sandbox";
            line.host = if sandbox { "SANDBOX".to_owned() } else { begun.host.clone() };
            line.account.clone_from(&begun.account);
        }
    }
}

fn fill(line: &mut Line, journal: &Journal) -> Result<(), RunError> {
    let phase = journal.phase()?;
    let operation = journal.get(fact::OPERATION)?;
    line.operation = operation.map_or_else(String::new, |operation| operation.name().to_owned());
    let finished_at = journal.get(fact::FINISHED_AT)?;
    if let Some(started) = journal.get(fact::STARTED_AT)? {
        line.started_at = started.to_string();
        line.duration_seconds = finished_at.and_then(|finished| took(started, finished));
    }
    line.finished_at = finished_at.map(|at| at.to_string());
    line.scrubbed_at = journal.get(fact::SCRUBBED_AT)?.map(|at| at.to_string());
    line.parent_run = journal.get(fact::PARENT_RUN)?;
    line.exit_code = journal.get(fact::EXIT)?.map(Exit::code);
    if let Ok(plan) = stored_plan(journal) {
        line.host = crate::run::view::host(&plan.target);
        line.account = plan.target.account_id;
        line.is_undo = plan.undoes.is_some();
    }
    line.ledger = Some(match journal.get(fact::LEDGER)? {
        Some(ledger) if phase == Phase::Finished => ledger,
        _ => journal.ledger(journal.get(fact::READ)?.unwrap_or(0))?,
    });
    line.state = match phase {
        Phase::Checked if line.exit_code.is_some() => "finished",
        Phase::Reading | Phase::Checked => "reading",
        Phase::Sending => "interrupted",
        Phase::Finished => "finished",
    };
    Ok(())
}

fn took(started: Timestamp, finished: Timestamp) -> Option<f64> {
    let took = Duration::try_from(finished.duration_since(started)).ok()?;
    Some(took.as_secs_f64())
}

/// What is in the journal beside the line.
pub(crate) fn more(line: &Line, dir: &RunDir) -> Result<Vec<(&'static str, String)>, RunError> {
    let mut more = Vec::new();
    if let Some(parent) = &line.parent_run {
        more.push((if line.is_undo { "undoes" } else { "retries" }, parent.clone()));
    }
    if let Some(undo) = &line.undone_by {
        more.push(("undone", format!("by {undo}")));
    }
    match line.state {
        "unreadable" | "running" => return Ok(more),
        "incomplete" => {
            let why = incomplete::open_to_read(dir).err();
            more.extend(why.map(|why| ("known", why.to_string())));
            return Ok(more);
        }
        _ => {}
    }
    let journal = incomplete::open_to_read(dir)?;
    more.extend(journal.get(fact::REASON)?.map(|reason| ("reason", reason)));
    let scrubbed = journal.get(fact::SCRUBBED_AT)?;
    more.extend(scrubbed.map(|at| ("scrubbed", at.to_string())));
    for later in super::retried::by(&journal, dir)? {
        more.push(("retried", format!("by {later}")));
    }
    more.extend(taken_up::from(&journal)?.into_iter().map(|run| ("input of", run)));
    for later in taken_up::by(&journal, dir)? {
        more.push(("taken up", format!("by {later}")));
    }
    let left = line.ledger.map_or(0, |ledger| ledger.unsent + ledger.unknown + ledger.failed);
    let kept = stored_plan(&journal).ok().and_then(|plan| dir.due(plan.runs.keep_days));
    if let (true, true, Some(due)) = (left > 0, dir.copy().is_file(), kept) {
        let until = due.strftime("%Y-%m-%d");
        more.push(("can go on", format!("until {until}, then its contact data is scrubbed")));
    }
    Ok(more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ledger, Operation};
    use crate::report::history::table;
    use crate::run::run_dir;

    /// A run that ended, as its journal has it.
    fn finished(runs: &Path, job: &str) -> RunDir {
        let dir =
            RunDir::create(runs, job, Timestamp::from_second(1_800_000_000).unwrap()).unwrap();
        let journal = Journal::create(&dir.journal()).unwrap();
        let ledger = Ledger { read: 5, succeeded: 5, ..Ledger::default() };
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        journal.set(fact::OPERATION, &Operation::BulkDelete).unwrap();
        journal.set(fact::STARTED_AT, &at("2027-01-15T08:00:00Z")).unwrap();
        journal.set(fact::FINISHED_AT, &at("2027-01-15T08:01:03.5Z")).unwrap();
        journal.set(fact::EXIT, &Exit::Finished).unwrap();
        journal.set(fact::LEDGER, &ledger).unwrap();
        journal.set_phase(Phase::Finished).unwrap();
        dir
    }

    #[test]
    fn a_thousand_runs_are_listed_each_with_its_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let first = finished(dir.path(), "night");
        for number in 0..999 {
            let id = format!("night-20270116T0000{:02}Z-{:04}", number % 60, number);
            let run = dir.path().join(id);
            std::fs::create_dir(&run).unwrap();
            std::fs::copy(first.journal(), run.join(run_dir::JOURNAL)).unwrap();
        }
        let lines = lines(&run_dir::all(dir.path()).unwrap());
        assert_eq!(lines.len(), 1000);
        assert!(lines.iter().all(|line| line.state == "finished"
            && line.ledger.is_some_and(|ledger| ledger.succeeded == 5)));
        assert!(lines.iter().all(|line| line.duration_seconds == Some(63.5)));
        assert_eq!(table(&lines).lines().count(), 2002);
    }
}
