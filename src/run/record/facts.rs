//! What the report says of a run as a whole.

use jiff::Timestamp;

use super::files::{Purpose, Writing};
use crate::journal::{SessionTotals, fact};
use crate::model::{Exit, Ledger, PreviousContacts, RunError};
use crate::report::json::{InputFile, ReportFacts, ReportTarget};
use crate::run::past::{taken_up, undone};
use crate::run::stored::{ACCOUNT, MATCHES, PREVIOUS_CONTACTS, UNDO};
use crate::run::way_on;

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
            from_runs: taken_up::from(journal)?,
            taken_up_by: taken_up::by(journal, self.run)?,
            undoes: self.plan.undoes.as_ref().map(|undoes| undoes.run.clone()),
            undo: journal.get(UNDO)?,
            undone_by: undone::by(journal, self.run)?.map(|undo| undo.id),
            backup: journal.get(PREVIOUS_CONTACTS)?.unwrap_or_else(|| {
                let why = way_on::stores_nothing(self.plan);
                PreviousContacts::none(why.as_deref().unwrap_or("nothing was sent"))
            }),
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
            matches: journal.get(MATCHES)?,
            not_covered: self.plan.operation.not_covered(),
            account: journal.get(ACCOUNT)?,
        })
    }
}
