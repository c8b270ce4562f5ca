//! Rows of another shape than their header: where a field or rule finds nothing, or a value is
//! under no name. Both are what a delimiter too few or too many leaves of a row.

use csv::StringRecord;

use crate::model::outcome_file::{OwnColumns, is_own_column};
use crate::model::shape::Shape;
use crate::model::{RowFault, Source};

/// What the rows of one source must look like.
#[derive(Debug)]
pub(super) struct Shapes {
    width: usize,
    /// Fields that a row must have: up to the last one that is used.
    needed: usize,
    /// Columns behind the last one with a name, which nobody uses.
    nameless: Vec<usize>,
    /// Whether a delimiter may be at fault: a sheet has none.
    is_delimited: bool,
}

impl Shapes {
    /// For a source of which these columns are used.
    pub(super) fn of(source: &Source, used: &[usize], own: Option<OwnColumns>) -> Self {
        let header = &source.header;
        // Also those that are left of an outcome file of which somebody removed some.
        let is_own = |column: usize| is_own_column(&header[column]);
        let own_end = own.map_or(0, |own| own.row.max(own.outcome).max(own.reason) + 1);
        let named = |column: &usize| !is_own(*column) && !header[*column].trim().is_empty();
        let nameless = (0..header.len()).rfind(named).map_or_else(Vec::new, |last| {
            let behind = last + 1..header.len();
            behind.filter(|column| !is_own(*column) && !used.contains(column)).collect()
        });
        let needed = used.iter().map(|column| column + 1).max().unwrap_or(0).max(own_end);
        Self { width: header.len(), needed, nameless, is_delimited: source.sheet.is_none() }
    }

    /// What is wrong with a row.
    pub(super) fn fault(&self, cells: &StringRecord) -> Option<RowFault> {
        if cells.len() < self.needed {
            return Some(Shape { fields: cells.len(), width: self.width, blank: false }.fault());
        }
        let is_filled = |column: &&usize| cells.get(**column).is_some_and(|c| !c.trim().is_empty());
        let column = self.nameless.iter().find(is_filled)?;
        Some(RowFault {
            problem: format!("has a value in column {}, which has no name", column + 1),
            rule: match self.is_delimited {
                true => {
                    "a field too many looks like this: quote the one that holds the delimiter, or name \
                     the column in the header"
                }
                false => "move it under its header, or name the column in the header",
            }
            .to_owned(),
        })
    }
}
