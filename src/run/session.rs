//! One sending session: feeder, pool and recorder at work, until all is settled or the run is stopped.

mod ends;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::ends::{Threads, joined, sheltered};
use super::access::Access;
use super::estimate::Estimate;
use super::feed::Feeder;
use super::listen::{Listeners, Listening};
use super::options::Screen;
use super::outbox;
use super::place::RunDir;
use super::recorder::Recorder;
use super::room::Room;
use super::signals::Signals;
use crate::api::wire::Wire;
use crate::config::Plan;
use crate::dispatch::decide::{DispatchSettings, Dispatcher};
use crate::dispatch::pool::{self, BookEntry, Control, Parts};
use crate::journal::{Journal, Phase};
use crate::map::Mapper;
use crate::model::{Event, Ledger, Mark, Moment, Ordinal, Record, RecordSet, RunError, StopCause};
use crate::report::Part;
use crate::report::screen::ScreenMode;

/// Slabs of records, and entries for the recorder, that may wait.
const WAITING_SLABS: usize = 4;
const WAITING_ENTRIES: usize = 128;

/// What a session works on.
pub(crate) struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a RunDir,
    pub(crate) journal: Journal,
    pub(crate) mappers: Vec<Mapper>,
    pub(crate) read: u64,
    pub(crate) to_send: RecordSet,
    pub(crate) marks: Vec<(Ordinal, Mark)>,
    pub(crate) estimate: Estimate,
    /// The batch size that worked last time.
    pub(crate) known_batch_size: Option<u32>,
    pub(crate) screen: Screen,
}

/// How it ended.
pub(crate) struct SessionEnd {
    pub(crate) journal: Journal,
    /// The ledger as it was counted while sending; `None` when something broke.
    pub(crate) counted: Option<Ledger>,
    pub(crate) mappers: Vec<Mapper>,
    pub(crate) stopped: Option<StopCause>,
    /// What of korebulk's own or of its disk failed.
    pub(crate) broken: Option<RunError>,
    pub(crate) took: Duration,
    /// The batch size that worked.
    pub(crate) batch_size: Option<u32>,
}

impl Session<'_> {
    /// Sends.
    ///
    /// # Errors
    /// When it could not begin; nothing was sent then.
    pub(crate) async fn send(
        mut self,
        access: &Access,
        signals: &mut Signals,
    ) -> Result<SessionEnd, RunError> {
        let began = Instant::now();
        self.journal.begin_session();
        let totals = self.journal.totals()?;
        outbox::mark(self.run, true);
        // Before a finished report becomes one that grows: whoever dies in between leaves an open run.
        self.journal.set_phase(Phase::Sending)?;
        let part = Part::open_at(&self.run.path, totals.report_offset, self.plan.report.contacts)
            .map_err(|error| {
            RunError::internal(format!("the report cannot be written: {error}"))
        })?;
        let dispatcher = self.dispatcher(totals.next_request);
        let mode = ScreenMode::of_stderr(self.screen.quiet);
        let listening = Listening::start(mode, Some(&self.run.path))?;
        let listeners = listening.listeners();
        let parts = self.parts(access, dispatcher);
        listeners.tell(Event::Sending {
            records: self.to_send.len(),
            requests: self.estimate.requests,
            per_minute: parts.pace.per_minute(),
        });

        let (slabs, input) = mpsc::channel(WAITING_SLABS);
        let (entries, book_entries) = mpsc::channel(WAITING_ENTRIES);
        let (orders, control) = mpsc::channel(4);
        let limit = super::window::limit(self.plan, &Moment::now());
        let run = self.run.clone();
        let threads = self.start_threads(part, slabs, book_entries, listeners)?;
        let sending = Box::pin(async {
            tokio::select! {
                biased;
                never = watch(signals, &orders, limit) => match never {},
                end = pool::send_all(parts, input, entries, control) => end,
            }
        });
        let end = sheltered(sending).await;
        let end = joined(threads, &run, end, began);
        listening.stop();
        end
    }

    fn dispatcher(&self, next_request: u64) -> Dispatcher {
        let settings = DispatchSettings {
            operation: self.plan.operation,
            limits: self.plan.limits.clone(),
            canary: self.plan.canary,
            known_batch_size: self.known_batch_size,
            next_request,
            planned_records: self.to_send.len(),
            seed: fastrand::u64(..),
            started_at: Timestamp::now(),
            fitting: crate::dispatch::chunk::fitting,
        };
        Dispatcher::new(settings, tokio::time::Instant::now())
    }

    fn parts(&self, access: &Access, dispatcher: Dispatcher) -> Parts {
        Parts {
            wire: Wire::new(self.plan.operation, &access.target),
            client: Arc::clone(&access.client),
            signing: Arc::clone(&access.signing),
            pace: Arc::clone(&access.pace),
            dispatcher,
            grace: self.plan.limits.grace,
        }
    }

    fn start_threads(
        self,
        part: Part,
        slabs: mpsc::Sender<Vec<Record>>,
        entries: mpsc::Receiver<BookEntry>,
        listeners: Listeners,
    ) -> Result<Threads, RunError> {
        let ledger = self.journal.ledger(self.read)?;
        let mut marked = RecordSet::default();
        for (ordinal, _) in &self.marks {
            marked.insert(*ordinal);
        }
        let recorder = Recorder {
            journal: self.journal,
            part,
            marked,
            listeners,
            compared: ledger.succeeded > 0,
            room: Room::new(self.run.path.clone(), &ledger),
            full: None,
            ledger,
        };
        let feeder = Feeder {
            copy: self.run.copy(),
            mappers: self.mappers,
            to_send: self.to_send,
            marks: self.marks,
        };
        let no_thread = |error: std::io::Error| RunError::internal(format!("no thread: {error}"));
        Ok(Threads {
            recorder: thread("recorder")
                .spawn(move || recorder.record(entries))
                .map_err(no_thread)?,
            feeder: thread("feeder").spawn(move || feeder.feed(&slabs)).map_err(no_thread)?,
        })
    }
}

fn thread(name: &str) -> std::thread::Builder {
    std::thread::Builder::new().name(name.to_owned())
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
