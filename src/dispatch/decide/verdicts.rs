//! An answer with verdicts on single records: each record's end, and what it tells about the job.
//!
//! The only place where a record's end is counted.

use std::time::Duration;

use tokio::time::Instant;

use super::batch::{Batch, Lineage, Settled};
use super::dispatcher::Dispatcher;
use super::doubt;
use super::not_found::refused_by_name;
use super::queue::Group;
use super::retry::back_off;
use super::settle::verdict;
use crate::api::reading::Named;
use crate::model::record::{Mark, Record};
use crate::model::settlement::{Cut, Refusal, Verdict, VerdictKind};

impl Dispatcher {
    /// Every record that the answer names has its verdict; what it leaves out goes again.
    pub(super) fn verdicts(
        &mut self,
        batch: Batch,
        named: Vec<Named>,
        latency: Duration,
        now: Instant,
    ) -> Settled {
        self.credentials.accepted();
        self.half_ended(&batch.lineage, true);
        self.learn_size(&named, latency);
        self.note_successes(&batch, &named);
        if named.iter().any(|named| *named != Named::Nowhere) {
            self.breaker.over();
        }
        let left_out = named.contains(&Named::Nowhere);
        let in_budget = !left_out || self.may_retry();
        let again = self.settings.spec.idempotent;
        let most = self.settings.limits.max_attempts.max(1);
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut left = Vec::new();
        for (mut record, named) in batch.records.into_iter().zip(named) {
            let kind = match named {
                Named::Succeeded { entry, diverged, created } => {
                    VerdictKind::Succeeded { entry, diverged, gone: None, created }
                }
                Named::Failed(refusal) => self.by_name(&record, refusal),
                Named::InBoth(refusal) => {
                    VerdictKind::Unknown { doubt: doubt::in_both_lists(), refusal: Some(refusal) }
                }
                Named::Contradictory { how, refusal } => {
                    let doubt = doubt::contradictory(&how);
                    VerdictKind::Unknown { doubt, refusal: Some(refusal) }
                }
                Named::Nowhere => {
                    record.mark = Mark::LostAnswer;
                    record.attempts = record.attempts.saturating_add(1).min(most);
                    if again && in_budget && record.attempts < most {
                        verdicts.push(verdict(&record, VerdictKind::Pending));
                        left.push(record);
                        continue;
                    }
                    let doubt = doubt::no_verdict(record.attempts, in_budget);
                    VerdictKind::Unknown { doubt, refusal: None }
                }
            };
            verdicts.push(self.conclude(&record, kind, &batch.lineage));
        }
        self.wait_left_out(left, &batch.lineage, now);
        Settled { verdicts, kind: "verdicts", message: "the answer did not name it".to_owned() }
    }

    fn wait_left_out(&mut self, records: Vec<Record>, lineage: &Lineage, now: Instant) {
        let failures = lineage.failures + 1;
        let due = now + back_off(failures, &mut self.random);
        let lineage = Lineage { failures, refused: lineage.refused, ..Lineage::default() };
        let cut = Cut::Retry;
        self.wait(Group { due, cut, records, lineage, left_out: true });
    }

    fn learn_size(&mut self, named: &[Named], latency: Duration) {
        match named.iter().position(|named| *named == Named::Nowhere) {
            None => self.size.complete(named.len(), latency),
            Some(first) => {
                let tail = named[first..].iter().all(|named| *named == Named::Nowhere);
                self.size.incomplete(named.len(), tail.then_some(first));
            }
        }
    }

    /// Successes count before anything else in the same answer is judged.
    fn note_successes(&mut self, batch: &Batch, named: &[Named]) {
        for (record, named) in batch.records.iter().zip(named) {
            if matches!(named, Named::Succeeded { .. }) {
                self.families.succeeded(batch.lineage.family(record.mark));
            }
        }
    }

    /// What it means that the server refuses this record by its name.
    pub(super) fn by_name(&self, record: &Record, refusal: Refusal) -> VerdictKind {
        let sibling = match record.mark {
            Mark::RefusedBatch(request) => self.families.has_succeeded(request),
            Mark::LostAnswer | Mark::None => false,
        };
        refused_by_name(self.settings.spec.effect, record.mark, refusal, sibling)
    }

    /// A record's end, counted.
    pub(super) fn conclude(
        &mut self,
        record: &Record,
        kind: VerdictKind,
        lineage: &Lineage,
    ) -> Verdict {
        // Sends without a verdict are counted where they end; here the one that brought it is.
        let brought_it = match &kind {
            VerdictKind::Succeeded { .. } => {
                self.share.succeeded();
                false
            }
            VerdictKind::Failed(refusal) => {
                self.share.failed(refusal.not_found);
                self.canary.failed();
                true
            }
            VerdictKind::Unknown { doubt, .. } => {
                self.canary.failed();
                !doubt::counts_itself(doubt)
            }
            VerdictKind::Pending => return verdict(record, kind),
        };
        self.families.left(lineage.family(record.mark));
        let counted = verdict(record, kind);
        Verdict { attempts: counted.attempts + u16::from(brought_it), ..counted }
    }
}
