//! Phone numbers as they are compared: all digits, country code first.

/// A number in full: country code and national number, at most 15 digits (E.164).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u64);

/// It is contact data: a debug print shows nothing of it.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// The most digits of a number.
const MOST: usize = 15;

impl Phone {
    /// The number of a row: `+91` and national digits.
    pub fn of_row(code: &str, national: &str) -> Option<Self> {
        Self::of_digits(&format!("{}{}", code.trim_start_matches('+'), national))
    }

    /// The numbers that a contact's `cellPhone` may mean, as the server shows it: one as a rule; two where digits without
    /// a plus begin with those of the country code; none where there is no country code.
    pub fn of_contact(code: &str, number: &str) -> Vec<Self> {
        let (code, shown) = (dialled(code), dialled(number));
        let code = code.trim_start_matches('+');
        let with_code = || Self::of_digits(&format!("{code}{shown}"));
        let readings = match shown.trim_start_matches('+') {
            digits if digits.len() < shown.len() => [Self::of_digits(digits), None],
            "" => [None, None],
            _ if code.is_empty() => [None, None],
            digits if digits.starts_with(code) => [with_code(), Self::of_digits(digits)],
            _ => [with_code(), None],
        };
        readings.into_iter().flatten().collect()
    }

    fn of_digits(digits: &str) -> Option<Self> {
        let is_number =
            (1..=MOST).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number && !digits.starts_with('0')).map(Self)
    }

    /// As an index stores it.
    pub fn number(self) -> i64 {
        self.0.cast_signed()
    }
}

/// The digits, with the plus in front; nothing where anything is there that no number is written with.
fn dialled(text: &str) -> String {
    let is_written = text.chars().all(|c| c.is_ascii_digit() || " +-./()\u{a0}".contains(c));
    match is_written {
        true => text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, number: &str) -> Vec<i64> {
        Phone::of_contact(code, number).into_iter().map(Phone::number).collect()
    }

    #[test]
    fn a_row_and_a_contact_have_the_same_number_however_it_is_written() {
        let row = Phone::of_row("+91", "9876500000").unwrap();
        assert_eq!(row.number(), 919_876_500_000);
        for (code, number) in [
            ("+91", "+919876500000"),
            ("91", "9876500000"),
            ("+91", "98765 00000"),
            ("", "+91 98765-00000"),
        ] {
            assert_eq!(of(code, number), [919_876_500_000], "{code} {number}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_two_numbers() {
        assert_eq!(of("+1", "12015550039"), [112_015_550_039, 12_015_550_039]);
        assert_eq!(of("+91", "919876500000"), [91_919_876_500_000, 919_876_500_000]);
    }

    #[test]
    fn what_is_no_number_is_none() {
        for (code, number) in [
            ("", "9876500000"),
            ("+91", ""),
            ("+91", "98765x"),
            ("+91", "+"),
            ("+91", "12345678901234"),
        ] {
            assert_eq!(of(code, number), Vec::<i64>::new(), "{code} {number}");
        }
        assert_eq!(Phone::of_row("+91", "n/a"), None);
        assert_eq!(format!("{:?}", Phone::of_row("+91", "1")), "Some(Phone(…))");
    }
}
