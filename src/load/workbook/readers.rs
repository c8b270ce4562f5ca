//! calamine's four readers behind one: the sheets of a workbook, and a walk over a sheet's rows.
//!
//! No word of calamine's errors is repeated: they may hold what is in a cell.

use std::io::Cursor;
use std::ops::Range;

use calamine::{DataRef, Ods, Reader, SheetType, SheetVisible, Xls, Xlsb, Xlsx};

use super::super::broken::Broken;
use super::super::table::MAX_ROW_BYTES;
use super::cell::{self, Shown};
use super::kind::{Kind, damaged, encrypted};
use super::looks::Looks;
use super::number_format::Format;

type Bytes = Cursor<Vec<u8>>;

/// Text of one sheet written out; a few strings may be in a million cells.
const MAX_TEXT: u64 = 4 << 30;

/// An open workbook.
pub(super) enum Workbook {
    Xlsx(Box<Xlsx<Bytes>>),
    Xlsb(Box<Xlsb<Bytes>>),
    Xls(Box<Xls<Bytes>>),
    Ods(Box<Ods<Bytes>>),
}

/// A sheet's name, and whether the workbook shows it.
pub(super) struct SheetName {
    pub(super) name: String,
    pub(super) visible: bool,
}

/// One row that holds something, in buffers that are used again.
#[derive(Default)]
pub(super) struct SheetRow {
    /// From 1.
    pub(super) number: u64,
    /// In the order of their columns; empty ones are left out.
    pub(super) cells: Vec<SheetCell>,
    text: String,
}

/// One cell that holds something.
pub(super) struct SheetCell {
    /// From 0.
    pub(super) column: u16,
    pub(super) shown: Shown,
    text: Range<usize>,
}

impl SheetRow {
    pub(super) fn text(&self, cell: &SheetCell) -> &str {
        &self.text[cell.text.clone()]
    }
}

impl Workbook {
    pub(super) fn open(kind: Kind, bytes: Vec<u8>) -> Result<Self, Broken> {
        let bytes = Cursor::new(bytes);
        match kind {
            Kind::Xlsx => match Xlsx::new(bytes) {
                Ok(workbook) => return Ok(Self::Xlsx(Box::new(workbook))),
                Err(calamine::XlsxError::Password) => return Err(encrypted()),
                Err(_) => {}
            },
            Kind::Xlsb => match Xlsb::new(bytes) {
                Ok(workbook) => return Ok(Self::Xlsb(Box::new(workbook))),
                Err(calamine::XlsbError::Password) => return Err(encrypted()),
                Err(_) => {}
            },
            Kind::Xls => match Xls::new(bytes) {
                Ok(workbook) => return Ok(Self::Xls(Box::new(workbook))),
                Err(calamine::XlsError::Password) => return Err(encrypted()),
                Err(_) => {}
            },
            Kind::Ods => match Ods::new(bytes) {
                Ok(workbook) => return Ok(Self::Ods(Box::new(workbook))),
                Err(calamine::OdsError::Password) => return Err(encrypted()),
                Err(_) => {}
            },
        }
        Err(damaged(kind))
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Xlsx(_) => Kind::Xlsx,
            Self::Xlsb(_) => Kind::Xlsb,
            Self::Xls(_) => Kind::Xls,
            Self::Ods(_) => Kind::Ods,
        }
    }

    /// The sheets that can hold rows, in the workbook's order.
    pub(super) fn sheets(&self) -> Vec<SheetName> {
        let sheets = match self {
            Self::Xlsx(workbook) => workbook.sheets_metadata(),
            Self::Xlsb(workbook) => workbook.sheets_metadata(),
            Self::Xls(workbook) => workbook.sheets_metadata(),
            Self::Ods(workbook) => workbook.sheets_metadata(),
        };
        let sheets = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        sheets
            .map(|sheet| SheetName {
                name: sheet.name.clone(),
                visible: sheet.visible == SheetVisible::Visible,
            })
            .collect()
    }

    /// Hands over each row of a sheet that holds something, in order, until `each` says false. `looks`: the formats of
    /// its cells, where the reader does not say them itself.
    pub(super) fn walk(
        &mut self,
        sheet: &str,
        looks: &Looks,
        each: &mut dyn FnMut(&SheetRow) -> Result<bool, Broken>,
    ) -> Result<(), Broken> {
        let kind = self.kind();
        let damaged = || damaged(kind);
        let mut rows = Walk { each, row: SheetRow::default(), text: 0, kind, looks };
        match self {
            Self::Xlsx(workbook) => {
                let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|_| damaged())?;
                let formats = cells.styles().iter().map(|s| s.number_format.as_ref());
                let formats: Vec<Format> = formats
                    .map(|f| f.map_or(Format::PLAIN, |f| Format::of(&f.format_code)))
                    .collect();
                while let Some((cell, style)) =
                    cells.next_cell_with_style_id().map_err(|_| rows.damaged())?
                {
                    let format = formats.get(style).unwrap_or(&Format::PLAIN);
                    if !rows.cell(cell.get_position(), cell.get_value(), Some(format))? {
                        return Ok(());
                    }
                }
            }
            Self::Xlsb(workbook) => {
                let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|_| damaged())?;
                while let Some(cell) = cells.next_cell().map_err(|_| rows.damaged())? {
                    if !rows.cell(cell.get_position(), cell.get_value(), None)? {
                        return Ok(());
                    }
                }
            }
            Self::Xls(workbook) => {
                rows.range(&workbook.worksheet_range(sheet).map_err(|_| damaged())?)?;
            }
            Self::Ods(workbook) => {
                rows.range(&workbook.worksheet_range(sheet).map_err(|_| damaged())?)?;
            }
        }
        rows.flush()?;
        Ok(())
    }
}

