//! Rows whose records take two looks: at the row alone, and again once its contact is known.
//!
//! The first look gives a draft: id and values as the row has them, enough to find duplicates and the contact.

use serde_json::Value as Json;

use super::check::Check;
use super::columns::Extra;
use super::contact::Values;
use super::encode::{self, Added, Passed};
use super::field::Field;
use super::fill::{self, Current, UNCHANGED};
use super::mapped::Mapped;
use super::mapper::Mapper;
use super::read::Read;
use super::text::trim;
use super::{contact, except};
use crate::api::wire::AccountContact;
use crate::model::settings::Unchanged;
use crate::model::{Defect, Difference, Ordinal, Record, Row, ValueOrigin};

impl Mapper {
    /// Maps a row whose contact is known: what the row leaves open is the contact's own. A record that equals the contact is
    /// skipped ([`UNCHANGED`]) unless the settings say otherwise.
    ///
    /// `text` is the whole contact as the server gave it.
    pub fn complete(
        &mut self,
        ordinal: Ordinal,
        row: &Row,
        contact: &AccountContact<'_>,
        text: &str,
    ) -> Mapped {
        self.differences.clear();
        self.mapped(ordinal, row, Some((contact, text)))
    }

    /// What the record that was completed last changes of its contact.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Where the values of the contact that was mapped last come from: the API's fields in their order, without the id.
    pub fn origins(&self) -> impl Iterator<Item = (&'static str, ValueOrigin)> + use<> {
        Field::ALL.into_iter().map(Field::name).zip(self.origins).skip(1)
    }

    /// The first look at a record.
    pub(super) fn draft(
        &mut self,
        ordinal: Ordinal,
        defects: Vec<Defect>,
        read: Read<'_>,
    ) -> Mapped {
        if let Some(by) = self.matched_by(&read.values) {
            return self.seek(ordinal, defects, read, by);
        }
        let mut check = Check::new(&self.settings, &self.columns, &self.changes, defects);
        let mut values = read.values;
        let id = contact::id(&mut check, &mut values);
        let (_, defects) = check.finish();
        if !defects.is_empty() {
            return Mapped::Rejected { id: self.valid_id(&id), defects };
        }
        if !self.settings.operation.spec().sends_contacts() {
            let mut record = Record::only_id(ordinal, &id);
            record.mark = read.earlier.mark();
            return Mapped::Checked(record);
        }
        let texts = Field::ALL.into_iter().zip(&values).skip(1);
        let texts = texts.map(|(field, value)| (field.name(), trim(&value.text)));
        encode::draft(&id, texts, &self.layout, (&read.added, &read.passed), &mut self.buffer);
        let mut record = Record::contact(ordinal, &id, &self.buffer);
        record.mark = read.earlier.mark();
        Mapped::Checked(record)
    }

