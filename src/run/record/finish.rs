//! What the end of a run does first: every record of it gets its place.

use std::path::Path;

use crate::api::wire::AccountContact;
use crate::journal::{Journal, RecordRow, Select};
use crate::map::{Mapped, Mapper};
use crate::model::{Cells, Ordinal, Outcome, Row, RunError};
use crate::report::files::RECREATED;
use crate::store::CopyReader;

/// Gives place and id to the records of which a killed session left neither, from the stored copy.
pub(crate) fn place_all(
    journal: &Journal,
    copy: &Path,
    mappers: &mut [Mapper],
) -> Result<(), RunError> {
    let unplaced = journal.unplaced()?;
    if unplaced.is_empty() {
        return Ok(());
    }
    let mut copy = CopyReader::open(copy)?;
    let mut row = Row::default();
    let mut found = Vec::new();
    for ordinal in unplaced {
        copy.skip_to(ordinal)?;
        if copy.next(&mut row)? {
            found.push((ordinal, row.source, row.line, id_of(mappers, ordinal, &row)));
        }
    }
    // One transaction: a sync of the disk for each of a killed session's records would take minutes.
    Ok(journal.together_or_in_memory(|journal| {
        found.iter().try_for_each(|(ordinal, source, line, id)| {
            journal.locate(*ordinal, *source, *line, id.as_deref())
        })
    })?)
}

/// Notes of what was created anew which contact it was, from the stored copy.
pub(crate) fn name_recreated(journal: &Journal, copy: &Path) -> Result<(), RunError> {
    let mut copy = CopyReader::open(copy)?;
    let (mut row, mut found) = (Row::default(), Vec::new());
    journal.for_each_record(Select::Outcome(Outcome::Succeeded), |record| {
        copy.skip_to(record.ordinal)?;
        if copy.next(&mut row)?
            && let Cells::Object(text) = &row.cells
            && let Some(was) = AccountContact::read(text)
        {
            let reason = Some(format!("{RECREATED}{}", was.id));
            found.push(RecordRow { reason, ..record });
        }
        Ok::<(), RunError>(())
    })?;
    Ok(journal
        .together_or_in_memory(|journal| found.iter().try_for_each(|record| journal.put(record)))?)
}

fn id_of(mappers: &mut [Mapper], ordinal: Ordinal, row: &Row) -> Option<String> {
    match mappers.get_mut(usize::from(row.source))?.map(ordinal, row) {
        Mapped::Checked(record) => record.id().map(ToOwned::to_owned),
        Mapped::Rejected { id, .. } | Mapped::Skipped { id, .. } => id,
    }
}
