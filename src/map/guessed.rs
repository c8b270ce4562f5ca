//! Text in an encoding that nobody named: no record is made of it, and no rule is decided by it.

use crate::model::{CellKind, Cells, Defect, Row, Source};

use super::columns::Columns;
use super::field::Field;
use super::filter::Decision;
use super::read::Read;
use super::value::{GUESSED, is_guessed};

/// Whether the name of a column that feeds a field is such text.
pub(super) fn in_header(source: &Source, columns: &Columns) -> bool {
    columns.used().any(|column| source.header[column].contains(char::REPLACEMENT_CHARACTER))
}

/// The values of such text that would be sent, or that a rule tests.
pub(super) fn defects(row: &Row, read: &Read, columns: &Columns, all_is_sent: bool) -> Vec<Defect> {
    if !is_guessed(row) {
        return Vec::new();
    }
    let defect = |column: &str| {
        let [column, problem, rule] = [column, GUESSED.0, GUESSED.1].map(str::to_owned);
        Defect { column, problem, rule }
    };
    let mut found = match &read.decision {
        Decision::Send(unreadable) => unreadable.clone(),
        Decision::Skip(_) => Vec::new(),
    };
    found.retain(|defect| defect.problem == GUESSED.0);
    match &row.cells {
        Cells::Table(_) => {
            let is_marked = |column: usize| {
                let guessed = row.marks.iter().filter(|mark| mark.kind == CellKind::Guessed);
                guessed.map(|mark| usize::from(mark.column)).any(|marked| marked == column)
            };
            let used = columns.slots().filter(|slot| slot.column.is_some_and(is_marked));
            found.extend(used.map(|slot| defect(&slot.label)));
        }
        // Keys that no setting names are sent as they are.
        Cells::Object(_) if all_is_sent => found.push(defect("")),
        Cells::Object(_) => {
            let id = &read.values[Field::Id.index()].text;
            if id.contains(char::REPLACEMENT_CHARACTER) {
                found.push(defect(Field::Id.name()));
            }
        }
    }
    found
}
