//! Phone numbers as far as they are known, and whether two of them may be the same.

use phonenumber::country;

use super::super::damage::Fault;
use super::super::dial;
use crate::model::settings::PhoneCheck;

/// The digits of a number, from the last to the first, a nibble each, and whether its country code is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Form(u64);

/// The fewest digits by which numbers are taken for the same where a country code is unknown.
const FEWEST: u32 = 7;
/// The most digits of a number, its country code included.
const MOST: usize = 15;
const NIBBLE: u32 = 4;

impl Form {
    /// `None` where there are no digits or too many, or too few to know a number by.
    fn new(digits: &str, is_complete: bool) -> Option<Self> {
        let fewest = if is_complete { 1 } else { FEWEST as usize };
        if !(fewest..=MOST).contains(&digits.len()) {
            return None;
        }
        let packed = digits.bytes().rev().zip(0..).fold(0, |packed, (digit, place)| {
            packed | u64::from(digit - b'0' + 1) << (u64::BITS - NIBBLE * (place + 1))
        });
        Some(Self(packed | u64::from(is_complete)))
    }

    const fn is_complete(self) -> bool {
        self.0 & 1 == 1
    }

    const fn digits(self) -> u64 {
        self.0 & !1
    }

    const fn len(self) -> u32 {
        (u64::BITS - self.digits().trailing_zeros()).div_ceil(NIBBLE)
    }

    /// The last `count` digits.
    const fn tail(self, count: u32) -> u64 {
        self.0 & !(u64::MAX >> (NIBBLE * count))
    }
}

/// What a written number may be: itself with its country code, and where that is unknown its digits without leading
/// zeros. `code` is `+91` or blank.
pub(in super::super) fn forms(
    written: &str,
    code: &str,
    region: Option<country::Id>,
) -> Result<Vec<Form>, Fault> {
    let dialled = dial::text(written)?;
    let bare = dialled.trim_start_matches('+').trim_start_matches('0');
    let international = match dialled.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => dialled.clone(),
    };
    let mut forms = Vec::new();
    let mut add = |digits: &str, complete| forms.extend(Form::new(digits, complete));
    if international.starts_with('+') {
        add(bare, true);
        if let Ok(found) = dial::parse(&international, None, PhoneCheck::Valid) {
            add(&format!("{}{}", found.code, found.national), true);
        }
    } else if let Some(code) = code.strip_prefix('+') {
        add(&format!("{code}{dialled}"), true);
        add(&format!("{code}{bare}"), true);
        // A number that begins with its own code has it twice then.
        if bare.starts_with(code) {
            add(bare, true);
        }
    } else {
        add(bare, false);
        if let Some(found) =
            region.and_then(|region| dial::parse(&dialled, Some(region), PhoneCheck::Valid).ok())
        {
            add(&format!("{}{}", found.code, found.national), true);
        }
    }
    if forms.is_empty() { Err(NOT_COMPARABLE) } else { Ok(forms) }
}

const NOT_COMPARABLE: Fault =
    ("has too few or too many digits to be compared", "correct the number");

/// Numbers, sorted by their last digits.
#[derive(Debug, Default)]
pub(super) struct Phones(Vec<Form>);

impl Phones {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, form: Form) {
        self.0.push(form);
    }

    pub(super) fn finish(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Whether one of them may be this number. Two whose country code is known are the same if all digits are; of others
    /// one has to end with the other.
    pub(super) fn may_hold(&self, number: Form) -> bool {
        let length = number.len();
        let is_open = !number.is_complete();
        self.has(number.digits())
            || self.has(number.digits() | 1)
            || (is_open && self.has_longer(number))
            || (FEWEST..length).any(|count| {
                let tail = number.tail(count);
                self.has(tail) || (is_open && self.has(tail | 1))
            })
    }

    fn has(&self, packed: u64) -> bool {
        self.0.binary_search(&Form(packed)).is_ok()
    }

    /// Whether one of them ends with these digits.
    fn has_longer(&self, number: Form) -> bool {
        let from = self.0.partition_point(|form| form.0 < number.digits());
        self.0.get(from).is_some_and(|form| form.tail(number.len()) == number.digits())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn phones(written: &[&str]) -> Phones {
        let mut phones = Phones::default();
        for written in written {
            forms(written, "", None).unwrap().into_iter().for_each(|form| phones.add(form));
        }
        phones.finish();
        phones
    }

    fn meet(listed: &str, written: &str, code: &str) -> bool {
        let forms = forms(written, code, None).unwrap();
        forms.iter().any(|form| phones(&[listed]).may_hold(*form))
    }

    #[test]
    fn spellings_of_one_number_meet() {
        for listed in [
            "+91 98123 45678",
            "0091-98123-45678",
            "+91 (0)98123 45678",
            "919812345678",
            "9812345678",
            "098123 45678",
            "(98123) 45678",
        ] {
            assert!(meet(listed, "9812345678", "+91"), "{listed}");
            assert!(meet(listed, "98123 45678", "+91"), "{listed}");
            assert!(meet(listed, "+919812345678", ""), "{listed}");
            assert!(meet(listed, "919812345678", "+91"), "{listed}");
            assert!(meet(listed, "9812345678", ""), "{listed}");
        }
    }

    #[test]
    fn other_numbers_do_not() {
        assert!(!meet("+91 98123 45678", "9812345679", "+91"));
        assert!(!meet("+91 98123 45678", "9812345678", "+44"));
        assert!(!meet("+1 212 555 0100", "2125550100", "+591"));
        assert!(!meet("98123 45678", "812345678", "+91"));
    }

    #[test]
    fn a_number_of_few_digits_is_none_without_its_country() {
        assert!(forms("12345", "", None).is_err() && forms("12345", "+290", None).is_ok());
    }

    proptest! {
        #[test]
        fn a_number_is_found_by_whatever_end_of_it_is_known(
            numbers in proptest::collection::vec("[1-9][0-9]{6,14}", 1..20), cut in 0..9_usize,
        ) {
            let mut held = Phones::default();
            for number in &numbers {
                held.add(Form::new(number, true).unwrap());
            }
            held.finish();
            for number in &numbers {
                let tail = &number[cut.min(number.len() - 7)..];
                prop_assert!(held.may_hold(Form::new(tail, false).unwrap()));
                prop_assert!(held.may_hold(Form::new(number, true).unwrap()));
            }
            let mut other = numbers[0].clone();
            let last = other.pop().unwrap();
            other.push(if last == '9' { '0' } else { char::from(last as u8 + 1) });
            let is_there = numbers.contains(&other);
            prop_assert_eq!(held.may_hold(Form::new(&other, true).unwrap()), is_there);
        }
    }
}
