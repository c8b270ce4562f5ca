//! `reconcile`: what a run left unknown is settled by reading the account.
//!
//! Sends nothing that changes anything. Where the account cannot be read whole, everything stays as it is.

mod outcome;
mod sought;

use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use self::outcome::Outcomes;
use self::sought::Sought;
use super::approve::access::Access;
use super::close::outbox;
use super::open::Reopened;
use super::over::Over;
use super::past::retried::Retried;
use super::reading::{self, ReadHow};
use super::signals::Signals;
use crate::account::Cost;
use crate::api::wire::{ContactPage, body_limit, page_request};
use crate::audit::line::Event;
use crate::base::numbers::{counted, thousands, time};
use crate::base::terminal;
use crate::config::Plan;
use crate::journal::{Phase, fact};
use crate::model::settings::Reconcile;
use crate::model::{Exit, IdKind, RunError};

/// How often the account is asked for before it counts as out of reach.
const TRIES: u64 = 4;

/// The server's time in an answer has whole seconds, and the answer was under way.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Said where the account is not read to its end: also of a run that has sent before.
const UNCHANGED: &str = "the run stays as it was";

impl Reopened {
    /// How many of its records are unknown, and no other run's.
    ///
    /// # Errors
    /// Exit 70 for a damaged journal.
    pub(crate) fn unknown(&self) -> Result<u64, RunError> {
        Ok(Sought::ordinals(&self.journal, &self.run.dir)?.len())
    }

    /// Reads the account, and settles what it says of the unknown records. Gives a sentence about it, and whether
    /// anything is another thing now.
    ///
    /// # Errors
    /// Exit 2 where it cannot be read, exit 4 for what passes, exit 6 where it cannot be shown that nothing is
    /// missing, 75 while another process reads: nothing has changed then.
    pub(crate) async fn read_back(
        &mut self,
        signals: &mut Signals,
    ) -> Result<(String, bool), RunError> {
        self.read_back_within(None, signals).await
    }

    /// The same where it takes no more requests than `most`.
    async fn read_back_within(
        &mut self,
        most: Option<u64>,
        signals: &mut Signals,
    ) -> Result<(String, bool), RunError> {
        if self.run.plan.operation.spec().id_kind == IdKind::ContactList {
            let run = self.run.dir.path.display();
            return Err(RunError::usage("contact lists are not read back")
                .hint(format!("`korebulk resume {run}` sends them again, which does no harm")));
        }
        let sought = Sought::of(&self.journal, &self.run, &mut self.input.mappers)?;
        let access = self.reach(signals).await?;
        let read = Box::pin(self.looked_for(sought, &access, most, signals)).await;
        self.access = Some(access);
        read
    }

    async fn looked_for(
        &mut self,
        mut sought: Sought,
        access: &Access,
        most: Option<u64>,
        signals: &mut Signals,
    ) -> Result<(String, bool), RunError> {
        let run = &self.run;
        let ready = after_the_last(&sought, self.run.plan.limits.timeout)?;
        let fits = |cost: &Cost| match most {
            Some(most) if cost.requests > most => Err(too_much(cost, most)),
            _ => Ok(()),
        };
        let how = ReadHow {
            yes: run.how.yes || most.is_some(),
            quiet: run.how.screen.quiet,
            since: Some(ready),
            age: run.plan.account.max_age,
            fits: &fits,
            question: reading::READ_IT,
            nothing: UNCHANGED,
        };
        // Whether the account can be read at all is known before anybody waits.
        sought.shift(how.unless_signalled(signals, ahead_of_us(access)).await?);
        how.unless_signalled(signals, wait_until(ready)).await?;
        let dirs = reading::dirs(&run.plan, Some(&run.dir))?;
        let reading = Box::pin(reading::read(&run.plan, &dirs, access, &how, signals)).await?;
        let looking = async move { sought.look(&reading) };
        let sought = signals.unless_signalled(looking).await?;
        let outcomes = Outcomes::of(&self.journal, &sought, self.run.plan.report.contacts)?;
        if outcomes.changes_anything() {
            self.run.note_in_audit(Event::Reconcile, &self.input, 0, signals).await?;
            outbox::mark(&self.run.dir, true);
            // Whoever dies from here on leaves an open run.
            self.journal.set_phase(Phase::Sending)?;
            outcomes.write(&self.journal, &self.run)?;
        }
        Ok((outcomes.words(), outcomes.changes_anything()))
    }

    /// Before it goes on: what is unknown is read back first, so that nobody's later change is overwritten. Where the account
    /// cannot be read, it stays unknown, and is sent again where that does no harm.
    ///
    /// # Errors
    /// Exit 4 where it was asked to stop; exit 70 for the disk.
    pub(crate) async fn read_back_first(&mut self, signals: &mut Signals) -> Result<(), RunError> {
        let Plan { operation, limits, .. } = &self.run.plan;
        let spec = operation.spec();
        let is_wanted = !spec.idempotent || limits.reconcile == Reconcile::Auto;
        if !is_wanted || spec.id_kind == IdKind::ContactList || self.unknown()? == 0 {
            return Ok(());
        }
        if self.settled_by(None, signals).await? {
            self.to_send = self.journal.unsettled(self.input.read)?;
            Retried::of(&self.journal, &self.run.dir)?.leave_out(&mut self.to_send);
        }
        Ok(())
    }

