//! A contact as it was, as a record that makes it so again.
//!
//! What it was passes no rule of the input: it is sent as it was. Only what the API has no request for cannot be put
//! back, and says so.

use std::borrow::Cow;

use super::check::Check;
use super::contact;
use super::encode::{self, Layout, Passed};
use super::field::Field;
use super::fill::{self, Current};
use super::mapped::Mapped;
use super::mapper::Mapper;
use super::own::Earlier;
use super::text::trim;
use crate::api::wire::AccountContact;
use crate::model::{Mark, Ordinal, Record};

impl Mapper {
    /// The record that makes a contact what it `was`; `now`: the contact as it is, where it is there. `as_new`: it is created
    /// anew, without its id. [`Mapper::differences`] has what changes by it.
    pub fn restored(
        &mut self,
        ordinal: Ordinal,
        was: &AccountContact<'_>,
        now: Option<&AccountContact<'_>>,
        as_new: bool,
    ) -> Mapped {
        self.differences.clear();
        let mut check = Check::new(&self.settings, &self.columns, &self.changes, Vec::new());
        let id = was.id.as_ref().to_owned();
        let before = Current::of(was, None);
        let own_id = Cow::Owned(id.clone());
        let mut contact = fill::contact(&mut check, None, own_id, Default::default(), &before);
        let differences = now.map(|now| fill::differences(&contact, &Current::of(now, None)));
        if as_new {
            contact.id = None;
            let needed = [
                (Field::FirstName, &contact.names.first, &was.first_name),
                (Field::LastName, &contact.names.last, &was.last_name),
                (Field::Salutation, &contact.salutation, &was.salutation),
            ];
            for (field, now, was) in needed {
                if was.is_some() && trim(now).is_empty() {
                    check.was_empty(field);
                }
            }
        }
        let (plain, passed) = (Layout::default(), Passed::default());
        encode::contact(&contact, &plain, &[], &passed, &mut self.buffer);
        let code = contact.phone.code.as_ref();
        let digits = [code, contact.phone.number.as_ref()].concat();
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let number = format!("+{digits}");
        let numbers = [
            Some(contact.phone.number.as_ref()),
            was.phone_number.as_deref(),
            now.and_then(|now| now.phone_number.as_deref()),
        ];
        if numbers.into_iter().flatten().any(|number| self.has_phone(number, code)) {
            return Mapped::Skipped { id: Some(id), rule: self.except.rule() };
        }
        contact::size(&mut check, self.buffer.len());
        let (noted, defects) = check.finish();
        if !defects.is_empty() {
            return Mapped::Rejected { id: Some(id), defects };
        }
        self.differences = differences.unwrap_or_default();
        let record = match as_new {
            true => Record::new_contact(ordinal, &number, &self.buffer),
            false => Record::contact(ordinal, &id, &self.buffer),
        };
        self.checked(record, noted, Earlier::Again(Mark::None))
    }
}
