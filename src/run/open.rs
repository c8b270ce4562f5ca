//! The first stage, `open`: the job's lock is held, and the run is on disk: a new one, or an earlier one again.

use std::fs::File;

use jiff::Timestamp;

use super::approve::access::{self, Access};
use super::audit::{self, Begun};
use super::check::rows::Rows;
use super::close::outbox;
use super::close::outbox::Effort;
use super::environment::state_dirs;
use super::options::RunOptions;
use super::past::incomplete;
use super::past::retried::Retried;
use super::past::runs_dirs;
use super::past::settle::settle;
use super::past::undone;
use super::run_dir::RunDir;
use super::signals::Signals;
use super::stored::{Input, PLAN, never_sent, stored_plan};
use crate::audit::chain::hash_of;
use crate::audit::line::Event;
use crate::base::{machine, terminal};
use crate::config::{self, Plan};
use crate::journal::{JobLock, Journal, LockedJob, Phase, fact};
use crate::load::{InputPath, expand};
use crate::model::{Exit, Moment, RecordSet, RunError, Source};
use crate::report::words;

/// The right to write to the runs of a job: no other process has it.
pub(crate) struct Locked {
    plan: Plan,
    how: RunOptions,
    lock: JobLock,
}

/// A run, in all of its stages.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) dir: RunDir,
    pub(crate) how: RunOptions,
    /// The run whose leftovers this one sends, or that it takes back.
    pub(crate) parent: Option<RunDir>,
    /// Held until the run's end is written.
    pub(crate) lock: JobLock,
}

/// A new run, before it has read anything.
pub(crate) struct Opened {
    pub(crate) run: Run,
    pub(crate) journal: Journal,
    pub(crate) began: Moment,
    /// What is left of another run, or is to be undone of it; `None`: the job's own files.
    pub(crate) rows: Option<Rows>,
}

/// An earlier run, and what it left.
pub(crate) struct Reopened {
    pub(crate) run: Run,
    pub(crate) journal: Journal,
    pub(crate) input: Input,
    pub(crate) to_send: RecordSet,
    /// The way to the target, once it was needed: secrets are looked for once.
    pub(crate) access: Option<Access>,
}

impl Locked {
    /// Takes the lock of the plan's job on its target.
    ///
    /// # Errors
    /// Exit 75 where another run of the job is going on.
    pub(crate) async fn new(
        plan: Plan,
        how: RunOptions,
        signals: &mut Signals,
    ) -> Result<Self, RunError> {
        let locking = async move {
            let lock = Self::take(&plan)?;
            Ok(Self { plan, how, lock })
        };
        signals.unless_signalled(locking).await
    }

    /// The lock of the plan's job on its target, as it is now.
    ///
    /// # Errors
    /// Exit 75 where another run of the job is going on, 70 where it cannot be taken.
    pub(crate) fn take(plan: &Plan) -> Result<JobLock, RunError> {
        let target = &plan.target;
        let job = LockedJob {
            host: &target.host,
            stream: &target.stream_id,
            // What takes a run back holds the lock of its job.
            operation: plan.undoes.as_ref().map_or(plan.operation, |undoes| undoes.operation),
            job: &plan.name,
        };
        JobLock::acquire(&state_dirs()?.shared, &job, Timestamp::now())
    }

    /// Begins a new run over the job's own files.
    ///
    /// # Errors
    /// Exit 2 where the runs directory cannot be written.
    pub(crate) async fn open(self, signals: &mut Signals) -> Result<Opened, RunError> {
        signals.unless_signalled(async move { self.opened(None, None) }).await
    }

    /// Begins a new run over what `parent` left, or did.
    ///
    /// # Errors
    /// Exit 2 where the runs directory cannot be written.
    pub(crate) async fn open_over(
        self,
        parent: RunDir,
        rows: Rows,
        signals: &mut Signals,
    ) -> Result<Opened, RunError> {
        signals.unless_signalled(async move { self.opened(Some(parent), Some(rows)) }).await
    }

    fn opened(self, parent: Option<RunDir>, rows: Option<Rows>) -> Result<Opened, RunError> {
        let Self { plan, how, lock } = self;
        let began = Moment::now();
        let dir = RunDir::create(&plan.runs.dir, &plan.name, began.timestamp())?;
        runs_dirs::remember(&plan.runs.dir);
        lock.note(&dir.id);
        let run = Run { plan, dir, how, parent, lock };
        let journal = run.new_journal(&began)?;
        tracing::info!(run = run.dir.id, "the run begins");
        Ok(Opened { run, journal, began, rows })
    }

    /// Takes up the run in `dir`.
    ///
    /// # Errors
    /// Exit 2 for a run that never began to send, 3 for one whose records another run has taken over.
    pub(crate) async fn reopen(
        self,
        dir: RunDir,
        signals: &mut Signals,
    ) -> Result<Reopened, RunError> {
        let Self { plan, how, lock } = self;
        let reopening = async move {
            // What is left of its last end is done first: the audit's lines have their order.
            settle(&dir, Effort::Again)?;
            let journal = incomplete::open(&dir)?;
            lock.note(&dir.id);
            if journal.phase()? < Phase::Sending {
                return Err(never_sent(&journal)?);
            }
            undone::refuse(&journal, &dir)?;
            journal.recover()?;
            let input = Input::stored(&journal, &plan)?;
            let mut to_send = journal.unsettled(input.read)?;
            Retried::of(&journal, &dir)?.take_from(&mut to_send, "resume")?;
            if !to_send.is_empty() {
                undone::refuse_overtaken(&plan, &dir)?;
            }
            let run = Run { plan, dir, how, parent: None, lock };
            Ok(Reopened { run, journal, input, to_send, access: None })
        };
        let reopened = signals.unless_signalled(reopening).await;
        reopened.map_err(|error| match error.exit {
            // Whether it had begun to send is not known yet.
            Exit::Stopped => error.of_later_session(),
            _ => error,
        })
    }

