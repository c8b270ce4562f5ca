//! Texts with units → numbers: `10s`, `730d`, `1MiB`, `50/min`, `5%`, `auto`, `300%`.
//!
//! Nothing is guessed: a number without its unit, or one that overflows, is a problem with an example.

use std::time::Duration;

use jiff::civil::Time;

use super::problem::Problem;
use crate::base;
use crate::model::settings::{Auto, DailyWindow, RateWindow, Tolerance};

/// `10s`, `500ms`, `1h30m`, `730d`.
pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    base::duration::duration(text).ok_or_else(|| {
        Problem::new(
            format!("`{text}` is not a duration"),
            "write a number and its unit: `500ms`, `10s`, `15m`, `1h30m`, `730d`",
        )
    })
}

/// A duration that has to be more than nothing.
pub(super) fn some_time(text: &str) -> Result<Duration, Problem> {
    match duration(text)? {
        Duration::ZERO => Err(Problem::new("must be more than 0", "write for example `10s`")),
        time => Ok(time),
    }
}

/// `1MiB`, `512KiB`, `2MB`, or plain bytes.
pub(super) fn bytes(text: &str) -> Result<u64, Problem> {
    let (number, unit) = text.split_at(digits(text));
    let each = match unit.trim() {
        "" | "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        "kB" | "KB" => Some(1_000),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        _ => None,
    };
    let size = each.zip(number.parse::<u64>().ok()).and_then(|(each, n)| n.checked_mul(each));
    size.ok_or_else(|| {
        Problem::new(
            format!("`{text}` is not a size"),
            "write bytes, or a number and its unit: `512KiB`, `1MiB`, `2MB`",
        )
    })
}

/// `50/min`, `1800/h`, `10/s`, `100/15m`.
pub(super) fn rate(text: &str) -> Result<RateWindow, Problem> {
    let window = || {
        let (permits, window) = text.split_once('/')?;
        let permits = permits.trim().parse().ok().filter(|permits| *permits > 0)?;
        let window = window.trim();
        // `50/min` is short for `50/1min`.
        let window = match window.starts_with(|c: char| c.is_ascii_digit()) {
            true => some_time(window).ok()?,
            false => some_time(&format!("1{window}")).ok()?,
        };
        Some(RateWindow { permits, window })
    };
    window().ok_or_else(|| {
        Problem::new(
            format!("`{text}` is not a rate"),
            "write requests per window: `50/min`, `1800/h`, `100/15m`",
        )
    })
}

/// `22:00-06:00`.
pub(super) fn window(text: &str) -> Result<DailyWindow, Problem> {
    let problem = |what: &str| {
        Problem::new(
            format!("`{text}` {what}"),
            "write the hours of the day in which may be sent: `22:00-06:00`, local time",
        )
    };
    let (from, until) = text
        .split_once(['-', '–'])
        .and_then(|(from, until)| Some((time_of_day(from)?, time_of_day(until)?)))
        .ok_or_else(|| problem("is not a window of the day"))?;
    if from == until {
        return Err(problem("begins when it ends"));
    }
    Ok(DailyWindow { from, until })
}

/// `06:00`; `24:00` is the midnight at a day's end.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |digits: &str| {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<i8>().ok())?
    };
    match (two(hour)?, two(minute)?) {
        (24, 0) => Some(Time::midnight()),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok(),
    }
}

/// [`rate`] for the sandbox's own options.
pub(crate) fn rate_window(text: &str) -> Result<RateWindow, String> {
    rate(text.trim()).map_err(Problem::sentence)
}

/// [`bytes()`] for the sandbox's own options.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    bytes(text.trim()).map_err(Problem::sentence)
}

/// A whole number within a range.
pub(super) fn number(text: &str, least: u64, most: u64) -> Result<u64, Problem> {
    let number = text.replace('_', "").parse::<u64>();
    match number {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ if most == u64::MAX => Err(Problem::new(
            format!("`{text}` is not a number"),
            format!("write a whole number from {least} on"),
        )),
        _ => Err(Problem::new(
            format!("`{text}` is not a number from {least} to {most}"),
            "write it in digits",
        )),
    }
}

/// `auto` or a number.
pub(super) fn auto(text: &str, most: u32) -> Result<Auto, Problem> {
    match text {
        "auto" => Ok(Auto::Auto),
        text => {
            let number = number(text, 1, most.into()).ok().and_then(|n| u32::try_from(n).ok());
            number.map(Auto::Fixed).ok_or_else(|| {
                Problem::new(
                    format!("`{text}` is neither `auto` nor a number from 1 to {most}"),
                    "`auto` finds a good one while running",
                )
            })
        }
    }
}

/// `300%` or `3.0` → 3.0.
pub(super) fn share(text: &str) -> Result<f64, Problem> {
    let (number, part) = match text.strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    share
        .map(|share| share / part)
        .ok_or_else(|| Problem::new(format!("`{text}` is not a share"), "write for example `300%`"))
}