    /// The second look. `None` if a list has a phone number of the contact, the one that it has or the one that it would get.
    pub(super) fn filled(
        &mut self,
        ordinal: Ordinal,
        defects: Vec<Defect>,
        read: Read<'_>,
        (account, text): (&AccountContact<'_>, &str),
    ) -> Option<Mapped> {
        let mut check = Check::new(&self.settings, &self.columns, &self.changes, defects);
        let mut values: Values<'_> = read.values;
        let matched = self.matched_by(&values);
        let current = Current::of(account, matched);
        let id = match matched {
            Some(_) => account.id.as_ref().to_owned(),
            None => contact::id(&mut check, &mut values).into_owned(),
        };
        if let Some(chosen) = &self.chosen {
            chosen.must_be_as_shown(&mut check, account);
        }
        if !self.settings.operation.spec().sends_contacts() {
            current.must_be_active(&mut check);
            let (noted, defects) = check.finish();
            let record = self.deleted(ordinal, &id, defects, &current)?;
            return Some(match record {
                Ok(record) => self.checked(record, noted, read.earlier),
                Err(defects) => Mapped::Rejected { id: Some(id), defects },
            });
        }
        let origins = contact::constants(&mut check, &mut values);
        current.without_keys(&mut values);
        let contact =
            fill::contact(&mut check, self.region, id.as_str().into(), (values, origins), &current);
        self.origins = contact.origins;
        let (added, passed, others) =
            others(&mut check, &self.columns.extras, (read.added, read.passed), text);
        let mut differences = fill::differences(&contact, &current);
        differences.extend(others);
        encode::contact(&contact, &self.layout, &added, &passed, &mut self.buffer);
        let code = contact.phone.code.as_ref();
        let was = current.get(Field::PhoneNumber).unwrap_or_default();
        if [contact.phone.number.as_ref(), was].iter().any(|number| self.has_phone(number, code)) {
            return None;
        }
        contact::size(&mut check, self.buffer.len());
        let (noted, defects) = check.finish();
        if !defects.is_empty() {
            self.changes.keep_unclear(noted, self.place);
            return Some(Mapped::Rejected { id: self.valid_id(&id), defects });
        }
        if differences.is_empty() && self.settings.update.unchanged != Some(Unchanged::Send) {
            return Some(Mapped::Skipped { id: Some(id), rule: UNCHANGED.to_owned() });
        }
        self.differences = differences;
        let record = Record::contact(ordinal, &id, &self.buffer);
        Some(self.checked(record, noted, read.earlier))
    }

    /// The second look at a record of which only the id is sent.
    fn deleted(
        &self,
        ordinal: Ordinal,
        id: &str,
        defects: Vec<Defect>,
        current: &Current<'_>,
    ) -> Option<Result<Record, Vec<Defect>>> {
        let [number, code] = [Field::PhoneNumber, Field::CountryCode]
            .map(|field| current.get(field).unwrap_or_default());
        if self.has_phone(number, code) {
            return None;
        }
        Some(match defects.is_empty() {
            true => Ok(Record::only_id(ordinal, id)),
            false => Err(defects),
        })
    }

    /// Whether a list of `input.except` has this number.
    pub(super) fn has_phone(&self, number: &str, code: &str) -> bool {
        let may_be = || except::forms(number, code, self.region);
        self.except.has_phones() && may_be().is_ok_and(|forms| self.except.has_phone(&forms))
    }
}

/// What the user adds to the documented fields, as far as the contact does not have it already.
fn others<'m: 'r, 'r>(
    check: &mut Check<'m>,
    extras: &[Extra],
    (added, mut passed): (Vec<Option<Added<'r>>>, Passed<'r>),
    text: &str,
) -> (Vec<Option<Added<'r>>>, Passed<'r>, Vec<Difference>) {
    let mut added = contact::added(check, added);
    let mut differences = Vec::new();
    let is_plain =
        added.iter().all(Option::is_none) && passed.top.is_empty() && passed.cell_phone.is_empty();
    if is_plain {
        return (added, passed, differences);
    }
    let whole: Json = serde_json::from_str(text).unwrap_or_default();
    let mut is_new = |path: &str, value: Json| {
        let before = path.split('.').try_fold(&whole, |inside, key| inside.get(key));
        let is_new = before != Some(&value);
        if is_new {
            let before = before.map(shown).unwrap_or_default();
            let field = path.to_owned();
            differences.push(Difference { field, before, after: shown(&value) });
        }
        is_new
    };
    for (value, extra) in added.iter_mut().zip(extras) {
        let json = match value {
            Some(Added::Value(value)) => Json::from(value.text.as_ref()),
            Some(Added::Raw(raw)) => serde_json::from_str(raw.get()).unwrap_or_default(),
            None => continue,
        };
        if !is_new(&extra.path, json) {
            *value = None;
        }
    }
    let mut keep = |prefix: &str, key: &str, raw: &str| {
        let json = serde_json::from_str(raw).unwrap_or_default();
        is_new(&format!("{prefix}{key}"), json)
    };
    passed.top.retain(|(key, raw)| keep("", key, raw.get()));
    passed.cell_phone.retain(|(key, raw)| keep("cellPhone.", key, raw.get()));
    (added, passed, differences)
}

fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
