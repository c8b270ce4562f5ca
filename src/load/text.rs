//! A text file → its table: encoding first, then whether it is delimited, JSON lines or a JSON array.

use std::io::Read;

use crate::model::settings::{Format, InputSettings};

use super::broken::{Broken, not_a_table};
use super::charset::UTF8;
use super::delimited::Delimited;
use super::dialect::Dialect;
use super::dos::Unmarked;
use super::encoding;
use super::json_array::JsonArray;
use super::jsonl::Jsonl;
use super::stored::HEAD;
use super::table::Table;
use super::transcode::Transcoder;
use super::window::Window;
use super::{outcome, sniff};

/// Opens text. `head` is its start, and all of it where `whole`.
pub(super) fn open(
    bytes: Box<dyn Read + Send>,
    head: &[u8],
    whole: bool,
    settings: &InputSettings,
) -> Result<Table, Broken> {
    let own = outcome::is_own(head, whole);
    let label = if own { None } else { settings.encoding.as_deref() };
    let mut found = encoding::detect(head, label)?;
    let mut window = if found.charset == UTF8 {
        let mut window = Window::new(Box::new(Unmarked::new(bytes)));
        window.at_least(found.bom).map_err(|e| Broken::unreadable(&e))?;
        window.pass(found.bom);
        window
    } else {
        Window::new(Box::new(Unmarked::new(Transcoder::new(bytes, found.charset))))
    };
    window.at_least(HEAD).map_err(|e| Broken::unreadable(&e))?;
    // What is cut off at the end of the window is no stray text.
    found.stray = std::str::from_utf8(window.bytes()).is_err_and(|e| e.error_len().is_some());
    let format = format(window.bytes(), if own { Format::Auto } else { settings.format })?;
    let mut table = match format {
        Format::Json => JsonArray::open(window),
        Format::Jsonl => Jsonl::open(window)?,
        _ if own => Delimited::open(window, &Dialect::default())?,
        _ => Delimited::open(window, &Dialect::given(format, settings))?,
    };
    let mark = if found.bom > 0 { " with byte order mark" } else { "" };
    table.detected.insert(1, format!("{}{mark}", found.charset.name()));
    table.encoding = Some(found);
    Ok(table)
}

/// The format asked for, or the one that the text shows.
fn format(text: &[u8], asked: Format) -> Result<Format, Broken> {
    if text.trim_ascii().is_empty() {
        return Err(Broken::new("is empty").hint("the export may have failed; nothing was sent"));
    }
    if let Some(what) = sniff::markup(text) {
        return Err(not_a_table(what));
    }
    match asked {
        Format::Auto => Ok(shown(text)),
        Format::Csv | Format::Tsv | Format::Jsonl | Format::Json => Ok(asked),
        Format::Xlsx | Format::Xls | Format::Xlsb | Format::Ods => {
            let name = asked.name();
            Err(Broken::new(format!("is text, not an .{name} workbook"))
                .hint("leave `format` out: korebulk goes by the content"))
        }
    }
}

/// A header may start with a bracket too (`[id],[name]`), so the next character counts as well.
fn shown(text: &[u8]) -> Format {
    let mut marks = text.iter().filter(|b| !b.is_ascii_whitespace());
    match (marks.next(), marks.next()) {
        (Some(b'{'), Some(b'"' | b'}') | None) => Format::Jsonl,
        (Some(b'['), Some(b'{' | b']' | b'[' | b'"' | b'-' | b'0'..=b'9') | None) => Format::Json,
        _ => Format::Csv,
    }
}
