//! Batches that are refused alike from the start: the job is at fault, not its records (rule 5.6).
//!
//! Counts different first-cut batches; knows no records.

use std::collections::BTreeMap;

use crate::model::error::StopCause;
use crate::model::settlement::{Refusal, RequestNumber};

/// Different batches refused with the same status and code that stop a run.
const ALIKE: usize = 3;

/// What has been refused before any success.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    succeeded: bool,
    refused: BTreeMap<(u16, Option<String>), Vec<RequestNumber>>,
}

impl Breaker {
    /// Whether anything has succeeded.
    pub(super) const fn has_succeeded(&self) -> bool {
        self.succeeded
    }

    /// Something succeeded: the job as such is right.
    pub(super) fn succeeded(&mut self) {
        if !self.succeeded {
            self.succeeded = true;
            self.refused.clear();
        }
    }

    /// A batch still as it was first cut, by request `first_cut`, was refused.
    pub(super) fn refused(
        &mut self,
        first_cut: RequestNumber,
        refusal: &Refusal,
    ) -> Option<StopCause> {
        if self.succeeded {
            return None;
        }
        let status = refusal.status.unwrap_or_default();
        let alike = self.refused.entry((status, refusal.code.clone())).or_default();
        if !alike.contains(&first_cut) {
            alike.push(first_cut);
        }
        let batches = alike.len();
        (batches >= ALIKE).then(|| StopCause::Breaker {
            status,
            code: refusal.code.clone(),
            batches: batches as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str) -> Refusal {
        Refusal { status: Some(status), code: Some(code.into()), ..Refusal::default() }
    }

    #[test]
    fn three_different_batches_refused_alike_stop_the_run() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.refused(1, &refusal(400, "a")), None);
        assert_eq!(breaker.refused(1, &refusal(400, "a")), None, "the same batch again");
        assert_eq!(breaker.refused(2, &refusal(400, "b")), None, "another code");
        assert_eq!(breaker.refused(3, &refusal(422, "a")), None, "another status");
        assert_eq!(breaker.refused(4, &refusal(400, "a")), None);
        let stop = breaker.refused(5, &refusal(400, "a"));
        assert_eq!(
            stop,
            Some(StopCause::Breaker { status: 400, code: Some("a".into()), batches: 3 })
        );
    }

    #[test]
    fn after_a_success_refusals_are_the_records_own() {
        let mut breaker = Breaker::default();
        breaker.succeeded();
        for request in 1..10 {
            assert_eq!(breaker.refused(request, &refusal(400, "a")), None);
        }
    }
}
