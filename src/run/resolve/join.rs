//! Rows and contacts made one: each record that will be sent, with its contact as it was, in the order of the pages.

use jiff::Timestamp;

use super::found::Joined;
use super::part_end::PartEnd;
use super::rows::{HOLDERS, wanted};
use super::undoing::Undoing;
use crate::account::{Holders, Reading, StoredContact, Wanted};
use crate::api::wire::AccountContact;
use crate::config::Plan;
use crate::journal::Journal;
use crate::map::{Changes, Mapped, Mapper, UNCHANGED, id_key};
use crate::model::settings::Unmatched;
use crate::model::{Matches, Ordinal, Outcome, Record, RecordSet, Row, RunError};
use crate::report::Tally;
use crate::run::check::findings::{Findings, ORIGINS, SAMPLES, fingerprint};
use crate::run::reading::Known;
use crate::run::run_dir::RunDir;
use crate::run::stored;
use crate::store::{self, Previous, PreviousWriter};

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
    known: &Known,
) -> Result<(Findings, Journal), RunError> {
    let reading = &known.reading;
    let sources = &findings.input.sources;
    let matching = plan.map.matching;
    let mut holders = matching.map(|_| Holders::new(&dir.path.join(HOLDERS)));
    let mut mappers = stored::mappers(&journal, plan, sources, &findings.except)?;
    findings.samples.clear();
    findings.origins.clear();
    findings.bytes = 0;
    let undoing = match plan.undoes.is_some() {
        true => Undoing::of(plan.operation.effect(), &dir.copy(), &findings.to_send, reading)?,
        false => Undoing::default(),
    };
    let unusable = findings.ledger.rejected;
    let (wanted, chosen) = wanted(dir, &findings.to_send, &mut mappers, holders.as_mut())?;
    let mut joining = Joining {
        wanted,
        chosen,
        plan,
        dir,
        previous: PreviousWriter::create(&dir.previous())?,
        journal: &journal,
        findings,
        mappers,
        tally: Tally::default(),
        seen: RecordSet::default(),
        updates: plan.map.needs_contacts(),
        selected: 0,
        sent: 0,
        stored: 0,
        undoing,
        read_at: reading.facts().last,
        row: Row::default(),
        held: 0,
        end: PartEnd::of(reading.facts().part.as_ref()),
    };
    journal.begin()?;
    let matches = match (holders, matching) {
        (Some(holders), Some(settings)) => Some(joining.matched(holders, reading, settings)?),
        _ => None,
    };
    joining.wanted.index()?;
    match &known.only {
        None => reading.each_contact(|contact| joining.contact(&contact))?,
        Some(only) => reading.contacts_of(only, |contact| joining.contact(&contact))?,
    }
    joining.without_contact()?;
    journal.end()?;
    let findings = joining.over(reading, matches, unusable)?;
    Ok((findings, journal))
}

pub(super) struct Joining<'a> {
    pub(super) plan: &'a Plan,
    /// The run's directory.
    pub(super) dir: &'a RunDir,
    /// Rows whose contact a person chose.
    pub(super) chosen: u64,
    pub(super) wanted: Wanted,
    previous: PreviousWriter,
    pub(super) journal: &'a Journal,
    pub(super) findings: Findings,
    pub(super) mappers: Vec<Mapper>,
    pub(super) tally: Tally,
    /// Rows whose contact was found, and those that are held back.
    pub(super) seen: RecordSet,
    /// Whether records are made of row and contact.
    updates: bool,
    /// Records that would be sent without it.
    pub(super) selected: u64,
    /// What will be sent, as [`crate::run::check::findings::OfAccount`] has it.
    sent: u64,
    /// Contacts that are stored as they were.
    stored: u64,
    /// What an undo needs beside them.
    pub(super) undoing: Undoing,
    /// When the last page was read.
    read_at: Timestamp,
    row: Row,
    /// Records noted since the journal was begun.
    pub(super) held: u64,
    end: PartEnd,
}

