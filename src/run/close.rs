//! The last stage, `close`: how every run ends: the counts compared, report and outcome files written, the end noted together with what
//! is owed for it, summary printed, exit chosen.
//!
//! Whatever failed before, this runs: no run ends without its report, and the summary comes always.

mod faults;
mod views;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use self::faults::Faults;
use super::audit;
use super::debt::Debt;
use super::exit::exit_of;
use super::finish::{Finish, Written, drop_copy};
use super::notifications::{self, Ending};
use super::options::{ReportKind, Screen};
use super::outbox::Outbox;
use super::place::RunDir;
use super::stored::Input;
use crate::config::Plan;
use crate::journal::{Journal, JournalError, Phase, SessionTotals, fact};
use crate::model::{Exit, Ledger, RunError, StopCause};
use crate::report::json::ReportFacts;
use crate::report::{Clusters, Part};

/// Why the files of an end are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The run ends.
    End,
    /// It ended before, or was killed, and somebody wants them anew.
    Again(ReportKind),
}

/// Everything the end of a run needs.
pub(crate) struct Closing<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a RunDir,
    pub(crate) journal: &'a Journal,
    pub(crate) input: &'a mut Input,
    /// The ledger as it was counted while sending, to be compared with the journal's.
    pub(crate) counted: Option<Ledger>,
    pub(crate) stopped: Option<StopCause>,
    /// What failed, where something of ours or of the disk did.
    pub(crate) broken: Option<RunError>,
    /// Whether requests may have left.
    pub(crate) sent: bool,
    /// How long this session sent.
    pub(crate) sending: Duration,
    pub(crate) screen: Screen,
}

/// What the end of a run came to.
struct Ended {
    faults: Faults,
    exit: Exit,
    finished_at: Timestamp,
    ledger: Ledger,
    totals: SessionTotals,
    clusters: Clusters,
    files: Vec<PathBuf>,
    facts: Option<ReportFacts>,
}

impl Ended {
    fn exit(&self) -> Exit {
        self.exit.max(self.faults.exit())
    }
}

