//! Comparison that overlooks how a value is spelt: letter case, width, accents' form, blanks, and the way
//! a number is written.
//!
//! For tests in which a difference overlooked holds a record back, never for what is sent.

use unicode_normalization::UnicodeNormalization;

use super::text::is_padding;

/// A word in its loose form, made once to be compared with many values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Loose {
    folded: String,
    number: Option<f64>,
}

impl Loose {
    pub(super) fn of(text: &str) -> Self {
        Self { folded: fold(text), number: number(text) }
    }

    /// Whether the value means the same.
    pub(super) fn is(&self, value: &str) -> bool {
        let is_same = if value.is_ascii() && !value.contains(char::is_whitespace) {
            self.folded.eq_ignore_ascii_case(value)
        } else {
            self.folded == fold(value)
        };
        is_same || (self.number.is_some() && self.number == number(value))
    }
}

/// Without case, width and invisible marks; every blank a single space. The dotless ı and the dotted İ
/// are an i, and ß is ss: as upper case they are the same.
pub(super) fn fold(text: &str) -> String {
    let visible = text.nfkc().filter(|c| c.is_whitespace() || !is_padding(*c) && *c != '\u{ad}');
    let upper: String = visible.flat_map(char::to_lowercase).flat_map(char::to_uppercase).collect();
    let words: Vec<&str> = upper.split_whitespace().collect();
    words.join(" ").replace("I\u{307}", "I").nfc().collect()
}

/// The number that a text is, where all its digits count: `1`, `1.0`, `01`, `+1` and `1e0` are the same.
fn number(text: &str) -> Option<f64> {
    const MOST_BYTES: usize = 15;
    let is_plain = text.len() <= MOST_BYTES
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_word_are_the_same() {
        for (word, value) in [
            ("yes", "YES"),
            ("on hold", "On\u{a0} Hold"),
            ("on hold", "on\u{200b} hold"),
            ("Zo\u{eb}", "ZOE\u{308}"),
            ("straße", "STRASSE"),
            ("straße", "STRAẞE"),
            ("hayır", "HAYIR"),
            ("hayir", "HAYİR"),
            ("İptal", "iptal"),
            ("yes", "ＹＥＳ"),
            ("ΟΔΟΣ", "οδος"),
            ("1", "1.0"),
            ("1", "01"),
            ("1.50", "1.5"),
            ("true", "TRUE"),
        ] {
            assert!(Loose::of(word).is(value), "{word} {value}");
            assert!(Loose::of(value).is(word), "{value} {word}");
        }
    }

    #[test]
    fn other_words_are_others() {
        for (word, value) in [
            ("yes", "y"),
            ("yes", ""),
            ("Zoe", "Zoë"),
            ("ż", "z"),
            ("1", "10"),
            ("1", "-1"),
            ("1", "one"),
            // Beyond what a float can distinguish.
            ("9007199254740993", "9007199254740992"),
        ] {
            assert!(!Loose::of(word).is(value), "{word} {value}");
        }
    }
}
