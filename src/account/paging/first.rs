//! The first page: which page size the server honours, and whether it honours `skip`.

use serde::{Deserialize, Serialize};

use super::numbered::Numbered;
use super::overlap::Overlap;
use super::start::{Quiet, Start};
use super::{Ask, Doubt, Order, Page, Rule, State, Use};

/// The page sizes that are tried, contacts.
const SIZES: [u64; 4] = [1000, 100, 50, 10];
/// How often the first page is read again because the account changed between it and the second.
const TRIES: u32 = 3;

/// Until the second page has shown how this server pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct First {
    /// The size that is asked for.
    limit: u64,
    /// The first page as it came last, once it was read.
    page: Option<Start>,
    /// Whether the page size is found: the next answer is that of the second page.
    found: bool,
    tries: u32,
}

impl First {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit: limit.unwrap_or(SIZES[0]), page: None, found: false, tries: 1 }
    }

    pub(super) fn ask(&self) -> Ask {
        match &self.page {
            // Overlaps the first page by one contact, or is behind the only one.
            Some(start) if self.found => {
                Ask { skip: (start.len - 1).max(1), limit: start.limit, page: 1 }
            }
            _ => Ask { skip: 0, limit: self.limit, page: 1 },
        }
    }

    /// The page size, once it is found.
    pub(super) fn size(&self) -> Option<u64> {
        self.page.as_ref().filter(|_| self.found).map(|start| start.len)
    }

    /// After a refusal: with the next smaller size, or with what a larger one brought.
    pub(super) fn smaller(&self) -> Option<Self> {
        if self.found {
            return None;
        }
        if self.page.is_some() {
            return Some(Self { found: true, ..self.clone() });
        }
        let limit = next_size(self.limit)?;
        Some(Self { limit, ..self.clone() })
    }

    pub(super) fn take(&mut self, page: &Page<'_>) -> (Use, Option<State>) {
        if self.found { self.second(page) } else { self.first(page) }
    }

    fn first(&mut self, page: &Page<'_>) -> (Use, Option<State>) {
        let len = page.len();
        let Some(total) = page.total else {
            return (Use::Drop, Some(State::Incomplete(Doubt::NoTotal)));
        };
        // Where nobody says that there are no more, the page may be full and the total be short by what is missing.
        let is_last = page.more == Some(false) || (len == 0 && page.more.is_none());
        if total == len && is_last && page.fresh == len {
            return (Use::Store, Some(State::complete(Rule::OnePage, len, total)));
        }
        let (Some(first), Some(last)) = (page.ids.first(), page.ids.last()) else {
            return (Use::Drop, Some(State::Incomplete(Doubt::FewerThanCounted)));
        };
        let best = self.page.as_ref().map_or(0, |start| start.len);
        let better = len >= best;
        if better {
            self.page = Some(Start {
                limit: self.limit,
                len,
                first: (*first).to_owned(),
                last: (*last).to_owned(),
                order: Order::of(page.ids),
                by_change: page.by_change,
                quiet: Quiet::new(page),
            });
        }
        // A server may fall back to a small default where the size is too large for it.
        match next_size(self.limit).filter(|next| *next > len.max(best)) {
            Some(next) if len < self.limit => self.limit = next,
            _ => self.found = true,
        }
        (if better { Use::Store } else { Use::Drop }, None)
    }

    fn second(&mut self, page: &Page<'_>) -> (Use, Option<State>) {
        let Some(start) = self.page.take() else { return (Use::Drop, None) };
        let shown = page.ids.first().copied();
        if start.len == 1 && shown != Some(start.first.as_str()) {
            let numbered = Numbered::by_skip(start.limit, start.len);
            return (Use::NewPass, Some(State::Numbered(numbered)));
        }
        if shown == Some(start.last.as_str()) && start.len > 1 {
            if start.is_ordered() && start.order.and(Order::of(page.ids)).is_strict() {
                let mut overlap = Overlap::new(&start);
                let (used, state) = overlap.take(page);
                return (used, Some(state.unwrap_or(State::Overlap(overlap))));
            }
            let numbered = Numbered::by_skip(start.limit, start.len);
            return (Use::NewPass, Some(State::Numbered(numbered)));
        }
        if shown == Some(start.first.as_str()) {
            return (Use::NewPass, Some(State::Numbered(Numbered::new(start.limit, start.len))));
        }
        // Neither: contacts came or went between the two requests.
        if self.tries >= TRIES {
            return (Use::Drop, Some(State::Incomplete(Doubt::KeepsChanging)));
        }
        let again = Self { limit: start.limit, page: None, found: false, tries: self.tries + 1 };
        (Use::NewPass, Some(State::First(again)))
    }
}

/// Requests for the pages behind the first, where each overlaps the one before by a contact.
pub(super) fn pages(total: u64, size: u64) -> u64 {
    total.saturating_sub(size).div_ceil(size.saturating_sub(1).max(1))
}

fn next_size(limit: u64) -> Option<u64> {
    SIZES.into_iter().find(|size| *size < limit)
}
