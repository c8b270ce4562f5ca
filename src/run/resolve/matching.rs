//! `[match]`: rows without an id get that of their contact, or a reason why they have none.

use super::join::{Joining, damaged};
use super::leftovers::Leftovers;
use crate::account::matching::Match;
use crate::account::{Holders, Judged, Reading, StoredRow};
use crate::map::{Duplicates, id_key};
use crate::model::settings::{MatchBy, MatchSettings, Unmatched};
use crate::model::{Matches, Outcome, Row, RunError};
use crate::run::check::duplicates::{places, words};
use crate::store;

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
        mut holders: Holders,
        reading: &Reading,
        settings: MatchSettings,
    ) -> Result<Matches, RunError> {
        reading.each_read(|contact| holders.add_contact(contact))?;
        let mut named = Duplicates::default();
        // Those that a person chose.
        self.wanted.each_named(|ordinal, contact, content| {
            if let Ok(key) = contact.try_into() {
                named.push(ordinal, key, content);
            }
        })?;
        let mut matches = Matches { chosen: self.chosen, ..Matches::default() };
        let input = (&self.findings.input.sources[..], &self.mappers[..]);
        let mut left = Leftovers::new(self.plan, self.dir, input, &reading.facts().id);
        let mut row = Row::default();
        holders.judge(settings.by, |judged| match judged.what {
            Match::Matched(at) => {
                matches.matched += 1;
                let StoredRow { ordinal, content, bytes } = judged.row;
                let contact = id_key(&judged.holders.get(at).ok_or_else(damaged)?.candidate.id);
                named.push(ordinal, contact, content);
                self.wanted.add(ordinal, Some(&contact), content, bytes)
            }
            ref what => {
                matches.add(what.reason().unwrap_or_default());
                store::unpack(judged.row.bytes, &mut row).ok_or_else(damaged)?;
                self.without_match((&row, judged), settings, &mut left)
            }
        })?;
        left.finish()?;
        self.settle_duplicates(named)?;
        Ok(matches)
    }

    fn without_match(
        &mut self,
        (row, judged): (&Row, &Judged<'_>),
        settings: MatchSettings,
        left: &mut Leftovers,
    ) -> Result<(), RunError> {
        let is_skipped = judged.what == Match::Unmatched && settings.unmatched == Unmatched::Skip;
        let outcome = if is_skipped { Outcome::Skipped } else { Outcome::Rejected };
        let reason = sentence(&judged.what, settings.by);
        let mapper = &mut self.mappers[usize::from(row.source)];
        left.add((row, judged), &reason, mapper)?;
        self.hold(judged.row.ordinal, row, outcome, None, &[reason])
    }

    /// Several rows for one contact.
    fn settle_duplicates(&mut self, named: Duplicates) -> Result<(), RunError> {
        let found = named.resolve(self.plan.map.on_duplicate);
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
