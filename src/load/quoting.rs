//! How a delimited row is quoted: quotes that stay open, text behind a closing one, fields over
//! several lines, quotes behind blanks.
//!
//! csv-core reads them all without a word; here they are found, because rows can vanish in them.

use super::swallow::{Spread, Table};
use super::window::Position;

/// What the quotes of one row come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Quoting {
    /// The line on which a quote opened that never closes.
    pub(super) open: Option<u64>,
    /// The lines on which a quoted field opened and closed that has text behind its closing quote.
    pub(super) trailing: Option<(u64, u64)>,
    /// Quoted fields that hold line breaks.
    pub(super) spread: Vec<Spread>,
}

impl Quoting {
    /// The lines of the first of the row's first `among` fields that looks as if it swallowed rows.
    pub(super) fn swallowed(&self, row: &[u8], table: Table, among: usize) -> Option<(u64, u64)> {
        let mut spread = self.spread.iter().filter(|spread| spread.field < among);
        let found = spread.find(|s| table.holds_rows(&row[s.content.clone()], s.field))?;
        Some(found.lines)
    }
}

/// Walks over one row as stored, from its start at `position`, which ends up behind it.
pub(super) fn examine(row: &[u8], delimiter: u8, position: &mut Position) -> Quoting {
    let mut found = Quoting::default();
    let mut at = 0;
    let mut field = 0;
    while at < row.len() {
        if row[at] == b'"' {
            let opened = position.line;
            let Some(quoted) = quoted(&row[at..]) else {
                position.pass(&row[at..]);
                found.open = Some(opened);
                return found;
            };
            // Most quoted fields hold no line break, and only those move the position to another line.
            if row[at..at + quoted].iter().any(|b| matches!(b, b'\r' | b'\n')) {
                position.pass(&row[at..at + quoted]);
                let content = at + 1..at + quoted - 1;
                found.spread.push(Spread { field, lines: (opened, position.line), content });
            }
            at += quoted;
            at += blanks(&row[at..], delimiter);
            if row.get(at).is_some_and(|&next| !ends_field(next, delimiter)) {
                found.trailing.get_or_insert((opened, position.line));
            }
        }
        let rest = &row[at..];
        let plain = plain(rest, delimiter);
        let pair = rest[plain..].starts_with(b"\r\n");
        let end = rest.len().min(plain + if pair { 2 } else { 1 });
        position.pass_line(&rest[..end]);
        at += end;
        field += 1;
    }
    found
}

/// A row some of whose quotes are behind blanks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spaced {
    /// Its fields, read as if the blanks were not there.
    Fields(Vec<Vec<u8>>),
    /// Such a quote is not closed in the row.
    Open,
    /// There is no such quote, or text follows a closing one: the row is what csv-core says.
    Plain,
}

/// Reads a row as people mean it who write a blank behind each delimiter: `"a", "b, c"`.
pub(super) fn spaced(row: &[u8], delimiter: u8) -> Spaced {
    let mut fields = Vec::new();
    let mut rest = row;
    let mut found = false;
    loop {
        let blanks = blanks(rest, delimiter);
        if rest.get(blanks) == Some(&b'"') {
            found |= blanks > 0;
            let Some(length) = quoted(&rest[blanks..]) else {
                return if blanks > 0 { Spaced::Open } else { Spaced::Plain };
            };
            fields.push(unquoted(&rest[blanks + 1..blanks + length - 1]));
            rest = &rest[blanks + length..];
            rest = &rest[self::blanks(rest, delimiter)..];
            if rest.first().is_some_and(|next| !ends_field(*next, delimiter)) {
                return Spaced::Plain;
            }
        } else {
            let plain = plain(rest, delimiter);
            fields.push(rest[..plain].to_vec());
            rest = &rest[plain..];
        }
        match rest.split_first() {
            Some((next, after)) if *next == delimiter => rest = after,
            _ => break,
        }
    }
    if found { Spaced::Fields(fields) } else { Spaced::Plain }
}

fn blanks(text: &[u8], delimiter: u8) -> usize {
    text.iter().take_while(|b| matches!(b, b' ' | b'\t') && **b != delimiter).count()
}

fn plain(text: &[u8], delimiter: u8) -> usize {
    text.iter().position(|b| ends_field(*b, delimiter)).unwrap_or(text.len())
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

fn unquoted(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(quote) = rest.iter().position(|b| *b == b'"') {
        text.extend_from_slice(&rest[..=quote]);
        rest = rest.get(quote + 2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(row: &str) -> (Quoting, u64) {
        let mut position = Position::default();
        let quoting = examine(row.as_bytes(), b',', &mut position);
        (quoting, position.line)
    }

    #[test]
    fn well_quoted_rows_have_nothing_to_say() {
        for row in
            ["a,b\n", "\"a\",\"b\"\r\n", "\"a \"\"x\"\" b\",5\" pipe\n", "\"a\" ,b\n", "\"\"\n"]
        {
            assert_eq!(examined(row), (Quoting::default(), 2), "{row:?}");
        }
    }

    #[test]
    fn a_field_over_several_lines_has_its_place_and_lines() {
        let row = "x,\"a\r\nb\rc\nd\",\"y\nz\"";
        let (quoting, line) = examined(row);
        let spread = |field, lines, content| Spread { field, lines, content };
        assert_eq!(quoting.spread, [spread(1, (1, 4), 3..11), spread(2, (4, 5), 14..17)]);
        assert_eq!(line, 5);
        assert_eq!(&row[14..17], "y\nz");
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

    #[test]
    fn quotes_behind_blanks_are_quotes() {
        let fields = |row: &str| match spaced(row.as_bytes(), b',') {
            Spaced::Fields(fields) => {
                fields.into_iter().map(|f| String::from_utf8(f).unwrap()).collect::<Vec<_>>()
            }
            other => vec![format!("{other:?}")],
        };
        assert_eq!(fields("\"1\", \"Doe, Ana\"\n"), ["1", "Doe, Ana"]);
        assert_eq!(fields("1,\t\"say \"\"hi\"\"\" , x\r\n"), ["1", "say \"hi\"", " x"]);
        assert_eq!(fields("1, \"\","), ["1", "", ""]);
        assert_eq!(fields("\"1\",\"a\"\n"), ["Plain"]);
        assert_eq!(fields("1, \"big\" one\n"), ["Plain"]);
        assert_eq!(fields("1, \"two\n"), ["Open"]);
    }
}
