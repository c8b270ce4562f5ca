//! The worker pool: makes the requests that the dispatcher asks for, and tells the recorder what came.
//!
//! The only place where time, permits, HTTP and decisions meet. `select!` only makes an event; a
//! plain function handles it. Knows nothing of files: the recorder is a channel.

mod attempt;
mod earlier;
mod ended;
mod messages;
mod second_look;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use self::attempt::{Attempt, AttemptEnd};
pub use self::earlier::EarlierRuns;
use self::earlier::Found;
use self::ended::Answered;
pub use self::messages::{Control, RecorderMessage};
use self::second_look::Looks;
pub use self::second_look::{LookAgain, Looked, SecondLook};
use super::decide::{Batch, Dispatcher, Step};
use crate::api::credentials::Signing;
use crate::api::http::Client;
use crate::api::wire::{self, Wire};
use crate::model::settlement::Intent;
use crate::model::{Event, Record, StopCause};
use crate::pace::{Pace, Permit};

/// What the pool works with.
#[derive(Debug)]
pub struct Parts {
    /// The operation's wire forms.
    pub wire: Wire,
    /// The connections.
    pub client: Arc<Client>,
    /// Signs each attempt.
    pub signing: Arc<Signing>,
    /// One permit per send.
    pub pace: Arc<Pace>,
    /// Decides.
    pub dispatcher: Dispatcher,
    /// How long requests in flight may take once the run is stopping.
    pub grace: Duration,
    /// Knows what earlier runs deleted; `None` where nobody is to be asked.
    pub earlier: Option<Arc<dyn EarlierRuns>>,
    /// Reads contacts again; `None` where no record rests on one.
    pub second_look: Option<SecondLook>,
}

/// How the sending ended.
#[derive(Debug)]
pub struct PoolEnd {
    /// Why it stopped before the end; `None` when nothing was left.
    pub stopped: Option<StopCause>,
    /// The batch size that worked, where one was found.
    pub batch_size: Option<u32>,
}

/// Sends all that `input` brings; ends when all is settled, or the run is stopped and nothing is
/// in flight. The recorder has the last verdict of every record fed by then, or it was never sent.
pub async fn send_all(
    parts: Parts,
    input: mpsc::Receiver<Vec<Record>>,
    recorder: mpsc::Sender<RecorderMessage>,
    control: mpsc::Receiver<Control>,
) -> PoolEnd {
    let mut pool = Pool {
        parts,
        recorder,
        input: Some(input),
        control: Some(control),
        attempts: JoinSet::new(),
        look_ups: JoinSet::new(),
        looks: Looks::default(),
        in_flight: HashMap::new(),
        permit: None,
        waiting: None,
        abort_at: None,
    };
    while let Next::Wait(until) = pool.send_what_may_be_sent() {
        let event = pool.next(until).await;
        pool.handle(event).await;
        pool.report_events().await;
    }
    pool.report_events().await;
    let dispatcher = pool.parts.dispatcher;
    PoolEnd { stopped: dispatcher.stopped().cloned(), batch_size: dispatcher.learned_batch_size() }
}

/// What the pool does next.
enum Next {
    /// Waits: for whatever happens, at the latest until then.
    Wait(Option<Instant>),
    /// Nothing is in flight, and nothing will be sent any more.
    End,
}

enum PoolEvent {
    Ended(Result<(Id, AttemptEnd), JoinError>),
    LookedUp(Result<(Id, Found), JoinError>),
    LookedAgain(Result<(Id, second_look::Answer), JoinError>),
    Ordered(Option<Control>),
    GraceOver,
    Permitted(Permit),
    Arrived(Option<Vec<Record>>),
    TimePassed,
}

type WaitingPermit = Pin<Box<dyn Future<Output = Permit> + Send>>;

struct Pool {
    parts: Parts,
    recorder: mpsc::Sender<RecorderMessage>,
    input: Option<mpsc::Receiver<Vec<Record>>>,
    control: Option<mpsc::Receiver<Control>>,
    /// Requests.
    attempts: JoinSet<AttemptEnd>,
    /// Looks at earlier runs for what an answer did not find.
    look_ups: JoinSet<Found>,
    /// Batches whose contacts are read again before they leave.
    looks: Looks,
    in_flight: HashMap<Id, InFlight>,
    permit: Option<Permit>,
    waiting: Option<WaitingPermit>,
    abort_at: Option<Instant>,
}

/// A batch in flight, and whether its request may have left.
struct InFlight {
    batch: Batch,
    left: Arc<AtomicBool>,
    since: Instant,
    /// Its answer, while earlier runs are asked about it.
    answered: Option<Answered>,
}

