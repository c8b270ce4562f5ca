//! Workbooks of Excel 97–2003 before calamine: OLE compound files that hold BIFF records.
//!
//! Says what else such a file is, limits what calamine would make room for, and finds hidden rows, merged cells and
//! number formats (MS-XLS 2.4: every record is a type, a length and its data).

use std::collections::HashMap;
use std::io::{Cursor, Read};

use cfb::CompoundFile;

use super::super::broken::{Broken, not_a_table};
use super::facts::{Facts, Merged, SheetFacts};
use super::kind::{Checked, Kind, encrypted};
use super::looks::Looks;
use super::number_format::Format;

/// Cells that calamine makes room for, over all sheets: it writes out the empty ones too.
const MAX_CELLS: u64 = 10_000_000;

/// Record types (MS-XLS 2.3.2).
mod record {
    pub(super) const STYLE: u16 = 0x00e0;
    pub(super) const FORMAT: u16 = 0x041e;
    pub(super) const FILE_PASS: u16 = 0x002f;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const FILTER_MODE: u16 = 0x009b;
    pub(super) const MERGE_CELLS: u16 = 0x00e5;
    pub(super) const DIMENSIONS: u16 = 0x0200;
    pub(super) const ROW: u16 = 0x0208;
    pub(super) const BOF: u16 = 0x0809;
    pub(super) const EOF: u16 = 0x000a;
    pub(super) const MUL_RK: u16 = 0x00bd;
    /// Records that start with the row and column of a cell.
    pub(super) const CELLS: [u16; 8] =
        [0x0006, 0x00d6, 0x00fd, 0x0203, 0x0204, 0x0205, 0x027e, MUL_RK];
}

/// Says what the compound file is and whether it is safe to read.
pub(super) fn check(bytes: Vec<u8>) -> Result<Checked, Broken> {
    let mut compound = CompoundFile::open(Cursor::new(bytes)).map_err(|_| damaged())?;
    if compound.exists("/EncryptedPackage") {
        return Err(encrypted());
    }
    if compound.exists("/WordDocument") {
        return Err(not_a_table("a Word document"));
    }
    let name = "/Workbook";
    if !compound.is_stream(name) {
        return Err(not_a_table("an Office file without a table"));
    }
    let mut stream = Vec::new();
    let read = compound.open_stream(name).and_then(|mut s| s.read_to_end(&mut stream));
    read.map_err(|_| damaged())?;
    let facts = sheets(&stream)?;
    Ok(Checked { kind: Kind::Xls, bytes: compound.into_inner().into_inner(), facts })
}

fn damaged() -> Broken {
    Broken::new("is a damaged .xls workbook").hint("it is cut short or damaged: fetch it again")
}

fn sheets(stream: &[u8]) -> Result<Facts, Broken> {
    let mut found = Vec::new();
    let (mut own, mut formats) = (HashMap::new(), Vec::new());
    let mut ended = false;
    for (kind, data) in Records(stream) {
        match kind {
            record::FILE_PASS if data.first_chunk() != Some(&[0, 0]) => return Err(encrypted()),
            record::FORMAT => own.extend(format(data)),
            // MS-XLS 2.4.353: the font comes first.
            record::STYLE => {
                let id = short(data, 2).ok_or_else(damaged)?;
                formats.push(own.get(&id).cloned().unwrap_or_else(|| Format::built_in(id)));
            }
            record::BOUND_SHEET => found.push(bound_sheet(data).ok_or_else(damaged)?),
            record::EOF => {
                ended = true;
                break;
            }
            _ => {}
        }
    }
    if !ended {
        return Err(damaged());
    }
    let mut facts = Facts::new();
    let mut cells = 0;
    for (at, name) in found {
        let records =
            usize::try_from(at).ok().and_then(|at| stream.get(at..)).ok_or_else(damaged)?;
        let sheet = sheet(records, &formats)?;
        cells += sheet.cells;
        facts.extend(name.map(|name| (name, sheet.facts)));
    }
    if cells > MAX_CELLS {
        return Err(Broken::new(
            "spreads over more cells than korebulk reads from an .xls workbook",
        )
        .hint("save the sheet as CSV"));
    }
    Ok(facts)
}

struct Sheet {
    cells: u64,
    facts: SheetFacts,
}

