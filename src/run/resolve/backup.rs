//! A run that does not rest on contacts: they are stored as they are where that takes little; what is to be created is stored as it
//! is sent. What is sent is the same either way.

use super::{Resolved, rows};
use crate::base::terminal;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{PreviousContacts, RunError};
use crate::run::approve::access::{self, Access};
use crate::run::approve::measure;
use crate::run::check::Checked;
use crate::run::check::findings::Findings;
use crate::run::held::Halt;
use crate::run::reading::{self, Known};
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::run::stored::{ACCOUNT, PREVIOUS_CONTACTS};
use crate::run::way_on;

impl Checked {
    /// Writes down what an undo needs, as far as it is to be had.
    ///
    /// # Errors
    /// The end of a run that is held back, or stopped.
    pub(super) async fn without_account(mut self, signals: &mut Signals) -> Result<Resolved, Halt> {
        let looks = self.run.plan.stores_where_cheap() && self.findings.sendable() > 0;
        let read = match looks {
            true => self.read_to_store(signals).await.map(Some),
            false => Ok(None),
        };
        let Self { run, journal, began, findings, picked, account } = self;
        let (access, known) = match read {
            Ok(read) => read.unzip(),
            Err(error) => {
                let (would_send, input) = (findings.sendable(), findings.input);
                return Err(run.held_back(journal, input, would_send, error, signals).await);
            }
        };
        if let (Some(Err(why)), false) = (&known, run.how.screen.quiet) {
            terminal::say(&format!("the run cannot be undone: {}\n", terminal::line(why)));
        }
        let (plan, dir) = (run.plan.clone(), run.dir.clone());
        let writing = async move { written((&plan, &dir), (findings, journal), known) };
        match signals.unless_signalled(writing).await {
            Ok((findings, journal)) => {
                let checked = Self { run, journal, began, findings, picked, account };
                Ok(Resolved { checked, access })
            }
            Err(error) => Err(run.unusable(&began, error, signals).await),
        }
    }

    /// Everything that may say no without a person comes first; then the secret, then the reading.
    async fn read_to_store(
        &mut self,
        signals: &mut Signals,
    ) -> Result<(Access, Result<Known, String>), RunError> {
        let Self { run, journal, findings, began, .. } = self;
        measure::beforehand(run, findings, began)?;
        let access = access::of(&run.plan, &run.dir, signals).await?;
        let few = rows::few(&run.plan, &run.dir, journal, findings)?;
        let how = (run.how.yes || run.how.plan_id.is_some(), run.how.screen.quiet);
        let read = reading::to_store(&run.plan, &run.dir, how, few, &access, signals).await?;
        Ok((access, read))
    }
}

fn written(
    (plan, dir): (&Plan, &RunDir),
    (mut findings, journal): (Findings, Journal),
    known: Option<Result<Known, String>>,
) -> Result<(Findings, Journal), RunError> {
    let why = match &known {
        Some(read) => read.as_ref().err().cloned(),
        None => way_on::stores_nothing(plan),
    };
    let known = known.and_then(Result::ok);
    let previous = if let Some(why) = why {
        PreviousContacts::none(why)
    } else {
        let reading = known.as_ref().map(|known| &known.reading);
        let contacts = rows::write_ahead(plan, dir, &journal, &findings, reading)?;
        PreviousContacts { contacts, until: dir.due(plan.runs.keep_days), none: None }
    };
    if let Some(known) = &known {
        journal.set(ACCOUNT, &known.reading.facts().read())?;
    }
    journal.set(PREVIOUS_CONTACTS, &previous)?;
    findings.previous = Some(previous).filter(|_| plan.stores_where_cheap());
    Ok((findings, journal))
}
