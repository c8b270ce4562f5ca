//! The value of one cell as the person sees it.

use std::fmt::Write;
use std::time::Duration;

use calamine::{Data, DataRef, ExcelDateTime};

use super::number_format::{Format, Look};

/// What a shown value was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Text,
    Number,
    Fraction,
    Date,
    Boolean,
    Error,
    /// Its number format shows something else than the cell holds.
    Formatted,
}

/// Errors as text: what `OpenDocument` keeps of them, and what is left when one was pasted as a value.
const ERRORS: [&str; 10] = [
    "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#DATA!",
];

/// Days of the dates that Excel knows: 1900 to 9999.
const DAYS: std::ops::Range<f64> = 0.0..2_958_466.0;

/// Appends what a cell holds, with the zeros that its format shows in front; `None` for an empty one.
pub(super) fn show(value: &DataRef<'_>, format: &Format, out: &mut String) -> Option<Shown> {
    match value {
        DataRef::Empty => None,
        DataRef::String(text) => show_text(text, format, out),
        DataRef::SharedString(text) => show_text(text, format, out),
        DataRef::Bool(value) => {
            out.push_str(if *value { "TRUE" } else { "FALSE" });
            Some(Shown::Boolean)
        }
        #[expect(clippy::cast_precision_loss, reason = "a cell's numbers are f64 in every program")]
        DataRef::Int(number) => Some(show_number(*number as f64, format, out)),
        DataRef::Float(number) => Some(show_number(*number, format, out)),
        DataRef::DateTime(date) if DAYS.contains(&date.as_f64()) => Some(show_date(date, out)),
        // Not a date that Excel could show: it fills the cell with `#`.
        DataRef::DateTime(date) => {
            Some(show_number(date.as_f64(), &Format::Fixed(Look::Other), out))
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            out.push_str(text);
            (!text.is_empty()).then_some(Shown::Date)
        }
        DataRef::Error(error) => {
            write!(out, "{error}").expect("a String takes any text");
            Some(Shown::Error)
        }
    }
}

/// A value as calamine's other readers have it.
pub(super) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(date) => DataRef::DateTime(*date),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// `A`, `Z`, `AA`: a column's letters, from 0.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn show_text(text: &str, format: &Format, out: &mut String) -> Option<Shown> {
    out.push_str(text);
    if text.is_empty() {
        None
    } else if ERRORS.contains(&text) || text.strip_prefix("Err:").is_some_and(is_digits) {
        Some(Shown::Error)
    } else if format.changes_text() {
        Some(Shown::Formatted)
    } else {
        Some(Shown::Text)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Never an exponent; the shortest digits that make the same number again.
fn show_number(number: f64, format: &Format, out: &mut String) -> Shown {
    // A negative zero is shown without its sign.
    let number = if number == 0.0 { 0.0 } else { number };
    let look = format.number(number);
    let zeros = if let Look::Zeros(zeros) = look { zeros } else { 0 };
    write!(out, "{number:0zeros$}").expect("a String takes any text");
    match look {
        Look::Other => Shown::Formatted,
        _ if number.fract() == 0.0 => Shown::Number,
        _ => Shown::Fraction,
    }
}

fn show_date(date: &ExcelDateTime, out: &mut String) -> Shown {
    let days = date.as_f64();
    if date.is_duration() {
        let seconds = Duration::from_secs_f64((days * 86_400.0).round()).as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(out, "{hours}:{minutes:02}:{seconds:02}").expect("a String takes any text");
        return Shown::Date;
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let has_date = days >= 1.0;
    let has_time = (hour, minute, second, milli) != (0, 0, 0, 0);
    if has_date {
        write!(out, "{year:04}-{month:02}-{day:02}").expect("a String takes any text");
    }
    if has_date && has_time {
        out.push('T');
    }
    if has_time || !has_date {
        write!(out, "{hour:02}:{minute:02}:{second:02}").expect("a String takes any text");
    }
    if milli > 0 {
        write!(out, ".{milli:03}").expect("a String takes any text");
    }
    Shown::Date
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};
    use calamine::{CellErrorType, DataRef, ExcelDateTime};

    use super::*;

    fn shown(value: &DataRef<'_>) -> String {
        let mut out = String::new();
        let kind = show(value, &Format::PLAIN, &mut out);
        kind.map_or_else(|| "nothing".into(), |kind| format!("{kind:?} {out}"))
    }

    #[test]
    fn values_are_shown_as_a_person_sees_them() {
        let date = |days, kind| DataRef::DateTime(ExcelDateTime::new(days, kind, false));
        let cases = [
            (DataRef::Float(9_812_345_678.0), "Number 9812345678"),
            (DataRef::Float(6.96e23), "Number 696000000000000000000000"),
            (DataRef::Float(-0.0), "Number 0"),
            (DataRef::Float(0.1), "Fraction 0.1"),
            (DataRef::Int(-7), "Number -7"),
            (DataRef::SharedString("007"), "Text 007"),
            (DataRef::SharedString("#REF!"), "Error #REF!"),
            (DataRef::SharedString("Err:502"), "Error Err:502"),
            (DataRef::SharedString(""), "nothing"),
            (DataRef::Empty, "nothing"),
            (DataRef::Bool(true), "Boolean TRUE"),
            (DataRef::Error(CellErrorType::Div0), "Error #DIV/0!"),
            (date(45_322.0, DateTime), "Date 2024-01-31"),
            (date(45_322.541, DateTime), "Date 2024-01-31T12:59:02.400"),
            (date(0.75, DateTime), "Date 18:00:00"),
            (date(1.5, TimeDelta), "Date 36:00:00"),
            (date(-3.0, DateTime), "Formatted -3"),
            (date(1e10, DateTime), "Formatted 10000000000"),
            (DataRef::DateTimeIso("2024-01-31".into()), "Date 2024-01-31"),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(&value), expected);
        }
    }

    #[test]
    fn what_a_format_shows_counts() {
        let held = |number, format| {
            let mut out = String::new();
            let shown = show(&DataRef::Float(number), &Format::of(format), &mut out);
            format!("{:?} {out}", shown.unwrap())
        };
        assert_eq!(held(981_234_567.0, "0000000000"), "Number 0981234567");
        assert_eq!(held(42.0, "General"), "Number 42");
        assert_eq!(held(4.5, "0.0"), "Fraction 4.5");
        assert_eq!(held(20_000_017.0, "\"0151\"00000000"), "Formatted 20000017");
        let mut out = String::new();
        let text = DataRef::SharedString("15120000017");
        assert_eq!(show(&text, &Format::of("\"+49\"@"), &mut out), Some(Shown::Formatted));
    }

    #[test]
    fn columns_are_lettered() {
        assert_eq!(
            [0, 25, 26, 701, 702, 16_383].map(letters),
            ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
        );
    }
}
