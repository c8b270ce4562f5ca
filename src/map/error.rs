//! What makes a mapping impossible: exit 2, or 3 where a guard cannot hold. Nothing is sent.

use crate::model::{Exit, RunError};

/// The settings do not fit the input: names the column or field, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MapError {
    /// What is wrong and where.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// It is a guard that cannot hold, not a mistake in the settings.
    pub is_guard: bool,
}

impl MapError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), is_guard: false }
    }

    pub(super) fn guarded(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { is_guard: true, ..Self::new(message, hint) }
    }
}

impl From<MapError> for RunError {
    fn from(error: MapError) -> Self {
        let run_error = match error.is_guard {
            true => Self::new(Exit::Guarded, format!("{}; nothing was sent", error.message)),
            false => Self::usage(error.message),
        };
        if error.hint.is_empty() { run_error } else { run_error.hint(error.hint) }
    }
}

/// Names in back-ticks, with commas.
pub(super) fn ticked<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let ticked: Vec<String> =
        names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    ticked.join(", ")
}
