//! Text as people and spreadsheets leave it: what surrounds a value, and what must not be in it.
//!
//! Knows nothing of fields. Never shortens a value beyond what surrounds it.

/// The text without surrounding white space (the no-break one included) and invisible marks.
///
/// The joiners U+200C and U+200D stay: they end words in Indic scripts.
pub(super) fn trim(text: &str) -> &str {
    let plain = |b: Option<&u8>| b.is_none_or(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim_matches(is_padding) }
}

/// Whether a value is printable ASCII with nothing around it, as nearly all are: one look, and no more.
pub(super) fn is_clean(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first() != Some(&b' ')
        && bytes.last() != Some(&b' ')
        && bytes.iter().all(|b| matches!(b, b' '..=b'~'))
}

/// White space, zero-width spaces and the direction marks that phones put around numbers.
pub(super) fn is_padding(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a line break or another control character is in it.
pub(super) fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Whether it looks like a number that a spreadsheet wrote in scientific notation: `6.96E+23`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let signed = exponent.strip_prefix(['+', '-']);
    digits(whole)
        && fraction.is_none_or(digits)
        && digits(signed.unwrap_or(exponent))
        && (fraction.is_some() || signed.is_some())
}

/// Whether a script made a fraction of a whole number: `9812345678.0`.
pub(super) fn is_float(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, zeros)| {
        !whole.is_empty()
            && whole.bytes().all(|b| b.is_ascii_digit())
            && !zeros.is_empty()
            && zeros.bytes().all(|b| b == b'0')
    })
}

/// Whether it is what a spreadsheet or a script makes of a long number: it holds 15 digits of it (17 at most), and those
/// behind them are zeros, or the rest of the nearest number it can hold.
pub(super) fn is_rounded(text: &str) -> bool {
    // No number begins with a zero.
    if text.len() < 20 || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    text.bytes().skip(15).all(|b| b == b'0')
        || (text.len() >= 24
            && text
                .parse::<f64>()
                .is_ok_and(|held| held.to_string() == text || format!("{held:.0}") == text))
}

/// The same text with every letter and digit hidden, for examples: `+91 98123` is `+xx xxxxx`.
/// What is not seen is shown as a dot.
pub fn masked(text: &str) -> String {
    let mask = |c: char| match c {
        ' ' => ' ',
        c if is_padding(c) || c.is_control() => '·',
        c if c.is_ascii_punctuation() => c,
        _ => 'x',
    };
    text.chars().take(60).map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_value_goes_and_the_value_stays() {
        assert_eq!(trim("john"), "john");
        assert_eq!(trim("\u{a0} john doe\t\u{feff}"), "john doe");
        assert_eq!(trim("\u{202a}+91 98\u{202c}"), "+91 98");
        assert_eq!(trim("  "), "");
        assert_eq!(trim("ന\u{d4d}\u{200d}"), "ന\u{d4d}\u{200d}");
    }

    #[test]
    fn what_is_clean_has_nothing_to_trim_and_no_control_character() {
        assert!(is_clean("") && is_clean("a") && is_clean("Ana Maria") && is_clean("+91"));
        for text in [" a", "a ", " ", "a\tb", "\u{7f}", "Zoë", "a\u{a0}", "a\n"] {
            assert!(!is_clean(text), "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_seen() {
        assert!(has_control("a\nb") && has_control("a\u{7f}") && has_control("é\u{85}"));
        assert!(!has_control("Zoë Ångström") && !has_control("a\u{a0}b") && !has_control(""));
    }

    #[test]
    fn spreadsheet_damage_is_seen() {
        for spoilt in ["6.96E+23", "6,96E+23", "7E+10", "6.9e23"] {
            assert!(is_scientific(spoilt), "{spoilt}");
        }
        for fine in ["6960e1", "E+1", "1e", "6960cbe9b155d194e2f00001", "1.5", ""] {
            assert!(!is_scientific(fine), "{fine}");
        }
        assert!(is_float("9812345678.0") && !is_float("981.234.5678") && !is_float(".0"));
    }
}
