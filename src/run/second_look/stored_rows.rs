//! The rows of a run's stored copy, each with what maps it, for whoever judges records again.

use std::sync::Arc;

use crate::config::Plan;
use crate::journal::Journal;
use crate::map::{Except, Mapper};
use crate::model::{Ordinal, Row, RunError, Source};
use crate::run::run_dir::RunDir;
use crate::run::stored;
use crate::store::CopyReader;

/// Rows by their places, which are asked for in ascending order.
pub(crate) struct StoredRows {
    copy: CopyReader,
    mappers: Vec<Mapper>,
    row: Row,
}

impl StoredRows {
    /// Those of the run in `dir`.
    ///
    /// # Errors
    /// Exit 70 for the disk.
    pub(crate) fn open(
        plan: &Plan,
        dir: &RunDir,
        journal: &Journal,
        sources: &[Source],
        except: &Arc<Except>,
    ) -> Result<Self, RunError> {
        let mappers = stored::mappers(journal, plan, sources, except)?;
        Ok(Self { copy: CopyReader::open(&dir.copy())?, mappers, row: Row::default() })
    }

    /// The row at this place, and its mapper.
    ///
    /// # Errors
    /// Exit 70 where it cannot be read.
    pub(super) fn at(&mut self, ordinal: Ordinal) -> Result<(&mut Row, &mut Mapper), RunError> {
        self.copy.skip_to(ordinal)?;
        if !self.copy.next(&mut self.row)? {
            return Err(RunError::internal("a row of the stored copy is gone"));
        }
        let mapper = &mut self.mappers[usize::from(self.row.source)];
        Ok((&mut self.row, mapper))
    }
}
