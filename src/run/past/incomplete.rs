//! A journal that does not know all that was sent: it was copied, or restored, without its `journal.db-wal`.
//!
//! Log and report are written behind the journal's commit, so that neither ever knows more than a whole journal. Where they do,
//! the journal is not used: by its word nothing would have been sent, and all of it would be sent again.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader};

use jiff::Timestamp;
use serde::Deserialize;

use crate::audit::chain;
use crate::base::numbers::counted;
use crate::base::private;
use crate::journal::{Journal, JournalError, Phase};
use crate::model::Ledger;
use crate::report::{log, part};
use crate::run::run_dir::{RunDir, UNFINISHED};

/// Opens the journal of an earlier run to go on with it, alone.
///
/// # Errors
/// [`JournalError::Behind`] where it does not know all that was sent.
pub(crate) fn open(run: &RunDir) -> Result<Journal, JournalError> {
    Journal::open(&run.journal()).and_then(|journal| whole(run, journal)).map_err(|e| lost(run, e))
}

/// Opens the journal of a run to read it, beside nobody who writes.
///
/// # Errors
/// Those of [`open`].
pub(crate) fn open_to_read(run: &RunDir) -> Result<Journal, JournalError> {
    let journal = Journal::open_to_read(&run.journal());
    journal.and_then(|journal| whole(run, journal)).map_err(|error| lost(run, error))
}

/// A journal that is gone, empty or damaged: what the other files know of its run goes with the error.
fn lost(run: &RunDir, error: JournalError) -> JournalError {
    let path = run.journal();
    if matches!(error, JournalError::Database { busy: false, .. }) && !private::may_write(&run.path)
    {
        let why = "its directory cannot be written, and SQLite makes a file beside what it reads; copy it elsewhere";
        return JournalError::Refused { path, why: why.to_owned() };
    }
    let said = match &error {
        _ if !path.exists() => format!("{}: is gone", path.display()),
        JournalError::Database { busy: false, refused: false, .. }
        | JournalError::Foreign { .. }
        | JournalError::Damaged { .. } => error.to_string(),
        _ => return error,
    };
    let known = MissingFromJournal::beside(run);
    match known.logged > 0 || known.listed {
        true => JournalError::Lost { said, known: known.sources(run) },
        false => error,
    }
}

fn whole(run: &RunDir, journal: Journal) -> Result<Journal, JournalError> {
    match MissingFromJournal::of(run, &journal)? {
        None => Ok(journal),
        Some(missing) => {
            Err(JournalError::Behind { path: run.journal(), known: missing.sentence(run) })
        }
    }
}

/// What the other files of a run know and its journal does not.
#[derive(Debug, Default)]
pub(crate) struct MissingFromJournal {
    /// Requests that the journal knows.
    noted: u64,
    /// Requests that the log knows.
    logged: u64,
    /// The counts of the last answer that the log knows, and of what is in flight behind it.
    pub(crate) ledger: Option<Ledger>,
    at: Option<Timestamp>,
    /// Whether the report names records.
    listed: bool,
}

impl MissingFromJournal {
    /// `None` where the journal knows everything.
    pub(crate) fn of(run: &RunDir, journal: &Journal) -> Result<Option<Self>, JournalError> {
        let phase = journal.phase()?;
        if phase == Phase::Finished && !run.path.join(UNFINISHED).exists() {
            // Everything of its end was done, and its log folded into it.
            return Ok(None);
        }
        let noted = journal.totals()?.next_request - 1;
        let missing = Self { noted, ..Self::beside(run) };
        let behind = missing.logged > noted || (missing.listed && phase < Phase::Sending);
        Ok(behind.then_some(missing))
    }

    /// What lies beside the journal. What cannot be read knows nothing.
    fn beside(run: &RunDir) -> Self {
        let length = std::fs::metadata(run.path.join(part::PART)).map_or(0, |file| file.len());
        Self { listed: length > part::HEAD_LEN, ..Self::logged(run).unwrap_or_default() }
    }

    /// What was announced as sent: the log has it only once the intent is on disk. A request that never left, for want
    /// of room or of an intent, can have an end there too.
    fn logged(run: &RunDir) -> io::Result<Self> {
        let mut known = Self::default();
        let mut in_flight = HashMap::new();
        for line in BufReader::new(private::read(&run.path.join(log::LOG))?).split(b'\n') {
            // The last one may be half written.
            let Ok(line) = serde_json::from_slice::<Logged>(&line?) else { continue };
            known.at = Some(line.at);
            if line.event == "sent" {
                known.logged = known.logged.max(line.request);
                in_flight.insert(line.request, line.records);
            }
            if line.ledger.is_some() {
                known.ledger = line.ledger;
                in_flight.remove(&line.request);
            }
        }
        if let Some(ledger) = &mut known.ledger {
            // What was sent and had no answer.
            let unknown = in_flight.values().sum::<u64>().min(ledger.unsent);
            ledger.unsent -= unknown;
            ledger.unknown += unknown;
        }
        Ok(known)
    }

    /// What is known beyond the journal, and from where.
    fn sentence(&self, run: &RunDir) -> String {
        let noted = counted(self.noted, "request");
        format!("it knows of {noted}, but more was sent. Known are, from {}", self.sources(run))
    }

    /// `audit.jsonl: bulk-delete on https://…; from log.jsonl: 3 requests until …`
    fn sources(&self, run: &RunDir) -> String {
        let mut known = Vec::new();
        let begun = chain::begun(run.runs()).ok();
        if let Some(begun) = begun.and_then(|mut begun| begun.remove(&run.id)) {
            known.push(format!("audit.jsonl: {} on {}", begun.operation, begun.host));
        }
        if let (Some(ledger), Some(at)) = (&self.ledger, self.at) {
            let Ledger { read, succeeded, failed, unknown, unsent, .. } = ledger;
            let requests = counted(self.logged, "request");
            known.push(format!(
                "log.jsonl: {requests} until {at}, of {read} records {succeeded} succeeded, {failed} failed, \
                 {unknown} unknown, {unsent} unsent"
            ));
        } else if self.logged > 0 {
            known.push(format!("log.jsonl: {}", counted(self.logged, "request")));
        }
        if self.listed {
            known.push("report.json.part: the ids of those that succeeded".to_owned());
        }
        known.join("; from ")
    }
}

/// What matters of a line of the log.
#[derive(Deserialize)]
struct Logged {
    at: Timestamp,
    event: String,
    #[serde(default)]
    request: u64,
    #[serde(default)]
    records: u64,
    #[serde(default)]
    ledger: Option<Ledger>,
}
