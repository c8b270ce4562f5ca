//! Rows that name their contact by number and name (`[match]`): what they look for, and that it is a key and no change.

use super::check::Check;
use super::contact::{self, Values};
use super::dial;
use super::encode;
use super::field::Field;
use super::key::{Sought, is_key};
use super::mapped::Mapped;
use super::mapper::Mapper;
use super::phone::{self, CellPhone};
use super::read::Read;
use super::text::trim;
use super::value::Value;
use crate::account::matching::Phone;
use crate::model::settings::MatchBy;
use crate::model::{Defect, Ordinal, Record};

impl Mapper {
    /// What the row that was mapped last looks for; `None` where it has an id.
    pub const fn sought(&self) -> Option<&Sought> {
        self.sought.as_ref()
    }

    /// By what a row is matched; `None` where it has an id.
    pub(super) fn matched_by(&self, values: &Values<'_>) -> Option<MatchBy> {
        let matching = self.settings.matching.as_ref()?;
        values[Field::Id.index()].is_blank().then_some(matching.by)
    }

    /// The first look at a row without an id: a record with its place for a key, and of the row what is no key.
    pub(super) fn seek(
        &mut self,
        ordinal: Ordinal,
        defects: Vec<Defect>,
        read: Read<'_>,
        by: MatchBy,
    ) -> Mapped {
        let mut check = Check::new(&self.settings, &self.columns, &self.changes, defects);
        let mut values = read.values;
        contact::constants(&mut check, &mut values);
        let mut key = |field: Field| match is_key(by, field) {
            true => std::mem::take(&mut values[field.index()]),
            false => Value::default(),
        };
        let (number, code) = (key(Field::PhoneNumber), key(Field::CountryCode));
        let names =
            [Field::FirstName, Field::LastName, Field::FullName].map(|name| (name, key(name)));
        let [first, last, full] =
            names.map(|(field, value)| check.text(field, value).unwrap_or_default());
        let number = phone::cell_phone(&mut check, self.region, number, code, Value::default());
        let phone = self.number(&number);
        let (_, mut defects) = check.finish();
        if phone.is_none() && defects.is_empty() {
            let column = self.columns.slots[Field::PhoneNumber.index()].label.clone();
            let [problem, rule] = ["has too many digits", "phone numbers have at most 15 digits"];
            defects.push(Defect { column, problem: problem.into(), rule: rule.into() });
        }
        let (Some(phone), true) = (phone, defects.is_empty()) else {
            return Mapped::Rejected { id: None, defects };
        };
        let name = match (first.as_ref(), last.as_ref()) {
            ("", "") => full.into_owned(),
            (first, last) => format!("{first} {last}"),
        };
        let sought = Sought { phone, name };
        let chosen = match &self.chosen {
            Some(chosen) => match chosen.is_of(&sought) {
                Ok(()) => Some(chosen.contact.clone()),
                Err(defect) => return Mapped::Rejected { id: None, defects: vec![defect] },
            },
            None => None,
        };
        self.buffer.clear();
        let is_update = self.settings.operation.spec().sends_contacts();
        if is_update {
            let texts = Field::ALL.into_iter().zip(&values).skip(1);
            let texts = texts.map(|(field, value)| (field.name(), trim(&value.text)));
            let (others, id) = ((&*read.added, &read.passed), chosen.as_deref());
            encode::draft(id.unwrap_or_default(), texts, &self.layout, others, &mut self.buffer);
        } else {
            // As a record has it of which only the id is sent.
            self.buffer.push('"');
        }
        let mut record = match chosen {
            Some(id) if is_update => Record::contact(ordinal, &id, &self.buffer),
            Some(id) => Record::only_id(ordinal, &id),
            None => {
                self.sought = Some(sought);
                Record::new_contact(ordinal, &format!("#{ordinal}"), &self.buffer)
            }
        };
        record.mark = read.earlier.mark();
        Mapped::Checked(record)
    }

    /// The number in full. A zero that is dialled within a country is none of its digits.
    fn number(&self, phone: &CellPhone<'_>) -> Option<Phone> {
        let CellPhone { code, number, .. } = phone;
        if number.starts_with('0') {
            let dialled = format!("{code}{number}");
            if let Ok(found) = dial::parse(&dialled, None, self.settings.phone_check) {
                return Phone::of_row(&found.code.to_string(), &found.national);
            }
        }
        Phone::of_row(code, number)
    }
}
