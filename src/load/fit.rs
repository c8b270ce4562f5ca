//! How the rows of a text fit the encoding that they are read in, and what they may be in instead.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::charset::Charset;

/// Bytes of rows that do not fit, by which encodings are judged.
const SAMPLE: usize = 16 << 10;

/// Encodings that are tried beside the one that the detector names.
const USUAL: [&str; 17] = [
    "windows-1252",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "shift_jis",
    "gbk",
    "big5",
    "euc-kr",
    "euc-jp",
    "macintosh",
    "cp850",
    "cp437",
    "cp852",
    "ibm866",
    "koi8-r",
    "windows-1253",
    "windows-1254",
];

/// Encodings that are named.
const NAMED: usize = 6;

/// What is known so far of the rows of one text.
#[derive(Default, Clone)]
pub(super) struct Fit {
    /// Rows that hold more than ASCII and fit.
    pub(super) fitting: u64,
    /// Rows that do not fit.
    pub(super) stray: u64,
    /// The line of the first of them.
    pub(super) first: u64,
    /// Their text as stored, as much as is needed.
    sample: Vec<u8>,
}

/// An encoding in which a text can be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its label.
    pub label: String,
    /// Some of the text's words in it.
    pub words: Vec<String>,
}

/// The words are somebody's data.
impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label)
    }
}

impl Fit {
    /// Notes the values of a row that starts on this line.
    pub(super) fn note<'r>(
        &mut self,
        mut values: impl Iterator<Item = &'r [u8]>,
        fits: bool,
        line: u64,
    ) {
        if fits {
            self.fitting += u64::from(!values.all(<[u8]>::is_ascii));
            return;
        }
        self.stray += 1;
        if self.stray == 1 {
            self.first = line;
        }
        for value in values {
            let room = SAMPLE.saturating_sub(self.sample.len());
            self.sample.extend_from_slice(&value[..value.len().min(room)]);
            self.sample.push(b'\n');
            if room == 0 {
                break;
            }
        }
    }

    /// Whether most of what could tell speaks against the encoding.
    pub(super) fn is_doubtful(&self) -> bool {
        self.stray > self.fitting
    }

    /// What the rows that do not fit may be in, the likeliest first.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        candidates(&self.sample)
    }
}

fn candidates(sample: &[u8]) -> Vec<Candidate> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = Charset::Web(detector.guess(None, Utf8Detection::Deny));
    let usual = USUAL.iter().filter_map(|label| Charset::named(label));
    let mut found: Vec<(u8, Candidate)> = Vec::new();
    for charset in [guess].into_iter().chain(usual) {
        let Some(text) = charset.decode(sample) else { continue };
        let (doubt, label, words) = (doubt(&text), charset.name(), words(&text));
        let is_new = |(_, other): &(u8, Candidate)| other.label != label && other.words != words;
        if doubt < 2 && found.iter().all(is_new) {
            found.push((doubt, Candidate { label, words }));
        }
    }
    found.sort_by_key(|(doubt, _)| *doubt);
    if found.is_empty() {
        let words = words(&charset_text(guess, sample));
        found.push((2, Candidate { label: guess.name(), words }));
    }
    found.truncate(NAMED);
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

fn charset_text(charset: Charset, sample: &[u8]) -> String {
    match charset {
        Charset::Web(web) => web.decode_without_bom_handling(sample).0.into_owned(),
        Charset::Dos(_) => String::new(),
    }
}

/// The words that are not ASCII throughout, each once.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()) {
        if !word.is_ascii() && !words.iter().any(|other| other == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// How little the words look like words: 0 for letters of one script, 1 where letters of East Asia are
/// beside plain ones, 2 for what is none.
fn doubt(text: &str) -> u8 {
    words(text).iter().map(|word| doubt_of(word)).max().unwrap_or(0)
}

fn doubt_of(word: &str) -> u8 {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let mut scripts = letters().filter(|c| !c.is_ascii()).map(script);
    let first = scripts.next();
    let plain = letters().any(|c| c.is_ascii());
    let small = letters().any(char::is_lowercase);
    let mut pairs = word.chars().zip(word.chars().skip(1));
    let none = scripts.any(|script| Some(script) != first)
        || word.chars().any(|c| !c.is_ascii() && !is_usual(c))
        // A capital is at the start of a word, or among others.
        || (small && pairs.any(|(a, b)| a.is_alphabetic() && b.is_uppercase() && !b.is_ascii()));
    match first {
        _ if none => 2,
        // No word of Latin letters has an accent on each.
        Some(LATIN) if !plain && word.chars().count() > 2 => 2,
        Some(LATIN) => 0,
        Some(HANGUL | HAN) => u8::from(plain),
        _ if plain => 2,
        _ => 0,
    }
}

/// Letters, and the signs that are in names and notes.
fn is_usual(c: char) -> bool {
    c.is_alphabetic() || "’‘“”„–—…°ºª€£§·«»・ー\u{a0}\u{3000}".contains(c)
}

const LATIN: u8 = 0;
const HANGUL: u8 = 6;
const HAN: u8 = 7;

/// Blocks of letters that are in one word: Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, and those
/// of East Asia, among which Japanese mixes.
fn script(c: char) -> u8 {
    match u32::from(c) {
        0..=0x24f | 0x1e00..=0x1eff => LATIN,
        0x370..=0x3ff => 1,
        0x400..=0x52f => 2,
        0x590..=0x5ff => 3,
        0x600..=0x6ff => 4,
        0xe00..=0xe7f => 5,
        0xac00..=0xd7af => HANGUL,
        0x3040..=0x30ff | 0x3400..=0x9fff => HAN,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;

    use super::*;

    fn likely(bytes: &[u8]) -> Vec<String> {
        candidates(bytes).into_iter().map(|candidate| candidate.label).collect()
    }

    fn encoded(label: &str, text: &str) -> Vec<u8> {
        Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    #[test]
    fn the_encoding_of_some_names_is_among_those_that_are_named() {
        for (label, text) in [
            ("windows-1252", "José,Müller,Zoë"),
            ("windows-1250", "Dvořák,Łukasz,Šárka"),
            ("windows-1251", "Иван,Петров,Юлия"),
            ("koi8-u", "Иван,Петров,Юлия"),
            ("shift_jis", "太郎,山田"),
            ("euc-jp", "太郎,山田"),
            ("gbk", "小龙,李,张伟"),
            ("big5", "小龍,李,張偉"),
            ("euc-kr", "김철수,이영희"),
            ("macintosh", "José,Müller"),
            ("windows-1253", "Γιώργος,Παπαδόπουλος"),
        ] {
            let found = likely(&encoded(label, text));
            assert!(found.iter().any(|found| found == label), "{label}: {found:?}");
        }
        let dos = likely(b"Jos\x82,M\x81ller");
        assert!(dos.iter().any(|label| label == "cp850" || label == "cp437"), "{dos:?}");
    }

    #[test]
    fn no_word_of_the_text_is_in_a_debug_print() {
        let candidates = candidates(&encoded("windows-1252", "José"));
        assert_eq!(candidates[0].words, ["José"]);
        assert!(!format!("{candidates:?}").contains("Jos"));
    }
}
