//! A text in any encoding, read as UTF-8. Never lossy: what is no text stays none.
//!
//! Where lines can be cut apart before they are decoded, each is looked at by itself: one that is
//! well-formed UTF-8 in a file that is said to be in another encoding is no text of that encoding, though
//! it could be read as one.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::charset::Charset;

/// A byte that no UTF-8 text holds, put where the input has no character.
const NO_CHARACTER: u8 = 0xff;

/// A line longer than this is decoded in pieces.
const LONGEST: usize = 1 << 20;

/// A text that is decoded as it is read.
pub(super) struct Transcoder {
    inner: Box<dyn Read + Send>,
    way: Way,
    raw: Vec<u8>,
    /// How much of `raw` waits for the rest of its line.
    waiting: usize,
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

enum Way {
    Lines(Charset),
    Stream(Decoder),
}

impl Transcoder {
    pub(super) fn new(inner: Box<dyn Read + Send>, charset: Charset) -> Self {
        let way = match charset {
            Charset::Web(encoding) if !charset.has_ascii_lines() => {
                Way::Stream(encoding.new_decoder_with_bom_removal())
            }
            _ => Way::Lines(charset),
        };
        let raw = vec![0; 32 << 10];
        Self { inner, way, raw, waiting: 0, text: Vec::new(), at: 0, ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.at = 0;
        self.text.clear();
        while self.text.is_empty() && !self.ended {
            if self.waiting == self.raw.len() {
                self.raw.resize(self.raw.len() * 2, 0);
            }
            let n = self.inner.read(&mut self.raw[self.waiting..])?;
            self.ended = n == 0;
            let raw = self.waiting + n;
            let decoded = match &mut self.way {
                Way::Lines(charset) => {
                    let whole = lines(&self.raw[..raw], self.ended || raw > LONGEST);
                    decode_lines(*charset, &self.raw[..whole], &mut self.text);
                    whole
                }
                Way::Stream(decoder) => {
                    decode(decoder, &self.raw[..raw], self.ended, &mut self.text);
                    raw
                }
            };
            self.raw.copy_within(decoded..raw, 0);
            self.waiting = raw - decoded;
        }
        Ok(())
    }
}

/// The length of the whole lines at hand, or of all.
fn lines(raw: &[u8], all: bool) -> usize {
    if all {
        return raw.len();
    }
    raw.iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |last| last + 1)
}

fn decode_lines(charset: Charset, raw: &[u8], text: &mut Vec<u8>) {
    for line in raw.split_inclusive(|b| matches!(b, b'\n' | b'\r')) {
        if line.is_ascii() {
            text.extend_from_slice(line);
        } else if charset.is_latin() {
            decode_runs(charset, line, text);
        } else if is_surely_utf8(line) {
            without_text(line, text);
        } else if let Some(decoded) = charset.decode(line) {
            text.extend_from_slice(decoded.as_bytes());
        } else if let Charset::Web(encoding) = charset {
            decode(&mut plain(encoding), line, true, text);
        } else {
            decode_runs(charset, line, text);
        }
    }
}

fn plain(encoding: &'static Encoding) -> Decoder {
    encoding.new_decoder_without_bom_handling()
}

/// Decodes what is not ASCII word by word. A word of Latin letters is never well-formed UTF-8: that
/// would take a capital letter with a sign such as `©` behind each.
fn decode_runs(charset: Charset, line: &[u8], text: &mut Vec<u8>) {
    for run in line.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run.is_ascii() {
            text.extend_from_slice(run);
        } else if charset.is_latin() && std::str::from_utf8(run).is_ok() {
            text.push(NO_CHARACTER);
        } else {
            match charset.decode(run) {
                Some(decoded) => text.extend_from_slice(decoded.as_bytes()),
                None => text.push(NO_CHARACTER),
            }
        }
    }
}

/// Text of other scripts is well-formed by chance only where it is short.
fn is_surely_utf8(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|text| {
        let wide = text.chars().filter(|c| !c.is_ascii());
        let (count, longest) =
            wide.fold((0, 0), |(count, longest), c| (count + 1, c.len_utf8().max(longest)));
        count >= 4 || longest > 2
    })
}

fn without_text(line: &[u8], text: &mut Vec<u8>) {
    for run in line.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run.is_ascii() { text.extend_from_slice(run) } else { text.push(NO_CHARACTER) }
    }
}

fn decode(decoder: &mut Decoder, raw: &[u8], last: bool, text: &mut Vec<u8>) {
    let mut read = 0;
    let mut filled = text.len();
    loop {
        // Four bytes of output for each of input hold any character of any encoding.
        text.resize(filled + (raw.len() - read) * 4 + 32, 0);
        let (result, r, w) =
            decoder.decode_to_utf8_without_replacement(&raw[read..], &mut text[filled..], last);
        read += r;
        filled += w;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                text.resize(filled, 0);
                text.push(NO_CHARACTER);
                filled += 1;
            }
        }
    }
    text.truncate(filled);
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.refill()?;
        }
        let n = out.len().min(self.text.len() - self.at);
        out[..n].copy_from_slice(&self.text[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(label: &str, raw: &[u8]) -> String {
        let charset = Charset::named(label).unwrap();
        let mut text = Vec::new();
        let inner = Box::new(io::Cursor::new(raw.to_vec()));
        Transcoder::new(inner, charset).read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn what_is_utf8_is_no_text_of_another_encoding() {
        let mixed = "Zoë,x\n山田,y\nИван,z\n".as_bytes();
        for label in ["windows-1252", "macintosh", "cp850"] {
            assert_eq!(
                read(label, mixed),
                "\u{fffd},x\n\u{fffd},y\n\u{fffd},z\n".replace("\u{fffd},x", "Zo\u{fffd},x"),
                "{label}"
            );
        }
        for label in ["windows-1251", "ibm866", "shift_jis", "gbk"] {
            let read = read(label, "山田,y\nИван,z\n".as_bytes());
            assert_eq!(read, "\u{fffd},y\n\u{fffd},z\n", "{label}");
        }
    }

    #[test]
    fn text_of_an_encoding_is_read_whole_however_it_is_cut() {
        let names = "Müller,Ångström,Dvořák\n".repeat(5_000);
        let raw: Vec<u8> = names
            .chars()
            .map(|c| match c {
                'ü' => 0xfc,
                'ö' => 0xf6,
                'Å' => 0xc5,
                'ř' => 0xf8,
                'á' => 0xe1,
                c => u8::try_from(c).unwrap(),
            })
            .collect();
        assert_eq!(read("windows-1252", &raw), names.replace('ř', "ø"));
        let long = encoding_rs::SHIFT_JIS.encode(&"山田".repeat(600_000)).0.into_owned();
        assert_eq!(read("shift_jis", &long).matches('\u{fffd}').count(), 0);
        assert_eq!(read("shift_jis", b"a\x8e\n\x8e\x52b"), "a\u{fffd}\n山b");
        assert_eq!(read("iso-2022-jp", b"\x1b$B;3ED\x1b(B,x"), "山田,x");
    }
}
