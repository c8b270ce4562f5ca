//! What the report says of a run as a whole, and the page.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::files::{Purpose, Writing};
use crate::dispatch::estimate::per_minute;
use crate::journal::{Journal, SessionTotals, fact};
use crate::model::{Exit, Ledger, RunError};
use crate::report::Clusters;
use crate::report::html::HtmlReport;
use crate::report::json::{InputFile, ReportFacts, ReportTarget};
use crate::report::traffic::Traffic;
use crate::run::view;

impl Writing<'_> {
    pub(super) fn facts(
        &self,
        ledger: &Ledger,
        totals: &SessionTotals,
        exit: Exit,
    ) -> Result<ReportFacts, RunError> {
        let journal = self.journal;
        let target = &self.plan.target;
        let input =
            self.input.sources.iter().zip(&self.input.rows).map(|(source, rows)| InputFile {
                file: source.file.clone(),
                sheet: source.sheet.clone(),
                rows: *rows,
                sha256: source.sha256.clone(),
            });
        Ok(ReportFacts {
            job: self.plan.name.clone(),
            run: self.run.id.clone(),
            parent_run: journal.get(fact::PARENT_RUN)?,
            operation: self.plan.operation,
            target: ReportTarget {
                host: target.host.clone(),
                stream: target.stream_id.clone(),
                account: target.account_id.clone(),
                client_id: target.client_id.clone(),
            },
            started_at: journal.get(fact::STARTED_AT)?.unwrap_or_else(Timestamp::now),
            finished_at: match self.purpose {
                Purpose::Again(_) => match journal.get(fact::FINISHED_AT)? {
                    Some(at) => at,
                    None => journal.last_sign_of_life()?.unwrap_or_else(Timestamp::now),
                },
                Purpose::End => Timestamp::now(),
            },
            exit_code: exit.code(),
            stopped: self.stopped.clone(),
            tool_version: journal.get(fact::TOOL_VERSION)?.unwrap_or_default(),
            user: journal.get(fact::USER)?.unwrap_or_default(),
            machine: journal.get(fact::MACHINE)?.unwrap_or_default(),
            input: input.collect(),
            overrides: self.plan.overrides.clone(),
            ledger: *ledger,
            requests: totals.counts,
        })
    }

    pub(super) fn html(
        &self,
        facts: &ReportFacts,
        clusters: &Clusters,
        files: &[PathBuf],
    ) -> Result<PathBuf, RunError> {
        let quota = per_minute(&self.plan.limits.rate);
        let page = HtmlReport {
            job: facts.job.clone(),
            run: facts.run.clone(),
            dir: self.run.path.clone(),
            go_on: view::go_on(self.plan, &self.run.path),
            operation: facts.operation,
            target: facts.target.clone(),
            started_at: facts.started_at,
            finished_at: facts.finished_at,
            exit: Exit::with_code(facts.exit_code).unwrap_or(Exit::Internal),
            stopped: facts.stopped.clone(),
            ledger: facts.ledger,
            requests: facts.requests,
            traffic: traffic(self.journal, quota)?,
            per_minute: quota,
            clusters: clusters.all(),
            values: self.plan.report.values,
            input: facts.input.clone(),
            settings: view::settings(self.plan),
            by: format!("{}@{}, korebulk {}", facts.user, facts.machine, facts.tool_version),
            files: files.to_vec(),
        };
        page.write(&self.run.path)
            .map_err(|error| RunError::internal(format!("report.html cannot be written: {error}")))
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
