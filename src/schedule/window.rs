//! A daily window in local time: whether it is open, when it closes, and how much fits. Pure; time is a parameter.
//!
//! Boundaries are instants. A time that a clock change skips is the change itself: no request leaves while
//! clocks show a time after the window's end. One that happens twice is its first: a window that has
//! closed stays closed when clocks go back over its end.

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Zoned};

use crate::model::settings::DailyWindow;

/// One opening of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Its first instant.
    pub from: Zoned,
    /// The first instant after it.
    pub until: Zoned,
}

/// How a job of some length fits into an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It finishes then.
    Finishes(Zoned),
    /// So many per cent of it are done when the window closes.
    Short {
        /// Less than 100.
        percent: u64,
        /// When the window closes.
        until: Zoned,
    },
}

/// The opening that `now` is in, else the next one. `None` only at the end of time.
pub fn opening(window: DailyWindow, now: &Zoned) -> Option<Opening> {
    let mut day = now.date().yesterday().ok()?;
    // Yesterday's may reach into today; today's may be over; then it is tomorrow's.
    for _ in 0..4 {
        if let Some(opening) = of_day(window, day, now).filter(|opening| opening.until > *now) {
            return Some(opening);
        }
        day = day.tomorrow().ok()?;
    }
    None
}

fn of_day(window: DailyWindow, day: Date, now: &Zoned) -> Option<Opening> {
    let last = if window.until <= window.from { day.tomorrow().ok()? } else { day };
    let from = boundary(day, window.from, now.time_zone())?;
    let until = boundary(last, window.until, now.time_zone())?;
    // A clock change may swallow the whole of a short window.
    (from < until).then_some(Opening { from, until })
}

/// The instant of a time of day; see the head of this file for those that do not happen once.
fn boundary(day: Date, time: Time, zone: &TimeZone) -> Option<Zoned> {
    let civil = zone.to_ambiguous_timestamp(day.to_datetime(time));
    let AmbiguousOffset::Gap { before, .. } = civil.offset() else {
        return Some(civil.compatible().ok()?.to_zoned(zone.clone()));
    };
    // By the clock before the change this is the change or later, by less than the gap.
    let later = before.to_timestamp(day.to_datetime(time)).ok()?;
    let behind = later.checked_add(SignedDuration::from_secs(1)).ok()?;
    let change = zone.preceding(behind).next()?.timestamp();
    Some(change.to_zoned(zone.clone()))
}

impl Opening {
    /// Whether `now` is in it.
    pub fn contains(&self, now: &Zoned) -> bool {
        self.from <= *now && *now < self.until
    }

    /// How long it still lasts.
    pub fn left(&self, now: &Zoned) -> Duration {
        Duration::try_from(self.until.duration_since(now)).unwrap_or_default()
    }

