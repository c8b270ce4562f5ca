//! `reconcile`: what a run left unknown is settled by reading the account.
//!
//! Sends nothing that changes anything. Where the account cannot be read whole, everything stays as it is.

mod outcome;
mod sought;

use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use self::outcome::Outcomes;
use self::sought::Sought;
use super::approve::access::{self, Access};
use super::close::outbox;
use super::open::Reopened;
use super::over::Over;
use super::past::retried::Retried;
use super::reading::{self, ReadHow};
use super::signals::Signals;
use crate::api::wire::{body_limit, page_request};
use crate::audit::line::Event;
use crate::base::numbers::time;
use crate::base::terminal;
use crate::journal::{Phase, fact};
use crate::model::{Exit, IdKind, RunError};

/// The server's time in an answer has whole seconds, and the answer was under way.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

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
        if self.run.plan.operation.spec().id_kind == IdKind::ContactList {
            let run = self.run.dir.path.display();
            return Err(RunError::usage("contact lists are not read back")
                .hint(format!("`korebulk resume {run}` sends them again, which does no harm")));
        }
        let mut sought = Sought::of(&self.journal, &self.run, &mut self.input.mappers)?;
        let run = &self.run;
        let access = access::of(&run.plan, &run.dir, &mut self.input.mappers, signals).await?;
        let ready = after_the_last(&sought, self.run.plan.limits.timeout)?;
        let how = ReadHow {
            yes: run.how.yes,
            quiet: run.how.screen.quiet,
            since: Some(ready),
            age: run.plan.account.max_age,
            fits: &|_| Ok(()),
            nothing: "nothing has changed",
        };
        how.unless_signalled(signals, wait_until(ready)).await?;
        sought.shift(how.unless_signalled(signals, ahead_of_us(&access)).await?);
        let dirs = reading::dirs(&run.plan, Some(&run.dir))?;
        let reading = reading::read(&run.plan, &dirs, &access, &how, signals).await?;
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

    /// Before it goes on: where a second send does harm, what is unknown is read back first. Where the account cannot be
    /// read, it stays unknown.
    ///
    /// # Errors
    /// Exit 4 where it was asked to stop; exit 70 for the disk.
    pub(crate) async fn read_back_first(&mut self, signals: &mut Signals) -> Result<(), RunError> {
        if self.run.plan.operation.spec().idempotent || self.unknown()? == 0 {
            return Ok(());
        }
        match self.read_back(signals).await {
            Ok((words, changed)) => {
                terminal::say(&format!("{words}\n"));
                if changed {
                    self.to_send = self.journal.unsettled(self.input.read)?;
                    Retried::of(&self.journal, &self.run.dir)?.leave_out(&mut self.to_send);
                }
                Ok(())
            }
            Err(error) if matches!(error.exit, Exit::Stopped | Exit::Internal) => Err(error),
            Err(error) => {
                let why = terminal::line(&error.message).into_owned();
                terminal::say(&format!("what is unknown stays unknown: {why}\n"));
                Ok(())
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
    let permit = pace.permit().await;
    let token = signing.token(SystemTime::now())?;
    let head = client.send(page_request(target, 0, 1, 1), &token, permit).await;
    let (answer, at) = match head {
        Ok(head) => (head.body(body_limit(1)).await, Timestamp::now()),
        Err(fault) => {
            let exit = if fault.needs_person() { Exit::NeedsPerson } else { Exit::Stopped };
            return Err(RunError::new(exit, "the account cannot be read; nothing has changed")
                .hint("try again once the server answers"));
        }
    };
    let date = answer.date.and_then(|date| Timestamp::try_from(date).ok());
    // Without its time, ours is the best there is.
    Ok(date.map_or(SignedDuration::ZERO, |date| date.duration_since(at)) - TOLERANCE)
}
