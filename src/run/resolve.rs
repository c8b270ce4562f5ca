//! The third stage, `resolve`: where a plan rests on the account, its contacts are read, and every record that
//! will be sent is written down with its contact as it was. Nothing is sent.
//!
//! The order: what costs nothing, the secret, the reading. The guards on what it found and the prompt are `approve`'s.

mod join;

use super::approve::access::{self, Access};
use super::approve::measure;
use super::check::Checked;
use super::check::findings::Findings;
use super::held::Halt;
use super::options::Screen;
use super::reading::{self, ReadHow};
use super::run_dir::RunDir;
use super::signals::Signals;
use crate::config::Plan;
use crate::journal::{Journal, fact};
use crate::model::{Moment, RunError};

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
        if !self.run.plan.needs_contacts() {
            return Ok(Resolved { checked: self, access: None });
        }
        let read = match self.admitted(signals).await {
            Ok(access) => {
                let Self { run, .. } = &self;
                let how = Resolving {
                    plan: &run.plan,
                    dir: &run.dir,
                    yes: run.how.yes,
                    screen: run.how.screen,
                };
                how.read(&access, signals).await.map(|reading| (access, reading))
            }
            Err(error) => Err(error),
        };
        let Self { run, journal, began, findings, picked } = self;
        let (access, reading) = match read {
            Ok(read) => read,
            Err(error) => {
                let (would_send, input) = (findings.sendable(), findings.input);
                return Err(run.held_back(journal, input, would_send, error, signals).await);
            }
        };
        let (plan, dir) = (run.plan.clone(), run.dir.clone());
        let joining = async move { join::join(&plan, &dir, journal, findings, &reading) };
        let joined = signals.unless_signalled(joining).await.and_then(|(findings, journal)| {
            run.note_input(&journal, &findings.input, findings.sendable())?;
            Ok((findings, journal))
        });
        match joined {
            Ok((findings, journal)) => {
                let checked = Self { run, journal, began, findings, picked };
                Ok(Resolved { checked, access: Some(access) })
            }
            Err(error) => Err(run.unusable(&began, error, signals).await),
        }
    }

    /// What costs nothing may say no first; then the secret.
    async fn admitted(&mut self, signals: &mut Signals) -> Result<Access, RunError> {
        let Self { run, findings, began, .. } = self;
        let of_files = run.parent.is_none();
        let guards = measure::of_input(&run.plan, of_files, began);
        measure::pass(&guards, &run.plan, began)?;
        run.asks(findings.sendable())?;
        access::of(&run.plan, &run.dir, &mut findings.input.mappers, signals).await
    }
}

/// How the account is read for a plan.
pub(crate) struct Resolving<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) dir: &'a RunDir,
    pub(crate) yes: bool,
    pub(crate) screen: Screen,
}

impl Resolving<'_> {
    /// Reads as much of the account as the plan rests on.
    ///
    /// # Errors
    /// Those of [`reading::read`].
    async fn read(
        &self,
        access: &Access,
        signals: &mut Signals,
    ) -> Result<crate::account::Reading, RunError> {
        let dirs = reading::dirs(self.plan, Some(self.dir))?;
        let how = ReadHow {
            yes: self.yes || self.plan.target.is_sandbox(),
            quiet: self.screen.quiet,
            fits: &|_| Ok(()),
            nothing: "nothing was changed",
        };
        reading::read(self.plan, &dirs, access, &how, signals).await
    }

    /// The same for a plan that is only shown: what pass 1 found, and what the account makes of it.
    ///
    /// # Errors
    /// Those of [`reading::read`], and of the disk.
    pub(crate) async fn shown(
        &self,
        journal: Journal,
        mut findings: Findings,
        now: &Moment,
        signals: &mut Signals,
    ) -> Result<(Findings, Journal), RunError> {
        journal.set(fact::STARTED_AT, &now.timestamp())?;
        let mappers = &mut findings.input.mappers;
        let access = access::of(self.plan, self.dir, mappers, signals).await?;
        let reading = self.read(&access, signals).await?;
        let (plan, dir) = (self.plan.clone(), self.dir.clone());
        let joining = async move { join::join(&plan, &dir, journal, findings, &reading) };
        signals.unless_signalled(joining).await
    }
}
