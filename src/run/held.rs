//! A run that is held back before its first byte: it ends with its report, or leaves nothing.

use super::open::Run;
use super::over::Over;
use super::signals::Signals;
use super::stored::Input;
use crate::audit::line::Event;
use crate::journal::Journal;
use crate::model::{Exit, RunError};

/// How a stage ends that does not lead to the next one.
pub(crate) enum Halt {
    /// The run is over, and its end is to be written.
    Over(Box<Over>),
    /// Nothing was sent, and nothing of it stays.
    Nothing(RunError),
}

impl Run {
    /// Whether a job that ends with this error is to be found later: nobody watched it. What was mistyped in a command
    /// leaves nothing, nor does what somebody stopped.
    pub(crate) fn is_remembered(&self, error: &RunError, signals: &Signals) -> bool {
        let by_itself = error.exit == Exit::Guarded || !signals.has_come();
        self.plan.job_file.is_some() && error.exit != Exit::Busy && by_itself
    }

    /// Nothing of the run stays: only copies of contacts would. Its journal is closed before: not every system removes what is open.
    pub(crate) fn leaves_nothing(self, journal: Option<Journal>, error: RunError) -> Halt {
        drop(journal);
        let _ = self.dir.remove();
        Halt::Nothing(error)
    }

    /// Ends the run for `error`, with its lines in journal and audit.
    pub(crate) async fn held_back(
        self,
        journal: Journal,
        input: Input,
        would_send: u64,
        error: RunError,
        signals: &mut Signals,
    ) -> Halt {
        // A guard or a person had their say about all that was read.
        if error.exit != Exit::Guarded && !self.is_remembered(&error, signals) {
            return self.leaves_nothing(Some(journal), error);
        }
        match self.note_in_audit(Event::Start, &input, would_send, signals).await {
            Ok(()) => Halt::Over(Box::new(Over::unsent(self, journal, input, error))),
            Err(_) => self.leaves_nothing(Some(journal), error),
        }
    }
}
