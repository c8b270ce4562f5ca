//! `export`: the account's contacts as a table, read whole or not at all.

mod job;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use jiff::{Timestamp, Zoned};

use self::table::Output;
use crate::account::{
    AccountKey, Cost, Expired, Patience, ReadProgress, Reader, Reading, ReadingLock, Readings, Way,
};
use crate::base::terminal;
use crate::config::Plan;
use crate::model::settings::Limits;
use crate::model::{Exit, RunError};
use crate::report::export::TableForm;
use crate::report::numbers::{counted, moment, thousands, time};
use crate::report::screen::ScreenMode;
use crate::run::approve::access::Access;
use crate::run::block_on;
use crate::run::environment::state_dirs;
use crate::run::options::ExportOptions;
use crate::run::person::person;
use crate::run::signals::Signals;

/// Writes the account's contacts.
///
/// # Errors
/// Exit 2 where the file cannot be written or settings cannot be used; exit 3 where it takes too long, or nobody wants it;
/// exit 4 for what passes; exit 6 where it cannot be shown that nothing is missing; exit 75 while another process reads.
pub fn export(plan: &Plan, how: &ExportOptions) -> Result<Exit, RunError> {
    let to = destination(plan, how)?;
    block_on(async {
        let mut signals = Signals::listen()?;
        let of = plan.clone();
        let access = signals.unless_signalled(async move { Access::to(&of).await }).await?;
        let reading = read(plan, how, &to, &access, &mut signals).await?;
        let (proof, facts) = (reading.facts().proof, reading.facts().clone());
        let written = written(reading, to.clone(), &mut signals).await?;
        let read_at = moment(&facts.last);
        let gone = proof.map_or(0, |proof| proof.deleted_meanwhile);
        let gone = match gone {
            0 => String::new(),
            gone => format!("; {} of them were deleted while it was read", thousands(gone)),
        };
        let mut said = format!("{}, read whole by {read_at}{gone}", counted(written, "contact"));
        if let Some(path) = &to.path {
            said = format!("{}: {said}", path.display());
            let back = job::back(plan, path);
            terminal::print(&back)?;
        }
        if !how.quiet {
            terminal::say(&format!("{}\n", terminal::line(&said)));
        }
        Ok(Exit::Finished)
    })
}

/// Where the table goes.
#[derive(Debug, Clone)]
struct Destination {
    /// `None`: standard output.
    path: Option<PathBuf>,
    form: TableForm,
}

fn destination(plan: &Plan, how: &ExportOptions) -> Result<Destination, RunError> {
    let path = match &how.to {
        Some(to) if to == Path::new("-") => {
            return Ok(Destination { path: None, form: TableForm::JsonLines });
        }
        Some(to) => how.directory.join(to),
        None => {
            let (account, day) = (&plan.target.account_id, Zoned::now().strftime("%Y-%m-%d"));
            how.directory.join(format!("contacts-{account}-{day}.xlsx"))
        }
    };
    let shown = path.display();
    let Some(form) = TableForm::of(&path) else {
        return Err(RunError::usage(format!("`{shown}`: what kind of file is that to be?"))
            .hint("name a file that ends with .xlsx, .csv or .jsonl; `-` is standard output"));
    };
    if path.symlink_metadata().is_ok() && !how.replace {
        return Err(RunError::usage(format!("`{shown}` exists already"))
            .hint("name another file, or say `--replace`"));
    }
    if !path.parent().is_some_and(Path::is_dir) {
        return Err(RunError::usage(format!("`{shown}`: there is no such directory")));
    }
    Ok(Destination { path: Some(path), form })
}

