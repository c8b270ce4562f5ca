//! Recognises files that korebulk wrote itself: they are read whatever the job says of its input.

use crate::model::outcome_file::COLUMNS;

use super::dialect::Dialect;
use super::window::MARK;

/// Whether text is an outcome file. korebulk writes those in UTF-8.
pub(super) fn is_own(head: &[u8], whole: bool) -> bool {
    let text = head.strip_prefix(&MARK).unwrap_or(head);
    // The head may end within a character.
    let is_utf8 =
        std::str::from_utf8(text).map_or_else(|e| !whole && e.error_len().is_none(), |_| true);
    if !is_utf8 {
        return false;
    }
    if text.trim_ascii_start().first() == Some(&b'{') {
        let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
        return line.windows(11).any(|w| w == br#""korebulk":"#);
    }
    // Looking for the dialect takes longer than looking for the name.
    memchr::memmem::find(text, COLUMNS[0].as_bytes()).is_some()
        && Dialect::default().header(text, whole).is_some_and(|header| is_own_header(&header))
}

/// Whether a header ends with korebulk's own columns.
pub(super) fn is_own_header<T: AsRef<str>>(header: &[T]) -> bool {
    header.len() >= COLUMNS.len()
        && header[header.len() - COLUMNS.len()..].iter().map(AsRef::as_ref).eq(COLUMNS)
}
