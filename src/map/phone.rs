//! The `cellPhone` of a contact: what the API wants is national digits, `+` and country code, and
//! a dialing prefix (docs/kore-api.md, "Fields of a contact").
//!
//! Clean values pass as they are. Nothing is guessed: what can be read in two ways is a defect.

use std::borrow::Cow;

use phonenumber::country;

use crate::model::settings::PhoneCheck;

use super::changes::ChangeKind;
use super::check::Check;
use super::damage::Fault;
use super::dial;
use super::digits;
use super::error::MapError;
use super::field::Field;
use super::prefix;
use super::value::{Kind, Value};

/// The `cellPhone` object, checked. Blank values have a defect.
#[derive(Default)]
pub(super) struct CellPhone<'r> {
    pub(super) extension: Cow<'r, str>,
    pub(super) number: Cow<'r, str>,
    pub(super) code: Cow<'r, str>,
}

/// The most digits that E.164 knows, and that a spreadsheet keeps.
const MOST_DIGITS: usize = 15;

/// Checks the three fields together.
pub(super) fn cell_phone<'r>(
    check: &mut Check,
    region: Option<country::Id>,
    number: Value<'r>,
    code: Value<'r>,
    extension: Value<'r>,
) -> CellPhone<'r> {
    let (number_kind, code_kind) = (number.kind, code.kind);
    let number = check.text(Field::PhoneNumber, number);
    let code = check.text(Field::CountryCode, code).and_then(|code| country_code(check, code));
    let is_code_given = code.as_ref().is_none_or(|code| !code.is_empty());
    let mut phone = CellPhone::default();
    match (number, code) {
        (Some(number), _) if number.is_empty() => {
            check.blank(Field::PhoneNumber, number_kind);
            if !is_code_given {
                check.blank(Field::CountryCode, code_kind);
            }
        }
        (Some(number), _) if number_kind == Kind::NumberCell && too_long(&number) => {
            let rule = "a spreadsheet keeps 15 digits: format the column as text";
            check.defect(Field::PhoneNumber, "is a number of more than 15 digits", rule);
        }
        (Some(number), Some(code)) => {
            match split(&digits::ascii(&number), &code, region, check.settings.phone_check) {
                Ok(split) => phone = split.apply(check, number, code),
                Err((problem, rule)) => check.defect(Field::PhoneNumber, problem, rule),
            }
        }
        (Some(number), None) => {
            if let Err((problem, rule)) = dial::text(&number) {
                check.defect(Field::PhoneNumber, problem, rule);
            }
        }
        (None, _) => {}
    }
    phone.extension = prefix::prefix(check, extension, &phone.code);
    phone
}

/// A region by its code of two letters.
pub(super) fn region(code: &str) -> Result<country::Id, MapError> {
    code.to_ascii_uppercase().parse().map_err(|_| {
        MapError::new(
            format!("phone.region: `{code}` is not a region"),
            "regions are ISO 3166 codes of two letters, such as `IN`",
        )
    })
}

/// A country code that is given without a number.
pub(super) fn code<'r>(check: &mut Check, value: Value<'r>) -> Cow<'r, str> {
    let code = check.required(Field::CountryCode, value);
    country_code(check, code).unwrap_or_default()
}

fn too_long(number: &str) -> bool {
    number.bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS
}

/// What was made of a phone number.
#[derive(Debug, PartialEq, Eq)]
struct Split {
    /// `None` where the one that was given stays.
    code: Option<String>,
    national: String,
}

impl Split {
    fn apply<'r>(
        self,
        check: &mut Check,
        number: Cow<'r, str>,
        code: Cow<'r, str>,
    ) -> CellPhone<'r> {
        let number = if self.national == number {
            number
        } else {
            check.change(Field::PhoneNumber, ChangeKind::Phone, &number, &self.national);
            Cow::Owned(self.national)
        };
        let code = match self.code {
            Some(made) => {
                check.change(Field::CountryCode, ChangeKind::CountryFromPhone, "", &made);
                Cow::Owned(made)
            }
            None => code,
        };
        CellPhone { extension: Cow::Borrowed(""), number, code }
    }
}

