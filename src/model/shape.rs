//! Rows with more or fewer fields than their header: what is said of them, and what an outcome file
//! still says of them.

use super::outcome_file::OwnColumns;
use super::record::RowFault;

/// How many fields a row and its header have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Of the row.
    pub fields: usize,
    /// Of the header.
    pub width: usize,
    /// Nothing is in the fields beyond the header: only their number tells of them.
    pub blank: bool,
}

/// How the rule begins where the fields beyond the header are blank.
const BLANK: &str = "the surplus is empty: ";

impl Shape {
    /// Why such a row cannot be used.
    pub fn fault(self) -> RowFault {
        self.with_rule(if self.fields < self.width {
            "what is at its end is missing, or a delimiter is; when it is sent again, an empty `korebulk_outcome` says that it is meant so"
        } else {
            "a field that holds the delimiter is in quotes; when it is sent again, values beyond the header are dropped where `korebulk_outcome` is empty"
        })
    }

    fn with_rule(self, rule: &str) -> RowFault {
        let s = if self.fields == 1 { "" } else { "s" };
        RowFault {
            problem: format!("has {} field{s}, the header has {}", self.fields, self.width),
            rule: if self.blank { BLANK.to_owned() + rule } else { rule.to_owned() },
        }
    }

    /// The shape that a reason speaks of.
    fn in_reason(reason: &str) -> Option<Self> {
        let (fields, rest) = reason.strip_prefix("has ")?.split_once(" field")?;
        let (_, rest) = rest.split_once("the header has ")?;
        let width = rest.split_once(' ').map_or(rest, |(width, _)| width);
        let blank = rest.contains(BLANK);
        Some(Self { fields: fields.parse().ok()?, width: width.parse().ok()?, blank })
    }
}

/// A row of an outcome file that was rejected for its shape, as long as nobody has set it right.
///
/// Outcome files are as wide as their header in every row, so the row itself no longer shows it.
pub fn still_misshapen<'r>(
    header: &[String],
    own: OwnColumns,
    cell: impl Fn(usize) -> &'r str,
) -> Option<RowFault> {
    if !cell(own.outcome).trim().eq_ignore_ascii_case("rejected") {
        return None;
    }
    let shape = Shape::in_reason(cell(own.reason))?;
    let mut input = (0..header.len()).filter(|column| !own.holds(*column));
    let is_blank = |column: usize| cell(column).trim().is_empty();
    let is_right = if shape.fields < shape.width {
        // Several files may be in one: then nobody knows which columns were missing.
        let (missing, beyond): (Vec<_>, Vec<_>) =
            input.enumerate().skip(shape.fields).partition(|(n, _)| *n < shape.width);
        beyond.iter().all(|(_, column)| header[*column].trim().is_empty())
            && missing.iter().any(|(_, column)| !is_blank(*column))
    } else {
        // The column without a name is where what was beyond the header is.
        !shape.blank && input.all(|n| !header[n].trim().is_empty() || is_blank(n))
    };
    let rule = "put each value under its header, then empty `korebulk_outcome`";
    (!is_right).then(|| shape.with_rule(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(header: &str, row: &str) -> Option<String> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let cells: Vec<&str> = row.split('|').collect();
        let own = OwnColumns::of(&header).unwrap();
        still_misshapen(&header, own, |n| cells[n]).map(|fault| fault.rule)
    }

    #[test]
    fn a_reason_tells_the_shape_again() {
        for (fields, width, blank) in [(1, 3, false), (5, 4, true), (12, 11, false)] {
            let shape = Shape { fields, width, blank };
            let RowFault { problem, rule } = shape.fault();
            assert_eq!(Shape::in_reason(&format!("{problem} ({rule})")), Some(shape));
        }
        assert_eq!(Shape::in_reason("has letters"), None);
    }

    #[test]
    fn a_short_row_is_right_once_something_is_where_it_was_short() {
        let header = "id,name,ext,korebulk_row,korebulk_outcome,korebulk_reason";
        let reason = "has 2 fields, the header has 3 (x)";
        assert!(still(header, &format!("1|Bo||3|rejected|{reason}")).is_some());
        assert!(still(header, &format!("1|Bo|+|3|rejected|{reason}")).is_none());
        assert!(still(header, &format!("1|Bo||3||{reason}")).is_none(), "said to be meant so");
        assert!(still(header, "1|Bo||3|rejected|has letters").is_none());
        let union = "id,name,ext,phone,korebulk_row,korebulk_outcome,korebulk_reason";
        assert!(still(union, &format!("1|Bo|+||3|rejected|{reason}")).is_some());
    }

    #[test]
    fn a_row_with_a_field_too_many_is_right_once_nothing_is_beyond_the_header() {
        let header = "id,name,,korebulk_row,korebulk_outcome,korebulk_reason";
        let reason = "has 3 fields, the header has 2 (x)";
        assert!(still(header, &format!("1|Doe|Ana|3|rejected|{reason}")).is_some());
        assert!(still(header, &format!("1|Doe, Ana||3|rejected|{reason}")).is_none());
        let blank = "has 3 fields, the header has 2 (the surplus is empty: x)";
        let rule = still(header, &format!("1|Doe||3|rejected|{blank}")).unwrap();
        assert_eq!(
            rule,
            "the surplus is empty: put each value under its header, then empty `korebulk_outcome`"
        );
    }
}
