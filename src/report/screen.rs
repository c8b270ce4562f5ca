//! The screen: a bar on a terminal, log lines elsewhere. The only file with indicatif.
//!
//! Listens to events and decides nothing.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::lines;
use super::progress::{Progress, whole_seconds};
use super::text::wrap;
use super::words;
use crate::base::numbers::{counted, thousands, time};
use crate::base::terminal;
use crate::model::Event;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenMode {
    /// A bar that is drawn over.
    Bar,
    /// Log lines through `tracing`.
    Lines,
    /// Nothing of progress; what happens still goes to the log, whose filter decides.
    Quiet,
}

impl ScreenMode {
    /// The mode for this process's stderr.
    pub fn of_stderr(quiet: bool) -> Self {
        match (quiet, terminal::is_watched()) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar,
            (false, false) => Self::Lines,
        }
    }
}

/// Time between two lines of progress.
const EVERY: Duration = Duration::from_secs(5);

/// The listener.
#[derive(Debug)]
pub struct Screen {
    mode: ScreenMode,
    progress: Progress,
    bar: ProgressBar,
    said: Instant,
}

impl Screen {
    /// A screen for a run that begins `now`.
    pub fn new(mode: ScreenMode, now: Instant) -> Self {
        let target = match mode {
            ScreenMode::Bar => ProgressDrawTarget::stderr_with_hz(10),
            ScreenMode::Lines | ScreenMode::Quiet => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(styled("{spinner} {msg}"));
        // A terminal that cannot be drawn on would swallow warnings, too.
        let drawn = mode != ScreenMode::Bar || !bar.is_hidden();
        let mode = if drawn { mode } else { ScreenMode::Lines };
        Self { mode, progress: Progress::new(now), bar, said: now }
    }

    /// Takes in one event that happened `now`.
    pub fn on(&mut self, event: &Event, now: Instant) {
        self.progress.on(event, now);
        if let Event::Sending { records, .. } = event {
            self.bar.set_length(*records);
            self.bar.set_style(styled("{bar:28} {msg}\n{prefix}"));
        }
        match (self.mode, sentence(event)) {
            (ScreenMode::Bar, Some(sentence)) => {
                let mut lines = String::new();
                wrap(&mut lines, "", "  ", &sentence);
                self.bar.println(terminal::shown(lines.trim_end()));
            }
            (ScreenMode::Bar, None) => {}
            (ScreenMode::Lines | ScreenMode::Quiet, _) => lines::event(event),
        }
        self.tick(now);
    }

    /// Draws anew, also where nothing happened: to be called about once a second.
    pub fn tick(&mut self, now: Instant) {
        match self.mode {
            ScreenMode::Quiet => {}
            ScreenMode::Bar => self.draw(now),
            ScreenMode::Lines => {
                if now.duration_since(self.said) >= EVERY {
                    self.said = now;
                    lines::progress(&self.progress, now);
                }
            }
        }
    }

    fn draw(&self, now: Instant) {
        if self.progress.total == 0 {
            let read = counted(self.progress.read, "record");
            self.bar.set_message(terminal::line(&format!("reading, {read}")).into_owned());
        } else {
            self.bar.set_position(self.progress.settled());
            self.bar.set_message(terminal::line(&self.progress.headline(now)).into_owned());
            self.bar.set_prefix(terminal::line(&self.progress.detail(now)).into_owned());
        }
    }

    /// Takes the bar away; what was said stays.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// One line that is drawn over, for work that is no run.
#[derive(Debug)]
pub struct OneLine(ProgressBar);

impl OneLine {
    /// A line that is shown where a bar would be.
    pub fn new(mode: ScreenMode) -> Self {
        let target = match mode {
            ScreenMode::Bar => ProgressDrawTarget::stderr_with_hz(10),
            ScreenMode::Lines | ScreenMode::Quiet => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(styled("{spinner} {msg}"));
        Self(bar)
    }

    /// Shows a message in the place of the one before.
    pub fn show(&self, message: &str) {
        self.0.set_message(terminal::line(message).into_owned());
        self.0.tick();
    }

    /// Takes it away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// The line that stays above the bar for an event that is worth one.
fn sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::Checked { ledger } => format!(
            "checked {}: {} to send, {} rejected, {} skipped",
            counted(ledger.read, "record"),
            thousands(ledger.unsent),
            thousands(ledger.rejected),
            thousands(ledger.skipped)
        ),
        Event::GateClosed { why, wait } => {
            let wait = time(Duration::from_secs(whole_seconds(*wait).max(1)));
            format!("warning: nobody sends for {wait} ({why})")
        }
        Event::GateOpened => "sending goes on".to_owned(),
        Event::BatchSize { records } => {
            format!("batches of {} from now on", counted(*records, "record"))
        }
        Event::Stopping { cause, in_flight } => format!(
            "warning: stopping: {}; {} in flight may still finish",
            words::stop(cause),
            counted(*in_flight, "request")
        ),
        Event::Notice { message } => format!("warning: {message}"),
        Event::Reading { .. }
        | Event::Sending { .. }
        | Event::Sent { .. }
        | Event::Settled { .. }
        | Event::Withheld { .. } => return None,
    })
}

fn styled(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the templates of this file are right")
        .progress_chars("█▌░")
}

#[cfg(test)]
mod tests;