/// Splits a number that is not blank; `code` is `+91` or blank.
fn split(
    number: &str,
    code: &str,
    region: Option<country::Id>,
    check: PhoneCheck,
) -> Result<Split, Fault> {
    let is_digits = number.bytes().all(|b| b.is_ascii_digit());
    if is_digits && !code.is_empty() && !number.starts_with("00") {
        if too_long(number) {
            return Err(dial::TOO_MANY_DIGITS);
        }
        let national = plain(number, code, check)?;
        return Ok(Split { code: None, national });
    }
    let dialled = dial::text(number)?;
    let international = dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00"));
    // A number of another country, without its `+`, is not taken for one of this country by its length.
    let is_foreign = international.is_none() && dial::country_of(&dialled).is_some();
    let parse = |dialled: &str, region| match is_foreign {
        true => dial::parse(dialled, region, PhoneCheck::Valid).map_err(with_plus),
        false => dial::parse(dialled, region, check),
    };
    let found = match (international, region) {
        (Some(digits), _) if is_echo(number, digits, code) => {
            let national = digits[code.len() - 1..].to_owned();
            return Ok(Split { code: None, national });
        }
        // `00` is dialled abroad nearly everywhere, but not everywhere: the region goes first.
        (Some(digits), Some(_)) if dialled.starts_with("00") => {
            parse(&dialled, region).or_else(|_| parse(&format!("+{digits}"), None))?
        }
        (Some(digits), _) => parse(&format!("+{digits}"), None)?,
        (None, _) if !code.is_empty() => parse(&format!("{code}{dialled}"), None)?,
        (None, Some(_)) => parse(&dialled, region)?,
        (None, None) => return Err(NO_COUNTRY),
    };
    if code.is_empty() {
        let code = Some(format!("+{}", found.code));
        return Ok(Split { code, national: found.national });
    }
    let national = found.after(code).ok_or(OTHER_COUNTRY)?;
    Ok(Split { code: None, national })
}

/// Digits beside their country code `+49`, as they are, except where they may begin with what is no part of the number (a
/// trunk prefix, the country code again, another one), or are too few or too many for most countries. One number would
/// be two, else.
fn plain(number: &str, code: &str, check: PhoneCheck) -> Result<String, Fault> {
    let again = code.strip_prefix('+').is_some_and(|code| number.starts_with(code));
    let is_usual = USUAL_LENGTHS.contains(&number.len());
    let is_doubtful = again || number.starts_with('0') || !is_usual;
    if !is_doubtful {
        return Ok(number.to_owned());
    }
    let read = |dialled: String, check| {
        dial::parse(&dialled, None, check).ok().and_then(|found| found.after(code))
    };
    let without = again.then(|| read(format!("+{number}"), PhoneCheck::Valid)).flatten();
    match (read(format!("{code}{number}"), PhoneCheck::Valid), without) {
        (Some(one), Some(other)) if one != other => Err(TWO_READINGS),
        (Some(national), _) | (None, Some(national)) => Ok(national),
        (None, None) if dial::country_of(number).is_some() => Err(with_plus(NOT_ITS_OWN)),
        (None, None) if again && is_usual => Ok(number.to_owned()),
        (None, None) if number.starts_with('0') => {
            read(format!("{code}{number}"), check).ok_or(NO_TRUNK)
        }
        (None, None) => {
            let found = dial::parse(&format!("{code}{number}"), None, check)?;
            found.after(code).ok_or(OTHER_COUNTRY)
        }
    }
}

/// Digits of a national number, in most countries; where the library is not asked.
const USUAL_LENGTHS: std::ops::RangeInclusive<usize> = 7..=10;

const NOT_ITS_OWN: Fault = ("is no number of its country", "");

/// The remedy for digits that are a number of some country with a `+` in front.
const fn with_plus((problem, _): Fault) -> Fault {
    (problem, "it seems to begin with a country code: write it with `+` and its country code")
}

const TWO_READINGS: Fault = (
    "begins with its country code, and is a number with and without it",
    "write it with `+` and its country code",
);

const NO_TRUNK: Fault =
    ("begins with 0, and is in no number range of its country", "correct the number");

const NO_COUNTRY: Fault = (
    "has no country code",
    "give a column of country codes; where all numbers are of one country, name it: `[phone] region` or `--region IN`",
);

