//! `report.html`: one self-contained page to look at; no script, nothing from the network.
//!
//! Values of contacts are in it only where `report.values = "full"` asks for them. Everything
//! that is not korebulk's own markup goes through the template's escaping. Its size is bounded.

mod page;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use askama::Template;
use jiff::Timestamp;

use self::page::{Answer, Page, Shown};
use super::chart;
use super::cluster::Cluster;
use super::json::{InputFile, ReportTarget};
use super::traffic::Traffic;
use super::words::{GoOn, WayOn, after_matching, verdict, warnings, ways_on};
use crate::base::numbers::{counted, percent, rate, thousands, time};
use crate::base::private;
use crate::base::terminal;
use crate::model::settings::Values;
use crate::model::{Exit, Ledger, Operation, RequestCounts, StopCause};

/// The name of the page within a run's directory.
pub const HTML: &str = "report.html";

/// Rows of a table that the page shows; the rest is counted.
const ROWS: usize = 50;

/// What the page shows.
#[derive(Debug, Clone)]
pub struct HtmlReport {
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
    /// The run that it takes back, which lies beside it, where it is an undo.
    pub undoes: Option<String>,
    /// How far it came with that: `put back 97 of 100; 3 edited since`.
    pub undone: Option<String>,
    /// Where.
    pub target: ReportTarget,
    /// When the run began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// How it ended.
    pub exit: Exit,
    /// Why it stopped before its end.
    pub stopped: Option<StopCause>,
    /// Counts of records.
    pub ledger: Ledger,
    /// Counts of requests.
    pub requests: RequestCounts,
    /// Requests over time.
    pub traffic: Traffic,
    /// Permits per minute over the tightest window; `None` without a limit.
    pub per_minute: Option<f64>,
    /// Why records did not succeed.
    pub clusters: Vec<Cluster>,
    /// Whether the server's message may be shown whole.
    pub values: Values,
    /// What was read.
    pub input: Vec<InputFile>,
    /// Settings worth showing, as key and value; never a credential.
    pub settings: Vec<(String, String)>,
    /// Who ran it, on which machine, with which version.
    pub by: String,
    /// The files written, absolute.
    pub files: Vec<PathBuf>,
}

impl HtmlReport {
    /// The page as text.
    ///
    /// # Errors
    /// None that data can cause; the template engine's own otherwise.
    pub fn render(&self) -> io::Result<String> {
        let stopped = self.stopped.as_ref();
        let page = Page {
            report: self,
            verdict: verdict(self.exit, stopped, self.operation, &self.ledger),
            tone: tone(self.exit),
            code: self.exit.code(),
            ways_on: self.ways_on(),
            notes: self.notes(),
            bar: chart::ledger_bar(&self.ledger),
            read: thousands(self.ledger.read),
            clusters: self.clusters.iter().take(ROWS + 5).map(|c| self.shown(c)).collect(),
            chart: chart::rate_chart(&self.traffic.rates(), self.per_minute, self.traffic.waits()),
            figures: self.figures(),
            latencies: self.latencies(),
            answers: self.answers(),
            input: self.input.iter().take(ROWS).map(input_row).collect(),
            more_input: self.input.len().saturating_sub(ROWS),
            files: self.files.iter().take(ROWS).map(|file| self.within(file)).collect(),
            unsent: self.ledger.unsent > 0,
        };
        page.render().map_err(io::Error::other)
    }

