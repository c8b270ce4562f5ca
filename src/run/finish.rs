//! The end of every run: the journal's last word becomes report, outcome files and summary.
//!
//! Reads only what is on disk, so that it says the same after a crash as after a clean end.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use super::place::RunDir;
use super::twins::because_of;
use crate::base::private;
use crate::journal::{Journal, JournalError, RecordRow};
use crate::map::{Mapped, Mapper};
use crate::model::settings::Contacts;
use crate::model::{Exit, Ledger, Mark, Ordinal, Outcome, RecordSet, Row, RunError, Source};
use crate::report::json::{UnexpectedEntry, raw_entry};
use crate::report::{
    Clusters, EntrySource, OutcomeFiles, Part, ReportEntry, ReportFacts, ReportList, Voice,
};
use crate::store::CopyReader;

/// What the finish works with.
pub(crate) struct Finish<'a> {
    pub(crate) run: &'a RunDir,
    pub(crate) journal: &'a Journal,
    pub(crate) sources: &'a [Source],
    /// Records read.
    pub(crate) read: u64,
    /// To find ids of rows that a killed session left without one.
    pub(crate) mappers: &'a mut [Mapper],
    /// `outcome.xlsx` is wanted, and what of succeeded rows it keeps.
    pub(crate) workbook: Option<Contacts>,
    /// The run ended before and its copy is gone: its files are what they were.
    pub(crate) settled: bool,
}

/// The files that [`Finish::outcome_files`] writes, as far as there are rows for them.
pub(crate) const OUTCOME_FILES: [&str; 9] = [
    "failed.csv",
    "failed.jsonl",
    "rejected.csv",
    "rejected.jsonl",
    "unknown.csv",
    "unknown.jsonl",
    "unsent.csv",
    "unsent.jsonl",
    "outcome.xlsx",
];

/// What the finish wrote.
#[derive(Default)]
pub(crate) struct Written {
    /// Absolute paths.
    pub(crate) files: Vec<PathBuf>,
    /// Why records did not succeed.
    pub(crate) clusters: Clusters,
}

