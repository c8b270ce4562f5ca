//! Reads an account page by page into a [`Reading`], at its own pace, until what is wanted is there.
//!
//! Every request takes a permit of the reading's own rate and one of the account's, and leaves only while nobody waits
//! to send. Page and state are on disk together before the next one is asked for, so a kill costs one page.

use jiff::Timestamp;

use super::asker::Asker;
use super::cost::Cost;
use super::event::{ReadEvent, Watch};
use super::paging::{Ask, Doubt, Next, Use};
use super::place::{AccountKey, Readings};
use super::reading::{Reading, Taken};
use super::trouble::{Other, Patience};
use super::way::Way;
use crate::api::http::Answer;
use crate::api::wire::{BodyPart, ContactPage, body_limit, page_request};
use crate::base::numbers::counted;
use crate::model::settings::RateWindow;
use crate::model::{Exit, RunError, Service};

/// Reads an account.
pub struct Reader<'a> {
    pub(super) asker: Asker<'a>,
    readings: Readings,
    reading: Option<Reading>,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("reading", &self.reading).finish_non_exhaustive()
    }
}

/// Whether a reading is over.
pub(super) enum Step {
    /// Not yet. The page that came, and whether the reading begins anew behind it.
    Page(Option<(Box<Taken>, bool)>),
    Complete,
}

impl<'a> Reader<'a> {
    /// A reader that goes on with `reading` at no more than `rate`; `watch` hears what happens.
    ///
    /// Whoever makes one holds the [`super::ReadingLock`] of the account.
    pub fn new(
        way: Way<'a>,
        (readings, reading): (Readings, Reading),
        rate: &[RateWindow],
        patience: Patience,
        watch: Watch<'a>,
    ) -> Self {
        let asker = Asker::new(way, Service::Contacts, rate, patience, watch);
        Self { asker, readings, reading: Some(reading) }
    }

    /// Reads on until the account's size and that of a page are known: what the rest will cost.
    ///
    /// # Errors
    /// Those of [`Reader::whole`].
    pub async fn begin(&mut self) -> Result<Cost, RunError> {
        while self.reading().facts().requests_left().is_none() {
            self.step().await?;
        }
        Ok(self.cost())
    }

    /// Reads until the reading is complete.
    ///
    /// # Errors
    /// Exit 6 where it cannot be shown that nothing is missing, and where a person is needed; exit 4 for what passes
    /// (the reading is stored then, and goes on); exit 70 for the disk.
    pub async fn whole(mut self) -> Result<Reading, RunError> {
        while !matches!(self.step().await?, Step::Complete) {}
        let reading = self.taken();
        reading.take_their_place(&self.readings, &AccountKey::of(self.asker.way.target))?;
        Ok(reading)
    }

    /// The reading, for whoever has read enough of it.
    pub fn into_reading(mut self) -> Reading {
        self.taken()
    }

    /// What is left.
    fn cost(&self) -> Cost {
        Cost::of(self.reading().facts(), self.asker.per_minute())
    }

    /// The reading as far as it is.
    pub fn reading(&self) -> &Reading {
        self.reading.as_ref().expect("it is lent for the time of a step only")
    }

    fn taken(&mut self) -> Reading {
        self.reading.take().expect("it is lent for the time of a step only")
    }

    /// One page, or none where nothing is left to ask for.
    pub(super) async fn step(&mut self) -> Result<Step, RunError> {
        match self.reading().facts().paging.next() {
            Next::Complete(_) => Ok(Step::Complete),
            Next::Incomplete(doubt) => {
                let reading = self.taken();
                let error = incomplete(doubt, reading.facts().contacts, reading.facts().total);
                // Nothing can be gone on with: the next reading begins anew.
                reading.delete()?;
                Err(error)
            }
            Next::Ask(ask) => {
                let (asked, requests) = self.page(ask).await?;
                self.take(asked, requests).await.map(Step::Page)
            }
        }
    }

