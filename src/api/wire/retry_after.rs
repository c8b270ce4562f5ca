//! The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.

use std::time::{Duration, SystemTime};

/// No server means more; beyond it, sums of times overflow.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// The time from now; a date gone by is no time at all, anything longer than a year is a year,
/// and what is neither seconds nor a date is nothing.
pub(super) fn retry_after(header: Option<&str>, now: SystemTime) -> Option<Duration> {
    let text = header?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_more_than_a_year() {
        let now = httpdate::parse_http_date("Mon, 12 Jan 2026 09:55:00 GMT").unwrap();
        let seconds = |header| retry_after(Some(header), now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 30 "), Some(30));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("Mon, 12 Jan 2026 09:56:30 GMT"), Some(90));
        assert_eq!(seconds("Monday, 12-Jan-26 09:56:30 GMT"), Some(90));
        assert_eq!(seconds("Mon, 12 Jan 2026 09:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(LONGEST.as_secs()));
        assert_eq!(seconds("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST.as_secs()));
        for garbage in ["", "-1", "1.5", "soon", "30s", "\u{661}"] {
            assert_eq!(seconds(garbage), None, "{garbage}");
        }
        assert_eq!(retry_after(None, now), None);
    }
}
