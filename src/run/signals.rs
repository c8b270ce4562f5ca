//! Signals as something to wait for, and work that a signal may end (docs/contract.md, "Stop").
//!
//! Whatever may wait for somebody, a person, a lock, a disk, does so off the runtime's thread.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::person;
use crate::base::terminal;
use crate::model::{Exit, RunError};

/// How long work may take to end once it was asked to.
const MOMENT: Duration = Duration::from_secs(1);

/// SIGINT, SIGTERM and SIGHUP, whichever comes.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// None for a process that was started to outlive its terminal (`nohup`).
    hang_up: Option<Signal>,
    /// Whether one has come.
    came: bool,
}

impl Signals {
    /// From now on these signals do not end the process.
    pub(crate) fn listen() -> Result<Self, RunError> {
        let listen =
            |kind| signal(kind).map_err(|error| RunError::internal(format!("no signals: {error}")));
        let hang_up = SignalKind::hangup();
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: if is_ignored(hang_up) { None } else { Some(listen(hang_up)?) },
            came: false,
        })
    }

    /// The next one's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        let signal = tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = hang_up => "SIGHUP",
        };
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

/// Whether this process was started with `kind` ignored.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}