const OTHER_COUNTRY: Fault = (
    "begins with another country code than the one given",
    "correct one of them; without a constant, `[phone] region` keeps the number's own",
);

/// Whether the number is written as answers of the API carry it: `+`, country code and digits, nothing
/// between them. It was the server's own once, so no range is checked.
fn is_echo(number: &str, digits: &str, code: &str) -> bool {
    let bare = number.strip_prefix('+').or_else(|| number.strip_prefix("00"));
    let is_bare = bare == Some(digits);
    let national = code.strip_prefix('+').and_then(|code| digits.strip_prefix(code));
    is_bare && national.is_some_and(|national| !national.is_empty() && !too_long(digits))
}

/// A country code as `+91`; blank stays blank, `None` has a defect now.
fn country_code<'r>(check: &mut Check, text: Cow<'r, str>) -> Option<Cow<'r, str>> {
    if text.is_empty() || is_country_code(&text) {
        return Some(text);
    }
    let Some(spelt) = dial::country_code(&digits::ascii(&text)) else {
        let rule = "it is `+` and up to four digits, such as `+91`";
        check.defect(Field::CountryCode, "is not a country code", rule);
        return None;
    };
    check.change(Field::CountryCode, ChangeKind::CountryCode, &text, &spelt);
    Some(Cow::Owned(spelt))
}

