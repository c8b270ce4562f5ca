//! The end of a run on the terminal, at 80 columns; its last lines say what happened and how to go on.
//!
//! Only renders: what the numbers are is decided elsewhere. The server's message are shown as
//! templates unless `report.values = "full"`.

use std::path::PathBuf;
use std::time::Duration;

use console::Style;
use jiff::Timestamp;

use super::cluster::{Cluster, sentences};
use super::text::{put, wrap};
use super::words::{GoOn, WayOn, after_matching, title, verdict, warnings, ways_on};
use crate::base::numbers::{counted, percent, rate, thousands, time};
use crate::base::terminal::{self, Styled};
use crate::model::settings::Values;
use crate::model::{
    AccountRead, Exit, Ledger, Matches, Operation, Outcome, RequestCounts, StopCause,
};

/// What there is to say at the end of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The job's name.
    pub job: String,
    /// The run's id.
    pub run: String,
    /// The run's directory, absolute.
    pub dir: PathBuf,
    /// What the commands to go on with are made of.
    pub go_on: GoOn,
    /// What was done.
    pub operation: Operation,
    /// The host, or `SANDBOX`.
    pub host: String,
    /// The account's id.
    pub account: String,
    /// Counts of records.
    pub ledger: Ledger,
    /// Counts of requests.
    pub requests: RequestCounts,
    /// How many rows were matched with contacts, where rows were.
    pub matches: Option<Matches>,
    /// How the account was read, where the run rests on it.
    pub read: Option<AccountRead>,
    /// How long it took, both passes.
    pub duration: Duration,
    /// How long the second pass took, for the rate.
    pub sending: Duration,
    /// Permits per minute over the tightest window; `None` without a limit.
    pub per_minute: Option<f64>,
    /// Why it stopped before its end.
    pub stopped: Option<StopCause>,
    /// How it ended.
    pub exit: Exit,
    /// With what the process ends: worse than the run where the report could not be printed.
    pub ends_with: Exit,
    /// Why records did not succeed.
    pub clusters: Vec<Cluster>,
    /// Whether the server's message may be shown whole.
    pub values: Values,
    /// The files written, absolute.
    pub files: Vec<PathBuf>,
    /// The run that this one takes back.
    pub undoes: Option<String>,
    /// The first line of an undo: `put back 97 of 100; 3 edited since`.
    pub undone: Option<String>,
    /// Contacts of an undo of which only the time of the last change is another one.
    pub touched: Option<String>,
    /// How many contacts are stored as they were and until when, or that they are not; `None` where nothing was changed.
    pub backup: Option<String>,
    /// Until when what is left can be sent again; `None` where nothing is left.
    pub kept_until: Option<Timestamp>,
}

/// Clusters shown for each outcome.
const SHOWN: usize = 5;

impl Summary {
    /// The whole summary.
    pub(crate) fn render(&self) -> Styled {
        let mut out = Styled::default();
        self.heading(&mut out);
        self.ledger(&mut out);
        self.requests(&mut out.text);
        self.reasons(&mut out, &Outcome::ALL);
        self.warnings(&mut out);
        self.files(&mut out);
        self.not_matched(&mut out);
        out.text.push('\n');
        self.kept(&mut out.text);
        self.ending(&mut out);
        out
    }

    /// For `--quiet`: nothing where all is well, else which run, reasons, warnings and the last lines.
    pub(crate) fn render_quiet(&self) -> Styled {
        let mut out = Styled::default();
        if self.ends_with == Exit::Finished {
            return out;
        }
        self.name(&mut out);
        put!(out.text, "  {}\n", self.shown_dir());
        let wrong = [Outcome::Failed, Outcome::Rejected, Outcome::Unknown, Outcome::Unsent];
        self.reasons(&mut out, &wrong);
        self.warnings(&mut out);
        out.text.push('\n');
        self.kept(&mut out.text);
        self.ending(&mut out);
        out
    }

    /// A path is for the shell: it is never broken.
    fn shown_dir(&self) -> String {
        terminal::line(&self.dir.to_string_lossy()).into_owned()
    }

    fn name(&self, out: &mut Styled) {
        if let Some(undone) = &self.undone {
            out.paint(Style::new().bold(), |out| out.push_str(undone));
            out.text.push('\n');
            self.touched.iter().for_each(|touched| wrap(&mut out.text, "", "  ", touched));
        }
        let title = title(self.operation, &self.job, self.undoes.as_deref());
        out.paint(Style::new().bold(), |out| out.push_str(&title));
        out.text.push('\n');
    }

    fn heading(&self, out: &mut Styled) {
        self.name(out);
        let [host, account, run] =
            [&self.host, &self.account, &self.run].map(|text| terminal::line(text));
        put!(out.text, "  {host}, account {account}\n  run {run}\n\n");
    }

    fn ledger(&self, out: &mut Styled) {
        let all = self.ledger.read;
        put!(out.text, "  {:<12}{:>13}\n", "read", thousands(all));
        for outcome in Outcome::ALL {
            let count = self.ledger.count(outcome);
            if count > 0 || outcome == Outcome::Succeeded {
                let (name, share) = (outcome.name(), percent(count, all));
                let line = |out: &mut String| {
                    put!(out, "  {name:<12}{:>13}{share:>10}", thousands(count));
                };
                out.paint(style_of(outcome), line);
                out.text.push('\n');
            }
        }
        for (count, words) in [
            (
                self.ledger.already_gone,
                "succeeded: gone already, by this run's or an earlier run's doing",
            ),
            (self.ledger.not_found, "failed because the server does not know the id"),
        ] {
            if count > 0 {
                put!(out.text, "  {} {words}\n", thousands(count));
            }
        }
        if let Some(read) = &self.read {
            wrap(&mut out.text, "  ", "    ", &read.sentence());
        }
        if let Some(matches) = &self.matches {
            wrap(&mut out.text, "  ", "    ", &matches.sentence());
        }
        if let Some(leaves) = self.operation.leaves().filter(|_| self.ledger.succeeded > 0) {
            wrap(&mut out.text, "  ", "    ", &leaves);
        }
    }

