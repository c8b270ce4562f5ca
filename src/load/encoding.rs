//! Which encoding a text is in, and its bytes as UTF-8. Never lossy: what is no text stays invalid.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, WINDOWS_1252};

use super::broken::Broken;

/// A byte that no UTF-8 text holds, put where the input has no character: the row is then a fault.
const NO_CHARACTER: u8 = 0xff;

/// What a text is encoded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detected {
    pub(super) encoding: &'static Encoding,
    /// Bytes of the byte order mark.
    pub(super) bom: usize,
}

/// A byte order mark decides, then the label given, then the bytes: Windows-1252 when they are not UTF-8.
///
/// `whole`: `head` is all of the text.
pub(super) fn detect(head: &[u8], whole: bool, label: Option<&str>) -> Result<Detected, Broken> {
    if let Some((encoding, bom)) = Encoding::for_bom(head) {
        return Ok(Detected { encoding, bom });
    }
    if let Some(label) = label {
        let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
            Broken::new(format!("no encoding is called `{label}`"))
                .hint("labels are those of the WHATWG: `utf-8`, `windows-1252`, `utf-16le`, …")
        })?;
        return Ok(Detected { encoding, bom: 0 });
    }
    if let Some(likely) = wide(head) {
        return Err(Broken::new(format!("looks like {likely} without a byte order mark"))
            .hint(format!("say `--encoding {likely}` if it is")));
    }
    let encoding = if mostly_utf8(head, whole) { UTF_8 } else { WINDOWS_1252 };
    Ok(Detected { encoding, bom: 0 })
}

/// Windows-1252 only where stray bytes outnumber well-formed characters beyond ASCII: in real
/// Windows-1252 text hardly anything is well-formed by chance, and one damaged byte of a UTF-8 file
/// must not turn all its umlauts into pairs of letters.
fn mostly_utf8(head: &[u8], whole: bool) -> bool {
    let (mut wide, mut stray) = (0_usize, 0_usize);
    let mut chunks = head.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        wide += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let cut_off = chunks.peek().is_none() && !whole;
        stray += usize::from(!chunk.invalid().is_empty() && !cut_off);
    }
    stray == 0 || wide > stray
}

/// UTF-16 by its zero bytes: Latin text has one in every pair.
fn wide(head: &[u8]) -> Option<&'static str> {
    let pairs = head[..head.len().min(512)].chunks_exact(2);
    let count = pairs.len();
    let zeros = pairs.fold((0, 0), |(even, odd), pair| {
        (even + usize::from(pair[0] == 0), odd + usize::from(pair[1] == 0))
    });
    match zeros {
        (0, odd) if count > 1 && odd * 10 > count * 8 => Some("utf-16le"),
        (even, 0) if count > 1 && even * 10 > count * 8 => Some("utf-16be"),
        _ => None,
    }
}

/// A text in any encoding, read as UTF-8.
pub(super) struct Transcoder {
    inner: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Transcoder {
    pub(super) fn new(inner: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 32 << 10],
            text: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.at = 0;
        self.text.clear();
        while self.text.is_empty() && !self.ended {
            let n = self.inner.read(&mut self.raw)?;
            self.ended = n == 0;
            self.decode(n);
        }
        Ok(())
    }

    fn decode(&mut self, raw: usize) {
        let mut read = 0;
        let mut filled = 0;
        loop {
            // Four bytes of output for each of input hold any character of any encoding.
            self.text.resize(filled + (raw - read) * 4 + 32, 0);
            let (result, r, w) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[read..raw],
                &mut self.text[filled..],
                self.ended,
            );
            read += r;
            filled += w;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.text.resize(filled, 0);
                    self.text.push(NO_CHARACTER);
                    filled += 1;
                }
            }
        }
        self.text.truncate(filled);
    }
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
