//! `undo`: what a run changed is put back where nobody else has changed it since; a run of its own.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::base::shell::quoted;
use crate::base::terminal;
use crate::config::{self, Plan};
use crate::journal::{Holder, Journal, Phase, fact};
use crate::map::Except;
use crate::model::settings::Values;
use crate::model::{Effect, Exit, IdKind, Moment, RunError};
use crate::report::diff::DiffFile;
use crate::run::check::only;
use crate::run::check::rows::Rows;
use crate::run::check::survey::Survey;
use crate::run::check::undone::UndoneRows;
use crate::run::close::outbox::Effort;
use crate::run::environment::state_dirs;
use crate::run::open::Locked;
use crate::run::options::{OutputForm, RunOptions, Screen, UndoOptions};
use crate::run::past::incomplete;
use crate::run::past::retried::sent_nothing;
use crate::run::past::settle::settle;
use crate::run::past::undone;
use crate::run::person::person;
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::run::stored::{never_sent, scrubbed, stored_plan};
use crate::run::{self, block_on, learned, view};

/// Takes back what run `run` did.
///
/// # Errors
/// Exit 2 for a run that cannot be taken back; 3 where nobody confirms it; 75 while it goes on and cannot be stopped.
pub fn undo(run: &str, how: UndoOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let parent = meant(how.again.runs.find(run)?, run)?;
        if let Some((_, other)) = undone::belongs_to(&parent) {
            terminal::say(&format!(
                "takes back run {} alone; run {} belongs to it, and is taken back by itself\n",
                parent.id, other.id
            ));
        }
        if !how.dry_run {
            stopped_first(&parent, how.again.yes, &mut signals).await?;
        }
        let (dir, asked) = (parent.clone(), how.clone());
        let opening = async move { opened(&dir, &asked) };
        let (plan, journal, only) = signals.unless_signalled(opening).await?;
        let mut undoing = config::undoing(plan.clone(), &parent.id);
        parent.runs().clone_into(&mut undoing.runs.dir);
        let undoing = config::amend(undoing, &how.again.over, &how.again.environment)?;
        if how.dry_run {
            let rows = Rows::Undone(Box::new(UndoneRows::of(&parent, journal, &plan, only)?));
            return shown(&undoing, rows, &how, &mut signals).await;
        }
        drop(journal);
        read_back_first(&parent, &plan, &how, &mut signals).await?;
        // The lock is taken before anything is read: nobody goes on with the run meanwhile.
        let locked = Locked::new(undoing, how.of_the_run(), &mut signals).await?;
        let dir = parent.clone();
        let reading = async move {
            settle(&dir, Effort::Again)?;
            let journal = incomplete::open(&dir)?;
            journal.recover()?;
            UndoneRows::of(&dir, journal, &plan, only)
        };
        let rows = signals.unless_signalled(reading).await?;
        let rows = Rows::Undone(Box::new(rows));
        run::whole(locked.open_over(parent, rows, &mut signals).await?, &mut signals).await
    })
}

/// The latest run of a job may be an undo that was refused: it took nothing back, and the run that it was of is meant.
fn meant(found: RunDir, name: &str) -> Result<RunDir, RunError> {
    let is_named = found.id == name || RunDir::at(Path::new(name)).is_some();
    let mut run = found;
    while !is_named && sent_nothing(&run) {
        let journal = incomplete::open_to_read(&run)?;
        match journal.get(fact::PARENT_RUN)? {
            Some(parent) if stored_plan(&journal)?.undoes.is_some() => run = run.beside(&parent),
            _ => break,
        }
    }
    match !is_named && is_undo_with_a_rest(&run)? {
        true => {
            let message = format!(
                "run `{}` of this job is an undo that has not come to its end; nothing was sent",
                run.id
            );
            Err(RunError::new(Exit::Guarded, message).hint(format!(
                "go on with it: `korebulk resume {0}`; take back what it did: `korebulk undo {0}`",
                quoted(&run.path.to_string_lossy())
            )))
        }
        false => Ok(run),
    }
}

/// Whether something of an undo is left to be sent: whoever repeats the command that was stopped means that, and not the contrary.
fn is_undo_with_a_rest(run: &RunDir) -> Result<bool, RunError> {
    let Ok(journal) = incomplete::open_to_read(run) else { return Ok(false) };
    if stored_plan(&journal)?.undoes.is_none() || journal.phase()? < Phase::Sending {
        return Ok(false);
    }
    let read = journal.get(fact::READ)?.unwrap_or_default();
    Ok(journal.phase()? == Phase::Sending || !journal.unsettled(read)?.is_empty())
}

/// How long a run may take to stop: its grace, and its last request.
const PATIENCE: Duration = Duration::from_mins(3);

