//! Phone numbers as people write them, through the phone-number library.
//!
//! The library is handed digits only: it would drop what it does not know from either end of a
//! text, and nothing may be dropped.

use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{ParseError, country};

use crate::model::settings::PhoneCheck;

use super::damage::Fault;
use super::date::is_date;
use super::digits;
use super::pattern::{KINDS, is_match};
use super::text::{is_float, is_padding, is_scientific, trim};

pub(super) const TOO_MANY_DIGITS: Fault =
    ("has too many digits", "phone numbers have at most 15 digits");

/// A number by country code and national digits.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// 91 for `+91`.
    pub(super) code: u16,
    /// Digits only; leading zeros that belong to the number stay.
    pub(super) national: String,
}

/// A written number as `+` and digits, or digits alone.
pub(super) fn text(written: &str) -> Result<String, Fault> {
    if is_scientific(written) || is_float(written) || is_fraction(written) {
        return Err((
            "was spoilt by a spreadsheet, which took it for a number",
            "export the column again as text",
        ));
    }
    if written.chars().any(char::is_alphabetic) {
        return Err(lettered(written));
    }
    if is_date(digits::ascii(trim(written)).as_ref()) {
        return Err(("is a date", "give a phone number; is it the right column?"));
    }
    let mut dialled = String::with_capacity(written.len());
    for c in digits::ascii(written).chars() {
        match c {
            '+' | '＋' if dialled.is_empty() => dialled.push('+'),
            '+' | '＋' => {
                return Err(("has a `+` inside", "the `+` is before the country code"));
            }
            '0'..='9' => dialled.push(c),
            _ if is_filler(c) => {}
            _ => {
                let rule =
                    "one number: digits, spaces and - . / ( ), with `+` before the country code";
                return Err(("has characters that are no part of a number", rule));
            }
        }
    }
    if dialled.is_empty() || dialled == "+" {
        return Err(("has no digits", "a phone number is needed"));
    }
    Ok(dialled)
}

/// `981234567.5`, `0.981234`: nobody writes one or two digits behind a point, or a zero before it.
fn is_fraction(written: &str) -> bool {
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    trim(written).split_once('.').is_some_and(|(whole, rest)| {
        let is_rest = matches!(rest.len(), 1 | 2) && whole.len() > 4;
        !whole.is_empty() && is_digits(whole) && is_digits(rest) && (is_rest || whole == "0")
    })
}

