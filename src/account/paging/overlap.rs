//! Rule 1: each page begins with the last contact of the page before.
//!
//! Ids are in one order, so a page that begins at or before the last id seen leaves no gap behind it,
//! whatever was deleted or created meanwhile.
//!
//! Contacts that nobody edited since they were created are in the order of their last change, too. Were that the
//! server's order, an edited contact would move to the end, and could be there in the place of the one before. As long as
//! no page shows that it is another order, the pages prove something only if nothing at all moved between them.

use serde::{Deserialize, Serialize};

use super::numbered::Numbered;
use super::start::{Quiet, Start};
use super::{Ask, Doubt, Order, Page, Rule, State, Use};

/// Extra requests that any reading may take, beside a fifth of the planned ones.
const EXTRA: u64 = 4;

/// A reading by overlapping pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Overlap {
    limit: u64,
    size: u64,
    order: Order,
    /// The id with which the reading began.
    newest: String,
    /// The last id seen, and where it was then.
    last: String,
    at: u64,
    /// The first id of the page before.
    first: String,
    /// How far the next page begins before `at`: more than 0 after a gap.
    back: u64,
    seen: u64,
    extra: u64,
    /// Whether the order may still be that of the last change.
    by_change: bool,
    quiet: Quiet,
    /// Whether the page before ended the list although the total said otherwise.
    doubted: bool,
    /// The end was reached, and what was created before the first page meanwhile is read from here on.
    front: Option<u64>,
}

impl Overlap {
    pub(super) fn new(start: &Start) -> Self {
        Self {
            limit: start.limit,
            size: start.len,
            order: start.order,
            newest: start.first.clone(),
            last: start.last.clone(),
            at: start.len - 1,
            first: start.first.clone(),
            back: 0,
            seen: start.len,
            extra: 0,
            by_change: start.by_change,
            quiet: start.quiet.clone(),
            doubted: false,
            front: None,
        }
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn requests_left(&self, total: u64) -> u64 {
        total.saturating_sub(self.at + 1).div_ceil(self.size - 1)
    }

    pub(super) fn ask(&self) -> Ask {
        let skip = self.front.unwrap_or(self.at - self.back);
        Ask { skip, limit: self.limit, page: 1 }
    }

    pub(super) fn take(&mut self, page: &Page<'_>) -> (Use, Option<State>) {
        let Some(total) = page.total else {
            return (Use::Drop, Some(State::Incomplete(Doubt::NoTotal)));
        };
        let Some((&first, &last)) = page.ids.first().zip(page.ids.last()) else {
            return self.gap(total);
        };
        if !self.order.and(Order::of(page.ids)).is_strict() {
            return self.without_order();
        }
        if let Some(skip) = self.front {
            return self.created_meanwhile(page, skip, last, total);
        }
        if self.order.behind(&self.last, first) {
            return self.gap(total);
        }
        // Asked for further on, yet not behind the page before: `skip` is no longer honoured.
        if self.back == 0 && !self.doubted && !self.order.behind(&self.first, first) {
            return (Use::Drop, Some(State::Incomplete(Doubt::SamePage)));
        }
        self.by_change &= page.by_change;
        self.quiet.add(page);
        if first != self.last || page.fresh + 1 != page.len() {
            self.quiet.end();
        }
        self.seen += page.fresh;
        self.at = self.ask().skip + page.len() - 1;
        self.back = 0;
        first.clone_into(&mut self.first);
        let advanced = self.order.behind(&self.last, last);
        if advanced {
            last.clone_into(&mut self.last);
        }
        if !page.ends(self.size) && (advanced || page.len() > 1) {
            self.doubted = false;
            return (Use::Store, None);
        }
        self.end(page, total)
    }

    /// This page ends the list, as far as it shows.
    fn end(&mut self, page: &Page<'_>, total: u64) -> (Use, Option<State>) {
        if total > self.at + 1 || page.more == Some(true) {
            // The counts say that there is more: asked once again.
            let again = !std::mem::replace(&mut self.doubted, true);
            let state = State::Incomplete(Doubt::FewerThanCounted);
            return (Use::Store, (!again).then_some(state));
        }
        if self.by_change && !self.quiet.holds() {
            return self.without_order();
        }
        if self.seen >= total {
            return (Use::Store, Some(State::complete(Rule::OverlappingPages, self.seen, total)));
        }
        match self.order {
            // New contacts are before the first page.
            Order::Descending => {
                self.front = Some(0);
                (Use::Store, None)
            }
            _ => self.without_order(),
        }
    }

    /// Pages from the start until the first contact of the reading: what was created meanwhile.
    fn created_meanwhile(
        &mut self,
        page: &Page<'_>,
        skip: u64,
        last: &str,
        total: u64,
    ) -> (Use, Option<State>) {
        let created = page.ids.iter().filter(|id| self.order.behind(id, &self.newest)).count();
        if page.fresh > u64::try_from(created).unwrap_or(u64::MAX) {
            // A contact that is not new had moved to the front: the order is not that of ids.
            return self.without_order();
        }
        self.seen += page.fresh;
        if self.order.behind(last, &self.newest) && !page.ends(self.size) && page.len() > 1 {
            self.front = Some(skip + page.len() - 1);
            return (Use::Store, None);
        }
        if self.seen < total {
            return self.without_order();
        }
        (Use::Store, Some(State::complete(Rule::OverlappingPages, self.seen, total)))
    }

    /// The ids are not in one order after all: from the start, by another rule.
    fn without_order(&self) -> (Use, Option<State>) {
        let numbered = Numbered::by_skip(self.limit, self.size);
        (Use::NewPass, Some(State::Numbered(numbered)))
    }

    /// Contacts before the last one were deleted: the page began behind it. The next begins further ahead.
    fn gap(&mut self, total: u64) -> (Use, Option<State>) {
        self.extra += 1;
        self.quiet.end();
        if self.extra > EXTRA + total.div_ceil(self.size) / 5 || self.back >= self.at {
            return (Use::Drop, Some(State::Incomplete(Doubt::KeepsChanging)));
        }
        self.back = (self.back * 4).max(self.size / 2).max(1).min(self.at);
        (Use::Drop, None)
    }
}
