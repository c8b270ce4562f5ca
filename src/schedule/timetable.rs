//! When a job runs: `daily 02:00` or five cron fields → what cron, systemd, Kubernetes and Windows each call it. Pure.

mod triggers;

use std::fmt::Write as _;

use crate::model::RunError;

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// When a job runs, in the scheduler's local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

/// One field: the values that match, and whether it began with `*`, which decides how days and weekdays combine.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    text: String,
    values: Vec<u8>,
    star: bool,
}

impl Timetable {
    /// `daily 02:00`, `weekdays 22:30`, `mon,thu 02:00`, `monthly 1 02:00`.
    ///
    /// # Errors
    /// Exit 2 with an example.
    pub fn at(text: &str) -> Result<Self, RunError> {
        let problem = || {
            RunError::usage(format!("`--at`: `{text}` is not a time to run at")).hint(
                "write `daily 02:00`, `weekdays 22:30`, `weekends 06:00`, `mon,thu 02:00` or `monthly 1 02:00`; \
                 or give `--cron \"0 2 * * *\"`",
            )
        };
        let lower = text.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let (days, weekdays, time) = match words.as_slice() {
            [time] | ["daily", time] => ("*", "*", time),
            ["weekdays", time] => ("*", "1-5", time),
            ["weekends", time] => ("*", "0,6", time),
            ["monthly", day, time] => (*day, "*", time),
            [days, time] if days.split(',').all(|day| DAYS.contains(&day)) => ("*", *days, time),
            _ => return Err(problem()),
        };
        let (hour, minute) = time
            .split_once(':')
            .and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)))
            .filter(|(hour, minute): &(u8, u8)| *hour < 24 && *minute < 60)
            .ok_or_else(problem)?;
        Self::fields(&format!("{minute} {hour} {days} * {weekdays}")).ok_or_else(problem)
    }

    /// Five cron fields: minute, hour, day of the month, month, day of the week.
    ///
    /// # Errors
    /// Exit 2 with an example.
    pub fn cron(text: &str) -> Result<Self, RunError> {
        Self::fields(text).ok_or_else(|| {
            RunError::usage(format!("`--cron`: `{text}` is not a cron time"))
                .hint("write five fields: minute, hour, day, month, weekday; such as `0 2 * * 1-5`")
        })
    }

    fn fields(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let months = Field::parse(months, 1, 12, &|name| place(&MONTHS, name).map(|at| at + 1))?;
        let weekdays = Field::parse(weekdays, 0, 7, &|name| place(&DAYS, name))?;
        Some(Self {
            minutes: Field::parse(minutes, 0, 59, &|_| None)?,
            hours: Field::parse(hours, 0, 23, &|_| None)?,
            days: Field::parse(days, 1, 31, &|_| None)?,
            months,
            weekdays: weekdays.with_one_sunday(),
        })
    }

    /// The same hour at a later minute, which `hash` chooses, so that a fleet does not begin at once. A time with
    /// several minutes stays.
    #[must_use]
    pub fn staggered(&self, hash: u64) -> Self {
        let &[minute] = self.minutes.values.as_slice() else { return self.clone() };
        let later = u8::try_from(hash % u64::from(60 - minute)).unwrap_or(0);
        let text = (minute + later).to_string();
        Self { minutes: Field { text, values: vec![minute + later], star: false }, ..self.clone() }
    }

    /// The five fields, as every cron and Kubernetes read them.
    pub fn as_cron(&self) -> String {
        let fields = [&self.minutes, &self.hours, &self.days, &self.months, &self.weekdays];
        fields.map(|field| field.text.as_str()).join(" ")
    }

    /// `OnCalendar=` values: one, or two where cron means "either of the days".
    pub fn as_calendar(&self) -> Vec<String> {
        let either = !self.days.star && !self.weekdays.star;
        if either {
            vec![self.calendar(&self.days, None), self.calendar(&ANY_DAY, Some(&self.weekdays))]
        } else {
            vec![self.calendar(&self.days, Some(&self.weekdays))]
        }
    }

    fn calendar(&self, days: &Field, weekdays: Option<&Field>) -> String {
        let mut text = String::new();
        if let Some(weekdays) = weekdays.filter(|weekdays| weekdays.values.len() < 7) {
            let names = weekdays.values.iter().map(|day| capital(DAYS[usize::from(*day)]));
            write!(text, "{} ", names.collect::<Vec<_>>().join(","))
                .expect("a String takes any text");
        }
        let [months, days, hours, minutes] = [
            self.months.listed(12),
            days.listed(31),
            self.hours.listed(24),
            self.minutes.listed(60),
        ];
        write!(text, "*-{months}-{days} {hours}:{minutes}:00").expect("a String takes any text");
        text
    }
}