impl Joining<'_> {
    /// What it came to; `unusable`: rows that were rejected before.
    fn over(
        self,
        reading: &Reading,
        matches: Option<Matches>,
        unusable: u64,
    ) -> Result<Findings, RunError> {
        let Self { plan, dir, tally, selected, sent, stored, mut findings, .. } = self;
        self.previous.finish()?;
        let mut changes = Changes::default();
        self.mappers.iter().for_each(|mapper| changes.add(mapper.changes()));
        findings.changes = changes;
        let counts = self.undoing.counts.with(findings.ledger.read, selected);
        let next = self.end.next();
        let joined =
            Joined { plan, dir, tally, matches, counts, unusable, selected, next, sent, stored };
        findings.of_account = Some(joined.note(self.journal, reading)?);
        Ok(findings)
    }

    fn contact(&mut self, stored: &StoredContact<'_>) -> Result<(), RunError> {
        self.end.meet(stored.id);
        let Some((ordinal, packed)) = self.wanted.row(&id_key(stored.id))? else { return Ok(()) };
        let mut row = std::mem::take(&mut self.row);
        store::unpack(&packed, &mut row).ok_or_else(damaged)?;
        self.seen.insert(ordinal);
        if self.plan.undoes.is_some() {
            self.undone(ordinal, &row, Some(stored))?;
            self.row = row;
            return Ok(());
        }
        let contact = AccountContact::read(stored.text).ok_or_else(damaged)?;
        let mapper = &mut self.mappers[usize::from(row.source)];
        let record = match self.updates {
            // A delete is the id alone.
            false => mapper.map(ordinal, &row),
            true => mapper.complete(ordinal, &row, &contact, stored.text),
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
                self.selected += 1;
                let per_run = self.plan.limits.per_run;
                if per_run > 0 && self.selected > per_run {
                    self.end.leave();
                    let later = format!("laterRun: beyond `limits.per_run`, {per_run}");
                    return self.hold(ordinal, row, Outcome::Skipped, record.id(), &[later]);
                }
                self.tally.add(self.mappers[usize::from(row.source)].differences());
                self.send(row, Some(stored), None, record)
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

    /// Writes down a record that will be sent; `was`: the id that its contact had.
    pub(super) fn send(
        &mut self,
        row: &Row,
        stored: Option<&StoredContact<'_>>,
        was: Option<&str>,
        mut record: Record,
    ) -> Result<(), RunError> {
        (record.source, record.line) = (row.source, row.line);
        let has_origins = self.plan.undoes.is_none() && record.encoded().starts_with('{');
        let mapper = &self.mappers[usize::from(row.source)];
        let origins = has_origins.then(|| mapper.origins());
        let from = origins.map(|all| all.map(|(_, origin)| origin.letter()).collect::<String>());
        let raw = |text| serde_json::from_str(text).map_err(|_| damaged());
        self.stored += u64::from(stored.is_some());
        self.previous.put(&Previous {
            ordinal: record.ordinal,
            source: row.source,
            row: row.line,
            page: stored.map_or(0, |stored| stored.page),
            read_at: stored.map_or(self.read_at, |stored| stored.read_at),
            previous: stored.map(|stored| raw(stored.text)).transpose()?,
            sent: raw(record.encoded())?,
            from: from.map(Into::into),
            number: record.id().is_none().then(|| record.key().into()),
            was: was.filter(|_| record.id().is_none()).map(Into::into),
        })?;
        self.findings.bytes += record.encoded().len() as u64;
        self.sent = self.sent.wrapping_add(fingerprint(&record));
        if has_origins && self.findings.origins.len() < ORIGINS {
            self.findings.origins.push((record.ordinal, mapper.origins().collect()));
        }
        if self.findings.samples.len() < SAMPLES {
            self.findings.samples.push(record);
        }
        Ok(())
    }

    /// The rows whose contact the account does not have. What they would delete is sent all the same: the server has its say.
    fn without_contact(&mut self) -> Result<(), RunError> {
        if self.wanted.count() == self.seen.len() {
            return Ok(());
        }
        let mut missing = RecordSet::default();
        let seen = &self.seen;
        self.wanted.each(|ordinal, _| {
            if !seen.contains(ordinal) {
                missing.insert(ordinal);
            }
            Ok(())
        })?;
        let matching = self.plan.map.matching.map(|matching| matching.unmatched);
        let outcome = match matching {
            Some(Unmatched::Skip) => Outcome::Skipped,
            _ => Outcome::Rejected,
        };
        let gone = ["gone: the account has no contact with this id".to_owned()];
        let mut row = Row::default();
        for ordinal in missing.iter() {
            let packed = self.wanted.at(ordinal)?.ok_or_else(damaged)?;
            store::unpack(&packed, &mut row).ok_or_else(damaged)?;
            if self.plan.undoes.is_some() {
                self.undone(ordinal, &row, None)?;
                continue;
            }
            let mapped = self.mappers[usize::from(row.source)].map(ordinal, &row);
            match mapped {
                Mapped::Checked(record) if !self.updates => self.send(&row, None, None, record)?,
                Mapped::Checked(record) => {
                    self.hold(ordinal, &row, outcome, record.id(), &gone)?;
                }
                _ => self.hold(ordinal, &row, Outcome::Rejected, None, &gone)?,
            }
        }
        Ok(())
    }
}

pub(super) fn damaged() -> RunError {
    RunError::internal("a stored row or contact is damaged")
}
