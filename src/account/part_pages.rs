//! The pages of a part of an account, on disk: what [`super::paging`] proves by is not among them.

use std::time::Duration;

use jiff::Timestamp;

use super::db::NewPage;
use super::part::{Came, Part, Place};
use super::place::{AccountKey, Readings};
use super::reading::{Reading, Taken};
use crate::model::RunError;
use crate::model::settings::Target;

impl Taken {
    /// The ids on the page, in its order.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.page.contacts.iter().map(|contact| contact.id.as_str()).collect()
    }

    /// Whether nothing is behind it; `size`: contacts on a full page.
    pub(super) fn ends(&self, size: u64) -> bool {
        let len = self.page.contacts.len() as u64;
        let says_so = self.page.more.map_or(len < size, |more| !more);
        // Where the counts say that there is more, the next page shows it.
        len == 0 || (says_so && self.asked.skip + len >= self.page.total.unwrap_or(0))
    }
}

impl Reading {
    /// The reading of the part of an account that begins at `from`: one that is there, or a new one for so many requests.
    ///
    /// # Errors
    /// Exit 70 when it cannot be made.
    pub fn of_part(
        readings: &Readings,
        target: &Target,
        (stored_for, now): (Duration, Timestamp),
        (from, budget): (&Place, u64),
    ) -> Result<Self, RunError> {
        let key = AccountKey::of(target);
        if let Some(reading) = Self::part_from(readings, &key, (from, budget), now) {
            return Ok(reading);
        }
        let mut reading = Self::create(readings, target, stored_for, now)?;
        reading.change_part(|part| *part = Some(Part::new(from.clone(), budget)))?;
        Ok(reading)
    }

    /// The latest reading of the part that begins there, for so many requests.
    pub fn part_from(
        readings: &Readings,
        key: &AccountKey,
        (from, budget): (&Place, u64),
        now: Timestamp,
    ) -> Option<Self> {
        let is_it = |reading: &Self| {
            let part = reading.facts().part.as_ref();
            part.is_some_and(|part| part.from == *from && part.budget == budget)
        };
        Self::all(readings, key, now).filter(is_it).max_by_key(|reading| reading.facts().last)
    }

    /// Changes what is known of the part.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn change_part(
        &mut self,
        change: impl FnOnce(&mut Option<Part>),
    ) -> Result<(), RunError> {
        change(&mut self.facts.part);
        self.db.store_facts(&self.facts)
    }

    /// From here on pages belong to the part, where they do not already.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn begin_part(&mut self) -> Result<(), RunError> {
        if self.facts.part.as_ref().is_none_or(|part| part.begun) {
            return Ok(());
        }
        self.new_pass();
        self.change_part(|part| {
            if let Some(part) = part {
                part.begun = true;
            }
        })
    }

    /// Takes a page that was asked for with so many requests: page and place are on disk together when it returns.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn take_of_part(
        &mut self,
        taken: &Taken,
        requests: u64,
        size: u64,
    ) -> Result<(), RunError> {
        let ids = taken.ids();
        let fresh = self.fresh(&ids)?;
        let body = self.packed(taken)?;
        self.facts.requests += requests;
        self.facts.last = taken.at;
        self.facts.total = taken.page.total.or(self.facts.total);
        self.facts.contacts += fresh.iter().filter(|fresh| **fresh).count() as u64;
        self.seen.add(&ids);
        let came = Came { skip: taken.asked.skip, ids: &ids, ends: taken.ends(size) };
        if let Some(part) = &mut self.facts.part {
            part.take(came, self.facts.requests, self.facts.total);
        }
        self.db.at_once(|| {
            if let (Some(low), Some(high)) = (ids.iter().min(), ids.iter().max()) {
                let repeated: Vec<usize> = (0..ids.len()).filter(|at| !fresh[*at]).collect();
                self.db.put(&NewPage {
                    pass: self.facts.pass,
                    asked: taken.asked,
                    read_at: taken.at,
                    range: (low, high),
                    repeated: &repeated,
                    length: taken.page.array.len(),
                    body: &body,
                })?;
            }
            self.db.store_facts(&self.facts)
        })
    }

    /// The account ends before the page that was asked for.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn end_part(&mut self, skip: u64, requests: u64) -> Result<(), RunError> {
        self.facts.requests += requests;
        let (sent, total) = (self.facts.requests, self.facts.total);
        self.change_part(|part| {
            if let Some(part) = part {
                part.take(Came { skip, ids: &[], ends: true }, sent, total);
            }
        })
    }

    /// Notes requests for pages that were not those sought.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn note_requests(&mut self, requests: u64) -> Result<(), RunError> {
        self.facts.requests += requests;
        self.db.store_facts(&self.facts)
    }
}
