//! Report and outcome files, as far as the disk allows: at the end of a run, and whenever somebody wants them anew.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::faults::Faults;
use super::finish::{name_recreated, place_all};
use crate::config::Plan;
use crate::dispatch::estimate::per_minute;
use crate::journal::{Journal, SessionTotals};
use crate::model::{Effect, Exit, Ledger, RunError, StopCause};
use crate::report::files::{RUN_FILES, RunFile, RunOutcome, named};
use crate::report::words::GoOn;
use crate::report::{Cluster, ReportFacts};
use crate::run::run_dir::RunDir;
use crate::run::stored::Input;
use crate::run::{view, way_on};

/// Why the files of an end are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The run ends.
    End,
    /// It ended before, or was killed, and somebody wants them anew: in the form that was asked for.
    Again(&'static str),
}

/// What the files of an end are written from.
pub(crate) struct Writing<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a RunDir,
    pub(crate) journal: &'a Journal,
    pub(crate) input: &'a mut Input,
    /// Forgotten where it stopped nothing.
    pub(crate) stopped: &'a mut Option<StopCause>,
}

/// What the end of a run came to.
pub(crate) struct End {
    pub(crate) faults: Faults,
    exit: Exit,
    pub(crate) finished_at: Timestamp,
    pub(crate) ledger: Ledger,
    pub(crate) totals: SessionTotals,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) files: Vec<PathBuf>,
    /// `None` where the journal refused them.
    pub(crate) facts: Option<ReportFacts>,
}

impl End {
    pub(crate) fn exit(&self) -> Exit {
        self.exit.max(self.faults.exit())
    }

    /// From the run's beginning, where that is known.
    pub(crate) fn took(&self) -> Option<Duration> {
        let facts = self.facts.as_ref()?;
        let took = facts.finished_at.duration_since(facts.started_at);
        Some(Duration::try_from(took).unwrap_or_default())
    }
}

impl Writing<'_> {
    /// Writes them. `broken` is what failed before, or held the run back; `counted` the ledger as it was counted while
    /// sending, to be compared with the journal's.
    pub(crate) fn write(mut self, broken: Option<RunError>, counted: Option<Ledger>) -> End {
        let mut faults = Faults::default();
        if let Some(error) = broken {
            faults.add(error);
        }
        // A request whose end could not be written may have been applied all the same.
        faults.take(self.journal.recover_or_in_memory());
        let ledger = faults.take(self.journal.ledger(self.input.read));
        let ledger = ledger.unwrap_or(Ledger { read: self.input.read, ..Ledger::default() });
        if counted.is_some_and(|counted| counted != ledger) {
            faults.add(
                RunError::internal("the ledger counted while sending is not the journal's")
                    .hint("please report this as a bug; the report follows the journal"),
            );
        }
        self.forget_a_stop_that_stopped_nothing(&ledger);
        let totals = faults.take(self.journal.totals()).unwrap_or_default();
        if let Some(copy) = self.copy() {
            faults.take(place_all(self.journal, &copy, &mut self.input.mappers));
            if self.plan.undoes.is_some() && self.plan.operation.effect() == Effect::Create {
                faults.take(name_recreated(self.journal, &copy));
            }
        }
        let exit = Exit::of(&ledger, self.stopped.as_ref(), &self.plan.accept).max(faults.exit());
        let facts = faults.take(self.facts(&ledger, &totals, exit));
        let finished_at = facts.as_ref().map_or_else(Timestamp::now, |facts| facts.finished_at);
        let (files, clusters) = (Vec::new(), Vec::new());
        let mut end = End { faults, exit, finished_at, ledger, totals, clusters, files, facts };
        self.write_files(&mut end);
        end
    }

    fn write_files(&self, end: &mut End) {
        let Some(facts) = end.facts.take() else { return };
        let go_on = || way_on::go_on(self.plan, &self.run.path);
        let mut outcome = self.outcome(facts, end.totals.report_offset, &go_on);
        for file in RUN_FILES.into_iter().filter(|file| self.is_due(*file)) {
            if let Some(files) = end.faults.take(file.write(&outcome)) {
                outcome.add(files);
            }
            outcome.facts.exit_code = end.exit().code();
        }
        if self.purpose == Purpose::End {
            end.clusters = end.faults.take(outcome.clusters()).unwrap_or_default();
        }
        (end.files, end.facts) = (outcome.written, Some(outcome.facts));
    }

    fn is_due(&self, file: &dyn RunFile) -> bool {
        match self.purpose {
            Purpose::End => {
                let is_there = |name: &&str| self.run.path.join(name).is_file();
                file.is_usual() || file.names().iter().any(is_there)
            }
            Purpose::Again(format) => {
                let together = named(format).is_some_and(|asked| !asked.written_alone());
                file.format() == format || (together && file.is_usual())
            }
        }
    }

    /// The stored copy; `None` where the run ended before and it is gone.
    fn copy(&self) -> Option<PathBuf> {
        let copy = self.run.copy();
        (self.purpose == Purpose::End || copy.is_file()).then_some(copy)
    }

    fn outcome<'a>(
        &'a self,
        facts: ReportFacts,
        report_offset: u64,
        go_on: &'a dyn Fn() -> GoOn,
    ) -> RunOutcome<'a> {
        let report = &self.plan.report;
        let is_spreadsheet = self.input.sources.iter().any(|source| source.sheet.is_some());
        RunOutcome {
            dir: &self.run.path,
            journal: self.journal,
            sources: &self.input.sources,
            copy: self.copy(),
            facts,
            again: self.purpose != Purpose::End,
            report_offset,
            contacts: report.contacts,
            workbook: report.xlsx || is_spreadsheet,
            created: !self.plan.operation.spec().has_ids(),
            values: report.values,
            per_minute: per_minute(&self.plan.limits.rate),
            settings: view::settings(self.plan),
            go_on,
            written: Vec::new(),
            clusters: RefCell::default(),
        }
    }

    /// Asked to stop while its last requests were in flight, a run has come to its end all the same:
    /// there is nothing that `resume` could finish.
    fn forget_a_stop_that_stopped_nothing(&mut self, ledger: &Ledger) {
        let settled = ledger.closes() && ledger.unsent == 0 && ledger.unknown == 0;
        let passes = |cause: &StopCause| cause.exit() == Exit::Stopped;
        if settled && self.stopped.as_ref().is_some_and(passes) {
            *self.stopped = None;
        }
    }
}
