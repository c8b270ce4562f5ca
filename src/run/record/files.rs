//! Report and outcome files, as far as the disk allows: at the end of a run, and whenever somebody wants them anew.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::faults::Faults;
use super::finish::{Finish, Written};
use crate::config::Plan;
use crate::journal::{Journal, SessionTotals};
use crate::model::{Exit, Ledger, RunError, StopCause};
use crate::report::json::ReportFacts;
use crate::report::{Clusters, Part};
use crate::run::options::ReportKind;
use crate::run::run_dir::RunDir;
use crate::run::stored::Input;

/// Why the files of an end are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The run ends.
    End,
    /// It ended before, or was killed, and somebody wants them anew.
    Again(ReportKind),
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
    pub(crate) clusters: Clusters,
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
        let (Written { files, clusters }, written) = self.finish().outcome_files(&ledger);
        faults.take(written);
        let exit = Exit::of(&ledger, self.stopped.as_ref(), &self.plan.accept).max(faults.exit());
        let facts = faults.take(self.facts(&ledger, &totals, exit));
        let finished_at = facts.as_ref().map_or_else(Timestamp::now, |facts| facts.finished_at);
        let mut end = End { faults, exit, finished_at, ledger, totals, clusters, files, facts };
        self.write_reports(&mut end);
        end
    }

    fn write_reports(&mut self, end: &mut End) {
        let Some(facts) = &end.facts else { return };
        let opened = match self.purpose {
            // The outcome files come from the journal and the stored copy alone.
            Purpose::Again(ReportKind::Csv) => return,
            Purpose::Again(_) => Part::beside,
            Purpose::End => Part::open_at,
        };
        // What was appended behind the journal's last commit is in no list of the report.
        let part = opened(&self.run.path, end.totals.report_offset, self.plan.report.contacts)
            .map_err(|error| self.unopened(&error));
        let finish = self.finish();
        let report = end.faults.take(part.and_then(|part| finish.report(part, facts)));
        end.files.splice(0..0, report);
        let page = self.html(facts, &end.clusters, &end.files);
        end.files.extend(end.faults.take(page));
    }

    fn unopened(&self, error: &std::io::Error) -> RunError {
        if error.kind() != std::io::ErrorKind::NotFound || self.purpose == Purpose::End {
            return RunError::internal(format!("the report cannot be written: {error}"));
        }
        let gone = self.run.path.join("report.json");
        RunError::usage(format!(
            "{}: is gone, and with it what the server said of each success",
            gone.display()
        ))
        .hint("`--format csv` writes the outcome files again")
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

    fn finish(&mut self) -> Finish<'_> {
        let report = &self.plan.report;
        let is_spreadsheet = self.input.sources.iter().any(|source| source.sheet.is_some());
        Finish {
            run: self.run,
            journal: self.journal,
            sources: &self.input.sources,
            mappers: &mut self.input.mappers,
            workbook: (report.xlsx || is_spreadsheet).then_some(report.contacts),
            created: (!self.plan.operation.spec().has_ids()).then_some(report.contacts),
            settled: self.purpose != Purpose::End && !self.run.copy().is_file(),
        }
    }
}
