//! Single contacts of an account, read now: where they were before, or sought by their ids.
//!
//! An id begins with its time of creation, so where ids are in one order a contact is found by bisection. No page that
//! is read on the way belongs to the reading's proof.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::paging::{Ask, Order};
use super::reader::{Reader, page};
use super::trouble::Other;
use crate::model::{Exit, RunError};

/// Requests after which a contact that is still neither found nor known to be gone is given up.
const MOST: u32 = 64;

impl Reader<'_> {
    /// Has each of these contacts read since `since`: of those that were not, the page is asked for on which they were last
    /// seen, and where they are not on it any more they are sought. Gives those that the account does not show.
    ///
    /// # Errors
    /// Those of [`Reader::whole`].
    pub async fn look(
        &mut self,
        wanted: &BTreeSet<String>,
        since: Timestamp,
    ) -> Result<BTreeSet<String>, RunError> {
        let mut left = wanted.clone();
        let mut by_page: BTreeMap<(u64, u64, u64), BTreeSet<String>> = BTreeMap::new();
        self.reading().latest_of(wanted, |contact, asked| {
            if let (true, Some(id)) = (contact.read_at < since, left.take(contact.id)) {
                let page = (asked.page, asked.skip, asked.limit);
                by_page.entry(page).or_default().insert(id);
            } else {
                left.remove(contact.id);
            }
            Ok(())
        })?;
        let facts = self.reading().facts();
        let (size, by_skip) = (facts.page_size.unwrap_or(facts.contacts), facts.seekable.is_some());
        for ((page, skip, limit), mut there) in by_page {
            for ask in around(Ask { skip, limit, page }, size, by_skip) {
                self.look_at(ask, &mut there).await?;
                if there.is_empty() {
                    break;
                }
            }
            left.append(&mut there);
        }
        let mut missing = BTreeSet::new();
        while let Some(id) = left.pop_first() {
            if !self.seek(&id, &mut left).await? {
                missing.insert(id);
            }
        }
        Ok(missing)
    }

    /// Reads a page and takes what is on it from `left`; its first and last id.
    async fn look_at(
        &mut self,
        ask: Ask,
        left: &mut BTreeSet<String>,
    ) -> Result<Option<Looked>, RunError> {
        let (taken, requests) = page(&mut self.asker, ask, Other::Nothing).await?;
        let Some(taken) = taken else { return Ok(None) };
        let contacts = &taken.page.contacts;
        for contact in contacts {
            left.remove(&contact.id);
        }
        let ends = contacts.first().zip(contacts.last());
        let ends = ends.map(|(first, last)| (first.id.clone(), last.id.clone()));
        let looked = Looked { ends, len: contacts.len() as u64, more: taken.page.more };
        self.take_beside(taken, requests).await?;
        Ok(Some(looked))
    }

    /// Seeks a contact by its id; whether the account shows it. Others of `left` that are met go, too.
    async fn seek(&mut self, id: &str, left: &mut BTreeSet<String>) -> Result<bool, RunError> {
        let facts = self.reading().facts();
        let (Some(order), Some(size)) = (facts.seekable, facts.page_size) else { return Ok(false) };
        let mut between = Between { low: 0, high: facts.total.unwrap_or(0), size };
        for _ in 0..MOST {
            let skip = between.next();
            let mut here = std::mem::take(left);
            here.insert(id.to_owned());
            let looked = self.look_at(Ask { skip, limit: size, page: 1 }, &mut here).await?;
            let found = !here.remove(id);
            *left = here;
            let Some(looked) = looked else { return Ok(false) };
            if found || between.narrow(skip, &looked, order, id) {
                return Ok(found);
            }
        }
        let message = "the account changed while a contact was sought in it, each time again";
        Err(RunError::new(Exit::NeedsPerson, format!("{message}; nothing was changed")))
    }
}

/// What a page showed that was looked at.
struct Looked {
    ends: Option<(String, String)>,
    len: u64,
    more: Option<bool>,
}

/// Where a contact may be: behind `low` contacts at least and `high` at most.
struct Between {
    low: u64,
    high: u64,
    size: u64,
}

impl Between {
    /// Where the next page begins: in the middle, and over both ends once that is possible.
    fn next(&self) -> u64 {
        let width = self.high.saturating_sub(self.low);
        match self.size.checked_sub(width + 2) {
            Some(room) => self.low.saturating_sub(1 + room / 2),
            None => (self.low + width / 2).saturating_sub(self.size / 2).max(self.low),
        }
    }

    /// Takes a page without the contact; whether it shows that there is none.
    fn narrow(&mut self, skip: u64, looked: &Looked, order: Order, id: &str) -> bool {
        let is_last = looked.more == Some(false) || looked.len < self.size;
        match &looked.ends {
            Some((first, _)) if order.behind(id, first) => {
                self.high = skip;
                self.low = self.low.min(skip.saturating_sub(self.size));
                skip == 0
            }
            Some((_, last)) if order.behind(last, id) => {
                self.low = skip + looked.len;
                self.high = self.high.max(self.low + self.size);
                is_last
            }
            Some(_) => true,
            None => {
                self.high = skip;
                self.low = self.low.min(skip.saturating_sub(self.size));
                skip == 0
            }
        }
    }
}

/// The page itself, then the one before: contacts move there when others before them are deleted. Then the one behind.
fn around(ask: Ask, size: u64, by_skip: bool) -> impl Iterator<Item = Ask> {
    let number =
        |page: u64| if by_skip || (ask.page == 1 && ask.skip > 0) { ask.page } else { page };
    let before = (ask.skip > 0).then(|| Ask {
        skip: ask.skip.saturating_sub(size),
        page: number(ask.page.saturating_sub(1)),
        ..ask
    });
    let behind = Ask { skip: ask.skip + size, page: number(ask.page + 1), ..ask };
    [Some(ask), before, Some(behind)].into_iter().flatten()
}