/// Walks over one sheet's records up to its own end, past charts that are in it.
fn sheet(records: &[u8], formats: &[Format]) -> Result<Sheet, Broken> {
    let mut hidden = Vec::new();
    let mut looks = Looks::with(formats);
    let (mut merged, mut filtered) = (Vec::new(), false);
    let mut extent = Extent::default();
    let mut depth = 0_u32;
    for (kind, data) in Records(records) {
        match kind {
            record::BOF => depth += 1,
            record::EOF if depth <= 1 => break,
            record::EOF => depth -= 1,
            _ if depth > 1 => {}
            record::FILTER_MODE => filtered = true,
            // MS-XLS 2.4.221: the row's number comes first, `fDyZero` is bit 5 of byte 12.
            record::ROW => {
                let row = short(data, 0).ok_or_else(damaged)?;
                if data.get(12).is_some_and(|flags| flags & 0x20 != 0) {
                    hidden.push(u64::from(row) + 1);
                }
            }
            record::MERGE_CELLS => merged.extend(merge_cells(data)),
            record::DIMENSIONS => dimensions(data)?,
            _ if record::CELLS.contains(&kind) => {
                let row = short(data, 0).ok_or_else(damaged)?;
                let column = short(data, 2).ok_or_else(damaged)?;
                let last = if kind == record::MUL_RK { data.len().checked_sub(2) } else { None };
                extent.add(row, column);
                let last = last.and_then(|at| short(data, at)).unwrap_or(column);
                extent.add(row, last);
                // One cell's style, or one for each cell, with its number behind it.
                for (column, at) in (column..=last).zip((4..).step_by(6)) {
                    let style = short(data, at).ok_or_else(damaged)?;
                    looks.add((u64::from(row) + 1, u64::from(row) + 1), column, style.into());
                }
            }
            _ => {}
        }
    }
    hidden.sort_unstable();
    merged.sort_unstable();
    looks.finish();
    let mut facts = SheetFacts { filtered, merged, looks, ..SheetFacts::default() };
    for row in hidden {
        facts.hidden.add(row, row);
    }
    Ok(Sheet { cells: extent.cells(), facts })
}

/// MS-XLS 2.4.168: a count, then areas.
fn merge_cells(data: &[u8]) -> impl Iterator<Item = Merged> {
    let areas = data.get(2..).unwrap_or_default().chunks_exact(8);
    areas.filter_map(|area| {
        let row = |at| short(area, at).map(|row| u64::from(row) + 1);
        Some(Merged { rows: (row(0)?, row(2)?), columns: (short(area, 4)?, short(area, 6)?) })
    })
}

/// The area from the first to the last filled cell.
#[derive(Default)]
struct Extent(Option<[u16; 4]>);

impl Extent {
    fn add(&mut self, row: u16, column: u16) {
        let [top, left, bottom, right] = self.0.unwrap_or([row, column, row, column]);
        self.0 = Some([top.min(row), left.min(column), bottom.max(row), right.max(column)]);
    }

    fn cells(&self) -> u64 {
        self.0.map_or(0, |[top, left, bottom, right]| {
            (u64::from(bottom - top) + 1) * (u64::from(right - left) + 1)
        })
    }
}

/// calamine makes room for all that these declare, and counts on their order (MS-XLS 2.4.90).
fn dimensions(data: &[u8]) -> Result<(), Broken> {
    let short = |at| short(data, at).map_or(0, u32::from);
    let (top, bottom, left, right) = match data.len() {
        10 => (short(0), short(2), short(4), short(6)),
        14 | 16 => (short(0) | short(2) << 16, short(4) | short(6) << 16, short(8), short(10)),
        // calamine refuses all others.
        _ => return Ok(()),
    };
    let empty = bottom == 0 || right == 0;
    let usual = top < bottom && bottom <= 1 << 16 && left != right && right <= 1 << 8;
    if empty || usual { Ok(()) } else { Err(damaged()) }
}

/// Where a sheet's records start, and its name where it is one of BIFF8 (MS-XLS 2.4.28).
fn bound_sheet(data: &[u8]) -> Option<(u32, Option<String>)> {
    let at = u32::from(short(data, 0)?) | u32::from(short(data, 2)?) << 16;
    Some((at, text(data.get(7..)?, usize::from(*data.get(6)?))))
}

/// A format of the workbook's own, and its number, in BIFF8 (MS-XLS 2.4.126). In what is older there is no second byte of
/// its length: what is read there is no plain format.
fn format(data: &[u8]) -> Option<(u16, Format)> {
    let code = text(data.get(4..)?, usize::from(short(data, 2)?));
    Some((short(data, 0)?, Format::of(&code.unwrap_or_else(|| ";;;".to_owned()))))
}

/// A text of so many letters, behind the byte that says how wide they are (MS-XLS 2.5.293).
fn text(data: &[u8], length: usize) -> Option<String> {
    let (wide, letters) = data.split_first()?;
    if wide & 1 == 0 {
        return Some(letters.get(..length)?.iter().map(|b| char::from(*b)).collect());
    }
    let units = letters.chunks_exact(2).take(length).map(|c| u16::from_le_bytes([c[0], c[1]]));
    String::from_utf16(&units.collect::<Vec<_>>()).ok()
}

fn short(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*data.get(at)?, *data.get(at + 1)?]))
}

/// The records of a stream, up to one that is cut short.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length) = (short(self.0, 0)?, short(self.0, 2)?);
        let data = self.0.get(4..4 + usize::from(length))?;
        self.0 = &self.0[4 + data.len()..];
        Some((kind, data))
    }
}
