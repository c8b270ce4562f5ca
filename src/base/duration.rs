//! Times as people write them: `10s`, `1h30m`, `730d`, `2 weeks`.

use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;

/// A hundred years: beyond it sums of times could overflow.
const LONGEST: Duration = Duration::from_hours(36_525 * 24);

/// Reads numbers with their units, weeks and shorter; a day has 24 hours. `None` for anything else, for
/// something negative, and for more than a hundred years.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    // jiff's own forms beyond that: `10:30:00`, `-1s`, `1 hour ago`.
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(':');
    let span =
        SpanParser::new().parse_span(text).ok().filter(|span| plain && !span.is_negative())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    time.try_into().ok().filter(|time| *time <= LONGEST)
}
