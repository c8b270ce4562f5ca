//! Runs that ended, or were killed: found again, settled, reported anew, and at last scrubbed of contact data.

pub(crate) mod history;
pub(crate) mod incomplete;
pub(crate) mod interrupted;
pub(crate) mod lost;
pub(crate) mod old;
pub(crate) mod retried;
pub(crate) mod rewrite;
pub(crate) mod runs_dirs;
pub(crate) mod scrub;
pub(crate) mod settle;
pub(crate) mod taken_up;
pub(crate) mod touches;
pub(crate) mod undone;
