//! Whether an account may be read, and whether that fits into the time that its job has.

use jiff::Zoned;

use crate::account::Cost;
use crate::base::numbers::{counted, time};
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::schedule::window::{Fit, opening};

/// Whether reading of that cost fits into `limits.max_duration` and, while it is open, into `limits.window`. A window that is
/// closed is its own guard's.
///
/// # Errors
/// Exit 3 with figures where it does not.
pub(super) fn fits(plan: &Plan, cost: &Cost) -> Result<(), RunError> {
    let Some(takes) = cost.duration() else { return Ok(()) };
    let too_long = |why: String| {
        let message = format!("reading takes {} more ({why}); nothing was changed", time(takes));
        Err(RunError::new(Exit::Guarded, message)
            .hint("the next run goes on where this one stopped"))
    };
    if let Some(most) = plan.limits.max_duration
        && takes > most
    {
        return too_long(format!(
            "{}, and `limits.max_duration` is {}",
            counted(cost.requests, "request"),
            time(most)
        ));
    }
    let now = Zoned::now();
    let open = plan.limits.window.and_then(|window| opening(window, &now));
    match open.filter(|open| open.contains(&now)).map(|open| open.fit(&now, takes)) {
        Some(Fit::Short { percent, until }) => too_long(format!(
            "{}, and `limits.window` closes at {} with {percent} % read",
            counted(cost.requests, "request"),
            until.strftime("%H:%M %Z")
        )),
        _ => Ok(()),
    }
}

/// What is said where the account may not be read.
pub(crate) fn not_read() -> RunError {
    let message =
        "the account has to be read, and `account.no_read` does not allow it; nothing was changed";
    RunError::new(Exit::Guarded, message)
        .hint("`korebulk plan` without `--no-read` reads it, and says before what that takes")
}
