//! What the end of a run does first: every record of it gets its place.

use std::path::Path;

use crate::journal::Journal;
use crate::map::{Mapped, Mapper};
use crate::model::{Ordinal, Row, RunError};
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

fn id_of(mappers: &mut [Mapper], ordinal: Ordinal, row: &Row) -> Option<String> {
    match mappers.get_mut(usize::from(row.source))?.map(ordinal, row) {
        Mapped::Checked(record) => record.id().map(ToOwned::to_owned),
        Mapped::Rejected { id, .. } | Mapped::Skipped { id, .. } => id,
    }
}
