//! What follows from a request that brought no verdict: lost answers, faults of the connection, errors of the server.

use tokio::time::Instant;

use super::batch::{Batch, Lineage, Settled};
use super::dispatcher::Dispatcher;
use super::doubt;
use super::outage::Fault;
use super::queue::Group;
use super::retry::back_off;
use super::settle::{raise, verdict};
use crate::api::reading::NoVerdict;
use crate::base::numbers::time;
use crate::model::error::StopCause;
use crate::model::event::Event;
use crate::model::record::{Mark, Record};
use crate::model::settlement::{Cut, VerdictKind};

/// Gives back the attempts that this row of faults has cost.
fn forgive(records: &mut [Record], lineage: &mut Lineage, row: u32) {
    if let (faulted_in, attempts) = lineage.faults
        && faulted_in == row
    {
        for record in records {
            record.attempts = record.attempts.saturating_sub(attempts);
        }
    }
    lineage.faults = (row, 0);
}

impl Dispatcher {
    pub(super) fn no_verdict(
        &mut self,
        mut batch: Batch,
        fault: &NoVerdict,
        unreachable: bool,
        now: Instant,
    ) -> Settled {
        let NoVerdict { kind, may_have_left, ref message, .. } = *fault;
        let probe = batch.cut == Cut::Probe;
        let single = !unreachable || self.fault(probe, fault, now);
        if may_have_left {
            raise(&mut batch.records, Mark::LostAnswer);
        }
        // The few records of a canary that met trouble more likely met the server's own.
        let tells_of_size = unreachable && !self.outage.closed() && !self.canary.is_on();
        if may_have_left && tells_of_size {
            self.size.suspect(batch.len());
        }
        let counts = may_have_left && single && !probe;
        let row = self.outage.row();
        if !single || batch.lineage.faults.0 != row {
            forgive(&mut batch.records, &mut batch.lineage, row);
        }
        batch.lineage.faults.1 += u16::from(counts && unreachable);
        let in_budget = !counts || self.may_retry();
        let trouble = batch.lineage.trouble.met(kind, message);
        let failures = batch.lineage.failures + 1;
        let lineage = Lineage { failures, signed_again: false, trouble, ..batch.lineage };
        // A second fault in a row may be the start of an outage: nothing ends by it.
        let may_end = counts && (!unreachable || self.outage.faults() == 1);
        let most = self.settings.limits.max_attempts.max(1);
        let again = self.settings.spec.idempotent || !may_have_left;
        let (mut verdicts, mut records) = (Vec::with_capacity(batch.records.len()), Vec::new());
        for mut record in batch.records {
            record.attempts = (record.attempts + u16::from(counts || !again)).min(most);
            let doubt = if !again {
                doubt::lost_answer(message)
            } else if !in_budget || (may_end && record.attempts >= most) {
                doubt::attempts_used_up(record.attempts, &lineage.trouble, in_budget)
            } else {
                verdicts.push(verdict(&record, VerdictKind::Pending));
                records.push(record);
                continue;
            };
            let kind = VerdictKind::Unknown { doubt, refusal: fault.refusal.clone() };
            verdicts.push(self.conclude(&record, kind, &lineage));
        }
        let due = now + back_off(failures, &mut self.random);
        self.wait(Group { due, cut: Cut::Retry, records, lineage, left_out: false });
        Settled { verdicts, kind, message: message.clone() }
    }

    /// Counts a fault of the connection; whether it is the only one so far.
    fn fault(&mut self, probe: bool, fault: &NoVerdict, now: Instant) -> bool {
        let NoVerdict { kind, message, .. } = fault;
        match self.outage.fault(probe, now, &mut self.random) {
            Fault::Single => return true,
            Fault::StillClosed => (),
            Fault::Closed(wait) => {
                self.size.unreachable();
                self.events.push(Event::GateClosed { why: "outage", wait });
                let most = time(self.settings.limits.max_outage);
                let message = format!(
                    "the server is out of reach ({kind}: {message}): small batches ask whether it is \
                     back, for at most {most} (`limits.max_outage`)"
                );
                self.events.push(Event::Notice { message });
                self.forgive_faults();
            }
            Fault::Over(outage) => {
                let last = format!("{kind}: {message}");
                self.stop(StopCause::Outage { seconds: outage.as_secs(), last });
            }
        }
        false
    }

    /// The faults that led to an outage were the server's, not the records'.
    fn forgive_faults(&mut self) {
        let row = self.outage.row();
        for group in &mut self.waiting {
            forgive(&mut group.records, &mut group.lineage, row);
        }
    }
}
