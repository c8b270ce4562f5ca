//! Which kind of workbook a file is, and what is said of one that cannot be read.

use super::super::broken::Broken;
use super::facts::Facts;

/// The kinds of workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
        }
    }
}

/// A workbook that is safe to hand to calamine.
pub(super) struct Checked {
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
    /// What calamine does not see; empty where the format cannot be asked.
    pub(super) facts: Facts,
}

pub(super) fn damaged(kind: Kind) -> Broken {
    Broken::new(format!("is a damaged .{} workbook", kind.name()))
        .hint("open it in a spreadsheet program and save it again, or save the sheet as CSV")
}

pub(super) fn encrypted() -> Broken {
    Broken::new("is encrypted with a password").hint("save it again without one, or as CSV")
}
