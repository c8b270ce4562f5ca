//! `report.html`, from the facts of the run and the files that are there; see [`crate::report::html`].

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::outcome::RunOutcome;
use super::{ContactData, RunFile};
use crate::journal::{Journal, Phase};
use crate::model::{AccountRead, Exit, Matches, RunError};
use crate::report::cluster;
use crate::report::html::{HTML, HtmlReport};
use crate::report::part::unwritten;
use crate::report::traffic::Traffic;

/// `report.html`.
pub(super) struct Page;

impl RunFile for Page {
    fn format(&self) -> &'static str {
        "html"
    }

    fn names(&self) -> &'static [&'static str] {
        &[HTML]
    }

    /// The server's messages are in it where `report.values = "full"` asks for them.
    fn contact_data(&self) -> ContactData {
        ContactData::Anywhere
    }

    fn write(&self, outcome: &RunOutcome<'_>) -> Result<Vec<PathBuf>, RunError> {
        let facts = outcome.facts.clone();
        let mut settings = outcome.settings.clone();
        let read = facts.account.as_ref().map(AccountRead::sentence);
        settings.extend(read.map(|read| ("the account".to_owned(), read)));
        let matches = facts.matches.as_ref().map(Matches::sentence);
        settings.extend(matches.map(|matches| ("match".to_owned(), matches)));
        let is_sent = outcome.journal.phase()? >= Phase::Sending;
        let ended = facts.undoes.as_ref().filter(|_| is_sent);
        let clusters = outcome.clusters()?;
        let page = HtmlReport {
            undone: ended
                .map(|_| cluster::undone(facts.operation.effect(), &facts.ledger, &clusters)),
            undoes: facts.undoes,
            job: facts.job,
            run: facts.run,
            dir: outcome.dir.to_owned(),
            go_on: (outcome.go_on)(),
            operation: facts.operation,
            target: facts.target,
            started_at: facts.started_at,
            finished_at: facts.finished_at,
            exit: Exit::with_code(facts.exit_code).unwrap_or(Exit::Internal),
            stopped: facts.stopped,
            ledger: facts.ledger,
            requests: facts.requests,
            traffic: traffic(outcome.journal, outcome.per_minute)?,
            per_minute: outcome.per_minute,
            clusters,
            values: outcome.values,
            input: facts.input,
            settings,
            by: format!("{}@{}, korebulk {}", facts.user, facts.machine, facts.tool_version),
            files: outcome.written.clone(),
        };
        page.write(outcome.dir).map(|path| vec![path]).map_err(|error| unwritten(&error))
    }
}

/// The requests of all sessions, from the journal, for the charts.
fn traffic(journal: &Journal, quota: Option<f64>) -> Result<Traffic, RunError> {
    let mut traffic = Traffic::paced(quota);
    let mut start = None;
    journal.for_each_request(|row| {
        let Ok(at) = row.started_at.parse::<Timestamp>() else { return };
        let since = at.duration_since(*start.get_or_insert(at));
        let since = Duration::try_from(since).unwrap_or_default();
        traffic.sent(since);
        if let (Some(kind), Some(latency)) = (&row.ending, row.latency_ms) {
            let latency = Duration::from_millis(latency);
            traffic.ended(since + latency, row.status, kind, latency);
        }
    })?;
    Ok(traffic)
}
