//! What a sheet's own XML or records say of its rows and calamine does not: which are hidden, which cells
//! are merged or shown in a format of their own, and which formulas have no stored value (a program wrote them that
//! never computed them).

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};

use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::looks::Looks;

/// Facts by sheet name. A sheet that is not in it could not be asked.
pub(super) type Facts = HashMap<String, SheetFacts>;

/// What is known of one sheet's rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct SheetFacts {
    pub(super) hidden: RowSet,
    /// A filter hides them (or some of them).
    pub(super) filtered: bool,
    /// Rows with a formula without a value, by column from 0.
    pub(super) uncomputed: BTreeMap<u16, RowSet>,
    /// By their first rows.
    pub(super) merged: Vec<Merged>,
    /// Number formats, where calamine does not say them.
    pub(super) looks: Looks,
}

/// Cells that are shown as one: all but the first hold nothing, whatever is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Merged {
    /// From 1.
    pub(super) rows: (u64, u64),
    /// From 0.
    pub(super) columns: (u16, u16),
}

impl Merged {
    /// `B3:B5`
    fn of(reference: &str) -> Option<Self> {
        let (first, last) = reference.split_once(':')?;
        let row = |cell: &str| cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse();
        let rows = (row(first).ok()?, row(last).ok()?);
        Some(Self { rows, columns: (column(first)?, column(last)?) })
    }

    /// The columns of a row, of `width`, that are covered by the first cell.
    pub(super) fn covered(&self, row: u64, width: usize) -> impl Iterator<Item = u16> + use<> {
        let is_in = (self.rows.0..=self.rows.1).contains(&row);
        let (left, right) = if is_in { self.columns } else { (1, 0) };
        let left = if row == self.rows.0 { left.saturating_add(1) } else { left };
        (left..=right).take_while(move |column| usize::from(*column) < width)
    }
}

/// Rows from 1, first and last of each range, in order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct RowSet(Vec<(u64, u64)>);

impl RowSet {
    /// Rows come in order.
    pub(super) fn add(&mut self, first: u64, last: u64) {
        match self.0.last_mut() {
            Some((_, end)) if *end + 1 >= first => *end = last.max(*end),
            _ => self.0.push((first, last)),
        }
    }

    pub(super) fn contains(&self, row: u64) -> bool {
        let behind = self.0.partition_point(|(first, _)| *first <= row);
        behind > 0 && row <= self.0[behind - 1].1
    }
}

/// Reads a worksheet part of an .xlsx (ECMA-376 part 1, 18.3.1.73 `row`, 18.3.1.82 `sheetPr`,
/// 18.3.1.4 `c`, 18.3.1.54 `mergeCell`); `None` where it cannot be read to its end.
///
/// `is_recalculated`: the workbook's formulas are computed when it is opened. Programs that compute none write 0 as their
/// value then.
pub(super) fn of_worksheet(xml: impl std::io::Read, is_recalculated: bool) -> Option<SheetFacts> {
    let mut reader = reader(BufReader::new(xml));
    let mut scan = Scan { is_recalculated, ..Scan::default() };
    let (mut buffer, mut is_whole) = (Vec::new(), false);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(e) => scan.open(&e),
            Event::Empty(e) => {
                is_whole |= e.local_name().as_ref() == "sheetData";
                scan.open(&e);
                scan.close(e.local_name().as_ref());
            }
            Event::Text(text) => scan.text(text.as_ref() == "0"),
            Event::CData(_) | Event::GeneralRef(_) => scan.text(false),
            Event::End(e) => {
                is_whole |= e.local_name().as_ref() == "sheetData";
                scan.close(e.local_name().as_ref());
            }
            Event::Eof if is_whole => {
                scan.facts.merged.sort_unstable();
                return Some(scan.facts);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is said of the cell by itself")]
struct Scan {
    facts: SheetFacts,
    row: u64,
    /// Of the cell: its attributes as written, whether it has a formula, whether it has a value.
    cell: String,
    formula: bool,
    filled: bool,
    in_value: bool,
    /// The value is a mere 0.
    is_zero: bool,
    is_recalculated: bool,
}

impl Scan {
    fn open(&mut self, e: &BytesStart<'_>) {
        match e.local_name().as_ref() {
            "sheetPr" => self.facts.filtered = is_true(e, "filterMode"),
            "row" => {
                self.row = attribute(e, "r").and_then(|r| r.parse().ok()).unwrap_or(self.row + 1);
                if is_true(e, "hidden") {
                    self.facts.hidden.add(self.row, self.row);
                }
            }
            "c" => {
                self.cell.clear();
                self.cell.push_str(e.attributes_raw());
                (self.formula, self.filled, self.is_zero) = (false, false, false);
            }
            "f" => self.formula = true,
            "v" => self.in_value = true,
            "mergeCell" => {
                let reference = attribute(e, "ref");
                self.facts.merged.extend(reference.as_deref().and_then(Merged::of));
            }
            _ => {}
        }
    }

    fn text(&mut self, is_zero: bool) {
        if self.in_value {
            self.is_zero = is_zero && !self.filled;
            self.filled = true;
        }
    }

    fn close(&mut self, name: &str) {
        let is_computed = self.filled && !(self.is_zero && self.is_recalculated);
        match name {
            "v" => self.in_value = false,
            "c" if self.formula && !is_computed => {
                let attribute = |name| find(Attributes::new(&self.cell, 0), name);
                // An empty text is a value too.
                let text = attribute("t").as_deref() == Some("str");
                if let Some(column) = attribute("r").as_deref().and_then(column)
                    && !text
                {
                    self.facts.uncomputed.entry(column).or_default().add(self.row, self.row);
                }
            }
            _ => {}
        }
    }
}

/// The column of an address such as `AB12`, from 0.
fn column(address: &str) -> Option<u16> {
    let letters = address.bytes().take_while(u8::is_ascii_alphabetic).take(3);
    let number = letters.fold(0_u16, |n, b| n * 26 + u16::from(b.to_ascii_uppercase() - b'@'));
    number.checked_sub(1)
}

/// An XML reader that takes what spreadsheet programs write.
pub(super) fn reader<R: BufRead>(xml: R) -> Reader<R> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().check_end_names = false;
    reader
}

/// An attribute by its local name; `None` where it is missing or malformed.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    find(element.attributes(), name)
}

