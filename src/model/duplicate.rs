//! What is said of a record that shares its id with another: a sentence that names the other's place, and the way back
//! from it, so that such records can be counted together.

use super::Operation;

/// What a reason says before and after the place of the other record.
type Frame = (&'static str, &'static str);
const DUPLICATE: Frame = ("duplicate of ", "");
const SAME_ID: Frame =
    ("same id as ", " with different content (choose one with `--on-duplicate first` or `last`)");
const SAME_NUMBER: Frame = (
    "same phone number as ",
    " with different content (choose one with `--on-duplicate first` or `last`)",
);
const CHOSEN_TWICE: Frame = (
    "its row has an `x` beside another contact, too: ",
    " (choose one of them in the review file)",
);
const ANOTHER: &str = "another row";

/// What a record has in common with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sameness {
    /// All of it: one of them is skipped.
    Record,
    /// What records of this operation are known by.
    Key(Operation),
    /// The row of which a review file shows both.
    ReviewedRow,
}

/// Why a record is skipped or rejected that has something in common with the one at `place`: the sentence, and the same
/// with "another row" for the place.
pub(crate) fn reason(why: Sameness, place: &str) -> (String, String) {
    let (before, after) = match why {
        Sameness::Record => DUPLICATE,
        Sameness::Key(operation) if operation.spec().has_ids() => SAME_ID,
        Sameness::Key(_) => SAME_NUMBER,
        Sameness::ReviewedRow => CHOSEN_TWICE,
    };
    (format!("{before}{place}{after}"), format!("{before}{ANOTHER}{after}"))
}

/// A reason that names another record, as such rows cluster, and the place that it names.
pub(crate) fn because_of(reason: &str) -> Option<(String, &str)> {
    [DUPLICATE, SAME_ID, SAME_NUMBER, CHOSEN_TWICE].into_iter().find_map(|(before, after)| {
        let place = reason.strip_prefix(before)?.strip_suffix(after)?;
        Some((format!("{before}{ANOTHER}{after}"), place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_gives_back_the_place_that_it_names() {
        let keys = Operation::ALL.map(Sameness::Key);
        for why in [Sameness::Record, Sameness::ReviewedRow].into_iter().chain(keys) {
            let (sentence, cluster) = reason(why, "row 5 of b.csv");
            assert_eq!(because_of(&sentence), Some((cluster, "row 5 of b.csv")));
        }
        assert_eq!(because_of("`id` is empty"), None);
    }
}
