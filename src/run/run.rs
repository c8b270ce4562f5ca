//! `run` and `plan`: from a plan to a report, or to what a run would do.

use std::time::Duration;

use jiff::Timestamp;

use super::access::Access;
use super::closing::{Closing, Purpose};
use super::environment::state_dirs;
use super::estimate::Estimate;
use super::guards::guards;
use super::options::{OutputForm, PlanOptions, RunOptions, Screen};
use super::pass1::Checked;
use super::place::RunDir;
use super::reader::Reader;
use super::rows::Rows;
use super::session::{Session, SessionEnd};
use super::signals::Signals;
use super::stored::PLAN;
use super::{
    audit, constants, notifications, old, outbox, prompt, questions, resume, retried, runs_dirs,
    settle, view,
};
use crate::base::{machine, terminal};
use crate::config::Plan;
use crate::journal::{JobLock, Journal, LockedJob, Phase, fact};
use crate::model::settings::Values;
use crate::model::{Exit, Moment, RecordSet, RunError};
use crate::report::plan_view::PlanGuard;

/// Runs a job from its input files to its report.
///
/// # Errors
/// Whatever ends it before its first byte; later ends are told in the summary.
pub fn run(plan: Plan, how: RunOptions) -> Result<Exit, RunError> {
    block_on(async move {
        let mut signals = Signals::listen()?;
        let told = plan.clone();
        let done = begin(plan, how, &mut signals).await;
        if let Err(error) = &done {
            let error = error.clone();
            let notified = async move {
                notifications::refused(&told, &error);
                Ok(())
            };
            // A signal meanwhile ends the telling, not the run.
            let _ = signals.unless_told(notified).await;
        }
        done
    })
}

/// A run, or in its place the interrupted one before it.
async fn begin(plan: Plan, how: RunOptions, signals: &mut Signals) -> Result<Exit, RunError> {
    let lock = lock(&plan, signals).await?;
    let (of, or_resume) = (plan.clone(), how.or_resume);
    let preparing = async move {
        let ended = if or_resume { settle::end_of_the_last(&of)? } else { None };
        if ended.is_none() {
            notifications::begins(&of);
        }
        let earlier = super::place::all(&of.runs.dir).unwrap_or_default();
        settle::settle_all(&earlier, outbox::Effort::Again);
        old::scrub_before(&of);
        let interrupted =
            if or_resume && ended.is_none() { resume::interrupted(&of)? } else { None };
        Ok((ended, interrupted))
    };
    match signals.unless_told(preparing).await? {
        (Some((run, exit)), _) => {
            resume::nothing_left(&Journal::open_to_read(&run.journal())?, &run)?;
            return Ok(exit);
        }
        (None, Some(run)) => return resume::instead(run, plan, how, &lock, signals).await,
        (None, None) => {}
    }
    start(plan, how, Origin::files(Moment::now()), &lock, signals).await
}

/// Shows what a job would do; sends nothing.
///
/// # Errors
/// Exit 2 for input that cannot be used.
pub fn plan(plan: &Plan, how: &PlanOptions) -> Result<Exit, RunError> {
    let form = how.form;
    let values = if how.show_values { Values::Full } else { plan.report.values };
    let now = Moment::now();
    let (view, dir) = block_on(async {
        let mut signals = Signals::listen()?;
        let (plan, rows) = opened(plan.clone(), &now, &mut signals).await?;
        let plan = &plan;
        let dir = RunDir::create(&plan.runs.dir, "plan", now.timestamp())?;
        let read = async {
            let mut reader = Reader {
                plan,
                run: &dir,
                signals: &mut signals,
                screen: Screen { form, quiet: false },
                logged: false,
            };
            reader.read(rows, &now).await
        };
        let checked = read.await.map(|(checked, _)| checked);
        let view = checked.and_then(|checked| {
            let estimate = estimate(plan, &checked);
            let mut guards = guards(plan, checked.sendable(), &now)?;
            guards.extend(constants::guard(&checked));
            let mut view = view::plan_view(plan, &checked, guards, &estimate, values);
            view.notices.extend(super::window::fit(plan, &estimate, &now));
            Ok(view)
        });
        Ok((view, dir))
    })?;
    // A plan leaves nothing behind; what stays of it by accident is scrubbed with old runs.
    let _ = dir.remove();
    let view = view?;
    terminal::print(&match form {
        OutputForm::Text => view.render(),
        OutputForm::Json => serde_json::to_string(&view).unwrap_or_default() + "\n",
    })?;
    Ok(Exit::Finished)
}

pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, RunError>>) -> Result<T, RunError> {
    // One thread: one connection's work is small, and the journal has a thread of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::internal(format!("no runtime: {error}")))?;
    let done = runtime.block_on(work);
    // A thread that still reads input after a stop is not waited for.
    runtime.shutdown_background();
    done
}

