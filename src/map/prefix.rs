//! `cellPhone.extension`: the dialling prefix, which is no extension of a telephone (docs/contract.md, "Input").

use std::borrow::Cow;

use super::changes::ChangeKind;
use super::check::Check;
use super::digits;
use super::field::Field;
use super::value::Value;

/// What is sent where no row, no constant and no other field says anything.
pub(super) const PLUS: &str = "+";

/// The rule of the field.
pub(super) const RULE: &str = "the API's `extension` is the dialling prefix: `+`, or the digits of the country code \
                               with or without `+`; it has no field for the extension of a telephone";

/// Checks the dialling prefix of a number with this country code (`+91`; blank where it is not known).
pub(super) fn prefix<'r>(check: &mut Check, value: Value<'r>, code: &str) -> Cow<'r, str> {
    let Some(text) = check.text(Field::Extension, value) else { return Cow::Borrowed(PLUS) };
    if text.is_empty() {
        return Cow::Borrowed(PLUS);
    }
    let spelt = digits::ascii(&text).replace('＋', PLUS);
    if !is_prefix(&spelt, code) {
        check.defect(Field::Extension, "is not a dialling prefix", RULE);
        return Cow::Borrowed(PLUS);
    }
    if spelt == text {
        return text;
    }
    check.change(Field::Extension, ChangeKind::CountryCode, &text, &spelt);
    Cow::Owned(spelt)
}

/// Whether a text can be the dialling prefix of numbers with this country code.
pub(super) fn is_prefix(text: &str, code: &str) -> bool {
    let digits = text.strip_prefix(PLUS).unwrap_or(text);
    let is_code = |digits: &str| {
        (1..=4).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    };
    match code.strip_prefix(PLUS) {
        _ if text == PLUS => true,
        Some(code) => digits == code,
        None => is_code(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialling_prefix_is_a_plus_or_the_country_code() {
        for prefix in ["+", "+91", "91"] {
            assert!(is_prefix(prefix, "+91") && is_prefix(prefix, ""), "{prefix}");
        }
        for other in
            ["", "101", "x22", "hello world", "00", "0091", "+ 91", "+44", "3", "++", "+91 ", "9.1"]
        {
            assert!(!is_prefix(other, "+91"), "{other}");
        }
        for other in ["x22", "hello", "00", "12345", "+012", ""] {
            assert!(!is_prefix(other, ""), "{other}");
        }
    }
}
