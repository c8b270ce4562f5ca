//! `resume`: sends exactly what a run left unknown or unsent, from its stored plan and kept copy.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::error;

use super::access::Access;
use super::audit::Begun;
use super::estimate::Estimate;
use super::except;
use super::options::{AgainOptions, RunOptions, Screen};
use super::outbox::Effort;
use super::person::person;
use super::place::{self, RunDir};
use super::retried::Retried;
use super::run::{block_on, close, lock, note_in_audit};
use super::session::Session;
use super::settle::settle;
use super::signals::Signals;
use super::stored::{Stored, same_job, stored_plan};
use crate::audit::chain::{Event, hash_of};
use crate::base::terminal;
use crate::config::{self, Plan};
use crate::journal::{JobLock, Journal, Phase, fact};
use crate::load::{InputPath, expand};
use crate::model::{Exit, Moment, RunError, Source};

/// Older runs are asked about: others may have changed the contacts meanwhile.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Finishes a run.
///
/// # Errors
/// Exit 2 when there is nothing that could be resumed, 3 when nobody confirms an old run.
pub fn resume(run: &str, how: AgainOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let dir = how.runs.find(run)?;
        let plan = stored_plan(&Journal::open_to_read(&dir.journal())?)?;
        let lock = lock(&plan, &mut signals).await?;
        let plan = config::amend(plan, &how.over, &how.environment)?;
        let screen = how.screen;
        let amended = Amended { plan, yes: how.yes, reason: how.reason };
        go_on(dir, amended, &screen, &lock, &mut signals).await
    })
}

/// Finishes the interrupted run of a job that `run --or-resume` found, with today's limits and credentials.
pub(crate) async fn instead(
    dir: RunDir,
    today: Plan,
    how: RunOptions,
    lock: &JobLock,
    signals: &mut Signals,
) -> Result<Exit, RunError> {
    let journal = Journal::open_to_read(&dir.journal())?;
    let unread = unread(&today, &journal.sources()?);
    let plan = config::renew(stored_plan(&journal)?, today);
    drop(journal);
    let amended = Amended { plan, yes: true, reason: how.reason };
    let exit = go_on(dir, amended, &how.screen, lock, signals).await?;
    for file in unread {
        error!(
            file,
            "not read: the interrupted run was gone on with in its place; run the job again"
        );
    }
    Ok(exit)
}

/// The files of today's job that the interrupted run has not read, or not as they are now.
fn unread(today: &Plan, sources: &[Source]) -> Vec<String> {
    // Where today's file is missing, there is nothing that could be forgotten.
    let files = expand(&today.input, &Moment::now()).unwrap_or_default();
    let same = |file: &InputPath| {
        let hash = file.path().map(|path| File::open(path).and_then(hash_of));
        sources.iter().any(|source| {
            source.file == file.shown()
                && hash.as_ref().is_none_or(|h| h.as_ref().ok() == Some(&source.sha256))
        })
    };
    files.iter().filter(|file| !same(file)).map(|file| file.shown().to_owned()).collect()
}

/// The newest run of this job that was interrupted and can be finished. Runs that sent nothing do not count.
pub(crate) fn interrupted(plan: &Plan) -> Result<Option<RunDir>, RunError> {
    if !plan.runs.dir.is_dir() {
        return Ok(None);
    }
    let runs = place::all(&plan.runs.dir)?.into_iter().rev();
    for run in runs.filter(|run| run.job() == plan.name) {
        let journal = Journal::open_to_read(&run.journal())?;
        let left = match journal.phase()? {
            Phase::Reading | Phase::Checked => continue,
            Phase::Sending => true,
            Phase::Finished => {
                let exit = journal.get(fact::EXIT)?;
                matches!(exit, Some(Exit::Stopped | Exit::NeedsPerson | Exit::Internal))
            }
        };
        // What was retried is no longer this run's to finish.
        let left = left && Retried::of(&journal, &run)?.is_empty() && run.copy().is_file();
        if left && !same_job(plan, &stored_plan(&journal)?) {
            continue;
        }
        return Ok(left.then_some(run));
    }
    Ok(None)
}

/// What is given for a run that is taken up again.
pub(crate) struct Amended {
    /// With limits and credentials given anew.
    pub(crate) plan: Plan,
    /// `--yes`
    pub(crate) yes: bool,
    /// `--reason`
    pub(crate) reason: Option<String>,
}

