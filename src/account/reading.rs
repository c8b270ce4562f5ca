//! A reading on disk: the pages as they came, compressed, and in the same commit how far it got and what they prove.
//!
//! Must not know how pages are asked for.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use zstd::bulk::Compressor;

use super::db::{BESIDE, Db, NewPage};
use super::facts::Facts;
use super::paging::{Ask, Next, Page, Paging, Use};
use super::place::{AccountKey, Readings};
use super::seen::{Look, Seen, hash};
use crate::api::wire::ContactPage;
use crate::model::RunError;
use crate::model::settings::{AccountSettings, Target};

/// Fast before small: what is read fast is read at little CPU, and the file lives a day.
const LEVEL: i32 = 1;

/// A page that was read.
pub(super) struct Taken {
    pub(super) asked: Ask,
    pub(super) text: String,
    pub(super) page: ContactPage,
    /// The server's time, seconds since 1970.
    pub(super) date: Option<i64>,
    pub(super) at: Timestamp,
}

/// A reading of an account, on disk.
pub struct Reading {
    pub(super) db: Db,
    pub(super) facts: Facts,
    pub(super) seen: Seen,
    compressor: Compressor<'static>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl Reading {
    /// The latest reading of a whole account whose time is not over.
    pub fn latest(readings: &Readings, key: &AccountKey, now: Timestamp) -> Option<Self> {
        let whole = Self::all(readings, key, now).filter(|reading| reading.facts.part.is_none());
        whole.max_by_key(|reading| reading.facts.last)
    }

    /// Those of an account whose time is not over and that no run has taken.
    pub(super) fn all(
        readings: &Readings,
        key: &AccountKey,
        now: Timestamp,
    ) -> impl Iterator<Item = Self> {
        let found = readings.files(Some(key)).into_iter().filter_map(|path| Self::open(&path).ok());
        found.filter(move |reading| reading.facts.is_good(now) && !reading.facts.taken)
    }

    /// The reading to go by: a complete one that is no older than `max_age`, or the one that was broken off, else a new one.
    ///
    /// # Errors
    /// Exit 70 when it cannot be made.
    pub fn current(
        readings: &Readings,
        target: &Target,
        settings: &AccountSettings,
        now: Timestamp,
    ) -> Result<Self, RunError> {
        match Self::latest(readings, &AccountKey::of(target), now) {
            Some(reading) if reading.facts.is_complete_since(settings.max_age, now) => Ok(reading),
            Some(reading) if reading.facts.proof.is_none() => Ok(reading),
            _ => Self::create(readings, target, settings.keep, now),
        }
    }

    /// The reading of that id, where there still is one.
    pub fn with_id(readings: &Readings, key: &AccountKey, id: &str) -> Option<Self> {
        Self::open(&readings.file(key, id)).ok()
    }

    /// A new one, to be stored for `stored_for` behind its last page.
    ///
    /// # Errors
    /// Exit 70 when it cannot be made.
    pub fn create(
        readings: &Readings,
        target: &Target,
        stored_for: Duration,
        now: Timestamp,
    ) -> Result<Self, RunError> {
        let key = AccountKey::of(target);
        let id = format!("{:08x}", fastrand::u32(..));
        let db = Db::create(&readings.file(&key, &id))?;
        let facts = Facts::new(id, target, stored_for, Paging::new(readings.page_size(&key)), now);
        db.store_facts(&facts)?;
        Self::of(db, facts)
    }

    fn open(path: &Path) -> Result<Self, RunError> {
        let db = Db::open(path)?;
        let facts = db.facts()?;
        Self::of(db, facts)
    }

    fn of(db: Db, facts: Facts) -> Result<Self, RunError> {
        let compressor = Compressor::new(LEVEL)
            .map_err(|error| RunError::internal(format!("zstd cannot be used: {error}")))?;
        let seen = Seen::in_order(db.range(facts.pass)?);
        let mut reading = Self { db, facts, seen, compressor };
        if !reading.facts.in_order && reading.facts.proof.is_none() {
            reading.remember_ids()?;
        }
        Ok(reading)
    }

