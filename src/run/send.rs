//! The fourth stage, `send`: feeder, pool and recorder at work, until all is settled or the run is stopped.

pub(crate) mod disk_space;
pub(crate) mod earlier;
mod ends;
pub(crate) mod feed;
pub(crate) mod recorder;
mod session_over;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::disk_space::DiskSpace;
use self::earlier::Earlier;
use self::ends::{Threads, joined, sheltered};
use self::feed::{Feeder, Stored};
use self::recorder::Recorder;
use self::session_over::session_over;
use super::approve::Approved;
use super::approve::access::Access;
use super::approve::window;
use super::close::outbox;
use super::held::Halt;
use super::listen::{Listeners, Listening};
use super::over::Over;
use super::reading;
use super::second_look::{Judge, ListLooker, Looker, RowJudge, StoredRows, UndoJudge, good_until};
use super::signals::Signals;
use super::stored::ACCOUNT;
use crate::api::wire::Wire;
use crate::dispatch::decide::{DispatchSettings, Dispatcher};
use crate::dispatch::pool::{self, Control, Parts, SecondLook};
use crate::journal::{Phase, fact};
use crate::model::{Event, Ledger, Mark, Moment, Ordinal, RunError, StopCause};
use crate::report::Part;
use crate::report::screen::ScreenMode;

/// Slabs of records, and entries for the recorder, that may wait.
const WAITING_SLABS: usize = 4;
const WAITING_ENTRIES: usize = 128;

/// What a run begins to send with.
struct Ready {
    part: Part,
    /// What is known of earlier sends, in input order.
    marks: Vec<(Ordinal, Mark)>,
    /// What earlier sessions came to.
    ledger: Ledger,
    next_request: u64,
    listening: Listening,
    /// Where records rest on contacts: who reads them again, and the pool's end of it.
    looker: Option<Look>,
    second_look: Option<SecondLook>,
    /// Whether what the contacts were read into is still there.
    has_reading: bool,
    /// When the lists were read that rules have selected.
    lists_read: Option<Timestamp>,
}

/// Who reads again what records rest on.
enum Look {
    Contacts(Box<Looker>),
    Lists(Box<ListLooker>),
}

impl Approved {
    /// Sends what is to be sent, until all is settled or the run is stopped.
    ///
    /// # Errors
    /// When not even the journal can be opened any more.
    pub(crate) async fn send(mut self, signals: &mut Signals) -> Result<Over, Halt> {
        let began = Instant::now();
        let mut ready = match self.ready() {
            Ok(ready) => ready,
            Err(error) => return Ok(Over::broken(self.run, self.journal, self.input, error)),
        };
        let listeners = ready.listening.listeners();
        let parts = self.parts(&mut ready);
        let planned = Event::Sending {
            records: self.to_send.len(),
            requests: self.estimate.requests,
            per_minute: parts.pace.per_minute(),
        };
        listeners.tell(planned);
        let feeder = self.feeder(&mut ready);
        let (slabs, records) = mpsc::channel(WAITING_SLABS);
        let (entries, book_entries) = mpsc::channel(WAITING_ENTRIES);
        let (orders, control) = mpsc::channel(4);
        let Self { run, journal, input, access, .. } = self;
        let limit = window::limit(&run.plan, &Moment::now());
        let Ready { part, ledger, listening, looker, .. } = ready;
        let recorder = Recorder {
            journal,
            part,
            marked: feeder.marks.iter().map(|(ordinal, _)| *ordinal).collect(),
            listeners: listeners.clone(),
            compared: ledger.succeeded > 0,
            room: DiskSpace::new(run.dir.path.clone(), &ledger),
            full: None,
            ledger,
        };
        let threads = Threads::start(recorder, book_entries, feeder, slabs);
        let end = match &threads {
            Ok(_) => {
                let sending = async {
                    tokio::select! {
                        biased;
                        never = watch(signals, &orders, limit) => match never {},
                        never = look(looker, &access, &listeners) => match never {},
                        end = pool::send_all(parts, records, entries, control) => end,
                    }
                };
                sheltered(Box::pin(sending)).await
            }
            Err(_) => None,
        };
        let end = joined(threads, &run.dir, end).map_err(Halt::Nothing)?;
        // The thread ends with the last who could tell it something.
        drop(listeners);
        listening.stop();
        reading::forget_all(&run.plan, &run.dir);
        Ok(session_over(run, access, input, end, began.elapsed(), signals).await)
    }

    /// From here on requests may leave.
    fn ready(&mut self) -> Result<Ready, RunError> {
        let (looker, second_look, has_reading) = self.looker()?;
        let Self { run, journal, input, .. } = self;
        reading::forget(&run.plan, &run.dir)?;
        journal.begin_session();
        let totals = journal.totals()?;
        let contacts = run.plan.report.contacts;
        outbox::mark(&run.dir, true);
        // Before a finished report becomes one that grows: whoever dies in between leaves an open run.
        journal.set_phase(Phase::Sending)?;
        let part = Part::open_at(&run.dir.path, totals.report_offset, contacts);
        let part = part.map_err(|error| {
            RunError::internal(format!("the report cannot be written: {error}"))
        })?;
        let (marks, ledger) = (journal.marks()?, journal.ledger(input.read)?);
        let mode = ScreenMode::of_stderr(run.how.screen.quiet);
        let listening = Listening::start(mode, Some(&run.dir.path))?;
        let next_request = totals.next_request;
        let read = journal.get(ACCOUNT)?.filter(|_| run.plan.selects_lists());
        Ok(Ready {
            part,
            marks,
            ledger,
            next_request,
            listening,
            looker,
            second_look,
            has_reading,
            lists_read: read.map(|read| read.read_until),
        })
    }