const ANY_DAY: Field = Field { text: String::new(), values: Vec::new(), star: true };

impl Field {
    /// `*`, `5`, `1-5`, `*/15`, `1-10/3`, and lists of these. Names represent numbers.
    fn parse(text: &str, least: u8, most: u8, named: &dyn Fn(&str) -> Option<u8>) -> Option<Self> {
        let number = |word: &str| {
            let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
            let value = if plain { word.parse().ok() } else { named(&word.to_ascii_lowercase()) };
            value.filter(|value| (least..=most).contains(value))
        };
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
                None => (part, 1u8),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (least, most),
                Some((from, to)) => (number(from)?, number(to)?),
                // `5/10` is read in two ways by two crons.
                None if part.contains('/') => return None,
                None => (number(range)?, number(range)?),
            };
            if from > to {
                return None;
            }
            values.extend((from..=to).step_by(usize::from(step)));
        }
        values.sort_unstable();
        values.dedup();
        Some(Self { text: text.to_ascii_lowercase(), values, star: text.starts_with('*') })
    }

    /// Sunday is 0 and 7 in some crons, 0 alone in Kubernetes.
    fn with_one_sunday(mut self) -> Self {
        if self.values.contains(&7) {
            self.values.retain(|day| *day != 7);
            self.values.insert(0, 0);
            self.values.dedup();
            if self.text != "*" && self.text.contains('7') {
                self.text = joined(&self.values, ToString::to_string);
            }
        }
        self
    }

    /// `*` for all, else the values with two digits.
    fn listed(&self, all: usize) -> String {
        match self.values.len() {
            0 => "*".to_owned(),
            n if n == all => "*".to_owned(),
            _ => joined(&self.values, |value| format!("{value:02}")),
        }
    }
}

fn joined(values: &[u8], word: impl Fn(&u8) -> String) -> String {
    values.iter().map(word).collect::<Vec<_>>().join(",")
}

fn place(names: &[&str], name: &str) -> Option<u8> {
    names.iter().position(|known| *known == name).and_then(|at| u8::try_from(at).ok())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(cron: &str) -> String {
        Timetable::cron(cron).unwrap().as_calendar().join(" | ")
    }

    #[test]
    fn words_become_cron_fields() {
        let cron = |text: &str| Timetable::at(text).unwrap().as_cron();
        assert_eq!(cron("daily 02:00"), "0 2 * * *");
        assert_eq!(cron("02:05"), "5 2 * * *");
        assert_eq!(cron("Weekdays 22:30"), "30 22 * * 1-5");
        assert_eq!(cron("mon,thu 6:00"), "0 6 * * mon,thu");
        assert_eq!(cron("monthly 1 02:00"), "0 2 1 * *");
    }

    #[test]
    fn what_is_no_time_is_refused_with_an_example() {
        for text in ["", "daily", "daily 24:00", "daily 2", "funday 02:00", "monthly 32 02:00"] {
            let error = Timetable::at(text).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{text}");
            assert!(error.hint.unwrap().contains("daily 02:00"));
        }
        for text in ["0 2 * *", "60 2 * * *", "0 2 * * 8", "5-1 2 * * *", "5/10 2 * * *", "@daily"]
        {
            assert_eq!(Timetable::cron(text).unwrap_err().exit.code(), 2, "{text}");
        }
    }

    #[test]
    fn systemd_is_said_the_same_times() {
        assert_eq!(calendar("0 2 * * *"), "*-*-* 02:00:00");
        assert_eq!(calendar("*/20 * * * *"), "*-*-* *:00,20,40:00");
        assert_eq!(calendar("30 22 * * 1-5"), "Mon,Tue,Wed,Thu,Fri *-*-* 22:30:00");
        assert_eq!(calendar("0 2 1 jan,jul *"), "*-01,07-01 02:00:00");
        assert_eq!(calendar("0 2 1 * 7"), "*-*-01 02:00:00 | Sun *-*-* 02:00:00");
    }

    #[test]
    fn sunday_is_0_everywhere() {
        assert_eq!(Timetable::cron("0 2 * * 5-7").unwrap().as_cron(), "0 2 * * 0,5,6");
        assert_eq!(Timetable::cron("0 2 * * *").unwrap().as_cron(), "0 2 * * *");
    }
}
