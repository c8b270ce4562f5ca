//! Recognises files that korebulk wrote itself: they are read whatever the job says of its input.

use crate::model::outcome_file::COLUMNS;

use super::dialect::Dialect;
use super::encoding;

/// Whether text is an outcome file. korebulk writes those in UTF-8.
pub(super) fn is_own(head: &[u8], whole: bool) -> bool {
    let Ok(found) = encoding::detect(head, whole, None) else { return false };
    if found.encoding != encoding_rs::UTF_8 {
        return false;
    }
    let text = &head[found.bom..];
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
