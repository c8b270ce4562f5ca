//! What a file is by its first bytes, so that one that is not what its name says is named as what it is.

/// Content that is recognised by magic bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A zip archive: a workbook, perhaps.
    Zip,
    /// An OLE compound file: an old workbook, perhaps.
    Ole,
    /// Something that a file may be packed in, in words.
    Packed(&'static str),
    /// Something that holds no table, in words.
    Other(&'static str),
    /// None of these: text, as far as can be seen.
    Text,
}

const MAGIC: &[(&[u8], Content)] = &[
    (b"PK\x03\x04", Content::Zip),
    (b"PK\x05\x06", Content::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Content::Ole),
    (b"%PDF", Content::Other("a PDF document")),
    (b"{\\rtf", Content::Other("an RTF document")),
    (b"\x1f\x8b", Content::Packed("gzip data packed twice")),
    (b"\x28\xb5\x2f\xfd", Content::Packed("zstd data packed twice")),
    (b"BZh", Content::Packed("bzip2 data")),
    (b"\xfd7zXZ\x00", Content::Packed("xz data")),
    (b"7z\xbc\xaf\x27\x1c", Content::Packed("a 7-Zip archive")),
    (b"Rar!\x1a\x07", Content::Packed("a RAR archive")),
    (b"SQLite format 3\x00", Content::Other("an SQLite database")),
    (b"PAR1", Content::Other("a Parquet file")),
    (b"\xff\xfe\x00\x00", Content::Other("text in UTF-32, which has to be saved as UTF-8")),
    (b"\x00\x00\xfe\xff", Content::Other("text in UTF-32, which has to be saved as UTF-8")),
    (b"\x89PNG", Content::Other("a PNG image")),
    (b"\xff\xd8\xff", Content::Other("a JPEG image")),
    (b"GIF8", Content::Other("a GIF image")),
    (b"\x7fELF", Content::Other("a program")),
];

/// What the (unpacked) bytes are.
pub(super) fn content(head: &[u8]) -> Content {
    // POSIX.1-1988: the mark of a tar archive is behind the first file's name and numbers.
    if head.get(257..262) == Some(b"ustar") {
        return Content::Packed("a tar archive");
    }
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map_or(Content::Text, |&(_, c)| c)
}

/// Whether text is markup instead of a table, in words.
pub(super) fn markup(text: &[u8]) -> Option<&'static str> {
    let start = text.trim_ascii_start();
    if start.first() != Some(&b'<') {
        return None;
    }
    let start = start[..start.len().min(4096)].to_ascii_lowercase();
    let holds = |tag: &str| start.windows(tag.len()).any(|w| w == tag.as_bytes());
    if holds("urn:schemas-microsoft-com:office:spreadsheet") {
        Some("an XML spreadsheet of 2003")
    } else if ["<html", "<!doctype html", "<table", "<body", "<head", "<meta"]
        .into_iter()
        .any(holds)
    {
        Some("an HTML page")
    } else if start.starts_with(b"<?xml") {
        Some("an XML file")
    } else {
        None
    }
}
