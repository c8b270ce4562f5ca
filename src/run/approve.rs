//! The fourth stage, `approve`: guards first, then the secret, then the person. Nothing is sent before all agree.

pub(crate) mod access;
pub(crate) mod constants;
pub(crate) mod measure;
pub(crate) mod window;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::access::Access;
use super::check::Checked;
use super::check::except;
use super::held::Halt;
use super::open::{Reopened, Run};
use super::options::OutputForm;
use super::over::Over;
use super::past::{retried, taken_up, undone};
use super::person::person;
use super::resolve::Resolved;
use super::signals::Signals;
use super::stored::Input;
use super::{learned, view};
use crate::audit::line::Event;
use crate::base::numbers::{counted, time};
use crate::base::terminal;
use crate::config::Plan;
use crate::dispatch::estimate::Estimate;
use crate::journal::{Journal, fact};
use crate::map::Except;
use crate::model::settings::Values;
use crate::model::{Exit, Moment, RecordSet, RunError};
use crate::report::prompt_view::protected;
use crate::report::{PromptView, part};

/// Older runs are asked about: others may have changed the contacts meanwhile.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// How far this clock may have been set back since.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// A run that may send.
pub(crate) struct Approved {
    pub(crate) run: Run,
    pub(crate) journal: Journal,
    pub(crate) input: Input,
    pub(crate) to_send: RecordSet,
    /// Whom no operation touches.
    pub(crate) except: Arc<Except>,
    pub(crate) access: Access,
    pub(crate) estimate: Estimate,
    /// The batch size that worked last time.
    pub(crate) known_batch_size: Option<u32>,
}

impl Resolved {
    /// Asks everybody who may say no.
    ///
    /// # Errors
    /// The end of a run that is held back.
    pub(crate) async fn approve(mut self, signals: &mut Signals) -> Result<Approved, Halt> {
        let allowed = self.allowed(signals).await;
        let Checked { run, journal, findings, picked, .. } = self.checked;
        let known_batch_size = learned::batch_size(&run.plan);
        let estimate = findings.estimate(&run.plan, known_batch_size);
        let would_send = findings.sendable();
        let (input, to_send, except) = (findings.input, findings.to_send, findings.except);
        let access = match allowed {
            Ok(access) => access,
            Err(error) => {
                return Err(run.held_back(journal, input, would_send, error, signals).await);
            }
        };
        if let Err(error) = run.note_in_audit(Event::Start, &input, would_send, signals).await {
            return Err(run.leaves_nothing(Some(journal), error));
        }
        // Not before: a retry that a guard holds back leaves the other run its own to finish.
        let handed_over = match (&run.parent, &picked) {
            (Some(parent), Some(picked)) => retried::hand_over(parent, &run.dir.id, picked),
            (Some(parent), None) => undone::note(parent, &run.dir.id, &run.plan),
            (None, _) => taken_up::note(&run.plan, &input.sources, &journal, &run.dir.id),
        };
        if let Err(error) = handed_over {
            return Err(Halt::Over(Box::new(Over::unsent(run, journal, input, error))));
        }
        Ok(Approved { run, journal, input, to_send, except, access, estimate, known_batch_size })
    }

    /// In this order: what costs nothing, the secret, the person. The secret of a run that is held back anyway is
    /// not asked for.
    async fn allowed(&mut self, signals: &mut Signals) -> Result<Access, RunError> {
        let Self { checked: Checked { run, findings, began, .. }, access } = self;
        measure::as_planned(run, findings)?;
        let of_files = run.parent.is_none();
        let mut guards = measure::guards(&run.plan, &run.dir, of_files, findings, began);
        constants::ask(&mut guards, &run.how, signals).await?;
        measure::pass(&guards, &run.plan, began)?;
        let asks = run.asks(findings.sendable(), true)?;
        let access = match access.take() {
            Some(access) => access,
            None => access::of(&run.plan, &run.dir, signals).await?,
        };
        run.shows_protection();
        if asks {
            let values = if run.how.show_values { Values::Full } else { run.plan.report.values };
            let view = view::prompt_view(&run.plan, findings, guards, values);
            signals.unless_signalled(async move { ask(&view) }).await?;
        }
        Ok(access)
    }
}

