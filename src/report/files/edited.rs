//! `edited-since.xlsx`: what an undo left alone because somebody has changed it since, one line a field.

use std::path::PathBuf;

use serde_json::Value;

use super::outcome::RunOutcome;
use super::{ContactData, RunFile};
use crate::api::wire::differing;
use crate::base::private;
use crate::model::{Cells, Outcome, Row, RunError, undo};
use crate::report::export::{Table, TableForm};
use crate::report::part::unwritten;
use crate::store::Left;

/// Its name in the run's directory.
const EDITED: &str = "edited-since.xlsx";

/// The two names in one, as the account shows them.
const FULL_NAME: &str = "fullName";

const HEADER: [&str; 7] =
    ["row", "id", "field", "before the run", "as the run left it", "now", "changed at"];

/// `edited-since.xlsx`.
pub(super) struct Edited;

impl RunFile for Edited {
    fn format(&self) -> &'static str {
        "edited"
    }

    fn names(&self) -> &'static [&'static str] {
        &[EDITED]
    }

    fn contact_data(&self) -> ContactData {
        ContactData::Anywhere
    }

    fn written_alone(&self) -> bool {
        true
    }

    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError> {
        let path = outcome.dir.join(EDITED);
        let Some(copy) = &outcome.copy else {
            // It is what it was.
            return Ok(path.is_file().then_some(path).into_iter().collect());
        };
        let is_undo = outcome.facts.undoes.is_some();
        if !is_undo || outcome.facts.ledger.count(Outcome::Rejected) == 0 {
            private::remove(&path).map_err(|error| unwritten(&error))?;
            return Ok(Vec::new());
        }
        let disk = |error: std::io::Error| unwritten(&error);
        let mut table = Table::begin(&path, TableForm::Workbook, &HEADER).map_err(disk)?;
        let mut rows = 0_u64;
        outcome.each_row(copy, |row, record, what| {
            let edited = record.filter(|record| {
                let reason = record.reason.as_deref().unwrap_or_default();
                what == Outcome::Rejected && reason.starts_with(undo::SINCE)
            });
            let Some(record) = edited else { return Ok(()) };
            rows += 1;
            lines(row, record.server.as_deref(), &mut table).map_err(disk)
        })?;
        if rows == 0 {
            table.give_up();
            return Ok(Vec::new());
        }
        table.finish().map_err(disk)?;
        Ok(vec![path])
    }
}

/// The lines of one contact.
fn lines(row: &Row, now: Option<&str>, table: &mut Table) -> std::io::Result<()> {
    let Cells::Object(text) = &row.cells else { return Ok(()) };
    let Some(left) = Left::read(text) else { return Ok(()) };
    let whole = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (before, sent) = (whole(text), whole(left.echo.unwrap_or(left.sent).get()));
    let shown = now.map(whole).unwrap_or_default();
    let number = row.line.to_string();
    let id = ["id", "_id"].iter().find_map(|key| before.get(key)).map(words).unwrap_or_default();
    let at = shown.get("updatedAt").map(words).unwrap_or_default();
    let mut line = |field: &str, before: &str, left: &str, now: &str| {
        let values = [number.as_str(), &id, field, before, left, now, &at];
        table.row(&values.map(Some))
    };
    let Some(now) = now else {
        return line("status", "ACTIVE", "", "not shown any more");
    };
    let mut fields = differing(left.sent.get(), now);
    if sent.is_string() {
        fields.clear();
    } else if ["firstName", "lastName"].iter().any(|name| fields.iter().any(|field| field == name))
    {
        // No field of its own, but the name by which people know the contact.
        fields.insert(0, FULL_NAME);
    }
    for field in &fields {
        let place = format!("/{}", field.replace('.', "/"));
        let value = |of: &Value| of.pointer(&place).map(words).unwrap_or_default();
        line(field, &value(&before), &value(&sent), &value(&shown))?;
    }
    let status = shown.get("status").map(words).unwrap_or_default();
    match fields.is_empty() || status.eq_ignore_ascii_case("INACTIVE") {
        true => line("status", "ACTIVE", "", &status),
        false => Ok(()),
    }
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
