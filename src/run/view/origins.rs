//! Where each value of the first records comes from: for whoever wants to see values.

use serde_json::{Map, Value};

use crate::map::Mapper;
use crate::model::settings::Values;
use crate::model::{Record, ValueOrigin};
use crate::run::check::findings::{Findings, Origins};

/// Records of which that is said.
const SHOWN: usize = 3;

/// One sentence a record: `row 2: from the row: salutation Dr; from the contact itself: firstName Uwe, …`
pub(super) fn sentences(findings: &Findings, values: Values) -> Vec<String> {
    if values == Values::Masked {
        return Vec::new();
    }
    let known = findings.samples.iter().filter_map(|record| {
        let of = findings.origins.iter().find(|(ordinal, _)| *ordinal == record.ordinal)?;
        let mapper = findings.input.mappers.get(usize::from(record.source))?;
        sentence(record, &of.1, mapper)
    });
    known.take(SHOWN).collect()
}

fn sentence(record: &Record, known: &Origins, mapper: &Mapper) -> Option<String> {
    let contact: Map<String, Value> = serde_json::from_str(record.encoded()).ok()?;
    let mut all = Vec::new();
    flat("", &contact, &mut all);
    let place = |field: &str| known.iter().position(|(name, _)| *name == field);
    all.sort_by_key(|(field, _)| place(field).unwrap_or(known.len()));
    let origin = |field: &str| {
        let documented = known.iter().find(|(name, _)| *name == field);
        let is_constant =
            || mapper.mapping().iter().any(|one| one.field == field && one.header.is_none());
        match documented {
            Some((_, origin)) => *origin,
            None if is_constant() => ValueOrigin::Default,
            None => ValueOrigin::Row,
        }
    };
    let origins =
        [ValueOrigin::Row, ValueOrigin::Default, ValueOrigin::Contact, ValueOrigin::Derived];
    let of = origins.into_iter().filter_map(|one| {
        let of_one = all.iter().filter(|(field, _)| origin(field) == one);
        let fields: Vec<String> = of_one.map(|(field, value)| format!("{field} {value}")).collect();
        (!fields.is_empty()).then(|| format!("from {}: {}", one.words(), fields.join(", ")))
    });
    let of: Vec<String> = of.collect();
    Some(format!("row {}: {}", record.line, of.join("; ")))
}

/// The values of an object by their dotted names; the id is the row's own, or what it was matched with.
fn flat(before: &str, object: &Map<String, Value>, all: &mut Vec<(String, String)>) {
    for (key, value) in object {
        match value {
            Value::Object(inside) => flat(&format!("{before}{key}."), inside, all),
            _ if before.is_empty() && key == "id" => {}
            Value::String(text) if text.is_empty() => {
                all.push((format!("{before}{key}"), "\"\"".into()));
            }
            Value::String(text) => all.push((format!("{before}{key}"), text.clone())),
            other => all.push((format!("{before}{key}"), other.to_string())),
        }
    }
}
