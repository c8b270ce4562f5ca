//! Reads the account for nothing but to store a run's contacts as they are, where that takes little: a run that would do without
//! never waits long for it, and ends for none of its faults.

use std::collections::BTreeSet;
use std::time::Duration;

use super::how::{Known, ReadHow, What};
use super::known;
use super::place::dirs;
use crate::account::Cost;
use crate::base::numbers::{counted, thousands};
use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::Limits;
use crate::model::{Exit, RunError};
use crate::run::approve::access::Access;
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;

/// How long another process that reads the account is waited for, and a server that asks to wait.
const LONGEST: Duration = Duration::from_mins(1);
/// How long a server may be out of reach.
const OUTAGE: Duration = Duration::from_secs(10);
/// Requests that end without a readable answer.
const ATTEMPTS: u16 = 2;

/// What was read, or why nothing was. `how`: nobody is asked; only what is wrong is said.
///
/// # Errors
/// Exit 4 after a signal; exit 3 where it came while somebody was asked.
pub(crate) async fn to_store(
    plan: &Plan,
    dir: &RunDir,
    (yes, quiet): (bool, bool),
    few: Option<BTreeSet<String>>,
    access: &Access,
    signals: &mut Signals,
) -> Result<Result<Known, String>, RunError> {
    let (most, asks) = (plan.account.ask_above, !yes && terminal::can_ask());
    let fits = move |cost: &Cost| match cost.requests > most && !asks {
        true => Err(too_much(cost, most)),
        false => Ok(()),
    };
    let how = ReadHow {
        yes,
        quiet,
        since: None,
        age: plan.account.max_age,
        fits: &fits,
        question: "store the contacts as they are before the run? Without that it cannot be undone (yes/no): ",
        nothing: "the contacts are not stored",
    };
    let reading = async {
        let dirs = dirs(plan, Some(dir))?;
        let what = few.map_or(What::Whole, What::Few);
        Box::pin(known(&hurried(plan), &dirs, access, &how, what, signals)).await
    };
    let error = match reading.await {
        Ok(known) => return Ok(Ok(known)),
        Err(error) if signals.has_come() => return Err(error),
        Err(error) => error,
    };
    match (signals.stop().await, error) {
        (Some(stop), _) => Err(stop),
        (None, RunError { exit: Exit::Guarded, message, .. }) => Ok(Err(message)),
        (None, error) => Ok(Err(format!("the account could not be read: {}", error.message))),
    }
}

/// The same plan with less patience.
fn hurried(plan: &Plan) -> Plan {
    let limits = &plan.limits;
    let limits = Limits {
        max_attempts: limits.max_attempts.min(ATTEMPTS),
        max_wait: limits.max_wait.min(LONGEST),
        max_outage: limits.max_outage.min(OUTAGE),
        ..limits.clone()
    };
    Plan { limits, ..plan.clone() }
}

fn too_much(cost: &Cost, most: u64) -> RunError {
    let (takes, most) = (counted(cost.requests, "request"), thousands(most));
    let message = format!(
        "reading the account takes {takes}, and `account.ask_above` is {most} (`--backup true` reads it all the same)"
    );
    RunError::new(Exit::Guarded, message)
}