    /// How a job of length `takes` fits, begun now or when the window opens.
    pub fn fit(&self, now: &Zoned, takes: Duration) -> Fit {
        let begin = if self.contains(now) { now } else { &self.from };
        let room = self.left(begin);
        let length = SignedDuration::try_from(takes).unwrap_or(SignedDuration::MAX);
        match begin.checked_add(length) {
            Ok(end) if takes <= room => Fit::Finishes(end),
            _ => {
                let percent = room.as_millis() * 100 / takes.as_millis().max(1);
                let percent = u64::try_from(percent).unwrap_or(99).min(99);
                Fit::Short { percent, until: self.until.clone() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> DailyWindow {
        let (from, until) = text.split_once('-').unwrap();
        DailyWindow { from: from.parse().unwrap(), until: until.parse().unwrap() }
    }

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn shown(window_text: &str, now: &str) -> String {
        let now = at(now);
        let opening = opening(window(window_text), &now).unwrap();
        let state = if opening.contains(&now) { "open" } else { "shut" };
        format!("{state} {} .. {}", opening.from.timestamp(), opening.until.timestamp())
    }

    #[test]
    fn across_midnight_both_evenings_belong_to_one_opening() {
        let expected = "2026-11-22T21:00:00Z .. 2026-11-23T05:00:00Z";
        for now in ["2026-11-22T22:00[Europe/Berlin]", "2026-11-23T05:59[Europe/Berlin]"] {
            assert_eq!(shown("22:00-06:00", now), format!("open {expected}"));
        }
        assert_eq!(
            shown("22:00-06:00", "2026-11-22T21:59[Europe/Berlin]"),
            format!("shut {expected}")
        );
        assert_eq!(
            shown("22:00-06:00", "2026-11-23T06:00[Europe/Berlin]"),
            "shut 2026-11-23T21:00:00Z .. 2026-11-24T05:00:00Z"
        );
    }

    #[test]
    fn within_a_day_the_end_is_the_same_day() {
        assert_eq!(
            shown("01:00-05:00", "2026-11-23T04:00[Asia/Kolkata]"),
            "open 2026-11-22T19:30:00Z .. 2026-11-22T23:30:00Z"
        );
        assert_eq!(
            shown("18:00-00:00", "2026-11-23T23:59[UTC]"),
            "open 2026-11-23T18:00:00Z .. 2026-11-24T00:00:00Z"
        );
    }

    #[test]
    fn the_night_that_clocks_go_forward_is_an_hour_shorter() {
        let now = at("2026-03-28T22:00[Europe/Berlin]");
        let opening = opening(window("22:00-06:00"), &now).unwrap();
        assert_eq!(opening.left(&now), Duration::from_hours(7));
        assert_eq!(
            opening.fit(&now, Duration::from_hours(7)),
            Fit::Finishes(opening.until.clone())
        );
    }

    #[test]
    fn the_night_that_clocks_go_back_is_an_hour_longer() {
        let now = at("2026-10-24T22:00[Europe/Berlin]");
        let opening = opening(window("22:00-06:00"), &now).unwrap();
        assert_eq!(opening.left(&now), Duration::from_hours(9));
    }

    #[test]
    fn a_boundary_that_clocks_skip_is_the_change() {
        // 02:00 to 03:00 does not exist on that night: at 01:00Z clocks show 03:00.
        for end in ["02:00", "02:30", "02:59", "03:00"] {
            assert_eq!(
                shown(&format!("22:00-{end}"), "2026-03-29T00:00[Europe/Berlin]"),
                "open 2026-03-28T21:00:00Z .. 2026-03-29T01:00:00Z",
                "{end}"
            );
        }
        assert_eq!(
            shown("02:30-05:00", "2026-03-29T01:00[Europe/Berlin]"),
            "shut 2026-03-29T01:00:00Z .. 2026-03-29T03:00:00Z"
        );
        // That night has no such window at all.
        assert_eq!(
            shown("02:10-02:50", "2026-03-29T01:00[Europe/Berlin]"),
            "shut 2026-03-30T00:10:00Z .. 2026-03-30T00:50:00Z"
        );
    }

    #[test]
    fn a_boundary_that_happens_twice_is_its_first() {
        // 02:30 comes at 00:30Z and again at 01:30Z.
        assert_eq!(
            shown("22:00-02:30", "2026-10-25T00:00[Europe/Berlin]"),
            "open 2026-10-24T20:00:00Z .. 2026-10-25T00:30:00Z"
        );
        let second = at("2026-10-25T02:10+01:00[Europe/Berlin]");
        assert!(!opening(window("22:00-02:30"), &second).unwrap().contains(&second));
        assert_eq!(
            shown("02:30-05:00", "2026-10-25T02:40+02:00[Europe/Berlin]"),
            "open 2026-10-25T00:30:00Z .. 2026-10-25T04:00:00Z"
        );
    }

    #[test]
    fn what_does_not_fit_says_how_far_it_comes() {
        let now = at("2026-11-22T12:00[UTC]");
        let opening = opening(window("22:00-06:00"), &now).unwrap();
        let until = at("2026-11-23T06:00[UTC]");
        assert_eq!(
            opening.fit(&now, Duration::from_hours(16)),
            Fit::Short { percent: 50, until: until.clone() }
        );
        assert_eq!(
            opening.fit(&now, Duration::from_mins(310)),
            Fit::Finishes(at("2026-11-23T03:10[UTC]"))
        );
        let hair = Duration::from_hours(8) + Duration::from_millis(1);
        assert_eq!(opening.fit(&now, hair), Fit::Short { percent: 99, until });
    }
}
