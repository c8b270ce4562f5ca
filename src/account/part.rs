//! A part of an account: where it begins and ends, and which pages belong to it. Pure.
//!
//! A part proves nothing: who is not in it may be in another. Where contacts are in the order of their ids, nobody
//! who is left is passed over between two parts, whatever was deleted meanwhile.

use serde::{Deserialize, Serialize};

use super::paging::Order;

/// A place between two contacts of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// How many contacts were before it.
    pub skip: u64,
    /// The id of the last of them; empty before the first contact.
    pub after: String,
    /// Contacts of the account then; 0 where nobody knows.
    #[serde(default)]
    pub total: u64,
}

/// A part of an account, read or being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Where it was to begin.
    pub from: Place,
    /// Contacts before its first page.
    pub begins: u64,
    /// Where it ends so far.
    to: Place,
    /// Requests that it may take.
    pub(super) budget: u64,
    /// Whether its pages are being read.
    pub(super) begun: bool,
    over: bool,
    /// Whether its last page is that of the account.
    is_last: bool,
}

/// A page as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came<'a> {
    /// Contacts before it.
    pub(super) skip: u64,
    pub(super) ids: &'a [&'a str],
    /// Whether nothing is behind it.
    pub(super) ends: bool,
}

/// Where the next page is asked for.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) skip: u64,
    size: u64,
    order: Option<Order>,
    /// How far the next step back goes: at first a part of a page, so that the page behind it has more that is new.
    back: u64,
    /// Contacts that are known to be before the place sought.
    before: u64,
}

impl Search {
    /// For a place in an account of `total` contacts, with pages of `size`; `order`: that of ids, where `skip` is honoured.
    pub(super) fn new(part: &Part, (total, size): (u64, u64), order: Option<Order>) -> Self {
        // It begins with the last contact of the part before, where that shows that nothing is between them. As many as the
        // account has lost since were before it, as a rule.
        let overlap = u64::from(order.is_some() && !part.to.after.is_empty());
        let lost = if order.is_some() { part.to.total.saturating_sub(total) } else { 0 };
        let skip = part.to.skip.saturating_sub(overlap + lost).min(total.saturating_sub(size));
        Self { skip, size, order, back: Self::step(size), before: 0 }
    }

    fn step(size: u64) -> u64 {
        (size / 8).max(1)
    }

    /// Whether a page belongs to the part; else the next is asked for where it has to be.
    pub(super) fn takes(&mut self, part: &Part, came: Came<'_>) -> bool {
        let (after, end) = (part.to.after.as_str(), came.skip + came.ids.len() as u64);
        let Some((order, (first, last))) = self.order.zip(came.ids.first().zip(came.ids.last()))
        else {
            (self.skip, self.back) = (end, Self::step(self.size));
            return true;
        };
        if !after.is_empty() && came.skip > self.before && order.behind(after, first) {
            self.skip = came.skip.saturating_sub(self.back);
            self.back = self.back.saturating_mul(2);
            return false;
        }
        // Nobody on it is behind the place.
        if !after.is_empty() && !came.ends && !order.behind(after, last) {
            (self.skip, self.before) = (end, end);
            return false;
        }
        // Each page begins with the last contact of the page before: that shows that nothing is between them.
        self.skip = end - u64::from(came.ids.len() > 1);
        (self.back, self.before) = (Self::step(self.size), 0);
        true
    }
}

impl Part {
    pub(super) fn new(from: Place, budget: u64) -> Self {
        let (begins, to) = (from.skip, from.clone());
        Self { from, begins, to, budget, begun: false, over: false, is_last: false }
    }

    /// Where the next part begins: behind the account's last contact comes the first again.
    pub fn next(&self) -> Place {
        if self.is_last { Place::default() } else { self.to.clone() }
    }

    /// Contacts of the account, as its last page was read.
    pub fn total(&self) -> u64 {
        self.to.total
    }

    /// Whether it is read as far as it goes.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Takes a page that is stored; `sent`: requests so far, `total`: contacts of the account.
    pub(super) fn take(&mut self, came: Came<'_>, sent: u64, total: Option<u64>) {
        if self.to == self.from {
            self.begins = came.skip;
        }
        let after = came.ids.last().map_or_else(|| self.to.after.clone(), |id| (*id).to_owned());
        let total = total.unwrap_or(0);
        self.to = Place { skip: came.skip + came.ids.len() as u64, after, total };
        self.is_last = came.ends;
        self.over = came.ends || sent >= self.budget;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contacts that parts of so many pages show one after the other, while at most so many that `delete` names are deleted
    /// between them.
    fn parts(
        count: u64,
        size: usize,
        budget: u64,
        (most, delete): (usize, impl Fn(&str) -> bool),
    ) -> Vec<String> {
        let mut all: Vec<String> = (0..count).map(|n| format!("{n:04}")).collect();
        let (mut seen, mut from) = (Vec::new(), Place::default());
        for _ in 0..100 {
            let mut part = Part::new(from, budget);
            let of = (all.len() as u64, size as u64);
            let mut search = Search::new(&part, of, Some(Order::Ascending));
            let mut sent = 0;
            while !part.is_over() {
                sent += 1;
                assert!(sent < 100, "it looks for its place without end");
                let at = usize::try_from(search.skip).unwrap();
                let ids: Vec<&str> = all.iter().skip(at).take(size).map(String::as_str).collect();
                let ends = at + ids.len() >= all.len();
                let came = Came { skip: search.skip, ids: &ids, ends };
                if search.takes(&part, came) {
                    part.take(came, sent, Some(all.len() as u64));
                    seen.extend(ids.into_iter().map(str::to_owned));
                }
            }
            from = part.next();
            if from == Place::default() {
                return seen;
            }
            let is_gone = |id: &&String| seen.contains(id) && delete(id);
            let gone: Vec<String> = all.iter().filter(is_gone).take(most).cloned().collect();
            all.retain(|id| !gone.contains(id));
        }
        panic!("the account has no end");
    }

    #[test]
    fn the_smallest_parts_get_on_although_somebody_is_deleted_after_each() {
        for size in [10, 64] {
            let mut seen = parts(400, size, 1, (1, |_: &str| true));
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 400, "{size}");
        }
    }

    #[test]
    fn parts_go_on_where_the_one_before_ended_and_pass_over_nobody() {
        for size in [1, 2, 3, 10, 64] {
            for budget in [1, 2, 5] {
                for every in [1, 2, 3, u64::MAX] {
                    let delete = |id: &str| id.parse::<u64>().unwrap() % every == 0;
                    let mut seen = parts(60, size, budget, (60, delete));
                    seen.sort();
                    seen.dedup();
                    assert_eq!(seen.len(), 60, "{size} {budget} {every}");
                }
            }
        }
    }
}
