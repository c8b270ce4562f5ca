//! The records of an .xlsb beside calamine (MS-XLSB 2.1.4: each is a type, a length and its data): its sheets, its number
//! formats, and what a sheet says of its rows.

use std::io::{self, BufReader, Read};

use super::facts::{Merged, SheetFacts};
use super::looks::Looks;
use super::number_format::Format;

/// The longest record that is looked into.
const MAX_RECORD: u64 = 16 << 20;

/// Record types (MS-XLSB 2.3.2), as their bytes read.
mod record {
    pub(super) const ROW: u16 = 0x0000;
    /// All kinds of cells: column and style come first in each.
    pub(super) const CELLS: std::ops::RangeInclusive<u16> = 0x0001..=0x000b;
    pub(super) const FORMAT: u16 = 0x002c;
    pub(super) const STYLE: u16 = 0x002f;
    pub(super) const END_ROWS: u16 = 0x0092;
    pub(super) const SHEET: u16 = 0x009c;
    pub(super) const MERGED: u16 = 0x00b0;
    pub(super) const BEGIN_STYLES: u16 = 0x0269;
    pub(super) const END_STYLES: u16 = 0x026a;
}

/// The sheets of a workbook part: their names and relation ids (2.4.313).
pub(super) fn sheets(part: impl Read) -> Option<Vec<(String, String)>> {
    let mut sheets = Vec::new();
    each(part, |kind, data| {
        if kind == record::SHEET {
            let (id, rest) = text(data.get(8..)?)?;
            sheets.push((text(rest)?.0, id));
        }
        Some(())
    })?;
    Some(sheets)
}

/// The number formats that cells name by the number of their style (2.4.676, 2.4.875).
pub(super) fn formats(part: impl Read) -> Option<Vec<Format>> {
    let (mut own, mut formats) = (std::collections::HashMap::new(), Vec::new());
    let mut is_in_styles = false;
    each(part, |kind, data| {
        match kind {
            record::FORMAT => {
                own.insert(short(data, 0)?, Format::of(&text(data.get(2..)?)?.0));
            }
            record::BEGIN_STYLES => is_in_styles = true,
            record::END_STYLES => is_in_styles = false,
            record::STYLE if is_in_styles => {
                let id = short(data, 2)?;
                formats.push(own.get(&id).cloned().unwrap_or_else(|| Format::built_in(id)));
            }
            _ => {}
        }
        Some(())
    })?;
    Some(formats)
}

/// What a sheet says of its rows; `None` where it cannot be read to its end.
pub(super) fn of_worksheet(part: impl Read, formats: &[Format]) -> Option<SheetFacts> {
    let mut facts = SheetFacts { looks: Looks::with(formats), ..SheetFacts::default() };
    let (mut row, mut is_whole) = (0, false);
    each(part, |kind, data| {
        match kind {
            // 2.4.741: `fDyZero` is the fifth bit of the twelfth byte.
            record::ROW => {
                row = u64::from(long(data, 0)?) + 1;
                if data.get(11)? & 0x10 != 0 {
                    facts.hidden.add(row, row);
                }
            }
            kind if record::CELLS.contains(&kind) => {
                let column = u16::try_from(long(data, 0)?).ok()?;
                let style = long(data, 4)? & 0x00ff_ffff;
                facts.looks.add((row, row), column, usize::try_from(style).ok()?);
            }
            record::MERGED => {
                let at = |at| long(data, at).map(u64::from);
                let column = |at| long(data, at).and_then(|column| u16::try_from(column).ok());
                let rows = (at(0)? + 1, at(4)? + 1);
                facts.merged.push(Merged { rows, columns: (column(8)?, column(12)?) });
            }
            record::END_ROWS => is_whole = true,
            _ => {}
        }
        Some(())
    })?;
    facts.merged.sort_unstable();
    facts.looks.finish();
    is_whole.then_some(facts)
}

/// Calls `take` for every record; `None` where one is cut short, or where it says so.
fn each(part: impl Read, mut take: impl FnMut(u16, &[u8]) -> Option<()>) -> Option<()> {
    let mut part = BufReader::new(part);
    let mut data = Vec::new();
    while let Some(kind) = number(&mut part, 2).ok()? {
        let length = u64::from(number(&mut part, 4).ok()??);
        data.clear();
        let read = part.by_ref().take(length.min(MAX_RECORD)).read_to_end(&mut data).ok()?;
        let rest = length.saturating_sub(MAX_RECORD);
        let skipped = io::copy(&mut part.by_ref().take(rest), &mut io::sink()).ok()?;
        if u64::try_from(read).ok()? + skipped != length {
            return None;
        }
        take(u16::try_from(kind).ok()?, &data)?;
    }
    Some(())
}

/// A number of up to `most` bytes, seven bits in each (2.1.4); `None` at the end of the part.
fn number(part: &mut impl Read, most: usize) -> io::Result<Option<u32>> {
    let mut number = 0;
    for at in 0..most {
        let mut byte = [0];
        if part.read(&mut byte)? == 0 {
            return if at == 0 { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        number |= u32::from(byte[0] & 0x7f) << (7 * at);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Ok(Some(number))
}

/// A text and what follows it (2.5.168).
fn text(data: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(long(data, 0)?).ok()?.checked_mul(2)?;
    let (text, rest) = data.get(4..)?.split_at_checked(length)?;
    let units: Vec<u16> = text.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect();
    Some((String::from_utf16_lossy(&units), rest))
}

fn short(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

fn long(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*data.get(at..)?.first_chunk()?))
}
