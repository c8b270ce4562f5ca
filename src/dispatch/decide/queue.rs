//! What waits to be sent: records fresh from the input, and groups that go again.
//!
//! Holds and cuts; decides nothing about answers.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::batch::Lineage;
use crate::dispatch::chunk::fitting;
use crate::model::settlement::Cut;
use crate::model::{OperationSpec, Record};

/// Bytes of a body around its records, at the most. For deciding when to cut; the cut itself counts exactly.
pub(super) const ENVELOPE: u64 = 16;

/// Bytes that a record takes in a body, its comma included.
pub(super) fn bytes_of(record: &Record) -> u64 {
    record.encoded().len() as u64 + 1
}

/// How requests are cut, by bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) spec: OperationSpec,
    pub(super) max_bytes: u64,
}

impl Chunk {
    fn count<'a>(&self, mut records: impl Iterator<Item = &'a Record>, most: usize) -> usize {
        fitting(&self.spec, &mut records, most, self.max_bytes)
    }
}

/// Records fed and never sent.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    records: VecDeque<Record>,
    bytes: u64,
    ended: bool,
}

impl Fresh {
    pub(super) fn push(&mut self, record: Record) {
        self.bytes += bytes_of(&record);
        self.records.push_back(record);
    }

    pub(super) const fn end(&mut self) {
        self.ended = true;
    }

    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Neither records now nor input to come.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.records.is_empty()
    }

    /// Fewer than two requests' worth.
    pub(super) fn is_low(&self, size: usize, max_bytes: u64) -> bool {
        self.records.len() < size.saturating_mul(2) && self.bytes < max_bytes.saturating_mul(2)
    }

    /// Whether a request can be cut that more input would not make larger.
    pub(super) fn has_batch(&self, size: usize, max_bytes: u64) -> bool {
        !self.records.is_empty()
            && (self.ended || self.records.len() >= size || self.bytes + ENVELOPE > max_bytes)
    }

    /// The next records, so many at most.
    pub(super) fn first(&self, size: usize) -> impl Iterator<Item = &Record> {
        self.records.iter().take(size)
    }

    /// Cuts the next records, by count and by bytes.
    pub(super) fn cut(&mut self, size: usize, chunk: &Chunk) -> Vec<Record> {
        let count = chunk.count(self.records.iter(), size);
        let cut: Vec<_> = self.records.drain(..count).collect();
        self.bytes -= cut.iter().map(bytes_of).sum::<u64>();
        cut
    }
}

/// Records that were sent before, and go again together.
#[derive(Debug)]
pub(super) struct Group {
    /// Not before this.
    pub(super) due: Instant,
    /// What the next request of them is called.
    pub(super) cut: Cut,
    /// Never empty.
    pub(super) records: Vec<Record>,
    pub(super) lineage: Lineage,
    /// Left out of an answer: they may share a request with others like them.
    pub(super) left_out: bool,
}

impl Group {
    /// Takes the first records that fit; the rest stays.
    pub(super) fn take(&mut self, size: usize, chunk: &Chunk) -> Vec<Record> {
        let count = chunk.count(self.records.iter(), size);
        let rest = self.records.split_off(count);
        std::mem::replace(&mut self.records, rest)
    }
}
