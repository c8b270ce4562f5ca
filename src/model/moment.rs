//! A moment, with the time on the machine's clock where somebody asks for it.

use std::sync::OnceLock;

use jiff::{Timestamp, Zoned};

/// A moment and, once asked for, the local time at it.
///
/// To find the machine's time zone all of `/usr/share/zoneinfo` is walked, which takes longer than
/// a job of one row needs for anything else but its disk; few jobs ask for a local time.
#[derive(Debug, Clone)]
pub struct Moment {
    at: Timestamp,
    local: OnceLock<Zoned>,
}

impl Moment {
    /// This moment.
    pub fn now() -> Self {
        Self { at: Timestamp::now(), local: OnceLock::new() }
    }

    /// The same for everybody.
    pub const fn timestamp(&self) -> Timestamp {
        self.at
    }

    /// As the machine's own clock shows it; in UTC where the machine has no zone.
    pub fn local(&self) -> &Zoned {
        self.local.get_or_init(|| self.at.to_zoned(jiff::tz::TimeZone::system()))
    }
}

impl From<Zoned> for Moment {
    fn from(local: Zoned) -> Self {
        Self { at: local.timestamp(), local: local.into() }
    }
}