/// Whether an attribute is there and says so.
pub(super) fn is_true(element: &BytesStart<'_>, name: &str) -> bool {
    matches!(attribute(element, name).as_deref(), Some("1" | "true"))
}

fn find(mut attributes: Attributes<'_>, name: &str) -> Option<String> {
    let found = attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|a| a.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_rows_are_found_with_and_without_numbers() {
        let xml = r#"<x:worksheet><x:sheetPr filterMode="1"/><x:sheetData><x:row r="2" hidden="1"/>
            <x:row hidden="true"><c/></x:row><x:row/><x:row r="9" hidden="0"/></x:sheetData>"#;
        let facts = of_worksheet(xml.as_bytes(), false).unwrap();
        let found: Vec<u64> = (0..12).filter(|r| facts.hidden.contains(*r)).collect();
        assert_eq!(found, [2, 3]);
        assert!(facts.filtered);
    }

    #[test]
    fn merged_cells_are_found_behind_the_rows() {
        let xml = r#"<worksheet><sheetData><row r="3"/></sheetData><mergeCells count="2">
            <mergeCell ref="AB4:AC5"/><mergeCell ref="B3:B5"/><mergeCell ref="?"/></mergeCells></worksheet>"#;
        let facts = of_worksheet(xml.as_bytes(), false).unwrap();
        let covered = |row| facts.merged.iter().flat_map(move |m| m.covered(row, 99));
        assert_eq!(facts.merged[0], Merged { rows: (3, 5), columns: (1, 1) });
        assert_eq!(covered(3).count() + covered(4).filter(|c| *c == 27).count(), 0);
        assert_eq!(facts.merged[1].covered(5, 99).collect::<Vec<_>>(), [27, 28]);
    }

    #[test]
    fn formulas_without_a_value_are_found() {
        let xml = r#"<sheetData><row r="7"><c r="A7"><f>1+1</f><v/></c><c r="B7"><f>1</f></c>
            <c r="C7"><f>1</f><v>1</v></c><c r="D7" t="str"><f>1</f><v></v></c><c r="E7"/></row>
            <row><c r="AA8" s="1"><f t="shared" si="0"/><v></v></c></row></sheetData>"#;
        let facts = of_worksheet(xml.as_bytes(), false).unwrap();
        let found: Vec<u16> = facts.uncomputed.keys().copied().collect();
        assert_eq!(found, [0, 1, 26]);
        assert!(facts.uncomputed[&26].contains(8));
        let xml = r#"<sheetData><row r="7"><c r="A7"><f>1</f><v>0</v></c><c r="B7"><v>0</v></c>
            <c r="C7"><f>1</f><v>10</v></c></row></sheetData>"#;
        let found =
            |is_recalculated| of_worksheet(xml.as_bytes(), is_recalculated).unwrap().uncomputed;
        assert_eq!(found(true).keys().collect::<Vec<_>>(), [&0]);
        assert!(found(false).is_empty());
    }
}
