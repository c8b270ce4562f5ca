//! Records that share an id: where the other one is, and what is said of the one that is held back.

use std::path::Path;

use crate::map;
use crate::model::duplicate::Sameness;
use crate::model::{Operation, Ordinal, Outcome, Row, RunError, Source, duplicate};
use crate::store::CopyReader;

/// Where the records are that a duplicate's reason names.
pub(crate) type Places = Vec<(Ordinal, u16, u64)>;

/// Finds them in the stored copy.
pub(crate) fn places(
    copy: &Path,
    found: &[(Ordinal, map::Disposition)],
) -> Result<Places, RunError> {
    let mut named: Vec<Ordinal> =
        found.iter().map(|(_, disposition)| other(*disposition)).collect();
    named.sort_unstable();
    named.dedup();
    let mut places = Places::with_capacity(named.len());
    let mut copy = CopyReader::open(copy)?;
    let mut row = Row::default();
    let mut named = named.into_iter().peekable();
    let mut ordinal: Ordinal = 0;
    while named.peek().is_some() && copy.next(&mut row)? {
        if named.next_if_eq(&ordinal).is_some() {
            places.push((ordinal, row.source, row.line));
        }
        ordinal = ordinal.saturating_add(1);
    }
    Ok(places)
}

const fn other(disposition: map::Disposition) -> Ordinal {
    match disposition {
        map::Disposition::Skipped { of } => of,
        map::Disposition::Rejected { other } | map::Disposition::ChosenTwice { other } => other,
    }
}

/// Why a good record is not sent after all.
pub(crate) struct Dropped {
    pub(crate) outcome: Outcome,
    pub(crate) reason: String,
    /// The reason with "another row" for the record that it names, so that such rows cluster; and that record's place.
    pub(crate) because: Option<(String, String)>,
}

/// Why a record that shares its id with another is not sent.
pub(crate) fn words(
    disposition: map::Disposition,
    operation: Operation,
    (places, sources): (&Places, &[Source]),
) -> Dropped {
    let named = other(disposition);
    let place = places
        .binary_search_by_key(&named, |(ordinal, ..)| *ordinal)
        .ok()
        .and_then(|at| places.get(at))
        .map_or_else(String::new, |(_, source, line)| match sources.get(usize::from(*source)) {
            Some(source) if sources.len() > 1 => format!("row {line} of {}", source.file),
            _ => format!("row {line}"),
        });
    let (outcome, why) = match disposition {
        map::Disposition::Skipped { .. } => (Outcome::Skipped, Sameness::Record),
        map::Disposition::Rejected { .. } => (Outcome::Rejected, Sameness::Key(operation)),
        map::Disposition::ChosenTwice { .. } => (Outcome::Rejected, Sameness::ReviewedRow),
    };
    let (reason, cluster) = duplicate::reason(why, &place);
    Dropped { outcome, reason, because: Some((cluster, place)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_gives_back_the_place_that_it_names() {
        let source = |file: &str| Source {
            file: file.into(),
            sheet: None,
            header: Vec::new(),
            sha256: String::new(),
            detected: String::new(),
        };
        let (places, sources) = (vec![(3, 1, 5)], [source("a.csv"), source("b.csv")]);
        for disposition in [
            map::Disposition::Skipped { of: 3 },
            map::Disposition::Rejected { other: 3 },
            map::Disposition::ChosenTwice { other: 3 },
        ] {
            for operation in [Operation::BulkDelete, Operation::CreateContacts] {
                let dropped = words(disposition, operation, (&places, &sources));
                let (cluster, place) = duplicate::because_of(&dropped.reason).unwrap();
                assert_eq!(dropped.because, Some((cluster, place.to_owned())));
                assert_eq!(place, "row 5 of b.csv");
            }
        }
    }
}
