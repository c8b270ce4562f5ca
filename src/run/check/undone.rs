//! The rows of an undo: what another run changed, each contact as it was before, and beside it how that run left it.
//!
//! They come out of that run's `previous.jsonl.zst`; its journal says which of them were changed, or may have been.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use jiff::Timestamp;

use crate::audit::report_file;
use crate::base::numbers::{counted, thousands};
use crate::base::terminal;
use crate::config::Plan;
use crate::journal::{Journal, RecordRow, fact};
use crate::map::{Except, id_key};
use crate::model::{Cells, Effect, Ledger, Mark, Outcome, RecordSet, Row, RunError, Source};
use crate::report::part::{PART, REPORT};
use crate::run::run_dir::RunDir;
use crate::store::{self, Left, PREVIOUS, Previous};

/// Rows that may wait.
const WAITING: usize = 256;

/// What another run changed.
pub(crate) struct UndoneRows {
    rows: Receiver<Result<Row, RunError>>,
    sources: Vec<Source>,
    /// Contacts that were named, and have not come yet; `None`: none were.
    named: Option<u64>,
    /// Whether any of them has come.
    any: bool,
}

impl UndoneRows {
    /// Those of the run in `dir`, whose plan is `plan`; of these ids alone where some are named. Once the last one was given,
    /// the journal is closed.
    ///
    /// # Errors
    /// Exit 70 where its journal is damaged, and where the system has no thread to give.
    pub(crate) fn of(
        dir: &RunDir,
        journal: Journal,
        plan: &Plan,
        only: Option<Arc<Except>>,
    ) -> Result<Self, RunError> {
        let as_before = |source: Source| Source {
            header: Vec::new(),
            detected: format!("its contacts as they were before run {}", dir.id),
            ..source
        };
        let ids = only.as_ref().map(|only| only.counts().0 as u64);
        let sources = journal.sources()?.into_iter().map(as_before).collect();
        let (effect, named) = (plan.operation.effect(), journal.named()?);
        let stamps = stamps(dir);
        let walk = Walk { dir: dir.clone(), effect, named, stamps, only, journal, found: 0 };
        let (sender, rows) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("undone".to_owned());
        let walking = thread.spawn(move || {
            let walked = walk.each(&mut |row| sender.send(Ok(row)).is_ok());
            if let Err(error) = walked {
                // Nobody may be there any more to hear it.
                let _ = sender.send(Err(error));
            }
        });
        walking.map_err(|error| RunError::internal(format!("no thread: {error}")))?;
        Ok(Self { rows, sources, named: ids, any: false })
    }

    /// The next one.
    ///
    /// # Errors
    /// Exit 70 where the run's files are damaged; exit 2 where contacts are named and the run changed none of them.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<Option<Mark>, RunError> {
        // Whoever sends has gone with the last one.
        let Ok(next) = self.rows.recv() else {
            return match self.named.take() {
                Some(_) if !self.any => Err(RunError::usage(
                    "`--only` names no contact that this run changed",
                )
                .hint("it takes ids of contacts; the run's report.json has those that it changed")),
                Some(left @ 1..) => {
                    let left = counted(left, "contact");
                    terminal::say(&format!(
                        "not changed by this run, and left alone: {left} that `--only` names\n"
                    ));
                    Ok(None)
                }
                _ => Ok(None),
            };
        };
        *row = next?;
        self.any = true;
        self.named = self.named.map(|named| named.saturating_sub(1));
        Ok(Some(Mark::None))
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }
}

/// The way through what a run has written down.
struct Walk {
    dir: RunDir,
    journal: Journal,
    effect: Effect,
    /// The records that succeeded where the journal says nothing else.
    named: RecordSet,
    /// When the run changed them, by id.
    stamps: Vec<([u8; 12], Timestamp)>,
    /// The ids that are wanted; `None`: all.
    only: Option<Arc<Except>>,
    /// Records that were changed, or may have been, so far.
    found: u64,
}

