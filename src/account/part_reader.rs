//! Reads an account in parts: as much of it at a time as a budget of requests allows, each part from where the one before
//! ended, and from the first contact again behind the last one.

use super::cost::Cost;
use super::event::ReadEvent;
use super::part::{Came, Search};
use super::reader::{Reader, page};
use super::reading::Reading;
use super::trouble::Other;
use crate::model::RunError;

impl Reader<'_> {
    /// Reads on until it is known what is left to read: of a part, where it is one, or of the whole account where that takes no
    /// more.
    ///
    /// # Errors
    /// Those of [`Reader::whole`].
    pub async fn begin_part(&mut self) -> Result<Cost, RunError> {
        let mut cost = self.begin().await?;
        let is_part = self.reading().facts().part.is_some();
        while is_part && self.reading().facts().paging.is_first() {
            self.step().await?;
            cost = self.begin().await?;
        }
        let facts = self.reading().facts();
        let Some(part) = &facts.part else { return Ok(cost) };
        if !part.begun && facts.requests.saturating_add(cost.requests) <= part.budget {
            self.on_disk(|reading| reading.change_part(|part| *part = None)).await??;
            return Ok(cost);
        }
        let requests = part.budget.saturating_sub(facts.requests).max(1);
        let size = facts.page_size.unwrap_or(1);
        let contacts = requests.saturating_mul(size).min(cost.contacts);
        Ok(Cost { requests, contacts, of: Some(cost.contacts), ..cost })
    }

    /// Reads the part behind [`Reader::begin_part`], or the whole account.
    ///
    /// # Errors
    /// Those of [`Reader::whole`].
    pub async fn part(mut self) -> Result<Reading, RunError> {
        if self.reading().facts().part.is_none() {
            return self.whole().await;
        }
        self.on_disk(Reading::begin_part).await??;
        let facts = self.reading().facts();
        let size = facts.page_size.unwrap_or(1).max(1);
        let of = (facts.total.unwrap_or(facts.contacts), size);
        let order = facts.seekable;
        let Some(part) = &facts.part else { return Err(lost()) };
        let mut search = Search::new(part, of, order);
        while self.reading().facts().part.as_ref().is_some_and(|part| !part.is_over()) {
            self.part_page(&mut search, size).await?;
        }
        Ok(self.into_reading())
    }

    async fn part_page(&mut self, search: &mut Search, size: u64) -> Result<(), RunError> {
        let ask = self.reading().facts().paging.at(search.skip);
        let (taken, requests) = page(&mut self.asker, ask, Other::Nothing).await?;
        let facts = self.reading().facts();
        let part = facts.part.as_ref().ok_or_else(lost)?;
        let belongs = taken.as_ref().is_none_or(|taken| {
            let ids = taken.ids();
            search.takes(part, Came { skip: ask.skip, ids: &ids, ends: taken.ends(size) })
        });
        let work = move |reading: &mut Reading| match (belongs, taken) {
            (true, Some(taken)) => reading.take_of_part(&taken, requests, size),
            // Refused: behind the last contact, as this server says it.
            (true, None) => reading.end_part(ask.skip, requests),
            (false, _) => reading.note_requests(requests),
        };
        self.on_disk(work).await??;
        let (facts, per_minute) = (self.reading().facts(), self.asker.per_minute());
        let left = facts.part.as_ref().map_or(0, |part| part.budget.saturating_sub(facts.requests));
        let left = Cost { requests: left, ..Cost::of(facts, per_minute) };
        let event = ReadEvent::Page { contacts: facts.contacts, total: facts.total, left };
        (self.asker.watch)(&event);
        Ok(())
    }
}

fn lost() -> RunError {
    RunError::internal("the part of the account that is read is not known")
}
