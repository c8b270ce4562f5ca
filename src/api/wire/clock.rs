//! What an answer says of time: how long to wait, and how far this machine's clock is from the server's.

use std::time::Duration;

use super::AnswerParts;

/// No server means more; beyond it, sums of times overflow.
const LONGEST: Duration = Duration::from_hours(366 * 24);
/// Tokens live for a minute (`docs/kore-api.md`, "Signing"): a clock that is further off spoils them.
const TOKEN_LIFE: i64 = 60;

/// The header `Retry-After` (RFC 9110, 10.2.3) as the time from the answer on.
///
/// A date is the server's: it is counted from the answer's own `Date`, and from this machine's
/// clock only where there is none. A date gone by is no time at all, anything longer than a year is
/// a year, and what is neither seconds nor a date is nothing.
pub(super) fn retry_after(answer: &AnswerParts<'_>) -> Option<Duration> {
    let text = answer.retry_after?.trim();
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let wait = if digits(whole) && digits(rest) {
        // A fraction counts as a second: some gateways write one.
        let more = u64::from(rest.bytes().any(|b| b != b'0'));
        Duration::from_secs(whole.parse().unwrap_or(u64::MAX).saturating_add(more))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(answer.date.unwrap_or(answer.received)).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

/// Seconds that this machine's clock is ahead of the server's (behind: negative), where that is
/// more than a token lives.
pub(super) fn clock_ahead(answer: &AnswerParts<'_>) -> Option<i64> {
    let server = answer.date?;
    let seconds = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
    let ahead = match answer.received.duration_since(server) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration()),
    };
    (ahead.abs() > TOKEN_LIFE).then_some(ahead)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use bytes::Bytes;

    use super::*;
    use crate::api::wire::BodyPart;

    fn at(date: &str) -> SystemTime {
        httpdate::parse_http_date(date).unwrap()
    }

    fn answer<'a>(retry_after: Option<&'a str>, date: Option<&str>) -> AnswerParts<'a> {
        static NOTHING: Bytes = Bytes::new();
        AnswerParts {
            status: 429,
            retry_after,
            content_type: None,
            encoding: None,
            body: BodyPart::Whole(&NOTHING),
            date: date.map(at),
            received: at("Mon, 12 Jan 2026 09:55:00 GMT"),
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_more_than_a_year() {
        let seconds = |header| retry_after(&answer(Some(header), None)).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 30 "), Some(30));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("Mon, 12 Jan 2026 09:56:30 GMT"), Some(90));
        assert_eq!(seconds("Monday, 12-Jan-26 09:56:30 GMT"), Some(90));
        assert_eq!(seconds("Mon, 12 Jan 2026 09:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(LONGEST.as_secs()));
        assert_eq!(seconds("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST.as_secs()));
        assert_eq!((seconds("2.5"), seconds("2.0")), (Some(3), Some(2)));
        for garbage in ["", "-1", "1.", ".5", "1.5.2", "soon", "30s", "\u{661}"] {
            assert_eq!(seconds(garbage), None, "{garbage}");
        }
        assert_eq!(retry_after(&answer(None, None)), None);
    }

    #[test]
    fn a_date_to_wait_for_is_counted_from_the_answers_own_date() {
        let until = Some("Mon, 12 Jan 2026 10:25:03 GMT");
        for (date, wait) in [
            (Some("Mon, 12 Jan 2026 10:25:00 GMT"), 3),
            (Some("Mon, 12 Jan 2026 09:25:03 GMT"), 3600),
            (Some("Mon, 12 Jan 2026 10:26:00 GMT"), 0),
            (None, 30 * 60 + 3),
        ] {
            let waits = retry_after(&answer(until, date));
            assert_eq!(waits, Some(Duration::from_secs(wait)), "{date:?}");
        }
    }

    #[test]
    fn a_clock_is_off_from_more_than_a_minute_on() {
        let off = |date| clock_ahead(&answer(None, Some(date)));
        assert_eq!(off("Mon, 12 Jan 2026 11:55:00 GMT"), Some(-7200));
        assert_eq!(off("Mon, 12 Jan 2026 09:53:59 GMT"), Some(61));
        assert_eq!(off("Mon, 12 Jan 2026 09:54:00 GMT"), None);
        assert_eq!(off("Mon, 12 Jan 2026 09:56:00 GMT"), None);
        assert_eq!(clock_ahead(&answer(None, None)), None);
    }
}
