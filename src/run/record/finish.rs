//! What the journal says of a run becomes its outcome files and its report.
//!
//! Reads only what is on disk, so that it says the same after a crash as after a clean end.

use std::io;
use std::path::PathBuf;

use super::outcome_rows::{OutcomeRows, unwritten};
use crate::base::private;
use crate::journal::{AnswerRow, Journal, JournalError, RecordRow, Select};
use crate::map::{Mapped, Mapper};
use crate::model::settings::Contacts;
use crate::model::{Ledger, Mark, Ordinal, Outcome, Row, RunError, Source};
use crate::report::json::{AnswerEntry, UnexpectedEntry, raw_entry};
use crate::report::outcomes::WITH_FILE;
use crate::report::{
    Clusters, EntrySource, OutcomeFiles, Part, ReportEntry, ReportFacts, ReportList, Voice,
};
use crate::run::check::duplicates::because_of;
use crate::run::run_dir::RunDir;
use crate::store::CopyReader;

/// What they are written from.
pub(crate) struct Finish<'a> {
    pub(crate) run: &'a RunDir,
    pub(crate) journal: &'a Journal,
    pub(crate) sources: &'a [Source],
    /// To find ids of rows that a killed session left without one.
    pub(crate) mappers: &'a mut [Mapper],
    /// `outcome.xlsx` is wanted, and what of succeeded rows it keeps.
    pub(crate) workbook: Option<Contacts>,
    /// What was created has a file, and what of its rows that keeps.
    pub(crate) created: Option<Contacts>,
    /// The run ended before and its copy is gone: its files are what they were.
    pub(crate) settled: bool,
}

/// The files that [`Finish::outcome_files`] writes, as far as there are rows for them.
pub(crate) const OUTCOME_FILES: [&str; 11] = [
    "failed.csv",
    "failed.jsonl",
    "rejected.csv",
    "rejected.jsonl",
    "unknown.csv",
    "unknown.jsonl",
    "unsent.csv",
    "unsent.jsonl",
    "created.csv",
    "created.jsonl",
    "outcome.xlsx",
];

