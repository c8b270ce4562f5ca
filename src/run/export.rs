//! `export`: the account's contacts, or its contact lists, as a table, read whole or not at all.

mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{Timestamp, Zoned};

use self::table::Output;
use crate::account::{Cost, Reading};
use crate::base::terminal;
use crate::config::Plan;
use crate::model::{Exit, RunError};
use crate::report::export::TableForm;
use crate::report::numbers::{counted, moment, thousands};
use crate::run::approve::access::Access;
use crate::run::environment::state_dirs;
use crate::run::options::{ExportOf, ExportOptions};
use crate::run::reading::{self, ReadHow};
use crate::run::run_dir::RunDir;
use crate::run::signals::Signals;
use crate::run::view::host_of;
use crate::schedule::window::{Fit, opening};

/// Reads the account and writes the table; what is to be said of it.
///
/// # Errors
/// Exit 2 where the file cannot be written or settings cannot be used; exit 3 where it takes too long, or nobody wants it;
/// exit 4 for what passes; exit 6 where it cannot be shown that nothing is missing; exit 75 while another process reads.
pub(crate) async fn export(
    plan: &Plan,
    to: &Destination,
    how: &ExportOptions,
) -> Result<String, RunError> {
    let sample = match plan.target.is_sandbox() {
        true => Some(sample_dir()?),
        false => None,
    };
    let exported = Box::pin(from(plan, sample.as_ref(), to, how)).await;
    if let Some(dir) = sample {
        // What stays of it by accident is nobody's data.
        let _ = dir.remove();
    }
    exported
}

/// A place for a sandbox of this export's own, which is gone when it ends.
fn sample_dir() -> Result<RunDir, RunError> {
    let dirs = state_dirs()?;
    let own = dirs.own.ok_or_else(|| {
        RunError::usage("no place for a sandbox: this user has no home directory of its own")
            .hint("name a directory with `KOREBULK_STATE_DIR`")
    })?;
    RunDir::create(&own.join(SANDBOXES), "export", Timestamp::now())
}

/// Where sandboxes of exports lie meanwhile, in the state directory.
const SANDBOXES: &str = "sandboxes";

async fn from(
    plan: &Plan,
    sample: Option<&RunDir>,
    to: &Destination,
    how: &ExportOptions,
) -> Result<String, RunError> {
    let mut signals = Signals::listen()?;
    let (of, own) = (plan.clone(), sample.cloned());
    let reaching = async move {
        match own {
            Some(dir) => Access::to_sandbox(&of, &dir),
            None => Access::to(&of).await,
        }
    };
    let access = signals.unless_signalled(reaching).await?;
    if sample.is_some() && !how.quiet {
        terminal::say(&format!("{}, gone when this ends\n", host_of(plan)));
    }
    let (of, form) = (plan.clone(), to.form);
    let fits = move |cost: &Cost| {
        has_room(form, cost)?;
        within_window(&of, cost)
    };
    let read = ReadHow {
        yes: how.yes || sample.is_some(),
        quiet: how.quiet,
        since: None,
        age: plan.account.max_age,
        fits: &fits,
        question: reading::READ_IT,
        nothing: NOTHING,
    };
    match how.of {
        ExportOf::Contacts => {
            Box::pin(contacts((plan, sample), to, &access, &read, &mut signals)).await
        }
        ExportOf::Lists => lists(plan, to, &access, &read, &mut signals).await,
    }
}

/// Reads and writes the contacts; what is to be said of them.
async fn contacts(
    (plan, sample): (&Plan, Option<&RunDir>),
    to: &Destination,
    access: &Access,
    how: &ReadHow<'_>,
    signals: &mut Signals,
) -> Result<String, RunError> {
    let reading = reading::read(plan, &reading::dirs(plan, sample)?, access, how, signals).await?;
    let (proof, read_at) = (reading.facts().proof, moment(&reading.facts().last));
    let written = written(reading, to.clone(), signals).await?;
    let gone = match proof.map_or(0, |proof| proof.deleted_meanwhile) {
        0 => String::new(),
        gone => format!(
            "; the server counts {} fewer, which may have been deleted while it was read",
            thousands(gone)
        ),
    };
    let contacts = counted(written, "contact");
    Ok(format!("{contacts}{}, read whole by {read_at}{gone}", of_sample(plan)))
}

