//! What "not found" means for a delete, and "in use" for a create (`docs/contract.md`, "Not found", "Contacts that are created"):
//! it may be our own doing.
//!
//! A table over the record's mark; nothing else.

use super::doubt;
use crate::model::settlement::{Gone, Refusal, VerdictKind};
use crate::model::{Effect, Mark};

/// The verdict on a record that the server refused by name; `sibling_succeeded` says whether
/// another record of the refused batch in its mark has succeeded since.
pub(super) fn refused_by_name(
    effect: Effect,
    mark: Mark,
    refusal: Refusal,
    sibling_succeeded: bool,
) -> VerdictKind {
    match effect {
        Effect::Delete if refusal.not_found => {}
        Effect::Create if refusal.in_use => return in_use(mark, refusal, sibling_succeeded),
        _ => return VerdictKind::Failed(refusal),
    }
    let gone = |entry, how| VerdictKind::Succeeded {
        entry,
        diverged: Vec::new(),
        gone: Some(how),
        created: None,
    };
    match mark {
        Mark::LostAnswer => gone(refusal.entry, Gone::LostAnswer),
        _ if let Some(run) = refusal.deleted_by => gone(refusal.entry, Gone::EarlierRun(run)),
        Mark::RefusedBatch(_) if !sibling_succeeded => {
            VerdictKind::Unknown { doubt: doubt::gone_after_refusal(), refusal: Some(refusal) }
        }
        Mark::RefusedBatch(_) | Mark::None => VerdictKind::Failed(refusal),
    }
}

/// The number is ours where the refused batch was carried out in part; a record of it that could be created since
/// shows that it was not.
fn in_use(mark: Mark, refusal: Refusal, sibling_succeeded: bool) -> VerdictKind {
    match mark {
        Mark::None => VerdictKind::Failed(refusal),
        Mark::RefusedBatch(_) if sibling_succeeded => VerdictKind::Failed(refusal),
        Mark::RefusedBatch(_) | Mark::LostAnswer => {
            VerdictKind::Unknown { doubt: doubt::in_use_after_refusal(), refusal: Some(refusal) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(effect: Effect, mark: Mark, refusal: Refusal, sibling: bool) -> &'static str {
        match refused_by_name(effect, mark, refusal, sibling) {
            VerdictKind::Succeeded { gone: Some(Gone::LostAnswer), .. } => {
                "gone after a lost answer"
            }
            VerdictKind::Succeeded { gone: Some(Gone::EarlierRun(_)), .. } => "deleted before",
            VerdictKind::Failed(_) => "failed",
            VerdictKind::Unknown { .. } => "unknown",
            _ => unreachable!("never"),
        }
    }

    fn not_found() -> Refusal {
        Refusal { not_found: true, ..Refusal::default() }
    }

    #[test]
    fn only_a_lost_answer_or_an_earlier_run_makes_not_found_a_success() {
        use Mark::{LostAnswer, None, RefusedBatch};
        let before = || Refusal { deleted_by: Some("night-1".into()), ..not_found() };
        let of = |mark, refusal, sibling| word(Effect::Delete, mark, refusal, sibling);
        assert_eq!(of(None, not_found(), false), "failed");
        assert_eq!(of(None, before(), false), "deleted before");
        assert_eq!(of(LostAnswer, not_found(), false), "gone after a lost answer");
        assert_eq!(of(LostAnswer, before(), false), "gone after a lost answer");
        assert_eq!(of(RefusedBatch(3), not_found(), false), "unknown");
        assert_eq!(of(RefusedBatch(3), before(), false), "deleted before");
        assert_eq!(of(RefusedBatch(3), not_found(), true), "failed");
        assert_eq!(of(LostAnswer, Refusal::default(), true), "failed");
    }

    #[test]
    fn a_number_in_use_is_somebody_elses_unless_a_refused_batch_may_have_created_it() {
        use Mark::{None, RefusedBatch};
        let of = |mark, sibling| {
            word(Effect::Create, mark, Refusal { in_use: true, ..Refusal::default() }, sibling)
        };
        assert_eq!(of(None, false), "failed");
        assert_eq!(of(RefusedBatch(3), true), "failed");
        assert_eq!(of(RefusedBatch(3), false), "unknown");
        assert_eq!(word(Effect::Create, RefusedBatch(3), not_found(), false), "failed");
    }

    #[test]
    fn an_update_of_something_gone_has_failed() {
        for mark in [Mark::None, Mark::LostAnswer, Mark::RefusedBatch(3)] {
            let refusal = Refusal { deleted_by: Some("night-1".into()), ..not_found() };
            assert_eq!(word(Effect::Update, mark, refusal, false), "failed");
        }
    }
}
