//! The life of a run, in stages: `open → check → resolve → approve → send → record → close`, one file each, in this order.
//!
//! What one stage gives back is the only way to call the next. `resume` enters at `approve`, `retry` at `open` with
//! the rows of another run. A run that is held back before its first byte goes to `record` at once.

pub(crate) mod open;

pub(crate) mod check;

mod resolve;

pub(crate) mod approve;

pub(crate) mod send;

pub(crate) mod record;

pub(crate) mod close;

// Runs that ended, or were killed.
pub(crate) mod past;

// What all of them work with.
pub(crate) mod audit;
pub(crate) mod draft;
pub(crate) mod environment;
pub(crate) mod export;
mod held;
pub(crate) mod learned;
pub(crate) mod leftovers;
mod listen;
pub(crate) mod login;
pub mod options;
pub(crate) mod over;
pub(crate) mod person;
mod put_back;
pub(crate) mod readiness;
pub(crate) mod reading;
mod reconcile;
pub mod run_dir;
pub(crate) mod second_look;
pub(crate) mod signals;
pub(crate) mod stored;
pub(crate) mod view;
pub(crate) mod way_on;

use self::held::Halt;
use self::open::{Opened, Reopened};
use self::over::Over;
use self::signals::Signals;
use crate::base::terminal;
use crate::model::{Exit, RunError};

/// A new run, from its input to its end.
///
/// # Errors
/// Whatever ends it before it could leave a report.
pub(crate) async fn whole(opened: Opened, signals: &mut Signals) -> Result<Exit, RunError> {
    end(Box::pin(through(opened, signals)).await, signals).await
}

async fn through(opened: Opened, signals: &mut Signals) -> Result<Over, Halt> {
    let checked = opened.check(signals).await?;
    let resolved = Box::pin(checked.resolve(signals)).await?;
    let approved = Box::pin(resolved.approve(signals)).await?;
    Box::pin(approved.send(signals)).await
}

/// What an earlier run left, to its end.
///
/// # Errors
/// Whatever keeps it from going on: it stays as it is.
pub(crate) async fn rest(mut reopened: Reopened, signals: &mut Signals) -> Result<Exit, RunError> {
    Box::pin(reopened.read_back_first(signals)).await.map_err(RunError::of_later_session)?;
    if let Some(exit) = reopened.nothing_left()? {
        return Ok(exit);
    }
    let approved = Box::pin(reopened.approve(signals)).await.map_err(RunError::of_later_session)?;
    end(Box::pin(approved.send(signals)).await, signals).await
}

/// What a run left unknown, settled by reading the account; nothing that changes anything is sent.
///
/// # Errors
/// Where the account cannot be read: it stays as it is.
pub(crate) async fn settled(
    mut reopened: Reopened,
    signals: &mut Signals,
) -> Result<Exit, RunError> {
    if reopened.unknown()? == 0 {
        terminal::say("nothing of this run is unknown\n");
        return reopened.exit();
    }
    let (words, changed) = reopened.read_back(signals).await.map_err(RunError::of_later_session)?;
    terminal::say(&format!("{words}\n"));
    match changed {
        true => end(reopened.over().map_err(Halt::Nothing), signals).await,
        false => reopened.exit(),
    }
}

/// The end of every run that was sent or held back. A first signal changes nothing, a second one leaves the end to the next
/// command that touches the run.
async fn end(sent: Result<Over, Halt>, signals: &mut Signals) -> Result<Exit, RunError> {
    let over = match sent {
        Ok(over) => over,
        Err(Halt::Over(over)) => *over,
        Err(Halt::Nothing(error)) => return Err(error),
    };
    let hint = format!("`korebulk resume {}` writes it", over.dir.path.display());
    let ended = signals.unless_signalled_twice(move || over.record().close()).await;
    ended.map_err(|error| error.hint(hint))
}

pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, RunError>>) -> Result<T, RunError> {
    // One thread: one connection's work is small, and the journal has a thread of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::internal(format!("no runtime: {error}")))?;
    let done = runtime.block_on(work);
    // A thread that still reads input after a stop is not waited for.
    runtime.shutdown_background();
    done
}
