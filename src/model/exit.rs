//! How a run ended: the worst that holds (docs/contract.md, "Exit codes"). Pure.

use super::error::{Exit, StopCause};
use super::outcome::Ledger;
use super::settings::Accept;

impl Exit {
    /// The exit of a run whose counts are known.
    pub fn of(ledger: &Ledger, stopped: Option<&StopCause>, accept: &Accept) -> Self {
        let mut exit = match stopped {
            // No request ever got through: what was given cannot be used.
            Some(StopCause::NoWay { .. }) if ledger.total_requested() == 0 => Self::Usage,
            stopped => stopped.map_or(Self::Finished, StopCause::exit),
        };
        let mut at_least = |holds: bool, other: Self| {
            if holds {
                exit = exit.max(other);
            }
        };
        at_least(!ledger.closes(), Self::Internal);
        at_least(ledger.unsent > 0, Self::Stopped);
        at_least(ledger.unknown > 0, Self::SomeUnknown);
        at_least(!accepted(ledger, accept), Self::SomeFailed);
        exit
    }
}

/// Whether what did not succeed is within `[accept]`.
fn accepted(ledger: &Ledger, accept: &Accept) -> bool {
    let read = ledger.read;
    accept.failures_beyond(ledger.failed, ledger.not_found, read) == 0
        && accept.rejected.admits(ledger.rejected, read)
        && accept.diverged.is_none_or(|most| most.admits(ledger.diverged, read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::Tolerance;

    fn ledger() -> Ledger {
        Ledger { read: 100, succeeded: 100, ..Ledger::default() }
    }

    #[test]
    fn the_worst_that_holds_wins() {
        let accept = Accept::default();
        let signal = StopCause::Signal { signal: "SIGINT".into() };
        let mixed = Ledger { succeeded: 97, failed: 1, unknown: 1, unsent: 1, ..ledger() };
        assert_eq!(Exit::of(&ledger(), None, &accept), Exit::Finished);
        assert_eq!(Exit::of(&mixed, None, &accept), Exit::Stopped);
        let credentials = StopCause::Credentials { status: 401, code: None, clock_ahead: None };
        assert_eq!(Exit::of(&mixed, Some(&credentials), &accept), Exit::NeedsPerson);
        assert_eq!(Exit::of(&ledger(), Some(&signal), &accept), Exit::Stopped);
        let unknown = Ledger { succeeded: 98, failed: 1, unknown: 1, ..ledger() };
        assert_eq!(Exit::of(&unknown, None, &accept), Exit::SomeUnknown);
    }

    #[test]
    fn counts_that_do_not_add_up_are_an_error_of_ours() {
        let open = Ledger { succeeded: 99, ..ledger() };
        assert_eq!(Exit::of(&open, None, &Accept::default()), Exit::Internal);
    }

    #[test]
    fn records_already_gone_have_a_tolerance_of_their_own() {
        let night = Ledger { succeeded: 96, failed: 4, not_found: 3, ..ledger() };
        let gone = Accept { not_found: Tolerance::Count(3), ..Accept::default() };
        assert_eq!(Exit::of(&night, None, &gone), Exit::SomeFailed);
        let quiet = Ledger { succeeded: 97, failed: 3, ..night };
        assert_eq!(Exit::of(&quiet, None, &gone), Exit::Finished);
        let strict = Accept { not_found: Tolerance::Count(2), ..Accept::default() };
        assert_eq!(Exit::of(&quiet, None, &strict), Exit::SomeFailed);
        let share = Accept { failed: Tolerance::Share(0.04), ..Accept::default() };
        assert_eq!(Exit::of(&night, None, &share), Exit::Finished);
    }

    #[test]
    fn divergence_counts_only_where_it_is_set() {
        let drifted = Ledger { diverged: 5, ..ledger() };
        assert_eq!(Exit::of(&drifted, None, &Accept::default()), Exit::Finished);
        let set = Accept { diverged: Some(Tolerance::Count(4)), ..Accept::default() };
        assert_eq!(Exit::of(&drifted, None, &set), Exit::SomeFailed);
    }
}
