//! Whether a quoted field over several lines swallowed rows of its table: two stray quotes do that,
//! and the rows between them are then read by nobody.
//!
//! An address or a note over two lines is no such field: swallowed rows show the delimiters of whole
//! rows, or their ids.

use super::ids::holds_id;

/// A quoted field that holds line breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spread {
    /// Its number in its row, from 0.
    pub(super) field: usize,
    /// The lines on which it opens and closes.
    pub(super) lines: (u64, u64),
    /// What is between its quotes.
    pub(super) content: std::ops::Range<usize>,
}

/// What a field is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) delimiter: u8,
    /// Fields of the header.
    pub(super) width: usize,
    /// Fields of the row that the field is in.
    pub(super) fields: usize,
}

impl Table {
    /// Whether `content`, of this field, looks like the end of one row, the start of
    /// another, and all rows between them.
    pub(super) fn holds_rows(&self, content: &[u8], field: usize) -> bool {
        if holds_id(content) {
            return true;
        }
        let lines: Vec<&[u8]> = content.split(|b| matches!(b, b'\r' | b'\n')).collect();
        let [first, inner @ .., last] = lines.as_slice() else { return false };
        let mut inner = inner.iter().filter(|line| !line.trim_ascii().is_empty()).peekable();
        let count = |line: &[u8]| memchr::memchr_iter(self.delimiter, line).count();
        let several = inner.peek().is_some();
        let whole = inner.all(|line| count(line) + 1 == self.width);
        let begins = count(first) + field + 1 == self.width;
        let ends = (self.width + field).checked_sub(self.fields) == Some(count(last));
        match self.width {
            0 | 1 => false,
            // One delimiter is in many a sentence: what must be the id's cell has to look like one.
            2 if field == 0 => {
                whole
                    && begins
                    && ends
                    && first.split(|b| *b == self.delimiter).nth(1).is_some_and(is_number)
            }
            2 => {
                whole
                    && begins
                    && ends
                    && last.split(|b| *b == self.delimiter).next().is_some_and(is_number)
            }
            _ => {
                whole && (several || (begins && ends && last.iter().any(u8::is_ascii_alphanumeric)))
            }
        }
    }
}

/// A word with digits.
fn is_number(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.iter().any(u8::is_ascii_digit) && !cell.iter().any(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(width: usize, field: usize, content: &str) -> bool {
        Table { delimiter: b',', width, fields: width }.holds_rows(content.as_bytes(), field)
    }

    #[test]
    fn whole_rows_between_two_quotes_are_seen() {
        assert!(suspect(3, 1, "Ana,X\n1003,Bo,Y\n1004,Cy,Z\n1005,Di"));
        assert!(suspect(3, 1, "Ana,X\r\n1003,Bo"));
        assert!(suspect(3, 0, "Ana,1,2\nBo"));
        assert!(suspect(3, 2, "x\n1003,Bo,y"));
        assert!(suspect(2, 1, "Ana\n1003,Bo"));
        assert!(suspect(2, 0, "Ana,1002\nBo"));
        assert!(suspect(1, 0, "65f7d49a5dd06e2cefa45012\n65f7d49a5dd06e2cefa45013"));
        assert!(suspect(9, 4, "x\n65f7d49a5dd06e2cefa45012,y"), "an id is enough");
    }

    #[test]
    fn addresses_and_notes_over_several_lines_are_none() {
        assert!(!suspect(2, 1, "12 High St\nLondon"));
        assert!(!suspect(2, 1, "12 High St, Flat 4\nLondon, UK"));
        assert!(!suspect(2, 1, "12 High St\nLondon, UK"));
        assert!(!suspect(3, 2, "12 High St, Flat 4\nLondon"));
        assert!(!suspect(3, 2, "12 High St, Flat 4\nLondon, UK\nEC1"));
        assert!(!suspect(7, 6, "Called, no answer, again, and so on, twice, then\nmailed"));
        assert!(!suspect(1, 0, "a\nb"));
    }
}
