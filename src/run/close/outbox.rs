//! Pays what a run owes: by the process that ended it, or by the next command that touches it.
//!
//! The audit is paid first, and once; a message can be sent twice where a power cut took the note that it was.

use std::fs;

use tracing::warn;

use super::debt::Debt;
use super::notifications;
use crate::base::private;
use crate::config::Plan;
use crate::journal::{Journal, Owed, Phase, fact};
use crate::model::{Exit, Ledger, RunError};
use crate::run::audit;
use crate::run::past::incomplete;
use crate::run::run_dir;
use crate::run::run_dir::{RunDir, UNFINISHED};
use crate::run::stored::stored_plan;

/// Whether this run may owe something: its process was killed, or could not pay.
pub(crate) fn may_owe(run: &RunDir) -> bool {
    fs::symlink_metadata(run.path.join(UNFINISHED)).is_ok()
}

/// What a run owes, and what is needed to pay it.
pub(crate) struct Outbox<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a RunDir,
    pub(crate) journal: &'a Journal,
    /// Without a place where the journal could not note it.
    pub(crate) owed: Vec<(Option<i64>, Debt)>,
}

impl Outbox<'_> {
    /// Writes the audit's line of the end.
    ///
    /// # Errors
    /// Exit 70 when it cannot be written.
    pub(crate) fn pay_audit(&mut self) -> Result<(), RunError> {
        let mut result = Ok(());
        self.owed.retain(|(item, debt)| {
            if !debt.is_audit() {
                return true;
            }
            let paid = pay_audit(self.run, debt);
            strike_out(self.journal, *item, paid.is_ok());
            let failed = paid.is_err();
            result = paid.or_else(|error| result.clone().and(Err(error)));
            failed
        });
        result
    }

    /// Notifies everybody else, and says in the log whom nobody could notify.
    pub(crate) fn notify(&mut self) {
        self.owed.retain(|(item, debt)| {
            if debt.is_audit() {
                return true;
            }
            let sent = send(self.plan, self.run, debt);
            strike_out(self.journal, *item, sent.is_ok());
            sent.inspect_err(|error| tracing::error!("{error}")).is_err()
        });
        mark(self.run, self.owed.iter().any(|(item, _)| item.is_some()));
    }
}

/// Notes in the journal what became of a debt. Where the disk refuses, it is paid again.
fn strike_out(journal: &Journal, item: Option<i64>, paid: bool) {
    let Some(item) = item else { return };
    let noted = if paid { journal.paid(item) } else { journal.tried(item) };
    if let Err(error) = noted {
        warn!(error = %RunError::from(error), "what was sent cannot be noted");
    }
}

/// Notes that the run has an end before it that is to be sent.
pub(crate) fn mark(run: &RunDir, owes: bool) {
    let marker = run.path.join(UNFINISHED);
    // Without it the debts wait for a command that names this run.
    let _ = if owes { private::create(&marker).map(drop) } else { private::remove(&marker) };
}

fn pay_audit(run: &RunDir, debt: &Debt) -> Result<(), RunError> {
    match debt {
        Debt::End(line) => audit::append_once(run, line),
        Debt::Changed(event) => audit::append(run, &audit::changed(run, *event)),
        _ => Ok(()),
    }
}

fn send(plan: &Plan, run: &RunDir, debt: &Debt) -> Result<(), String> {
    match debt {
        Debt::Ping { ping, text } => notifications::ping(plan, *ping, text.clone()),
        Debt::Webhook(message) => notifications::webhook(plan, run.runs(), message),
        Debt::Metrics(metrics) => notifications::measure(plan, metrics),
        Debt::Push(metrics) => notifications::push(plan, run.runs(), metrics),
        Debt::End(_) | Debt::Changed(_) | Debt::Scrub => Ok(()),
    }
}

/// Removes the stored copy where nothing of the run is left to settle, or nothing of it can be resumed:
/// a run that a guard held back sent nothing, and the next one reads the input anew.
pub(crate) fn drop_copy(run: &RunDir, exit: Exit, ledger: &Ledger) {
    let left = ledger.failed + ledger.unknown + ledger.unsent;
    if left == 0 || exit == Exit::Guarded {
        // It is scrubbed with the run later where this fails now.
        let _ = private::remove(&run.copy());
    }
    if exit == Exit::Guarded {
        let _ = run.drop_previous();
    }
}

/// How much is done for messages that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// The command tells of runs itself: what was tried in vain is tried again.
    Again,
    /// The command does something else: nobody waits for a receiver that is down.
    Once,
}

/// Pays what `run` owes, as its journal has it. Gives whether its end was still unknown to somebody.
///
/// # Errors
/// Exit 70 when the audit cannot be written or the journal not be read.
pub(crate) fn pay(run: &RunDir, journal: &Journal, effort: Effort) -> Result<bool, RunError> {
    let owed: Vec<Owed<Debt>> = journal.owed()?;
    let open = owed.iter().any(|owed| !owed.tried && owed.debt != Debt::Scrub);
    if owed.is_empty() {
        let ended = journal.get(fact::EXIT)?.is_some() && journal.phase()? != Phase::Sending;
        mark(run, !ended);
        return Ok(false);
    }
    for Owed { item, debt, .. } in owed.iter().filter(|owed| owed.debt.is_audit()) {
        pay_audit(run, debt)?;
        if let Debt::End(line) = debt
            && let Some(end) = &line.end
            && let Some(exit) = Exit::with_code(end.exit_code)
        {
            drop_copy(run, exit, &end.ledger);
        }
        journal.paid(*item)?;
    }
    let plan = stored_plan(journal)?;
    let outdated = has_a_later_end(run);
    let mut left = false;
    for Owed { item, debt, tried } in owed.iter().filter(|owed| !owed.debt.is_audit()) {
        let sent = match debt {
            Debt::Scrub => continue,
            debt if outdated && debt.is_outdated_by_a_later_run() => Ok(()),
            _ if *tried && effort == Effort::Once => Err(String::new()),
            debt => send(&plan, run, debt),
        };
        if let Err(error) = sent.as_ref()
            && !error.is_empty()
        {
            warn!("of run {}, which ended before: {error}", run.id);
        }
        left |= sent.is_err();
        strike_out(journal, Some(*item), sent.is_ok());
    }
    mark(run, left);
    Ok(open)
}

/// Whether a later run of the same job has ended: its messages hold.
fn has_a_later_end(run: &RunDir) -> bool {
    let Ok(runs) = run_dir::all(run.runs()) else { return false };
    let later = runs.into_iter().rev().take_while(|other| other.id != run.id);
    let mut later = later.filter(|other| other.job() == run.job());
    later.any(|other| {
        let journal = incomplete::open_to_read(&other);
        journal.is_ok_and(|journal| journal.get(fact::EXIT).is_ok_and(|exit| exit.is_some()))
    })
}
