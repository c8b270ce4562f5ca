//! Asks for one thing until it comes or is refused: waits for what passes, stops for what needs a person.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::event::{ReadEvent, Watch};
use super::trouble::{Next, Other, Patience, Trouble};
use super::way::Way;
use crate::api::http::Answer;
use crate::api::wire::{Wire, WireRequest};
use crate::model::settings::RateWindow;
use crate::model::{Operation, RunError, Service};
use crate::pace::Pace;

/// The platform's limit beside the one per minute (docs/kore-api.md, "Limits").
const HOURLY: RateWindow = RateWindow { permits: 1800, window: Duration::from_hours(1) };

/// Asks an account.
pub(super) struct Asker<'a> {
    pub(super) way: Way<'a>,
    /// The pace of reading alone.
    own_pace: Pace,
    patience: Patience,
    pub(super) watch: Watch<'a>,
    random: fastrand::Rng,
    /// Answers are read as those of the operations of the same service.
    wire: Wire,
}

impl<'a> Asker<'a> {
    pub(super) fn new(
        way: Way<'a>,
        service: Service,
        rate: &[RateWindow],
        patience: Patience,
        watch: Watch<'a>,
    ) -> Self {
        let of_service =
            Operation::ALL.into_iter().find(|operation| operation.spec().service == service);
        let spec = of_service.unwrap_or(Operation::ALL[0]).spec();
        Self {
            own_pace: Pace::beside(rate),
            patience,
            watch,
            random: fastrand::Rng::new(),
            wire: Wire::new(spec, way.target),
            way,
        }
    }

    /// Requests per minute that leave at most; `None` without a limit.
    pub(super) fn per_minute(&self) -> Option<f64> {
        let rates = [self.own_pace.per_minute(), self.way.pace.per_minute()];
        rates.into_iter().flatten().reduce(f64::min)
    }

    /// Asks until `read` finds in an answer of at most `longest` bytes what was asked for, or the request is refused
    /// (`None`); and how many requests that took.
    ///
    /// # Errors
    /// Exit 2 without a way to the server; exit 4 for what passes, when it takes too long; exit 6 where a person is needed.
    pub(super) async fn ask<T>(
        &mut self,
        request: &WireRequest,
        longest: u64,
        other: Other,
        read: impl Fn(&Answer) -> Option<T>,
    ) -> Result<(Option<T>, u64), RunError> {
        let mut trouble = Trouble::none(self.patience);
        let mut requests = 0;
        loop {
            requests += 1;
            let no_answer = match self.way.ask(&self.own_pace, request.clone(), longest).await? {
                Ok(answer) => match read(&answer) {
                    Some(found) => return Ok((Some(found), requests)),
                    None => self.wire.read(&[], &answer.parts()),
                },
                Err(read) => read,
            };
            match trouble.on(no_answer, other, Instant::now(), &mut self.random) {
                Next::Wait { why, wait } => self.wait(why, wait).await,
                Next::Hourly { wait } => {
                    self.way.pace.add_window(HOURLY);
                    self.wait("hourly rate limit", wait).await;
                }
                Next::SignAgain => {
                    self.way.signing.refresh().await?;
                }
                Next::Refused => return Ok((None, requests)),
                Next::Stop(error) => return Err(error),
            }
        }
    }

    async fn wait(&mut self, why: &'static str, wait: Duration) {
        (self.watch)(&ReadEvent::Waiting { why, wait });
        sleep(wait).await;
    }
}