/// `+` and one to four digits, the first not 0 (`+1868` is written for a part of `+1`).
fn is_country_code(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=4).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(number: &str, code: &str, region: Option<country::Id>) -> String {
        match split(&digits::ascii(number), code, region, PhoneCheck::Valid) {
            Ok(split) => {
                let code = split.code.unwrap_or_else(|| code.to_owned());
                format!("{code} {}", split.national)
            }
            Err((problem, _)) => problem.to_owned(),
        }
    }

    #[test]
    fn clean_digits_with_a_country_code_pass_as_they_are() {
        assert_eq!(read("2445600001", "+91", None), "+91 2445600001");
        assert_eq!(read("1234567890123456", "+91", None), "has too many digits");
    }

    #[test]
    fn what_is_dialled_in_front_of_digits_is_no_part_of_them() {
        assert_eq!(read("015120000031", "+49", None), "+49 15120000031");
        assert_eq!(read("09876500000", "+91", None), "+91 9876500000");
        assert_eq!(read("919876500000", "+91", None), "+91 9876500000");
        assert_eq!(read("12015550123", "+1", None), "+1 2015550123");
        assert_eq!(
            read("9123456789", "+91", None),
            "+91 9123456789",
            "91 begins the number itself"
        );
        assert_eq!(read("0669812345", "+39", None), "+39 0669812345", "the zero belongs to it");
        assert_eq!(
            read("0110", "+49", None),
            "begins with 0, and is in no number range of its country"
        );
        for short in ["1", "91", "110"] {
            assert_eq!(read(short, "+91", None), "has too few digits for its country");
        }
        let foreign = "is no number of its country";
        assert_eq!(read("447400000338", "+91", None), foreign);
        assert_eq!(read("4915120000337", "+91", None), foreign);
        assert_eq!(read("13812345678", "+86", None), "+86 13812345678");
    }

    #[test]
    fn numbers_as_answers_carry_them_are_stripped() {
        assert_eq!(read("+912445600001", "+91", None), "+91 2445600001");
        assert_eq!(read("00912445600001", "+91", None), "+91 2445600001");
        let other = "begins with another country code than the one given";
        assert_eq!(read("+919812345678", "+44", None), other);
    }

    #[test]
    fn written_numbers_are_split() {
        for (number, region) in [
            ("+91 98123 45678", None),
            ("(+91) 98123-45678", None),
            ("0091 98123 45678", None),
            ("0091 98123 45678", Some(country::US)),
            ("(981) 234-5678", Some(country::IN)),
            ("098123 45678", Some(country::IN)),
            ("9812345678", Some(country::IN)),
            ("+91 (0)98123 45678", Some(country::US)),
            ("+91 98123 45678", Some(country::US)),
            ("０９８１２３　４５６７８", Some(country::IN)),
        ] {
            assert_eq!(read(number, "", region), "+91 9812345678", "{number}");
        }
        assert_eq!(read("98123 45678", "+91", None), "+91 9812345678");
        assert_eq!(read("098123 45678", "+91", None), "+91 9812345678");
        assert_eq!(read("+39 06 698 12345", "", None), "+39 0669812345");
        assert_eq!(read("+1 868 622 1234", "+1868", None), "+1868 6221234");
        assert_eq!(read("622-1234", "+1868", None), "+1868 6221234");
        // An 8 begins trunk calls there, and this number.
        assert_eq!(read("+7 800 555 35 35", "", None), "+7 8005553535");
        assert_eq!(read("8 (800) 555-35-35", "", Some(country::RU)), "+7 8005553535");
    }

    #[test]
    fn numbers_that_cannot_be_read_say_why() {
        for (number, problem) in [
            ("9812345678", "has no country code"),
            ("98123 45678", "has no country code"),
            ("+91 98123", "has too few digits for its country"),
            ("+91 98123 45678 9012", "has too many digits for its country"),
            ("+91 00000 00000", "is in no number range of its country"),
            ("+91 12345 67890 1", "is in no number range of its country"),
            ("+999 98123 45678", "has a country code that does not exist"),
            ("call me", "has letters"),
            ("+91 98123 45678 ext. 12", "has a telephone extension"),
            ("+91 98123 45678; +91 98123 45679", "has characters that are no part of a number"),
            ("9.81E+09", "was spoilt by a spreadsheet, which took it for a number"),
            ("9812345678.0", "was spoilt by a spreadsheet, which took it for a number"),
            ("98+12", "has a `+` inside"),
            ("()", "has no digits"),
        ] {
            assert_eq!(read(number, "", None), problem, "{number}");
        }
    }

    #[test]
    fn digits_of_other_scripts_are_read_as_ascii() {
        for number in ["٩٨١٢٣٤٥٦٧٨", "९८१२३४५६७८", "９８１２３４５６７８", "+٩١ ٩٨١٢٣ ٤٥٦٧٨"]
        {
            assert_eq!(read(number, "+91", None), "+91 9812345678", "{number}");
        }
    }

    #[test]
    fn a_number_that_no_plan_lists_is_taken_by_its_length_where_that_is_asked_for() {
        let read = |number: &str, check| {
            split(number, "", None, check)
                .map(|split| split.national)
                .map_err(|(problem, _)| problem)
        };
        let unlisted = "+91 00000 00000";
        assert_eq!(read(unlisted, PhoneCheck::Valid), Err("is in no number range of its country"));
        assert_eq!(read("+1 (555) 123-4567", PhoneCheck::Possible), Ok("5551234567".to_owned()));
        assert_eq!(
            read("+91 98123", PhoneCheck::Possible),
            Err("has too few digits for its country")
        );
        assert_eq!(
            read("+999 98123", PhoneCheck::Possible),
            Err("has a country code that does not exist")
        );
        assert_eq!(read("+91 (0)98123 45678", PhoneCheck::Possible), Ok("9812345678".to_owned()));
    }

    fn regions() -> impl Strategy<Value = Option<country::Id>> {
        proptest::option::of(proptest::sample::select(vec![
            country::IN,
            country::US,
            country::AR,
            country::BR,
            country::MX,
            country::JP,
            country::IT,
            country::DE,
            country::AG,
            country::RU,
        ]))
    }

    proptest! {
        #[test]
        fn any_text_gives_digits_or_a_fault(
            number in "\\PC{1,24}|[+0]?[0-9 ()/.-]{1,20}|\\+(54|55|52|1|7|375|39)[0-9 ]{4,12}",
            code in prop_oneof![Just(""), Just("+91"), Just("+1"), Just("+54")],
            region in regions(),
        ) {
            if let Ok(split) = split(&number, code, region, PhoneCheck::Valid) {
                let national = split.national;
                prop_assert!(!national.is_empty() && national.len() <= MOST_DIGITS);
                prop_assert!(national.bytes().all(|b| b.is_ascii_digit()));
                let code = split.code.unwrap_or_else(|| code.to_owned());
                prop_assert!(is_country_code(&code));
            }
        }
    }
}