    fn requests(&self, out: &mut String) {
        let RequestCounts { sent, retried, split, throttled } = self.requests;
        let mut text = format!("{} in {}", counted(sent, "request"), time(self.duration));
        let parts: Vec<String> = [(retried, "retried"), (split, "split"), (throttled, "throttled")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", thousands(count)))
            .collect();
        if !parts.is_empty() {
            put!(text, " ({})", parts.join(", "));
        }
        if let (Some(quota), true) = (self.per_minute, self.sending >= Duration::from_mins(1)) {
            let minutes = self.sending.as_secs_f64() / 60.0;
            let used = f64::from(u32::try_from(sent).unwrap_or(u32::MAX)) / minutes;
            // From the first request to the last answer one more may leave than the quota has.
            put!(text, ", {} of {} per minute", rate(used.min(quota)), rate(quota));
        }
        out.push('\n');
        wrap(out, "  ", "  ", &text);
    }

    fn reasons(&self, out: &mut Styled, of: &[Outcome]) {
        for &outcome in of {
            let clusters: Vec<Cluster> =
                self.clusters.iter().filter(|c| c.outcome == outcome).cloned().collect();
            if clusters.is_empty() {
                continue;
            }
            out.text.push('\n');
            out.paint(style_of(outcome), |out| out.push_str(outcome.name()));
            out.text.push('\n');
            for line in sentences(&clusters, SHOWN, self.values) {
                wrap(&mut out.text, "  ", "    ", &line);
            }
        }
    }

    fn warnings(&self, out: &mut Styled) {
        const MARK: &str = "warning: ";
        for warning in warnings(&self.ledger) {
            let mut wrapped = String::new();
            wrap(&mut wrapped, MARK, "  ", &warning);
            out.text.push('\n');
            out.paint(Style::new().yellow(), |out| out.push_str(MARK));
            out.text.push_str(&wrapped[MARK.len()..]);
        }
    }

    fn files(&self, out: &mut Styled) {
        if self.files.is_empty() {
            return;
        }
        out.text.push('\n');
        out.paint(Style::new().bold(), |out| out.push_str("files in"));
        put!(out.text, " {}\n", self.shown_dir());
        let name =
            |file: &PathBuf| file.strip_prefix(&self.dir).unwrap_or(file).display().to_string();
        let names: Vec<String> = self.files.iter().map(name).collect();
        wrap(&mut out.text, "  ", "  ", &names.join(", "));
    }

    /// What a person has to say of rows that were not matched with contacts.
    fn not_matched(&self, out: &mut Styled) {
        let ways = after_matching(&self.go_on);
        if !ways.is_empty() {
            out.text.push('\n');
            out.paint(Style::new().bold(), |out| out.push_str("rows that were not matched"));
            out.text.push('\n');
        }
        for WayOn { advice, command } in ways {
            wrap(&mut out.text, "  ", "  ", &advice);
            put!(out.text, "    {}\n", terminal::line(&command));
        }
    }

    /// Resuming ends with `keep_days`: said beforehand, while there is something to resume.
    fn kept(&self, out: &mut String) {
        if let Some(backup) = &self.backup {
            wrap(out, "", "", backup);
        }
        if let Some(until) = self.kept_until {
            let until = until.strftime("%Y-%m-%d");
            let words = format!(
                "What is left can be sent again until {until}; then its contact data is scrubbed (`runs.keep_days`)."
            );
            wrap(out, "", "", &words);
        }
    }

    /// The last lines: one sentence, and the exact command to go on with.
    fn ending(&self, out: &mut Styled) {
        let mark = match self.ends_with {
            Exit::Finished => Style::new().green().bold(),
            Exit::SomeFailed | Exit::SomeUnknown | Exit::Stopped => Style::new().yellow().bold(),
            _ => Style::new().red().bold(),
        };
        let stopped = self.stopped.as_ref();
        let sentence = verdict(self.exit, stopped, self.operation, &self.ledger);
        let mut wrapped = String::new();
        let code = format!("{sentence} (exit {})", self.ends_with.code());
        wrap(&mut wrapped, "", "", &code);
        for line in wrapped.lines() {
            out.paint(mark.clone(), |out| out.push_str(line));
            out.text.push('\n');
        }
        // One command, the first thing to do: the page lists what else may be done.
        let ways = ways_on(self.exit, stopped, &self.ledger, &self.go_on);
        if let Some(WayOn { advice, command }) = ways.into_iter().next() {
            wrap(&mut out.text, "", "", &advice);
            put!(out.text, "  {}\n", terminal::line(&command));
        }
    }
}

const fn style_of(outcome: Outcome) -> Style {
    let plain = Style::new();
    match outcome {
        Outcome::Succeeded => plain.green(),
        Outcome::Failed | Outcome::Rejected => plain.red(),
        Outcome::Unknown | Outcome::Unsent => plain.yellow(),
        Outcome::Skipped => plain.dim(),
    }
}

#[cfg(test)]
mod tests;
