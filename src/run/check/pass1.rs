//! Pass 1: reads the whole input, checks, counts, finds duplicates, keeps the rows as read. Sends nothing: what it finds out is in
//! the journal and in [`Findings`].

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::duplicates::{Dropped, places, words};
use super::except::Lists;
use super::findings::{Findings, ORIGINS, Origins, SAMPLES};
use super::rows::Rows;
use crate::journal::{Disposition, Journal, RecordRow};
use crate::map::{Changes, Choices, Duplicates, First, Mapped, Mapper};
use crate::model::settings::MapSettings;
use crate::model::{
    Defect, Event, Exit, Ledger, Mark, Ordinal, Outcome, Record, RecordSet, Row, RunError, Source,
};
use crate::report::{Clusters, Voice};
use crate::run::listen::Listeners;
use crate::run::stored::Input;
use crate::store::{CopyReader, CopyWriter};

/// Rows held back between two commits of the journal.
const COMMIT_EVERY: u64 = 20_000;
/// Rows between two looks at the clock and the stop flag.
const LOOK_EVERY: u64 = 1_024;

/// What pass 1 works with.
pub(crate) struct Pass1<'a> {
    pub(crate) settings: &'a MapSettings,
    pub(crate) lists: &'a Lists,
    pub(crate) journal: &'a Journal,
    pub(crate) copy: &'a Path,
    pub(crate) now: Timestamp,
    pub(crate) listeners: Listeners,
    pub(crate) stop: &'a AtomicBool,
}

impl Pass1<'_> {
    /// Reads all of `rows`.
    ///
    /// # Errors
    /// Exit 2 for input that cannot be used, 4 after a signal, 70 for the disk.
    pub(crate) fn read(&self, rows: &mut Rows) -> Result<Findings, RunError> {
        let mut state = Reading::default();
        let mut copy = CopyWriter::create(self.copy)?;
        let mut row = Row::default();
        self.journal.begin()?;
        while let Some(mark) = rows.next(&mut row)? {
            self.look_up(state.checked_rows())?;
            copy.write(&row)?;
            self.open_sources(&mut state, rows)?;
            self.take(&mut state, &row, mark)?;
        }
        // A file without rows still has a header that must fit the job.
        self.open_sources(&mut state, rows)?;
        let guessed = state.mappers.iter().enumerate().filter(|(_, mapper)| mapper.needs_guesses());
        rows.text_fits(guessed.map(|(source, _)| source))?;
        for mapper in &state.mappers {
            mapper.finished()?;
        }
        copy.finish(rows.sources())?;
        self.journal.set_sources(rows.sources())?;
        self.settle_duplicates(&mut state)?;
        self.journal.end()?;
        Ok(state.finish(rows.sources(), self.lists))
    }

    /// A mapper for every source opened so far.
    fn open_sources(&self, state: &mut Reading, rows: &Rows) -> Result<(), RunError> {
        for source in rows.sources().iter().skip(state.mappers.len()) {
            let except = &self.lists.except;
            let mapper = Mapper::excepting(self.settings, source, self.now, except);
            if mapper.is_err() {
                // A column that seems to be missing may only be misread.
                rows.text_fits(std::iter::once(state.mappers.len()))?;
            }
            state.mappers.push(mapper?);
            state.rows.push(0);
        }
        Ok(())
    }

    fn look_up(&self, rows: u64) -> Result<(), RunError> {
        if !rows.is_multiple_of(LOOK_EVERY) {
            return Ok(());
        }
        if self.stop.load(Ordering::Relaxed) {
            return Err(interrupted());
        }
        self.listeners.tell(Event::Reading { records: rows });
        Ok(())
    }

    fn take(&self, state: &mut Reading, row: &Row, mark: Mark) -> Result<(), RunError> {
        let ordinal = state.next_ordinal()?;
        let source = usize::from(row.source);
        state.rows[source] += 1;
        let mapped = state.mappers[source].map(ordinal, row);
        if let Some(choice) = state.mappers[source].choice() {
            state.choices.enter(choice, ordinal);
        }
        match mapped {
            Mapped::Checked(mut record) => {
                (record.source, record.line) = (row.source, row.line);
                record.mark = record.mark.max(mark);
                state.duplicates.enter(&record);
                if self.may_go_again(record.mark) {
                    state.to_send.insert(ordinal);
                }
                self.note_mark(state, &record)?;
                state.bytes += record.encoded().len() as u64;
                if state.origins.len() < ORIGINS {
                    state.origins.push((ordinal, state.mappers[source].origins().collect()));
                }
                if state.samples.len() < SAMPLES {
                    state.samples.push(record);
                }
            }
            Mapped::Rejected { id, defects } => {
                let reason = Defect::sentence(&defects);
                state.observe(Outcome::Rejected, &reason, row.line);
                self.hold(state, row, ordinal, Outcome::Rejected, id.as_deref(), &reason)?;
            }
            Mapped::Skipped { id, rule } => {
                state.observe(Outcome::Skipped, &rule, row.line);
                self.hold(state, row, ordinal, Outcome::Skipped, id.as_deref(), &rule)?;
            }
        }
        Ok(())
    }

    /// Whether a record of that mark may be sent: where a second send does harm, one whose answer was lost stays
    /// `unknown` until the account has been read.
    fn may_go_again(&self, mark: Mark) -> bool {
        mark != Mark::LostAnswer || self.settings.operation.spec().idempotent
    }

    /// A record that may have been applied by an earlier run is `unknown` until it has a verdict.
    fn note_mark(&self, state: &mut Reading, record: &Record) -> Result<(), RunError> {
        if !record.mark.may_have_been_applied() {
            state.ledger.unsent += 1;
            return Ok(());
        }
        state.ledger.unknown += 1;
        self.journal.put(&RecordRow {
            source: Some(record.source),
            line: Some(record.line),
            id: record.id().map(ToOwned::to_owned),
            reason: Some("left unknown by an earlier run".to_owned()),
            mark: record.mark,
            ..RecordRow::bare(record.ordinal, Outcome::Unknown)
        })?;
        Ok(())
    }

    fn hold(
        &self,
        state: &mut Reading,
        row: &Row,
        ordinal: Ordinal,
        outcome: Outcome,
        id: Option<&str>,
        reason: &str,
    ) -> Result<(), RunError> {
        let (source, line) = (row.source, row.line);
        self.journal.keep_back(&Disposition { ordinal, outcome, source, line, id, reason })?;
        *state.ledger.count_mut(outcome) += 1;
        state.held += 1;
        if state.held.is_multiple_of(COMMIT_EVERY) {
            self.journal.end()?;
            self.journal.begin()?;
        }
        Ok(())
    }

    /// Takes out the records that share an id with another, and those beyond `--first`.
    fn settle_duplicates(&self, state: &mut Reading) -> Result<(), RunError> {
        let table = std::mem::take(&mut state.duplicates);
        let choices = std::mem::take(&mut state.choices);
        let found = table.resolve(self.settings.on_duplicate);
        let found = choices.among(found, |ordinal| state.to_send.contains(ordinal));
        if found.is_empty() && self.settings.first == 0 {
            return Ok(());
        }
        let places = places(self.copy, &found)?;
        let mut first = First::new(self.settings.first);
        let mut found = found.into_iter().peekable();
        let mut copy = CopyReader::open(self.copy)?;
        // Mappers of their own: those of the run count what they see, and have seen these rows.
        let except = &self.lists.except;
        let of = |source| Mapper::excepting(self.settings, source, self.now, except);
        let mut mappers: Vec<Mapper> = copy.sources().iter().map(of).collect::<Result<_, _>>()?;
        let mut row = Row::default();
        let mut ordinal: Ordinal = 0;
        while copy.next(&mut row)? {
            let dropped = match found.next_if(|(duplicate, _)| *duplicate == ordinal) {
                Some((_, disposition)) => {
                    words(disposition, self.settings.operation, (&places, copy.sources()))
                }
                None if state.to_send.contains(ordinal) && !first.admits() => {
                    Dropped { outcome: Outcome::Skipped, reason: first.rule(), because: None }
                }
                None => {
                    ordinal = ordinal.saturating_add(1);
                    continue;
                }
            };
            let id = match mappers[usize::from(row.source)].map(ordinal, &row) {
                Mapped::Checked(record) => record.id().map(ToOwned::to_owned),
                Mapped::Rejected { id, .. } | Mapped::Skipped { id, .. } => id,
            };
            self.drop_from_sending(state, &row, ordinal, (id.as_deref(), &dropped))?;
            ordinal = ordinal.saturating_add(1);
        }
        Ok(())
    }

    fn drop_from_sending(
        &self,
        state: &mut Reading,
        row: &Row,
        ordinal: Ordinal,
        (id, dropped): (Option<&str>, &Dropped),
    ) -> Result<(), RunError> {
        let marked = self.journal.is_unknown(ordinal)?;
        *state.ledger.count_mut(if marked { Outcome::Unknown } else { Outcome::Unsent }) -= 1;
        state.to_send.remove(ordinal);
        match &dropped.because {
            None => state.observe(dropped.outcome, &dropped.reason, row.line),
            Some((words, other)) => {
                state.clusters.observe_pair(dropped.outcome, words, row.line, other);
            }
        }
        self.hold(state, row, ordinal, dropped.outcome, id, &dropped.reason)
    }
}