/// Notes in the audit what is about to begin, while signals are heard: others hold the audit for a
/// moment each, or for as long as they are stopped.
pub(crate) async fn note_in_audit(
    plan: &Plan,
    dir: &RunDir,
    begun: audit::Begun,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let (plan, dir) = (plan.clone(), dir.clone());
    signals.unless_told(async move { audit::begun(&plan, &dir, begun) }).await
}

/// The one-writer lock of a job on its target.
pub(crate) async fn lock(plan: &Plan, signals: &mut Signals) -> Result<JobLock, RunError> {
    let plan = plan.clone();
    signals.unless_told(async move { locked(&plan) }).await
}

fn locked(plan: &Plan) -> Result<JobLock, RunError> {
    let target = &plan.target;
    let job = LockedJob {
        host: &target.host,
        stream: &target.stream_id,
        operation: plan.operation,
        job: &plan.name,
    };
    JobLock::acquire(&state_dirs()?.shared, &job, Timestamp::now())
}

/// The job's own files, and the plan with what was answered about them.
async fn opened(
    mut plan: Plan,
    now: &Moment,
    signals: &mut Signals,
) -> Result<(Plan, Rows), RunError> {
    let now = now.clone();
    let opening = async move {
        let loader = questions::open(&mut plan, &now)?;
        Ok((plan, Rows::Files(Box::new(loader))))
    };
    signals.unless_told(opening).await
}

/// Where a new run's rows come from.
pub(crate) struct Origin {
    pub(crate) now: Moment,
    /// What another run left; `None`: the job's own files.
    pub(crate) left: Option<LeftBy>,
}

/// What another run left, and is to be sent by a new one.
pub(crate) struct LeftBy {
    pub(crate) parent: RunDir,
    pub(crate) rows: Rows,
    /// Its records among `rows`.
    pub(crate) picked: RecordSet,
}

impl Origin {
    fn files(now: Moment) -> Self {
        Self { now, left: None }
    }
}

/// Both passes of a new run.
pub(crate) async fn start(
    plan: Plan,
    how: RunOptions,
    origin: Origin,
    lock: &JobLock,
    signals: &mut Signals,
) -> Result<Exit, RunError> {
    let Origin { now, left } = origin;
    let access = match plan.target.is_sandbox() {
        true => None,
        false => Some(Access::to(&plan, signals).await?),
    };
    let ((plan, rows), parent) = match left {
        Some(LeftBy { parent, rows, picked }) => ((plan, rows), Some((parent, picked))),
        None => (opened(plan, &now, signals).await?, None),
    };
    let dir = RunDir::create(&plan.runs.dir, &plan.name, now.timestamp())?;
    runs_dirs::remember(&plan.runs.dir);
    lock.note(&dir.id);
    tracing::info!(run = dir.id, "the run begins");
    let read = async {
        let mut reader =
            Reader { plan: &plan, run: &dir, signals, screen: how.screen, logged: true };
        let (checked, journal) = reader.read(rows, &now).await?;
        let parent = parent.as_ref().map(|(parent, _)| parent);
        note_the_start(&plan, &dir, &journal, &how, parent, &now, &checked)?;
        let begun = audit::Begun {
            event: crate::audit::chain::Event::Start,
            sources: checked.sources.clone(),
            read: checked.ledger.read,
            would_send: checked.sendable(),
            yes: how.yes,
            reason: how.reason.clone(),
            parent: parent.map(|parent| parent.id.clone()),
        };
        note_in_audit(&plan, &dir, begun, signals).await?;
        Ok((checked, journal))
    };
    let (checked, journal) = match read.await {
        Ok(read) => read,
        Err(error) => {
            // Nothing was sent and nothing can be resumed: only copies of contacts would stay.
            let _ = dir.remove();
            return Err(error);
        }
    };
    let estimate = estimate(&plan, &checked);
    let run = Run { plan, dir, how, estimate, now };
    if let Err(refusal) = run.may_go_on(&checked, signals).await {
        return Ok(run.refused(checked, &journal, refusal));
    }
    if let Some((parent, picked)) = &parent {
        // Not before: a retry that a guard holds back leaves the other run its own to finish.
        retried::hand_over(parent, &run.dir.id, picked)?;
    }
    run.send(checked, journal, access, signals).await
}

fn estimate(plan: &Plan, checked: &Checked) -> Estimate {
    let known = super::learned::batch_size(plan);
    Estimate::of(plan.operation, &plan.limits, checked.sendable(), checked.bytes, known)
        .with_canary(plan.canary, plan.operation)
}

