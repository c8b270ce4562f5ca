//! What rows and contacts came to together: noted in the journal, and said in plan and prompt.

use crate::account::{Place, Reading};
use crate::config::Plan;
use crate::journal::Journal;
use crate::model::{Effect, Matches, PreviousContacts, RunError, UndoCounts};
use crate::report::Tally;
use crate::run::check::findings::OfAccount;
use crate::run::run_dir::RunDir;
use crate::run::stored::{ACCOUNT, MATCHES, PREVIOUS_CONTACTS, READ_TO, UNDO};
use crate::run::way_on;

/// What they came to.
pub(super) struct Joined<'a> {
    pub(super) plan: &'a Plan,
    pub(super) dir: &'a RunDir,
    pub(super) tally: Tally,
    pub(super) matches: Option<Matches>,
    pub(super) counts: UndoCounts,
    /// Rows that were rejected before contacts were looked at.
    pub(super) unusable: u64,
    pub(super) selected: u64,
    /// Where the next run goes on, where only a part of the account was read.
    pub(super) next: Option<Place>,
    /// What would be sent, as [`OfAccount`] has it.
    pub(super) sent: u64,
    /// Contacts that are stored as they were.
    pub(super) stored: u64,
}

impl Joined<'_> {
    /// Notes it.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn note(self, journal: &Journal, reading: &Reading) -> Result<OfAccount, RunError> {
        let Self { plan, dir, tally, matches, counts, unusable, selected, next, sent, stored } =
            self;
        journal.set(ACCOUNT, &reading.facts().read())?;
        if let Some(next) = next {
            journal.set(READ_TO, &next)?;
        }
        if let Some(matches) = &matches {
            journal.set(MATCHES, matches)?;
        }
        let effect = plan.operation.effect();
        let mut undo = Vec::new();
        if let Some(undoes) = &plan.undoes {
            journal.set(UNDO, &counts)?;
            undo = counts.sentences(&undoes.run, effect);
        }
        let has_values = plan.map.with_contacts && effect == Effect::Update;
        let previous = match way_on::stores_nothing(plan) {
            Some(why) => PreviousContacts::none(why),
            None => PreviousContacts {
                contacts: stored,
                until: dir.due(plan.runs.keep_days),
                none: None,
            },
        };
        journal.set(PREVIOUS_CONTACTS, &previous)?;
        Ok(OfAccount {
            read: reading.facts().read(),
            tally: has_values.then_some(tally),
            matches,
            undo,
            sent,
            unusable,
            selected,
            per_run: plan.limits.per_run,
            kept_until: previous.until,
        })
    }
}
