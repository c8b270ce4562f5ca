//! The rows that may be sent, on disk by what they look for: an id, or number and name.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::account::{Holders, Reading, StoredContact, StoredRow, Wanted};
use crate::config::Plan;
use crate::journal::{Journal, fact};
use crate::map::{Mapped, Mapper, id_key};
use crate::model::settings::IdFormat;
use crate::model::{Record, RecordSet, Row, RunError};
use crate::run::check::findings::Findings;
use crate::run::run_dir::RunDir;
use crate::run::second_look::account_id;
use crate::run::stored;
use crate::store::{self, CopyReader, Previous, PreviousWriter};

/// Where the rows are meanwhile, in the run's directory.
const WANTED: &str = "wanted.db";
/// Where rows without an id meet the contacts.
pub(super) const HOLDERS: &str = "matching";

/// Contacts that are few: they may be sought one by one.
const FEW: u64 = 1_000;

/// The ids of the contacts that are wanted, where they are few.
///
/// # Errors
/// Exit 70 for the disk.
pub(super) fn few(
    plan: &Plan,
    dir: &RunDir,
    journal: &Journal,
    findings: &Findings,
) -> Result<Option<BTreeSet<String>>, RunError> {
    // Rows without ids are matched with all contacts, and somebody else may have the number of one that is created anew.
    let are_all_needed = plan.map.matching.is_some() || !plan.operation.spec().has_ids();
    if findings.to_send.len() > FEW || are_all_needed {
        return Ok(None);
    }
    let mut mappers = stored::mappers(journal, plan, &findings.input.sources, &findings.except)?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let (mut row, mut ids) = (Row::default(), BTreeSet::new());
    for ordinal in findings.to_send.iter() {
        copy.skip_to(ordinal)?;
        if copy.next(&mut row)?
            && let Mapped::Checked(record) = mappers[usize::from(row.source)].map(ordinal, &row)
        {
            ids.insert(account_id(plan.map.id_format, record.key()));
        }
    }
    Ok(Some(ids))
}

/// Records that are looked up in a reading together.
const AT_ONCE: usize = 20_000;

/// Writes down every record that will be sent, in the order of the input: where the account was read for it, with its contact as it
/// was; else for an operation whose contacts are not there yet. Gives how many contacts were there.
///
/// # Errors
/// Exit 70 for the disk.
pub(super) fn write_ahead(
    plan: &Plan,
    dir: &RunDir,
    journal: &Journal,
    findings: &Findings,
    reading: Option<&Reading>,
) -> Result<u64, RunError> {
    let mut mappers = stored::mappers(journal, plan, &findings.input.sources, &findings.except)?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let mut ahead = Ahead {
        format: plan.map.id_format,
        reading,
        previous: PreviousWriter::create(&dir.previous())?,
        began: journal.need(fact::STARTED_AT)?,
        records: Vec::new(),
        contacts: 0,
    };
    let mut row = Row::default();
    for ordinal in findings.to_send.iter() {
        copy.skip_to(ordinal)?;
        if copy.next(&mut row)?
            && let Mapped::Checked(mut record) = mappers[usize::from(row.source)].map(ordinal, &row)
        {
            (record.source, record.line) = (row.source, row.line);
            ahead.add(record)?;
        }
    }
    ahead.finish()
}

/// See [`write_ahead`].
struct Ahead<'a> {
    format: IdFormat,
    reading: Option<&'a Reading>,
    previous: PreviousWriter,
    began: Timestamp,
    /// Those that are not written yet.
    records: Vec<Record>,
    contacts: u64,
}

impl Ahead<'_> {
    fn add(&mut self, record: Record) -> Result<(), RunError> {
        self.records.push(record);
        if self.records.len() < AT_ONCE { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> Result<(), RunError> {
        let records = std::mem::take(&mut self.records);
        let mut contacts = HashMap::new();
        if let Some(reading) = self.reading {
            let ids = records.iter().map(|record| account_id(self.format, record.key())).collect();
            reading.contacts_of(&ids, |contact| {
                let StoredContact { text, page, read_at, .. } = contact;
                contacts.insert(contact.id.to_owned(), (text.to_owned(), page, read_at));
                Ok(())
            })?;
        }
        self.contacts += contacts.len() as u64;
        for record in &records {
            let damaged = |_| RunError::internal("a stored row or contact is damaged");
            let contact = contacts.get(&account_id(self.format, record.key()));
            self.previous.put(&Previous {
                ordinal: record.ordinal,
                source: record.source,
                row: record.line,
                page: contact.map_or(0, |(_, page, _)| *page),
                read_at: contact.map_or(self.began, |(_, _, read_at)| *read_at),
                previous: match contact {
                    Some((text, ..)) => Some(serde_json::from_str(text).map_err(damaged)?),
                    None => None,
                },
                sent: serde_json::from_str(record.encoded()).map_err(damaged)?,
                from: None,
                number: record.id().is_none().then(|| record.key().into()),
                was: None,
            })?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, RunError> {
        self.write()?;
        self.previous.finish()?;
        Ok(self.contacts)
    }
}

/// Every row that may be sent, by the contact that it names, or else among the `holders`; and of how many a person chose the
/// contact.
pub(super) fn wanted(
    dir: &RunDir,
    to_send: &RecordSet,
    mappers: &mut [Mapper],
    mut holders: Option<&mut Holders>,
) -> Result<(Wanted, u64), RunError> {
    let mut wanted = Wanted::create(&dir.path.join(WANTED))?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let (mut row, mut packed, mut ordinal) = (Row::default(), Vec::new(), 0);
    let mut chosen = 0;
    while copy.next(&mut row)? {
        let mapper = &mut mappers[usize::from(row.source)];
        if to_send.contains(ordinal)
            && let Mapped::Checked(record) = mapper.map(ordinal, &row)
        {
            chosen += u64::from(mapper.choice().is_some());
            packed.clear();
            store::pack(&row, &mut packed);
            let content = xxh3_64(record.after_key().as_bytes());
            if let (Some(sought), Some(holders)) = (mapper.sought(), holders.as_deref_mut()) {
                let row = StoredRow { ordinal, content, bytes: &packed };
                holders.add_row((sought.phone, &sought.name), row)?;
            } else {
                let contact = record.id().map(id_key);
                wanted.add(
                    ordinal,
                    contact.as_ref().map(<[u8; 12]>::as_slice),
                    content,
                    &packed,
                )?;
            }
        }
        ordinal = ordinal.saturating_add(1);
    }
    Ok((wanted, chosen))
}
