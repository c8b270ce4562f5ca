//! Rows whose number no contact has, as contacts that somebody may create.

use super::check::Check;
use super::contact;
use super::encode::Added;
use super::field::Field;
use super::mapper::Mapper;
use super::phone;
use super::text::trim;
use super::value::Value;
use crate::model::{Cells, Row};

impl Mapper {
    /// The columns of such rows: fields by the API's names, those of the user's own among them.
    pub fn newcomer_fields(&self) -> Vec<String> {
        let names = match [Field::FirstName, Field::LastName].iter().any(|name| self.feeds(*name)) {
            true => &[Field::FirstName, Field::LastName][..],
            false => &[Field::FullName],
        };
        let others = [Field::Salutation, Field::CountryCode, Field::PhoneNumber];
        let known = names.iter().chain(&others).map(|field| field.name().to_owned());
        known.chain(self.columns.extras.iter().map(|extra| extra.path.clone())).collect()
    }

    fn feeds(&self, field: Field) -> bool {
        let slot = &self.columns.slots[field.index()];
        slot.column.is_some() || slot.constant.is_some()
    }

    /// A table's row under these columns, its number whole and its country code; nothing of what it does not say.
    pub fn newcomer(&mut self, row: &Row) -> Vec<(String, String)> {
        let Cells::Table(cells) = &row.cells else { return Vec::new() };
        let read = self.reader.table(&self.columns, &mut self.filter, cells, row);
        let mut check = Check::new(&self.settings, &self.columns, &self.changes, Vec::new());
        let mut values = read.values;
        contact::constants(&mut check, &mut values);
        let mut value = |field: Field| std::mem::take(&mut values[field.index()]);
        let (number, code) = (value(Field::PhoneNumber), value(Field::CountryCode));
        let texts =
            [Field::FirstName, Field::LastName, Field::FullName, Field::Salutation].map(|field| {
                let text = trim(&value(field).text).to_owned();
                (field.name().to_owned(), text)
            });
        let phone = phone::cell_phone(&mut check, self.region, number, code, Value::default());
        // The whole number, with its `+`: a spreadsheet takes the zeros in front from digits alone.
        let number = match phone.number.is_empty() {
            true => String::new(),
            false => format!("{}{}", phone.code, phone.number),
        };
        let phone = [(Field::PhoneNumber, number), (Field::CountryCode, phone.code.into_owned())];
        let phone = phone.map(|(field, text)| (field.name().to_owned(), text));
        let added = read.added.iter().zip(&self.columns.extras).map(|(value, extra)| {
            let cell = match value {
                Some(Added::Value(value)) => trim(&value.text),
                _ => "",
            };
            let constant = extra.slot.constant.as_deref().unwrap_or_default();
            let text = if cell.is_empty() { constant } else { cell };
            (extra.path.clone(), text.to_owned())
        });
        texts.into_iter().chain(phone).chain(added).collect()
    }
}
