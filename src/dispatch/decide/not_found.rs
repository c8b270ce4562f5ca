//! What "not found" means for a delete (design rule 5.7).
//!
//! A table over the record's mark; nothing else.

use crate::model::record::{Mark, Operation};
use crate::model::settlement::{Refusal, VerdictKind};

/// The verdict on a record that the server refused by name; `sibling_succeeded` says whether
/// another record of the refused batch in its mark has succeeded since.
pub(super) fn refused_by_name(
    operation: Operation,
    mark: Mark,
    refusal: Refusal,
    sibling_succeeded: bool,
) -> VerdictKind {
    if !refusal.not_found || !operation.is_delete() {
        return VerdictKind::Failed(refusal);
    }
    match mark {
        Mark::LostAnswer => VerdictKind::Succeeded {
            entry: refusal.entry,
            diverged: Vec::new(),
            already_gone: true,
        },
        Mark::RefusedBatch(_) if !sibling_succeeded => {
            VerdictKind::Unknown { reason: "refusedInBatch", refusal: Some(refusal) }
        }
        Mark::RefusedBatch(_) | Mark::None => VerdictKind::Failed(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(operation: Operation, mark: Mark, not_found: bool, sibling: bool) -> &'static str {
        let refusal = Refusal { not_found, ..Refusal::default() };
        match refused_by_name(operation, mark, refusal, sibling) {
            VerdictKind::Succeeded { already_gone: true, .. } => "already gone",
            VerdictKind::Failed(_) => "failed",
            VerdictKind::Unknown { .. } => "unknown",
            _ => unreachable!("never"),
        }
    }

    #[test]
    fn only_a_lost_answer_makes_not_found_a_success() {
        use Mark::{LostAnswer, None, RefusedBatch};
        for operation in Operation::ALL.into_iter().filter(|o| o.is_delete()) {
            assert_eq!(word(operation, None, true, false), "failed");
            assert_eq!(word(operation, LostAnswer, true, false), "already gone");
            assert_eq!(word(operation, RefusedBatch(3), true, false), "unknown");
            assert_eq!(word(operation, RefusedBatch(3), true, true), "failed");
            assert_eq!(word(operation, LostAnswer, false, true), "failed");
        }
    }

    #[test]
    fn an_update_of_something_gone_has_failed() {
        for mark in [Mark::None, Mark::LostAnswer, Mark::RefusedBatch(3)] {
            assert_eq!(word(Operation::BulkUpdate, mark, true, false), "failed");
        }
    }
}
