//! The checks of a record as a whole: its id, its fields with their constants, its size.

use std::borrow::Cow;

use phonenumber::country;

use super::check::Check;
use super::damage::Fault;
use super::encode::{Added, Contact, Origins};
use super::except::{Except, Form};
use super::field::Field;
use super::text::trim;
use super::value::{Kind, Value};
use super::{dial, except, name, phone};
use crate::model::ValueOrigin;

/// The values of a row by [`Field::index`]. Each is taken once.
pub(super) type Values<'r> = [Value<'r>; Field::COUNT];

fn take<'r>(values: &mut Values<'r>, field: Field) -> Value<'r> {
    std::mem::take(&mut values[field.index()])
}

/// Checks the id. Not to be sent if there are defects.
pub(super) fn id<'r>(check: &mut Check, values: &mut Values<'r>) -> Cow<'r, str> {
    let value = take(values, Field::Id);
    let rule = match value.kind {
        Kind::NumberCell | Kind::Fraction => {
            "a spreadsheet keeps 15 digits: format the column as text, fill it again"
        }
        Kind::JsonNumber => "ids are strings",
        _ => {
            let id = check.required(Field::Id, value);
            if !id.is_empty() {
                let format = check.settings.id_format;
                let kind = check.settings.operation.spec().id_kind;
                if let Err((problem, rule)) = super::id::check(&id, format, kind) {
                    check.defect(Field::Id, problem, rule);
                }
            }
            return id;
        }
    };
    check.defect(Field::Id, "is a number, not text", rule);
    Cow::Borrowed("")
}

/// Puts constants where a row says nothing; where each value comes from then.
pub(super) fn constants<'m: 'r, 'r>(check: &mut Check<'m>, values: &mut Values<'r>) -> Origins {
    let mut is_named_by_constant = false;
    let mut origins = Origins::default();
    for ((field, value), origin) in Field::ALL.into_iter().zip(values).zip(&mut origins) {
        if !value.is_blank() {
            continue;
        }
        *origin = match check.constant(field) {
            Some(constant) => {
                *value = Value::text(constant);
                is_named_by_constant |= field.is_name();
                ValueOrigin::Default
            }
            None if field == Field::Extension => ValueOrigin::Default,
            None => ValueOrigin::Derived,
        };
    }
    if is_named_by_constant {
        check.named_by_constant();
    }
    origins
}

/// Checks the documented fields.
pub(super) fn contact<'m: 'r, 'r>(
    check: &mut Check<'m>,
    region: Option<country::Id>,
    id: Option<Cow<'r, str>>,
    mut values: Values<'r>,
) -> Contact<'r> {
    let origins = constants(check, &mut values);
    let mut value = |field| take(&mut values, field);
    let (first, last, full) =
        (value(Field::FirstName), value(Field::LastName), value(Field::FullName));
    let names = name::names(check, first, last, full);
    let salutation = name::salutation(check, value(Field::Salutation));
    let (number, code, extension) =
        (value(Field::PhoneNumber), value(Field::CountryCode), value(Field::Extension));
    let phone = phone::cell_phone(check, region, number, code, extension);
    Contact { id, names, salutation, phone, origins }
}

/// The phone number of a record of which only the id is sent, for lists that have numbers. Where it has to be
/// compared and cannot be, that is a defect.
pub(super) fn compared(
    check: &mut Check,
    except: &Except,
    region: Option<country::Id>,
    mut values: Values,
) -> Result<Vec<Form>, Fault> {
    if !except.has_phones() {
        return Ok(Vec::new());
    }
    let number = take(&mut values, Field::PhoneNumber);
    let code = take(&mut values, Field::CountryCode);
    let code = match (code.is_blank(), check.constant(Field::CountryCode)) {
        (true, Some(constant)) => constant,
        _ => trim(&code.text),
    };
    let code = dial::country_code(code).unwrap_or_default();
    let forms = match number.kind {
        Kind::Absent => Err(("is missing", "")),
        Kind::Text | Kind::NumberCell | Kind::JsonNumber if number.is_blank() => {
            Err(("is empty", ""))
        }
        Kind::Text | Kind::NumberCell | Kind::JsonNumber => {
            except::forms(trim(&number.text), &code, region)
        }
        _ => Err(("is not text", "")),
    };
    if let Err((problem, _)) = forms
        && except.needs_phones()
    {
        let rule = "a list of `input.except` has phone numbers alone: without one, nobody can say whether this contact is on it";
        check.defect(Field::PhoneNumber, problem, rule);
    }
    forms
}

/// The user's own fields: texts trimmed, JSON as it is, blank ones left out.
pub(super) fn added<'m: 'r, 'r>(
    check: &mut Check<'m>,
    values: Vec<Option<Added<'r>>>,
) -> Vec<Option<Added<'r>>> {
    let filled = values.into_iter().zip(check.extras()).map(|(value, extra)| {
        let value = match value {
            Some(Added::Value(value)) => {
                let text = check.text_at(&extra.slot.label, value).unwrap_or_default();
                (!text.is_empty()).then_some(Added::Value(Value { text, kind: Kind::Text }))
            }
            Some(Added::Raw(raw)) if matches!(raw.get(), "null" | "\"\"") => None,
            Some(Added::Raw(raw)) => {
                check.raw(&extra.slot.label, raw);
                Some(Added::Raw(raw))
            }
            None => None,
        };
        let constant = || extra.slot.constant.as_deref().map(Value::text).map(Added::Value);
        value.or_else(constant)
    });
    filled.collect()
}

/// Rejects what no request could carry.
pub(super) fn size(check: &mut Check, bytes: usize) {
    let most = check.settings.max_record_bytes;
    if u64::try_from(bytes).is_ok_and(|bytes| bytes > most) {
        let rule = format!("a record has at most {most} bytes, see `limits.max_batch_bytes`");
        check.defect_at("", "is larger than a request may be", rule);
    }
}