/// Goes on with a run.
pub(crate) async fn go_on(
    dir: RunDir,
    amended: Amended,
    screen: &Screen,
    lock: &JobLock,
    signals: &mut Signals,
) -> Result<Exit, RunError> {
    let journal = settled(&dir)?;
    lock.note(&dir.id);
    let Amended { plan, yes, reason } = amended;
    if journal.phase()? < Phase::Sending {
        let parent = journal.get(fact::PARENT_RUN)?;
        let again = parent.map_or_else(|| "run".to_owned(), |parent| format!("retry {parent}"));
        return Err(RunError::usage("nothing of this run was sent")
            .hint(format!("start it again with `korebulk {again}`")));
    }
    journal.recover()?;
    let stored = Stored::of(&journal)?;
    let mut to_send = journal.unsettled(stored.read)?;
    Retried::of(&journal, &dir)?.take_from(&mut to_send, "resume")?;
    if to_send.is_empty() && journal.phase()? == Phase::Finished {
        return nothing_left(&journal, &dir);
    }
    super::window::open(&plan, &Moment::now())?;
    confirm(&stored, yes, signals).await?;
    if !dir.copy().is_file() {
        return Err(RunError::usage(format!(
            "{}: the kept copy of the input is gone",
            dir.path.display()
        ))
        .hint("it is scrubbed after `[runs] keep_days`; run the job again"));
    }
    except::take_from(&mut to_send, &plan, &stored, &dir, &journal)?;
    let mut mappers = stored.mappers(&plan, &Arc::default())?;
    let access = match plan.target.is_sandbox() {
        true => Access::to_sandbox(&plan, &dir, &mut mappers)?,
        false => Access::to(&plan, signals).await?,
    };
    let marks = journal.marks()?;
    let begun = Begun {
        event: Event::Resume,
        sources: stored.sources.clone(),
        read: stored.read,
        would_send: to_send.len(),
        yes,
        reason,
        parent: None,
    };
    note_in_audit(&plan, &dir, begun, signals).await?;
    let known_batch_size = super::learned::batch_size(&plan);
    let estimate = Estimate::of(plan.operation, &plan.limits, to_send.len(), 0, known_batch_size);
    let session = Session {
        plan: &plan,
        run: &dir,
        journal,
        mappers,
        read: stored.read,
        to_send,
        marks,
        estimate,
        known_batch_size,
        screen: *screen,
    };
    let end = session.send(&access, signals).await?;
    Ok(close(&plan, &dir, end, &stored.sources, &stored.rows, stored.read, *screen))
}

/// Its journal, once what is left of its last end is done: the audit's lines have their order.
fn settled(dir: &RunDir) -> Result<Journal, RunError> {
    settle(dir, Effort::Again)?;
    Ok(Journal::open(&dir.journal())?)
}

/// A finished run says so again, with the exit code it had.
pub(crate) fn nothing_left(journal: &Journal, dir: &RunDir) -> Result<Exit, RunError> {
    let exit = journal.get(fact::EXIT)?.unwrap_or(Exit::Finished);
    let stopped = journal.get(fact::STOPPED)?;
    let plan = stored_plan(journal)?;
    let ledger = journal.get(fact::LEDGER)?.unwrap_or_default();
    let verdict = crate::report::words::verdict(exit, stopped.as_ref(), plan.operation, &ledger);
    terminal::say(&format!(
        "Nothing of this run is left to send. {verdict}\n{}\n",
        terminal::line(&dir.path.to_string_lossy())
    ));
    Ok(exit)
}

async fn confirm(stored: &Stored, yes: bool, signals: &mut Signals) -> Result<(), RunError> {
    let age = Timestamp::now().duration_since(stored.started_at);
    if yes || age < A_DAY {
        return Ok(());
    }
    let age = crate::base::numbers::time(Duration::try_from(age).unwrap_or_default());
    let what = format!("this run began {age} ago; others may have changed the contacts meanwhile");
    let refused = RunError::new(Exit::Guarded, format!("{what}; nothing was sent"))
        .hint("say `--yes` to go on");
    if !terminal::can_ask() {
        return Err(refused);
    }
    let asking = async move {
        let typed = person().line(&format!("{what}. Type yes to go on: "))?;
        if typed.eq_ignore_ascii_case("yes") { Ok(()) } else { Err(refused) }
    };
    signals.unless_told(asking).await
}
