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
const ANOTHER: &str = "another row";

/// Why a record is skipped (`is_same`) or rejected that shares with the one at `place` what it is known by: the sentence,
/// and the same with "another row" for the place.
pub(crate) fn reason(operation: Operation, is_same: bool, place: &str) -> (String, String) {
    let (before, after) = match is_same {
        true => DUPLICATE,
        false if operation.spec().has_ids() => SAME_ID,
        false => SAME_NUMBER,
    };
    (format!("{before}{place}{after}"), format!("{before}{ANOTHER}{after}"))
}

/// A reason that names another record, as such rows cluster, and the place that it names.
pub(crate) fn because_of(reason: &str) -> Option<(String, &str)> {
    [DUPLICATE, SAME_ID, SAME_NUMBER].into_iter().find_map(|(before, after)| {
        let place = reason.strip_prefix(before)?.strip_suffix(after)?;
        Some((format!("{before}{ANOTHER}{after}"), place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_gives_back_the_place_that_it_names() {
        for operation in Operation::ALL {
            for is_same in [true, false] {
                let (sentence, cluster) = reason(operation, is_same, "row 5 of b.csv");
                assert_eq!(because_of(&sentence), Some((cluster, "row 5 of b.csv")));
            }
        }
        assert_eq!(because_of("`id` is empty"), None);
    }
}