    /// Who reads contacts again, where records rest on them.
    fn looker(&self) -> Result<(Option<Look>, Option<SecondLook>, bool), RunError> {
        let Self { run, journal, input, access, except, .. } = self;
        let (plan, dir) = (&run.plan, &run.dir);
        if plan.selects_lists() {
            let of = (&input.sources[..], except);
            let (looker, second_look) = ListLooker::new(plan, access, journal, of)?;
            return Ok((Some(Look::Lists(Box::new(looker))), Some(second_look), true));
        }
        if !plan.rests_on_contacts() {
            return Ok((None, None, false));
        }
        // Nobody knows how long the run lay: one that goes on reads again whatever it sends.
        let goes_on = journal.totals()?.sessions > 0;
        let own = match goes_on {
            true => None,
            false => reading::own(plan, dir, journal, &access.target)?,
        };
        // Nor what happened since the plan that was approved: its contacts are all looked at again.
        let is_as_shown = journal.get(fact::PLAN_ID)?.is_some();
        let has_reading = own.is_some() && !is_as_shown;
        let sources = &input.sources;
        let rows = StoredRows::open(plan, dir, journal, sources, except)?;
        let judge: Box<dyn Judge> = match &plan.undoes {
            Some(_) => Box::new(UndoJudge { effect: plan.operation.effect(), rows }),
            None => Box::new(RowJudge { plan: plan.clone(), rows }),
        };
        let judge = (judge, is_as_shown);
        let (looker, second_look) = Looker::new(plan, dir, access, own, judge)?;
        Ok((Some(Look::Contacts(Box::new(looker))), Some(second_look), has_reading))
    }

    fn feeder(&mut self, ready: &mut Ready) -> Feeder {
        let Self { run, input, to_send, .. } = self;
        let (plan, until) = (&run.plan, good_until(&run.plan, ready.has_reading));
        let rests = plan.rests_on_contacts();
        let good_until = ready.lists_read.map(&until);
        let is_written = plan.needs_contacts() || run.dir.previous().is_file();
        let stored = is_written.then(|| Stored {
            dir: run.dir.path.clone(),
            good_until: Box::new(move |read_at| rests.then(|| until(read_at))),
        });
        Feeder {
            copy: run.dir.copy(),
            mappers: std::mem::take(&mut input.mappers),
            stored,
            good_until,
            to_send: std::mem::take(to_send),
            marks: std::mem::take(&mut ready.marks),
        }
    }

    fn dispatcher(&self, ready: &Ready) -> Dispatcher {
        let plan = &self.run.plan;
        let settings = DispatchSettings {
            spec: *plan.operation.spec(),
            limits: plan.limits.clone(),
            canary: plan.canary,
            known_batch_size: self.known_batch_size,
            next_request: ready.next_request,
            planned_records: self.to_send.len(),
            has_succeeded: ready.ledger.succeeded > 0,
            accept: (plan.accept, self.input.read),
            seed: fastrand::u64(..),
            started_at: Timestamp::now(),
        };
        Dispatcher::new(settings, tokio::time::Instant::now())
    }

    fn parts(&self, ready: &mut Ready) -> Parts {
        let Access { client, signing, pace, target, .. } = &self.access;
        Parts {
            wire: Wire::new(self.run.plan.operation.spec(), target),
            client: Arc::clone(client),
            signing: Arc::clone(signing),
            pace: Arc::clone(pace),
            dispatcher: self.dispatcher(ready),
            grace: self.run.plan.limits.grace,
            earlier: Earlier::beside(&self.run.dir, &self.run.plan)
                .map(|earlier| Arc::new(earlier) as _),
            second_look: ready.second_look.take(),
        }
    }
}

/// Reads contacts again for as long as the pool asks.
async fn look(
    looker: Option<Look>,
    access: &Access,
    listeners: &Listeners,
) -> std::convert::Infallible {
    match looker {
        Some(Look::Contacts(looker)) => looker.serve(access, listeners).await,
        Some(Look::Lists(looker)) => looker.serve(access, listeners).await,
        None => std::future::pending().await,
    }
}

/// Passes signals and the end of the time that the run has on to the pool, for as long as it is asked.
async fn watch(
    signals: &mut Signals,
    orders: &mpsc::Sender<Control>,
    limit: Option<(Duration, StopCause)>,
) -> std::convert::Infallible {
    let deadline = limit.map(|(limit, cause)| (tokio::time::Instant::now() + limit, cause));
    let mut asked = false;
    loop {
        let order = tokio::select! {
            signal = signals.next() => match asked {
                true => Control::Abort,
                false => Control::Stop(StopCause::Signal { signal: signal.to_owned() }),
            },
            cause = over(deadline.as_ref()), if !asked && deadline.is_some() => {
                Control::Stop(cause)
            }
        };
        asked = true;
        // A pool that has ended wants no orders; the outer `select!` ends this one too.
        let _ = orders.send(order).await;
    }
}

async fn over(deadline: Option<&(tokio::time::Instant, StopCause)>) -> StopCause {
    match deadline {
        Some((moment, cause)) => {
            tokio::time::sleep_until(*moment).await;
            cause.clone()
        }
        None => std::future::pending().await,
    }
}