impl Pool {
    /// Sends what may be sent now.
    ///
    /// The permit is taken before the batch is cut, so that what leaves is decided at the last moment.
    fn send_what_may_be_sent(&mut self) -> Next {
        loop {
            let now = Instant::now();
            let is_ready = self.permit.is_none() && self.parts.dispatcher.ready(now);
            if is_ready && !self.next_is_old(now) {
                self.ask_for_permit();
                return Next::Wait(None);
            }
            match self.parts.dispatcher.poll(now) {
                Step::Finished => return Next::End,
                Step::Wait(until) => {
                    if self.looks.are_going_on() {
                        // The last permit may be the one that they wait for.
                        self.permit = None;
                    }
                    return Next::Wait(until);
                }
                Step::Send(batch) if self.is_old(&batch) => self.look_again(batch),
                Step::Send(batch) => match self.permit.take() {
                    Some(permit) => self.start(batch, permit),
                    // `ready` said no a moment ago: the next turn asks for a permit first.
                    None => drop(self.parts.dispatcher.never_left(batch)),
                },
            }
        }
    }

    fn ask_for_permit(&mut self) {
        if self.waiting.is_none() {
            let pace = Arc::clone(&self.parts.pace);
            self.waiting = Some(Box::pin(async move { pace.permit().await }));
        }
    }

    fn start(&mut self, batch: Batch, permit: Permit) {
        let request = self.parts.wire.request(&batch.records);
        let left = Arc::new(AtomicBool::new(false));
        let intent = Intent {
            request: batch.request,
            cut: batch.cut,
            records: batch.records.iter().map(|record| record.ordinal).collect(),
            body_bytes: request.body.len() as u64,
        };
        let attempt = Attempt {
            request,
            intent,
            answer_limit: wire::body_limit(batch.records.len()),
            client: Arc::clone(&self.parts.client),
            signing: Arc::clone(&self.parts.signing),
            recorder: self.recorder.clone(),
            left: Arc::clone(&left),
            permit,
        };
        let task = self.attempts.spawn(attempt.run());
        let (since, answered) = (Instant::now(), None);
        self.in_flight.insert(task.id(), InFlight { batch, left, since, answered });
    }

    /// Waits for one thing to happen: completions before new work.
    async fn next(&mut self, until: Option<Instant>) -> PoolEvent {
        let wants_input = self.input.is_some() && self.parts.dispatcher.wants_input();
        tokio::select! {
            biased;
            Some(ended) = self.attempts.join_next_with_id() => PoolEvent::Ended(ended),
            Some(found) = self.look_ups.join_next_with_id() => PoolEvent::LookedUp(found),
            Some(looked) = self.looks.next() => PoolEvent::LookedAgain(looked),
            order = receive(&mut self.control), if self.control.is_some() => PoolEvent::Ordered(order),
            () = at(self.abort_at), if self.abort_at.is_some() => PoolEvent::GraceOver,
            permit = granted(&mut self.waiting), if self.waiting.is_some() => PoolEvent::Permitted(permit),
            records = receive(&mut self.input), if wants_input => PoolEvent::Arrived(records),
            () = at(until), if until.is_some() => PoolEvent::TimePassed,
        }
    }

    async fn handle(&mut self, event: PoolEvent) {
        match event {
            PoolEvent::Ended(Ok((id, end))) => self.ended(id, end).await,
            PoolEvent::LookedUp(Ok((id, found))) => self.looked_up(id, found).await,
            PoolEvent::Ended(Err(crash)) | PoolEvent::LookedUp(Err(crash)) => {
                self.crashed(&crash).await;
            }
            PoolEvent::LookedAgain(ended) => self.looked_again(ended).await,
            PoolEvent::Ordered(Some(Control::Stop(cause))) => self.stop(cause),
            PoolEvent::Ordered(Some(Control::Abort)) | PoolEvent::GraceOver => self.abort().await,
            PoolEvent::Ordered(None) => self.control = None,
            PoolEvent::Permitted(permit) => {
                self.waiting = None;
                self.permit = Some(permit);
            }
            PoolEvent::Arrived(Some(records)) => {
                for record in records {
                    self.parts.dispatcher.feed(record);
                }
            }
            PoolEvent::Arrived(None) => {
                self.input = None;
                self.parts.dispatcher.end_of_input();
            }
            PoolEvent::TimePassed => {}
        }
    }

    /// No new batch; what is in flight has until the end of the grace.
    fn stop(&mut self, cause: StopCause) {
        self.parts.dispatcher.stop(cause);
        self.mind_the_grace();
    }

    fn mind_the_grace(&mut self) {
        if self.parts.dispatcher.stopped().is_some() {
            self.waiting = None;
            self.permit = None;
            self.break_off_looks();
            self.abort_at.get_or_insert_with(|| Instant::now() + self.parts.grace);
        }
    }

    async fn report_events(&mut self) {
        for event in self.parts.dispatcher.take_events() {
            self.report(RecorderMessage::Happened(event)).await;
        }
        if let Some(message) = self.parts.pace.notice() {
            self.report(RecorderMessage::Happened(Event::Notice { message })).await;
        }
    }

    async fn report(&mut self, message: RecorderMessage) {
        // A recorder that is gone refuses the next intent, and that stops the run.
        let _ = self.recorder.send(message).await;
    }
}

async fn receive<T>(channel: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match channel {
        Some(channel) => channel.recv().await,
        None => None,
    }
}

async fn granted(waiting: &mut Option<WaitingPermit>) -> Permit {
    match waiting {
        Some(waiting) => waiting.await,
        None => std::future::pending().await,
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
