//! What a run came to, as every file of its end is made from it: its facts, and its records in input order.
//!
//! Reads only what is on disk, so that it says the same after a crash as after a clean end.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::journal::{Journal, RecordRow, Select};
use crate::model::duplicate::because_of;
use crate::model::settings::{Contacts, Values};
use crate::model::{Mark, Ordinal, Outcome, RecordSet, Row, RunError, Source};
use crate::report::json::raw_entry;
use crate::report::part::REPORT;
use crate::report::words::GoOn;
use crate::report::{Cluster, Clusters, EntrySource, ReportEntry, ReportFacts, Voice};
use crate::store::CopyReader;

/// What a run came to.
pub(crate) struct RunOutcome<'a> {
    /// The run's directory, absolute.
    pub(crate) dir: &'a Path,
    /// Every request, and every record that did not simply succeed.
    pub(crate) journal: &'a Journal,
    /// What was read.
    pub(crate) sources: &'a [Source],
    /// The stored copy; `None` where the run ended before and its copy is gone: its rows are where they were written.
    pub(crate) copy: Option<PathBuf>,
    /// The run as a whole.
    pub(crate) facts: ReportFacts,
    /// Whether the run ended before, and a report that there is stays until it is replaced.
    pub(crate) again: bool,
    /// Bytes of the report's list of successes that are committed.
    pub(crate) report_offset: u64,
    /// What the report keeps of a record that succeeded.
    pub(crate) contacts: Contacts,
    /// Whether `outcome.xlsx` is wanted.
    pub(crate) workbook: bool,
    /// Whether what succeeded was created, and has a file with its new ids.
    pub(crate) created: bool,
    /// Whether the server's message may be shown whole in what people look at.
    pub(crate) values: Values,
    /// Requests a minute that the limits allow; `None` without a limit.
    pub(crate) per_minute: Option<f64>,
    /// Settings worth showing, as key and value.
    pub(crate) settings: Vec<(String, String)>,
    /// The commands to go on with, as the files are that are there by now.
    pub(crate) go_on: &'a dyn Fn() -> GoOn,
    /// The files written so far, absolute; the report first.
    pub(crate) written: Vec<PathBuf>,
    /// Why records did not succeed, once all of them were looked at.
    pub(crate) clusters: RefCell<Option<Clusters>>,
}

impl RunOutcome<'_> {
    /// Adds what a file wrote.
    pub(crate) fn add(&mut self, files: Vec<PathBuf>) {
        self.written.extend(files);
        self.written.sort_by_key(|file| !file.ends_with(REPORT));
    }

    /// Calls `each` for every record that did not simply succeed and has a row in the journal.
    pub(crate) fn each_record(
        &self,
        mut each: impl FnMut(&RecordRow) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let mut clusters = Clusters::default();
        self.journal.for_each_record(Select::All, |record| {
            observe(&mut clusters, &record);
            each(&record)
        })?;
        *self.clusters.borrow_mut() = Some(clusters);
        Ok(())
    }

    /// Calls `each` for every row of the stored copy, with what the journal says of it, and its outcome.
    pub(crate) fn each_row(
        &self,
        copy: &Path,
        each: impl FnMut(&Row, Option<&RecordRow>, Outcome) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let copy = CopyReader::open(copy)?;
        let named = self.journal.named()?;
        let mut rows = Rows { copy, row: Row::default(), next: 0, named, each };
        self.each_record(|record| rows.up_to(record))?;
        rows.finish()
    }

    /// Why records did not succeed.
    pub(crate) fn clusters(&self) -> Result<Vec<Cluster>, RunError> {
        if self.clusters.borrow().is_none() {
            self.each_record(|_| Ok(()))?;
        }
        Ok(self.clusters.borrow().as_ref().map(Clusters::all).unwrap_or_default())
    }

    /// A record as the report lists it.
    pub(crate) fn entry(&self, row: RecordRow) -> ReportEntry {
        let source = row.source.and_then(|source| self.sources.get(usize::from(source)));
        let reason = spoken(&row);
        ReportEntry {
            id: row.id,
            source: EntrySource {
                file: source.map(|source| source.file.clone()).unwrap_or_default(),
                sheet: source.and_then(|source| source.sheet.clone()),
                row: row.line.unwrap_or_default(),
            },
            reason,
            status: row.status,
            attempts: row.attempts,
            may_have_been_applied: row.mark != Mark::None,
            fields: row
                .diverged
                .map(|fields| fields.split(',').map(ToOwned::to_owned).collect())
                .unwrap_or_default(),
            server: row.server.map(|entry| raw_entry(entry.as_bytes())),
        }
    }
}

/// The rows of the stored copy beside those of the journal: both are in input order.
struct Rows<F> {
    copy: CopyReader,
    row: Row,
    /// The ordinal that comes next.
    next: Ordinal,
    /// The records that succeeded where the journal says nothing else.
    named: RecordSet,
    each: F,
}

impl<F: FnMut(&Row, Option<&RecordRow>, Outcome) -> Result<(), RunError>> Rows<F> {
    /// The rows before `record`, which the journal says nothing of, and its own.
    fn up_to(&mut self, record: &RecordRow) -> Result<(), RunError> {
        while self.next < record.ordinal && self.advance()? {
            self.unnamed()?;
        }
        if self.next == record.ordinal && self.advance()? {
            (self.each)(&self.row, Some(record), record.outcome)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), RunError> {
        while self.advance()? {
            self.unnamed()?;
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<bool, RunError> {
        let more = self.copy.next(&mut self.row)?;
        self.next = self.next.saturating_add(u32::from(more));
        Ok(more)
    }

    fn unnamed(&mut self) -> Result<(), RunError> {
        let outcome = match self.named.contains(self.next.saturating_sub(1)) {
            true => Outcome::Succeeded,
            false => Outcome::Unsent,
        };
        (self.each)(&self.row, None, outcome)
    }
}

/// Why a record of which the journal says nothing was not sent.
pub(super) const UNSENT: &str = "the run stopped before its turn";

/// Why a record did not succeed: the server may have given no reason.
pub(super) fn spoken(row: &RecordRow) -> String {
    row.why().unwrap_or_else(|| match row.status {
        Some(413) => {
            "the request is too large for the server, with this record alone in it (HTTP 413)"
                .to_owned()
        }
        Some(status @ 300..) => format!("no reason given (HTTP {status})"),
        _ => "no reason given".to_owned(),
    })
}

/// Whose words [`spoken`] are.
pub(super) fn voice(row: &RecordRow) -> Voice {
    match (&row.reason, &row.message) {
        (Some(own), Some(_)) => Voice::OwnThenServer(own.len()),
        (None, Some(_)) => Voice::Server,
        (_, None) => Voice::Own,
    }
}

fn observe(clusters: &mut Clusters, row: &RecordRow) {
    let plain = row.outcome == Outcome::Succeeded && !row.already_gone;
    if plain || row.outcome == Outcome::Unsent {
        return;
    }
    let (reason, voice) = (spoken(row), voice(row));
    if let (Voice::Own, Some(line), Some((words, other))) = (voice, row.line, because_of(&reason)) {
        return clusters.observe_pair(row.outcome, &words, line, other);
    }
    match row.line {
        Some(line) => clusters.observe(row.outcome, voice, &reason, line),
        None => clusters.observe(row.outcome, voice, &reason, "?"),
    }
}
