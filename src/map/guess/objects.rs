//! JSON objects as the table that guesses are made from: a column for each path to a value.

use std::collections::HashMap;

use super::{Guess, Why, columns};
use crate::map::json::pairs;
use crate::map::value::Value;
use crate::model::{Cells, Operation, Row};

/// Paths that are looked at.
const MOST: usize = 500;
/// Objects within objects that are looked into.
const DEEPEST: usize = 4;

/// Header and rows of these objects; the header has the paths in the order in which they are first seen.
pub fn as_table(objects: &[Row]) -> (Vec<String>, Vec<Row>) {
    let mut paths = Paths::default();
    let rows: Vec<Vec<(usize, String)>> = objects.iter().map(|row| paths.values(row)).collect();
    let width = paths.header.len();
    let rows = objects.iter().zip(rows).map(|(object, values)| {
        let mut cells = vec![String::new(); width];
        for (column, value) in values {
            cells[column] = value;
        }
        Row { cells: Cells::Table(cells.into()), ..object.clone() }
    });
    let rows = rows.collect();
    (paths.header, rows)
}

/// Guesses what these paths mean: by what each ends with, where no other ends so.
pub fn paths(operation: Operation, paths: &[String], rows: &[Row]) -> Guess {
    let leaf = |path: &String| path.rsplit('.').next().unwrap_or_default().to_owned();
    let leaves: Vec<String> = paths.iter().map(leaf).collect();
    let is_single = |at: usize| leaves.iter().filter(|leaf| **leaf == leaves[at]).count() == 1;
    let names: Vec<String> = (0..paths.len())
        .map(|at| if is_single(at) { leaves[at].clone() } else { paths[at].clone() })
        .collect();
    let mut guess = columns(operation, &names, rows);
    for found in &mut guess.found {
        found.header.clone_from(&paths[found.column]);
        // Within another object than the API's own it is found by its path alone.
        let is_api = !found.header.contains('.') || found.header.starts_with("cellPhone.");
        if found.why == Why::Name && !is_api {
            found.why = Why::Alias;
        }
    }
    for (column, name) in guess.ambiguous.iter_mut().flat_map(|several| &mut several.columns) {
        name.clone_from(&paths[*column]);
    }
    guess
}

#[derive(Default)]
struct Paths {
    header: Vec<String>,
    columns: HashMap<String, usize>,
}

impl Paths {
    fn values(&mut self, row: &Row) -> Vec<(usize, String)> {
        let mut values = Vec::new();
        if let Cells::Object(text) = &row.cells {
            self.walk("", text, DEEPEST, &mut values);
        }
        values
    }

    fn walk(&mut self, above: &str, text: &str, deeper: usize, values: &mut Vec<(usize, String)>) {
        // A row that is no object has no values.
        let _ = pairs(text, |key, raw| {
            let path = if above.is_empty() { key.into_owned() } else { format!("{above}.{key}") };
            match raw.get().as_bytes().first() {
                Some(b'{') if deeper > 0 => self.walk(&path, raw.get(), deeper - 1, values),
                Some(b'{' | b'[') => {}
                _ if path.trim().is_empty() => {}
                _ => {
                    let next = self.header.len();
                    let column = match self.columns.get(&path) {
                        Some(column) => *column,
                        None if next == MOST => return,
                        None => {
                            self.header.push(path.clone());
                            self.columns.insert(path, next);
                            next
                        }
                    };
                    values.push((column, Value::json(raw).text.into_owned()));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_to_a_value_is_a_column() {
        let object = |text: &str| Row { cells: Cells::Object(text.into()), ..Row::default() };
        let (header, rows) = as_table(&[
            object(r#"{"Contact Id":"a","phone":{"mobile":7,"list":[1]}}"#),
            object(r#"{"phone":{"mobile":"8"},"x":null,"":"y"}"#),
        ]);
        assert_eq!(header, ["Contact Id", "phone.mobile", "x"]);
        let cells = rows.iter().map(|row| match &row.cells {
            Cells::Table(cells) => cells.iter().collect::<Vec<_>>().join("|"),
            Cells::Object(_) => unreachable!("it is a table"),
        });
        assert_eq!(cells.collect::<Vec<_>>(), ["a|7|", "|8|"]);
    }
}