    /// The run of this job that was interrupted, with its stored plan and today's limits and credentials in the place
    /// of today's plan; and the files of today that it has not read.
    pub(crate) fn in_place_of_today(self, dir: &RunDir) -> Result<(Self, Vec<String>), RunError> {
        let Self { plan: today, how, lock } = self;
        let journal = incomplete::open_to_read(dir)?;
        let unread = unread(&today, &journal.sources()?);
        let plan = config::renew(stored_plan(&journal)?, today);
        // Nobody is asked about a run that its own job finishes.
        Ok((Self { plan, how: RunOptions { yes: true, ..how }, lock }, unread))
    }
}

impl Run {
    /// A journal that says what this run is.
    pub(crate) fn new_journal(&self, began: &Moment) -> Result<Journal, RunError> {
        let Self { plan, dir, how, parent, .. } = self;
        outbox::mark(dir, true);
        let journal = Journal::create(&dir.journal())?;
        journal.begin()?;
        journal.set(fact::RUN, dir.id.as_str())?;
        journal.set(fact::JOB, plan.name.as_str())?;
        journal.set(fact::OPERATION, &plan.operation)?;
        journal.set(PLAN, plan)?;
        journal.set(fact::STARTED_AT, &began.timestamp())?;
        journal.set(fact::USER, machine::user().as_str())?;
        journal.set(fact::MACHINE, machine::name().as_str())?;
        if let Some(parent) = parent {
            journal.set(fact::PARENT_RUN, &parent.id)?;
        }
        let said = [(fact::REASON, &how.reason), (fact::PLAN_ID, &how.plan_id)];
        for (fact, said) in said {
            said.as_ref().map(|said| journal.set(fact, said)).transpose()?;
        }
        journal.end()?;
        Ok(journal)
    }

    /// Notes in the journal what was read, and the plan with what was answered about it.
    pub(crate) fn note_input(
        &self,
        journal: &Journal,
        input: &Input,
        would_send: u64,
    ) -> Result<(), RunError> {
        journal.begin()?;
        journal.set(PLAN, &self.plan)?;
        journal.set(fact::READ, &input.read)?;
        journal.set(fact::WOULD_SEND, &would_send)?;
        journal.set(fact::ROWS, &input.rows)?;
        journal.set_phase(Phase::Checked)?;
        Ok(journal.end()?)
    }

    /// Notes in the audit what is about to begin, while signals are heard: others hold the audit for a
    /// moment each, or for as long as they are stopped.
    ///
    /// # Errors
    /// Exit 70 when it cannot be written: nothing is sent that nobody could find again.
    pub(crate) async fn note_in_audit(
        &self,
        event: Event,
        input: &Input,
        would_send: u64,
        signals: &mut Signals,
    ) -> Result<(), RunError> {
        let begun = Begun {
            event,
            sources: input.sources.clone(),
            read: input.read,
            would_send,
            yes: self.how.yes,
            reason: self.how.reason.clone(),
            parent: self.parent.as_ref().map(|parent| parent.id.clone()),
        };
        let (plan, dir) = (self.plan.clone(), self.dir.clone());
        signals.unless_signalled(async move { audit::begun(&plan, &dir, begun) }).await
    }
}

impl Reopened {
    /// Finds the way to the target, where that is not done yet.
    ///
    /// # Errors
    /// Exit 2 where its credentials cannot be used.
    pub(crate) async fn reach(&mut self, signals: &mut Signals) -> Result<Access, RunError> {
        if let Some(access) = self.access.take() {
            return Ok(access);
        }
        access::of(&self.run.plan, &self.run.dir, signals).await
    }

    /// A finished run that left nothing says so again; the exit that it had.
    pub(crate) fn nothing_left(&self) -> Result<Option<Exit>, RunError> {
        let left = !self.to_send.is_empty() || self.journal.phase()? != Phase::Finished;
        if left { Ok(None) } else { nothing_left(&self.journal, &self.run.dir).map(Some) }
    }
}

/// A finished run says so again, with the exit that it had.
pub(crate) fn nothing_left(journal: &Journal, dir: &RunDir) -> Result<Exit, RunError> {
    let exit = journal.get(fact::EXIT)?.unwrap_or(Exit::Finished);
    let stopped = journal.get(fact::STOPPED)?;
    let plan = stored_plan(journal)?;
    let ledger = journal.get(fact::LEDGER)?.unwrap_or_default();
    let verdict = words::verdict(exit, stopped.as_ref(), plan.operation, &ledger);
    terminal::say(&format!(
        "Nothing of this run is left to send. {verdict}\n{}\n",
        terminal::line(&dir.path.to_string_lossy())
    ));
    Ok(exit)
}

/// The files of today's job that the interrupted run has not read, or not as they are now.
fn unread(today: &Plan, sources: &[Source]) -> Vec<String> {
    // Where today's file is missing, there is nothing that could be forgotten.
    let files = expand(&today.input, &Moment::now()).unwrap_or_default();
    let same = |file: &InputPath| {
        let hash = file.path().map(|path| File::open(path).and_then(hash_of));
        sources.iter().any(|source| {
            source.file == file.shown()
                && hash.as_ref().is_none_or(|h| h.as_ref().ok() == Some(&source.sha256))
        })
    };
    files.iter().filter(|file| !same(file)).map(|file| file.shown().to_owned()).collect()
}
