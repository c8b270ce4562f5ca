//! The rows that may be sent, on disk by what they look for: an id, or number and name.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64;

use crate::account::{Holders, StoredRow, Wanted};
use crate::config::Plan;
use crate::journal::{Journal, fact};
use crate::map::{Mapped, Mapper, id_key};
use crate::model::{RecordSet, Row, RunError};
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

/// Writes down every record that will be sent, for an operation whose contacts are not there yet.
///
/// # Errors
/// Exit 70 for the disk.
pub(super) fn write_ahead(
    plan: &Plan,
    dir: &RunDir,
    journal: &Journal,
    findings: &Findings,
) -> Result<(), RunError> {
    let mut mappers = stored::mappers(journal, plan, &findings.input.sources, &findings.except)?;
    let mut copy = CopyReader::open(&dir.copy())?;
    let mut previous = PreviousWriter::create(&dir.previous())?;
    let began = journal.need(fact::STARTED_AT)?;
    let mut row = Row::default();
    for ordinal in findings.to_send.iter() {
        copy.skip_to(ordinal)?;
        if copy.next(&mut row)?
            && let Mapped::Checked(record) = mappers[usize::from(row.source)].map(ordinal, &row)
        {
            let damaged = |_| RunError::internal("a stored row is damaged");
            previous.put(&Previous {
                ordinal,
                source: row.source,
                row: row.line,
                page: 0,
                read_at: began,
                previous: None,
                sent: serde_json::from_str(record.encoded()).map_err(damaged)?,
                from: None,
                number: Some(record.key().into()),
            })?;
        }
    }
    previous.finish()
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
