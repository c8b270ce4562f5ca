//! A contact as it is, and a row that says what is to change: the rest stays, byte for byte.
//!
//! The source of a field is the row, the constant, the contact itself, then what can be derived. What the contact has
//! passes no rule of the input: it is sent as it is.

use std::borrow::Cow;

use phonenumber::country;
use unicode_normalization::UnicodeNormalization;

use super::check::Check;
use super::contact::Values;
use super::encode::{Contact, Origins};
use super::field::Field;
use super::key::is_key;
use super::name::{self, Names};
use super::phone::{self, CellPhone};
use super::text::trim;
use super::value::{Kind, Value, unguarded};
use super::{dial, digits, prefix};
use crate::api::wire::AccountContact;
use crate::model::settings::{Blanks, MatchBy};
use crate::model::{Difference, ValueOrigin};

/// The rule of a record that equals its contact.
pub const UNCHANGED: &str = "unchanged";

/// What a contact has, by [`Field::index`].
pub(super) struct Current<'c> {
    values: [Option<&'c str>; Field::COUNT],
    is_active: bool,
    /// By what its row was matched with it.
    matched: Option<MatchBy>,
}

/// Which fields stay as the contact has them, by [`Field::index`].
type Stays = [bool; Field::COUNT];

impl<'c> Current<'c> {
    pub(super) fn of(contact: &'c AccountContact<'_>, matched: Option<MatchBy>) -> Self {
        let values = Field::ALL.map(|field| {
            let value = match field {
                Field::Id => return Some(contact.id.as_ref()),
                Field::FirstName => &contact.first_name,
                Field::LastName => &contact.last_name,
                Field::FullName => &contact.full_name,
                Field::Salutation => &contact.salutation,
                Field::Extension => &contact.extension,
                Field::PhoneNumber => &contact.phone_number,
                Field::CountryCode => &contact.country_code,
            };
            value.as_deref()
        });
        Self { values, is_active: contact.is_active(), matched }
    }

    fn is_key(&self, field: Field) -> bool {
        self.matched.is_some_and(|by| is_key(by, field))
    }

    /// What a row was matched by is no value to send.
    pub(super) fn without_keys(&self, values: &mut Values<'_>) {
        for (field, value) in Field::ALL.into_iter().zip(values) {
            if self.is_key(field) {
                *value = Value::default();
            }
        }
    }

    /// Nothing is done to a contact that is deleted.
    pub(super) fn must_be_active(&self, check: &mut Check<'_>) {
        if !self.is_active {
            let rule = "its status is INACTIVE: it is no contact any more";
            check.defect(Field::Id, "is the id of a deleted contact", rule);
        }
    }

    pub(super) const fn get(&self, field: Field) -> Option<&'c str> {
        self.values[field.index()]
    }

    /// The phone number without the country code in front, where that is the contact's own.
    fn national(&self) -> Option<&'c str> {
        let code = code_digits(self.get(Field::CountryCode)?);
        let number = self.get(Field::PhoneNumber)?.strip_prefix('+')?.strip_prefix(code)?;
        (!code.is_empty() && !number.is_empty()).then_some(number)
    }

    fn stays(&self, check: &Check<'_>, values: &Values<'_>) -> Stays {
        let update = &check.settings.update;
        Field::ALL.map(|field| {
            let Some(own) = self.get(field).filter(|_| field != Field::Id) else { return false };
            let value = &values[field.index()];
            let is_open = update.blanks == Blanks::Keep && value.is_blank();
            let is_protected = !trim(own).is_empty() && check.keeps_existing(field);
            is_open
                || self.is_key(field)
                || is_protected
                // A cell that shows an error or a date may be that very value, read from the account.
                || (!matches!(value.kind, Kind::NotText | Kind::Twice | Kind::Guessed)
                    && (same(field, &value.text, own) || guards(value, own)))
        })
    }
}

