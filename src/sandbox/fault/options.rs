//! The `key=value` options behind a fault's name: taken one by one, each parsed to what it means.
//!
//! Whatever nobody took is an unknown option; the error names the nearest one that was asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::FaultError;
use crate::base::duration::duration;
use crate::base::nearest::nearest;

/// The options of one fault, and the keys that were asked for.
pub(super) struct Options<'a> {
    fault: &'static str,
    given: Vec<(&'a str, &'a str)>,
    known: Vec<&'static str>,
}

impl<'a> Options<'a> {
    pub(super) fn read(fault: &'static str, text: &'a str) -> Result<Self, FaultError> {
        let mut given: Vec<(&str, &str)> = Vec::new();
        for part in text.split(',').filter(|p| !p.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                FaultError(format!("`{fault}`: `{part}` has no value; options are `key=value`"))
            })?;
            if given.iter().any(|(k, _)| *k == key) {
                return Err(FaultError(format!("`{fault}`: `{key}` is given twice")));
            }
            given.push((key, value));
        }
        Ok(Self { fault, given, known: Vec::new() })
    }

    pub(super) fn fault(&self) -> &'static str {
        self.fault
    }

    /// The text of an option, taken out.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a str> {
        self.known.push(key);
        let place = self.given.iter().position(|(k, _)| *k == key)?;
        Some(self.given.remove(place).1)
    }

    fn parsed<T>(
        &mut self,
        key: &'static str,
        what: &str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<Option<T>, FaultError> {
        let Some(text) = self.take(key) else { return Ok(None) };
        let wrong = || FaultError(format!("`{}`: `{key}={text}` is not {what}", self.fault));
        parse(text).map(Some).ok_or_else(wrong)
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<u64>, FaultError> {
        self.parsed(key, "a whole number above 0", |t| t.parse().ok().filter(|n| *n > 0))
    }

    pub(super) fn seconds(&mut self, key: &'static str) -> Result<Option<u64>, FaultError> {
        self.parsed(key, "a whole number of seconds", |t| {
            t.strip_suffix('s').unwrap_or(t).parse().ok()
        })
    }

    pub(super) fn status(&mut self, or: u16) -> Result<u16, FaultError> {
        let status = self.parsed("status", "an HTTP status from 200 to 599", |t| {
            t.parse().ok().filter(|s| (200..600).contains(s) && ![204, 304].contains(s))
        })?;
        Ok(status.unwrap_or(or))
    }

    pub(super) fn time(&mut self, key: &'static str) -> Result<Option<Duration>, FaultError> {
        self.parsed(key, "a time such as `500ms`, `30s`, `5m`", duration)
    }

    pub(super) fn yes(&mut self, key: &'static str, or: bool) -> Result<bool, FaultError> {
        self.choice(key, &[("yes", true), ("no", false)]).map(|y| y.unwrap_or(or))
    }

    pub(super) fn choice<T: Clone>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, FaultError> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.parsed(key, &format!("one of {}", names.join(", ")), |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| value.clone())
        })
    }

    pub(super) fn share(&mut self) -> Result<Option<f64>, FaultError> {
        self.parsed("share", "a share from 0 to 1, such as `0.05` or `5%`", |text| {
            let share = match text.strip_suffix('%') {
                Some(percent) => percent.parse::<f64>().ok()? / 100.0,
                None => text.parse().ok()?,
            };
            (0.0..=1.0).contains(&share).then_some(share)
        })
    }

    pub(super) fn requests(&mut self) -> Result<Vec<RangeInclusive<u64>>, FaultError> {
        let ranges =
            self.parsed("requests", "request numbers such as `3`, `3-5`, `3-5+9+20-`", |t| {
                t.split('+').map(range).collect::<Option<Vec<_>>>()
            })?;
        Ok(ranges.unwrap_or_default())
    }

    /// A number with or without a sign.
    pub(super) fn whole(&mut self, key: &'static str) -> Result<Option<i64>, FaultError> {
        self.parsed(key, "a whole number such as `3`, `-3`", |t| t.parse().ok())
    }

    /// The ids behind `ids=`, none by default.
    pub(super) fn ids(&mut self) -> Vec<String> {
        let listed = self.take("ids").unwrap_or_default();
        listed.split('+').filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }

    /// An error when something was given that nobody took.
    pub(super) fn finish(self) -> Result<(), FaultError> {
        let Some((key, _)) = self.given.first() else { return Ok(()) };
        let fault = self.fault;
        let near = match nearest(key, self.known.iter().copied()) {
            Some(near) => format!("the nearest is `{near}`"),
            None => format!("it has `{}`", self.known.join("`, `")),
        };
        Err(FaultError(format!("`{fault}` has no option `{key}`; {near}")))
    }
}

fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let first: u64 = first.parse().ok().filter(|n| *n > 0)?;
    let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    (first <= last).then_some(first..=last)
}
