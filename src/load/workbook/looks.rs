//! Which cells of a sheet have a number format of their own, for the readers that do not say it.

use std::collections::BTreeMap;

use super::number_format::{Format, Look};

/// Formats of cells, by column from 0 and rows from 1. Cells may be added in any order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Looks {
    formats: Vec<Format>,
    columns: BTreeMap<u16, Vec<Run>>,
}

/// Rows below each other that have the same format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    first: u64,
    last: u64,
    format: usize,
}

impl Looks {
    /// With the formats of a workbook, which cells name by number.
    pub(super) fn with(formats: &[Format]) -> Self {
        Self { formats: formats.to_vec(), columns: BTreeMap::new() }
    }

    /// Notes the format of some cells of a column; plain ones and unknown ones need no note.
    pub(super) fn add(&mut self, rows: (u64, u64), column: u16, format: usize) {
        if self.formats.get(format).is_none_or(|format| *format == Format::PLAIN) {
            return;
        }
        let runs = self.columns.entry(column).or_default();
        match runs.last_mut() {
            Some(run) if run.format == format && run.last + 1 == rows.0 => run.last = rows.1,
            _ => runs.push(Run { first: rows.0, last: rows.1, format }),
        }
    }

    /// The same for what a program wrote beside a number as its text.
    pub(super) fn add_shown(&mut self, rows: (u64, u64), column: u16, look: Look) {
        let format = Format::Fixed(look);
        let known = self.formats.iter().position(|other| *other == format);
        let index = known.unwrap_or_else(|| {
            self.formats.push(format);
            self.formats.len() - 1
        });
        self.add(rows, column, index);
    }

    /// Once all cells are noted.
    pub(super) fn finish(&mut self) {
        self.columns.values_mut().for_each(|runs| runs.sort_unstable());
    }

    /// The format of a cell.
    pub(super) fn at(&self, row: u64, column: u16) -> &Format {
        let found = self.columns.get(&column).and_then(|runs| {
            let behind = runs.partition_point(|run| run.first <= row);
            runs[..behind].last().filter(|run| row <= run.last)
        });
        found.and_then(|run| self.formats.get(run.format)).unwrap_or(&Format::PLAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_of_a_cell_is_found_whatever_order_they_came_in() {
        let formats = [Format::PLAIN, Format::of("0%"), Format::of("00")];
        let mut looks = Looks::with(&formats);
        for (row, column, format) in [(9, 1, 1), (2, 1, 2), (3, 1, 2), (5, 1, 0), (2, 0, 7)] {
            looks.add((row, row), column, format);
        }
        looks.add_shown((20, 29), 3, Look::Other);
        looks.finish();
        let plain = &Format::PLAIN;
        assert_eq!(
            [1, 2, 3, 4, 5].map(|row| looks.at(row, 1) == &formats[2]),
            [false, true, true, false, false]
        );
        assert_eq!((looks.at(9, 1), looks.at(9, 0), looks.at(2, 0)), (&formats[1], plain, plain));
        assert_eq!((looks.at(25, 3), looks.at(30, 3)), (&Format::Fixed(Look::Other), plain));
    }
}