/// Reads and writes the contact lists; what is to be said of them.
async fn lists(
    plan: &Plan,
    to: &Destination,
    access: &Access,
    how: &ReadHow<'_>,
    signals: &mut Signals,
) -> Result<String, RunError> {
    let lists = reading::lists(plan, access, how, signals).await?;
    let written = Output::create(to.path.as_deref(), to.form, ExportOf::Lists)?.lists(&lists)?;
    Ok(format!("{}{}, read whole", counted(written, "contact list"), of_sample(plan)))
}

/// Says of which account, where it is nobody's.
fn of_sample(plan: &Plan) -> &'static str {
    if plan.target.is_sandbox() { " of the SAMPLE account" } else { "" }
}

/// Where the table goes.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    /// `None`: standard output.
    pub(crate) path: Option<PathBuf>,
    form: TableForm,
}

/// The file that was named, or one named after the account and the day.
///
/// # Errors
/// Exit 2 for a file that is there, or cannot be one.
pub(crate) fn destination(plan: &Plan, how: &ExportOptions) -> Result<Destination, RunError> {
    let path = match &how.to {
        Some(to) if to == Path::new("-") => {
            return Ok(Destination { path: None, form: TableForm::JsonLines });
        }
        Some(to) => how.directory.join(to),
        None => {
            let what = match how.of {
                ExportOf::Lists => "lists",
                ExportOf::Contacts => "contacts",
            };
            let account = match plan.target.is_sandbox() {
                true => "SAMPLE",
                false => &plan.target.account_id,
            };
            let day = Zoned::now().strftime("%Y-%m-%d");
            how.directory.join(format!("{what}-{account}-{day}.xlsx"))
        }
    };
    let endings = "name a file that ends with .xlsx, .csv or .jsonl; `-` is standard output";
    let exists = if how.replace { "" } else { "name another file, or say `--replace`" };
    let form = TableForm::of_new(&path, endings, exists)?;
    Ok(Destination { path: Some(path), form })
}

/// What is said where there is no table.
const NOTHING: &str = "no file was written";

fn has_room(form: TableForm, cost: &Cost) -> Result<(), RunError> {
    if form != TableForm::Workbook || cost.contacts <= TableForm::MOST_ROWS {
        return Ok(());
    }
    let contacts = counted(cost.contacts, "contact");
    Err(RunError::usage(format!("a sheet has no room for {contacts}"))
        .hint("name a file that ends with .csv or .jsonl"))
}

/// Requests leave within `limits.window` only, reading ones, too.
fn within_window(plan: &Plan, cost: &Cost) -> Result<(), RunError> {
    let Some(window) = plan.limits.window else { return Ok(()) };
    let (now, guarded) = (Zoned::now(), |why| RunError::new(Exit::Guarded, why));
    let open = opening(window, &now).filter(|opening| opening.contains(&now));
    let Some(open) = open else {
        return Err(guarded(format!(
            "requests leave within {window} only (`limits.window`), and it is {}",
            now.strftime("%H:%M %Z")
        )));
    };
    match open.fit(&now, cost.duration().unwrap_or_default()) {
        Fit::Finishes(_) => Ok(()),
        Fit::Short { percent, until } => Err(guarded(format!(
            "`limits.window` closes at {} with {percent} % read",
            until.strftime("%H:%M %Z")
        ))),
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
        Output::create(to.path.as_deref(), to.form, ExportOf::Contacts)?
            .contacts(&reading, &stopping)
    });
    let done = tokio::select! {
        biased;
        signal = signals.next() => {
            stop.store(true, Ordering::Relaxed);
            // What was begun is taken away first.
            let _ = (&mut writing).await;
            return Err(reading::stopped(signal, NOTHING));
        }
        done = &mut writing => done,
    };
    done.unwrap_or_else(|_| Err(RunError::internal("korebulk itself failed while it wrote")))
}
