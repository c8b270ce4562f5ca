//! Rules 2 and 3: pages by number, each contact on one of them.
//!
//! With ids in one order, equal totals and nothing created meanwhile, nothing can have moved from a page
//! not yet read to one already read. In any other order only a second reading with the same contacts shows it.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::{Ask, Doubt, Order, Page, Rule, State, Use};

/// How often a reading by rule 2 is begun at most.
const PASSES: u32 = 3;

/// A reading by numbered pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Numbered {
    limit: u64,
    size: u64,
    /// Whether `skip` says which page is meant, else its number.
    skips: bool,
    /// The next page, from 1.
    page: u64,
    pass: Pass,
    passes: u32,
    /// What the pass before saw, if nothing contradicted it: rule 3.
    before: Option<Sum>,
}

/// One walk over all pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pass {
    order: Order,
    first: Option<String>,
    last: Option<String>,
    total: Option<u64>,
    /// The server's time when it began.
    began: Option<i64>,
    /// Whether every contact seen was created before, and says so.
    settled: bool,
    seen: u64,
    sum: Sum,
}

/// A set of ids, known by the sum of their hashes: the order does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    high: u64,
    low: u64,
}

impl Sum {
    fn add(&mut self, id: &str) {
        let sum = u128::from(self.high) << 64 | u128::from(self.low);
        let sum = sum.wrapping_add(xxh3_128(id.as_bytes())).to_be_bytes();
        let half = |bytes: &[u8]| bytes.iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
        (self.high, self.low) = (half(&sum[..8]), half(&sum[8..]));
    }
}

impl Pass {
    const fn new() -> Self {
        Self {
            order: Order::Unknown,
            first: None,
            last: None,
            total: None,
            began: None,
            settled: true,
            seen: 0,
            sum: Sum { high: 0, low: 0 },
        }
    }

    /// Adds a page; `false` where it shows that the account changed.
    fn add(&mut self, page: &Page<'_>) -> bool {
        let (first, last) = (page.ids.first(), page.ids.last());
        if let (Some(before), Some(first)) = (&self.last, first) {
            self.order = self.order.and(Order::of(&[before, first]));
        }
        self.order = self.order.and(Order::of(page.ids));
        if self.first.is_none() {
            self.first = first.map(|id| (*id).to_owned());
            (self.total, self.began) = (page.total, page.date);
        }
        if let Some(last) = last {
            self.last = Some((*last).to_owned());
        }
        let settled = page.newest.zip(self.began).is_some_and(|(newest, began)| newest < began);
        self.settled &= settled || page.ids.is_empty();
        page.ids.iter().for_each(|id| self.sum.add(id));
        self.seen += page.fresh;
        self.total == page.total && page.fresh == page.len()
    }
}

impl Numbered {
    /// From the first page, on a server that goes by the number of a page.
    pub(super) fn new(limit: u64, size: u64) -> Self {
        let pass = Pass::new();
        Self { limit, size, skips: false, page: 1, pass, passes: 1, before: None }
    }

    /// From the first page, on a server that goes by `skip`.
    pub(super) fn by_skip(limit: u64, size: u64) -> Self {
        Self { skips: true, ..Self::new(limit, size) }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn requests_left(&self, total: u64) -> u64 {
        let pages = total.div_ceil(self.size);
        let again = self.pass.order == Order::None && self.before.is_none();
        (pages + 1).saturating_sub(self.page) + if again { pages } else { 0 }
    }

    pub(super) fn ask(&self) -> Ask {
        let page = if self.skips { 1 } else { self.page };
        Ask { skip: (self.page - 1) * self.size, limit: self.limit, page }
    }

    pub(super) fn at(&self, skip: u64) -> Ask {
        if self.skips {
            return Ask { skip, limit: self.limit, page: 1 };
        }
        let page = skip / self.size + 1;
        Ask { skip: (page - 1) * self.size, limit: self.limit, page }
    }

    pub(super) fn take(&mut self, page: &Page<'_>) -> (Use, Option<State>) {
        let Some(total) = page.total else {
            return (Use::Drop, Some(State::Incomplete(Doubt::NoTotal)));
        };
        let repeated = page.ids.first().copied() == self.pass.first.as_deref();
        if self.page > 1 && repeated && page.fresh == 0 && !page.ids.is_empty() {
            return (Use::Drop, Some(State::Incomplete(Doubt::SamePage)));
        }
        if !self.pass.add(page) {
            return self.again(None, Use::NewPass);
        }
        let reached = (self.page - 1) * self.size + page.len();
        self.page += 1;
        // A total that is too small does not end the list.
        if (total > reached || !page.ends(self.size)) && !page.ids.is_empty() {
            return (Use::Store, None);
        }
        self.end(total)
    }

    /// The pass is over, and nothing in it contradicted the rest.
    fn end(&mut self, total: u64) -> (Use, Option<State>) {
        let pass = &self.pass;
        if total != pass.seen {
            if self.passes >= PASSES && total > pass.seen {
                return (Use::Store, Some(State::Incomplete(Doubt::FewerThanCounted)));
            }
            return self.again(None, Use::LastOfPass);
        }
        let rule = match self.before {
            _ if pass.order.is_strict() && pass.settled => Rule::EqualTotals,
            Some(before) if before == pass.sum => Rule::TwoReadings,
            _ => return self.again(Some(pass.sum), Use::LastOfPass),
        };
        (Use::Store, Some(State::complete(rule, pass.seen, total)))
    }

    fn again(&mut self, before: Option<Sum>, used: Use) -> (Use, Option<State>) {
        if self.passes >= PASSES {
            return (Use::Drop, Some(State::Incomplete(Doubt::KeepsChanging)));
        }
        (self.pass, self.page, self.before) = (Pass::new(), 1, before);
        self.passes += 1;
        (used, None)
    }
}
