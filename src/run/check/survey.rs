//! A job's input read whole and measured, for commands that send nothing. Nothing of it stays.

use super::findings::Findings;
use super::reader::Reader;
use super::rows::Rows;
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{Moment, RunError};
use crate::report::plan_view::PlanGuard;
use crate::run::approve::measure;
use crate::run::options::Screen;
use crate::run::resolve::Resolving;
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;

/// What a run would begin with.
pub(crate) struct Survey {
    pub(crate) findings: Findings,
    pub(crate) guards: Vec<PlanGuard>,
}

impl Survey {
    /// Reads all of `rows`; `reads`: and the contacts of the account, where the plan rests on them.
    ///
    /// # Errors
    /// Exit 2 for input that cannot be used, and where the runs directory cannot be written.
    pub(crate) async fn of(
        plan: &Plan,
        rows: Rows,
        now: &Moment,
        (screen, reads): (Screen, bool),
        signals: &mut Signals,
    ) -> Result<Self, RunError> {
        let dir = RunDir::create(&plan.runs.dir, "plan", now.timestamp())?;
        let read = match Journal::create(&dir.journal()) {
            Ok(journal) => {
                let mut reader = Reader { plan, run: &dir, signals, screen, logged: false };
                match reader.read(rows, journal, now).await {
                    Ok((findings, journal)) if reads && plan.needs_contacts() => {
                        let how = Resolving { plan, dir: &dir, yes: false, screen };
                        how.shown(journal, findings, now, signals).await
                    }
                    read => read,
                }
            }
            Err(error) => Err(error.into()),
        };
        let survey = read.map(|(findings, _)| {
            let guards = measure::guards(plan, &dir, true, &findings, now);
            Self { findings, guards }
        });
        // What stays of it by accident is scrubbed with old runs.
        let _ = dir.remove();
        survey
    }
}