/// A share of a whole: at most 1.
pub(super) fn part(text: &str) -> Result<f64, Problem> {
    share(text).ok().filter(|share| *share <= 1.0).ok_or_else(|| {
        Problem::new(format!("`{text}` is not a share of a whole"), "write `50%` or `0.5`")
    })
}

/// `3` or `5%`.
pub(super) fn tolerance(text: &str) -> Result<Tolerance, Problem> {
    let tolerance = if text.ends_with('%') {
        part(text).ok().map(Tolerance::Share)
    } else {
        number(text, 0, u64::MAX).ok().map(Tolerance::Count)
    };
    tolerance.ok_or_else(|| {
        Problem::new(
            format!("`{text}` is neither a count nor a share"),
            "write a number of records, `3`, or a share of what was read, `5%`",
        )
    })
}

/// How many ASCII digits `text` starts with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Checks a name, which is a table in a file, and a part of a file's name.
pub(super) fn profile_name(text: &str) -> Result<String, Problem> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match (1..=64).contains(&text.len()) && text.chars().all(is_safe) {
        true => Ok(text.to_owned()),
        false => Err(Problem::new(
            "this is not the name of a profile",
            "a name has letters of ASCII, digits, `-` and `_`, such as `prod`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_carry_their_unit() {
        let seconds = |text| duration(text).unwrap().as_secs();
        assert_eq!(seconds("10s"), 10);
        assert_eq!(seconds("15m"), 900);
        assert_eq!(seconds("1h30m"), 5_400);
        assert_eq!(seconds("1h 30min"), 5_400);
        assert_eq!(seconds("730d"), 63_072_000);
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("0s").unwrap(), Duration::ZERO);
        assert_eq!(seconds("1.5h"), 5_400);
        assert_eq!(seconds("2 weeks"), 1_209_600);
        for bad in [
            "",
            "10",
            "s",
            "10x",
            "-1s",
            "+1s",
            "1h ago",
            "10:30:00",
            "1mo",
            "10s5",
            "40000d",
            "99999999999999999999s",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert!(some_time("0s").is_err());
    }

    #[test]
    fn sizes_are_bytes_or_carry_their_unit() {
        assert_eq!(bytes("1MiB"), Ok(1_048_576));
        assert_eq!(bytes("512 KiB"), Ok(524_288));
        assert_eq!(bytes("2MB"), Ok(2_000_000));
        assert_eq!(bytes("4096"), Ok(4_096));
        for bad in ["", "MiB", "1 mib", "1.5MiB", "99999999999GiB"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_are_permits_per_window() {
        let window =
            |permits, seconds| RateWindow { permits, window: Duration::from_secs(seconds) };
        assert_eq!(rate("50/min"), Ok(window(50, 60)));
        assert_eq!(rate("1800/h"), Ok(window(1800, 3600)));
        assert_eq!(rate("10 / s"), Ok(window(10, 1)));
        assert_eq!(rate("100/15m"), Ok(window(100, 900)));
        for bad in ["50", "0/min", "50/", "/min", "50/mim", "-5/s", "50/0s", "none"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shares_are_percent_or_parts() {
        assert_eq!(share("300%"), Ok(3.0));
        assert_eq!(share("0.5"), Ok(0.5));
        assert_eq!(tolerance("5%"), Ok(Tolerance::Share(0.05)));
        assert_eq!(tolerance("3"), Ok(Tolerance::Count(3)));
        for bad in ["", "%", "-1", "NaN", "inf", "lots"] {
            assert!(share(bad).is_err(), "{bad}");
        }
        assert!(part("101%").is_err());
        assert!(tolerance("0.5").is_err());
        assert!(tolerance("150%").is_err());
    }

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(number("50_000", 0, u64::MAX), Ok(50_000));
        assert!(number("0", 1, 9).is_err());
        assert!(number("33", 1, 32).is_err());
        assert_eq!(auto("auto", 32), Ok(Auto::Auto));
        assert_eq!(auto("8", 32), Ok(Auto::Fixed(8)));
        assert!(auto("0", 32).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_a_problem(text in "[0-9 _.%/a-zA-Zé-]{0,12}") {
            let _ = (duration(&text), bytes(&text), rate(&text), share(&text));
            let _ = (tolerance(&text), number(&text, 0, u64::MAX), auto(&text, 9));
        }

        #[test]
        fn durations_add_up(hours in 0_u64..800_000, minutes in 0_u64..100, ms in 0_u64..100_000) {
            let text = format!("{hours}h{minutes}m{ms}ms");
            let expected = Duration::from_millis((hours * 60 + minutes) * 60_000 + ms);
            prop_assert_eq!(duration(&text), Ok(expected));
        }
    }
}