    /// Hands the page to the disk, on a thread of its own.
    async fn take(
        &mut self,
        asked: Option<Box<Taken>>,
        requests: u64,
    ) -> Result<Option<(Box<Taken>, bool)>, RunError> {
        let (asked, used) = self
            .on_disk(move |reading| {
                let used = match &asked {
                    Some(taken) => reading.take(taken, requests).map(Some),
                    None => reading.refused(requests).map(|()| None),
                };
                (asked, used)
            })
            .await?;
        let used = used?;
        if let Some(size) = self.reading().facts().paging.page_size() {
            self.readings.remember_page_size(&AccountKey::of(self.asker.way.target), size);
        }
        if matches!(used, Some(Use::NewPass | Use::LastOfPass)) {
            (self.asker.watch)(&ReadEvent::Again);
        }
        let (facts, left) = (self.reading().facts(), self.cost());
        let event = ReadEvent::Page { contacts: facts.contacts, total: facts.total, left };
        (self.asker.watch)(&event);
        let again = matches!(used, Some(Use::NewPass | Use::LastOfPass));
        Ok(asked.map(|taken| (taken, again)))
    }

    /// Stores a page that was looked at beside the reading.
    pub(super) async fn take_beside(
        &mut self,
        taken: Taken,
        requests: u64,
    ) -> Result<(), RunError> {
        self.on_disk(move |reading| reading.take_beside(&taken, requests)).await?
    }

    /// Works on the reading on a thread of its own.
    pub(super) async fn on_disk<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Reading) -> T + Send + 'static,
    ) -> Result<T, RunError> {
        let mut reading = self.taken();
        let working = tokio::task::spawn_blocking(move || {
            let done = work(&mut reading);
            (reading, done)
        });
        let (reading, done) = working
            .await
            .map_err(|_| RunError::internal("korebulk itself failed while it stored a page"))?;
        self.reading = Some(reading);
        Ok(done)
    }

    /// Asks for a page until it comes or is refused, and how many requests that took.
    async fn page(&mut self, ask: Ask) -> Result<(Option<Box<Taken>>, u64), RunError> {
        let may_shrink = self.reading().facts().paging.may_shrink();
        let other = if may_shrink { Other::SmallerPage } else { Other::Nothing };
        let (found, requests) = page(&mut self.asker, ask, other).await?;
        Ok((found.map(Box::new), requests))
    }
}

/// Asks for a page until it comes or is refused, and how many requests that took.
pub(super) async fn page(
    asker: &mut Asker<'_>,
    ask: Ask,
    other: Other,
) -> Result<(Option<Taken>, u64), RunError> {
    let Ask { skip, limit, page } = ask;
    let request = page_request(asker.way.target, skip, limit, page);
    let longest = body_limit(usize::try_from(limit).unwrap_or(usize::MAX));
    asker.ask(&request, longest, other, |answer| taken(answer, ask)).await
}

/// The page that an answer holds.
fn taken(answer: &Answer, asked: Ask) -> Option<Taken> {
    let BodyPart::Whole(body) = answer.parts().body else { return None };
    let text = std::str::from_utf8(body).ok().filter(|_| (200..300).contains(&answer.status))?;
    let page = ContactPage::read(text)?;
    let date = answer.date.and_then(|date| Timestamp::try_from(date).ok());
    Some(Taken {
        asked,
        text: text.to_owned(),
        page,
        date: date.map(Timestamp::as_second),
        at: Timestamp::now(),
    })
}

fn incomplete(doubt: Doubt, seen: u64, total: Option<u64>) -> RunError {
    let why = match doubt {
        Doubt::NoPageSize => "the server refuses every request for a page of contacts",
        Doubt::SamePage => "the server answers every request with the same page",
        Doubt::FewerThanCounted => "the server shows fewer contacts than it counts",
        Doubt::NoTotal => "the server does not count its contacts, so that none can be missed",
        Doubt::KeepsChanging => {
            "the account changed while it was read, or its order and totals are none to go by, each time again"
        }
    };
    let seen = counted(seen, "contact");
    let of = total.map(|total| format!(" of {}", crate::base::numbers::thousands(total)));
    let of = of.unwrap_or_default();
    let message =
        format!("the account cannot be read whole: {why} ({seen}{of} seen); nothing was changed");
    RunError::new(Exit::NeedsPerson, message).hint(match doubt {
        Doubt::KeepsChanging => "read it again when fewer people work in it; where that changes nothing, this server's pages cannot show that no contact is missing",
        Doubt::NoPageSize => "are `target.stream_id` and `target.account_id` right?",
        _ => "please report what the server answers, without contact data",
    })
}
