//! How a delimited row is quoted: quotes that stay open, text behind a closing one.
//!
//! csv-core reads both without a word; here they are found, because rows can vanish in them.

use super::window::Place;

/// What the quotes of one row come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quoting {
    /// The line on which a quote opened that never closes.
    pub(super) open: Option<u64>,
    /// The lines on which a quoted field opened and closed that has text behind its closing quote.
    pub(super) trailing: Option<(u64, u64)>,
}

/// Walks over one row as stored, from its start at `place`, which ends up behind it.
pub(super) fn examine(row: &[u8], delimiter: u8, place: &mut Place) -> Quoting {
    let mut found = Quoting::default();
    let mut rest = row;
    while !rest.is_empty() {
        if rest[0] == b'"' {
            let opened = place.line;
            let Some(quoted) = quoted(rest) else {
                place.pass(rest);
                found.open = Some(opened);
                return found;
            };
            // Most quoted fields hold no line break, and only those move the place to another line.
            if rest[..quoted].iter().any(|b| matches!(b, b'\r' | b'\n')) {
                place.pass(&rest[..quoted]);
            }
            rest = &rest[quoted..];
            let blanks = rest.iter().take_while(|b| **b == b' ').count();
            rest = &rest[blanks..];
            if rest.first().is_some_and(|&next| !ends_field(next, delimiter)) {
                found.trailing.get_or_insert((opened, place.line));
            }
        }
        let plain = rest.iter().position(|b| ends_field(*b, delimiter)).unwrap_or(rest.len());
        let pair = rest[plain..].starts_with(b"\r\n");
        let end = rest.len().min(plain + if pair { 2 } else { 1 });
        place.pass_line(&rest[..end]);
        rest = &rest[end..];
    }
    found
}

fn ends_field(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || matches!(byte, b'\r' | b'\n')
}

/// The length of a quoted field with both its quotes, a quote within it being written twice.
fn quoted(field: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += field.get(at..)?.iter().position(|b| *b == b'"')? + 1;
        if field.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(row: &str) -> (Quoting, u64) {
        let mut place = Place::default();
        let quoting = examine(row.as_bytes(), b',', &mut place);
        (quoting, place.line)
    }

    #[test]
    fn well_quoted_rows_have_nothing_to_say() {
        for row in
            ["a,b\n", "\"a\",\"b\"\r\n", "\"a \"\"x\"\" b\",5\" pipe\n", "\"a\" ,b\n", "\"\"\n"]
        {
            assert_eq!(examined(row), (Quoting::default(), 2), "{row:?}");
        }
        assert_eq!(examined("\"a\r\nb\rc\nd\",x"), (Quoting::default(), 4));
    }

    #[test]
    fn a_quote_that_stays_open_is_found_where_it_opened() {
        assert_eq!(examined("\"a\nb\",\"c\nd\n").0.open, Some(2));
        assert_eq!(examined("\"a\"\"").0.open, Some(1));
    }

    #[test]
    fn text_behind_a_closing_quote_is_found_with_its_lines() {
        assert_eq!(examined("\"a\"b,c\n").0.trailing, Some((1, 1)));
        assert_eq!(examined("1,\"a\n2,\"b,c\n").0.trailing, Some((1, 2)));
    }
}