/// Makes rows of cells.
struct Walk<'a> {
    each: &'a mut dyn FnMut(&SheetRow) -> Result<bool, Broken>,
    row: SheetRow,
    text: u64,
    kind: Kind,
    looks: &'a Looks,
}

impl Walk<'_> {
    fn damaged(&self) -> Broken {
        damaged(self.kind).at(self.row.number.max(1))
    }

    fn range(&mut self, range: &calamine::Range<calamine::Data>) -> Result<(), Broken> {
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let at =
                |start: u32, n: usize| u32::try_from(n).ok().and_then(|n| start.checked_add(n));
            let cell = at(top, row).zip(at(left, column)).ok_or_else(|| self.damaged())?;
            if !self.cell(cell, &cell::borrowed(value), None)? {
                self.row.cells.clear();
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes the next cell; false when no more are wanted.
    fn cell(
        &mut self,
        at: (u32, u32),
        value: &DataRef<'_>,
        format: Option<&Format>,
    ) -> Result<bool, Broken> {
        let number = u64::from(at.0) + 1;
        let column = u16::try_from(at.1).ok().filter(|c| *c < 1 << 14);
        let column = column.filter(|_| number <= 1 << 20).ok_or_else(|| self.damaged())?;
        if number != self.row.number {
            let ordered = number > self.row.number;
            if !self.flush()? {
                return Ok(false);
            }
            if !ordered {
                return Err(self.damaged());
            }
            self.row.number = number;
        }
        let start = self.row.text.len();
        let format = format.unwrap_or_else(|| self.looks.at(number, column));
        let Some(shown) = cell::show(value, format, &mut self.row.text) else { return Ok(true) };
        if self.row.text.len() > MAX_ROW_BYTES {
            return Err(Broken::new("the row is longer than 8 MiB").at(number));
        }
        let text = start..self.row.text.len();
        self.row.cells.push(SheetCell { column, shown, text });
        Ok(true)
    }

    /// Hands over the row at hand, if it holds anything but blanks.
    fn flush(&mut self) -> Result<bool, Broken> {
        let row = &mut self.row;
        if !row.cells.is_sorted_by(|a, b| a.column < b.column) {
            row.cells.sort_by_key(|cell| cell.column);
            if row.cells.windows(2).any(|pair| pair[0].column == pair[1].column) {
                return Err(self.damaged());
            }
        }
        self.text += u64::try_from(row.text.len()).unwrap_or(u64::MAX);
        if self.text > MAX_TEXT {
            return Err(Broken::new("the sheet comes to more than 4 GiB of text")
                .hint("save the sheet as CSV"));
        }
        let filled = !row.text.trim().is_empty();
        let more = !filled || (self.each)(row)?;
        row.cells.clear();
        row.text.clear();
        Ok(more)
    }
}
