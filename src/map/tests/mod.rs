//! Whole rows through the mapper.

mod changes;
mod columns;
mod fill;
mod json;
mod properties;
mod rows;

use std::collections::BTreeMap;

use crate::model::settings::{IdFormat, MapSettings, OnDuplicate, PhoneCheck, UpdateSettings};
use crate::model::{CellKind, CellMark, Cells, Operation, Row, Source};

use super::error::MapError;
use super::{Mapped, Mapper};

const HEADER: &str = "id,firstName,lastName,salutation,cellPhoneExtension,phoneNumber,countryCode";
const ROW: &str = "6964af60450340957c600001,john,doee,mr,+,2445600001,+91";

fn settings(operation: Operation) -> MapSettings {
    MapSettings {
        operation,
        columns: BTreeMap::new(),
        defaults: BTreeMap::new(),
        id_format: IdFormat::Objectid,
        on_duplicate: OnDuplicate::Reject,
        first: 0,
        strict: false,
        send_if: Vec::new(),
        skip_if: Vec::new(),
        phone_region: None,
        phone_check: PhoneCheck::Valid,
        with_contacts: false,
        matching: None,
        decided_for: 0,
        update: UpdateSettings::default(),
        max_record_bytes: 10_000,
    }
}

fn update() -> MapSettings {
    settings(Operation::BulkUpdate)
}

fn pairs(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn source(header: &str) -> Source {
    let header = header.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Source {
        file: "people.csv".to_owned(),
        sheet: None,
        header,
        sha256: String::new(),
        detected: String::new(),
    }
}

fn try_mapper(settings: &MapSettings, header: &str) -> Result<Mapper, MapError> {
    Mapper::new(settings, &source(header), "2026-01-10T00:00:00Z".parse().unwrap())
}

fn mapper(settings: &MapSettings, header: &str) -> Mapper {
    try_mapper(settings, header).unwrap()
}

/// A row of a table; `|` separates its cells, so that they may hold commas.
fn table(cells: &str) -> Row {
    let separator = if cells.contains('|') { '|' } else { ',' };
    Row {
        line: 2,
        cells: Cells::Table(cells.split(separator).collect::<Vec<_>>().into()),
        ..Row::default()
    }
}

fn marked(cells: &str, column: u16, kind: CellKind) -> Row {
    Row { marks: vec![CellMark { column, kind }], ..table(cells) }
}

fn object(text: &str) -> Row {
    Row { line: 1, cells: Cells::Object(text.to_owned()), ..Row::default() }
}

/// What became of a row, in one text.
fn shown(mapped: &Mapped) -> String {
    match mapped {
        Mapped::Checked(record) => record.encoded().to_owned(),
        Mapped::Rejected { defects, .. } => {
            let lines: Vec<String> = defects.iter().map(|d| format!("✗ {d}")).collect();
            lines.join("\n")
        }
        Mapped::Skipped { rule, .. } => format!("skipped: {rule}"),
    }
}

fn map(settings: &MapSettings, header: &str, row: &Row) -> String {
    shown(&mapper(settings, header).map(0, row))
}
