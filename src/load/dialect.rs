//! How a delimited file is written: delimiter, `sep=` line, where its header is.

use csv::{ByteRecord, ReaderBuilder};

use crate::model::settings::{Format, InputSettings};

use super::window::Position;

/// Delimiters that are looked for, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows by which a delimiter is found.
const SAMPLE: usize = 50;

/// What is known of a delimited file beforehand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    delimiter: Option<u8>,
    header_row: Option<u32>,
}

/// Where the table starts and what is between its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes before the header: a `sep=` line, rows before the header row.
    pub(super) lead_in: usize,
    pub(super) delimiter: u8,
    pub(super) sep_line: bool,
}

impl Dialect {
    pub(super) fn given(format: Format, settings: &InputSettings) -> Self {
        let tab = (format == Format::Tsv).then_some(b'\t');
        Self { delimiter: settings.delimiter.or(tab), header_row: settings.header_row }
    }

    /// The row that the header must be in.
    pub(super) fn header_row(&self) -> Option<u32> {
        self.header_row
    }

    /// Reads the start of a text; `whole`: `head` is all of it.
    pub(super) fn layout(&self, head: &[u8], whole: bool) -> Layout {
        let sep = sep_line(head);
        let mut position = Position::default();
        let mut lead_in = sep.map_or(0, |(_, bytes)| bytes);
        position.pass(&head[..lead_in]);
        let wanted = u64::from(self.header_row.unwrap_or(0));
        // A line feed behind a carriage return still belongs to the row before.
        while lead_in < head.len()
            && (position.line < wanted || (lead_in > 0 && head[lead_in - 1..].starts_with(b"\r\n")))
        {
            position.step(head[lead_in]);
            lead_in += 1;
        }
        let delimiter = self
            .delimiter
            .or(sep.map(|(delimiter, _)| delimiter))
            .unwrap_or_else(|| likeliest(&head[lead_in..], whole));
        Layout { lead_in, delimiter, sep_line: sep.is_some() }
    }

    /// The header as it would be read, where it is text.
    pub(super) fn header(&self, head: &[u8], whole: bool) -> Option<Vec<String>> {
        let layout = self.layout(head, whole);
        let record = sample(&head[layout.lead_in..], true, layout.delimiter).next()?;
        record.iter().map(|field| String::from_utf8(field.to_vec()).ok()).collect()
    }
}

/// `sep=;` alone on the first line, as Excel writes and reads it: its delimiter and its length.
fn sep_line(head: &[u8]) -> Option<(u8, usize)> {
    let line = head.split(|b| matches!(b, b'\r' | b'\n')).next()?;
    let said = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    match said {
        [s, e, p, b'=', delimiter]
            if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && delimiter.is_ascii() =>
        {
            let end = &head[line.len()..];
            let breaks = if end.starts_with(b"\r\n") { 2 } else { end.len().min(1) };
            Some((*delimiter, line.len() + breaks))
        }
        _ => None,
    }
}

/// The delimiter by which most rows have as many fields as the header, and more than one.
fn likeliest(head: &[u8], whole: bool) -> u8 {
    let mut best = (0, 0, DELIMITERS[0]);
    // One that does not occur gives rows of a single field.
    for delimiter in DELIMITERS.into_iter().filter(|delimiter| head.contains(delimiter)) {
        let widths: Vec<usize> = sample(head, whole, delimiter).map(|r| r.len()).collect();
        let Some(&width) = widths.first().filter(|w| **w > 1) else { continue };
        let agreeing = widths.iter().filter(|w| **w == width).count() * 1000 / widths.len();
        if (agreeing, width) > (best.0, best.1) {
            best = (agreeing, width, delimiter);
        }
    }
    best.2
}

/// The first rows, without the last one where it may be cut off (unless it is the only one).
fn sample(head: &[u8], whole: bool, delimiter: u8) -> impl Iterator<Item = ByteRecord> {
    let mut rows: Vec<ByteRecord> = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head)
        .into_byte_records()
        .take(SAMPLE + 1)
        .filter_map(Result::ok)
        .collect();
    if !whole && rows.len() > 1 {
        rows.pop();
    }
    rows.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(head: &str) -> Layout {
        Dialect::default().layout(head.as_bytes(), true)
    }

    #[test]
    fn the_delimiter_is_the_one_on_which_rows_agree() {
        assert_eq!(layout("id;name\n1;a,b\n2;c,d\n").delimiter, b';');
        assert_eq!(layout("id,note\n1,a;b\n2,\"c;d,e\"\n").delimiter, b',');
        assert_eq!(layout("id\tname\n1\ta, b\n").delimiter, b'\t');
        assert_eq!(layout("id|name\n1|a\n").delimiter, b'|');
        assert_eq!(layout("id\n1\n").delimiter, b',');
        assert_eq!(layout("\"Last, First\";id\nx;1\n").delimiter, b';');
    }

    #[test]
    fn a_sep_line_is_no_row() {
        let found = layout("sep=|\r\nid|a,b\r\n1|2\r\n");
        assert_eq!(found, Layout { lead_in: 7, delimiter: b'|', sep_line: true });
        assert_eq!(layout("\"sep=;\"\nid\n").lead_in, 8);
        assert_eq!(layout("sep=;x\nid\n").lead_in, 0);
    }

    #[test]
    fn rows_before_the_header_row_are_passed_over() {
        let dialect = Dialect { delimiter: None, header_row: Some(3) };
        let found = dialect.layout(b"a title\r\n\r\nid;name\r\n1;x\r\n", true);
        assert_eq!(found, Layout { lead_in: 11, delimiter: b';', sep_line: false });
    }
}
