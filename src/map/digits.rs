//! Digits of other scripts, which phones store, as ASCII.

use std::borrow::Cow;

/// The zeros of Unicode's decimal digits beside ASCII's; the nine others of each script follow it.
const ZEROS: [u32; 74] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2,
    0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// The text with every decimal digit as ASCII; nothing else changes.
pub(super) fn ascii(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| digit(c).is_none()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| digit(c).unwrap_or(c)).collect())
}

/// The ASCII digit of another script's.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let place = ZEROS.partition_point(|zero| *zero <= u32::from(c));
    let value = u32::from(c) - ZEROS.get(place.checked_sub(1)?)?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_become_ascii_and_nothing_else_does() {
        for written in [
            "٩٨١٢٣٤٥٦٧٨",
            "۹۸۱۲۳۴۵۶۷۸",
            "९८१२३४५६७८",
            "৯৮১২৩৪৫৬৭৮",
            "９８１２３４５６７８",
            "𝟗𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
        ] {
            assert_eq!(ascii(written), "9812345678");
        }
        for other in ["9812345678", "²", "½", "Ⅷ", "①", "三", "+", ""] {
            assert!(matches!(ascii(other), Cow::Borrowed(text) if text == other), "{other}");
        }
        assert!(ZEROS.is_sorted());
    }
}
