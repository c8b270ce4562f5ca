//! Signals as something to wait for (design rule 5.9).

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::model::RunError;

/// SIGINT, SIGTERM and SIGHUP, whichever comes.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From now on these signals do not end the process.
    pub(crate) fn listen() -> Result<Self, RunError> {
        let listen =
            |kind| signal(kind).map_err(|error| RunError::internal(format!("no signals: {error}")));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// The next one's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}