/// Whether a value of a row says what the contact has: white space around it, composition of characters and the `+` of
/// a country code aside.
fn same(field: Field, text: &str, own: &str) -> bool {
    let (text, trimmed) = (trim(text), trim(own));
    text == trimmed
        || (field == Field::CountryCode && code_digits(text) == code_digits(trimmed))
        || (!text.is_ascii() && text.nfc().eq(trimmed.nfc()))
}

/// Whether a value that looked guarded is what the contact has, guard and all.
fn guards(value: &Value<'_>, own: &str) -> bool {
    value.kind == Kind::Guarded && unguarded(own).as_deref() == Some(&*value.text)
}

fn code_digits(code: &str) -> &str {
    code.strip_prefix('+').unwrap_or(code)
}

/// Makes a row and its contact one.
pub(super) fn contact<'r>(
    check: &mut Check<'_>,
    region: Option<country::Id>,
    id: Cow<'r, str>,
    (mut values, origins): (Values<'r>, Origins),
    current: &Current<'r>,
) -> Contact<'r> {
    current.must_be_active(check);
    let stays = current.stays(check, &values);
    let mut filling = Filling { check, current, stays };
    let mut value = |field: Field| std::mem::take(&mut values[field.index()]);
    let (first, last, full) =
        (value(Field::FirstName), value(Field::LastName), value(Field::FullName));
    let names = filling.names(first, last, full);
    let salutation = value(Field::Salutation);
    let salutation = match filling.own(Field::Salutation) {
        Some(own) => own,
        None => name::salutation(filling.check, salutation),
    };
    let (number, code, extension) =
        (value(Field::PhoneNumber), value(Field::CountryCode), value(Field::Extension));
    let mut phone = filling.phone(region, number, code);
    phone.extension = filling.extension(extension, &phone.code);
    let mut contact = Contact { id: Some(id), names, salutation, phone, origins };
    own_origins(&mut contact, current, stays);
    contact
}

/// Says of what stays that it is the contact's own.
fn own_origins(contact: &mut Contact<'_>, current: &Current<'_>, stays: Stays) {
    for field in Field::ALL.into_iter().filter(|field| stays[field.index()]) {
        let sent = match field {
            Field::FullName => Some(contact.names.full.as_ref()),
            Field::CountryCode => Some(contact.phone.code.as_ref()),
            _ => None,
        };
        // A full name may be made anew, and a number bring its own country code.
        let is_own = sent.is_none() || sent == current.get(field);
        contact.origins[field.index()] =
            if is_own { ValueOrigin::Contact } else { ValueOrigin::Derived };
    }
}

struct Filling<'f, 'm, 'r> {
    check: &'f mut Check<'m>,
    current: &'f Current<'r>,
    stays: Stays,
}

