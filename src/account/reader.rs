//! Reads an account page by page into a [`Reading`], at its own pace, until what is wanted is there.
//!
//! Every request takes a permit of the reading's own rate and one of the account's, and leaves only while nobody waits
//! to send. Page and state are on disk together before the next one is asked for, so a kill costs one page.

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::cost::Cost;
use super::paging::{Ask, Doubt, Next, Use};
use super::place::{AccountKey, Readings};
use super::reading::{Reading, Taken};
use super::trouble::{self, Patience, Trouble};
use super::way::{Way, wire};
use crate::api::http::Answer;
use crate::api::wire::{BodyPart, ContactPage, Wire, body_limit, page_request};
use crate::model::settings::RateWindow;
use crate::model::{Exit, RunError};
use crate::pace::Pace;
use crate::report::numbers::counted;

/// The platform's limit beside the one per minute (docs/kore-api.md, "Limits").
const HOURLY: RateWindow = RateWindow { permits: 1800, window: std::time::Duration::from_hours(1) };

/// Something that happened while an account is read.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadEvent {
    /// A page was taken; how far the reading is.
    Page {
        /// Different contacts so far.
        contacts: u64,
        /// As the server counts them.
        total: Option<u64>,
        /// What is left.
        left: Cost,
    },
    /// Nothing is asked for a while.
    Waiting {
        /// `rate limit`, `timeout`, …
        why: &'static str,
        /// How long.
        wait: std::time::Duration,
    },
    /// The account changed, or its order proves nothing: it is read again from the start.
    Again,
}

/// Reads an account.
pub struct Reader<'a> {
    way: Way<'a>,
    /// The pace of reading alone.
    own_pace: Pace,
    patience: Patience,
    readings: Readings,
    reading: Option<Reading>,
    watch: &'a mut (dyn FnMut(&ReadEvent) + Send),
    random: fastrand::Rng,
    wire: Wire,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("reading", &self.reading).finish_non_exhaustive()
    }
}

/// Whether a reading is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    More,
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
        watch: &'a mut (dyn FnMut(&ReadEvent) + Send),
    ) -> Self {
        Self {
            own_pace: Pace::beside(rate),
            patience,
            readings,
            reading: Some(reading),
            watch,
            random: fastrand::Rng::new(),
            wire: wire(way.target),
            way,
        }
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
        while self.step().await? == Step::More {}
        let reading = self.taken();
        reading.take_their_place(&self.readings, &AccountKey::of(self.way.target))?;
        Ok(reading)
    }

    /// What is left.
    fn cost(&self) -> Cost {
        let rates = [self.own_pace.per_minute(), self.way.pace.per_minute()];
        let rate = rates.into_iter().flatten().reduce(f64::min);
        Cost::of(self.reading().facts(), rate)
    }

    fn reading(&self) -> &Reading {
        self.reading.as_ref().expect("it is lent for the time of a step only")
    }

    fn taken(&mut self) -> Reading {
        self.reading.take().expect("it is lent for the time of a step only")
    }

    /// One page, or none where nothing is left to ask for.
    async fn step(&mut self) -> Result<Step, RunError> {
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
                self.take(asked, requests).await?;
                Ok(Step::More)
            }
        }
    }

    /// Hands the page to the disk, on a thread of its own.
    async fn take(&mut self, asked: Asked, requests: u64) -> Result<(), RunError> {
        let mut reading = self.taken();
        let work = move || {
            let used = match &asked {
                Asked::Page(taken) => reading.take(taken, requests).map(Some),
                Asked::Refused => reading.refused(requests).map(|()| None),
            };
            (reading, used)
        };
        let (reading, used) = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| RunError::internal("korebulk itself failed while it stored a page"))?;
        self.reading = Some(reading);
        let used = used?;
        if let Some(size) = self.reading().facts().paging.page_size() {
            self.readings.remember_page_size(&AccountKey::of(self.way.target), size);
        }
        if matches!(used, Some(Use::NewPass | Use::LastOfPass)) {
            (self.watch)(&ReadEvent::Again);
        }
        let (facts, left) = (self.reading().facts(), self.cost());
        let event = ReadEvent::Page { contacts: facts.contacts, total: facts.total, left };
        (self.watch)(&event);
        Ok(())
    }

    /// Asks for a page until it comes or is refused, and how many requests that took.
    async fn page(&mut self, ask: Ask) -> Result<(Asked, u64), RunError> {
        let Ask { skip, limit, page } = ask;
        let request = page_request(self.way.target, skip, limit, page);
        let longest = body_limit(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut trouble = Trouble::none(self.patience);
        let mut requests = 0;
        loop {
            requests += 1;
            let read = match self.way.ask(&self.own_pace, request.clone(), longest).await? {
                Ok(answer) => match taken(&answer, skip) {
                    Some(taken) => return Ok((Asked::Page(Box::new(taken)), requests)),
                    None => self.wire.read(&[], &answer.parts()),
                },
                Err(read) => read,
            };
            let may_shrink = self.reading().facts().paging.may_shrink();
            match trouble.on(read, may_shrink, Instant::now(), &mut self.random) {
                trouble::Next::Wait { why, wait } => self.wait(why, wait).await,
                trouble::Next::Hourly { wait } => {
                    self.way.pace.add_window(HOURLY);
                    self.wait("hourly rate limit", wait).await;
                }
                trouble::Next::SignAgain => {
                    self.way.signing.refresh().await?;
                }
                trouble::Next::Less | trouble::Next::Refused(_) => {
                    return Ok((Asked::Refused, requests));
                }
                trouble::Next::Stop(error) => return Err(error),
            }
        }
    }

    async fn wait(&mut self, why: &'static str, wait: std::time::Duration) {
        (self.watch)(&ReadEvent::Waiting { why, wait });
        sleep(wait).await;
    }
}

/// What became of the request for a page.
enum Asked {
    Page(Box<Taken>),
    Refused,
}

/// The page that an answer holds.
fn taken(answer: &Answer, skip: u64) -> Option<Taken> {
    let BodyPart::Whole(body) = answer.parts().body else { return None };
    let text = std::str::from_utf8(body).ok().filter(|_| (200..300).contains(&answer.status))?;
    let page = ContactPage::read(text)?;
    let date = answer.date.and_then(|date| Timestamp::try_from(date).ok());
    Some(Taken {
        skip,
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
        Doubt::KeepsChanging => "the account changed while it was read, each time again",
    };
    let seen = counted(seen, "contact");
    let of = total.map(|total| format!(" of {}", crate::report::numbers::thousands(total)));
    let of = of.unwrap_or_default();
    let message =
        format!("the account cannot be read whole: {why} ({seen}{of} seen); nothing was changed");
    RunError::new(Exit::NeedsPerson, message).hint(match doubt {
        Doubt::KeepsChanging => "read it again when fewer people work in it",
        Doubt::NoPageSize => "are `target.stream_id` and `target.account_id` right?",
        _ => "please report what the server answers, without contact data",
    })
}