/// Reads the account whole, or takes what was read just now.
async fn read(
    plan: &Plan,
    how: &ExportOptions,
    to: &Destination,
    access: &Access,
    signals: &mut Signals,
) -> Result<Reading, RunError> {
    let dirs = state_dirs()?;
    for expired in Expired::all(&dirs, Timestamp::now()) {
        expired.delete()?;
    }
    let readings = Readings::open(&dirs)?;
    let key = AccountKey::of(&access.target);
    let lock = ReadingLock::acquire(&readings, &key, plan.limits.max_wait, |holder| {
        let holder = terminal::line(holder).into_owned();
        terminal::say(&format!("waiting: another korebulk is reading this account ({holder})\n"));
    });
    let _lock = or_signal(signals, lock).await?;
    let (now, account) = (Timestamp::now(), &plan.account);
    let reading = Reading::current(&readings, &access.target, account, now)?;
    if reading.facts().is_complete_since(account.max_age, now) {
        return Ok(reading);
    }
    if reading.facts().contacts > 0 && !how.quiet {
        let (contacts, began) =
            (counted(reading.facts().contacts, "contact"), reading.facts().began);
        terminal::say(&format!(
            "goes on with what was read since {}: {contacts}\n",
            moment(&began)
        ));
    }
    let mode = ScreenMode::of_stderr(how.quiet);
    let mut progress = ReadProgress::new(mode);
    let mut watch = |event: &_| progress.on(event, Instant::now());
    let way = Way {
        client: &access.client,
        signing: &access.signing,
        pace: &access.pace,
        target: &access.target,
    };
    let of = (readings, reading);
    let mut reader = Reader::new(way, of, &account.read_rate, patience(&plan.limits), &mut watch);
    let cost = or_signal(signals, reader.begin()).await?;
    approve(plan, how, to, &cost, signals).await?;
    let whole = or_signal(signals, reader.whole()).await;
    progress.finish();
    whole
}

/// Says what it takes, and stops where that is too much.
async fn approve(
    plan: &Plan,
    how: &ExportOptions,
    to: &Destination,
    cost: &Cost,
    signals: &mut Signals,
) -> Result<(), RunError> {
    let words = cost.words(&Zoned::now());
    if !how.quiet {
        terminal::say(&format!("{words}\n"));
    }
    if to.form == TableForm::Workbook && cost.contacts > TableForm::MOST_ROWS {
        let contacts = counted(cost.contacts, "contact");
        return Err(RunError::usage(format!("a sheet has no room for {contacts}"))
            .hint("name a file that ends with .csv or .jsonl"));
    }
    if let (Some(takes), Some(most)) = (cost.duration(), plan.limits.max_duration)
        && takes > most
    {
        let (takes, most) = (time(takes), time(most));
        return Err(RunError::new(
            Exit::Guarded,
            format!("reading takes {takes} more, and `limits.max_duration` is {most}"),
        ));
    }
    if how.yes || cost.requests <= plan.account.ask_above || !terminal::can_ask() {
        return Ok(());
    }
    let question = "read it? (yes/no): ".to_owned();
    let answer = signals.unless_signalled(async move { person().line(&question) }).await;
    let refused = |error: RunError| RunError { exit: error.exit.max(Exit::Guarded), ..error };
    match answer.map_err(refused)? {
        answer if ["y", "yes"].contains(&answer.to_lowercase().as_str()) => Ok(()),
        _ => Err(RunError::new(Exit::Guarded, "not confirmed; nothing was written")),
    }
}

/// Writes it, on a thread of its own.
async fn written(
    reading: Reading,
    to: Destination,
    signals: &mut Signals,
) -> Result<u64, RunError> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let mut writing = tokio::task::spawn_blocking(move || {
        Output::create(to.path.as_deref(), to.form)?.write(&reading, &stopping)
    });
    let done = tokio::select! {
        biased;
        signal = signals.next() => {
            stop.store(true, Ordering::Relaxed);
            // What was begun is taken away first.
            let _ = (&mut writing).await;
            return Err(stopped(signal));
        }
        done = &mut writing => done,
    };
    done.unwrap_or_else(|_| Err(RunError::internal("korebulk itself failed while it wrote")))
}

fn patience(limits: &Limits) -> Patience {
    let Limits { max_attempts, max_wait, max_outage, .. } = *limits;
    Patience { max_attempts, max_wait, max_outage }
}

async fn or_signal<T>(
    signals: &mut Signals,
    work: impl Future<Output = Result<T, RunError>>,
) -> Result<T, RunError> {
    tokio::select! {
        biased;
        signal = signals.next() => Err(stopped(signal)),
        done = work => done,
    }
}

fn stopped(signal: &str) -> RunError {
    RunError::new(Exit::Stopped, format!("stopped by {signal}; no file was written"))
        .hint("what was read is stored: the same command goes on from there")
}
