//! Numbers as people read them: `4,812`, `95.2 %`, `1 h 12 min`, `1 record`.

use std::time::Duration;

use jiff::Timestamp;

/// `1234567` → `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 record`, `4,812 records`, `2 batches`, `3 entries`: the plural is the noun's regular one.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let (count, stem) = (thousands(number), noun.strip_suffix('y').unwrap_or(noun));
    match noun {
        _ if number == 1 => format!("{count} {noun}"),
        _ if stem != noun && !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{count} {noun}es"),
        _ => format!("{count} {noun}s"),
    }
}

/// The word for one, or that for others: `by(n, "is", "are")`.
pub(crate) const fn by(number: u64, one: &'static str, others: &'static str) -> &'static str {
    if number == 1 { one } else { others }
}

/// `was` for one, `were` for others.
pub(crate) const fn was(number: u64) -> &'static str {
    by(number, "was", "were")
}

/// A share in percent, rounded to one decimal, but never to all or to nothing where it is neither: `99.9 %`, `0.1 %`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0.0 %".to_owned();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 2000 + whole) / (whole * 2);
    let shown = if part == 0 || part >= whole { rounded } else { rounded.clamp(1, 999) };
    format!("{}.{} %", shown / 10, shown % 10)
}

/// A time in its two largest units: `840 ms`, `4.2 s`, `45 s`, `3 min 5 s`, `1 h 12 min`, `2 d 3 h`.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0 if duration.is_zero() => "0 s".to_owned(),
        0 => format!("{} ms", duration.subsec_millis()),
        1..10 if duration.subsec_millis() >= 100 => {
            format!("{seconds}.{} s", duration.subsec_millis() / 100)
        }
        1..60 => format!("{seconds} s"),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// A rate with at most one decimal: `50`, `49.5`, `6,000`.
pub(crate) fn rate(per_minute: f64) -> String {
    let text = format!("{per_minute:.1}");
    let (whole, decimal) = text.split_once('.').unwrap_or((&text, "0"));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    if decimal == "0" { whole } else { format!("{whole}.{decimal}") }
}

/// `2026-07-30 02:00:00 UTC`
pub(crate) fn moment(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Parts of a sentence: `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_threes() {
        let texts = [0, 999, 1000, 100_000, 1_234_567].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "100,000", "1,234,567"]);
        assert_eq!([counted(1, "record"), counted(0, "record")], ["1 record", "0 records"]);
        let nouns = ["batch", "entry", "day", "address"].map(|noun| counted(2, noun));
        assert_eq!(nouns, ["2 batches", "2 entries", "2 days", "2 addresses"]);
    }

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!(percent(999_999, 1_000_000), "99.9 %");
        assert_eq!(percent(1, 1_000_000), "0.1 %");
        assert_eq!([percent(2, 3), percent(1, 3), percent(1, 8)], ["66.7 %", "33.3 %", "12.5 %"]);
        assert_eq!(percent(0, 5), "0.0 %");
        assert_eq!(percent(5, 5), "100.0 %");
        assert_eq!(percent(0, 0), "0.0 %");
    }

    #[test]
    fn times_have_two_units() {
        let texts = [0.84, 4.26, 4.0, 45.0, 185.0, 3600.0, 4320.0, 183_600.0]
            .map(|seconds| time(Duration::from_secs_f64(seconds)));
        assert_eq!(
            texts,
            ["840 ms", "4.2 s", "4 s", "45 s", "3 min 5 s", "1 h", "1 h 12 min", "2 d 3 h"]
        );
    }

    #[test]
    fn rates_lose_an_empty_decimal() {
        let texts = [50.0, 49.53, 6000.0, 1234.5].map(rate);
        assert_eq!(texts, ["50", "49.5", "6,000", "1,234.5"]);
    }
}
