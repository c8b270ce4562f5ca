//! What reading an account takes, as far as its first page tells: said before the rest is asked for.

use std::time::Duration;

use jiff::{Timestamp, Zoned};

use super::facts::Facts;
use crate::report::numbers::{counted, thousands, time};

/// What the rest of a reading takes, where nothing changes meanwhile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Contacts that are read, as the server counts them.
    pub contacts: u64,
    /// Contacts of the account, where only a part of it is read.
    pub of: Option<u64>,
    /// Contacts that are looked for, where the reading ends once they are found.
    pub sought: Option<u64>,
    /// Requests that are left.
    pub requests: u64,
    /// Those that were sent before.
    pub sent: u64,
    /// Permits per minute for them; `None` without a limit.
    pub per_minute: Option<f64>,
    /// Bytes on disk of the whole reading, while it is stored.
    pub disk: u64,
}

impl Cost {
    /// Of the reading that these facts are of.
    pub(super) fn of(facts: &Facts, per_minute: Option<f64>) -> Self {
        Self {
            contacts: facts.total.unwrap_or(facts.contacts),
            of: None,
            sought: None,
            requests: facts.requests_left().unwrap_or(0),
            sent: facts.requests,
            per_minute,
            disk: facts.disk(),
        }
    }

    /// How long the requests take at that rate; `None` without a limit.
    pub fn duration(&self) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        self.per_minute.map(|rate| Duration::from_secs_f64(self.requests as f64 / rate * 60.0))
    }

    /// `reads 250,000 contacts: 2,500 requests, 2,498 of them left, until 15:15 (1 h 23 min), some 31 MB on disk`
    pub fn words(&self, now: &Zoned) -> String {
        let what = match (self.sought, self.of) {
            (Some(sought), _) => {
                let (sought, all) = (counted(sought, "contact"), thousands(self.contacts));
                format!("looks for {sought} among {all}")
            }
            (None, None) => format!("reads {}", counted(self.contacts, "contact")),
            (None, Some(all)) => {
                format!("reads some {} of {}", thousands(self.contacts), counted(all, "contact"))
            }
        };
        let some = if self.sought.is_some() { "some " } else { "" };
        let requests = counted(self.sent + self.requests, "request");
        let left = match (self.sent, self.requests) {
            (0, _) | (_, 0) => String::new(),
            (_, left) => format!(", {} of them left", thousands(left)),
        };
        let until = self.duration().filter(|duration| duration.as_secs() >= 60).map(|duration| {
            let until = now.timestamp().saturating_add(duration).unwrap_or(Timestamp::MAX);
            let until = until.to_zoned(now.time_zone().clone());
            let form = if until.date() == now.date() { "%H:%M" } else { "%H:%M on %A" };
            format!(", until {} ({})", until.strftime(form), time(duration))
        });
        let disk = match self.disk {
            0..1_000_000 => String::new(),
            bytes => format!(", some {} MB on disk", thousands(bytes.div_ceil(1_000_000))),
        };
        format!("{what}: {some}{requests}{left}{}{disk}", until.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_said_in_requests_time_and_disk() {
        let now: Zoned = "2026-11-28T13:52:00[UTC]".parse().unwrap();
        let cost = Cost {
            contacts: 250_000,
            of: None,
            sought: None,
            requests: 2_498,
            sent: 2,
            per_minute: Some(30.0),
            disk: 30_500_000,
        };
        insta::assert_snapshot!(cost.words(&now), @"reads 250,000 contacts: 2,500 requests, 2,498 of them left, until 15:15 (1 h 23 min), some 31 MB on disk");
        let cost = Cost { requests: 25_000, sent: 0, ..cost };
        insta::assert_snapshot!(cost.words(&now), @"reads 250,000 contacts: 25,000 requests, until 03:45 on Sunday (13 h 53 min), some 31 MB on disk");
        let sought = Cost { sought: Some(5), ..cost };
        insta::assert_snapshot!(sought.words(&now), @"looks for 5 contacts among 250,000: some 25,000 requests, until 03:45 on Sunday (13 h 53 min), some 31 MB on disk");
        let part = Cost { contacts: 3_000, of: Some(250_000), requests: 30, ..cost };
        insta::assert_snapshot!(part.words(&now), @"reads some 3,000 of 250,000 contacts: 30 requests, until 13:53 (1 min), some 31 MB on disk");
        let cost =
            Cost { contacts: 6, requests: 0, sent: 1, per_minute: None, disk: 1_000, ..cost };
        insta::assert_snapshot!(cost.words(&now), @"reads 6 contacts: 1 request");
    }
}