impl<'r> Filling<'_, '_, 'r> {
    /// The contact's own value of a field that stays.
    fn own(&self, field: Field) -> Option<Cow<'r, str>> {
        let own = self.current.get(field).filter(|_| self.stays[field.index()]);
        own.map(Cow::Borrowed)
    }

    fn names(&mut self, first: Value<'r>, last: Value<'r>, full: Value<'r>) -> Names<'r> {
        let is_only_full = first.kind == Kind::Absent && last.kind == Kind::Absent;
        let [own_first, own_last, own_full] =
            [Field::FirstName, Field::LastName, Field::FullName].map(|field| self.own(field));
        let is_full_given = !full.is_blank();
        if is_only_full && is_full_given && own_full.is_none() && !self.check.settings.strict {
            return name::names(self.check, first, last, full);
        }
        let are_own = own_first.is_some() && own_last.is_some();
        let first = own_first.unwrap_or_else(|| name::name(self.check, Field::FirstName, first));
        let last = own_last.unwrap_or_else(|| name::name(self.check, Field::LastName, last));
        let full = match own_full {
            // Made of the names as they were.
            Some(_) if !are_own && !is_full_given => name::made(self.check, &first, &last),
            Some(own) => own,
            None if is_full_given => name::full(self.check, full),
            None if are_own => Cow::Borrowed(""),
            None => name::made(self.check, &first, &last),
        };
        Names { first, last, full }
    }

    fn phone(
        &mut self,
        region: Option<country::Id>,
        number: Value<'r>,
        code: Value<'r>,
    ) -> CellPhone<'r> {
        let own_code = self.own(Field::CountryCode);
        if self.stays[Field::PhoneNumber.index()] {
            let Some(national) = self.current.national() else {
                let rule = "nobody can say which of its digits are the national ones: give the number in the row";
                self.check.defect(Field::PhoneNumber, NOT_IN_FRONT, rule);
                return CellPhone::default();
            };
            let code = own_code.unwrap_or_else(|| phone::code(self.check, code));
            return CellPhone { number: Cow::Borrowed(national), code, ..CellPhone::default() };
        }
        let Some(own_code) = own_code else {
            return phone::cell_phone(self.check, region, number, code, Value::default());
        };
        let written = digits::ascii(trim(&number.text)).into_owned();
        let is_national = !written.starts_with(['+', '(', '＋']) && !written.starts_with("00");
        let is_open = code.is_blank();
        let spelt = dial::country_code(&digits::ascii(&own_code)).unwrap_or_default();
        let code = match is_open && is_national && region.is_none() {
            true => Value { text: Cow::Owned(spelt), kind: Kind::Text },
            false => code,
        };
        let mut phone = phone::cell_phone(self.check, region, number, code, Value::default());
        if same(Field::CountryCode, &phone.code, &own_code) {
            phone.code = own_code;
        } else if is_open && is_national && !phone.code.is_empty() {
            let rule = "read by `[phone] region` it is of another country than the contact's own: write it with `+` and its country code";
            self.check.defect(Field::PhoneNumber, "has no country code", rule);
        }
        phone
    }

    fn extension(&mut self, value: Value<'r>, code: &str) -> Cow<'r, str> {
        let Some(own) = self.own(Field::Extension) else {
            return prefix::prefix(self.check, value, code);
        };
        let was = self.current.get(Field::CountryCode).unwrap_or_default();
        let is_of_old = !code_digits(&own).is_empty() && code_digits(&own) == code_digits(was);
        if is_of_old && !code.is_empty() && code_digits(code) != code_digits(was) {
            let rule = "give it as well, or a constant: `--set cellPhone.extension=+`";
            self.check.defect(Field::Extension, "is that of the contact's old country code", rule);
        }
        own
    }
}

const NOT_IN_FRONT: &str = "does not begin with the contact's own country code";

/// The values that are not what the contact has.
pub(super) fn differences(contact: &Contact<'_>, current: &Current<'_>) -> Vec<Difference> {
    let phone = &contact.phone;
    let number = current.national().or(current.get(Field::PhoneNumber));
    let extension = current.get(Field::Extension).or(Some(prefix::PLUS));
    // What a contact without a full name gets beside its names says nothing new.
    let full = current.get(Field::FullName).unwrap_or(&contact.names.full);
    let full = if contact.names.full.is_empty() { "" } else { full };
    let all = [
        (Field::FirstName, current.get(Field::FirstName), &contact.names.first),
        (Field::LastName, current.get(Field::LastName), &contact.names.last),
        (Field::FullName, Some(full), &contact.names.full),
        (Field::Salutation, current.get(Field::Salutation), &contact.salutation),
        (Field::PhoneNumber, number, &phone.number),
        (Field::CountryCode, current.get(Field::CountryCode), &phone.code),
        (Field::Extension, extension, &phone.extension),
    ];
    let changed = all.into_iter().filter(|(_, before, after)| *before != Some(after.as_ref()));
    let difference = |(field, before, after): (Field, Option<&str>, &Cow<'_, str>)| Difference {
        field: field.name().to_owned(),
        before: before.unwrap_or_default().to_owned(),
        after: after.clone().into_owned(),
    };
    changed.map(difference).collect()
}
