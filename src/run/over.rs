//! A run whose sending is over, or that never began to send: what every end is written from.

use std::time::Duration;

use super::open::Run;
use super::options::Screen;
use super::run_dir::RunDir;
use super::stored::Input;
use crate::config::Plan;
use crate::journal::{JobLock, Journal};
use crate::model::{Ledger, RunError, StopCause};

/// A run that is over.
pub(crate) struct Over {
    pub(crate) plan: Plan,
    pub(crate) dir: RunDir,
    pub(crate) journal: Journal,
    pub(crate) input: Input,
    /// The ledger as it was counted while sending, to be compared with the journal's.
    pub(crate) counted: Option<Ledger>,
    pub(crate) stopped: Option<StopCause>,
    /// What failed, where something of ours or of the disk did; or what held the run back.
    pub(crate) broken: Option<RunError>,
    /// Whether requests may have left.
    pub(crate) sent: bool,
    /// How long this session sent.
    pub(crate) sending: Duration,
    pub(super) screen: Screen,
    /// Given back when the end is written.
    pub(super) _lock: JobLock,
}

impl Over {
    /// Nothing was sent, and the report says so.
    pub(crate) fn unsent(run: Run, journal: Journal, input: Input, held: RunError) -> Self {
        Self { broken: Some(held), sent: false, ..Self::of(run, journal, input) }
    }

    /// Something of ours failed before the first byte of this session.
    pub(crate) fn broken(run: Run, journal: Journal, input: Input, error: RunError) -> Self {
        Self { broken: Some(error), ..Self::of(run, journal, input) }
    }

    /// As it is where nothing else is known.
    pub(crate) fn of(run: Run, journal: Journal, input: Input) -> Self {
        let Run { plan, dir, how, lock, .. } = run;
        Self {
            plan,
            dir,
            journal,
            input,
            counted: None,
            stopped: None,
            broken: None,
            sent: true,
            sending: Duration::ZERO,
            screen: how.screen,
            _lock: lock,
        }
    }
}