/// A run that still goes on is stopped.
async fn stopped_first(parent: &RunDir, yes: bool, signals: &mut Signals) -> Result<(), RunError> {
    let Some(holder) = Holder::of(&state_dirs()?.shared, &parent.id) else { return Ok(()) };
    let question = format!("run {} is going on (process {})", parent.id, holder.process);
    let asks = !yes && terminal::can_ask();
    let stopping = async move {
        if asks {
            let typed = person().line(&format!("{question}. Type yes to stop it: "))?;
            if !typed.eq_ignore_ascii_case("yes") {
                return Err(RunError::new(Exit::Guarded, "not confirmed; the run goes on"));
            }
        }
        terminal::say(&format!("{question}: it is stopped first\n"));
        holder.stop(PATIENCE)
    };
    signals.unless_signalled(stopping).await
}

/// Where answers to creations were lost, the account says first which contacts there are: without their ids nothing can be deleted.
async fn read_back_first(
    parent: &RunDir,
    plan: &Plan,
    how: &UndoOptions,
    signals: &mut Signals,
) -> Result<(), RunError> {
    if plan.operation.spec().idempotent {
        return Ok(());
    }
    let plan = config::amend(plan.clone(), &how.again.over, &how.again.environment)?;
    let screen = Screen { quiet: true, form: OutputForm::Text };
    let of_the_run = RunOptions { screen, ..how.of_the_run() };
    let locked = Locked::new(plan, of_the_run, signals).await?;
    let reopened = match locked.reopen(parent.clone(), signals).await {
        // Another run has taken it back, or what it left: nothing of it is sent, and nothing of it read back.
        Err(error) if error.exit == Exit::Guarded => return Ok(()),
        reopened => reopened?,
    };
    if reopened.unknown()? > 0 {
        run::settled(reopened, signals).await?;
    }
    Ok(())
}

/// The plan of a run that can be taken back in this way, its journal, and the ids that are wanted of it.
fn opened(
    dir: &RunDir,
    how: &UndoOptions,
) -> Result<(Plan, Journal, Option<Arc<Except>>), RunError> {
    if !dir.journal().is_file() {
        // It was stopped before it sent anything, and left nothing.
        return Err(RunError::usage(format!(
            "run {} has sent nothing: nothing is to be put back",
            dir.id
        )));
    }
    let journal = incomplete::open_to_read(dir)?;
    let plan = stored_plan(&journal)?;
    if journal.phase()? < Phase::Sending {
        return Err(never_sent(&journal)?);
    }
    if let Some(gone) = scrubbed(&journal, "nothing of it can be put back")? {
        return Err(gone);
    }
    can_be_undone(dir, &plan, how)?;
    let only = only::read(&plan, &how.only)?;
    Ok((plan, journal, only))
}

fn can_be_undone(dir: &RunDir, plan: &Plan, how: &UndoOptions) -> Result<(), RunError> {
    let (spec, id) = (plan.operation.spec(), &dir.id);
    if spec.id_kind == IdKind::ContactList {
        return Err(RunError::usage(
            "what was deleted with a contact list is nowhere: no run can put it back",
        ));
    }
    if !dir.previous().is_file() {
        return Err(RunError::usage(format!(
            "run {id} cannot be undone: its contacts are not kept as they were before it"
        ))
        .hint("with `[backup] contacts = true` the account is read for that before a run"));
    }
    let asked = [
        (Effect::Delete, how.recreate, "--recreate"),
        (Effect::Create, how.delete_created, "--delete-created"),
    ];
    for (effect, is_said, option) in asked {
        match (spec.effect == effect, is_said) {
            (false, true) => {
                let done = spec.effect.done();
                return Err(RunError::usage(format!("`{option}`: run {id} {done} contacts")));
            }
            (true, false) => {
                let what = match effect {
                    Effect::Delete => {
                        "deleted contacts; they can only be created anew, with new ids"
                    }
                    _ => "created contacts; to take that back is to delete them",
                };
                return Err(RunError::usage(format!("run {id} {what}"))
                    .hint(format!("say so: `korebulk undo {id} {option}`")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What an undo would do. Sends nothing, and leaves nothing behind but the list of changes.
async fn shown(
    plan: &Plan,
    rows: Rows,
    how: &UndoOptions,
    signals: &mut Signals,
) -> Result<Exit, RunError> {
    let now = Moment::now();
    let diff = how.diff.as_deref().map(DiffFile::at).transpose()?;
    let look = move |dir: &RunDir| diff.as_ref().map_or(Ok(()), |diff| diff.write(&dir.path));
    let screen = how.again.screen;
    let survey = Survey::looked_at(plan, Some(rows), &now, (screen, true), &look, signals);
    let Survey { findings, guards } = Box::pin(survey).await?;
    let values = if how.show_values { Values::Full } else { plan.report.values };
    let estimate = findings.estimate(plan, learned::batch_size(plan));
    let view = view::plan_view(plan, &findings, guards, &estimate, values);
    terminal::print(&match screen.form {
        OutputForm::Text => view.render(),
        OutputForm::Json => serde_json::to_string(&view).unwrap_or_default() + "\n",
    })?;
    if let Some(to) = &how.diff {
        terminal::say(&format!("every change: {}\n", terminal::line(&to.to_string_lossy())));
    }
    Ok(Exit::Finished)
}
