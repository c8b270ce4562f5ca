//! How a session comes together again, also when a part of it panicked: the run still ends with its report.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::thread::JoinHandle;

use tokio::sync::mpsc::{Receiver, Sender};

use super::feed::Feeder;
use super::recorder::{Recorded, Recorder};
use crate::dispatch::pool::{PoolEnd, RecorderMessage};
use crate::journal::Journal;
use crate::map::Mapper;
use crate::model::{Ledger, Record, RunError, StopCause};
use crate::run::run_dir::RunDir;

/// The threads of a session.
pub(super) struct Threads {
    recorder: JoinHandle<Recorded>,
    feeder: JoinHandle<Fed>,
}

impl Threads {
    /// Starts both.
    ///
    /// # Errors
    /// Exit 70 where the system has no thread to give.
    pub(super) fn start(
        recorder: Recorder,
        entries: Receiver<RecorderMessage>,
        feeder: Feeder,
        slabs: Sender<Vec<Record>>,
    ) -> Result<Self, RunError> {
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let refused = |error: io::Error| RunError::internal(format!("no thread: {error}"));
        Ok(Self {
            feeder: thread("feeder").spawn(move || feeder.feed(&slabs)).map_err(refused)?,
            recorder: thread("recorder")
                .spawn(move || recorder.record(entries))
                .map_err(refused)?,
        })
    }
}

/// How the sending ended.
pub(super) struct SessionEnd {
    pub(super) journal: Journal,
    /// The ledger as it was counted while sending; `None` when something broke.
    pub(super) counted: Option<Ledger>,
    pub(super) mappers: Vec<Mapper>,
    pub(super) stopped: Option<StopCause>,
    /// What of korebulk's own or of its disk failed.
    pub(super) broken: Option<RunError>,
    /// The batch size that worked.
    pub(super) batch_size: Option<u32>,
}

/// The mappers back, and how the feeding ended.
type Fed = (Vec<Mapper>, Result<(), RunError>);

/// `work`'s result; `None` when it panicked: the run still has to end with its report.
pub(super) async fn sheltered<T>(mut work: Pin<Box<impl Future<Output = T>>>) -> Option<T> {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

/// The pool has dropped its ends of the channels, so both threads end by themselves.
pub(super) fn joined(
    threads: Result<Threads, RunError>,
    run: &RunDir,
    end: Option<PoolEnd>,
) -> Result<SessionEnd, RunError> {
    let Threads { recorder, feeder } = match threads {
        Ok(threads) => threads,
        Err(error) => {
            let (journal, counted, mappers) = (Journal::open(&run.journal())?, None, Vec::new());
            let (stopped, broken, batch_size) = (None, Some(error), None);
            return Ok(SessionEnd { journal, counted, mappers, stopped, broken, batch_size });
        }
    };
    let mut broken = None;
    let (mappers, fed) =
        feeder.join().unwrap_or_else(|_| (Vec::new(), Err(failed("the thread of the feeder"))));
    if end.is_none() {
        broken = Some(failed("the sending"));
    }
    let (stopped, batch_size) = end.map_or((None, None), |end| (end.stopped, end.batch_size));
    let (journal, counted) = if let Ok(recorded) = recorder.join() {
        broken = recorded.broken.or(broken);
        (recorded.journal, Some(recorded.ledger))
    } else {
        broken = Some(failed("the thread of the recorder"));
        // As it was committed last.
        (Journal::open(&run.journal())?, None)
    };
    Ok(SessionEnd {
        journal,
        counted: counted.filter(|_| broken.is_none()),
        mappers,
        stopped,
        broken: broken.or(fed.err()),
        batch_size,
    })
}

fn failed(what: &str) -> RunError {
    RunError::internal(format!("{what} failed")).hint("please report this as a bug")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use jiff::Timestamp;

    use super::*;
    use crate::model::Ledger;

    /// What is left of a session of one request, one part of which may have panicked.
    fn left(
        recorder: fn(Recorded) -> Recorded,
        feeder: fn() -> Fed,
    ) -> (tempfile::TempDir, SessionEnd) {
        let place = tempfile::tempdir().unwrap();
        let run = RunDir::create(place.path(), "job", Timestamp::UNIX_EPOCH).unwrap();
        let journal = Journal::create(&run.journal()).unwrap();
        let left = Recorded { journal, ledger: Ledger::default(), broken: None };
        let threads = Threads {
            recorder: thread::spawn(move || recorder(left)),
            feeder: thread::spawn(feeder),
        };
        let end = PoolEnd { stopped: None, batch_size: None };
        (place, joined(Ok(threads), &run, Some(end)).unwrap())
    }

    #[test]
    fn a_feeder_that_panics_leaves_the_journal_and_is_an_error() {
        let (_place, end) = left(|recorded| recorded, || panic!("in the feeder"));
        assert_eq!(end.broken, Some(failed("the thread of the feeder")));
        assert_eq!(end.counted, Some(Ledger::default()), "all was recorded to the end");
    }

    #[test]
    fn a_recorder_that_panics_leaves_what_it_committed() {
        let (_place, end) = left(|_| panic!("in the recorder"), || (Vec::new(), Ok(())));
        assert_eq!(end.broken, Some(failed("the thread of the recorder")));
        assert_eq!(end.counted, None, "what was counted went with them");
        assert_eq!(end.journal.totals().unwrap().report_offset, 0);
    }
}