impl Finish<'_> {
    /// Writes the outcome files.
    ///
    /// # Errors
    /// Exit 70 when the disk refuses.
    pub(crate) fn outcome_files(&mut self) -> Result<Written, RunError> {
        let mut clusters = Clusters::default();
        let mut unplaced = HashSet::new();
        let mut rows = 0u64;
        self.journal.for_each_record(|row| {
            rows += u64::from(!matches!(row.outcome, Outcome::Succeeded | Outcome::Skipped));
            if row.line.is_none() {
                unplaced.insert(row.ordinal);
            }
            Ok::<(), JournalError>(())
        })?;
        if self.settled {
            self.observe(&mut clusters)?;
            let files = OUTCOME_FILES.iter().map(|name| self.run.path.join(name));
            return Ok(Written { files: files.filter(|path| path.is_file()).collect(), clusters });
        }
        let succeeded = self.journal.succeeded()?;
        let mut files = OutcomeFiles::create(&self.run.path, self.sources);
        if let Some(keep) = self.workbook {
            files = files
                .with_workbook(keep, OutcomeFiles::SHEET_ROWS)
                .map_err(|error| unwritten(&error))?;
        }
        if self.workbook.is_some() || rows > 0 || self.anything_unsent(&succeeded)? {
            self.walk(&mut files, &succeeded, &unplaced)?;
        }
        let files = files.finish().map_err(|error| unwritten(&error))?;
        // Behind the walk, which finds the rows of what was under way at a kill.
        self.observe(&mut clusters)?;
        Ok(Written { files, clusters })
    }

    fn observe(&self, clusters: &mut Clusters) -> Result<(), JournalError> {
        self.journal.for_each_record(|row| {
            observe(clusters, &row);
            Ok(())
        })
    }

    fn anything_unsent(&self, succeeded: &RecordSet) -> Result<bool, RunError> {
        let mut rows = 0;
        self.journal.for_each_record(|row| {
            rows += u64::from(row.outcome != Outcome::Succeeded);
            Ok::<(), JournalError>(())
        })?;
        Ok(succeeded.len() + rows < self.read)
    }

    /// One walk over the kept copy beside the journal's rows, both in input order.
    fn walk(
        &mut self,
        files: &mut OutcomeFiles,
        succeeded: &RecordSet,
        unplaced: &HashSet<Ordinal>,
    ) -> Result<(), RunError> {
        let mut copy = CopyReader::open(&self.run.copy())?;
        let mut row = Row::default();
        let mut ordinal: Ordinal = 0;
        let mut put = |row: &Row, outcome: Outcome, reason: &str| {
            files.write(row, outcome, reason).map_err(|error| unwritten(&error))
        };
        let mut found = Vec::new();
        self.journal.for_each_record(|record| {
            while ordinal <= record.ordinal && copy.next(&mut row)? {
                if ordinal == record.ordinal {
                    put(&row, record.outcome, spoken(record.reason.as_deref()))?;
                    if unplaced.contains(&ordinal) {
                        found.push((ordinal, row.source, row.line, self.id_of(ordinal, &row)));
                    }
                } else {
                    let (outcome, reason) = unnamed(succeeded, ordinal);
                    put(&row, outcome, reason)?;
                }
                ordinal += 1;
            }
            Ok::<(), RunError>(())
        })?;
        while copy.next(&mut row)? {
            let (outcome, reason) = unnamed(succeeded, ordinal);
            put(&row, outcome, reason)?;
            ordinal += 1;
        }
        // One transaction: a sync of the disk for each of a killed session's records would take minutes.
        Ok(self.journal.together_or_in_memory(|journal| {
            found.iter().try_for_each(|(ordinal, source, line, id)| {
                journal.locate(*ordinal, *source, *line, id.as_deref())
            })
        })?)
    }

    fn id_of(&mut self, ordinal: Ordinal, row: &Row) -> Option<String> {
        match self.mappers.get_mut(usize::from(row.source))?.map(ordinal, row) {
            Mapped::Checked(record) => Some(record.id().to_owned()),
            Mapped::Rejected { id, .. } | Mapped::Skipped { id, .. } => id,
        }
    }

    /// Appends lists and facts to the report and gives it its name.
    ///
    /// # Errors
    /// Exit 70 when the disk refuses.
    pub(crate) fn report(&self, part: Part, facts: &ReportFacts) -> Result<PathBuf, RunError> {
        let disk = |error: io::Error| unwritten(&error);
        let mut tail = part.close().map_err(disk)?;
        tail.facts(facts).map_err(disk)?;
        for list in [ReportList::Failed, ReportList::Unknown, ReportList::Diverged] {
            tail.begin(list).map_err(disk)?;
            self.journal.for_each_record(|row| match belongs(list, &row) {
                true => tail.entry(&self.entry(row)).map_err(disk),
                false => Ok(()),
            })?;
        }
        tail.begin(ReportList::Unexpected).map_err(disk)?;
        for (request, entry) in self.journal.unexpected()? {
            let server = raw_entry(entry.as_bytes());
            tail.entry(&UnexpectedEntry { request, server }).map_err(disk)?;
        }
        tail.finish().map_err(disk)
    }

    fn entry(&self, row: RecordRow) -> ReportEntry {
        let source = row.source.and_then(|source| self.sources.get(usize::from(source)));
        ReportEntry {
            id: row.id.unwrap_or_default(),
            source: EntrySource {
                file: source.map(|source| source.file.clone()).unwrap_or_default(),
                sheet: source.and_then(|source| source.sheet.clone()),
                row: row.line.unwrap_or_default(),
            },
            reason: spoken(row.reason.as_deref()).to_owned(),
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

/// What became of a record that the journal says nothing else of.
fn unnamed(succeeded: &RecordSet, ordinal: Ordinal) -> (Outcome, &'static str) {
    match succeeded.contains(ordinal) {
        true => (Outcome::Succeeded, ""),
        false => (Outcome::Unsent, "the run stopped before its turn"),
    }
}

/// A reason as people and programs read it: the server may have given none.
fn spoken(reason: Option<&str>) -> &str {
    reason.filter(|reason| !reason.is_empty()).unwrap_or("no reason given")
}

fn belongs(list: ReportList, row: &RecordRow) -> bool {
    match list {
        ReportList::Failed => row.outcome == Outcome::Failed,
        ReportList::Unknown => row.outcome == Outcome::Unknown,
        ReportList::Diverged => row.diverged.is_some(),
        ReportList::Unexpected => false,
    }
}

fn observe(clusters: &mut Clusters, row: &RecordRow) {
    let voice = match row.outcome {
        Outcome::Succeeded | Outcome::Unsent => return,
        Outcome::Rejected | Outcome::Skipped => Voice::Own,
        Outcome::Failed | Outcome::Unknown => Voice::Server,
    };
    let reason = spoken(row.reason.as_deref());
    if let (Voice::Own, Some(line), Some((words, other))) = (voice, row.line, because_of(reason)) {
        return clusters.observe_pair(row.outcome, &words, line, other);
    }
    match row.line {
        Some(line) => clusters.observe(row.outcome, voice, reason, line),
        None => clusters.observe(row.outcome, voice, reason, "?"),
    }
}

fn unwritten(error: &io::Error) -> RunError {
    RunError::internal(format!("the report cannot be written: {error}"))
        .hint("make room on the disk of the runs directory, then `korebulk resume` the run")
}

/// Removes the kept copy where nothing of the run is left to settle, or nothing of it can be resumed:
/// a run that a guard held back sent nothing, and the next one reads the input anew.
pub(crate) fn drop_copy(run: &RunDir, exit: Exit, ledger: &Ledger) {
    let left = ledger.failed + ledger.unknown + ledger.unsent;
    if left == 0 || exit == Exit::Guarded {
        // It is scrubbed with the run later where this fails now.
        let _ = private::remove(&run.copy());
    }
}