impl Walk {
    /// Every record that was changed, or may have been, until `give` says false.
    fn each(mut self, give: &mut dyn FnMut(Row) -> bool) -> Result<(), RunError> {
        let (dir, mut is_wanted) = (self.dir.path.clone(), true);
        store::each_latest(&dir, |previous| {
            is_wanted = self.row(previous)?.is_none_or(&mut *give);
            Ok(is_wanted)
        })?;
        let Ledger { succeeded, unknown, .. } =
            self.journal.ledger(self.journal.need(fact::READ)?)?;
        if is_wanted && self.found < succeeded + unknown {
            return Err(RunError::internal(format!(
                "{PREVIOUS} of run {} has {} of {} that the run changed: it is not whole",
                self.dir.id,
                thousands(self.found),
                counted(succeeded + unknown, "contact")
            ))
            .hint("put the whole file back; nothing was sent"));
        }
        Ok(())
    }

    fn row(&mut self, previous: &Previous<'_>) -> Result<Option<Row>, RunError> {
        let settled = match self.journal.record(previous.ordinal)? {
            Some(record) => record,
            None if self.named.contains(previous.ordinal) => {
                RecordRow::bare(previous.ordinal, Outcome::Succeeded)
            }
            None => return Ok(None),
        };
        if !matches!(settled.outcome, Outcome::Succeeded | Outcome::Unknown) {
            return Ok(None);
        }
        self.found += 1;
        let Some(id) = id(self.effect, previous, &settled) else { return Ok(None) };
        if self.only.as_ref().is_some_and(|only| !only.has_id(&id)) {
            return Ok(None);
        }
        let key = id_key(&id);
        let stamp = self.stamps.binary_search_by_key(&key, |(id, _)| *id);
        let stamp = stamp.ok().and_then(|at| self.stamps.get(at)).map(|(_, stamp)| *stamp);
        let text = text(self.effect, previous, &settled, &id, stamp)?;
        let (source, line) = (previous.source, previous.row);
        Ok(Some(Row { source, line, cells: Cells::Object(text), ..Row::default() }))
    }
}

/// The id of the contact; `None` for what was to be created and got none.
fn id(effect: Effect, previous: &Previous<'_>, settled: &RecordRow) -> Option<String> {
    match effect {
        Effect::Create => settled.id.clone(),
        Effect::Update | Effect::Delete => Some(previous.record()?.id()?.to_owned()),
    }
}

fn text(
    effect: Effect,
    previous: &Previous<'_>,
    settled: &RecordRow,
    id: &str,
    stamp: Option<Timestamp>,
) -> Result<String, RunError> {
    let damaged = || RunError::internal("a stored record or contact is damaged");
    let named = format!("{{\"id\":\"{id}\"}}");
    let diverged = settled.server.as_deref().filter(|_| settled.diverged.is_some());
    let echo: Option<Entry<'_>> = diverged.and_then(|entry| serde_json::from_str(entry).ok());
    let whole = diverged.map(serde_json::from_str).transpose().map_err(|_| damaged())?;
    let left = Left {
        sent: previous.sent,
        echo: echo.and_then(|entry| entry.contact).or(whole),
        stamp,
        known: effect == Effect::Create || previous.previous.is_some(),
    };
    Ok(match (effect, previous.previous) {
        (Effect::Create, _) => {
            // The members that were sent, behind the new id.
            let sent = previous.sent.get().trim_start().strip_prefix('{').ok_or_else(damaged)?;
            left.beside(&format!("{{\"id\":\"{id}\",{sent}"))
        }
        (_, Some(contact)) => left.beside(contact.get()),
        (_, None) => left.beside(&named),
    })
}

/// The contact in an entry of success.
#[derive(serde::Deserialize)]
struct Entry<'a> {
    #[serde(default, borrow)]
    contact: Option<&'a serde_json::value::RawValue>,
}

/// When the run changed each contact, as its report has it. A report that cannot be read says nothing.
fn stamps(dir: &RunDir) -> Vec<([u8; 12], Timestamp)> {
    let mut stamps = Vec::new();
    let files = [PART, REPORT].map(|name| dir.path.join(name));
    if let Some(report) = files.iter().find(|path| path.is_file()) {
        let mut each = |id: &str, at| stamps.push((id_key(id), at));
        if let Err(error) = report_file::changes(report, &mut each) {
            tracing::warn!(%error, "when the contacts were changed cannot be read");
        }
    }
    stamps.sort_unstable();
    stamps
}