    /// At the end of a run that has sent: the same where it takes few requests. Gives whether anything is another thing now.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) async fn read_back_last(&mut self, signals: &mut Signals) -> Result<bool, RunError> {
        let Plan { operation, limits, .. } = &self.run.plan;
        let is_wanted =
            limits.reconcile == Reconcile::Auto && operation.spec().id_kind != IdKind::ContactList;
        if !is_wanted || self.unknown()? == 0 {
            return Ok(false);
        }
        let most = Some(limits.reconcile_requests);
        match self.settled_by(most, signals).await {
            Err(error) if error.exit == Exit::Stopped => {
                terminal::say(&format!(
                    "what is unknown stays unknown: {}\n",
                    terminal::line(&error.message)
                ));
                Ok(false)
            }
            settled => settled,
        }
    }

    async fn settled_by(
        &mut self,
        most: Option<u64>,
        signals: &mut Signals,
    ) -> Result<bool, RunError> {
        match Box::pin(self.read_back_within(most, signals)).await {
            Ok((words, changed)) => {
                terminal::say(&format!("{words}\n"));
                Ok(changed)
            }
            // What cannot be reached now is not sent to either.
            Err(error) if matches!(error.exit, Exit::Internal | Exit::Stopped) => Err(error),
            Err(error) => {
                let why = terminal::line(&error.message).into_owned();
                terminal::say(&format!("what is unknown stays unknown: {why}\n"));
                Ok(false)
            }
        }
    }

    /// Its end, to be written anew.
    pub(crate) fn over(self) -> Result<Over, RunError> {
        let stopped = self.journal.get(fact::STOPPED)?;
        let Self { run, journal, input, .. } = self;
        Ok(Over { stopped, ..Over::of(run, journal, input) })
    }

    /// The exit that it has.
    pub(crate) fn exit(&self) -> Result<Exit, RunError> {
        Ok(self.journal.get(fact::EXIT)?.unwrap_or(Exit::Stopped))
    }
}

fn too_much(cost: &Cost, most: u64) -> RunError {
    let (takes, most) = (counted(cost.requests, "request"), thousands(most));
    let message =
        format!("reading the account takes {takes}, and `limits.reconcile_requests` is {most}");
    RunError::new(Exit::Guarded, message)
}

/// From when on nothing of the last request can be under way any more.
fn after_the_last(sought: &Sought, timeout: Duration) -> Result<Timestamp, RunError> {
    let last = sought.last_intent();
    last.checked_add(timeout).map_err(|_| RunError::internal("the journal's times are damaged"))
}

async fn wait_until(ready: Timestamp) -> Result<(), RunError> {
    let wait = ready.duration_since(Timestamp::now());
    let Ok(wait) = Duration::try_from(wait) else { return Ok(()) };
    if wait >= Duration::from_secs(2) {
        let wait = time(wait);
        terminal::say(&format!("waits {wait}: the last request may still be under way\n"));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}

/// How far the server's clock is ahead of ours: its times and those of the journal are compared.
async fn ahead_of_us(access: &Access) -> Result<SignedDuration, RunError> {
    let Access { client, signing, pace, target, .. } = access;
    let (mut tries, mut is_fresh) = (0, false);
    let (answer, at) = loop {
        let permit = pace.permit().await;
        let token = signing.token(SystemTime::now())?;
        tries += 1;
        match client.send(page_request(target, 0, 1, 1), &token, permit).await {
            // The run may have taken longer than its credential lasts.
            Ok(head) if matches!(head.status(), 401 | 403) && !is_fresh => {
                is_fresh = true;
                signing.refresh().await?;
            }
            Ok(head) => break (head.body(body_limit(1)).await, Timestamp::now()),
            Err(fault) if !fault.needs_person() && tries < TRIES => {
                tokio::time::sleep(Duration::from_secs(tries)).await;
            }
            Err(fault) => {
                let exit = if fault.needs_person() { Exit::NeedsPerson } else { Exit::Stopped };
                return Err(RunError::new(
                    exit,
                    format!("the account cannot be read; {UNCHANGED}"),
                )
                .hint("try again once the server answers"));
            }
        }
    };
    let is_page = answer.body.as_ref().is_ok_and(|body| {
        std::str::from_utf8(body).is_ok_and(|text| ContactPage::read(text).is_some())
    });
    if !is_page {
        let message = format!("the account cannot be read (HTTP {}); {UNCHANGED}", answer.status);
        return Err(RunError::new(Exit::NeedsPerson, message));
    }
    let date = answer.date.and_then(|date| Timestamp::try_from(date).ok());
    // Without its time, ours is the best there is.
    Ok(date.map_or(SignedDuration::ZERO, |date| date.duration_since(at)) - TOLERANCE)
}
