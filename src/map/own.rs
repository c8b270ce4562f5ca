//! korebulk's own outcome files as input (`docs/contract.md`, "Files of a run"): what is settled is left out, what is
//! unknown keeps its mark, and the escape against formulas comes off.

use super::error::MapError;
use crate::model::outcome_file::{OwnColumns, is_own, unguarded};
use crate::model::{Mark, Outcome, Source};

/// A source whose header is that of the input from which korebulk wrote it, if it did.
pub(super) fn plain_source(source: &Source) -> Source {
    let mut plain = source.clone();
    if is_own(&source.header) {
        plain.header = source.header.iter().map(|name| unguarded(name).to_owned()).collect();
    }
    plain
}

/// Where an outcome file has korebulk's own columns: all of them, for without one nobody knows what an earlier run said of
/// a row, nor whether a `'` is an escape.
pub(super) fn columns(source: &Source) -> Result<Option<OwnColumns>, MapError> {
    match OwnColumns::missing(&source.header) {
        None => Ok(OwnColumns::of(&source.header)),
        Some(missing) => Err(MapError::new(
            format!("`{}` is an outcome file without its column `{missing}`", source.file),
            "give it back with all of its columns",
        )),
    }
}

/// What an earlier run said of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earlier {
    /// It is to be sent, with this mark.
    Again(Mark),
    /// It is settled, with this outcome.
    Settled(Outcome),
}

impl Earlier {
    /// What is known of earlier sends.
    pub(super) const fn mark(self) -> Mark {
        match self {
            Self::Again(mark) => mark,
            Self::Settled(_) => Mark::None,
        }
    }
}

/// Reads the outcome written in a row, and its reason.
pub(super) fn earlier(outcome: &str, reason: &str) -> Earlier {
    match Outcome::named(&outcome.trim().to_ascii_lowercase()) {
        Some(settled @ (Outcome::Succeeded | Outcome::Skipped)) => Earlier::Settled(settled),
        // Refused with its batch: no answer was lost, so a contact not found now may never have
        // been there (docs/contract.md, "Not found"). No request of this run has the number 0.
        Some(Outcome::Unknown) if reason.contains("refusedInBatch") => {
            Earlier::Again(Mark::RefusedBatch(0))
        }
        Some(Outcome::Unknown) => Earlier::Again(Mark::LostAnswer),
        _ => Earlier::Again(Mark::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_rows_are_left_out_and_unknown_ones_keep_their_mark() {
        assert_eq!(earlier("succeeded", ""), Earlier::Settled(Outcome::Succeeded));
        assert_eq!(earlier(" Skipped ", ""), Earlier::Settled(Outcome::Skipped));
        assert_eq!(earlier("unknown", "noVerdict"), Earlier::Again(Mark::LostAnswer));
        let refused = Earlier::Again(Mark::RefusedBatch(0));
        assert_eq!(earlier("unknown", "refusedInBatch"), refused);
        for again in ["failed", "rejected", "unsent", ""] {
            assert_eq!(earlier(again, ""), Earlier::Again(Mark::None));
        }
    }
}
