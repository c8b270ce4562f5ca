//! The last stage, `close`: the audit has the end, what is no longer needed goes, the summary is printed, others are
//! notified.
//!
//! The summary comes always, and the exit is chosen here for good.

pub(crate) mod debt;
pub(crate) mod notifications;
pub(crate) mod outbox;

use std::time::Duration;

use jiff::Timestamp;

use self::outbox::{Outbox, drop_copy};
use super::options::OutputForm;
use super::record::Recorded;
use super::{reading, view, way_on};
use crate::base::terminal;
use crate::dispatch::estimate::per_minute;
use crate::model::settings::Backup;
use crate::model::{Exit, IdKind, Ledger, RunError};
use crate::report::{Summary, cluster};

impl Recorded {
    /// Ends the run; the exit that it has for good.
    pub(crate) fn close(mut self) -> Exit {
        let mut outbox = self.outbox();
        if let Err(error) = outbox.pay_audit() {
            drop(outbox);
            self.end.faults.add(error);
            // Whoever is notified has to hear that, too.
            outbox = self.outbox();
        }
        let exit = self.end.exit();
        if exit != Exit::Internal {
            // What was never sent is read anew by the next run.
            let exit = if self.over.sent { exit } else { Exit::Guarded };
            drop_copy(&self.over.dir, exit, &self.end.ledger);
            self.drop_previous();
            // What a plan has read is still good for the run that holds to it.
            let stays = !self.over.sent && !self.over.plan.target.is_sandbox();
            if !stays && !self.over.dir.copy().is_file() {
                reading::drop_own(&self.over.plan, &self.over.dir, &self.over.journal);
            }
        }
        let printed = self.print_report();
        let ends_with = printed.as_ref().map_or_else(|error| exit.max(error.exit), |()| exit);
        self.say(exit, ends_with, printed.as_ref().err());
        outbox.notify();
        // Where this fails, the log holds the same, and the next command folds it.
        let _ = self.over.journal.fold();
        ends_with
    }

    fn outbox(&self) -> Outbox<'_> {
        let places = self.noted.iter().copied().map(Some).chain(std::iter::repeat(None));
        let owed = places.zip(self.owed()).collect();
        Outbox { plan: &self.over.plan, run: &self.over.dir, journal: &self.over.journal, owed }
    }

    /// Until when what is left can be sent again.
    fn kept_until(&self) -> Option<Timestamp> {
        let (ledger, dir) = (&self.end.ledger, &self.over.dir);
        // What may have been applied is never sent again where that does harm.
        let unsettled = self.over.journal.unsettled(ledger.read).map_or(0, |left| left.len());
        let left = ledger.failed + unsettled;
        let days = self.over.plan.runs.keep_days;
        dir.due(days).filter(|_| left > 0 && dir.copy().is_file())
    }

    /// The first line of an undo.
    fn undone(&self) -> Option<String> {
        let Self { over, end, .. } = self;
        over.plan.undoes.as_ref().filter(|_| over.sent)?;
        Some(cluster::undone(over.plan.operation.effect(), &end.ledger, &end.clusters))
    }

    /// Records that the run changed, or may have changed.
    fn stored(&self) -> u64 {
        let is_list = self.over.plan.operation.spec().id_kind == IdKind::ContactList;
        let Ledger { succeeded, unknown, .. } = self.end.ledger;
        if is_list { 0 } else { succeeded + unknown }
    }

    /// Removes the contacts as they were where nobody wants them kept, once nothing of the run can be gone on with.
    fn drop_previous(&self) {
        let over = &self.over;
        if over.plan.backup == Backup::False && !over.dir.copy().is_file() {
            // It is scrubbed with the run later where this fails now.
            let _ = over.dir.drop_previous();
        }
    }

    /// Prints the report's facts where they are asked for: before the last words, which say whether that went well.
    fn print_report(&self) -> Result<(), RunError> {
        match (self.over.screen.form, &self.end.facts) {
            (OutputForm::Json, Some(facts)) => {
                Ok(terminal::print(&format!("{}\n", facts.to_json()))?)
            }
            _ => Ok(()),
        }
    }

    fn say(&self, exit: Exit, ends_with: Exit, unprinted: Option<&RunError>) {
        let (over, end) = (&self.over, &self.end);
        let plan = &over.plan;
        let summary = Summary {
            job: plan.name.clone(),
            run: over.dir.id.clone(),
            dir: over.dir.path.clone(),
            go_on: way_on::go_on(plan, &over.dir.path),
            operation: plan.operation,
            host: view::host_of(plan),
            account: plan.target.account_id.clone(),
            ledger: end.ledger,
            requests: end.totals.counts,
            matches: self.end.facts.as_ref().and_then(|facts| facts.matches.clone()),
            read: self.end.facts.as_ref().and_then(|facts| facts.account.clone()),
            duration: end.took().unwrap_or(over.sending),
            // Of a run in several sessions the requests are not this session's alone.
            sending: if end.totals.sessions > 1 { Duration::ZERO } else { over.sending },
            per_minute: per_minute(&plan.limits.rate),
            stopped: over.stopped.clone(),
            exit,
            ends_with,
            clusters: end.clusters.clone(),
            values: plan.report.values,
            files: end.files.clone(),
            undoes: plan.undoes.as_ref().map(|undoes| undoes.run.clone()),
            undone: self.undone(),
            touched: end.facts.as_ref().and_then(|facts| facts.undo.as_ref()?.touched_words()),
            backup: end
                .facts
                .as_ref()
                .and_then(|facts| way_on::backup(plan, &facts.backup, self.stored())),
            kept_until: self.kept_until(),
        };
        end.faults.say();
        unprinted.into_iter().for_each(RunError::say);
        match over.screen.quiet {
            true => summary.render_quiet().say(),
            false => summary.render().say(),
        }
    }
}
