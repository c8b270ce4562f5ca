//! A job's input read whole and measured, for commands that send nothing. Nothing of it stays.

use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::reader::Reader;
use super::rows::Rows;
use crate::base::private;
use crate::config::Plan;
use crate::journal::{Journal, fact};
use crate::model::{Moment, RunError};
use crate::report::part::unwritten;
use crate::report::plan_view::PlanGuard;
use crate::run::approve::measure;
use crate::run::options::Screen;
use crate::run::reading::For;
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::run::{leftovers, reading, resolve};

/// What a run would begin with.
pub(crate) struct Survey {
    pub(crate) findings: Findings,
    pub(crate) guards: Vec<PlanGuard>,
}

impl Survey {
    /// Reads all of `rows`; the account where there are none. `reads`: and the contacts that the plan rests on.
    ///
    /// # Errors
    /// Exit 2 for input that cannot be used, and where the runs directory cannot be written.
    pub(crate) async fn of(
        plan: &Plan,
        rows: Option<Rows>,
        now: &Moment,
        how: (Screen, bool),
        signals: &mut Signals,
    ) -> Result<Self, RunError> {
        Self::looked_at(plan, rows, now, how, &|_| Ok(()), signals).await
    }

    /// The same; `look` sees what a run would have in its directory before it goes.
    ///
    /// # Errors
    /// Those of [`Survey::of`], and of `look`.
    pub(crate) async fn looked_at(
        plan: &Plan,
        rows: Option<Rows>,
        now: &Moment,
        (screen, reads): (Screen, bool),
        look: &(dyn Fn(&RunDir) -> Result<(), RunError> + Sync),
        signals: &mut Signals,
    ) -> Result<Self, RunError> {
        let dir = RunDir::create(&plan.runs.dir, "plan", now.timestamp())?;
        let found = Box::pin(found(plan, &dir, rows, now, (screen, reads), signals)).await;
        let survey = found.and_then(|findings| {
            look(&dir)?;
            let of_files = plan.undoes.is_none();
            let guards = measure::guards(plan, &dir, of_files, &findings, now);
            Ok(Self { findings, guards })
        });
        if let (Ok(Self { findings, .. }), true) = (&survey, reads) {
            let base = Path::new(&plan.input.base);
            let read = findings.input.sources.iter().map(|source| base.join(&source.file));
            let read: Vec<PathBuf> =
                read.filter_map(|path| dunce::canonicalize(path).ok()).collect();
            let kept = leftovers::keep(&dir.path, dir.runs(), &plan.name, &read);
            kept.map_err(|error| match private::opened_elsewhere(&error) {
                Some(_) => RunError::usage(error.to_string())
                    .hint("close it, then run the same command again"),
                None => unwritten(&error),
            })?;
        }
        // What stays of it by accident is scrubbed with old runs.
        let _ = dir.remove();
        survey
    }
}

async fn found(
    plan: &Plan,
    dir: &RunDir,
    rows: Option<Rows>,
    now: &Moment,
    (screen, reads): (Screen, bool),
    signals: &mut Signals,
) -> Result<Findings, RunError> {
    let (rows, account) = if let Some(rows) = rows {
        (rows, None)
    } else {
        let of = For { yes: false, quiet: screen.quiet, planned: false };
        let (rows, read) = reading::rows(plan, dir, of, now, signals).await?;
        (rows, Some(read))
    };
    let journal = Journal::create(&dir.journal())?;
    journal.set(fact::STARTED_AT, &now.timestamp())?;
    let mut reader = Reader { plan, run: dir, signals: &mut *signals, screen, logged: false };
    let read = reader.read(rows, journal, now).await?;
    match reads && plan.needs_account() {
        true => Ok(Box::pin(resolve::shown(plan, dir, read, account, signals)).await?.0),
        false => Ok(read.0),
    }
}
