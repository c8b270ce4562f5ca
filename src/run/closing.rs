//! How every run ends: books compared, report and outcome files written, summary printed, exit chosen.
//!
//! Whatever failed before, this runs: no run ends without its report, and the summary comes always.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::aftermath::{self, Ending};
use super::audit;
use super::estimate::per_minute;
use super::exit::exit_of;
use super::finish::{Finish, Written, drop_copy};
use super::options::{OutputForm, Screen};
use super::place::RunDir;
use crate::base::terminal;
use crate::commands::prune::due;
use crate::config::Plan;
use crate::journal::{Journal, Phase, SessionTotals, fact};
use crate::map::Mapper;
use crate::model::{Exit, Ledger, RunError, Source, StopCause};
use crate::report::html::HtmlReport;
use crate::report::json::{InputFile, ReportFacts, ReportTarget};
use crate::report::traffic::Traffic;
use crate::report::{Clusters, Part, Summary};

/// Everything the end of a run needs.
pub(crate) struct Closing<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a RunDir,
    pub(crate) journal: Journal,
    pub(crate) part: Option<Part>,
    pub(crate) sources: &'a [Source],
    /// Rows of each source.
    pub(crate) rows: &'a [u64],
    pub(crate) mappers: &'a mut [Mapper],
    /// Records read.
    pub(crate) read: u64,
    /// The ledger as it was counted while sending, to be compared with the journal's.
    pub(crate) counted: Option<Ledger>,
    pub(crate) stopped: Option<StopCause>,
    /// What failed, where something of ours or of the disk did.
    pub(crate) broken: Option<RunError>,
    /// The mildest exit that is possible: a guard's, for a run that sent nothing.
    pub(crate) at_least: Exit,
    /// How long this session sent.
    pub(crate) sending: Duration,
    pub(crate) screen: Screen,
    /// Whether the run ended before, and this only writes its report anew.
    pub(crate) again: bool,
}

