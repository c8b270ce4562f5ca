//! How a session comes together again, also when a part of it panicked: the run still ends with its report.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Instant;

use super::SessionEnd;
use crate::dispatch::pool::PoolEnd;
use crate::journal::Journal;
use crate::map::Mapper;
use crate::model::RunError;
use crate::model::settings::Contacts;
use crate::report::Part;
use crate::run::books::ClosedBooks;
use crate::run::place::RunDir;

/// The threads of a session.
pub(super) struct Threads {
    pub(super) books: JoinHandle<ClosedBooks>,
    pub(super) feeder: JoinHandle<Fed>,
}

/// The mappers back, and how the feeding ended.
type Fed = (Vec<Mapper>, Result<(), RunError>);

/// Where the books lie, should their thread fail.
pub(super) struct Kept {
    pub(super) run: RunDir,
    pub(super) contacts: Contacts,
}

impl Kept {
    /// As they were committed last.
    fn reopen(&self) -> Result<(Journal, Option<Part>), RunError> {
        let journal = Journal::open(&self.run.journal())?;
        let offset = journal.totals()?.report_offset;
        // Without it the journal still says what became of every record.
        let part = Part::open_at(&self.run.path, offset, self.contacts).ok();
        Ok((journal, part))
    }
}

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
    threads: Threads,
    kept: &Kept,
    end: Option<PoolEnd>,
    began: Instant,
) -> Result<SessionEnd, RunError> {
    let Threads { books, feeder } = threads;
    let mut broken = None;
    let (mappers, fed) =
        feeder.join().unwrap_or_else(|_| (Vec::new(), Err(failed("the thread of the feeder"))));
    if end.is_none() {
        broken = Some(failed("the sending"));
    }
    let (stopped, batch_size) = end.map_or((None, None), |end| (end.stopped, end.batch_size));
    let (journal, part, counted) = if let Ok(closed) = books.join() {
        broken = closed.broken.or(broken);
        (closed.journal, Some(closed.part), Some(closed.ledger))
    } else {
        let (journal, part) = kept.reopen()?;
        broken = Some(failed("the thread of the books"));
        (journal, part, None)
    };
    Ok(SessionEnd {
        journal,
        part,
        counted: counted.filter(|_| broken.is_none()),
        mappers,
        stopped,
        broken: broken.or(fed.err()),
        took: began.elapsed(),
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
    use crate::model::{Ledger, RequestCounts};

    /// What is left of a session of one request, one part of which may have panicked.
    fn left(
        books: fn(ClosedBooks) -> ClosedBooks,
        feeder: fn() -> Fed,
    ) -> (tempfile::TempDir, SessionEnd) {
        let place = tempfile::tempdir().unwrap();
        let run = RunDir::create(place.path(), "job", Timestamp::UNIX_EPOCH).unwrap();
        let journal = Journal::create(&run.journal()).unwrap();
        let part = Part::create(&run.path, Contacts::Full).unwrap();
        let closed = ClosedBooks { journal, part, ledger: Ledger::default(), broken: None };
        let threads =
            Threads { books: thread::spawn(move || books(closed)), feeder: thread::spawn(feeder) };
        let kept = Kept { run, contacts: Contacts::Full };
        let end = PoolEnd { stopped: None, counts: RequestCounts::default(), batch_size: None };
        (place, joined(threads, &kept, Some(end), Instant::now()).unwrap())
    }

    #[test]
    fn a_feeder_that_panics_leaves_books_and_report_and_is_an_error() {
        let (_place, end) = left(|books| books, || panic!("in the feeder"));
        assert_eq!(end.broken, Some(failed("the thread of the feeder")));
        assert!(end.part.is_some());
        assert_eq!(end.counted, Some(Ledger::default()), "the books were kept to the end");
    }

    #[test]
    fn books_that_panic_are_opened_again_as_they_were_committed() {
        let (_place, end) = left(|_| panic!("in the books"), || (Vec::new(), Ok(())));
        assert_eq!(end.broken, Some(failed("the thread of the books")));
        assert!(end.part.is_some());
        assert_eq!(end.counted, None, "what was counted went with them");
        assert_eq!(end.journal.totals().unwrap().report_offset, 0);
    }
}
