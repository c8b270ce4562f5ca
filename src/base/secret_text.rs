//! The text of a file, a variable or a command's output that holds one secret or one address.
//!
//! Editors and shells put marks around it that are none of it: a byte order mark, UTF-16, line breaks
//! at the end. No error here repeats what was read.

/// What was read without the marks around it: UTF-16 with its mark becomes UTF-8, a mark of UTF-8
/// and all line breaks at the end (and an old end-of-file sign) go. Everything else stays.
///
/// # Errors
/// Why it is no text: a clause such as `holds NUL bytes`.
pub(crate) fn bare(bytes: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let mut text = match bytes.as_slice() {
        [0xff, 0xfe, text @ ..] => from_utf16(text, u16::from_le_bytes)?,
        [0xfe, 0xff, text @ ..] => from_utf16(text, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, text @ ..] => text.to_vec(),
        _ => bytes,
    };
    let end = text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0x1a));
    text.truncate(end.map_or(0, |last| last + 1));
    if text.contains(&0) {
        return Err("holds NUL bytes: save it as UTF-8");
    }
    Ok(text)
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "has the mark of UTF-16 and is none: save it as UTF-8";
    let (pairs, rest) = bytes.as_chunks();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let text = String::from_utf16(&units).map_err(|_| BROKEN)?;
    if rest.is_empty() { Ok(text.into_bytes()) } else { Err(BROKEN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn what_editors_and_shells_put_around_a_secret_is_none_of_it() {
        for text in [
            &b"s3cret"[..],
            b"s3cret\n",
            b"s3cret\r\n",
            b"s3cret\r",
            b"s3cret\n\n\r\n",
            b"s3cret\r\n\x1a",
            b"\xef\xbb\xbfs3cret",
            b"\xef\xbb\xbfs3cret\r\n",
            &utf16("s3cret\r\n", u16::to_le_bytes),
            &utf16("s3cret", u16::to_be_bytes),
        ] {
            assert_eq!(bare(text.to_vec()).as_deref(), Ok(&b"s3cret"[..]), "{text:?}");
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [&b" a b "[..], b"a\nb", b"\xff", b"\xc3\xbc", b""] {
            assert_eq!(bare(text.to_vec()).as_deref(), Ok(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for text in [&b"a\0b\0"[..], b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\xff\xfe\x00\x00a\0"] {
            assert!(bare(text.to_vec()).is_err(), "{text:?}");
        }
    }
}