impl Closing<'_> {
    /// Ends the run.
    pub(crate) fn close(mut self) -> Exit {
        let mut ended = self.write();
        if ended.end.exit() != Exit::Internal {
            let at = ended.facts.as_ref().map_or_else(Timestamp::now, |facts| facts.finished_at);
            let noted = self.note_the_end(ended.exit, &ended.ledger, at);
            ended.end.take(noted);
        }
        let (counts, stopped) = (ended.totals.counts, self.stopped.as_ref());
        let exit = ended.exit.max(ended.end.exit());
        let audited = audit::ended(self.plan, self.run, exit, ended.ledger, counts, stopped);
        ended.end.take(audited);
        let Ledger { failed, unknown, unsent, .. } = ended.ledger;
        let exit = ended.exit.max(ended.end.exit());
        if exit == Exit::Guarded {
            // Nothing was sent and nothing of it can be resumed: the next run reads the input anew.
            drop_copy(&self.run.copy(), 0);
        } else if exit != Exit::Internal {
            drop_copy(&self.run.copy(), failed + unknown + unsent);
        }
        let ending = self.ending(exit, &ended);
        let printed = self.print(exit, ended);
        aftermath::ended(ending);
        printed.map_or_else(
            |error| {
                error.say();
                exit.max(error.exit)
            },
            |()| exit,
        )
    }

    fn ending(&self, exit: Exit, ended: &Ended) -> Ending<'_> {
        Ending {
            plan: self.plan,
            run: &self.run.id,
            dir: &self.run.path,
            exit,
            stopped: self.stopped.as_ref(),
            held: ended.end.held(),
            ledger: ended.ledger,
            took: self.took(ended.facts.as_ref()),
            requests: aftermath::requests(&self.journal),
        }
    }

    /// Until when what is left can be sent again.
    fn kept_until(&self, ledger: &Ledger) -> Option<Timestamp> {
        let left = ledger.failed + ledger.unknown + ledger.unsent;
        let days = self.plan.runs.keep_days;
        due(self.run, days).filter(|_| left > 0 && self.run.copy().is_file())
    }

    fn took(&self, facts: Option<&ReportFacts>) -> Duration {
        facts.map_or(self.sending, |facts| {
            Duration::try_from(facts.finished_at.duration_since(facts.started_at))
                .unwrap_or_default()
        })
    }

    /// Writes report and outcome files of a run that ended before, and changes nothing else.
    pub(crate) fn write_again(mut self) -> Exit {
        let ended = self.write();
        ended.end.say();
        ended.exit.max(ended.end.exit())
    }

    /// Everything that is written at the end, as far as the disk allows.
    fn write(&mut self) -> Ended {
        let mut end = End::default();
        if let Some(error) = self.broken.take() {
            end.fail(error);
        }
        // A request whose end could not be written may have been applied all the same.
        end.take(self.journal.recover().map_err(RunError::from));
        let ledger = end.take(self.journal.ledger(self.read).map_err(RunError::from));
        let ledger = ledger.unwrap_or(Ledger { read: self.read, ..Ledger::default() });
        if self.counted.is_some_and(|counted| counted != ledger) {
            end.fail(
                RunError::internal("the ledger counted while sending is not the journal's")
                    .hint("please report this as a bug; the report follows the journal"),
            );
        }
        self.forget_a_stop_that_stopped_nothing(&ledger);
        let totals = end.take(self.journal.totals().map_err(RunError::from)).unwrap_or_default();
        let written = end.take(self.outcome_files());
        let (mut files, clusters) =
            written.map_or_else(Default::default, |Written { files, clusters }| (files, clusters));
        let exit = exit_of(&ledger, self.stopped.as_ref(), &self.plan.accept)
            .max(self.at_least)
            .max(end.exit());
        let facts = end.take(self.facts(&ledger, &totals, exit));
        if let (Some(facts), Some(part)) = (&facts, self.part.take()) {
            let report = end.take(self.finish().report(part, facts));
            files.splice(0..0, report);
            files.extend(end.take(self.html(facts, &clusters, &files)));
        }
        let exit = exit.max(end.exit());
        Ended { end, exit, ledger, totals, clusters, files, facts }
    }

    /// Told to stop while its last requests were in flight, a run has come to its end all the same:
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
        let is_spreadsheet = self.sources.iter().any(|source| source.sheet.is_some());
        Finish {
            run: self.run,
            journal: &self.journal,
            sources: self.sources,
            read: self.read,
            mappers: self.mappers,
            workbook: (report.xlsx || is_spreadsheet).then_some(report.contacts),
            settled: self.again && !self.run.copy().is_file(),
        }
    }

    fn outcome_files(&mut self) -> Result<Written, RunError> {
        self.finish().outcome_files()
    }

    fn facts(
        &self,
        ledger: &Ledger,
        totals: &SessionTotals,
        exit: Exit,
    ) -> Result<ReportFacts, RunError> {
        let journal = &self.journal;
        let target = &self.plan.target;
        let input = self.sources.iter().zip(self.rows).map(|(source, rows)| InputFile {
            file: source.file.clone(),
            sheet: source.sheet.clone(),
            rows: *rows,
            sha256: source.sha256.clone(),
        });
        Ok(ReportFacts {
            job: self.plan.name.clone(),
            run: self.run.id.clone(),
            parent_run: journal.get(fact::PARENT_RUN)?,
            operation: self.plan.operation,
            target: ReportTarget {
                host: target.host.clone(),
                stream: target.stream_id.clone(),
                account: target.account_id.clone(),
                client_id: target.client_id.clone(),
            },
            started_at: journal.get(fact::STARTED_AT)?.unwrap_or_else(Timestamp::now),
            finished_at: match self.again {
                true => match journal.get(fact::FINISHED_AT)? {
                    Some(at) => at,
                    None => journal.last_sign_of_life()?.unwrap_or_else(Timestamp::now),
                },
                false => Timestamp::now(),
            },
            exit_code: exit.code(),
            stopped: self.stopped.clone(),
            tool_version: journal.get(fact::TOOL_VERSION)?.unwrap_or_default(),
            user: journal.get(fact::USER)?.unwrap_or_default(),
            machine: journal.get(fact::MACHINE)?.unwrap_or_default(),
            input: input.collect(),
            overrides: self.plan.overrides.clone(),
            ledger: *ledger,
            requests: totals.counts,
        })
    }

    fn html(
        &self,
        facts: &ReportFacts,
        clusters: &Clusters,
        files: &[PathBuf],
    ) -> Result<PathBuf, RunError> {
        let quota = per_minute(&self.plan.limits.rate);
        let page = HtmlReport {
            job: facts.job.clone(),
            run: facts.run.clone(),
            dir: self.run.path.clone(),
            unit: self.plan.target.credentials.unit().map(str::to_owned),
            operation: facts.operation,
            target: facts.target.clone(),
            started_at: facts.started_at,
            finished_at: facts.finished_at,
            exit: Exit::with_code(facts.exit_code).unwrap_or(Exit::Internal),
            stopped: facts.stopped.clone(),
            ledger: facts.ledger,
            requests: facts.requests,
            traffic: traffic(&self.journal, quota)?,
            per_minute: quota,
            clusters: clusters.all(),
            values: self.plan.report.values,
            input: facts.input.clone(),
            settings: super::view::settings(self.plan),
            by: format!("{}@{}, korebulk {}", facts.user, facts.machine, facts.tool_version),
            files: files.to_vec(),
        };
        page.write(&self.run.path)
            .map_err(|error| RunError::internal(format!("report.html cannot be written: {error}")))
    }

    fn note_the_end(
        &self,
        exit: Exit,
        ledger: &Ledger,
        finished_at: Timestamp,
    ) -> Result<(), RunError> {
        let journal = &self.journal;
        journal.begin_last()?;
        journal.set(fact::FINISHED_AT, &finished_at)?;
        journal.set(fact::EXIT, &exit)?;
        journal.set(fact::LEDGER, ledger)?;
        match &self.stopped {
            Some(cause) => journal.set(fact::STOPPED, cause)?,
            None => journal.unset(fact::STOPPED)?,
        }
        // A run that a guard held back stays `checked`, so that no `resume` sends it.
        if exit != Exit::Guarded {
            journal.set_phase(Phase::Finished)?;
        }
        Ok(journal.end_last()?)
    }

    fn print(&self, exit: Exit, ended: Ended) -> Result<(), RunError> {
        let Ended { end, ledger, totals, clusters, files, facts, .. } = ended;
        let summary = Summary {
            job: self.plan.name.clone(),
            run: self.run.id.clone(),
            dir: self.run.path.clone(),
            unit: self.plan.target.credentials.unit().map(str::to_owned),
            operation: self.plan.operation,
            host: super::view::host(&self.plan.target),
            account: self.plan.target.account_id.clone(),
            ledger,
            requests: totals.counts,
            duration: self.took(facts.as_ref()),
            // Of a run in several sessions the requests are not this session's alone.
            sending: if totals.sessions > 1 { Duration::ZERO } else { self.sending },
            per_minute: per_minute(&self.plan.limits.rate),
            stopped: self.stopped.clone(),
            exit,
            clusters: clusters.all(),
            values: self.plan.report.values,
            files,
            kept_until: self.kept_until(&ledger),
        };
        end.say();
        match self.screen.quiet {
            true => summary.render_quiet().say(),
            false => summary.render().say(),
        }
        match (self.screen.form, facts) {
            (OutputForm::Json, Some(facts)) => {
                Ok(terminal::print(&format!("{}\n", facts.to_json()))?)
            }
            _ => Ok(()),
        }
    }
}