fn note_the_start(
    plan: &Plan,
    dir: &RunDir,
    journal: &Journal,
    how: &RunOptions,
    parent: Option<&RunDir>,
    now: &Moment,
    checked: &Checked,
) -> Result<(), RunError> {
    journal.begin()?;
    journal.set(fact::RUN, dir.id.as_str())?;
    journal.set(fact::JOB, plan.name.as_str())?;
    journal.set(fact::OPERATION, &plan.operation)?;
    journal.set(PLAN, plan)?;
    journal.set(fact::STARTED_AT, &now.timestamp())?;
    journal.set(fact::USER, machine::user().as_str())?;
    journal.set(fact::MACHINE, machine::name().as_str())?;
    journal.set(fact::READ, &checked.ledger.read)?;
    journal.set(fact::WOULD_SEND, &checked.sendable())?;
    journal.set(fact::ROWS, &checked.rows)?;
    if let Some(parent) = parent {
        journal.set(fact::PARENT_RUN, &parent.id)?;
    }
    if let Some(reason) = &how.reason {
        journal.set(fact::REASON, reason)?;
    }
    journal.set_phase(Phase::Checked)?;
    Ok(journal.end()?)
}

/// A run whose input is read.
struct Run {
    plan: Plan,
    dir: RunDir,
    how: RunOptions,
    estimate: Estimate,
    now: Moment,
}

impl Run {
    /// Plan id, guards, prompt: in this order, before the first byte.
    async fn may_go_on(&self, checked: &Checked, signals: &mut Signals) -> Result<(), RunError> {
        if let Some(expected) = &self.how.plan_id {
            let found = view::plan_id(&self.plan, checked);
            if *expected != found {
                return Err(RunError::new(
                    Exit::Guarded,
                    format!("plan `{expected}` no longer holds: input, mapping, target or operation have changed since"),
                )
                .hint(format!("look at it again with `korebulk plan`; it is `{found}` now")));
            }
        }
        let mut guards = guards(&self.plan, checked.sendable(), &self.now)?;
        guards.extend(constants::guard(checked));
        constants::ask(&mut guards, &self.how, signals).await?;
        if let Some(PlanGuard { name, detail, .. }) = guards.iter().find(|guard| !guard.passed) {
            return Err(RunError::new(
                Exit::Guarded,
                format!("`{name}`: {detail}; nothing was sent"),
            )
            .hint(match name.as_str() {
                "limits.window" => super::window::wait(&self.plan, &self.now),
                _ => "look at the input; where it is right, allow this run by the option of that name"
                    .to_owned(),
            }));
        }
        if checked.sendable() == 0 {
            return Ok(());
        }
        let values = if self.how.show_values { Values::Full } else { self.plan.report.values };
        let view = view::prompt_view(&self.plan, checked, guards, values);
        prompt::ask(&self.plan, &self.how, view, signals).await
    }

    async fn send(
        self,
        mut checked: Checked,
        journal: Journal,
        access: Option<Access>,
        signals: &mut Signals,
    ) -> Result<Exit, RunError> {
        let access = match access {
            Some(access) => access,
            None => Access::to_sandbox(&self.plan, &self.dir, &mut checked.mappers)?,
        };
        let marks = journal.marks()?;
        let session = Session {
            plan: &self.plan,
            run: &self.dir,
            journal,
            mappers: checked.mappers,
            read: checked.ledger.read,
            to_send: checked.to_send,
            marks,
            estimate: self.estimate,
            known_batch_size: super::learned::batch_size(&self.plan),
            screen: self.how.screen,
        };
        let end = session.send(&access, signals).await?;
        Ok(close(
            &self.plan,
            &self.dir,
            end,
            &checked.sources,
            &checked.rows,
            checked.ledger.read,
            self.how.screen,
        ))
    }

    /// Nothing is sent, and the report says so.
    fn refused(self, mut checked: Checked, journal: &Journal, refusal: RunError) -> Exit {
        Closing {
            purpose: Purpose::End,
            plan: &self.plan,
            run: &self.dir,
            journal,
            sources: &checked.sources,
            rows: &checked.rows,
            mappers: &mut checked.mappers,
            read: checked.ledger.read,
            counted: None,
            stopped: None,
            at_least: refusal.exit,
            broken: Some(refusal),
            sending: Duration::ZERO,
            screen: self.how.screen,
        }
        .close()
    }
}

/// The end of a session.
pub(crate) fn close(
    plan: &Plan,
    dir: &RunDir,
    end: SessionEnd,
    sources: &[crate::model::Source],
    rows: &[u64],
    read: u64,
    screen: Screen,
) -> Exit {
    let SessionEnd { journal, counted, mut mappers, stopped, broken, took, batch_size } = end;
    if let Some(size) = batch_size {
        super::learned::remember(plan, size);
    }
    Closing {
        purpose: Purpose::End,
        plan,
        run: dir,
        journal: &journal,
        sources,
        rows,
        mappers: &mut mappers,
        read,
        counted,
        stopped,
        broken,
        at_least: Exit::Finished,
        sending: took,
        screen,
    }
    .close()
}