    /// Writes the page into the run's directory `dir`: beside, then renamed.
    ///
    /// Nobody waits for the disk: `korebulk report` writes it again from the journal.
    pub fn write(&self, dir: &Path) -> io::Result<PathBuf> {
        let path = dir.join(HTML);
        let part = dir.join("report.html.part");
        let text = self.render()?;
        let written = private::create(&part)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| private::rename(&part, &path));
        if let Err(error) = written {
            // Half a page is of no use to anybody.
            let _ = private::remove(&part);
            return Err(error);
        }
        Ok(path)
    }

    /// A file of the run by its name in the run's directory, and what it holds.
    fn within(&self, file: &Path) -> (String, &'static str) {
        let name = file.strip_prefix(&self.dir).unwrap_or(file).display().to_string();
        let holds = match name.split_once('.').unwrap_or((&name, "")) {
            ("report", "json") => {
                "counts, the server's entries, and every record that did not simply succeed"
            }
            ("failed", _) => "rows that the server refused",
            ("rejected", _) => "rows that cannot be sent as they are",
            ("unknown", _) => "rows of which nobody knows whether they were done",
            ("unsent", _) => "rows whose turn did not come",
            ("review", _) => "rows of which a person says which contact is meant",
            ("unmatched", _) => "rows whose number no contact has, as contacts to be created",
            ("outcome", _) => "every row with its outcome",
            ("edited-since", _) => {
                "contacts that somebody has changed since the run, and that stay as they are"
            }
            ("created", _) => "contacts that were created, with their ids",
            _ => "",
        };
        (name, holds)
    }

    fn ways_on(&self) -> Vec<WayOn> {
        let mut ways = ways_on(self.exit, self.stopped.as_ref(), &self.ledger, &self.go_on);
        ways.extend(after_matching(&self.go_on));
        ways
    }

    fn notes(&self) -> Vec<String> {
        let leaves = self.operation.leaves().filter(|_| self.ledger.succeeded > 0);
        warnings(&self.ledger).into_iter().chain(leaves).collect()
    }

    fn shown(&self, cluster: &Cluster) -> Shown {
        Shown {
            outcome: cluster.outcome,
            rows: thousands(cluster.rows),
            reason: cluster.shown(self.values).to_owned(),
            places: match (cluster.examples(), cluster.rows) {
                (places, _) if places.is_empty() => places,
                (only, 1) => format!("row {only}"),
                (places, _) => format!("e.g. rows {places}"),
            },
        }
    }

    fn figures(&self) -> Vec<(&'static str, String)> {
        let RequestCounts { sent, retried, split, throttled } = self.requests;
        let took = self.finished_at.duration_since(self.started_at);
        let took = Duration::try_from(took).unwrap_or_default();
        let mut figures = vec![
            ("requests", thousands(sent)),
            ("retried", thousands(retried)),
            ("split", thousands(split)),
            ("throttled", thousands(throttled)),
            ("time taken", time(took)),
        ];
        if let Some(quota) = self.per_minute {
            figures.push(("quota a minute", rate(quota)));
        }
        figures
    }

    fn latencies(&self) -> Vec<(&'static str, String)> {
        let latencies = self.traffic.latencies();
        [("half", 50), ("90 %", 90), ("99 %", 99), ("all", 100)]
            .into_iter()
            .filter_map(|(label, percent)| Some((label, time(latencies.percentile(percent)?))))
            .collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "a width on a page")]
    fn answers(&self) -> Vec<Answer> {
        let answers = self.traffic.answers();
        let all: u64 = answers.iter().map(|(_, count)| count).sum();
        let row = |(label, count): (&str, u64)| Answer {
            label: label.to_owned(),
            count: thousands(count),
            share: percent(count, all),
            width: (100.0 * count as f64 / all.max(1) as f64).max(0.5),
        };
        answers.into_iter().map(row).collect()
    }
}

/// Which of three colours the verdict has.
const fn tone(exit: Exit) -> &'static str {
    match exit {
        Exit::Finished => "good",
        Exit::SomeFailed | Exit::SomeUnknown | Exit::Stopped => "mixed",
        Exit::NeedsPerson | Exit::Guarded | Exit::Busy | Exit::Usage | Exit::Internal => "bad",
    }
}

/// A text cut at its backticks; what was between two of them is code.
fn pieces(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(n, piece)| (n % 2 == 1, piece))
}

fn input_row(file: &InputFile) -> (String, String, &str) {
    let sheet = file.sheet.as_ref().map_or_else(String::new, |sheet| format!(", sheet {sheet}"));
    let name = format!("{}{sheet}", file.file);
    (terminal::line(&name).into_owned(), counted(file.rows, "record"), &file.sha256)
}

#[cfg(test)]
mod tests;
