//! One record as csv-core leaves it: its fields one behind the other, and where each ends.

use std::borrow::Cow;

use csv::StringRecord;
use csv_core::ReadRecordResult;

/// The fields of one record, in buffers that are used again.
pub(super) struct Parsed {
    text: Vec<u8>,
    ends: Vec<usize>,
    text_len: usize,
    fields: usize,
    /// The line on which it starts.
    pub(super) line: u64,
}

impl Default for Parsed {
    fn default() -> Self {
        Self { text: vec![0; 4096], ends: vec![0; 64], text_len: 0, fields: 0, line: 0 }
    }
}

impl Parsed {
    /// Begins a record on this line.
    pub(super) fn begin(&mut self, line: u64) {
        (self.text_len, self.fields, self.line) = (0, 0, line);
    }

    /// Hands `input` to csv-core and makes room where it asks for some; says how much it took.
    pub(super) fn feed(
        &mut self,
        core: &mut csv_core::Reader,
        input: &[u8],
    ) -> (ReadRecordResult, usize) {
        let (result, read, written, ended) =
            core.read_record(input, &mut self.text[self.text_len..], &mut self.ends[self.fields..]);
        self.text_len += written;
        self.fields += ended;
        match result {
            ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            _ => {}
        }
        (result, read)
    }

    /// Puts other fields in its place.
    pub(super) fn replace(&mut self, fields: &[Vec<u8>]) {
        self.text.clear();
        self.ends.clear();
        for field in fields {
            self.text.extend_from_slice(field);
            self.ends.push(self.text.len());
        }
        (self.text_len, self.fields) = (self.text.len(), self.ends.len());
        self.text.resize(self.text_len.max(4096), 0);
        self.ends.resize(self.fields.max(64), 0);
    }

    /// All its fields, one behind the other.
    pub(super) fn text(&self) -> &[u8] {
        &self.text[..self.text_len]
    }

    /// How many they are.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    /// Each of its fields.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends[..self.fields].iter().map(move |&end| {
            let field = &self.text[start..end];
            start = end;
            field
        })
    }

    /// Fills `cells`, and says of which columns a field is no UTF-8 (what is none shows as U+FFFD);
    /// false if there is one.
    pub(super) fn fill(&self, cells: &mut StringRecord, mut stray: impl FnMut(u16)) -> bool {
        cells.clear();
        let text = std::str::from_utf8(self.text()).ok();
        let mut start = 0;
        let mut valid = true;
        for &end in &self.ends[..self.fields] {
            // `get`: a character may be cut in two by a delimiter.
            if let Some(field) = text.and_then(|t| t.get(start..end)) {
                cells.push_field(field);
            } else {
                let field = String::from_utf8_lossy(&self.text[start..end]);
                if let Cow::Owned(_) = field {
                    valid = false;
                    // No header has more columns; what is beyond it is at fault anyway.
                    u16::try_from(cells.len()).into_iter().for_each(&mut stray);
                }
                cells.push_field(&field);
            }
            start = end;
        }
        valid
    }
}
