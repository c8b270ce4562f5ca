//! The listeners' thread: one stream of events to the screen and to `log.jsonl`.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::model::{Event, RunError};
use crate::report::EventLog;
use crate::report::screen::{Screen, ScreenMode};

/// Tellings that may wait before whoever tells has to.
const WAITING: usize = 64;

/// Where events are sent. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Listeners {
    events: SyncSender<Vec<Event>>,
}

impl Listeners {
    /// Tells an event; waits when the listeners are behind.
    pub(crate) fn tell(&self, event: Event) {
        self.tell_all(vec![event]);
    }

    /// Tells what happened together, for one waking of the listeners.
    pub(crate) fn tell_all(&self, events: Vec<Event>) {
        // Without listeners nobody misses it: a run never ends because of its screen.
        let _ = self.events.send(events);
    }
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Listening {
    listeners: Listeners,
    thread: JoinHandle<()>,
}

impl Listening {
    /// Starts to listen; with a run's directory, also into its log.
    pub(crate) fn start(mode: ScreenMode, run: Option<&Path>) -> Result<Self, RunError> {
        let log = run.map(EventLog::open).transpose().map_err(|error| {
            RunError::internal(format!("the run's log cannot be written: {error}"))
        })?;
        let (events, received) = mpsc::sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("listeners".to_owned())
            .spawn(move || listen(&received, &mut Screen::new(mode, Instant::now()), log))
            .map_err(|error| RunError::internal(format!("no thread: {error}")))?;
        Ok(Self { listeners: Listeners { events }, thread })
    }

    /// Where to tell events.
    pub(crate) fn listeners(&self) -> Listeners {
        self.listeners.clone()
    }

    /// Ends once every other [`Listeners`] is gone and all events are handled; the screen is clear then.
    pub(crate) fn stop(self) {
        drop(self.listeners);
        // A panic in the screen has been printed by its hook; the run's result does not hang on it.
        let _ = self.thread.join();
    }
}

fn listen(received: &Receiver<Vec<Event>>, screen: &mut Screen, mut log: Option<EventLog>) {
    loop {
        match received.recv_timeout(Duration::from_secs(1)) {
            Ok(events) => {
                for event in events {
                    // A log that cannot be written is no reason to stop: the journal holds what counts.
                    let kept = log.as_mut().map_or(Ok(()), |log| log.on(&event, Timestamp::now()));
                    if kept.is_err() {
                        log = None;
                    }
                    screen.on(&event, Instant::now());
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                // What is quiet is looked at: the log must not be behind then.
                if log.as_mut().is_some_and(|log| log.flush().is_err()) {
                    log = None;
                }
                screen.tick(Instant::now());
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let _ = log.map(|mut log| log.flush());
    screen.finish();
}
