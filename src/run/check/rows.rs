//! Where the rows of pass 1 come from: files, or what an earlier run left in its stored copy.

use crate::load::{LoadError, Loader};
use crate::model::{Mark, Ordinal, RecordSet, Row, RunError, Source};
use crate::store::CopyReader;

/// The input of a run.
pub(crate) enum Rows {
    /// The files that the job names.
    Files(Box<Loader>),
    /// What another run left.
    Left(Box<Left>),
}

/// Records picked from another run's stored copy.
pub(crate) struct Left {
    /// The stored copy.
    pub(crate) copy: CopyReader,
    /// The records to take.
    pub(crate) pick: RecordSet,
    /// What that run left unknown, in input order.
    pub(crate) marks: std::iter::Peekable<std::vec::IntoIter<(Ordinal, Mark)>>,
    /// The next record of the copy.
    pub(crate) next: Ordinal,
}

impl Rows {
    /// Reads the next row into `row`; the mark it comes with. `None` at the end.
    pub(crate) fn next(&mut self, row: &mut Row) -> Result<Option<Mark>, RunError> {
        match self {
            Self::Files(loader) => {
                let found = loader.next(row).map_err(|error: LoadError| RunError::from(error))?;
                Ok(found.then_some(Mark::None))
            }
            Self::Left(left) => left.next(row),
        }
    }

    /// See [`Loader::text_fits`]; what another run kept was asked about then.
    pub(crate) fn text_fits(&self, used: impl Iterator<Item = usize>) -> Result<(), RunError> {
        match self {
            Self::Files(loader) => Ok(loader.text_fits(used)?),
            Self::Left(_) => Ok(()),
        }
    }

    /// The sources opened so far.
    pub(crate) fn sources(&self) -> &[Source] {
        match self {
            Self::Files(loader) => loader.sources(),
            Self::Left(left) => left.copy.sources(),
        }
    }
}

impl Left {
    fn next(&mut self, row: &mut Row) -> Result<Option<Mark>, RunError> {
        while self.copy.next(row)? {
            let ordinal = self.next;
            self.next += 1;
            let mark = self.marks.next_if(|(marked, _)| *marked == ordinal);
            if self.pick.contains(ordinal) {
                // The batch that refused it belongs to another run: only "it may be there" is left.
                let known = mark.is_some_and(|(_, mark)| mark.may_have_been_applied());
                return Ok(Some(if known { Mark::LostAnswer } else { Mark::None }));
            }
        }
        Ok(None)
    }
}
