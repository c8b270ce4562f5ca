//! How an account is read page by page, and when the pages together are *complete*: every contact that
//! existed throughout the reading is among them. Pure: it says what to ask and judges what came.
//!
//! The API documents neither how to ask for a page nor the order of contacts (docs/kore-api.md,
//! "Reading the account"). So only what is shown counts. Three rules prove completeness:
//!
//! 1. `skip` is honoured and ids are in one order (`overlap`): each page begins with the last id of the
//!    page before, so nothing can have moved out between them. The order has to be that of the ids: where it could
//!    as well be that of the last change, an edited contact would move, and only an account that nothing moved in is complete.
//! 2. Pages by number, ids in one order (`numbered`): all totals are equal, and nothing was created meanwhile.
//! 3. Any other order (`numbered`): two readings with the same ids and totals.

mod first;
mod numbered;
mod order;
mod overlap;
mod start;

#[cfg(test)]
pub(super) mod tests;

use serde::{Deserialize, Serialize};

use first::First;
use numbered::Numbered;
use overlap::Overlap;

pub use order::Order;

/// A request for one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// How many contacts are before the page.
    pub skip: u64,
    /// How many contacts it may hold.
    pub limit: u64,
    /// Its number, from 1. With `skip` in use it is always 1, so that a server which adds both is right too.
    pub page: u64,
}

/// What one page showed.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The ids of its contacts, in its order.
    pub ids: &'a [&'a str],
    /// How many of them this pass had not seen before.
    pub fresh: u64,
    /// `totalResults`.
    pub total: Option<u64>,
    /// `hasMore`.
    pub more: Option<bool>,
    /// The answer's header `Date`, seconds since 1970.
    pub date: Option<i64>,
    /// The latest creation among its contacts, seconds since 1970; `None` where one of them does not say.
    pub newest: Option<i64>,
    /// Whether its contacts may be in the order of their last change: no two of them show otherwise.
    pub by_change: bool,
}

impl Page<'_> {
    fn len(&self) -> u64 {
        u64::try_from(self.ids.len()).unwrap_or(u64::MAX)
    }

    /// Whether nothing is behind it, by the server's own word or because it is short.
    fn ends(&self, size: u64) -> bool {
        self.more.map_or(self.len() < size, |more| !more)
    }
}

/// What becomes of a page that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It belongs to the reading.
    Store,
    /// It was only a trial.
    Drop,
    /// It belongs to the reading, and ends its pass: contacts seen so far are fresh again.
    LastOfPass,
    /// It does not belong to the reading, and its pass is begun again.
    NewPass,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This page is asked for.
    Ask(Ask),
    /// Every contact that existed throughout has been seen.
    Complete(Proof),
    /// It cannot be shown that every contact has been seen.
    Incomplete(Doubt),
}

/// Why a reading is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// By which of the rules.
    pub rule: Rule,
    /// Contacts that were seen and are gone from the server's total: as a rule deleted while it was read.
    pub deleted_meanwhile: u64,
}

/// The rules by which a reading can be complete; see the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// The whole account was on one page.
    OnePage,
    /// Each page began with the last contact of the page before.
    OverlappingPages,
    /// Numbered pages in one order, equal totals, nothing created meanwhile.
    EqualTotals,
    /// Two readings with the same contacts.
    TwoReadings,
}

/// Why a reading is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    /// No page size was accepted.
    NoPageSize,
    /// Every request is answered with the same page.
    SamePage,
    /// The server counts more contacts than it shows.
    FewerThanCounted,
    /// The server does not count its contacts, and its order proves nothing.
    NoTotal,
    /// The account changed while it was read, each time again.
    KeepsChanging,
}

/// A reading in progress. It can be stored after every page and continued by another process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paging {
    state: State,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum State {
    First(First),
    Overlap(Overlap),
    Numbered(Numbered),
    Complete(Proof),
    Incomplete(Doubt),
}

impl Paging {
    /// A reading from the start. `limit` is the page size that this server honoured before, if any.
    pub fn new(limit: Option<u64>) -> Self {
        Self { state: State::First(First::new(limit)) }
    }

    /// What comes next. Asking twice without an answer in between gives the same.
    pub fn next(&self) -> Next {
        match &self.state {
            State::First(first) => Next::Ask(first.ask()),
            State::Overlap(overlap) => Next::Ask(overlap.ask()),
            State::Numbered(numbered) => Next::Ask(numbered.ask()),
            State::Complete(proof) => Next::Complete(*proof),
            State::Incomplete(doubt) => Next::Incomplete(*doubt),
        }
    }

    /// Takes the answer to what [`Paging::next`] asked for.
    pub fn take(&mut self, page: &Page<'_>) -> Use {
        let (used, state) = match &mut self.state {
            State::First(first) => first.take(page),
            State::Overlap(overlap) => overlap.take(page),
            State::Numbered(numbered) => numbered.take(page),
            State::Complete(_) | State::Incomplete(_) => (Use::Drop, None),
        };
        if let Some(state) = state {
            self.state = state;
        }
        used
    }

    /// The order of the ids, where `skip` is honoured and each page begins with the last contact of the page before:
    /// then a contact can be sought by its id.
    pub fn seekable(&self) -> Option<Order> {
        match &self.state {
            State::Overlap(overlap) => Some(overlap.order()),
            _ => None,
        }
    }

    /// The request was refused as such (a 4xx that is about the request and not about who sends it).
    pub fn refused(&mut self) {
        self.state = match &mut self.state {
            State::First(first) => match first.smaller() {
                Some(first) => State::First(first),
                None => State::Incomplete(Doubt::NoPageSize),
            },
            State::Overlap(_) | State::Numbered(_) => State::Incomplete(Doubt::FewerThanCounted),
            over => over.clone(),
        };
    }

    /// Whether the first pages have not shown yet how this server pages.
    pub fn is_first(&self) -> bool {
        matches!(&self.state, State::First(_))
    }

    /// The request for a page behind so many contacts, or for the one that holds that place.
    pub fn at(&self, skip: u64) -> Ask {
        match &self.state {
            State::Overlap(overlap) => Ask { skip, ..overlap.ask() },
            State::Numbered(numbered) => numbered.at(skip),
            _ => Ask { skip, limit: self.page_size().unwrap_or(1), page: 1 },
        }
    }

    /// Whether a smaller page may still be tried where the server fails on this one.
    pub fn may_shrink(&self) -> bool {
        matches!(&self.state, State::First(first) if first.smaller().is_some())
    }

    /// The page size in use, once it is found: contacts.
    pub fn page_size(&self) -> Option<u64> {
        match &self.state {
            State::First(first) => first.size(),
            State::Overlap(overlap) => Some(overlap.size()),
            State::Numbered(numbered) => Some(numbered.size()),
            _ => None,
        }
    }

    /// How many requests the rest takes at most, where nothing changes meanwhile.
    pub fn requests_left(&self, total: u64) -> Option<u64> {
        match &self.state {
            State::First(first) => first.size().map(|size| first::pages(total, size)),
            State::Overlap(overlap) => Some(overlap.requests_left(total)),
            State::Numbered(numbered) => Some(numbered.requests_left(total)),
            State::Complete(_) | State::Incomplete(_) => Some(0),
        }
    }
}

impl State {
    fn complete(rule: Rule, seen: u64, total: u64) -> Self {
        let deleted_meanwhile = seen.saturating_sub(total);
        Self::Complete(Proof { rule, deleted_meanwhile })
    }
}
