//! Rows and contacts made one: each record that will be sent, with its contact as it was, in the order of the pages.

use crate::account::{Reading, StoredContact, Wanted};
use crate::api::wire::AccountContact;
use crate::config::Plan;
use crate::journal::{Disposition, Journal};
use crate::map::{Changes, Mapped, Mapper, UNCHANGED, id_key};
use crate::model::{Defect, Ordinal, Outcome, RecordSet, Row, RunError};
use crate::report::{Tally, Voice};
use crate::run::check::findings::{Findings, OfAccount, SAMPLES};
use crate::run::run_dir::RunDir;
use crate::run::stored;
use crate::store::{self, CopyReader, Previous, PreviousWriter};

/// Where the rows stand meanwhile, in the run's directory.
const WANTED: &str = "wanted.db";

/// Rows held back between two commits of the journal.
const COMMIT_EVERY: u64 = 20_000;

/// Joins the rows that are to be sent with the contacts of a reading. What will be sent is in the run's write-ahead file when it
/// returns, everything else in the journal.
///
/// # Errors
/// Exit 70 for the disk.
pub(super) fn join(
    plan: &Plan,
    dir: &RunDir,
    journal: Journal,
    mut findings: Findings,
    reading: &Reading,
) -> Result<(Findings, Journal), RunError> {
    let sources = &findings.input.sources;
    let mut mappers = stored::mappers(&journal, plan, sources, &findings.except)?;
    findings.samples.clear();
    findings.bytes = 0;
    let mut joining = Joining {
        wanted: wanted(dir, &findings.to_send, &mut mappers)?,
        previous: PreviousWriter::create(&dir.previous())?,
        journal: &journal,
        findings,
        mappers,
        tally: Tally::default(),
        seen: RecordSet::default(),
        row: Row::default(),
        held: 0,
    };
    journal.begin()?;
    reading.each_contact(|contact| joining.contact(&contact))?;
    joining.without_contact()?;
    journal.end()?;
    let Joining { previous, mut findings, mappers, tally, .. } = joining;
    previous.finish()?;
    findings.changes = mappers.iter().fold(Changes::default(), |mut all, mapper| {
        all.add(mapper.changes());
        all
    });
    findings.of_account = Some(OfAccount { facts: reading.facts().clone(), tally });
    Ok((findings, journal))
}

/// Every row that may be sent, by the contact that it names.
fn wanted(dir: &RunDir, to_send: &RecordSet, mappers: &mut [Mapper]) -> Result<Wanted, RunError> {
    let mut wanted = Wanted::create(&dir.path.join(WANTED))?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let (mut row, mut packed, mut ordinal) = (Row::default(), Vec::new(), 0);
    while copy.next(&mut row)? {
        if to_send.contains(ordinal)
            && let Mapped::Checked(record) = mappers[usize::from(row.source)].map(ordinal, &row)
        {
            packed.clear();
            store::pack(&row, &mut packed);
            wanted.add(ordinal, Some(&id_key(record.key())), &packed)?;
        }
        ordinal = ordinal.saturating_add(1);
    }
    wanted.index()?;
    Ok(wanted)
}

struct Joining<'a> {
    wanted: Wanted,
    previous: PreviousWriter,
    journal: &'a Journal,
    findings: Findings,
    mappers: Vec<Mapper>,
    tally: Tally,
    /// Rows whose contact was found.
    seen: RecordSet,
    row: Row,
    held: u64,
}

impl Joining<'_> {
    fn contact(&mut self, stored: &StoredContact<'_>) -> Result<(), RunError> {
        let Some((ordinal, packed)) = self.wanted.row(&id_key(stored.id))? else { return Ok(()) };
        let mut row = std::mem::take(&mut self.row);
        store::unpack(&packed, &mut row).ok_or_else(damaged)?;
        self.seen.insert(ordinal);
        let contact = AccountContact::read(stored.text).ok_or_else(damaged)?;
        let mapper = &mut self.mappers[usize::from(row.source)];
        let record = match stored.deleted {
            true => deleted(stored.id),
            false => mapper.complete(ordinal, &row, &contact, stored.text),
        };
        self.judged(ordinal, &row, stored, record)?;
        self.row = row;
        Ok(())
    }

    fn judged(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        stored: &StoredContact<'_>,
        mapped: Mapped,
    ) -> Result<(), RunError> {
        match mapped {
            Mapped::Checked(record) => {
                self.tally.add(self.mappers[usize::from(row.source)].differences());
                self.findings.bytes += record.encoded().len() as u64;
                self.previous.put(&Previous {
                    ordinal,
                    source: row.source,
                    row: row.line,
                    page: stored.page,
                    read_at: stored.read_at,
                    previous: serde_json::from_str(stored.text).map_err(|_| damaged())?,
                    sent: serde_json::from_str(record.encoded()).map_err(|_| damaged())?,
                })?;
                if self.findings.samples.len() < SAMPLES {
                    self.findings.samples.push(record);
                }
                Ok(())
            }
            Mapped::Skipped { id, rule } => {
                if rule == UNCHANGED {
                    self.tally.add(&[]);
                }
                self.hold(ordinal, row, Outcome::Skipped, id.as_deref(), &[rule])
            }
            Mapped::Rejected { id, defects } => {
                let defects: Vec<String> = defects.iter().map(ToString::to_string).collect();
                self.hold(ordinal, row, Outcome::Rejected, id.as_deref(), &defects)
            }
        }
    }

    /// The rows whose contact the account does not have.
    fn without_contact(&mut self) -> Result<(), RunError> {
        let Self { wanted, seen, .. } = &*self;
        if wanted.count() == seen.len() {
            return Ok(());
        }
        let (mut row, mut missing) = (Row::default(), Vec::new());
        wanted.each(|ordinal, packed| {
            if !seen.contains(ordinal) && store::unpack(packed, &mut row).is_some() {
                missing.push((ordinal, row.source, row.line));
            }
            Ok(())
        })?;
        let gone = ["gone: the account has no contact with this id".to_owned()];
        for (ordinal, source, line) in missing {
            let row = Row { source, line, ..Row::default() };
            self.hold(ordinal, &row, Outcome::Rejected, None, &gone)?;
        }
        Ok(())
    }

    /// A record that will not be sent, and why.
    fn hold(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        outcome: Outcome,
        id: Option<&str>,
        reasons: &[String],
    ) -> Result<(), RunError> {
        let (source, line) = (row.source, row.line);
        for reason in reasons {
            self.findings.clusters.observe(outcome, Voice::Own, reason, line);
        }
        self.findings.to_send.remove(ordinal);
        // What may have been applied by an earlier run stays unknown, whatever is found now.
        if self.journal.is_unknown(ordinal)? {
            return Ok(());
        }
        let reason = &reasons.join("; ");
        self.journal.keep_back(&Disposition { ordinal, outcome, source, line, id, reason })?;
        self.findings.ledger.unsent -= 1;
        *self.findings.ledger.count_mut(outcome) += 1;
        self.held += 1;
        if self.held.is_multiple_of(COMMIT_EVERY) {
            self.journal.end()?;
            self.journal.begin()?;
        }
        Ok(())
    }
}

fn deleted(id: &str) -> Mapped {
    let defect = Defect {
        column: "id".to_owned(),
        problem: "is the id of a deleted contact".to_owned(),
        rule: "a request of ours deleted it: there is no contact to update".to_owned(),
    };
    Mapped::Rejected { id: Some(id.to_owned()), defects: vec![defect] }
}

fn damaged() -> RunError {
    RunError::internal("a stored row or contact is damaged")
}