/// What the end of a run came to.
struct Ended {
    end: End,
    exit: Exit,
    ledger: Ledger,
    totals: SessionTotals,
    clusters: Clusters,
    files: Vec<PathBuf>,
    facts: Option<ReportFacts>,
}

/// What failed on the way to the end.
#[derive(Default)]
struct End {
    errors: Vec<RunError>,
}

impl End {
    fn fail(&mut self, error: RunError) {
        self.errors.push(error);
    }

    fn take<T>(&mut self, result: Result<T, RunError>) -> Option<T> {
        result.map_err(|error| self.fail(error)).ok()
    }

    fn say(&self) {
        for error in &self.errors {
            error.say();
        }
    }

    /// What a guard said that held the run back.
    fn held(&self) -> Option<String> {
        let guard = self.errors.iter().find(|error| error.exit == Exit::Guarded);
        guard.map(|error| error.message.clone())
    }

    fn exit(&self) -> Exit {
        self.errors.iter().map(|error| error.exit).max().unwrap_or(Exit::Finished)
    }
}

/// The requests of all sessions, from the journal, for the charts.
fn traffic(journal: &Journal, quota: Option<f64>) -> Result<Traffic, RunError> {
    let mut traffic = Traffic::paced(quota);
    let mut start = None;
    journal.for_each_request(|row| {
        let Ok(at) = row.started_at.parse::<Timestamp>() else { return };
        let since = at.duration_since(*start.get_or_insert(at));
        let since = Duration::try_from(since).unwrap_or_default();
        traffic.sent(since);
        if let (Some(kind), Some(latency)) = (&row.ending, row.latency_ms) {
            let latency = Duration::from_millis(latency);
            traffic.ended(since + latency, row.status, kind, latency);
        }
    })?;
    Ok(traffic)
}