impl Reopened {
    /// Asks everybody who may say no to a run that goes on. It stays as it is where one does.
    ///
    /// # Errors
    /// Exit 2 where it cannot go on, 3 where somebody says no.
    pub(crate) async fn approve(mut self, signals: &mut Signals) -> Result<Approved, RunError> {
        window::open(&self.run.plan, &Moment::now())?;
        let known = self.access.take();
        let Self { run, journal, input, to_send, .. } = self;
        if !run.dir.copy().is_file() {
            let gone = format!("{}: the stored copy of the input is gone", run.dir.path.display());
            return Err(RunError::usage(gone)
                .hint("it is scrubbed after `[runs] keep_days`; run the job again"));
        }
        part::check_at(&run.dir.path, journal.totals()?.report_offset)?;
        let (journal, to_send, except) =
            run.without_excepted(journal, &input, to_send, signals).await?;
        let question = run.asks_again(journal.need(fact::STARTED_AT)?)?;
        let access = match known {
            Some(access) => access,
            None => access::of(&run.plan, &run.dir, signals).await?,
        };
        run.shows_protection();
        if let Some(question) = question {
            signals.unless_signalled(async move { ask_again(&question) }).await?;
        }
        run.note_in_audit(Event::Resume, &input, to_send.len(), signals).await?;
        let known_batch_size = learned::batch_size(&run.plan);
        let Plan { operation, limits, .. } = &run.plan;
        let estimate = Estimate::of(*operation, limits, (to_send.len(), 0), 0, known_batch_size);
        Ok(Approved { run, journal, input, to_send, except, access, estimate, known_batch_size })
    }
}

impl Run {
    /// Says before anything is sent that the account is a protected one.
    fn shows_protection(&self) {
        let quiet = self.how.screen.quiet || self.how.screen.form == OutputForm::Json;
        if let Some(profile) = self.plan.profile.as_ref().filter(|it| it.protected && !quiet) {
            protected(profile).say();
        }
    }

    /// Whether the number of records is asked for. `is_known`: it is that number, which the account may make smaller.
    ///
    /// # Errors
    /// Exit 3 where nobody is there to be asked, and no guard in the place of the person.
    pub(super) fn asks(&self, records: u64, is_known: bool) -> Result<bool, RunError> {
        let answered = self.how.yes || self.how.plan_id.is_some();
        if answered || records == 0 || self.plan.target.is_sandbox() {
            return Ok(false);
        }
        if terminal::can_ask() || self.plan.guard.max_records.is_some() {
            return Ok(terminal::can_ask());
        }
        let most = if is_known { "" } else { "up to " };
        let records = counted(records, "record");
        let message = format!("nobody is there to confirm {most}{records}; nothing was sent");
        Err(RunError::new(Exit::Guarded, message)
            .hint("set `[guard] max_records` for runs that nobody watches, or say `--yes`"))
    }

    /// What is asked of a run that began long ago, where anything is.
    ///
    /// # Errors
    /// Exit 3 where nobody is there to be asked.
    fn asks_again(&self, began: Timestamp) -> Result<Option<String>, RunError> {
        let age = Timestamp::now().duration_since(began);
        if self.how.yes || (-CLOCKS_DIFFER..A_DAY).contains(&age) {
            return Ok(None);
        }
        let when = match Duration::try_from(age) {
            Ok(age) => format!("began {} ago", time(age)),
            Err(_) => "has a beginning in the future".to_owned(),
        };
        let what = format!("this run {when}; others may have changed the contacts meanwhile");
        match terminal::can_ask() {
            true => Ok(Some(what)),
            false => Err(not_confirmed(&what)),
        }
    }

    /// What is to be sent, without those who are on today's lists of `input.except`.
    async fn without_excepted(
        &self,
        journal: Journal,
        input: &Input,
        mut to_send: RecordSet,
        signals: &mut Signals,
    ) -> Result<(Journal, RecordSet, Arc<Except>), RunError> {
        let (plan, dir, sources) = (self.plan.clone(), self.dir.clone(), input.sources.clone());
        let looking = async move {
            let except = except::take_from(&mut to_send, &plan, &sources, &dir, &journal)?;
            Ok((journal, to_send, except))
        };
        signals.unless_signalled(looking).await
    }
}

fn ask(view: &PromptView) -> Result<(), RunError> {
    let refused = |what: &str| {
        let message = format!("not confirmed: {what} was not typed; nothing was sent");
        Err(RunError::new(Exit::Guarded, message))
    };
    if !view.accepts(&person().line(&view.render())?) {
        return refused("the number of records");
    }
    match view.profile.as_ref().filter(|profile| profile.protected) {
        Some(profile) if person().line("Type the account's name to go on: ")? != profile.name => {
            refused("the account's name")
        }
        _ => Ok(()),
    }
}

fn ask_again(what: &str) -> Result<(), RunError> {
    let typed = person().line(&format!("{what}. Type yes to go on: "))?;
    match typed.eq_ignore_ascii_case("yes") {
        true => Ok(()),
        false => Err(not_confirmed(what)),
    }
}

fn not_confirmed(what: &str) -> RunError {
    RunError::new(Exit::Guarded, format!("{what}; nothing was sent")).hint("say `--yes` to go on")
}
