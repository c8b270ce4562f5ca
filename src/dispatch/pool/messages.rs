//! What pool, recorder and run tell each other.

use tokio::sync::oneshot;

use crate::model::settlement::{Intent, SentRecord};
use crate::model::{Event, Settlement, StopCause, Withheld};

/// What the pool tells the recorder. When it is gone, nothing more is sent.
#[derive(Debug)]
pub enum RecorderMessage {
    /// A request is about to leave.
    Intent {
        /// The request.
        intent: Intent,
        /// Notified once it is on disk; dropped when it cannot be written.
        written: oneshot::Sender<()>,
    },
    /// A request ended.
    Settled {
        /// What it came to.
        settlement: Settlement,
        /// Ids and origins, as long as the verdicts.
        sent: Vec<SentRecord>,
    },
    /// Records are not sent after all.
    Withheld(Vec<Withheld>),
    /// Something else happened.
    Happened(Event),
}

/// What the run tells the pool.
#[derive(Debug)]
pub enum Control {
    /// No new batch; what is in flight may finish within the grace (`docs/contract.md`, "Stop").
    Stop(StopCause),
    /// At once.
    Abort,
}
