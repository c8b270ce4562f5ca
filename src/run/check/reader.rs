//! Pass 1 at work: on a thread of its own, with signals heard and progress shown meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinError;

use super::except;
use super::findings::Findings;
use super::pass1::{self, Pass1};
use super::rows::Rows;
use crate::config::Plan;
use crate::journal::{Journal, fact};
use crate::model::{Event, Moment, RunError};
use crate::report::screen::ScreenMode;
use crate::run::listen::Listening;
use crate::run::options::Screen;
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;

/// Pass 1 on a thread of its own, so that signals are heard meanwhile.
pub(crate) struct Reader<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a RunDir,
    pub(crate) signals: &'a mut Signals,
    pub(crate) screen: Screen,
    /// Whether the run keeps a log.
    pub(crate) logged: bool,
}

impl Reader<'_> {
    /// Reads all of `rows` into the run's directory.
    ///
    /// # Errors
    /// Those of pass 1; exit 4 after a signal.
    pub(crate) async fn read(
        &mut self,
        mut rows: Rows,
        journal: Journal,
        now: &Moment,
    ) -> Result<(Findings, Journal), RunError> {
        let log = self.logged.then_some(self.run.path.as_path());
        let listening = Listening::start(ScreenMode::of_stderr(self.screen.quiet), log)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (plan, copy, now) = (self.plan.clone(), self.run.copy(), now.clone());
        let (listeners, flag) = (listening.listeners(), Arc::clone(&stop));
        let from = rows.ages_from();
        if let Some(from) = &from {
            journal.set(fact::AGES_FROM, from)?;
        }
        let mut reading = tokio::task::spawn_blocking(move || {
            let pass = Pass1 {
                settings: &plan.map,
                lists: &except::read(&plan, &now)?,
                journal: &journal,
                copy: &copy,
                now: from.unwrap_or_else(|| now.timestamp()),
                listeners: listeners.clone(),
                stop: &flag,
            };
            let checked = pass.read(&mut rows)?;
            listeners.tell(Event::Checked { ledger: checked.ledger });
            Ok((checked, journal))
        });
        let read = tokio::select! {
            read = &mut reading => read,
            _ = self.signals.next() => {
                stop.store(true, Ordering::Relaxed);
                // Standard input may never end: after a moment the thread is left behind.
                let read = tokio::time::timeout(Duration::from_secs(1), &mut reading).await;
                // What was read to its end just then is stopped all the same.
                let read = read.unwrap_or_else(|_| Ok(Err(pass1::interrupted())));
                read.map(|read| read.and_then(|_| Err(pass1::interrupted())))
            }
        };
        if !stop.load(Ordering::Relaxed) {
            listening.stop();
        }
        unless_broken(read)
    }
}

/// What was read; a panic of the reading is an error like any other, and nothing was sent by then.
fn unless_broken<T>(read: Result<Result<T, RunError>, JoinError>) -> Result<T, RunError> {
    read.unwrap_or_else(|_| {
        Err(RunError::internal("reading the input failed; nothing was sent")
            .hint("please report this as a bug"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_panics_is_an_error_of_ours() {
        let reading =
            tokio::task::spawn_blocking(|| -> Result<(), RunError> { panic!("in pass 1") });
        let error = unless_broken(reading.await).unwrap_err();
        assert_eq!(error.exit, crate::model::Exit::Internal);
        insta::assert_snapshot!(error, @"reading the input failed; nothing was sent");
    }
}
