//! What the environment of this process says: variables, and where state is stored.

use crate::base::state::StateDirs;
use crate::model::RunError;

/// A variable of the environment, for modules that are handed a look-up.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where state is stored.
///
/// # Errors
/// Exit 2 where there is no place for it.
pub(crate) fn state_dirs() -> Result<StateDirs, RunError> {
    StateDirs::find().ok_or_else(|| {
        RunError::usage("no place for korebulk's state: this user has no home directory of its own")
            .hint("name a directory with `KOREBULK_STATE_DIR`")
    })
}
