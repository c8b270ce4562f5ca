//! How the rows of a text fit the encoding that they are read in, and what they may be in instead.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::charset::Charset;

/// Bytes of rows that do not fit, by which encodings are judged.
const SAMPLE: usize = 16 << 10;

/// Encodings that are tried beside the one that the detector names.
const USUAL: [&str; 16] = [
    "windows-1252",
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
    /// Notes a row that starts on this line.
    pub(super) fn note(&mut self, text: &[u8], fits: bool, line: u64) {
        if fits {
            self.fitting += u64::from(!text.is_ascii());
            return;
        }
        self.stray += 1;
        if self.stray == 1 {
            self.first = line;
        }
        if self.sample.len() < SAMPLE {
            self.sample.extend_from_slice(&text[..text.len().min(SAMPLE)]);
            self.sample.push(b'\n');
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
    let mut found: Vec<Candidate> = Vec::new();
    for charset in [guess].into_iter().chain(usual) {
        let Some(text) = charset.decode(sample).filter(|text| is_plausible(text)) else { continue };
        let words = words(&text);
        if found.iter().all(|other| other.label != charset.name() && other.words != words) {
            found.push(Candidate { label: charset.name(), words });
        }
    }
    if found.is_empty() {
        let text = charset_text(guess, sample);
        found.push(Candidate { label: guess.name(), words: words(&text) });
    }
    found.truncate(NAMED);
    found
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

/// Whether every word could be one: letters of one script, no capital behind a small letter.
fn is_plausible(text: &str) -> bool {
    words(text).iter().all(|word| {
        let mut scripts = word.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).map(script);
        let first = scripts.next();
        let plain = word.chars().any(|c| c.is_ascii_alphabetic());
        // Plain letters stand beside those of East Asia, but in no word of another alphabet.
        let mixes = !plain || matches!(first, Some(0 | 6 | 7));
        let one_script = first.is_some() && mixes && scripts.all(|script| Some(script) == first);
        // No word of Latin letters has an accent on each.
        let all_accents = first == Some(0) && !plain && word.chars().count() > 2;
        let pairs = word.chars().zip(word.chars().skip(1));
        let mut jumps =
            pairs.filter(|(a, b)| a.is_lowercase() && b.is_uppercase() && !b.is_ascii());
        let signs = word.chars().filter(|c| !c.is_ascii() && !is_usual(*c)).count();
        one_script && !all_accents && jumps.next().is_none() && signs == 0
    })
}

/// Letters, and the signs that stand in names and notes.
fn is_usual(c: char) -> bool {
    c.is_alphabetic() || "’‘“”„–—…°ºª€£§·«»・ー\u{a0}\u{3000}".contains(c)
}

/// Blocks of letters that stand in one word: Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, and those
/// of East Asia, among which Japanese mixes.
fn script(c: char) -> u8 {
    match u32::from(c) {
        0..=0x24f | 0x1e00..=0x1eff => 0,
        0x370..=0x3ff => 1,
        0x400..=0x52f => 2,
        0x590..=0x5ff => 3,
        0x600..=0x6ff => 4,
        0xe00..=0xe7f => 5,
        0xac00..=0xd7af => 6,
        0x3040..=0x30ff | 0x3400..=0x9fff => 7,
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
    fn no_word_of_the_text_stands_in_a_debug_print() {
        let candidates = candidates(&encoded("windows-1252", "José"));
        assert_eq!(candidates[0].words, ["José"]);
        assert!(!format!("{candidates:?}").contains("Jos"));
    }
}
