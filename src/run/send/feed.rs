//! Pass 2's feeder: the stored copy's rows become records again and go to the pool.
//!
//! The same mapper maps the same rows, so a record is what pass 1 checked. Memory is bounded by the channel.

use std::path::PathBuf;

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::map::{Mapped, Mapper};
use crate::model::{Mark, Ordinal, Record, RecordSet, Row, RunError};
use crate::store::{self, CopyReader};

/// Records handed over at once.
const SLAB: usize = 256;

/// What the feeder works with.
pub(crate) struct Feeder {
    pub(crate) copy: PathBuf,
    pub(crate) mappers: Vec<Mapper>,
    /// The records as they were made, where they rest on the account.
    pub(crate) stored: Option<Stored>,
    /// Until when counts what the others rest on; `None`: they rest on nothing.
    pub(crate) good_until: Option<Timestamp>,
    /// The records to send.
    pub(crate) to_send: RecordSet,
    /// What is known of earlier sends, in input order.
    pub(crate) marks: Vec<(Ordinal, Mark)>,
}

/// Records that were made of rows and contacts before.
pub(crate) struct Stored {
    /// The run's directory.
    pub(crate) dir: PathBuf,
    /// Until when a contact counts that was read then; `None`: for good.
    pub(crate) good_until: Box<dyn Fn(Timestamp) -> Option<Timestamp> + Send>,
}

impl Feeder {
    /// Feeds all records; ends early, without an error, when the pool has gone. Gives the mappers back.
    pub(crate) fn feed(
        mut self,
        pool: &Sender<Vec<Record>>,
    ) -> (Vec<Mapper>, Result<(), RunError>) {
        let fed = self.feed_all(pool);
        (self.mappers, fed)
    }

    fn feed_all(&mut self, pool: &Sender<Vec<Record>>) -> Result<(), RunError> {
        if let Some(stored) = &self.stored {
            return self.feed_stored(stored, pool);
        }
        let mut copy = CopyReader::open(&self.copy)?;
        let mut marks = std::mem::take(&mut self.marks).into_iter().peekable();
        let mut row = Row::default();
        let mut slab = Vec::with_capacity(SLAB);
        let mut ordinal: Ordinal = 0;
        while copy.next(&mut row)? {
            if self.to_send.contains(ordinal) {
                let mut record = self.record(ordinal, &row)?;
                let mark = marks.next_if(|(marked, _)| *marked == ordinal);
                record.mark = mark.map_or(Mark::None, |(_, mark)| mark);
                record.good_until = self.good_until;
                slab.push(record);
            }
            if slab.len() == SLAB {
                let full = std::mem::replace(&mut slab, Vec::with_capacity(SLAB));
                if pool.blocking_send(full).is_err() {
                    return Ok(());
                }
            }
            ordinal = ordinal.saturating_add(1);
        }
        // A pool that has gone has all it wanted.
        let _ = pool.blocking_send(slab);
        Ok(())
    }

    /// Records that were made of rows and contacts, in the order in which they were written down.
    fn feed_stored(&self, stored: &Stored, pool: &Sender<Vec<Record>>) -> Result<(), RunError> {
        let mut slab = Vec::with_capacity(SLAB);
        store::each_latest(&stored.dir, |previous| {
            if !self.to_send.contains(previous.ordinal) {
                return Ok(true);
            }
            let mut record = previous.record().ok_or_else(|| {
                let dir = stored.dir.display();
                RunError::internal(format!("{dir}: a record that is to be sent is damaged"))
            })?;
            let mark = self.marks.binary_search_by_key(&record.ordinal, |(marked, _)| *marked);
            record.mark = mark.ok().and_then(|at| self.marks.get(at)).map_or(Mark::None, |m| m.1);
            record.good_until = (stored.good_until)(previous.read_at);
            slab.push(record);
            if slab.len() < SLAB {
                return Ok(true);
            }
            let full = std::mem::replace(&mut slab, Vec::with_capacity(SLAB));
            Ok(pool.blocking_send(full).is_ok())
        })?;
        // A pool that has gone has all it wanted.
        let _ = pool.blocking_send(slab);
        Ok(())
    }

    fn record(&mut self, ordinal: Ordinal, row: &Row) -> Result<Record, RunError> {
        let mapper = self.mappers.get_mut(usize::from(row.source));
        match mapper.map(|mapper| mapper.map(ordinal, row)) {
            Some(Mapped::Checked(mut record)) => {
                (record.source, record.line) = (row.source, row.line);
                Ok(record)
            }
            _ => Err(RunError::internal(format!(
                "row {} of the stored copy no longer maps as it did when it was checked",
                row.line
            ))
            .hint("resume with the version of korebulk that started the run")),
        }
    }
}
