//! The third stage, `resolve`: where a plan rests on the account, its contacts are read, and every record that
//! will be sent is written down with its contact as it was. Nothing is sent.
//!
//! The order: what costs nothing, the secret, the reading. The guards on what it found and the prompt are `approve`'s.

mod backup;
mod found;
mod hold;
mod join;
mod leftovers;
mod lists;
mod matching;
mod part_end;
mod rows;
mod undo;
mod undoing;

use super::approve::access::{self, Access};
use super::approve::measure;
use super::check::Checked;
use super::check::findings::Findings;
use super::held::Halt;
use super::open::Run;
use super::reading::{self, For, Known, ReadHow};
use super::run_dir::RunDir;
use super::signals::Signals;
use crate::account::ListReader;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{Exit, RunError};

/// A run of which every record is known as it would be sent.
pub(crate) struct Resolved {
    pub(crate) checked: Checked,
    /// The way to the target, where it was needed to read the account.
    pub(crate) access: Option<Access>,
}

impl Checked {
    /// Reads the contacts that the plan rests on, where it does.
    ///
    /// # Errors
    /// The end of a run that is held back, or whose account cannot be read.
    pub(crate) async fn resolve(mut self, signals: &mut Signals) -> Result<Resolved, Halt> {
        if !self.run.plan.needs_account() {
            return Box::pin(self.without_account(signals)).await;
        }
        let read = match self.account.take() {
            Some(read) => Ok(read),
            None => self.admitted(signals).await,
        };
        let Self { run, journal, began, findings, picked, .. } = self;
        let (access, known) = match read {
            Ok(read) => read,
            Err(error) => {
                let error = run.refused(error, signals).await;
                let (would_send, input) = (findings.sendable(), findings.input);
                return Err(run.held_back(journal, input, would_send, error, signals).await);
            }
        };
        let of = (&run.plan, &run.dir);
        let made = made(of, (findings, journal), (&access, known), signals).await;
        let joined = made.and_then(|(findings, journal)| {
            run.note_input(&journal, &findings.input, findings.sendable())?;
            Ok((findings, journal))
        });
        match joined {
            Ok((findings, journal)) => {
                let checked = Self { run, journal, began, findings, picked, account: None };
                Ok(Resolved { checked, access: Some(access) })
            }
            Err(error) => Err(run.unusable(&began, error, signals).await),
        }
    }

    /// What costs nothing may say no first; then the secret, then the reading.
    async fn admitted(
        &mut self,
        signals: &mut Signals,
    ) -> Result<(Access, Option<Known>), RunError> {
        let Self { run, journal, findings, began, .. } = self;
        let of_files = run.parent.is_none();
        let guards = measure::of_input(&run.plan, of_files, began);
        measure::pass(&guards, &run.plan, began)?;
        run.asks(findings.sendable(), false)?;
        let access = access::of(&run.plan, &run.dir, signals).await?;
        if run.plan.selects_lists() {
            return Ok((access, None));
        }
        let few = rows::few(&run.plan, &run.dir, journal, findings)?;
        let of = For::from(&run.how);
        let known = reading::for_plan(&run.plan, &run.dir, of, few, &access, signals).await?;
        Ok((access, Some(known)))
    }
}

impl Run {
    /// Why a run is refused whose account cannot be read: where it is read to store the contacts alone, that is a guard.
    async fn refused(&self, error: RunError, signals: &mut Signals) -> RunError {
        let is_servers = matches!(error.exit, Exit::Stopped | Exit::NeedsPerson | Exit::Usage);
        if !self.plan.reads_to_store() || !is_servers || signals.has_come() {
            return error;
        }
        if let Some(stop) = signals.stop().await {
            return stop;
        }
        let message = format!(
            "the contacts cannot be stored as they are before the run: {}; nothing was sent",
            error.message
        );
        RunError::new(Exit::Guarded, message)
            .hint("`--backup auto` goes on without, and the run cannot be undone then")
    }
}

/// The same for a plan that is only shown: what pass 1 found, and what the account makes of it.
///
/// # Errors
/// Those of [`reading::read`], and of the disk.
pub(crate) async fn shown(
    plan: &Plan,
    dir: &RunDir,
    (findings, journal): (Findings, Journal),
    read: Option<(Access, Option<Known>)>,
    signals: &mut Signals,
) -> Result<(Findings, Journal), RunError> {
    let (access, known) = if let Some(read) = read {
        read
    } else {
        let access = access::of(plan, dir, signals).await?;
        let few = rows::few(plan, dir, &journal, &findings)?;
        let of = For { yes: false, quiet: false, planned: false };
        let known = reading::for_plan(plan, dir, of, few, &access, signals).await?;
        (access, Some(known))
    };
    made((plan, dir), (findings, journal), (&access, known), signals).await
}

/// What the account makes of the rows.
async fn made(
    (plan, dir): (&Plan, &RunDir),
    (mut findings, journal): (Findings, Journal),
    (access, known): (&Access, Option<Known>),
    signals: &mut Signals,
) -> Result<(Findings, Journal), RunError> {
    if let Some(known) = known {
        let (plan, dir) = (plan.clone(), dir.clone());
        let joining = async move { join::join(&plan, &dir, journal, findings, &known) };
        return signals.unless_signalled(joining).await;
    }
    let how = ReadHow {
        yes: true,
        quiet: true,
        since: None,
        age: plan.account.max_age,
        fits: &|_| Ok(()),
        question: reading::READ_IT,
        nothing: "nothing was changed",
    };
    let of = (&mut findings, &journal);
    let work = async |reader: &mut ListReader<'_>| lists::protect(plan, dir, of, reader).await;
    reading::each_list(plan, access, &how, signals, work).await?;
    Ok((findings, journal))
}
