//! `[guard]`, `[canary]`, `[accept]` and `[report]`.

use super::asked::Asked;
use super::units::{number, share, some_time, tolerance, word};
use super::values::Text;
use crate::model::RunError;
use crate::model::settings::{Accept, Contacts, Guard, ReportSettings, Tolerance, Values};

pub(super) fn guard(asked: &Asked<'_>) -> Result<Guard, RunError> {
    let keys = &asked.keys.guard;
    let count =
        |key: &str, value: Option<&Text>| asked.read(key, value, |text| number(text, 0, u64::MAX));
    let guard = Guard {
        max_records: count("guard.max_records", keys.max_records.as_ref())?,
        min_records: count("guard.min_records", keys.min_records.as_ref())?.unwrap_or_default(),
        max_growth: asked.read("guard.max_growth", keys.max_growth.as_ref(), share)?,
        max_input_age: asked.read("guard.max_input_age", keys.max_input_age.as_ref(), some_time)?,
    };
    match guard.max_records {
        Some(most) if most < guard.min_records => Err(asked
            .refuse(
                "guard.max_records",
                format!("{most} is less than `guard.min_records`, {}", guard.min_records),
            )
            .hint("no number of records could pass both")),
        _ => Ok(guard),
    }
}

pub(super) fn canary(asked: &Asked<'_>) -> Result<u64, RunError> {
    let records = asked.keys.canary.records.as_ref();
    let records = asked.read("canary.records", records, |text| number(text, 0, u64::MAX))?;
    Ok(records.unwrap_or_default())
}

pub(super) fn accept(asked: &Asked<'_>) -> Result<Accept, RunError> {
    let keys = &asked.keys.accept;
    let within = |key: &str, value: Option<&Text>| -> Result<Option<Tolerance>, RunError> {
        asked.read(key, value, tolerance)
    };
    Ok(Accept {
        failed: within("accept.failed", keys.failed.as_ref())?.unwrap_or_default(),
        rejected: within("accept.rejected", keys.rejected.as_ref())?.unwrap_or_default(),
        not_found: within("accept.not_found", keys.not_found.as_ref())?.unwrap_or_default(),
        diverged: within("accept.diverged", keys.diverged.as_ref())?,
    })
}

pub(super) fn report(asked: &Asked<'_>) -> Result<ReportSettings, RunError> {
    let keys = &asked.keys.report;
    let contacts = [("full", Contacts::Full), ("ids", Contacts::Ids)];
    let values = [("masked", Values::Masked), ("full", Values::Full)];
    Ok(ReportSettings {
        contacts: asked
            .read("report.contacts", keys.contacts.as_ref(), |text| word(text, &contacts))?
            .unwrap_or_default(),
        values: asked
            .read("report.values", keys.values.as_ref(), |text| word(text, &values))?
            .unwrap_or_default(),
        xlsx: keys.xlsx.unwrap_or_default(),
    })
}
