//! `[match]`: rows without an id get that of their contact, or a reason why they have none.

use super::join::{Joining, damaged};
use super::leftovers::Leftovers;
use crate::account::matching::Match;
use crate::account::{Holders, Reading};
use crate::api::wire::AccountContact;
use crate::map::{Duplicates, id_key};
use crate::model::settings::{MatchBy, MatchSettings, Unmatched};
use crate::model::{Matches, Outcome, Row, RunError};
use crate::run::check::duplicates::{places, words};
use crate::store;

/// Rejected, as the index of rows stores it: the place of the reason in the list.
const REASONS: [Match; 6] = [
    Match::Unmatched,
    Match::Possible,
    Match::OtherName,
    Match::Ambiguous,
    Match::Unconfirmed,
    Match::Inactive,
];

/// The contract's word, and what it means.
fn sentence(what: &Match, by: MatchBy) -> String {
    let means = match (what, by) {
        (Match::Matched(_), _) => "",
        (Match::Unmatched, _) => "no contact has this phone number",
        (Match::Ambiguous, MatchBy::PhoneAndName) => {
            "several contacts may be meant by this phone number and name"
        }
        (Match::Ambiguous, MatchBy::Phone) => "several contacts may be meant by this phone number",
        (Match::OtherName, _) => "whoever has this phone number has another name",
        (Match::Unconfirmed, _) => "the row has no name that could confirm its phone number",
        (Match::Inactive, _) => "only deleted contacts have this phone number",
        (Match::Possible, _) => "no contact has this phone number, but one has this name",
    };
    format!("{}: {means}", what.reason().unwrap_or_default())
}

impl Joining<'_> {
    /// Finds the contacts of rows without an id. Rows that have none are held back; of several for one contact
    /// `on_duplicate` decides.
    pub(super) fn matched(
        &mut self,
        holders: &Holders,
        reading: &Reading,
        settings: MatchSettings,
    ) -> Result<Matches, RunError> {
        reading.each_contact(|stored| {
            let contact = AccountContact::read(stored.text).ok_or_else(damaged)?;
            holders.add_contact(&contact)
        })?;
        let wanted = &self.wanted;
        holders.judge(settings.by, |judged| match &judged.what {
            Match::Matched(at) => {
                let holder = judged.holders.get(*at).ok_or_else(damaged)?;
                wanted.name(judged.ordinal, &id_key(&holder.candidate.id))
            }
            what => {
                let why = (0..).zip(&REASONS).find(|(_, reason)| *reason == what);
                wanted.refuse(judged.ordinal, why.ok_or_else(damaged)?.0)
            }
        })?;
        let matches = self.without_match(holders, reading, settings)?;
        self.settle_duplicates()?;
        Ok(matches)
    }

    fn without_match(
        &mut self,
        holders: &Holders,
        reading: &Reading,
        settings: MatchSettings,
    ) -> Result<Matches, RunError> {
        let mut matches = Matches { chosen: self.chosen, ..Matches::default() };
        let input = (&self.findings.input.sources[..], &self.mappers[..]);
        let mut left = Leftovers::new(self.plan, self.dir, input, settings, &reading.facts().id);
        let mut row = Row::default();
        let mut next = 0;
        while let Some((ordinal, why, packed)) = self.wanted.sought_from(next)? {
            next = u64::from(ordinal) + 1;
            let Some(why) = why else {
                matches.matched += 1;
                continue;
            };
            let what = REASONS.get(usize::from(why)).ok_or_else(damaged)?;
            matches.add(what.reason().unwrap_or_default());
            store::unpack(&packed, &mut row).ok_or_else(damaged)?;
            let is_skipped = *what == Match::Unmatched && settings.unmatched == Unmatched::Skip;
            let outcome = if is_skipped { Outcome::Skipped } else { Outcome::Rejected };
            self.seen.insert(ordinal);
            let reason = sentence(what, settings.by);
            let mapper = &mut self.mappers[usize::from(row.source)];
            left.add((ordinal, &row), (what, &reason), mapper, holders)?;
            self.hold(ordinal, &row, outcome, None, &[reason])?;
        }
        left.finish()?;
        Ok(matches)
    }

    /// Several rows for one contact.
    fn settle_duplicates(&mut self) -> Result<(), RunError> {
        let mut table = Duplicates::default();
        self.wanted.each_named(|ordinal, contact, content| {
            if let Ok(key) = contact.try_into() {
                table.push(ordinal, key, content);
            }
        })?;
        let found = table.resolve(self.plan.map.on_duplicate);
        let places = places(&self.dir.copy(), &found)?;
        let mut row = Row::default();
        for (ordinal, disposition) in found {
            let packed = self.wanted.at(ordinal)?.ok_or_else(damaged)?;
            store::unpack(&packed, &mut row).ok_or_else(damaged)?;
            self.wanted.forget(ordinal)?;
            self.seen.insert(ordinal);
            let sources = &self.findings.input.sources;
            let dropped = words(disposition, self.plan.operation, (&places, sources));
            if let Some((cluster, other)) = &dropped.because {
                let clusters = &mut self.findings.clusters;
                clusters.observe_pair(dropped.outcome, cluster, row.line, other);
            }
            self.keep_back(ordinal, &row, dropped.outcome, None, &dropped.reason)?;
        }
        Ok(())
    }
}
