//! How an account is read: what it takes is said, and a person is asked where that is much.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{Timestamp, Zoned};

use super::fit;
use crate::account::{Cost, Place, Reading};
use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::run::person::person;
use crate::run::signals::Signals;

/// What is known of an account.
pub(crate) struct Known {
    pub(crate) reading: Reading,
    /// The contacts that were looked for and are there; `None`: the account was read whole.
    pub(crate) only: Option<BTreeSet<String>>,
}

/// What is to be known of an account.
pub(super) enum What {
    /// All of its contacts.
    Whole,
    /// These contacts.
    Few(BTreeSet<String>),
    /// Those behind a place, as many as so many requests show.
    Part(Place, u64),
}

/// What is asked where there is no choice but to read it.
pub(crate) const READ_IT: &str = "read it? (yes/no): ";

/// How an account is read, this once.
pub(crate) struct ReadHow<'a> {
    /// Nobody is asked.
    pub(crate) yes: bool,
    /// Only what is wrong is said.
    pub(crate) quiet: bool,
    /// Nothing that was read before counts.
    pub(crate) since: Option<Timestamp>,
    /// How old what was read may be.
    pub(crate) age: Duration,
    /// What else the cost may not be too much for.
    pub(crate) fits: &'a (dyn Fn(&Cost) -> Result<(), RunError> + Sync),
    /// What is asked above `account.ask_above`.
    pub(crate) question: &'static str,
    /// Said where the reading ends early: `no file was written`.
    pub(crate) nothing: &'static str,
}

impl ReadHow<'_> {
    /// Says what it takes, and stops where that is too much.
    pub(super) async fn approve(
        &self,
        plan: &Plan,
        cost: &Cost,
        signals: &mut Signals,
    ) -> Result<(), RunError> {
        if !self.quiet {
            terminal::say(&format!("{}\n", cost.words(&Zoned::now())));
        }
        (self.fits)(cost)?;
        fit::fits(plan, cost)?;
        if self.yes || cost.requests <= plan.account.ask_above || !terminal::can_ask() {
            return Ok(());
        }
        let question = self.question.to_owned();
        let answer = signals.unless_signalled(async move { person().line(&question) }).await;
        let refused = |error: RunError| RunError { exit: error.exit.max(Exit::Guarded), ..error };
        match answer.map_err(refused)? {
            answer if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Ok(()),
            _ => Err(RunError::new(Exit::Guarded, format!("not confirmed; {}", self.nothing))),
        }
    }

    /// What `work` comes to, unless a signal ends it.
    pub(crate) async fn unless_signalled<T>(
        &self,
        signals: &mut Signals,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        tokio::select! {
            biased;
            signal = signals.next() => Err(stopped(signal, self.nothing)),
            done = work => done,
        }
    }
}

/// What a signal means while an account is read or written down.
pub(crate) fn stopped(signal: &str, nothing: &str) -> RunError {
    RunError::new(Exit::Stopped, format!("stopped by {signal}; {nothing}"))
        .hint("the same command goes on where this one stopped")
}
