//! What a reading tells of itself: a line that is drawn over on a terminal, log lines elsewhere.

use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::event::ReadEvent;
use crate::report::numbers::{counted, percent, thousands, time};
use crate::report::screen::{OneLine, ScreenMode};

/// Time between two lines of the log.
const EVERY: Duration = Duration::from_secs(5);

/// Hears what happens while an account is read.
#[derive(Debug)]
pub struct ReadProgress {
    mode: ScreenMode,
    line: OneLine,
    said: Option<Instant>,
}

impl ReadProgress {
    /// For a reading that begins now.
    pub fn new(mode: ScreenMode) -> Self {
        Self { mode, line: OneLine::new(mode), said: None }
    }

    /// Takes in one event that happened `now`.
    pub fn on(&mut self, event: &ReadEvent, now: Instant) {
        match event {
            ReadEvent::Page { contacts, total, left } => {
                let left = left.duration().filter(|_| left.requests > 0);
                self.page(*contacts, total.unwrap_or(*contacts), left, now);
            }
            ReadEvent::Waiting { why, wait } => {
                let wait = time(*wait);
                match self.mode {
                    ScreenMode::Bar => self.line.show(&format!("waits for {wait} ({why})")),
                    ScreenMode::Lines | ScreenMode::Quiet => {
                        warn!(why, wait, "reading the account waits");
                    }
                }
            }
            ReadEvent::Again => {
                info!("the account changed, or its order proves nothing: it is read once more");
            }
        }
    }

    fn page(&mut self, contacts: u64, total: u64, left: Option<Duration>, now: Instant) {
        let left = left.map(time);
        match self.mode {
            ScreenMode::Bar => {
                let left = left.map(|left| format!(", {left} left")).unwrap_or_default();
                let read = counted(contacts, "contact");
                let share = percent(contacts, total);
                self.line.show(&format!("read {read} of {} ({share}){left}", thousands(total)));
            }
            ScreenMode::Lines => {
                if self.said.is_none_or(|said| now.duration_since(said) >= EVERY) {
                    self.said = Some(now);
                    info!(contacts, total, left, "reading the account");
                }
            }
            ScreenMode::Quiet => {}
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.line.finish();
    }
}