/// What was written.
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
    /// Exit 70 when the disk refuses: then there are none, rather than half of them. Why records did not succeed
    /// is known all the same.
    pub(crate) fn outcome_files(&mut self, ledger: &Ledger) -> (Written, Result<(), RunError>) {
        let mut written = Written::default();
        let done = self.place_all().and_then(|()| self.write_files(ledger, &mut written));
        if done.is_err() {
            written.files.clear();
            for name in OUTCOME_FILES {
                // What cannot be removed either is replaced when the run ends the next time.
                let _ = private::remove(&self.run.path.join(name));
                let _ = private::remove(&self.run.path.join(format!("{name}.part")));
            }
        }
        (written, done)
    }

    /// Gives place and id to the records of which a killed session left neither.
    fn place_all(&mut self) -> Result<(), RunError> {
        let unplaced = self.journal.unplaced()?;
        if unplaced.is_empty() || self.settled {
            return Ok(());
        }
        let mut copy = CopyReader::open(&self.run.copy())?;
        let mut row = Row::default();
        let mut found = Vec::new();
        for ordinal in unplaced {
            copy.skip_to(ordinal)?;
            if copy.next(&mut row)? {
                found.push((ordinal, row.source, row.line, self.id_of(ordinal, &row)));
            }
        }
        // One transaction: a sync of the disk for each of a killed session's records would take minutes.
        Ok(self.journal.together_or_in_memory(|journal| {
            found.iter().try_for_each(|(ordinal, source, line, id)| {
                journal.locate(*ordinal, *source, *line, id.as_deref())
            })
        })?)
    }

    fn write_files(&mut self, ledger: &Ledger, written: &mut Written) -> Result<(), RunError> {
        let files = if self.settled { None } else { self.files(ledger)? };
        let files = self.walk(files, &mut written.clusters)?;
        written.files = if let Some(files) = files {
            files.finish().map_err(|error| unwritten(&error))?
        } else {
            let files = OUTCOME_FILES.iter().map(|name| self.run.path.join(name));
            files.filter(|path| path.is_file()).collect()
        };
        Ok(())
    }

    fn files(&self, ledger: &Ledger) -> Result<Option<OutcomeFiles>, RunError> {
        let files = OutcomeFiles::create(&self.run.path, self.sources);
        let files = match self.workbook {
            None => files,
            Some(keep) => files
                .with_workbook(keep, OutcomeFiles::SHEET_ROWS)
                .map_err(|error| unwritten(&error))?,
        };
        let created = self.created.is_some() && ledger.succeeded > 0;
        let any = created || WITH_FILE.iter().any(|outcome| ledger.count(*outcome) > 0);
        if self.workbook.is_none() && !any {
            // Those that an earlier end left go.
            files.finish().map_err(|error| unwritten(&error))?;
            return Ok(None);
        }
        Ok(Some(files))
    }

    /// One walk over the journal's rows, for the reasons in them, and with `files` over the stored copy beside them: both
    /// are in input order.
    fn walk(
        &self,
        files: Option<OutcomeFiles>,
        clusters: &mut Clusters,
    ) -> Result<Option<OutcomeFiles>, RunError> {
        let Some(files) = files else {
            self.journal.for_each_record(Select::All, |record| {
                observe(clusters, &record);
                Ok::<(), JournalError>(())
            })?;
            return Ok(None);
        };
        let mut rows = OutcomeRows {
            copy: CopyReader::open(&self.run.copy())?,
            row: Row::default(),
            next: 0,
            named: self.journal.named()?,
            created: self.created,
            files,
        };
        let mut refused = None;
        self.journal.for_each_record(Select::All, |record| {
            observe(clusters, &record);
            if refused.is_none() {
                refused = rows.up_to(&record, &spoken(&record)).err();
            }
            Ok::<(), RunError>(())
        })?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        rows.finish()?;
        Ok(Some(rows.files))
    }

    fn id_of(&mut self, ordinal: Ordinal, row: &Row) -> Option<String> {
        match self.mappers.get_mut(usize::from(row.source))?.map(ordinal, row) {
            Mapped::Checked(record) => record.id().map(ToOwned::to_owned),
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
        for (list, select) in [
            (ReportList::Failed, Select::Outcome(Outcome::Failed)),
            (ReportList::Unknown, Select::Outcome(Outcome::Unknown)),
            (ReportList::Diverged, Select::Diverged),
            (ReportList::Rejected, Select::Outcome(Outcome::Rejected)),
            (ReportList::Skipped, Select::Outcome(Outcome::Skipped)),
        ] {
            tail.begin(list).map_err(disk)?;
            self.journal
                .for_each_record(select, |row| tail.entry(&self.entry(row)).map_err(disk))?;
        }
        tail.begin(ReportList::Unexpected).map_err(disk)?;
        for (request, kind, entry) in self.journal.unexpected()? {
            let server = raw_entry(entry.as_bytes());
            tail.entry(&UnexpectedEntry { request, kind, server }).map_err(disk)?;
        }
        tail.begin(ReportList::Answers).map_err(disk)?;
        for AnswerRow { request, status, reason, body } in self.journal.answers()? {
            let server = body.map(|body| raw_entry(body.as_bytes()));
            tail.entry(&AnswerEntry { request, status, reason, server }).map_err(disk)?;
        }
        tail.finish().map_err(disk)
    }

    fn entry(&self, row: RecordRow) -> ReportEntry {
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

/// Why a record did not succeed: the server may have given no reason.
fn spoken(row: &RecordRow) -> String {
    row.why().unwrap_or_else(|| "no reason given".to_owned())
}

fn observe(clusters: &mut Clusters, row: &RecordRow) {
    let plain = row.outcome == Outcome::Succeeded && !row.already_gone;
    if plain || row.outcome == Outcome::Unsent {
        return;
    }
    let reason = spoken(row);
    let voice = match (&row.reason, &row.message) {
        (Some(own), Some(_)) => Voice::OwnThenServer(own.len()),
        (None, Some(_)) => Voice::Server,
        (_, None) => Voice::Own,
    };
    if let (Voice::Own, Some(line), Some((words, other))) = (voice, row.line, because_of(&reason)) {
        return clusters.observe_pair(row.outcome, &words, line, other);
    }
    match row.line {
        Some(line) => clusters.observe(row.outcome, voice, &reason, line),
        None => clusters.observe(row.outcome, voice, &reason, "?"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::CopyWriter;

    #[test]
    fn an_end_of_failures_reads_each_of_them_for_its_counts_its_file_and_its_report_and_no_more() {
        const ROWS: u32 = 2_000;
        let place = tempfile::tempdir().unwrap();
        let run = RunDir::create(place.path(), "job", Timestamp::UNIX_EPOCH).unwrap();
        let journal = Journal::create(&run.journal()).unwrap();
        let mut copy = CopyWriter::create(&run.copy()).unwrap();
        journal.begin().unwrap();
        for ordinal in 0..ROWS {
            let line = u64::from(ordinal) + 2;
            copy.write(&Row { line, ..Row::default() }).unwrap();
            let row = RecordRow::bare(ordinal, Outcome::Failed);
            journal.put(&RecordRow { source: Some(0), line: Some(line), ..row }).unwrap();
        }
        journal.end().unwrap();
        let sources = [Source {
            file: "a.csv".into(),
            sheet: None,
            header: Vec::new(),
            sha256: String::new(),
            detected: String::new(),
        }];
        copy.finish(&sources).unwrap();
        let ledger = journal.ledger(u64::from(ROWS)).unwrap();
        let mut finish = Finish {
            run: &run,
            journal: &journal,
            sources: &sources,
            mappers: &mut [],
            workbook: None,
            created: None,
            settled: false,
        };
        let (written, done) = finish.outcome_files(&ledger);
        assert_eq!((done, written.files), (Ok(()), vec![run.path.join("failed.csv")]));
        assert_eq!(journal.rows_read(), 2 * u64::from(ROWS), "for the counts and for the file");
        assert_eq!(journal.marks().unwrap(), []);
        assert_eq!(journal.unplaced().unwrap(), [] as [Ordinal; 0]);
        assert_eq!(journal.rows_read(), 2 * u64::from(ROWS));
    }
}
