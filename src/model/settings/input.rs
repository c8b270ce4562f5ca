//! The files of a job, and how they are written.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::word::Word;

/// What is loaded: the files, and how they are written.
///
/// `default()` is empty: korebulk's defaults are in the settings table (`config/rows/`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSettings {
    /// What is read in the place of files.
    pub from: Option<InputFrom>,
    /// Paths, globs and strftime patterns as given; `-` is standard input.
    pub paths: Vec<String>,
    /// The directory that relative paths start from.
    pub base: PathBuf,
    /// How the files are written.
    pub format: Format,
    /// A sheet's name or its number from 1.
    pub sheet: Option<String>,
    /// The row that holds the header, from 1, as the person counts it; 0: there is none.
    pub header_row: Option<u32>,
    /// A WHATWG encoding label such as `windows-1252`.
    pub encoding: Option<String>,
    /// The byte between fields.
    pub delimiter: Option<u8>,
    /// What to do with rows that the spreadsheet hides.
    pub hidden_rows: Option<HiddenRows>,
}

/// What records may come from beside files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputFrom {
    /// The active contacts of the account.
    Account,
}

impl Word for InputFrom {
    const NAME: &'static str = "account";
    const WORDS: &'static [(&'static str, Self)] = &[("account", Self::Account)];
}

/// `[input] except`: lists of ids or phone numbers that no operation touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptSettings {
    /// Somebody said it, be it that there are none.
    pub is_given: bool,
    /// Paths, globs and strftime patterns as given.
    pub paths: Vec<String>,
    /// The directory that relative paths start from.
    pub base: PathBuf,
}

/// File formats. `Auto` goes by name and content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// By name and content.
    #[default]
    Auto,
    /// Delimited text.
    Csv,
    /// Delimited by tabs.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// Office Open XML workbook.
    Xlsx,
    /// Excel 97–2003 workbook.
    Xls,
    /// Excel binary workbook.
    Xlsb,
    /// `OpenDocument` spreadsheet.
    Ods,
}

impl Format {
    /// The word used in job files and messages.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, format)| *format == self).map_or("", |(word, _)| word)
    }
}

impl Word for Format {
    const NAME: &'static str = "FORMAT";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("csv", Self::Csv),
        ("tsv", Self::Tsv),
        ("jsonl", Self::Jsonl),
        ("json", Self::Json),
        ("xlsx", Self::Xlsx),
        ("xls", Self::Xls),
        ("xlsb", Self::Xlsb),
        ("ods", Self::Ods),
    ];
}

/// The answer to hidden rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HiddenRows {
    /// They are sent like all others.
    Send,
    /// They are `skipped`.
    Skip,
}

impl Word for HiddenRows {
    const NAME: &'static str = "send|skip";
    const WORDS: &'static [(&'static str, Self)] = &[("send", Self::Send), ("skip", Self::Skip)];
}
