//! Signals as something to wait for, and work that a signal may end (docs/contract.md, "Stop").
//!
//! Whatever may wait for somebody, a person, a lock, a disk, does so off the runtime's thread.

use std::time::Duration;

use tokio::sync::oneshot;

use super::person;
use crate::base::system::StopSignals;
use crate::base::terminal;
use crate::model::{Exit, RunError};

/// How long work may take to end once it was asked to.
const MOMENT: Duration = Duration::from_secs(1);

/// What asks a process to stop: SIGINT, SIGTERM, SIGQUIT and SIGHUP, or what Windows has in their place.
#[derive(Debug)]
pub(crate) struct Signals {
    signals: StopSignals,
    /// Whether one has come.
    came: bool,
}

impl Signals {
    /// From now on these signals do not end the process.
    pub(crate) fn listen() -> Result<Self, RunError> {
        let signals = StopSignals::listen();
        let signals =
            signals.map_err(|error| RunError::internal(format!("no signals: {error}")))?;
        Ok(Self { signals, came: false })
    }

    /// The next one's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        let signal = self.signals.next().await;
        self.came = true;
        signal
    }

    /// Whether one has come, as far as anybody has looked.
    pub(crate) const fn has_come(&self) -> bool {
        self.came
    }

    /// Whether one has ever come.
    pub(crate) async fn came(&mut self) -> bool {
        self.came || self.pending().await.is_some()
    }

    /// The end of a run that a signal stops of which nobody has heard yet: what else ended at that moment is chance.
    pub(crate) async fn stop(&mut self) -> Option<RunError> {
        let signal = self.pending().await?;
        Some(stopped_by(signal).hint("run the same command again"))
    }

    /// A signal that has come, also where the runtime has not looked for it yet.
    async fn pending(&mut self) -> Option<&'static str> {
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = std::future::ready(()) => None,
        }
    }

    /// What `work` comes to, on a thread of its own. To be used before the first byte.
    ///
    /// # Errors
    /// Those of the work; after a signal 4, or 3 where a question was asked: it is answered with "no".
    pub(crate) async fn unless_signalled<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = Result<T, RunError>> + Send + 'static,
    ) -> Result<T, RunError> {
        let asked_before = person::asked();
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Handle::current();
        let mut working = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                tokio::select! {
                    done = work => Some(done),
                    _ = stopped => None,
                }
            })
        });
        let (signal, done) = tokio::select! {
            biased;
            signal = self.next() => (signal, false),
            done = &mut working => match self.pending().await {
                Some(signal) => (signal, true),
                None => return done.ok().flatten().unwrap_or_else(|| Err(failed())),
            },
        };
        let stopped = stopped_by(signal);
        if person::asked() > asked_before {
            // Behind what was typed, and what the terminal shows of the signal.
            terminal::say("\n");
            return Err(RunError { exit: Exit::Guarded, ..stopped });
        }
        drop(stop);
        if !done {
            // Who waits for a file or a lock hears nothing of it, and is left behind.
            let _ = tokio::time::timeout(MOMENT, working).await;
        }
        Err(stopped.hint("run the same command again"))
    }

    /// What `work` comes to, on a thread of its own; a first signal changes nothing.
    ///
    /// # Errors
    /// Exit 4 after a second one.
    pub(crate) async fn unless_signalled_twice(
        &mut self,
        work: impl FnOnce() -> Exit + Send + 'static,
    ) -> Result<Exit, RunError> {
        let mut working = tokio::task::spawn_blocking(work);
        for left in [false, true] {
            tokio::select! {
                done = &mut working => return Ok(done.unwrap_or(Exit::Internal)),
                _ = self.next() => {}
            }
            if !left {
                terminal::say("the end of the run is being written; a second signal leaves it\n");
            }
        }
        Err(RunError::new(Exit::Stopped, "left before the end of the run was written"))
    }
}

fn stopped_by(signal: &str) -> RunError {
    RunError::new(Exit::Stopped, format!("stopped by {signal}; nothing was sent"))
}

fn failed() -> RunError {
    RunError::internal("korebulk itself failed; nothing was sent")
        .hint("please report this as a bug")
}
