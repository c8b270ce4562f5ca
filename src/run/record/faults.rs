//! What failed on the way to the end of a run. The end goes on; its exit says so.

use crate::model::{Exit, RunError};

/// Every fault, in its order.
#[derive(Default)]
pub(crate) struct Faults {
    errors: Vec<RunError>,
}

impl Faults {
    pub(crate) fn add(&mut self, error: RunError) {
        self.errors.push(error);
    }

    /// The value, or its fault kept.
    pub(crate) fn take<T, E: Into<RunError>>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(error.into())).ok()
    }

    pub(crate) fn say(&self) {
        self.errors.iter().for_each(RunError::say);
    }

    /// What held the run back.
    pub(crate) fn held(&self) -> Option<String> {
        let held = |error: &&RunError| matches!(error.exit, Exit::Guarded | Exit::Usage);
        self.errors.iter().find(held).map(|error| error.message.clone())
    }

    pub(crate) fn exit(&self) -> Exit {
        self.errors.iter().map(|error| error.exit).max().unwrap_or(Exit::Finished)
    }
}
