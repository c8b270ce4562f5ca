//! `run` and the operations without a job file: jobs, one after the other.

use jiff::Timestamp;

use crate::base::terminal;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{Exit, RunError};
use crate::run;
use crate::run::close::notifications;
use crate::run::close::outbox::Effort;
use crate::run::open::{Locked, nothing_left};
use crate::run::options::{OutputForm, RunOptions};
use crate::run::past::interrupted::interrupted;
use crate::run::past::{lost, old, settle, undone};
use crate::run::signals::Signals;
use crate::run::{block_on, run_dir};

/// Runs jobs from their input files to their reports. The worst exit is that of all of them; after a signal none begins.
///
/// # Errors
/// Whatever ends the last job before its first byte; later ends are in its summary.
pub fn run(plans: Vec<Plan>, how: &RunOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let mut worst: Result<Exit, RunError> = Ok(Exit::Finished);
        for plan in plans {
            if let Err(error) = &worst {
                error.say();
            }
            let before = exit(&worst);
            if signals.came().await {
                let message = format!("stopped before `{}`, which was not begun", plan.name);
                return Err(RunError::new(before.max(Exit::Stopped), message));
            }
            worst = match notifying(plan, how.clone(), &mut signals).await {
                Ok(exit) => Ok(exit.max(before)),
                Err(error) => Err(RunError { exit: error.exit.max(before), ..error }),
            };
        }
        worst
    })
}

fn exit(done: &Result<Exit, RunError>) -> Exit {
    done.as_ref().map_or_else(|error| error.exit, |exit| *exit)
}

/// A job; whoever wants to know is notified when it did not begin.
async fn notifying(plan: Plan, how: RunOptions, signals: &mut Signals) -> Result<Exit, RunError> {
    let (of, form) = (plan.clone(), how.screen.form);
    let done = Box::pin(job(plan, how, signals)).await;
    if let Err(error) = &done {
        if form == OutputForm::Json {
            print_refusal(&of, error);
        }
        let error = error.clone();
        let notifying = async move {
            notifications::refused(&of, &error);
            Ok(())
        };
        // A signal meanwhile ends that, not the run.
        let _ = signals.unless_signalled(notifying).await;
    }
    done
}

/// A job that did not come to a report has its line, too, so that whoever reads them knows of it.
fn print_refusal(plan: &Plan, error: &RunError) {
    let line = serde_json::json!({
        "format": 1,
        "job": plan.name,
        "run": null,
        "operation": plan.operation,
        "target": { "host": plan.target.host, "account": plan.target.account_id },
        "startedAt": Timestamp::now(),
        "exitCode": error.exit.code(),
        "error": error.message,
    });
    // Its sentence is on standard error anyhow.
    let _ = terminal::print(&format!("{line}\n"));
}

/// A new run of the job, or in its place the interrupted one before it.
async fn job(plan: Plan, how: RunOptions, signals: &mut Signals) -> Result<Exit, RunError> {
    let (of, or_resume, after_undo) = (plan.clone(), how.or_resume, how.after_undo);
    let locked = Locked::new(plan, how, signals).await?;
    let preparing = async move {
        if !after_undo {
            undone::hold(&of)?;
        }
        let ended = if or_resume { settle::end_of_the_last(&of)? } else { None };
        if ended.is_none() {
            notifications::begins(&of);
        }
        let earlier = run_dir::all(&of.runs.dir).unwrap_or_default();
        settle::settle_all(&earlier, Effort::Again);
        old::scrub_before(&of);
        let interrupted = if or_resume && ended.is_none() { interrupted(&of)? } else { None };
        if ended.is_none() && interrupted.is_none() {
            lost::refuse_to_send_twice(&of)?;
        }
        Ok((ended, interrupted))
    };
    let dir = match signals.unless_signalled(preparing).await? {
        (Some((dir, exit)), _) => {
            nothing_left(&Journal::open_to_read(&dir.journal())?, &dir)?;
            return Ok(exit);
        }
        (None, Some(dir)) => dir,
        (None, None) => return run::whole(locked.open(signals).await?, signals).await,
    };
    let (locked, unread) = locked.in_place_of_today(&dir)?;
    let exit = run::rest(locked.reopen(dir, signals).await?, signals).await?;
    for file in unread {
        tracing::error!(
            file,
            "not read: the interrupted run was gone on with in its place; run the job again"
        );
    }
    Ok(exit)
}