/// What people put between digits.
fn is_filler(c: char) -> bool {
    is_padding(c)
        || matches!(c, '-' | '.' | '/' | '(' | ')' | '[' | ']' | '（' | '）' | '－')
        || matches!(c, '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn lettered(written: &str) -> Fault {
    let lower = written.to_lowercase();
    let after_x = lower.rsplit_once('x').map(|(_, digits)| digits.trim());
    let is_extension = lower.contains("ext")
        || after_x.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    if is_extension {
        ("has a telephone extension", "the API has no field for it: take it off")
    } else {
        ("has letters", "a phone number is digits")
    }
}

/// Reads `+` and digits, or digits as dialled in a region, and checks the numbering plan.
///
/// What is a number unchanged is taken so, then without its trunk prefix; the library finds the
/// rarer forms (prefixes for calls abroad, carriers, a country code without its `+`).
pub(super) fn parse(
    dialled: &str,
    region: Option<country::Id>,
    check: PhoneCheck,
) -> Result<Found, Fault> {
    const RULE: &str = "correct the number";
    if dialled.len() > LONGEST_DIALLED {
        return Err(TOO_MANY_DIGITS);
    }
    let unchanged = match (dialled.strip_prefix('+'), region) {
        (Some(digits), _) => by_code(digits).ok_or(NO_SUCH_COUNTRY).map(Some)?,
        (None, Some(region)) => DATABASE
            .by_id(region.as_ref())
            .map(|plan| Found { code: plan.country_code(), national: dialled.to_owned() }),
        (None, None) => None,
    };
    let readings = unchanged.iter().flat_map(|found| [Some(found.clone()), found.untrunked()]);
    if let Some(found) = readings.flatten().find(Found::exists) {
        return Ok(found);
    }
    let number = phonenumber::parse(region, dialled).map_err(|error| match error {
        ParseError::InvalidCountryCode => NO_SUCH_COUNTRY,
        ParseError::TooLong => TOO_MANY_DIGITS,
        _ => (unchanged.as_ref().map_or("has too few digits", Found::problem), RULE),
    })?;
    let found = Found { code: number.code().value(), national: number.national().to_string() };
    match found.problem() {
        _ if found.exists() => Ok(found),
        NOT_LISTED if check == PhoneCheck::Possible => Ok(found),
        // Only where it is sure which country is meant is its length any sign.
        NOT_LISTED if dialled.starts_with('+') => Err((
            NOT_LISTED,
            "correct the number; `[phone] check = \"possible\"` takes it by its length",
        )),
        NOT_LISTED => Err((NOT_LISTED, "correct it, or write it with `+` and its country code")),
        problem => Err((problem, RULE)),
    }
}

const NOT_LISTED: &str = "is in no number range of its country";

const NO_SUCH_COUNTRY: Fault = ("has a country code that does not exist", "correct the number");

/// Digits of a number, its country code and every dialling prefix together.
const LONGEST_DIALLED: usize = 24;

/// The country of which digits are a number, were there a `+` in front.
pub(super) fn country_of(digits: &str) -> Option<u16> {
    by_code(digits).filter(Found::exists).map(|found| found.code)
}

/// Splits digits after a `+` at the country code, of which none is the beginning of another.
fn by_code(digits: &str) -> Option<Found> {
    (1..=3).find_map(|length| {
        let code = digits.get(..length)?.parse().ok()?;
        DATABASE.by_code(&code)?;
        Some(Found { code, national: digits[length..].to_owned() })
    })
}

impl Found {
    /// The same without the trunk prefix of its country, such as the 0 before an area code. Taken
    /// off here once: the library takes it off twice where the rest begins with it too.
    fn untrunked(&self) -> Option<Self> {
        let plans = DATABASE.by_code(&self.code)?;
        let prefix = plans.iter().find_map(|plan| plan.national_prefix())?;
        let national = self.national.strip_prefix(prefix)?.to_owned();
        Some(Self { code: self.code, national })
    }

    /// The national digits after a country code as `+91`; also after one that is written with the
    /// first digits of the number, as `+1868` for a part of `+1`. `None` if it is another country's.
    pub(super) fn after(self, code: &str) -> Option<String> {
        let more = code.strip_prefix('+')?.strip_prefix(&self.code.to_string())?;
        self.national.strip_prefix(more).filter(|rest| !rest.is_empty()).map(str::to_owned)
    }

    /// Whether its country has such a number.
    fn exists(&self) -> bool {
        let plans = DATABASE.by_code(&self.code).unwrap_or_default();
        plans.iter().map(|plan| plan.descriptors()).any(|numbers| {
            is_match(numbers.general(), &self.national)
                && KINDS
                    .iter()
                    .filter_map(|kind| numbers.get(*kind))
                    .any(|kind| is_match(kind, &self.national))
        })
    }

    /// What is wrong with a number that its country does not have.
    fn problem(&self) -> &'static str {
        let plans = DATABASE.by_code(&self.code).unwrap_or_default();
        let lengths = plans
            .iter()
            .flat_map(|plan| KINDS.iter().filter_map(|kind| plan.descriptors().get(*kind)))
            .flat_map(Descriptor::possible_length);
        let digits = u16::try_from(self.national.len()).unwrap_or(u16::MAX);
        let mut shortest = u16::MAX;
        let mut longest = 0;
        for length in lengths {
            shortest = shortest.min(*length);
            longest = longest.max(*length);
        }
        if digits < shortest {
            "has too few digits for its country"
        } else if digits > longest {
            "has too many digits for its country"
        } else {
            NOT_LISTED
        }
    }
}

/// `+91` for `91`, `0091`, `(+91)`, `+1-868` or the region `IN`.
pub(super) fn country_code(written: &str) -> Option<String> {
    if let [b'A'..=b'Z', b'A'..=b'Z'] = written.as_bytes() {
        return DATABASE.by_id(written).map(|plan| format!("+{}", plan.country_code()));
    }
    let dialled = text(written).ok()?;
    let digits = dialled.trim_start_matches('+');
    let digits = digits.strip_prefix("00").unwrap_or(digits);
    let is_code = (1..=4).contains(&digits.len()) && !digits.starts_with('0');
    is_code.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_codes_are_understood_in_their_usual_spellings() {
        for written in ["91", "0091", "+ 91", "(+91)", "IN"] {
            assert_eq!(country_code(written).as_deref(), Some("+91"), "{written}");
        }
        assert_eq!(country_code("+1-868").as_deref(), Some("+1868"));
        for bad in ["India", "0", "+", "+91234", "ZZ", "9.1E+1"] {
            assert_eq!(country_code(bad), None, "{bad}");
        }
    }
}