/// A signal came while reading.
pub(crate) fn interrupted() -> RunError {
    RunError::new(Exit::Stopped, "stopped while reading; nothing was sent")
        .hint("run the same command again")
}

#[derive(Default)]
struct Reading {
    ledger: Ledger,
    rows: Vec<u64>,
    mappers: Vec<Mapper>,
    to_send: RecordSet,
    duplicates: Duplicates,
    choices: Choices,
    clusters: Clusters,
    samples: Vec<Record>,
    origins: Vec<(Ordinal, Origins)>,
    bytes: u64,
    held: u64,
}

impl Reading {
    const fn checked_rows(&self) -> u64 {
        self.ledger.read
    }

    fn next_ordinal(&mut self) -> Result<Ordinal, RunError> {
        let ordinal = Ordinal::try_from(self.ledger.read).map_err(|_| {
            RunError::usage("more than 4,294,967,295 records in one run")
                .hint("split the input over several runs")
        })?;
        self.ledger.read += 1;
        Ok(ordinal)
    }

    fn observe(&mut self, outcome: Outcome, reason: &str, line: u64) {
        self.clusters.observe(outcome, Voice::Own, reason, line);
    }

    fn finish(self, sources: &[Source], lists: &Lists) -> Findings {
        let Self { ledger, rows, mappers, to_send, clusters, mut samples, origins, bytes, .. } =
            self;
        samples.retain(|record| to_send.contains(record.ordinal));
        let input = Input { read: ledger.read, sources: sources.to_vec(), rows, mappers };
        Findings {
            ledger,
            input,
            to_send,
            clusters,
            samples,
            origins,
            bytes,
            lists: lists.hashes.clone(),
            except: Arc::clone(&lists.except),
            changes: Changes::default(),
            of_account: None,
            previous: None,
        }
    }
}