impl Closing<'_> {
    /// Ends the run.
    pub(crate) fn close(mut self) -> Exit {
        let mut ended = self.write();
        let noted = match ended.exit() {
            // What the disk refused is left as it is committed, for `resume` to go on with.
            Exit::Internal => Vec::new(),
            exit => ended.faults.take(self.note_the_end(exit, &ended)).unwrap_or_default(),
        };
        let mut outbox = self.outbox(&noted, &ended);
        if let Err(error) = outbox.pay_audit() {
            ended.faults.add(error);
            // Whoever is notified has to hear that, too.
            outbox = self.outbox(&noted, &ended);
        }
        let exit = ended.exit();
        if exit != Exit::Internal {
            // What was never sent is read anew by the next run.
            let exit = if self.sent { exit } else { Exit::Guarded };
            drop_copy(self.run, exit, &ended.ledger);
        }
        let printed = self.print(exit, ended);
        outbox.notify();
        // Where this fails, the log holds the same, and the next command folds it.
        let _ = self.journal.fold();
        printed.map_or_else(
            |error| {
                error.say();
                exit.max(error.exit)
            },
            |()| exit,
        )
    }

    /// Writes report and outcome files of a run that ended before, and changes nothing else.
    pub(crate) fn write_again(mut self) -> Exit {
        let ended = self.write();
        ended.faults.say();
        ended.exit()
    }

    /// Everything that is written at the end, as far as the disk allows.
    fn write(&mut self) -> Ended {
        let mut faults = Faults::default();
        if let Some(error) = self.broken.take() {
            faults.add(error);
        }
        // A request whose end could not be written may have been applied all the same.
        faults.take(self.journal.recover_or_in_memory());
        let ledger = faults.take(self.journal.ledger(self.input.read));
        let ledger = ledger.unwrap_or(Ledger { read: self.input.read, ..Ledger::default() });
        if self.counted.is_some_and(|counted| counted != ledger) {
            faults.add(
                RunError::internal("the ledger counted while sending is not the journal's")
                    .hint("please report this as a bug; the report follows the journal"),
            );
        }
        self.forget_a_stop_that_stopped_nothing(&ledger);
        let totals = faults.take(self.journal.totals()).unwrap_or_default();
        let (Written { files, clusters }, written) = self.finish().outcome_files(&ledger);
        faults.take(written);
        let exit = exit_of(&ledger, self.stopped.as_ref(), &self.plan.accept).max(faults.exit());
        let facts = faults.take(self.facts(&ledger, &totals, exit));
        let finished_at = facts.as_ref().map_or_else(Timestamp::now, |facts| facts.finished_at);
        let mut ended = Ended { faults, exit, finished_at, ledger, totals, clusters, files, facts };
        self.write_reports(&mut ended);
        ended
    }

    fn write_reports(&mut self, ended: &mut Ended) {
        let Some(facts) = &ended.facts else { return };
        let opened = match self.purpose {
            // The outcome files come from the journal and the kept copy alone.
            Purpose::Again(ReportKind::Csv) => return,
            Purpose::Again(_) => Part::beside,
            Purpose::End => Part::open_at,
        };
        // What was appended behind the journal's last commit is in no list of the report.
        let part = opened(&self.run.path, ended.totals.report_offset, self.plan.report.contacts)
            .map_err(|error| self.unopened(&error));
        let finish = self.finish();
        let report = ended.faults.take(part.and_then(|part| finish.report(part, facts)));
        ended.files.splice(0..0, report);
        let page = self.html(facts, &ended.clusters, &ended.files);
        ended.files.extend(ended.faults.take(page));
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
            self.stopped = None;
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
            settled: self.purpose != Purpose::End && !self.run.copy().is_file(),
        }
    }

    /// Notes the end, and in the same commit what is owed for it. Gives the debts' places.
    fn note_the_end(&self, exit: Exit, ended: &Ended) -> Result<Vec<i64>, JournalError> {
        let owed = self.owed(ended);
        self.journal.together(|journal| {
            journal.set(fact::FINISHED_AT, &ended.finished_at)?;
            journal.set(fact::EXIT, &exit)?;
            journal.set(fact::LEDGER, &ended.ledger)?;
            match &self.stopped {
                Some(cause) => journal.set(fact::STOPPED, cause)?,
                None => journal.unset(fact::STOPPED)?,
            }
            // A run that was held back stays `checked`, so that no `resume` sends it.
            if self.sent {
                journal.set_phase(Phase::Finished)?;
            }
            // What an earlier end of this run could not say is said by this one.
            journal.owe_nothing()?;
            owed.iter().map(|debt| journal.owe(debt)).collect()
        })
    }

    fn outbox(&self, noted: &[i64], ended: &Ended) -> Outbox<'_> {
        let places = noted.iter().copied().map(Some).chain(std::iter::repeat(None));
        let owed = places.zip(self.owed(ended)).collect();
        Outbox { plan: self.plan, run: self.run, journal: self.journal, owed }
    }

    /// The audit's line first; the same debts in the same order whenever it is asked.
    fn owed(&self, ended: &Ended) -> Vec<Debt> {
        let exit = ended.exit();
        let stopped = self.stopped.as_ref();
        let (ledger, counts) = (ended.ledger, ended.totals.counts);
        let at = ended.finished_at;
        let line = audit::end(self.run, &self.plan.name, at, exit, ledger, counts, stopped);
        let messages = notifications::owed(Ending {
            plan: self.plan,
            run: &self.run.id,
            dir: &self.run.path,
            exit,
            finished_at: at,
            stopped,
            held: ended.faults.held(),
            ledger,
            took: self.took(ended.facts.as_ref()),
            requests: notifications::requests(self.journal),
        });
        std::iter::once(Debt::End(Box::new(line))).chain(messages).collect()
    }
}