    /// What is known of it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The page was refused.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn refused(&mut self, requests: u64) -> Result<(), RunError> {
        self.facts.requests += requests;
        self.facts.paging.refused();
        self.db.store_facts(&self.facts)
    }

    /// Takes a page that was asked for with so many requests: page and state are on disk together when it returns.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn take(&mut self, taken: &Taken, requests: u64) -> Result<Use, RunError> {
        let page = &taken.page;
        let ids: Vec<&str> = page.contacts.iter().map(|contact| contact.id.as_str()).collect();
        let fresh = self.fresh(&ids)?;
        let new = fresh.iter().filter(|fresh| **fresh).count() as u64;
        let used = self.facts.paging.take(&Page {
            ids: &ids,
            fresh: new,
            total: page.total,
            more: page.more,
            date: taken.date,
            newest: page.newest(),
            by_change: page.may_be_by_change(),
        });
        self.facts.requests += requests;
        self.facts.last = taken.at;
        self.facts.total = page.total.or(self.facts.total);
        let belongs = matches!(used, Use::Store | Use::LastOfPass) && !ids.is_empty();
        let body = if belongs { self.packed(taken)? } else { Vec::new() };
        let pass = self.facts.pass;
        if belongs {
            self.facts.contacts += new;
            self.seen.add(&ids);
        }
        if matches!(used, Use::NewPass | Use::LastOfPass) {
            self.new_pass();
        }
        if let Next::Complete(proof) = self.facts.paging.next() {
            self.facts.proof = Some(proof);
        }
        self.facts.note_paging();
        self.db.at_once(|| {
            if let (true, Some(low), Some(high)) = (belongs, ids.iter().min(), ids.iter().max()) {
                let repeated: Vec<usize> = (0..ids.len()).filter(|at| !fresh[*at]).collect();
                self.db.put(&NewPage {
                    pass,
                    asked: taken.asked,
                    read_at: taken.at,
                    range: (low, high),
                    repeated: &repeated,
                    length: page.array.len(),
                    body: &body,
                })?;
            }
            if used == Use::NewPass || self.facts.proof.is_some() {
                self.db.delete_before(self.facts.pass)?;
            }
            self.db.store_facts(&self.facts)
        })?;
        Ok(used)
    }

    /// What is read from here on is seen for the first time.
    pub(super) fn new_pass(&mut self) {
        self.facts.pass += 1;
        (self.facts.contacts, self.facts.in_order, self.seen) = (0, true, Seen::default());
    }

    /// Takes a page that was looked at beside the reading, with so many requests.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn take_beside(&mut self, taken: &Taken, requests: u64) -> Result<(), RunError> {
        let ids: Vec<&str> = taken.page.contacts.iter().map(|c| c.id.as_str()).collect();
        let body = self.packed(taken)?;
        self.facts.requests += requests;
        self.facts.total = taken.page.total.or(self.facts.total);
        self.db.at_once(|| {
            if let (Some(low), Some(high)) = (ids.iter().min(), ids.iter().max()) {
                self.db.put(&NewPage {
                    pass: BESIDE,
                    asked: taken.asked,
                    read_at: taken.at,
                    range: (low, high),
                    repeated: &[],
                    length: taken.page.array.len(),
                    body: &body,
                })?;
            }
            self.db.store_facts(&self.facts)
        })
    }

    pub(super) fn packed(&mut self, taken: &Taken) -> Result<Vec<u8>, RunError> {
        let text = taken.text.get(taken.page.array.clone()).unwrap_or_default();
        let body = self
            .compressor
            .compress(text.as_bytes())
            .map_err(|error| super::place::cannot_use(&self.db.path, &error))?;
        self.facts.bytes.0 += text.len() as u64;
        self.facts.bytes.1 += body.len() as u64;
        Ok(body)
    }

    /// Which ids no page of this pass had before.
    pub(super) fn fresh(&mut self, ids: &[&str]) -> Result<Vec<bool>, RunError> {
        let mut between = HashSet::new();
        match self.seen.look(ids) {
            Look::Nowhere => {}
            Look::InPages { least, greatest } => {
                self.db.pages_between(self.facts.pass, (&least, &greatest), |page| {
                    between.extend(page.contacts()?.into_iter().map(|contact| contact.id));
                    Ok(())
                })?;
            }
            Look::Everywhere => {
                self.remember_ids()?;
                self.facts.in_order = false;
            }
        }
        Ok(self.seen.fresh(ids, &between))
    }

    fn remember_ids(&mut self) -> Result<(), RunError> {
        let mut hashes = Vec::new();
        self.db.each_page(self.facts.pass, |page| {
            hashes.extend(page.contacts()?.iter().map(|contact| hash(&contact.id)));
            Ok::<(), RunError>(())
        })?;
        self.seen.remember(hashes.into_iter());
        Ok(())
    }

    /// Takes it for a run that is about to change the account: nobody else may go by it from now on. Whether it is still there:
    /// what somebody's changes have made untrue is deleted.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn take_over(&mut self) -> Result<bool, RunError> {
        self.facts.taken = true;
        self.db.store_facts(&self.facts)?;
        Ok(self.db.path.is_file())
    }

    /// Deletes it.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub fn delete(self) -> Result<(), RunError> {
        let path = self.db.path.clone();
        drop(self);
        Readings::remove(&path)
    }

    /// Deletes all other readings of the account: this one has taken their place.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(super) fn take_their_place(
        &self,
        readings: &Readings,
        key: &AccountKey,
    ) -> Result<(), RunError> {
        let all = readings.free(key);
        all.iter().filter(|path| **path != self.db.path).try_for_each(|path| Readings::remove(path))
    }
}
